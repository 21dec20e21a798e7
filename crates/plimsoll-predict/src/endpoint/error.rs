//! Why a served model does not answer.

use std::time::Duration;

/// A served model does not answer, or not as the protocol says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// Nothing listens there, or the connection broke.
    #[error("{server} does not answer: {reason}")]
    Unreachable {
        /// The server.
        server: String,
        /// Why.
        reason: String,
    },
    /// The answer took too long.
    #[error("the server did not answer within {:.1} s", after.as_secs_f64())]
    Late {
        /// How long was waited.
        after: Duration,
    },
    /// The answer is larger than accepted.
    #[error("the answer has more than {limit} bytes, the most that is read")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The server said no.
    #[error("the server refused with status {status}: {message}")]
    Refused {
        /// The status of HTTP.
        status: u16,
        /// What it said.
        message: String,
    },
    /// The answer or description is not what the protocol has.
    #[error("the {what} is not what the Open Inference Protocol has: {reason}")]
    Form {
        /// `answer` or `description of the model`.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// An output has another number of rows than were asked for.
    #[error("output `{output}` has {found} rows, {expected} were asked for")]
    Rows {
        /// Which output.
        output: String,
        /// How many it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// Parts of an answer do not fit together.
    #[error("output `{output}` has another form in a later part of the rows")]
    Parts {
        /// Which output.
        output: String,
    },
    /// A value cannot be sent.
    #[error("input `{input}` is infinite in row {row}, and JSON has no infinity")]
    Infinite {
        /// Which input.
        input: String,
        /// The first such row, counted from 1.
        row: usize,
    },
    /// There is nothing to ask.
    #[error("there are no rows to ask about")]
    Empty,
}

impl EndpointError {
    /// Tells whether the server looked at the rows and declined them.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { status: 400..=499, .. })
    }
}
