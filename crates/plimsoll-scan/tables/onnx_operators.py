"""Writes onnx-operators.txt: the operators that the onnx package defines, of all versions.

    pip install onnx && python onnx_operators.py

Those of the domain `com.microsoft` are in `src/model/onnx/operators.rs`: ONNX Runtime's package does not list
them (they are read off its docs/ContribOperators.md).
"""

from pathlib import Path

import onnx
import onnx.defs

operators = sorted({(schema.domain or "ai.onnx", schema.name) for schema in onnx.defs.get_all_schemas_with_history()})
lines = [f"# From onnx {onnx.__version__} by onnx_operators.py."]
lines += [f"{domain} {name}" for domain, name in operators]
Path(__file__).with_name("onnx-operators.txt").write_text("\n".join(lines) + "\n")
