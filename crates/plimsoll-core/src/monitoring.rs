//! A served model, watched: what windows of labelled predictions measured, and what follows.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::evidence::{Interval, Part, Plot};
use crate::lifecycle::Subject;
use crate::project::{Monitor, Task, Watch};
use crate::{Day, Digest, Finding, RunId, SliceName, Version};

/// The schema that [`Monitoring`] is written with.
pub const MONITORING: &str = "plimsoll.monitoring/v1";

/// What stands in [`Monitoring::next`] for the digest of the evidence, which cannot hold its own.
pub const EVIDENCE: &str = "EVIDENCE";

/// A look at a served version: the evidence that a retraining names as its cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Monitoring {
    /// [`MONITORING`].
    pub schema: String,
    /// The version that was served.
    pub version: Version,
    /// What was released as it.
    pub subject: Subject,
    /// The run that made it.
    pub run: RunId,
    /// What it predicts.
    pub task: Task,
    /// The column with the truth.
    pub target: String,
    /// What was asked for.
    pub monitor: Monitor,
    /// The digest of the labelled rows that were measured, in the order of their ids.
    pub rows: Digest,
    /// What the newest window says.
    pub answer: Watched,
    /// Why, in a sentence.
    pub message: String,
    /// What to do next, where something is to be done, with [`EVIDENCE`] for this digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// The first day on which the newest breach would have been seen: windows that ended on it and
    /// on every day since are breaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Day>,
    /// What the release measured on its test set.
    pub reference: Reference,
    /// The windows, the oldest first; the last one is judged. Empty where none is complete.
    pub windows: Vec<Window>,
    /// Every day on which the version was asked, the oldest first.
    pub days: Vec<DayServed>,
    /// What was seen besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What a person looks at; nothing is judged by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plots: Vec<Plot>,
}

impl Monitoring {
    /// Returns the window that is judged; none where none is complete.
    pub fn judged(&self) -> Option<&Window> {
        self.windows.last()
    }

    /// Returns what to do next, with the digest that this is stored under.
    pub fn next(&self, evidence: &Digest) -> Option<String> {
        self.next.as_ref().map(|next| next.replace(EVIDENCE, &evidence.to_string()))
    }
}

/// What a monitor says.
///
/// They are ordered: what one limit proves is not undone by another that could not be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Watched {
    /// No limit is breached.
    Calm,
    /// There is no complete window of this version yet.
    Early,
    /// It could not be judged, which is never calm.
    Error,
    /// A limit is breached.
    Breach,
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Calm => "calm",
            Self::Early => "early",
            Self::Breach => "breach",
            Self::Error => "error",
        })
    }
}

/// What the release measured, to compare with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reference {
    /// The evaluation that it was released on.
    pub evaluation: Digest,
    /// The test set that drift is measured against.
    pub on: Digest,
    /// The whole test set.
    pub overall: Part,
    /// The slices by name.
    pub slices: BTreeMap<SliceName, Part>,
}

/// Whole days of labelled predictions, measured together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Window {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// How many predictions were recorded.
    pub predictions: u64,
    /// How many of them have a label.
    pub labelled: u64,
    /// The labelled rows.
    pub overall: Part,
    /// The slices by name.
    pub slices: BTreeMap<SliceName, Part>,
    /// How far features and answers are from the release's test set, the farthest first.
    pub drift: Vec<Drift>,
    /// Every limit in the order of the file.
    pub limits: Vec<WatchedLimit>,
}

impl Window {
    /// Tells what all limits together say; no limits say nothing.
    pub fn answer(&self) -> Watched {
        let outcomes = self.limits.iter().map(|limit| limit.outcome);
        outcomes.max().unwrap_or(Watched::Error)
    }
}

/// A limit and what became of it in a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WatchedLimit {
    /// The limit.
    pub watch: Watch,
    /// What became of it: calm, breach or error.
    pub outcome: Watched,
    /// The value that it was judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The interval that it was judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Number, interval, limit and part in words.
    pub message: String,
}

/// How far a column of a window is from the release's test set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Drift {
    /// The feature; `None` for the model's answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The population stability index; `None` where `reason` says why there is none.
    pub psi: Option<f64>,
    /// The Kolmogorov-Smirnov distance of numbers, the total variation distance of words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance: Option<f64>,
    /// Why there is no number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a day brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DayServed {
    /// Which day.
    pub day: Day,
    /// How many predictions were recorded.
    pub predictions: u64,
    /// How many of them have a label.
    pub labelled: u64,
    /// The values of the metrics that limits name, by name; absent without labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, f64>,
}
