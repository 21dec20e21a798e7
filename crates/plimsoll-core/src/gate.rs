//! The place that decides: rules and evidence in, a verdict out.
//!
//! A limit must hold at the worse end of the interval that is shown, never at the point. What
//! could not be measured is an error, and an error blocks as a breach does.

mod against;
mod case;
mod judge;
mod policy;
mod transition;
mod waiver;
mod weak;
mod weakened;
mod words;

use std::fmt;

use serde::{Deserialize, Serialize};

use std::collections::BTreeMap;

use crate::evidence::{Better, Budget, CheckName, Interval, Metric, ScanName};
use crate::project::Task;
use crate::{DatasetName, Digest, Finding, RunId, SectionName, Severity, SliceName, number};

pub use against::Against;
pub use case::{Brought, verdict_on};
pub use judge::{Case, Champion, judge};
pub use policy::{Origin, POLICY_WEAKENED, Policy, PolicyError};
pub use transition::{ParseTransitionError, Transition};
pub use waiver::{Excused, WAIVER_EXPIRED, WAIVER_UNUSED, Waived, Waiver};
pub use weak::WEAK_PART;
pub use weakened::{GATE_WEAKENED, weakened};

/// The schema that [`Verdict`] is written with.
pub const VERDICT: &str = "plimsoll.verdict/v1";

/// The fewest rows that a rule is judged on.
pub const FEWEST_ROWS: u64 = 20;

/// The fewest rows of a slice without declared blocks that a rule is judged on.
pub const FEWEST_ROWS_OF_SLICE: u64 = 50;

/// The fewest blocks that a rule is judged on.
pub const FEWEST_BLOCKS: u64 = 10;

/// One line of the gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rule {
    /// The line of its file that it stands on.
    pub line: u64,
    /// What it demands.
    pub demand: Demand,
    /// What it means where too little is known.
    #[serde(default, skip_serializing_if = "Inconclusive::is_default")]
    pub inconclusive: Inconclusive,
    /// Whether it blocks or only warns where it does not hold.
    #[serde(default, skip_serializing_if = "Weight::is_default")]
    pub severity: Weight,
    /// What it weighs at a transition instead of `severity`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub at: BTreeMap<Transition, Weight>,
    /// Who demands it.
    #[serde(default, skip_serializing_if = "Origin::is_default")]
    pub from: Origin,
}

impl Rule {
    /// Makes a rule that blocks whenever it is not known to hold.
    pub fn new(line: u64, demand: Demand) -> Self {
        Self {
            line,
            demand,
            inconclusive: Inconclusive::default(),
            severity: Weight::default(),
            at: BTreeMap::new(),
            from: Origin::default(),
        }
    }

    /// Returns what it weighs at a transition.
    pub fn weight(&self, at: Transition) -> Weight {
        self.at.get(&at).copied().unwrap_or(self.severity)
    }

    /// Returns it as it is judged at a transition.
    #[must_use]
    pub fn judged_at(&self, at: Transition) -> Self {
        Self { severity: self.weight(at), ..self.clone() }
    }

    /// Returns where it stands: `plimsoll.yaml:40`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.from.file(), self.line)
    }

    /// Tells whether it can be judged for a task: a policy is for models of all tasks, and its rules on
    /// a metric for those that have it.
    pub fn applies_to(&self, task: Task) -> bool {
        self.from == Origin::Project || self.demand.metric().is_none_or(|metric| metric.is_of(task))
    }

    /// Tells whether `outcome` of this rule keeps a model from shipping.
    pub fn stops_at(&self, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Pass | Outcome::NotApplicable => false,
            Outcome::Inconclusive if self.inconclusive == Inconclusive::Pass => false,
            Outcome::Inconclusive | Outcome::Block | Outcome::Error => {
                self.severity == Weight::Error
            }
        }
    }
}

/// What an inconclusive rule means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inconclusive {
    /// It blocks.
    #[default]
    Block,
    /// It does not.
    Pass,
}

impl Inconclusive {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How much a rule weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// It blocks where it does not hold.
    #[default]
    Error,
    /// It is said where it does not hold, and blocks nothing.
    Warning,
    /// It is judged and recorded, and nobody is warned.
    Note,
}

impl Weight {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What a rule demands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Demand {
    /// A metric is on the right side of a limit.
    Limit {
        /// Which metric.
        metric: Metric,
        /// The limit.
        bound: Bound,
        /// The part of the test set; `None` for the whole.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slice: Option<SliceName>,
    },
    /// The model is better than the champion on the same rows.
    Beats {
        /// By which metric.
        metric: Metric,
        /// The least gain, as [`crate::evidence::Compared::gain`] counts it.
        by: f64,
    },
    /// A check has nothing to say against the model or its data.
    Check {
        /// Which check.
        check: CheckName,
    },
    /// A scan has nothing to say against what comes from elsewhere.
    Scan {
        /// Which scan.
        scan: ScanName,
    },
    /// The owners say something in each of these sections of the card, for the facts of now.
    Card {
        /// The sections.
        sections: Vec<SectionName>,
    },
    /// Serving the model costs no more than a limit.
    Budget {
        /// Which cost.
        budget: Budget,
        /// The limit, in the unit of [`Budget::unit`].
        bound: Bound,
    },
    /// No part of the test set that a search finds is much worse than the rest.
    Weak {
        /// By which metric.
        metric: Metric,
        /// How much larger the loss of a part may be than that of all other rows: 0.5 is half again.
        worse_by: f64,
    },
}

impl Demand {
    /// Returns the metric that it is about, where it is about one.
    pub fn metric(&self) -> Option<Metric> {
        match self {
            Self::Limit { metric, .. } | Self::Beats { metric, .. } | Self::Weak { metric, .. } => {
                Some(*metric)
            }
            Self::Check { .. } | Self::Scan { .. } | Self::Card { .. } | Self::Budget { .. } => {
                None
            }
        }
    }

