//! A run, from what is declared to a verdict.
//!
//! One dispatcher ([`driver`]) puts events in one order, writes them to the run's log and feeds them to
//! the schedule; whatever takes time happens elsewhere and comes back to it as an answer. So a run
//! can be killed anywhere: its log says what was done, and the next one takes it up.

mod cancel;
mod champion;
mod driver;
mod dry;
mod error;
mod evaluate;
mod journal;
mod judge;
mod known;
mod live;
mod lookup;
mod observer;
mod outcome;
mod scan;
mod start;
mod steps;
mod stop;
mod take_up;
mod validate;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use plimsoll_core::event::{CommitState, Retraining};
use plimsoll_core::gate::Transition;
use plimsoll_core::ports::{Looks, Measure, ObjectStore, Runs};
use plimsoll_core::project::Project;
use plimsoll_core::{DatasetName, Digest, RunId, StepName, Timestamp};
use serde_json::Value;

pub use cancel::{Cancel, Canceller};
pub use dry::{
    Because, Forecast, PlannedRun, StepForecast, Success, last_successes, plan_only, start_only,
};
pub use error::RunError;
pub use observer::{Beginning, Notice, Observer, Unobserved};
pub use outcome::RunOutcome;

use crate::environment::Network;
use crate::schedule::{GateWish, OnFailure};

/// What a run needs of the outside.
#[derive(Clone)]
pub struct EnginePorts {
    /// Where bytes are kept.
    pub objects: Arc<dyn ObjectStore>,
    /// Where the logs of runs are kept.
    pub runs: Arc<dyn Runs>,
    /// The ledger of test sets.
    pub looks: Arc<dyn Looks>,
    /// What checks data and evaluates models.
    pub measure: Arc<dyn Measure>,
    /// What says how late it is.
    pub clock: Arc<dyn Clock>,
}

/// Says how late it is.
pub trait Clock: Send + Sync {
    /// Returns the present.
    fn now(&self) -> Timestamp;
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct RunRequest {
    /// A fresh id of 16 random bytes. A run that is taken up keeps its own.
    pub id: RunId,
    /// What `plimsoll.yaml` declares.
    pub project: Project,
    /// The digest of `plimsoll.yaml`.
    pub declared: Digest,
    /// Every parameter by its dotted name, with what a retraining sets.
    pub params: BTreeMap<String, Value>,
    /// The rows of the datasets that are declared `from: captures`.
    pub live: BTreeMap<DatasetName, LiveTable>,
    /// The repository's folder.
    pub root: PathBuf,
    /// `PLIMSOLL_HOME`.
    pub home: PathBuf,
    /// Every environment variable.
    pub variables: BTreeMap<String, String>,
    /// The commit; `None` without git.
    pub commit: Option<CommitState>,
    /// Steps or paths of outputs; everything where empty.
    pub targets: Vec<String>,
    /// The steps that run even if their outputs are known.
    pub force: Force,
    /// What becomes of other steps when one fails.
    pub on_failure: OnFailure,
    /// How many processor slots there are.
    pub jobs: NonZeroU32,
    /// Whether `plimsoll.lock` may change.
    pub locking: Locking,
    /// Whether packages may be fetched.
    pub network: Network,
    /// Whether the model is judged.
    pub gate: GateWish,
    /// What the verdict is for.
    pub at: Transition,
    /// What the model is compared with.
    pub champion: ChampionChoice,
    /// What makes the run a retraining; `None` of one that a person asked for.
    pub retraining: Option<Retraining>,
    /// What becomes of a run like this whose process is gone.
    pub unfinished: Unfinished,
    /// How long a command may take to end after it was asked to.
    pub grace: Duration,
}

/// The rows of a dataset that is made of labelled predictions: an object of the store.
///
/// The caller put it there: a table without rows, or what a retraining froze.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveTable {
    /// The table.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
}

/// What a model is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChampionChoice {
    /// Nothing: the variant was never released, so rules about a champion do not apply.
    Never,
    /// Nothing, though the variant was released: rules about a champion are an error.
    Lost,
    /// The model of this run.
    Run(RunId),
}

impl ChampionChoice {
    /// Returns the run, where there is one.
    pub fn run(self) -> Option<RunId> {
        match self {
            Self::Run(run) => Some(run),
            Self::Never | Self::Lost => None,
        }
    }
}

/// Which steps run even if their outputs are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Force {
    /// These.
    Steps(Vec<StepName>),
    /// All.
    All,
}

/// Whether `plimsoll.lock` may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locking {
    /// It is brought up to date.
    Update,
    /// A dataset that is not as locked ends the run before it begins.
    Frozen,
}

/// What becomes of an unfinished run with the same plan whose process is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfinished {
    /// It is taken up.
    TakeUp,
    /// It is recorded as abandoned.
    Abandon,
}

/// Carries out what `request` asks for and returns how it ended.
///
/// A step that fails, data that are not valid and a model that is refused are outcomes, not errors.
///
/// # Errors
/// The run could not begin, or could not be recorded to its end.
pub async fn run(
    request: RunRequest,
    ports: &EnginePorts,
    observer: &dyn Observer,
    cancel: Cancel,
) -> Result<RunOutcome, RunError> {
    // Boxed, since what a run knows is large and callers keep it in their own futures.
    let mut started =
        Box::pin(start::start(&request, ports, observer, &cancel, start::Making::Made)).await?;
    let taken = Box::pin(take_up::take_up(&request, &mut started, ports)).await?;
    started.write_lock(&request.root)?;
    let driver = driver::Driver::new(request, *started, taken, ports, observer);
    Box::pin(driver.drive(cancel)).await
}
