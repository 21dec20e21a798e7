"""Measures the story of this example: what each model is worth, and which verdicts follow.

    python figures/measure.py simulated data/hour.csv data/later.csv
    python figures/measure.py real /path/to/uci/hour.csv

writes `figures/simulated.json` or `figures/real.json` and renews the tables of
`figures/README.md` from both. Models are made by the functions of split.py and train.py and judged
through ONNX Runtime, the file that ships. One year is learned from; the second arrives day by day,
its labels a day late.
"""

import json
import platform
import sys
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import lightgbm  # noqa: E402
import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.compute as pc  # noqa: E402
import pyarrow.csv  # noqa: E402
import yaml  # noqa: E402

import intervals  # noqa: E402
import split  # noqa: E402
import tables  # noqa: E402
import train  # noqa: E402

WITHHELD = 14  # days: in a retraining the newest are judged on and seen by no step
FORTNIGHT = 14
EVENING = (17, 18, 19)
PARAMS = yaml.safe_load((HERE.parent / "params.yaml").read_text(encoding="utf-8"))


class Model:
    """What one training made, with the columns that it wants."""

    def __init__(self, rows: pa.Table, features: list[str]) -> None:
        params = PARAMS["train"] | {"features": features}
        self.features, self.rows = features, rows.num_rows
        target = rows[params["target"]].to_numpy()
        booster = train.fit(train.matrix(rows, features), target, params)
        self.onnx = train.to_onnx(booster, len(features), params["target"])

    def predict(self, rows: pa.Table) -> np.ndarray:
        return train.predict(self.onnx, train.matrix(rows, self.features)).astype(float)


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    name, *files = sys.argv[1:]
    rows = pa.concat_tables([pyarrow.csv.read_csv(file) for file in files])
    result = {"measured": date.today().isoformat(), "with": versions(), **story(rows)}
    text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
    (HERE / f"{name}.json").write_text(text, encoding="utf-8")
    tables.renew(HERE / "README.md", HERE)


def story(rows: pa.Table) -> dict:
    """Returns the figures of the whole story, in its order."""
    features = PARAMS["train"]["features"]
    history = rows.filter(pc.equal(rows["yr"], 0))
    learn, held = split.hold_out(history, PARAMS["split"]["holdout"])
    first = Model(learn, features)
    steps = [trained("first", "2011-12-31", first, held) | baseline(learn, held)]

    without = Model(learn, [name for name in features if name != "hr"])
    changes = [trained("without-hr", "2011-12-31", without, held)]
    for leak in ("registered", "casual"):
        leaking = Model(learn, [*features, leak])
        changes.append(trained(f"with-{leak}", "2011-12-31", leaking, held))

    steps.append(window(rows, "1.0.0", first, "2012-01-01"))
    steps.append(candidate("everything", rows, "2012-02-01", "all", first)[0])
    entry, second = candidate("1.1.0", rows, "2012-02-01", "180d", first)
    steps.append(entry)
    for start in ("2012-02-01", "2012-02-15", "2012-02-29", "2012-03-14"):
        steps.append(window(rows, "1.1.0", second, start))
    steps.append(candidate("too-early", rows, "2012-03-28", "180d", second)[0])
    steps.append(candidate("everything-again", rows, "2012-03-28", "all", second)[0])
    entry, third = candidate("1.2.0", rows, "2012-04-01", "180d", second)
    steps.append(entry)
    for fortnight in range(7):
        start = date(2012, 4, 1) + timedelta(days=fortnight * FORTNIGHT)
        steps.append(window(rows, "1.2.0", third, start.isoformat()))
    return {"story": steps, "changes": changes, "spearman-squared": monotone(held, features)}