    /// Returns how its numbers read.
    pub fn format(&self) -> fn(f64) -> String {
        match self {
            Self::Beats { metric, .. } => metric.gain_format(),
            _ => number::show,
        }
    }
}

/// A limit and its side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// At most this.
    Max(f64),
    /// At least this.
    Min(f64),
}

impl Bound {
    /// Returns the number.
    pub fn limit(self) -> f64 {
        match self {
            Self::Max(limit) | Self::Min(limit) => limit,
        }
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit { metric, bound, slice } => {
                match bound {
                    Bound::Max(limit) => write!(f, "{metric} <= {limit}")?,
                    Bound::Min(limit) => write!(f, "{metric} >= {limit}")?,
                }
                match slice {
                    Some(slice) => write!(f, " on {slice}"),
                    None => Ok(()),
                }
            }
            Self::Beats { metric, by } if metric.better() == Better::Lower => {
                write!(f, "{metric} at least {} % less than the champion's", by * 100.0)
            }
            Self::Beats { metric, by } => {
                write!(f, "{metric} at least {by} more than the champion's")
            }
            Self::Check { check } => write!(f, "{check}"),
            Self::Scan { scan } => write!(f, "scan {scan}"),
            Self::Card { sections } => {
                let names: Vec<&str> = sections.iter().map(SectionName::as_str).collect();
                write!(f, "card: {}", names.join(", "))
            }
            Self::Budget { budget, bound: Bound::Max(limit) } => {
                write!(f, "{budget} <= {}", budget.show(*limit))
            }
            Self::Budget { budget, bound: Bound::Min(limit) } => {
                write!(f, "{budget} >= {}", budget.show(*limit))
            }
            Self::Weak { metric, worse_by } => {
                write!(f, "{metric} nowhere more than {} % worse", worse_by * 100.0)
            }
        }
    }
}

/// What became of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The worse end of the interval is within the limit.
    Pass,
    /// There is nothing that it could apply to yet.
    NotApplicable,
    /// The limit lies inside the interval, or there are too few rows. Blocks.
    Inconclusive,
    /// The better end is beyond the limit.
    Block,
    /// It could not be judged. Blocks.
    Error,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::NotApplicable => "not-applicable",
            Self::Inconclusive => "inconclusive",
            Self::Block => "block",
            Self::Error => "error",
        })
    }
}

/// What a gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The model may ship.
    Pass,
    /// It may not.
    Block,
    /// It may not, because something could not be judged.
    Error,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Block => "block",
            Self::Error => "error",
        })
    }
}

/// A rule and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Judged {
    /// The rule.
    pub rule: Rule,
    /// What became of it.
    pub outcome: Outcome,
    /// The value it was judged by; of a comparison the gain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The interval it was judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// How many rows were measured.
    pub rows: u64,
    /// How many blocks they form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<u64>,
    /// About how many rows would settle an inconclusive answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_needed: Option<u64>,
    /// Number, interval, limit and part in words.
    pub message: String,
    /// What to do next, where it did not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Judged {
    /// Tells whether it keeps the model from shipping.
    pub fn stops(&self) -> bool {
        self.rule.stops_at(self.outcome)
    }
}

/// Whether a model may ship, and every reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Verdict {
    /// [`VERDICT`].
    pub schema: String,
    /// The run that was judged.
    pub run: RunId,
    /// What the gate says.
    pub answer: Answer,
    /// The digest of the rules.
    pub policy: Digest,
    /// The evaluation that was judged; `None` where there was none.
    pub evidence: Option<Digest>,
    /// The scans that were judged.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scans: BTreeMap<ScanName, Digest>,
    /// For which transition it was judged.
    #[serde(default, skip_serializing_if = "Transition::is_default")]
    pub at: Transition,
    /// What it is about; it says nothing about anything else. Older verdicts do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<JudgedOn>,
    /// Every rule in the order of the file.
    pub rules: Vec<Judged>,
    /// What was found besides; those of severity `error` block.
    pub findings: Vec<Finding>,
    /// What would have blocked and is excused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waived: Vec<Waived>,
}

/// What a verdict is about: it says nothing about another commit, other data or another policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct JudgedOn {
    /// The commit's full hash; `None` outside of git and before the first commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Whether anything differed from that commit.
    pub dirty: bool,
    /// The datasets.
    pub data: BTreeMap<DatasetName, Digest>,
    /// The organisation's policy, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Digest>,
}

impl Verdict {
    /// Returns the rules that keep the model from shipping.
    pub fn stopping(&self) -> impl Iterator<Item = &Judged> {
        self.rules.iter().filter(|judged| judged.stops())
    }

    /// Returns what excuses a finding, where something does.
    pub fn excuse(&self, finding: &Finding) -> Option<&Waiver> {
        self.waived.iter().find(|waived| waived.finding == *finding).map(|waived| &waived.waiver)
    }

    /// Returns the findings that keep the model from shipping.
    pub fn blocking(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error)
    }
}
