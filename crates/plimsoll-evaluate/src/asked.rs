//! A model that can be asked about any rows: an ONNX model, or one that is served.

mod onnx;
mod served;

use std::time::Instant;

use arrow::array::RecordBatch;
use plimsoll_core::project::Task;
use plimsoll_predict::{
    Class, EndpointError, FeedError, PredictError, Predictions, PredictionsError, Signature, Wanted,
};
use serde_json::Value;

pub(crate) use onnx::OnnxModel;
pub(crate) use served::ServedModel;

/// Something that answers rows.
pub(crate) trait Asked {
    /// Answers every row of `table`, not much later than `until`.
    fn ask(&mut self, table: &RecordBatch, until: Option<Instant>)
    -> Result<Predictions, AskError>;

    /// Returns the columns that it is given, in its order.
    fn columns(&self) -> Vec<String>;

    /// Returns what it takes and gives, with the classes that its answers named so far.
    fn signature(&self) -> Option<&Signature> {
        None
    }

    /// Returns what runs it, as evidence names it.
    fn runtime(&self) -> Option<&str> {
        None
    }
}

/// A model did not answer rows.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    /// The rows cannot be given to it.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The library fails on them.
    #[error(transparent)]
    Predict(#[from] PredictError),
    /// The server does not answer.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// What it answers is no prediction.
    #[error(transparent)]
    Answer(#[from] PredictionsError),
    /// There was no time left.
    #[error("the time was over before the model was asked")]
    Late,
}

impl AskError {
    /// Tells whether the rows were declined: the model says that it takes no such values, which is
    /// an answer of its own.
    pub(crate) fn is_refusal(&self) -> bool {
        match self {
            Self::Feed(_) | Self::Predict(PredictError::Failed { .. }) => true,
            Self::Endpoint(error) => error.is_refusal(),
            _ => false,
        }
    }

    /// Tells whether what came back is not a number or no probability.
    pub(crate) fn is_nonsense(&self) -> bool {
        matches!(
            self,
            Self::Answer(
                PredictionsError::NotFinite { .. }
                    | PredictionsError::NoProbability { .. }
                    | PredictionsError::StrangeLabel { .. }
            )
        )
    }

    /// Tells whether time was what lacked.
    pub(crate) fn is_late(&self) -> bool {
        matches!(self, Self::Late | Self::Endpoint(EndpointError::Late { .. }))
    }
}

/// What answers are read for.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// What is predicted.
    pub(crate) task: Task,
    /// The class that counts as positive.
    pub(crate) positive: Option<Value>,
    /// The values of the target.
    pub(crate) truths: Vec<Class>,
}

impl Reading {
    pub(crate) fn wanted(&self, rows: usize) -> Wanted<'_> {
        Wanted { task: self.task, positive: self.positive.as_ref(), truths: &self.truths, rows }
    }

    /// Reads answers; what they show of the order of classes is kept in `signature`, so that the
    /// answer to a single row is read alike.
    pub(crate) fn read(
        &self,
        outputs: &plimsoll_predict::Outputs,
        signature: &mut Signature,
        rows: usize,
    ) -> Result<Predictions, AskError> {
        let wanted = self.wanted(rows);
        if signature.classes.is_empty() {
            signature.classes = Predictions::class_order(outputs, signature, &wanted)?;
        }
        Ok(Predictions::from_outputs(outputs, signature, &wanted)?)
    }
}

/// Returns whether there is time left.
pub(crate) fn in_time(until: Option<Instant>) -> Result<(), AskError> {
    match until {
        Some(until) if Instant::now() >= until => Err(AskError::Late),
        _ => Ok(()),
    }
}
