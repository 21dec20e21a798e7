//! Why a model cannot be loaded, and why it does not answer.

use super::exchange::AnswerError;
use crate::{Kind, Port};

/// The library does not take a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadModelError {
    /// The library refuses it.
    #[error("{runtime} does not load the model: {reason}")]
    Refused {
        /// Which library.
        runtime: String,
        /// What it says.
        reason: String,
    },
    /// The library or its bindings gave up in the middle.
    #[error("{runtime} gave up on the model while loading it")]
    GaveUp {
        /// Which library.
        runtime: String,
    },
    /// Something passes through it that cannot be fed or read here.
    #[error(
        "the model's {end} `{name}` is {found}; tensors of float, double, int64, int32, bool and \
         string, and maps from class to score as output, are supported"
    )]
    Unsupported {
        /// `input` or `output`.
        end: &'static str,
        /// Its name.
        name: String,
        /// Its type.
        found: String,
    },
    /// It takes nothing, so that no row could matter to it.
    #[error("the model has no {0}")]
    Without(&'static str),
}

/// A model does not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PredictError {
    /// An input is missing.
    #[error("input {expected} is missing (given: {given})")]
    Missing {
        /// What it should be.
        expected: Port,
        /// What was given.
        given: String,
    },
    /// An input is given that the model does not have.
    #[error("the model has no input `{name}` (it has {known})")]
    Unknown {
        /// Its name.
        name: String,
        /// The inputs that it has.
        known: String,
    },
    /// An input is given twice.
    #[error("input `{name}` is given twice")]
    Twice {
        /// Its name.
        name: String,
    },
    /// An input is of another type or shape.
    #[error("input `{name}` takes {expected}, got {found}")]
    Kind {
        /// Its name.
        name: String,
        /// What it takes.
        expected: Kind,
        /// What was given.
        found: String,
    },
    /// A text cannot be handed to the library.
    #[error("input `{name}` holds a NUL character in value {at}, which ONNX Runtime does not take")]
    Nul {
        /// Its name.
        name: String,
        /// Which value, from 1.
        at: usize,
    },
    /// Inputs have different numbers of rows.
    #[error("input `{name}` has {rows} rows, `{first}` has {expected}")]
    Rows {
        /// The input that differs.
        name: String,
        /// How many rows it has.
        rows: usize,
        /// The input that it differs from.
        first: String,
        /// How many rows that has.
        expected: usize,
    },
    /// There is nothing to predict.
    #[error("there are no rows to predict")]
    Empty,
    /// The model takes a fixed number of rows.
    #[error("the model takes exactly {fixed} rows at a time, got {rows}")]
    FixedRows {
        /// How many it takes.
        fixed: u64,
        /// How many were given.
        rows: usize,
    },
    /// The library could not run it.
    #[error("the model fails on rows {first} to {last}: {reason}")]
    Failed {
        /// The first row of the part, from 1.
        first: usize,
        /// The last.
        last: usize,
        /// What the library says.
        reason: String,
    },
    /// An answer cannot be read.
    #[error("output `{name}` cannot be read: {error}")]
    Answer {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        error: AnswerError,
    },
    /// The answers to parts of the rows cannot be put together.
    #[error("output `{name}` answers {rows} rows with {found}")]
    Parts {
        /// Its name.
        name: String,
        /// How many rows were given.
        rows: usize,
        /// What was answered.
        found: String,
    },
}
