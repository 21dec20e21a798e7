//! The messages of ONNX, as of IR version 13 (onnx/onnx.proto of release 1.20).

use crate::model::protobuf::Kind::{
    Bytes, Doubles, Floats, Integer, Integers, Message, Once, Text,
};
use crate::model::protobuf::Shape;

pub(super) static MODEL: Shape = Shape {
    name: "model",
    fields: &[
        (1, Integer),
        (2, Text),
        (3, Text),
        (4, Text),
        (5, Integer),
        (6, Bytes),
        (7, Once(&GRAPH)),
        (8, Message(&OPERATOR_SET)),
        (14, Message(&METADATA)),
        (20, Message(&TRAINING)),
        (25, Message(&FUNCTION)),
        (26, Message(&DEVICE)),
    ],
};

static OPERATOR_SET: Shape = Shape { name: "operator set", fields: &[(1, Text), (2, Integer)] };

/// A key and a value.
pub(super) static METADATA: Shape = Shape { name: "metadata", fields: &[(1, Text), (2, Text)] };

/// A key and a value of what says where a tensor's bytes are.
pub(super) static EXTERNAL: Shape =
    Shape { name: "external data entry", fields: &[(1, Text), (2, Text)] };

/// A key and a value: which tensor scales which.
static ANNOTATION_ENTRY: Shape =
    Shape { name: "annotation entry", fields: &[(1, Text), (2, Text)] };

static TRAINING: Shape = Shape {
    name: "training info",
    fields: &[
        (1, Once(&GRAPH)),
        (2, Once(&GRAPH)),
        (3, Message(&ANNOTATION_ENTRY)),
        (4, Message(&ANNOTATION_ENTRY)),
    ],
};

static DEVICE: Shape =
    Shape { name: "device configuration", fields: &[(1, Text), (2, Integer), (3, Bytes)] };

pub(super) static FUNCTION: Shape = Shape {
    name: "function",
    fields: &[
        (1, Text),
        (2, Integer),
        (3, Integer),
        (4, Bytes),
        (5, Bytes),
        (6, Bytes),
        (7, Message(&NODE)),
        (8, Bytes),
        (9, Message(&OPERATOR_SET)),
        (10, Text),
        (11, Message(&ATTRIBUTE)),
        (12, Message(&VALUE_INFO)),
        (13, Text),
        (14, Message(&METADATA)),
    ],
};

static GRAPH: Shape = Shape {
    name: "graph",
    fields: &[
        (1, Message(&NODE)),
        (2, Text),
        (5, Message(&TENSOR)),
        (10, Bytes),
        (11, Message(&VALUE_INFO)),
        (12, Message(&VALUE_INFO)),
        (13, Message(&VALUE_INFO)),
        (14, Message(&ANNOTATION)),
        (15, Message(&SPARSE_TENSOR)),
        (16, Message(&METADATA)),
    ],
};

pub(super) static NODE: Shape = Shape {
    name: "node",
    fields: &[
        (1, Bytes),
        (2, Bytes),
        (3, Text),
        (4, Text),
        (5, Message(&ATTRIBUTE)),
        (6, Bytes),
        (7, Text),
        (8, Text),
        (9, Message(&METADATA)),
        (10, Message(&NODE_DEVICE)),
    ],
};

static NODE_DEVICE: Shape = Shape {
    name: "node's device configuration",
    fields: &[(1, Text), (2, Message(&SHARDING)), (3, Integer)],
};

static SHARDING: Shape = Shape {
    name: "sharding",
    fields: &[
        (1, Text),
        (2, Integers),
        (3, Message(&DEVICE_GROUP)),
        (4, Message(&SHARDED_DIMENSION)),
    ],
};

static DEVICE_GROUP: Shape = Shape { name: "device group", fields: &[(1, Integer), (2, Integers)] };

static SHARDED_DIMENSION: Shape =
    Shape { name: "sharded dimension", fields: &[(1, Integer), (2, Message(&SIMPLE_SHARDING))] };

static SIMPLE_SHARDING: Shape =
    Shape { name: "simple sharding", fields: &[(1, Integer), (2, Text), (3, Integer)] };

static ATTRIBUTE: Shape = Shape {
    name: "attribute",
    fields: &[
        (1, Text),
        (2, Floats),
        (3, Integer),
        (4, Bytes),
        (5, Once(&TENSOR)),
        (6, Once(&GRAPH)),
        (7, Floats),
        (8, Integers),
        (9, Bytes),
        (10, Message(&TENSOR)),
        (11, Message(&GRAPH)),
        (13, Bytes),
        (14, Once(&TYPE)),
        (15, Message(&TYPE)),
        (20, Integer),
        (21, Text),
        (22, Once(&SPARSE_TENSOR)),
        (23, Message(&SPARSE_TENSOR)),
    ],
};

pub(super) static TENSOR: Shape = Shape {
    name: "tensor",
    fields: &[
        (1, Integers),
        (2, Integer),
        (3, Once(&SEGMENT)),
        (4, Floats),
        (5, Integers),
        (6, Bytes),
        (7, Integers),
        (8, Text),
        (9, Bytes),
        (10, Doubles),
        (11, Integers),
        (12, Bytes),
        (13, Message(&EXTERNAL)),
        (14, Integer),
        (16, Message(&METADATA)),
    ],
};

static SEGMENT: Shape = Shape { name: "segment", fields: &[(1, Integer), (2, Integer)] };

static SPARSE_TENSOR: Shape = Shape {
    name: "sparse tensor",
    fields: &[(1, Once(&TENSOR)), (2, Once(&TENSOR)), (3, Integers)],
};

static ANNOTATION: Shape = Shape {
    name: "quantization annotation",
    fields: &[(1, Text), (2, Message(&ANNOTATION_ENTRY))],
};

static VALUE_INFO: Shape = Shape {
    name: "value info",
    fields: &[(1, Text), (2, Once(&TYPE)), (3, Bytes), (4, Message(&METADATA))],
};

static TYPE: Shape = Shape {
    name: "type",
    fields: &[
        (1, Once(&TENSOR_TYPE)),
        (4, Once(&ELEMENT_TYPE)),
        (5, Once(&MAP_TYPE)),
        (6, Text),
        (7, Once(&OPAQUE_TYPE)),
        (8, Once(&TENSOR_TYPE)),
        (9, Once(&ELEMENT_TYPE)),
    ],
};

static TENSOR_TYPE: Shape =
    Shape { name: "tensor type", fields: &[(1, Integer), (2, Once(&TENSOR_SHAPE))] };

static TENSOR_SHAPE: Shape = Shape { name: "tensor shape", fields: &[(1, Message(&DIMENSION))] };

static DIMENSION: Shape =
    Shape { name: "dimension", fields: &[(1, Integer), (2, Text), (3, Text)] };

static ELEMENT_TYPE: Shape = Shape { name: "element type", fields: &[(1, Once(&TYPE))] };

static MAP_TYPE: Shape = Shape { name: "map type", fields: &[(1, Integer), (2, Once(&TYPE))] };

static OPAQUE_TYPE: Shape = Shape { name: "opaque type", fields: &[(1, Text), (2, Text)] };
