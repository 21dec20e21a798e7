//! How checks of a model are set: what they try, and the limits that they hold it against.
//!
//! The defaults are what a model is checked by where nobody says otherwise. Limits are shares, so
//! that they mean the same whatever the target's unit.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Share;
use crate::evidence::Metric;

/// How long checks and replays of an evaluation may take together where nobody says it.
pub const USUAL_TIME: Duration = Duration::from_mins(2);

/// How the checks of a model are set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Checks {
    /// How long all of them may take together, with the replays of budgets; where it is not said, as
    /// long as whoever asks for them waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Duration>,
    /// How many rows of the test set the model is asked about again at most, for each thing that is
    /// tried. They are drawn by the seed of the evaluation.
    pub rows: u32,
    /// `model.stability`.
    pub stability: Stability,
    /// `model.robustness`.
    pub robustness: Robustness,
    /// `model.rules`.
    pub rules: Vec<Relation>,
    /// `model.sensitivity`.
    pub sensitivity: Sensitivity,
    /// `model.baseline`.
    pub baseline: Baseline,
    /// `model.overfit`.
    pub overfit: Overfit,
    /// `model.calibration`.
    pub calibration: Calibration,
    /// `model.fairness`.
    pub fairness: Fairness,
    /// `model.parity`.
    pub parity: Parity,
    /// The search for weak parts.
    pub weak: Weak,
}

impl Default for Checks {
    fn default() -> Self {
        Self {
            time: None,
            rows: 1000,
            stability: Stability::default(),
            robustness: Robustness::default(),
            rules: Vec::new(),
            sensitivity: Sensitivity::default(),
            baseline: Baseline::default(),
            overfit: Overfit::default(),
            calibration: Calibration::default(),
            fairness: Fairness::default(),
            parity: Parity::default(),
            weak: Weak::default(),
        }
    }
}

impl Checks {
    /// Returns these settings where they are the stricter ones, and those of `least` elsewhere: what
    /// either tries is tried, and of two limits the one that accepts less counts.
    #[must_use]
    pub fn at_least(self, least: &Self) -> Self {
        let lower = |a: Share, b: Share| if a.get() <= b.get() { a } else { b };
        let higher = |a: Share, b: Share| if a.get() >= b.get() { a } else { b };
        let (robustness, of_robustness) = (self.robustness, &least.robustness);
        let (fairness, of_fairness) = (self.fairness, &least.fairness);
        let spelling = Spelling::ALL.into_iter().filter(|way| {
            robustness.spelling.contains(way) || of_robustness.spelling.contains(way)
        });
        Self {
            time: match (self.time, least.time) {
                (Some(own), None) => Some(own.max(USUAL_TIME)),
                (own, least) => own.max(least),
            },
            rows: self.rows.max(least.rows),
            stability: Stability {
                tolerance: lower(self.stability.tolerance, least.stability.tolerance),
            },
            robustness: Robustness {
                numbers: higher(robustness.numbers, of_robustness.numbers),
                spelling: spelling.collect(),
                missing: robustness.missing || of_robustness.missing,
                unseen: robustness.unseen || of_robustness.unseen,
                answer: lower(robustness.answer, of_robustness.answer),
                max_changed: lower(robustness.max_changed, of_robustness.max_changed),
            },
            rules: both(self.rules, &least.rules),
            sensitivity: Sensitivity {
                max_share: lower(self.sensitivity.max_share, least.sensitivity.max_share),
            },
            baseline: Baseline { by: higher(self.baseline.by, least.baseline.by) },
            overfit: Overfit { max_gap: lower(self.overfit.max_gap, least.overfit.max_gap) },
            calibration: Calibration {
                max_error: lower(self.calibration.max_error, least.calibration.max_error),
            },
            fairness: Fairness {
                by: both(fairness.by, &of_fairness.by),
                measures: both(fairness.measures, &of_fairness.measures),
                min_ratio: higher(fairness.min_ratio, of_fairness.min_ratio),
                max_difference: lower(fairness.max_difference, of_fairness.max_difference),
                min_group: fairness.min_group.min(of_fairness.min_group),
            },
            parity: Parity { tolerance: lower(self.parity.tolerance, least.parity.tolerance) },
            weak: Weak {
                metric: self.weak.metric.or(least.weak.metric),
                worse_by: self.weak.worse_by.min(least.weak.worse_by),
                // More parts make a larger family, in which less is found: the search is theirs.
                features: least.weak.features,
                pairs: least.weak.pairs,
            },
        }
    }
}

/// Returns what stands in either list, each once.
fn both<T: Clone + PartialEq>(mut own: Vec<T>, more: &[T]) -> Vec<T> {
    for one in more {
        if !own.contains(one) {
            own.push(one.clone());
        }
    }
    own
}

/// The same row gets the same answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Stability {
    /// By how much of the spread of all answers a number may differ, and a probability by how much
    /// at all: what computing in 32 bits in another order rounds off.
    pub tolerance: Share,
}

