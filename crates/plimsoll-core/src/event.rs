//! What happens in a run, and what a run is: the sum of it.
//!
//! Events are lifecycle only, a handful per step. They are appended in one order and never changed;
//! everything shown of a run is folded from them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::evidence::ScanName;
use crate::gate::{Answer, Transition};
use crate::lifecycle::Cause;
use crate::project::Project;
use crate::{DatasetName, Day, Digest, RepoPath, RunId, StepName, Timestamp, Version};

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum RunEvent {
    /// The run was planned and begins.
    RunStarted(Box<RunStart>),
    /// A process took up a run whose process was gone.
    RunResumed {},
    /// A dataset was checked against its schema.
    DataValidated {
        /// Which dataset.
        dataset: DatasetName,
        /// The key that the answer is remembered under.
        key: Digest,
        /// The [`crate::evidence::Validation`].
        evidence: Digest,
        /// How many findings block.
        errors: u64,
        /// The run that checked it, where that was another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from_run: Option<RunId>,
    },
    /// A step's command was started.
    StepStarted {
        /// Which step.
        step: StepName,
        /// Which try, from 1.
        attempt: u32,
        /// What its key was made of.
        parts: Box<KeyParts>,
    },
    /// A step's command ended well and its outputs are stored.
    StepSucceeded {
        /// Which step.
        step: StepName,
        /// Which try.
        attempt: u32,
        /// Its cache key.
        key: Digest,
        /// What it wrote.
        outputs: Vec<Output>,
        /// The numbers of its metrics file.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        metrics: BTreeMap<String, f64>,
        /// How long the command took.
        duration_ms: u64,
    },
    /// A step was not run, because its outputs are known.
    StepCached {
        /// Which step.
        step: StepName,
        /// What its key was made of.
        parts: Box<KeyParts>,
        /// Its cache key.
        key: Digest,
        /// The run that made the outputs.
        from_run: RunId,
        /// What that run wrote.
        outputs: Vec<Output>,
        /// The numbers of its metrics file.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        metrics: BTreeMap<String, f64>,
    },
    /// A step failed.
    StepFailed {
        /// Which step.
        step: StepName,
        /// Which try, 0 where it was not started.
        attempt: u32,
        /// Why.
        reason: StepFailure,
        /// How long the command took.
        duration_ms: u64,
    },
    /// A step will not run, because one before it failed.
    StepSkipped {
        /// Which step.
        step: StepName,
        /// The step that failed.
        because: StepName,
    },
    /// The model was evaluated.
    Evaluated {
        /// The key that the answer is remembered under.
        key: Digest,
        /// The [`crate::evidence::Evaluation`].
        evidence: Digest,
        /// The values on the whole test set by metric, to compare runs by.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        metrics: BTreeMap<String, f64>,
        /// The run that evaluated it, where that was another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from_run: Option<RunId>,
    },
    /// The evaluation could not be made.
    EvaluationFailed {
        /// Why, with what to do.
        message: String,
    },
    /// Something that comes from elsewhere was scanned, or could not be.
    Scanned {
        /// Which scan.
        scan: ScanName,
        /// The [`crate::evidence::Scanned`].
        evidence: Digest,
        /// How many findings block.
        errors: u64,
    },
    /// The gate answered.
    Judged {
        /// The [`crate::gate::Verdict`].
        verdict: Digest,
        /// What it says.
        answer: Answer,
    },
    /// The run ended.
    RunFinished {
        /// How.
        end: RunEnd,
    },
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunEnd {
    /// Everything that was asked for was done; the verdict is another matter.
    Completed,
    /// A step failed, or the evaluation could not be made.
    Failed,
    /// A dataset is not valid; no step ran.
    InvalidData,
    /// A signal stopped it.
    Interrupted,
    /// Its process was gone, and it was not taken up again.
    Abandoned,
}

impl fmt::Display for RunEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::InvalidData => "invalid data",
            Self::Interrupted => "interrupted",
            Self::Abandoned => "abandoned",
        })
    }
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum StepFailure {
    /// The command ended with an exit code other than 0.
    Exit {
        /// The exit code.
        code: i32,
        /// What may help: an undeclared file that the output names, say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
    /// A signal killed the command.
    Signal {
        /// The signal's number.
        signal: i32,
        /// What may help.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
    /// The command took longer than it may.
    Timeout {
        /// The limit in seconds.
        seconds: f64,
    },
    /// Declared outputs are not there.
    MissingOutput {
        /// Which.
        paths: Vec<RepoPath>,
    },
    /// The metrics file is not an object of finite numbers.
    BadMetrics {
        /// The file.
        path: RepoPath,
        /// What is wrong.
        problem: String,
    },
    /// An input was changed while the step ran.
    ChangedInput {
        /// Which.
        path: RepoPath,
    },
    /// The step could not be run or its outputs not be kept.
    Io {
        /// What happened.
        message: String,
        /// Whether trying again may help.
        transient: bool,
    },
}

impl StepFailure {
    /// Returns what may help.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Exit { hint, .. } | Self::Signal { hint, .. } => hint.as_deref(),
            _ => None,
        }
    }
}

