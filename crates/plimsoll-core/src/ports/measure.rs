//! What measures data and models.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;

use crate::evidence::{Evaluation, ScanName, Scanned, Validation};
use crate::gate::Demand;
use crate::project::{Dataset, Evaluate, Task};
use crate::scans::Scans;
use crate::{DatasetName, Digest, ModelName, RepoPath, RunId, StepName, Timestamp};

/// Checks datasets and evaluates models. It is given opened paths and never fetches; it blocks the
/// calling thread, so callers give it one of its own.
pub trait Measure: Send + Sync {
    /// Returns what its answers depend on besides their inputs, such as the versions of checks and
    /// runtime. A change makes remembered answers void.
    fn identity(&self) -> String;

    /// Checks a dataset against its schema, and against what is declared about it.
    ///
    /// # Errors
    /// The check could not run; that is never a pass.
    fn validate(&self, request: &ValidateRequest) -> Result<Validation, MeasureError>;

    /// Evaluates a model or a file of predictions on a test set.
    ///
    /// # Errors
    /// The evaluation could not run; that is never a pass.
    fn evaluate(&self, request: &EvaluateRequest) -> Result<Evaluation, MeasureError>;

    /// Scans what comes from elsewhere. What keeps it from running is part of the answer, which
    /// then blocks.
    fn scan(&self, request: &ScanRequest) -> Scanned;
}

/// Something to scan.
#[derive(Clone, Debug)]
pub struct ScanRequest {
    /// Which scan.
    pub scan: ScanName,
    /// How it is set; its files lie in the repository.
    pub settings: Scans,
    /// The model that would be shipped, where there is one.
    pub model: Option<GivenFile>,
    /// The path of the model as people know it.
    pub shown: String,
    /// Where the packages are that the model is made with.
    pub packages: Packages,
    /// The data and base models that reach the model, with what is declared of them, and the steps
    /// between.
    pub lineage: Vec<Reaching>,
    /// The code files that every step sees.
    pub code: Vec<RepoPath>,
    /// The license that the model comes under.
    pub license: Option<String>,
    /// What the model is called.
    pub name: ModelName,
    /// What time it is.
    pub clock: Timestamp,
}

/// Where the packages are that a model is made with.
#[derive(Clone, Debug)]
pub enum Packages {
    /// Nothing says which there are.
    Undeclared,
    /// Those of the interpreter at hand, by name and version.
    System(BTreeMap<String, String>),
    /// An environment that was made from a lock.
    Environment {
        /// Its folder.
        folder: PathBuf,
        /// The lock as people know it.
        lock: RepoPath,
        /// The lock's file.
        file: PathBuf,
        /// The lock's content.
        digest: Digest,
    },
}

/// A dataset or base model on its way into the model.
#[derive(Clone, Debug)]
pub struct Reaching {
    /// What it is called.
    pub name: DatasetName,
    /// What is declared of it.
    pub declared: Dataset,
    /// Its content.
    pub digest: Digest,
    /// The steps through which it reaches the model, in order.
    pub through: Vec<StepName>,
}

/// A dataset to check.
#[derive(Clone, Debug)]
pub struct ValidateRequest {
    /// Its file.
    pub path: PathBuf,
    /// Its path as people know it, for messages.
    pub shown: String,
    /// Its digest.
    pub digest: Digest,
    /// Its schema, where it has one.
    pub schema: Option<SchemaSource>,
    /// Whether personal data are looked for, since it is declared that there are none.
    pub no_personal_data: bool,
    /// What time it is.
    pub clock: Timestamp,
}

/// The file of a schema.
#[derive(Clone, Debug)]
pub struct SchemaSource {
    /// The file.
    pub path: PathBuf,
    /// Its path as people know it.
    pub shown: String,
    /// Its digest.
    pub digest: Digest,
}

/// A model to evaluate.
#[derive(Clone, Debug)]
pub struct EvaluateRequest {
    /// What the model predicts.
    pub task: Task,
    /// How it is declared to be evaluated.
    pub evaluate: Evaluate,
    /// The file that predicts.
    pub predictor: PathBuf,
    /// Its digest.
    pub predictor_digest: Digest,
    /// The test set's file.
    pub on: PathBuf,
    /// Its digest.
    pub on_digest: Digest,
    /// What the model was trained on, where that is declared.
    pub train: Option<GivenFile>,
    /// What the model answered to the test set when it was trained, where that is declared.
    pub recorded: Option<Recorded>,
    /// The schemas of the datasets, for columns that they mark as leaking.
    pub schemas: Vec<(DatasetName, PathBuf)>,
    /// Which look at the test set this is, by the ledger; the first where it is switched off.
    pub look: NonZeroU32,
    /// The seed of resampling.
    pub seed: u64,
    /// What the numbers will be judged by: an end that lies close to a limit is computed from more
    /// resamples. Part of what the answer is remembered under.
    pub demands: Vec<Demand>,
    /// What to compare with, on the same rows.
    pub champion: Option<ChampionModel>,
}

/// A file that checks of a model read beside the test set.
#[derive(Clone, Debug)]
pub struct GivenFile {
    /// The file.
    pub path: PathBuf,
    /// Its digest.
    pub digest: Digest,
}

/// Answers that were recorded when a model was trained.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The answers, a file of predictions.
    pub answers: PathBuf,
    /// The rows that they are answers to: the declared test set, also where a retrained model is
    /// measured on withheld rows.
    pub on: PathBuf,
}

/// A champion to compare with.
#[derive(Clone, Debug)]
pub struct ChampionModel {
    /// The run that made it.
    pub run: RunId,
    /// How it was declared to be evaluated: its own features, not the challenger's.
    pub evaluate: Evaluate,
    /// The file that predicts.
    pub predictor: PathBuf,
    /// Its digest.
    pub digest: Digest,
}

/// Something could not be measured.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct MeasureError {
    /// What, which, how many.
    pub message: String,
    /// What to do.
    pub next: Option<String>,
}
