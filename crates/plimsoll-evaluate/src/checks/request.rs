//! What is to be checked.

use std::path::PathBuf;
use std::time::Duration;

use plimsoll_core::Digest;
use plimsoll_core::checks::Checks;
use plimsoll_core::project::{Features, Task};
use plimsoll_predict::{EndpointAddress, EndpointLimits};
use serde_json::Value;

/// A model with what it is to be checked on.
#[derive(Clone, Debug)]
pub struct CheckRequest {
    /// What predicts.
    pub subject: Subject,
    /// What people know it by, for messages.
    pub shown: String,
    /// What the model predicts.
    pub task: Task,
    /// The test set, Parquet or CSV.
    pub on: PathBuf,
    /// Its path as people know it.
    pub on_shown: String,
    /// The data that the model was trained on, for what has to be compared with it.
    pub train: Option<PathBuf>,
    /// What answers as the model did when it was trained, for `model.parity`, and its name for
    /// messages: predictions that were recorded then, or the model's file.
    pub recorded: Option<(Subject, String)>,
    /// The column with the truth.
    pub target: String,
    /// The class that counts as positive, of a binary task.
    pub positive: Option<Value>,
    /// The column whose equal values belong together.
    pub block: Option<String>,
    /// How the model's inputs are fed; a server may say so itself. Of a file of predictions, the
    /// columns that it was made from.
    pub features: Option<Features>,
    /// What the seed follows from, beside `seed`: digests of model and test set.
    pub digests: Vec<Digest>,
    /// The seed of every random choice.
    pub seed: u64,
    /// How the checks are set.
    pub settings: Checks,
    /// How long all of them may take together.
    pub time: Duration,
}

/// What predicts.
#[derive(Clone, Debug)]
pub enum Subject {
    /// An ONNX model.
    Model(PathBuf),
    /// A file of predictions, one row for each row of the test set in the same order. It cannot be
    /// asked again.
    Predictions(PathBuf),
    /// A served model.
    Endpoint {
        /// Where it is.
        address: EndpointAddress,
        /// What is sent as `Authorization: Bearer`.
        token: Option<String>,
        /// How patient the checks are with it.
        limits: EndpointLimits,
    },
}
