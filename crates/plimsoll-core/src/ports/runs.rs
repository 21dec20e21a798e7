//! Runs, as logs of events.

use std::collections::BTreeMap;
use std::error::Error;

use async_trait::async_trait;

use crate::event::{Output, Recorded, RunEnd, RunEvent};
use crate::gate::Answer;
use crate::{Digest, ModelName, RunId, Timestamp};

/// The logs of all runs, and what follows from them.
#[async_trait]
pub trait Runs: Send + Sync {
    /// Appends `events` to the log of `run`, all or none, the first as number `next`.
    ///
    /// What lookups read ([`Runs::list`], [`Runs::cached`]) is updated in the same transaction.
    ///
    /// # Errors
    /// [`AppendError::Conflict`] where the log does not end right before `next`: another process
    /// writes to the same run.
    async fn append(
        &self,
        run: &RunId,
        next: u64,
        at: Timestamp,
        events: &[RunEvent],
    ) -> Result<(), AppendError>;

    /// Returns the events of `run` in order; none for a run that is not known.
    async fn events(&self, run: &RunId) -> Result<Vec<Recorded>, ReadError>;

    /// Returns the runs of `model` (or of all models), the newest first, at most `limit`.
    async fn list(&self, model: Option<&ModelName>, limit: u32) -> Result<Vec<RunRow>, ReadError>;

    /// Returns the runs of `model` in `repository` that have not ended, the newest first.
    async fn unfinished(
        &self,
        model: &ModelName,
        repository: &str,
    ) -> Result<Vec<RunRow>, ReadError>;

    /// Finds the one run whose id begins with `prefix`.
    async fn resolve(&self, prefix: &str) -> Result<RunId, ResolveError>;

    /// Returns what is remembered under each of `keys`: the newest success of each.
    async fn cached(&self, keys: &[Digest]) -> Result<BTreeMap<Digest, CacheEntry>, ReadError>;
}

/// What a step, a validation or an evaluation with some key led to.
#[derive(Clone, Debug, PartialEq)]
pub struct CacheEntry {
    /// The run that did it.
    pub run: RunId,
    /// What it wrote; of a validation or evaluation the evidence, under the path `evidence`.
    pub outputs: Vec<Output>,
    /// The numbers of its metrics file; of a validation `errors`, of an evaluation its metrics.
    pub metrics: BTreeMap<String, f64>,
}

/// A run in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    /// Its id.
    pub id: RunId,
    /// The model it is of.
    pub model: ModelName,
    /// The repository's folder.
    pub repository: String,
    /// The commit.
    pub commit: Option<String>,
    /// Whether the tree was dirty.
    pub dirty: bool,
    /// When it started.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// How it ended; `None` while it has not.
    pub end: Option<RunEnd>,
    /// What the gate said.
    pub answer: Option<Answer>,
    /// The digest of its plan.
    pub plan: Digest,
    /// The number of its last event.
    pub last: u64,
    /// The numbers of all steps' metrics files, by `STEP.NAME`, and of the evaluation, by name.
    pub metrics: BTreeMap<String, f64>,
    /// The evaluation's evidence.
    pub evidence: Option<Digest>,
}

/// Events were not appended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The log has other events at this place.
    #[error(
        "run {run} was written to by another process (event {next} is already there, or one before it is missing)"
    )]
    Conflict {
        /// Which run.
        run: RunId,
        /// The place.
        next: u64,
    },
    /// The store did not take them.
    #[error("the run could not be recorded")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

/// Runs could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// What is stored is not what was written.
    #[error("the record of run {run} is damaged ({problem})")]
    Damaged {
        /// Which run.
        run: String,
        /// What is wrong.
        problem: String,
    },
    /// A newer program wrote it.
    #[error(
        "event {sequence} of run {run} was written by a newer version of Plimsoll ({what}): update this one to read the run"
    )]
    Newer {
        /// Which run.
        run: RunId,
        /// Which event.
        sequence: u64,
        /// What is not known here, such as a kind of event.
        what: String,
    },
    /// The store did not answer.
    #[error("the runs could not be read")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

/// No single run was found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// None begins so.
    #[error("no run begins with `{0}`")]
    Unknown(String),
    /// Several begin so.
    #[error("{count} runs begin with `{prefix}`: {examples}")]
    Ambiguous {
        /// What was asked for.
        prefix: String,
        /// How many.
        count: u64,
        /// Some of them.
        examples: String,
    },
    /// They could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}
