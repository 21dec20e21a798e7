"""Learns hourly demand from `build/train.parquet` and writes the model as ONNX.

The ONNX file is what ships, so it is asked here whether it answers as LightGBM does. The same rows
and parameters give the same bytes again.
"""

import json
import sys
from pathlib import Path

import lightgbm
import numpy as np
import onnx
import onnxmltools
import onnxruntime
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from onnxmltools.convert.common.data_types import FloatTensorType

BUILD = Path("build")
INPUT = "input"


def main() -> None:
    params = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))["train"]
    rows = pq.read_table(BUILD / "train.parquet")
    features = matrix(rows, params["features"])
    target = rows[params["target"]].to_numpy()

    booster = fit(features, target, params)
    model = to_onnx(booster, len(params["features"]), params["target"])
    expected = booster.predict(features)
    difference = largest_difference(expected, predict(model, features))
    if not difference <= params["parity"]:
        sys.exit(
            f"train: ONNX Runtime and LightGBM differ by {difference:.2g} (relative) on at least "
            f"one of {len(target)} rows, at most {params['parity']:.2g} accepted (train.parity)"
        )

    (BUILD / "model.onnx").write_bytes(model)
    metrics = {
        "rows": len(target),
        "trees": booster.num_trees(),
        "train-mae": round(float(np.mean(np.abs(target - expected))), 4),
        "parity": float(f"{difference:.2g}"),
    }
    (BUILD / "train.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    print(", ".join(f"{name} {value}" for name, value in metrics.items()))


def matrix(rows: pa.Table, features: list[str]) -> np.ndarray:
    """Returns the columns `features` as the one tensor that the model is given, in this order."""
    missing = [name for name in features if name not in rows.column_names]
    if missing:
        there = ", ".join(rows.column_names)
        sys.exit(f"train.features: no column {', '.join(missing)}; there are {there}")
    # Single precision already while learning: it is what the ONNX model will see.
    return np.column_stack([rows[name].to_numpy().astype(np.float32) for name in features])


def fit(features: np.ndarray, target: np.ndarray, params: dict) -> lightgbm.Booster:
    """Returns gradient-boosted trees; the same input gives the same trees."""
    settings = {
        "objective": "regression",
        "learning_rate": params["learning_rate"],
        "num_leaves": params["leaves"],
        "seed": params["seed"],
        "num_threads": params.get("threads", 1),
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    return lightgbm.train(settings, lightgbm.Dataset(features, target), params["trees"])


def to_onnx(booster: lightgbm.Booster, width: int, output: str) -> bytes:
    """Returns the trees as an ONNX model of one tensor, `input` [rows, width], and one output."""
    model = onnxmltools.convert_lightgbm(
        booster,
        name="bike-demand",  # left out, it would be a random one
        initial_types=[(INPUT, FloatTensorType([None, width]))],
        target_opset=15,
        zipmap=False,
    )
    given = model.graph.output[0].name
    for node in model.graph.node:
        for i, name in enumerate(node.output):
            if name == given:
                node.output[i] = output
    model.graph.output[0].name = output
    # The converter lists its operator sets in the order of a Python set: now and then another one.
    opsets = sorted(model.opset_import, key=lambda opset: opset.domain)
    del model.opset_import[:]
    model.opset_import.extend(opsets)
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def predict(model: bytes, features: np.ndarray) -> np.ndarray:
    """Returns what ONNX Runtime makes of `features`."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session.run(None, {INPUT: features})[0].ravel()


def largest_difference(expected: np.ndarray, answered: np.ndarray) -> float:
    """Returns the largest difference, relative to what is expected (to 1 where that is less)."""
    return float(np.max(np.abs(answered - expected) / np.maximum(np.abs(expected), 1.0)))


if __name__ == "__main__":
    main()
