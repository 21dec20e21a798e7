//! What is recorded of one request.

use std::sync::Arc;

use plimsoll_core::Timestamp;

/// One request and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The request's own id.
    pub request_id: String,
    /// When the request had arrived.
    pub received_at: Timestamp,
    /// How long the answer took, in microseconds.
    pub latency_us: u32,
    /// The version that answered.
    pub version: Arc<str>,
    /// How many rows were asked about.
    pub rows: u32,
    /// What the model was given.
    pub inputs: Vec<Column>,
    /// What was sent along and not given to the model.
    pub context: Vec<Column>,
    /// What the model gave.
    pub outputs: Vec<Column>,
}

/// The values that the rows of a request have in common a name for.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: Arc<str>,
    /// The values, row by row: as many as there are rows, times `width`.
    pub values: Values,
    /// How many values a row has, 1 or more.
    pub width: u32,
}

/// Values of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers of 32 bits.
    Float32(Vec<f32>),
    /// Numbers of 64 bits.
    Float64(Vec<f64>),
    /// Integers.
    Int64(Vec<i64>),
    /// Truths.
    Bool(Vec<bool>),
    /// Text.
    Text(Vec<String>),
}

impl Values {
    /// Returns how many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Float32(values) => values.len(),
            Self::Float64(values) => values.len(),
            Self::Int64(values) => values.len(),
            Self::Bool(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