impl Default for Stability {
    fn default() -> Self {
        Self { tolerance: Share::constant(1e-5) }
    }
}

/// Small changes, missing and unseen values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Robustness {
    /// By how much of its spread a number is moved, up or down; 0 leaves numbers alone.
    pub numbers: Share,
    /// How text is spelled differently.
    pub spelling: Vec<Spelling>,
    /// Whether values are left out, one column at a time.
    pub missing: bool,
    /// Whether text that was never seen takes the place of text, one column at a time.
    pub unseen: bool,
    /// From how much of the spread of all answers on a number counts as another answer.
    pub answer: Share,
    /// In which share of the rows a small change may change the answer.
    pub max_changed: Share,
}

impl Default for Robustness {
    fn default() -> Self {
        Self {
            numbers: Share::constant(0.01),
            spelling: Spelling::ALL.to_vec(),
            missing: true,
            unseen: true,
            answer: Share::constant(0.1),
            max_changed: Share::constant(0.05),
        }
    }
}

/// Another way to write the same text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spelling {
    /// Upper case for lower, and lower for the rest.
    Case,
    /// A space more, in front, behind or within.
    Space,
    /// Two neighbouring letters exchanged, or one left out.
    Typo,
    /// Accents taken away, or set where there are none.
    Accents,
}

impl Spelling {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Case, Self::Space, Self::Typo, Self::Accents];
}

impl fmt::Display for Spelling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Case => "case",
            Self::Space => "space",
            Self::Typo => "typo",
            Self::Accents => "accents",
        })
    }
}

/// What must hold between the answers to two rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", untagged, deny_unknown_fields)]
pub enum Relation {
    /// More of a column never lowers the answer, or never raises it.
    Monotone {
        /// The column.
        monotone: String,
        /// Which way the answer goes as the column grows.
        direction: Direction,
        /// In which share of the rows it may be broken.
        #[serde(default = "none", rename = "max-broken")]
        max_broken: Share,
    },
    /// Other values of some columns leave the answer as it is.
    Invariant {
        /// The columns, changed together.
        invariant: Vec<String>,
        /// From how much of the spread of all answers on a number counts as another answer;
        /// `robustness.answer` where it is not said. Of classes only the class counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<Share>,
        /// In which share of the rows it may be broken.
        #[serde(default = "none", rename = "max-broken")]
        max_broken: Share,
    },
}

fn none() -> Share {
    Share::constant(0.0)
}

impl Relation {
    /// Returns in which share of the rows it may be broken.
    pub fn max_broken(&self) -> Share {
        match self {
            Self::Monotone { max_broken, .. } | Self::Invariant { max_broken, .. } => *max_broken,
        }
    }

    /// Returns the columns that it is about.
    pub fn columns(&self) -> &[String] {
        match self {
            Self::Monotone { monotone, .. } => std::slice::from_ref(monotone),
            Self::Invariant { invariant, .. } => invariant,
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Monotone { monotone, direction, .. } => {
                write!(f, "{direction} in {monotone}")
            }
            Self::Invariant { invariant, .. } => write!(f, "invariant to {}", invariant.join(", ")),
        }
    }
}

/// Which way an answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Up.
    Increasing,
    /// Down.
    Decreasing,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Increasing => "increasing",
            Self::Decreasing => "decreasing",
        })
    }
}

/// Reliance on a single feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Sensitivity {
    /// Which share of all that the features contribute may come from one of them.
    pub max_share: Share,
}

impl Default for Sensitivity {
    fn default() -> Self {
        Self { max_share: Share::constant(0.9) }
    }
}

/// Better than the simplest model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Baseline {
    /// Which share of the simplest model's loss has to disappear, at least.
    pub by: Share,
}

impl Default for Baseline {
    fn default() -> Self {
        Self { by: Share::constant(0.0) }
    }
}

/// Better on what it was trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Overfit {
    /// By how much more of the simplest model's loss may disappear on the training data.
    pub max_gap: Share,
}

impl Default for Overfit {
    fn default() -> Self {
        Self { max_gap: Share::constant(0.3) }
    }
}

/// Probabilities are what they say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Calibration {
    /// The largest accepted expected calibration error.
    pub max_error: Share,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { max_error: Share::constant(0.1) }
    }
}

/// Groups are treated alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Fairness {
    /// The columns whose values are groups of people, each looked at on its own.
    pub by: Vec<String>,
    /// What is held against the limits.
    pub measures: Vec<FairnessMeasure>,
    /// How far apart, as a ratio, the shares of a group and of all others that are predicted
    /// positive may be: from this to 1 over this. 0.8 is the four-fifths rule.
    pub min_ratio: Share,
    /// How far apart the shares of the truly positive, or negative, of a group and of all others may
    /// be that are predicted positive.
    pub max_difference: Share,
    /// A smaller group is not judged.
    pub min_group: u32,
}

impl Default for Fairness {
    fn default() -> Self {
        Self {
            by: Vec::new(),
            measures: vec![FairnessMeasure::DemographicParity, FairnessMeasure::EqualOpportunity],
            min_ratio: Share::constant(0.8),
            max_difference: Share::constant(0.1),
            min_group: 50,
        }
    }
}