def trained(key: str, day: str, model: Model, on: pa.Table) -> dict:
    """Returns what a model is worth on rows that no step has seen."""
    predicted = model.predict(on)
    target, days = on["cnt"].to_numpy().astype(float), on["dteday"].to_numpy()
    evening = np.isin(on["hr"].to_numpy(), EVENING)
    return {
        "key": key,
        "kind": "model",
        "date": day,
        "train-rows": model.rows,
        "rows": on.num_rows,
        "days": len(np.unique(days)),
        "wape": intervals.wape(days, target, predicted),
        "r2": intervals.r2(days, target, predicted),
        "evening": intervals.wape(days[evening], target[evening], predicted[evening]),
        "mae": intervals.mae(days, target, predicted),
    }


def baseline(learn: pa.Table, held: pa.Table) -> dict:
    """Returns the MAE of two models that need no learning: the mean, and the mean of each hour."""
    hour, target = learn["hr"].to_numpy(), learn["cnt"].to_numpy().astype(float)
    by_hour = np.array([target[hour == h].mean() for h in range(24)])
    truth = held["cnt"].to_numpy().astype(float)
    guesses = {
        "baseline-mae": target.mean(),
        "baseline-mae-by-hour": by_hour[held["hr"].to_numpy()],
    }
    return {key: round(float(np.abs(truth - guess).mean()), 2) for key, guess in guesses.items()}


def candidate(
    key: str, rows: pa.Table, day: str, length: str, champion: Model
) -> tuple[dict, Model]:
    """Returns what a retraining on `day` makes, judged on the days withheld from it."""
    newest = date.fromisoformat(day) - timedelta(days=1)  # labels come a day late
    seen = between(rows, date.min, newest - timedelta(days=WITHHELD))
    withheld = between(rows, newest - timedelta(days=WITHHELD - 1), newest)
    learn, _ = split.hold_out(split.window(seen, length), PARAMS["split"]["holdout"])
    model = Model(learn, champion.features)
    entry = trained(key, day, model, withheld) | {"kind": "candidate", "window": length}
    pair = (
        withheld["dteday"].to_numpy(),
        withheld["cnt"].to_numpy().astype(float),
        champion.predict(withheld),
        model.predict(withheld),
    )
    entry["gain"] = intervals.gain(*pair)
    entry["margin"] = intervals.margin(*pair, by=0.10)
    return entry, model


def window(rows: pa.Table, version: str, model: Model, start: str) -> dict:
    """Returns the error of a served model in the fortnight from `start` on."""
    first = date.fromisoformat(start)
    last = first + timedelta(days=FORTNIGHT - 1)
    part = between(rows, first, last)
    target, predicted = part["cnt"].to_numpy().astype(float), model.predict(part)
    return {
        "key": f"window-{start}",
        "kind": "window",
        "date": (last + timedelta(days=1)).isoformat(),
        "model": version,
        "from": start,
        "to": last.isoformat(),
        "rows": part.num_rows,
        "wape": intervals.wape(part["dteday"].to_numpy(), target, predicted),
        "bias": round(float((predicted - target).mean()), 2),
    }


def between(rows: pa.Table, first: date, last: date) -> pa.Table:
    day = rows["dteday"]
    low, high = pa.scalar(first, pa.date32()), pa.scalar(last, pa.date32())
    return rows.filter(pc.and_(pc.greater_equal(day, low), pc.less_equal(day, high)))


def monotone(rows: pa.Table, features: list[str]) -> dict:
    """Returns how much of the target each column explains alone, largest first."""

    def ranks(name: str) -> np.ndarray:
        values = rows[name].to_numpy()
        _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
        return (np.cumsum(counts) - (counts - 1) / 2)[inverse]

    target = ranks("cnt")
    names = [*features, "casual", "registered"]
    shares = {name: float(np.corrcoef(ranks(name), target)[0, 1] ** 2) for name in names}
    return {name: round(shares[name], 3) for name in sorted(shares, key=shares.get, reverse=True)}


def versions() -> dict:
    return {
        "python": platform.python_version(),
        "lightgbm": lightgbm.__version__,
        "onnxruntime": onnxruntime.__version__,
        "numpy": np.__version__,
        "machine": platform.machine(),
    }


if __name__ == "__main__":
    main()
