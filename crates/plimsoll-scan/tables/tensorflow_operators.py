"""Writes tensorflow-operators.txt: the operators that TensorFlow registers.

    pip download --no-deps tensorflow-cpu && unzip tensorflow_cpu*.whl 'tensorflow/libtensorflow_*'
    python tensorflow_operators.py tensorflow

One operator a line; a `!` says that TensorFlow calls it stateful: what it does is not only its outputs. Nothing
of TensorFlow but its library's list of operators is needed (`TF_GetAllOpList`, a serialized `OpList`).
"""

import ctypes
import sys
from pathlib import Path


class Buffer(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("free", ctypes.c_void_p)]


def fields(data):
    """Yields the fields of a protobuf message: number, and integer or bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
        elif tag & 7 == 2:
            size = varint()
            yield tag >> 3, data[at : at + size]
            at += size
        else:
            at += 8 if tag & 7 == 1 else 4


folder = Path(sys.argv[1])
ctypes.CDLL(str(folder / "libtensorflow_framework.so.2"), mode=ctypes.RTLD_GLOBAL)
library = ctypes.CDLL(str(folder / "libtensorflow_cc.so.2"))
library.TF_GetAllOpList.restype = ctypes.POINTER(Buffer)
library.TF_Version.restype = ctypes.c_char_p
found = library.TF_GetAllOpList().contents
operators = []
for number, operator in fields(ctypes.string_at(found.data, found.length)):
    if number == 1:
        # OpDef: 1 is the name, 17 is_stateful.
        facts = dict(fields(operator))
        operators.append(facts[1].decode() + ("!" if facts.get(17) else ""))
lines = [f"# From TensorFlow {library.TF_Version().decode()} by tensorflow_operators.py."]
lines += sorted(operators)
Path(__file__).with_name("tensorflow-operators.txt").write_text("\n".join(lines) + "\n")