/// What it can mean that groups are treated alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FairnessMeasure {
    /// The same share of each group is predicted positive.
    DemographicParity,
    /// The same share of the truly positive of each group is found.
    EqualOpportunity,
    /// That, and the same share of the truly negative is taken for positive.
    EqualisedOdds,
}

/// The served model answers as it did in training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Parity {
    /// By how much of the spread of all answers a number may differ, and a probability by how much
    /// at all.
    pub tolerance: Share,
}

impl Default for Parity {
    fn default() -> Self {
        Self { tolerance: Share::constant(1e-4) }
    }
}

/// The search for parts on which the model is worse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Weak {
    /// Whose loss is compared. Where it is not said: absolute errors of numbers; of classes the log
    /// loss as a share of what the model expects, so that rows that it says to be uncertain are not
    /// taken for weak ones, or wrong answers where there are no probabilities.
    pub metric: Option<Metric>,
    /// How much more than the rest a part has to lose to be reported, as a share.
    pub worse_by: Excess,
    /// How many features are searched at most, in their declared order.
    pub features: u32,
    /// Whether parts of two features are searched as well.
    pub pairs: bool,
}

impl Default for Weak {
    fn default() -> Self {
        Self { metric: None, worse_by: Excess(0.1), features: 20, pairs: true }
    }
}

/// How much more than something, as a share of it: finite and not below 0.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Excess(f64);

/// The number is no excess.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no excess (expected a number of at least 0)")]
pub struct ExcessError(f64);

impl Excess {
    /// No more at all.
    pub const NONE: Self = Self(0.0);

    /// Returns the smaller one.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    /// Returns the number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Excess {
    type Error = ExcessError;

    fn try_from(value: f64) -> Result<Self, ExcessError> {
        if value.is_finite() && value >= 0.0 { Ok(Self(value)) } else { Err(ExcessError(value)) }
    }
}

impl From<Excess> for f64 {
    fn from(excess: Excess) -> Self {
        excess.0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_said_is_the_default() {
        let read = |value| serde_json::from_value::<Checks>(value).unwrap();
        assert_eq!(read(json!({})), Checks::default());
        let set = read(json!({
            "robustness": {"max-changed": 0.02, "spelling": ["typo"]},
            "rules": [
                {"monotone": "income", "direction": "increasing"},
                {"invariant": ["sex", "race"], "max-broken": 0.01},
            ],
        }));
        assert_eq!(set.robustness.spelling, [Spelling::Typo]);
        assert_eq!(set.robustness.numbers, Robustness::default().numbers);
        assert_eq!(set.rules[0].to_string(), "increasing in income");
        assert_eq!(set.rules[1].to_string(), "invariant to sex, race");
        assert!((set.rules[1].max_broken().get() - 0.01).abs() < 1e-15);
        let written = serde_json::to_value(&set).unwrap();
        assert_eq!(read(written), set);
    }

    #[test]
    fn of_two_settings_the_stricter_one_counts() {
        let read = |value| serde_json::from_value::<Checks>(value).unwrap();
        let own = read(json!({
            "robustness": {"max-changed": 1, "spelling": [], "missing": false},
            "fairness": {"by": ["sex"], "min-ratio": 0.5, "min-group": 1000},
            "overfit": {"max-gap": 0.1},
            "rules": [{"monotone": "income", "direction": "increasing"}],
        }));
        let least = read(json!({"fairness": {"by": ["race"]}}));
        let both = own.at_least(&least);
        assert_eq!(both.robustness, Robustness::default());
        assert_eq!(both.fairness.by, ["sex", "race"]);
        assert_eq!((both.fairness.min_ratio, both.fairness.min_group), (Share::constant(0.8), 50));
        assert_eq!(both.overfit.max_gap, Share::constant(0.1));
        assert_eq!(both.rules.len(), 1);
        let hasty = Checks { time: Some(Duration::from_secs(1)), ..Checks::default() };
        assert_eq!(hasty.at_least(&least).time, Some(USUAL_TIME));
        let wide = read(json!({"weak": {"features": 1000, "pairs": true}}));
        let narrow = read(json!({"weak": {"features": 5, "pairs": false}}));
        let searched = wide.at_least(&narrow).weak;
        assert_eq!((searched.features, searched.pairs), (5, false));
        assert_eq!(Checks::default().at_least(&Checks::default()), Checks::default());
    }

    #[test]
    fn what_is_unknown_or_out_of_range_is_refused() {
        for bad in [
            json!({"robust": {}}),
            json!({"robustness": {"max-changed": 1.5}}),
            json!({"weak": {"worse-by": -0.1}}),
            json!({"rules": [{"monotone": "income", "direction": "sideways"}]}),
            json!({"rules": [{"monotone": "income", "direction": "increasing", "limit": 1}]}),
        ] {
            assert!(serde_json::from_value::<Checks>(bad.clone()).is_err(), "{bad}");
        }
    }
}
