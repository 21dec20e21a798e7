"""Writes openvino-operators.txt: the operators of all opsets that the openvino package has headers of.

    pip install openvino && python openvino_operators.py
"""

import re
from pathlib import Path

import openvino

# As the IR spells them (its serializer translates these four).
SPELLED = {"Constant": "Const", "PRelu": "PReLU", "Relu": "ReLU", "Softmax": "SoftMax"}

tables = (Path(openvino.__file__).parent / "include/openvino/opsets").glob("opset*_tbl.hpp")
names = {name for table in tables for name in re.findall(r"_OPENVINO_OP_REG\((\w+),", table.read_text())}
lines = [f"# From openvino {openvino.__version__.split('-')[0]} by openvino_operators.py."]
lines += sorted({SPELLED.get(name, name) for name in names})
Path(__file__).with_name("openvino-operators.txt").write_text("\n".join(lines) + "\n")
