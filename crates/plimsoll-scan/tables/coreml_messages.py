"""Writes coreml-messages.txt: the messages of Core ML's models, and the operators of its programs.

    pip install coremltools && python coreml_messages.py
"""

from pathlib import Path

import coremltools
from coremltools.converters.mil.mil.ops.registry import SSAOpRegistry
from coremltools.proto import Model_pb2
from google.protobuf.descriptor import FieldDescriptor as Field

KINDS = {Field.TYPE_STRING: "text", Field.TYPE_BYTES: "bytes", Field.TYPE_DOUBLE: "double", Field.TYPE_FLOAT: "float"}
lines, seen, open_ = [], set(), [Model_pb2.Model.DESCRIPTOR]


def short(message):
    return message.full_name.removeprefix("CoreML.Specification.")


while open_:
    message = open_.pop()
    if message.full_name in seen:
        continue
    seen.add(message.full_name)
    for field in message.fields:
        if field.message_type is not None:
            open_.append(field.message_type)
            kind = short(field.message_type)
        else:
            kind = KINDS.get(field.type, "number")
        lines.append(f"field {short(message)} {field.number} {kind}")
operators = {name for name in SSAOpRegistry._get_core_op_cls.__globals__["SSAOpRegistry"].core_ops}
lines = [f"# From coremltools {coremltools.__version__} by coreml_messages.py."] + sorted(lines)
lines += [f"operator {name}" for name in sorted(operators)]
Path(__file__).with_name("coreml-messages.txt").write_text("\n".join(lines) + "\n")
