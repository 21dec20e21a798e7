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

/// The type of [`Values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Float32,
    Float64,
    Int64,
    Bool,
    Text,
}

impl Element {
    const ALL: [Self; 5] = [Self::Float32, Self::Float64, Self::Int64, Self::Bool, Self::Text];

    /// Returns the number that stands for it in a journal.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Float32 => 1,
            Self::Float64 => 2,
            Self::Int64 => 3,
            Self::Bool => 4,
            Self::Text => 5,
        }
    }

    /// Returns what `code` stands for.
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|element| element.code() == code)
    }

    /// Returns the narrowest type that holds values of both.
    pub(crate) fn with(self, other: Self) -> Self {
        match (self, other) {
            (same, other) if same == other => same,
            (Self::Text | Self::Bool, _) | (_, Self::Text | Self::Bool) => Self::Text,
            _ => Self::Float64,
        }
    }
}

impl Values {
    /// Returns their type.
    pub(crate) fn element(&self) -> Element {
        match self {
            Self::Float32(_) => Element::Float32,
            Self::Float64(_) => Element::Float64,
            Self::Int64(_) => Element::Int64,
            Self::Bool(_) => Element::Bool,
            Self::Text(_) => Element::Text,
        }
    }

    /// Returns none of that type, with room for `count`.
    pub(crate) fn none(element: Element, count: usize) -> Self {
        match element {
            Element::Float32 => Self::Float32(Vec::with_capacity(count)),
            Element::Float64 => Self::Float64(Vec::with_capacity(count)),
            Element::Int64 => Self::Int64(Vec::with_capacity(count)),
            Element::Bool => Self::Bool(Vec::with_capacity(count)),
            Element::Text => Self::Text(Vec::with_capacity(count)),
        }
    }
}
