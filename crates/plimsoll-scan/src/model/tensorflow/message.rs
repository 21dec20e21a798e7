//! The messages of TensorFlow's graphs (tensorflow/core/protobuf and tensorflow/core/framework, release 2.21).
//!
//! What no loader runs (shapes, types, traces of calls, lists of definitions) is taken as bytes.

use crate::model::protobuf::Kind::{
    Bytes, Doubles, Floats, Integer, Integers, Message, Names, Once, Text, Texts,
};
use crate::model::protobuf::Shape;

pub(super) static SAVED_MODEL: Shape =
    Shape { name: "saved model", fields: &[(1, Integer), (2, Message(&META_GRAPH))] };

pub(super) static META_GRAPH: Shape = Shape {
    name: "meta graph",
    fields: &[
        (1, Bytes),
        (2, Once(&GRAPH)),
        (3, Bytes),
        (4, Bytes),
        (5, Bytes),
        (6, Message(&ASSET)),
        (7, Once(&OBJECT_GRAPH)),
    ],
};

pub(super) static ASSET: Shape =
    Shape { name: "asset", fields: &[(1, Once(&TENSOR_INFO)), (2, Text)] };

pub(super) static TENSOR_INFO: Shape = Shape {
    name: "tensor info",
    fields: &[(1, Text), (2, Integer), (3, Bytes), (4, Bytes), (5, Bytes)],
};

pub(super) static GRAPH: Shape = Shape {
    name: "graph",
    fields: &[(1, Message(&NODE)), (2, Once(&LIBRARY)), (3, Integer), (4, Bytes), (5, Bytes)],
};

static LIBRARY: Shape =
    Shape { name: "function library", fields: &[(1, Message(&FUNCTION)), (2, Bytes), (3, Bytes)] };

pub(super) static FUNCTION: Shape = Shape {
    name: "function",
    fields: &[
        (1, Once(&SIGNATURE)),
        (3, Message(&NODE)),
        (4, Bytes),
        (5, Message(&ATTRIBUTE)),
        (6, Bytes),
        (7, Bytes),
        (8, Bytes),
    ],
};

static SIGNATURE: Shape = Shape {
    name: "signature",
    fields: &[
        (1, Text),
        (2, Bytes),
        (3, Bytes),
        (4, Bytes),
        (5, Bytes),
        (6, Bytes),
        (8, Bytes),
        (16, Integer),
        (17, Integer),
        (18, Integer),
        (19, Integer),
        (20, Bytes),
        (21, Integer),
    ],
};

pub(super) static NODE: Shape = Shape {
    name: "node",
    fields: &[
        (1, Text),
        (2, Text),
        (3, Texts),
        (4, Bytes),
        (5, Message(&ATTRIBUTE)),
        (6, Bytes),
        (7, Bytes),
    ],
};

/// An attribute's name and its value.
pub(super) static ATTRIBUTE: Shape =
    Shape { name: "attribute", fields: &[(1, Text), (2, Once(&VALUE))] };

pub(super) static VALUE: Shape = Shape {
    name: "attribute's value",
    fields: &[
        (1, Once(&LIST)),
        (2, Names),
        (3, Integer),
        (4, Floats),
        (5, Integer),
        (6, Integer),
        (7, Bytes),
        (8, Once(&TENSOR)),
        (9, Bytes),
        (10, Once(&CALL)),
    ],
};

static LIST: Shape = Shape {
    name: "list of values",
    fields: &[
        (2, Bytes),
        (3, Integers),
        (4, Floats),
        (5, Integers),
        (6, Integers),
        (7, Bytes),
        (8, Message(&TENSOR)),
        (9, Message(&CALL)),
    ],
};

/// A function by name, and values for its attributes.
pub(super) static CALL: Shape =
    Shape { name: "call", fields: &[(1, Text), (2, Message(&ATTRIBUTE))] };

pub(super) static TENSOR: Shape = Shape {
    name: "tensor",
    fields: &[
        (1, Integer),
        (2, Bytes),
        (3, Integer),
        (4, Bytes),
        (5, Floats),
        (6, Doubles),
        (7, Integers),
        (8, Names),
        (9, Floats),
        (10, Integers),
        (11, Integers),
        (12, Doubles),
        (13, Integers),
        (14, Bytes),
        (15, Bytes),
        (16, Integers),
        (17, Integers),
        (18, Bytes),
    ],
};

static OBJECT_GRAPH: Shape =
    Shape { name: "object graph", fields: &[(1, Message(&OBJECT)), (2, Bytes)] };

static OBJECT: Shape = Shape {
    name: "object",
    fields: &[
        (1, Bytes),
        (2, Bytes),
        (3, Bytes),
        (4, Once(&USER_OBJECT)),
        (5, Bytes),
        (6, Bytes),
        (7, Bytes),
        (8, Bytes),
        (9, Bytes),
        (10, Bytes),
        (11, Bytes),
        (12, Bytes),
        (13, Text),
        (14, Bytes),
        (15, Bytes),
        (16, Bytes),
    ],
};

pub(super) static USER_OBJECT: Shape =
    Shape { name: "user object", fields: &[(1, Text), (2, Bytes), (3, Text)] };

/// `keras_metadata.pb`: what Keras knows of the objects.
pub(super) static KERAS_METADATA: Shape =
    Shape { name: "Keras metadata", fields: &[(1, Message(&KERAS_NODE))] };

pub(super) static KERAS_NODE: Shape = Shape {
    name: "Keras node",
    fields: &[(1, Bytes), (2, Integer), (3, Text), (4, Text), (5, Text), (6, Bytes)],
};

/// `fingerprint.pb`: hashes of the rest.
pub(super) static FINGERPRINT: Shape = Shape {
    name: "fingerprint",
    fields: &[
        (1, Integer),
        (2, Integer),
        (3, Integer),
        (4, Integer),
        (5, Integer),
        (6, Bytes),
        (7, Text),
    ],
};

/// Where the bytes of a tensor are in a checkpoint.
pub(super) static BUNDLE_ENTRY: Shape = Shape {
    name: "entry of a checkpoint",
    fields: &[
        (1, Integer),
        (2, Bytes),
        (3, Integer),
        (4, Integer),
        (5, Integer),
        (6, Floats),
        (7, Bytes),
    ],
};
