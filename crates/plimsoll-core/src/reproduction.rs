//! Whether a released model comes out again: what a run did, held beside a run that did it anew.

mod again;
mod conclude;
mod past;
#[cfg(test)]
mod tests;
mod tolerance;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::lifecycle::Subject;
use crate::{CommitHash, RepoPath, RunId, StepName, Timestamp, Version};

pub use again::{Agreement, Differing, MetricAgain, OutputAgain, StepAgain, again};
pub use conclude::{Conclusion, conclude};
pub use past::{Past, PastRetraining, PastStep};
pub use tolerance::{ParseToleranceError, Tolerance};

/// The schema that [`Reproduction`] is written with.
pub const REPRODUCTION: &str = "plimsoll.reproduction/v1";

/// What came of making a version again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reproduction {
    /// [`REPRODUCTION`].
    pub schema: String,
    /// The version that was made again.
    pub version: Version,
    /// What was released as it.
    pub subject: Subject,
    /// The run that it came from.
    pub run: RunId,
    /// The run that made it again. No history of runs has it.
    pub rerun: RunId,
    /// The commit that both were made at.
    pub commit: CommitHash,
    /// When it was made again.
    pub at: Timestamp,
    /// How far numbers might be apart.
    pub tolerance: Tolerance,
    /// What came of it.
    pub answer: Reproduced,
    /// The same in a sentence.
    pub message: String,
    /// The first step, in the order in which they run, that did not give the same bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Divergence>,
    /// What was not as it had been: the platform, the interpreter, variables.
    pub conditions: Vec<Condition>,
    /// The steps in the order in which they run.
    pub steps: Vec<StepAgain>,
    /// What the evaluation measured, then and now; empty where either is not known.
    pub metrics: Vec<MetricAgain>,
}

/// Whether a version came out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reproduced {
    /// Every output of every step has the same bytes.
    BitIdentical,
    /// Some have other bytes, and no number in them is further away than may be.
    WithinTolerance,
    /// A step failed, or gave something else.
    NotReproducible,
}

impl Reproduced {
    /// Tells whether the version came out again.
    pub fn is_yes(self) -> bool {
        self != Self::NotReproducible
    }
}

impl fmt::Display for Reproduced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::BitIdentical => "bit-identical",
            Self::WithinTolerance => "equal within tolerance",
            Self::NotReproducible => "not reproducible",
        })
    }
}

/// Where two runs part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Divergence {
    /// The step; `None` where all steps gave the same and only the evaluation did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepName>,
    /// Its outputs that differ.
    pub outputs: Vec<RepoPath>,
    /// How they differ, and whether the step was given the same as then.
    pub message: String,
}

/// Something that was not as it had been.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Condition {
    /// What: `platform`, `interpreter`, `package numpy`.
    pub what: String,
    /// How it was.
    pub then: String,
    /// How it is.
    pub now: String,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} then, {} now", self.what, self.then, self.now)
    }
}
