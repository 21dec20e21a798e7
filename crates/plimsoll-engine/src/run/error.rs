//! Why a run did not begin, or not come to its end.

use std::io;
use std::path::PathBuf;

use plimsoll_core::ports::{AppendError, Damaged, OpenError, ReadError, RegistryError};
use plimsoll_core::{DatasetName, Digest, RepoPath, RunId, StepName};

use crate::environment::PrepareError;
use crate::key_lock::LockError;
use crate::lock_file::{Difference, ReadLockError, WriteLockError};
use crate::plan::PlanError;
use crate::tree::{HashError, OpenTreeError};

/// A run did not begin, or not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// What was asked for has no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A step that is to be forced is not part of the run.
    #[error("step `{step}` is to be forced but not part of this run")]
    ForcedElsewhere {
        /// Which step.
        step: StepName,
    },
    /// The repository cannot be read.
    #[error(transparent)]
    Tree(#[from] OpenTreeError),
    /// A dataset has no digest.
    #[error("dataset `{dataset}` cannot be used")]
    Dataset {
        /// Which dataset.
        dataset: DatasetName,
        /// Why.
        source: HashError,
    },
    /// A dataset is made of labelled predictions, and no table of them was handed over.
    #[error(
        "dataset `{dataset}` is declared `from: captures` and the run was given no table for it"
    )]
    NoTable {
        /// Which dataset.
        dataset: DatasetName,
    },
    /// Labelled predictions that the run was given are not in the object store.
    #[error("{what} ({digest}) are not in the object store")]
    NotStored {
        /// Which: `the rows of dataset live`.
        what: String,
        /// The object.
        digest: Digest,
    },
    /// Nothing can be measured on the rows that a retraining withheld.
    #[error("a retrained model cannot be judged on withheld rows: {problem}")]
    Unjudgeable {
        /// Why not.
        problem: String,
    },
    /// A file that steps read has no digest.
    #[error("{} cannot be given to {reader}", path)]
    Input {
        /// Which file or folder.
        path: RepoPath,
        /// Who reads it: `step train`, `the evaluation`.
        reader: String,
        /// Why not.
        source: HashError,
    },
    /// Code has no digest.
    #[error("the code cannot be read")]
    Code(#[source] HashError),
    /// `plimsoll.lock` cannot be read.
    #[error(transparent)]
    ReadLock(#[from] ReadLockError),
    /// `plimsoll.lock` cannot be written.
    #[error(transparent)]
    WriteLock(#[from] WriteLockError),
    /// Datasets are not as `plimsoll.lock` says, and it may not change.
    #[error(
        "{} dataset(s) differ from plimsoll.lock: {}",
        differences.len(),
        differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    )]
    Unlocked {
        /// Which, and how.
        differences: Vec<Difference>,
    },
    /// There is no environment to run in.
    #[error(transparent)]
    Environment(#[from] PrepareError),
    /// A lock could not be had.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A folder of Plimsoll's own could not be used.
    #[error("{} could not be used", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The run's id is in use, which random ids never are.
    #[error("run {0} exists already")]
    NotFresh(RunId),
    /// The run to compare with has nothing to compare with.
    #[error("run {run} cannot be the champion: {problem}")]
    Champion {
        /// Which run.
        run: RunId,
        /// Why not.
        problem: String,
    },
    /// A dataset could not be checked, which is never a pass.
    #[error("dataset `{dataset}` could not be checked: {message}")]
    Validation {
        /// Which dataset.
        dataset: DatasetName,
        /// Why.
        message: String,
        /// What to do.
        next: Option<String>,
    },
    /// The model could not be entered into the ledger of the test set.
    #[error("the look at the test set could not be recorded")]
    Ledger(#[source] RegistryError),
    /// The run could not be recorded.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// What was recorded could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The object store did not answer.
    #[error(transparent)]
    Objects(#[from] OpenError),
    /// The own store is damaged.
    #[error(transparent)]
    Damaged(#[from] Damaged),
    /// An object could not be read.
    #[error("{message}")]
    Unreadable {
        /// Which, and why.
        message: String,
    },
    /// An output that is in the store could not be put into the repository.
    #[error("{message}")]
    Restore {
        /// Which, and why.
        message: String,
    },
    /// Evidence could not be stored.
    #[error("{what} could not be stored")]
    Evidence {
        /// What.
        what: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A value has no JSON.
    #[error("a value could not be written down")]
    Json(#[from] serde_json::Error),
    /// A part of the run panicked.
    #[error("a part of the run broke off ({0}): a bug in Plimsoll")]
    Bug(String),
}