impl fmt::Display for StepFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit { code, .. } => write!(f, "its command ended with exit code {code}"),
            Self::Signal { signal, .. } => write!(f, "its command was killed by signal {signal}"),
            Self::Timeout { seconds } => write!(f, "its command took longer than {seconds} s"),
            Self::MissingOutput { paths } => {
                let paths: Vec<_> = paths.iter().map(|path| format!("`{path}`")).collect();
                write!(f, "its command ended well but did not write {}", paths.join(", "))
            }
            Self::BadMetrics { path, problem } => write!(f, "its metrics file `{path}` {problem}"),
            Self::ChangedInput { path } => write!(f, "`{path}` was changed while it ran"),
            Self::Io { message, .. } => f.write_str(message),
        }
    }
}

/// Everything a run starts from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RunStart {
    /// The repository's folder when it ran.
    pub repository: String,
    /// The commit and its state; `None` without git.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<CommitState>,
    /// What `plimsoll.yaml` declared.
    pub project: Project,
    /// The digest of `plimsoll.yaml`.
    pub declared: Digest,
    /// Every parameter by its dotted name.
    pub params: BTreeMap<String, Value>,
    /// The datasets as they were.
    pub data: BTreeMap<DatasetName, DatasetPin>,
    /// The code files as they were.
    pub code: BTreeMap<RepoPath, Digest>,
    /// Where Python came from.
    pub environment: Environment,
    /// The steps that were asked for, in an order in which they can run.
    pub steps: Vec<StepName>,
    /// The steps that were to run even if their outputs are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forced: Vec<StepName>,
    /// The run that the model is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub champion: Option<RunId>,
    /// Whether there should be a champion and is none: the variant was released before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub champion_lost: bool,
    /// Why and on what the model is trained again; `None` of a run that a person asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retraining: Option<Retraining>,
    /// Whether the gate was asked for.
    pub gated: bool,
    /// What it was asked for.
    #[serde(default, skip_serializing_if = "Transition::is_default")]
    pub at: Transition,
    /// The digest of everything above that decides what the run does: equal plans can be resumed.
    pub plan: Digest,
}

/// What sets a retraining apart from another run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Retraining {
    /// What was measured and led to it.
    pub cause: Cause,
    /// The version that it is to follow.
    pub parent: Version,
    /// The parameters that differ from the committed ones, by dotted name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, Value>,
    /// The rows that take the place of `evaluate.on`; no step sees them.
    pub withheld: Withheld,
}

/// Labelled predictions that are only judged on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Withheld {
    /// The table, Parquet.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
    /// How many rows it has.
    pub rows: u64,
    /// Its first day.
    pub from: Day,
    /// Its last day.
    pub to: Day,
}

/// The commit that a run was made at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CommitState {
    /// The commit's full hash; `None` before the first commit.
    pub hash: Option<String>,
    /// The branch; `None` where HEAD is detached.
    pub branch: Option<String>,
    /// Whether tracked files were changed, or code files not tracked.
    pub dirty: bool,
}

/// A dataset as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DatasetPin {
    /// Its content.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
    /// Where it came from, as declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// What steps run with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Environment {
    /// `system`, `none`, or the lock file's digest.
    pub python: String,
    /// The interpreter, `CPython 3.11.7`; empty where no Python is declared.
    pub interpreter: String,
    /// `linux-x86_64`.
    pub platform: String,
    /// The packages that were there, by name: of `python: system` as found.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub packages: BTreeMap<String, String>,
}

/// What a step's cache key is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KeyParts {
    /// The version of this format: a new one makes every key new.
    pub format: u32,
    /// The command.
    pub command: String,
    /// The digest of all code files with their paths and executable bits.
    pub code: Digest,
    /// The inputs by path.
    pub inputs: BTreeMap<RepoPath, Digest>,
    /// The declared outputs and the metrics file, sorted.
    pub outputs: Vec<RepoPath>,
    /// The parameters that it reads.
    pub params: BTreeMap<String, Value>,
    /// The digest of the environment's identity.
    pub environment: Digest,
    /// The variables named in `env:`, as digests of their values: a value may be a secret.
    pub env: BTreeMap<String, Option<Digest>>,
    /// The seed.
    pub seed: u64,
}

/// Something that a step wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Output {
    /// Where.
    pub path: RepoPath,
    /// The object: a file's bytes, or a [`Tree`] as JSON.
    pub digest: Digest,
    /// The size of all files in it.
    pub bytes: u64,
    /// What it is.
    pub kind: OutputKind,
}

/// What an [`Output`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputKind {
    /// One file.
    File,
    /// One file that may be executed.
    Executable,
    /// A folder; the object is its [`Tree`].
    Folder,
}

/// The files of a folder, by path from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tree(pub BTreeMap<RepoPath, TreeEntry>);

/// A file in a [`Tree`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TreeEntry {
    /// Its bytes.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
    /// Whether it may be executed.
    pub executable: bool,
}

/// An event in its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Recorded {
    /// Its place in the run, from 1, without gaps.
    pub sequence: u64,
    /// When it was recorded; only the sequence orders.
    pub at: Timestamp,
    /// What happened.
    pub what: RunEvent,
}
