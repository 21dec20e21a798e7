//! What was measured: immutable, found by its digest, enough to judge again later.

mod budget;
mod check;
mod scan;
mod weak;

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::project::Task;
use crate::{Digest, Finding, RunId, SliceName, number};

pub use budget::{Budget, Cost, ParseBudgetError, Spent, Unit};
pub use check::{CheckName, CheckState, Checked, Figure, ParseCheckNameError};
pub use scan::{
    NOT_SCANNED, ParseScanNameError, SCANNED, ScanInput, ScanName, Scanned, ScannedPackage,
};
pub use weak::{WeakPart, WeakParts};

/// The schema that [`Evaluation`] is written with.
pub const EVALUATION: &str = "plimsoll.evaluation/v1";

/// The schema that [`Validation`] is written with.
pub const VALIDATION: &str = "plimsoll.validation/v1";

/// A number that says how good predictions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Mean absolute error.
    Mae,
    /// Root of the mean squared error.
    Rmse,
    /// Coefficient of determination.
    R2,
    /// Sum of absolute errors over sum of absolute truths.
    Wape,
    /// Mean of prediction minus truth.
    Bias,
    /// Share of right answers.
    Accuracy,
    /// Area under the ROC curve.
    Auc,
    /// Mean negative log likelihood.
    LogLoss,
    /// F1 of the positive class; of several classes their unweighted mean.
    F1,
    /// Mean squared distance of probabilities from the outcome.
    Brier,
    /// Mean of absolute errors over absolute truths.
    Mape,
    /// Mean precision at the rank of each positive row.
    AveragePrecision,
    /// Share of the rows called positive that are; of several classes the mean over those named.
    Precision,
    /// Share of the positive rows that are called so; of several classes their mean.
    Recall,
    /// Share of the negative rows that are called so.
    Specificity,
    /// Mean of the recall of each class.
    BalancedAccuracy,
    /// F1 of each class, weighted by how often it is true.
    WeightedF1,
    /// Precision of each class, weighted by how often it is true.
    WeightedPrecision,
    /// Cohen's kappa: right answers beyond those of chance.
    Kappa,
    /// Matthews' correlation of truth and answer.
    Mcc,
    /// Mean of what answers cost, by `evaluate.costs`.
    Cost,
    /// Mean loss of predicted quantiles (pinball loss).
    QuantileLoss,
    /// Share of the predicted intervals that hold the truth.
    Coverage,
    /// Mean width of the predicted intervals.
    Width,
    /// Mean score of the predicted intervals (Winkler).
    IntervalScore,
}

impl Metric {
    /// Every metric, in the order of reports.
    pub const ALL: [Self; 25] = [
        Self::Mae,
        Self::Rmse,
        Self::Wape,
        Self::R2,
        Self::Bias,
        Self::Accuracy,
        Self::Auc,
        Self::F1,
        Self::LogLoss,
        Self::Brier,
        Self::Mape,
        Self::AveragePrecision,
        Self::Precision,
        Self::Recall,
        Self::Specificity,
        Self::BalancedAccuracy,
        Self::WeightedF1,
        Self::WeightedPrecision,
        Self::Kappa,
        Self::Mcc,
        Self::Cost,
        Self::QuantileLoss,
        Self::Coverage,
        Self::Width,
        Self::IntervalScore,
    ];

    /// Those that every evaluation measures; the others are measured where somebody asks for them.
    const USUAL: [Self; 10] = [
        Self::Mae,
        Self::Rmse,
        Self::Wape,
        Self::R2,
        Self::Bias,
        Self::Accuracy,
        Self::Auc,
        Self::F1,
        Self::LogLoss,
        Self::Brier,
    ];

    /// Those of predicted quantiles, which are measured where there are some.
    pub const OF_QUANTILES: [Self; 4] =
        [Self::QuantileLoss, Self::Coverage, Self::Width, Self::IntervalScore];

    /// Returns those that every evaluation of `task` measures, in the order of reports.
    pub fn usual(task: Task) -> impl Iterator<Item = Self> {
        Self::USUAL.into_iter().filter(move |metric| metric.is_of(task))
    }

    /// Returns the name as it is written in `plimsoll.yaml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mae => "mae",
            Self::Rmse => "rmse",
            Self::R2 => "r2",
            Self::Wape => "wape",
            Self::Bias => "bias",
            Self::Accuracy => "accuracy",
            Self::Auc => "auc",
            Self::LogLoss => "log-loss",
            Self::F1 => "f1",
            Self::Brier => "brier",
            Self::Mape => "mape",
            Self::AveragePrecision => "average-precision",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::Specificity => "specificity",
            Self::BalancedAccuracy => "balanced-accuracy",
            Self::WeightedF1 => "weighted-f1",
            Self::WeightedPrecision => "weighted-precision",
            Self::Kappa => "kappa",
            Self::Mcc => "mcc",
            Self::Cost => "cost",
            Self::QuantileLoss => "quantile-loss",
            Self::Coverage => "coverage",
            Self::Width => "width",
            Self::IntervalScore => "interval-score",
        }
    }

    /// Returns the name as people write it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Mae => "MAE",
            Self::Rmse => "RMSE",
            Self::R2 => "R2",
            Self::Wape => "WAPE",
            Self::Bias => "bias",
            Self::Accuracy => "accuracy",
            Self::Auc => "AUC",
            Self::LogLoss => "log loss",
            Self::F1 => "F1",
            Self::Brier => "Brier",
            Self::Mape => "MAPE",
            Self::AveragePrecision => "average precision",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::Specificity => "specificity",
            Self::BalancedAccuracy => "balanced accuracy",
            Self::WeightedF1 => "weighted F1",
            Self::WeightedPrecision => "weighted precision",
            Self::Kappa => "kappa",
            Self::Mcc => "MCC",
            Self::Cost => "cost",
            Self::QuantileLoss => "quantile loss",
            Self::Coverage => "coverage",
            Self::Width => "width",
            Self::IntervalScore => "interval score",
        }
    }

    /// Tells which way is better.
    pub fn better(self) -> Better {
        match self {
            Self::Mae
            | Self::Rmse
            | Self::Wape
            | Self::Mape
            | Self::LogLoss
            | Self::Brier
            | Self::Cost
            | Self::QuantileLoss
            | Self::Width
            | Self::IntervalScore => Better::Lower,
            Self::R2
            | Self::Accuracy
            | Self::Auc
            | Self::F1
            | Self::AveragePrecision
            | Self::Precision
            | Self::Recall
            | Self::Specificity
            | Self::BalancedAccuracy
            | Self::WeightedF1
            | Self::WeightedPrecision
            | Self::Kappa
            | Self::Mcc => Better::Higher,
            Self::Bias => Better::NearZero,
            Self::Coverage => Better::AtLevel,
        }
    }

    /// Tells whether one model can gain on another in it: there has to be a way in which more, or
    /// less, is always better.
    pub fn has_gain(self) -> bool {
        matches!(self.better(), Better::Lower | Better::Higher)
    }

    /// Returns how gains in it read: the share of a loss that is saved as a percentage, the difference
    /// of scores as it is.
    pub fn gain_format(self) -> fn(f64) -> String {
        if self.better() == Better::Lower { number::percent } else { number::show }
    }

    /// Tells whether it is measured of models of `task`.
    pub fn is_of(self, task: Task) -> bool {
        match self {
            Self::Mae
            | Self::Rmse
            | Self::R2
            | Self::Wape
            | Self::Bias
            | Self::Mape
            | Self::QuantileLoss
            | Self::Coverage
            | Self::Width
            | Self::IntervalScore => task == Task::Regression,
            Self::Auc | Self::AveragePrecision | Self::Specificity => task == Task::Binary,
            Self::WeightedF1 | Self::WeightedPrecision => task == Task::Multiclass,
            Self::Accuracy
            | Self::LogLoss
            | Self::F1
            | Self::Brier
            | Self::Precision
            | Self::Recall
            | Self::BalancedAccuracy
            | Self::Kappa
            | Self::Mcc
            | Self::Cost => task != Task::Regression,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text names no metric.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no metric; they are {names}", names = Metric::ALL.map(Metric::as_str).join(", "))]
pub struct ParseMetricError(String);

impl FromStr for Metric {
    type Err = ParseMetricError;

    fn from_str(s: &str) -> Result<Self, ParseMetricError> {
        let found = Self::ALL.into_iter().find(|metric| metric.as_str() == s);
        found.ok_or_else(|| ParseMetricError(s.to_owned()))
    }
}

/// Which way a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Errors and losses.
    Lower,
    /// Scores.
    Higher,
    /// Signed errors.
    NearZero,
    /// Shares that are to be what a forecast promises: less is wrong, and more is no merit.
    AtLevel,
}

impl Better {
    /// Says it in a few words: `lower is better`.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Lower => "lower is better",
            Self::Higher => "higher is better",
            Self::NearZero => "nearer to 0 is better",
            Self::AtLevel => "nearer to its level is better",
        }
    }

    /// Returns a number that is the larger the worse `value` is. Of what is to be at a level it is
    /// worse to be below: that is a promise not kept.
    pub fn badness(self, value: f64) -> f64 {
        match self {
            Self::Lower => value,
            Self::Higher | Self::AtLevel => -value,
            Self::NearZero => value.abs(),
        }
    }
}

/// A two-sided interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The share of such intervals that hold the truth, .95.
    pub level: f64,
    /// The standard name of the method, `block boot-t, log scale`.
    pub method: String,
    /// Why the interval is only approximate: `5 rows carry the error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approximate: Option<String>,
}

impl Interval {
    /// Returns its level as people read it: `95 %`, `99.17 %`.
    pub fn level_in_words(&self) -> String {
        level_in_words(self.level)
    }

    /// Tells whether both ends are numbers in order.
    pub fn is_sound(&self) -> bool {
        self.low.is_finite() && self.high.is_finite() && self.low <= self.high
    }
}

/// Returns a level as people read it: `95 %`, `99.17 %`, `99.998 %`.
pub fn level_in_words(level: f64) -> String {
    let percent = level * 100.0;
    // One digit more than the nines that it begins with, or levels of later looks would be 100 %.
    let nines = (-(1.0 - level).max(1e-12).log10()).floor().clamp(1.0, 10.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to 10")]
    let digits = nines as usize;
    let text = format!("{percent:.digits$}");
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A metric of some rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Measured {
    /// Which metric.
    pub metric: Metric,
    /// Its value; `None` where it has none, and then `reason` says why.
    pub value: Option<f64>,
    /// The interval that is shown and that the gate judges by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Why there is no value or no interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A part of the test set, or all of it, measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Part {
    /// How many rows it has.
    pub rows: u64,
    /// How many blocks they form, where blocks are declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<u64>,
    /// The conditions in words; absent for the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The metrics.
    pub metrics: Vec<Measured>,
}

impl Part {
    /// Returns what was measured of `metric`.
    pub fn measured(&self, metric: Metric) -> Option<&Measured> {
        self.metrics.iter().find(|measured| measured.metric == metric)
    }
}

/// The simplest model, for scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Baseline {
    /// What it always predicts, in words: `mean 189.4`.
    pub name: String,
    /// Its metrics on the whole test set, without intervals.
    pub metrics: BTreeMap<Metric, f64>,
}

/// A challenger and the champion on the same rows, paired.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Comparison {
    /// The run that made the champion.
    pub champion: RunId,
    /// The champion's model.
    pub model: Digest,
    /// The differences by metric.
    pub metrics: Vec<Compared>,
}

/// How much better the challenger is by one metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Compared {
    /// Which metric.
    pub metric: Metric,
    /// The champion's value.
    pub champion: Option<f64>,
    /// The challenger's value.
    pub challenger: Option<f64>,
    /// The gain, positive where the challenger is better: of errors and losses the share that
    /// disappears (`1 - challenger / champion`), of scores the difference.
    pub gain: Option<f64>,
    /// The gain's interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Why there is no gain or no interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A model measured on its test set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Evaluation {
    /// [`EVALUATION`].
    pub schema: String,
    /// What the model predicts.
    pub task: Task,
    /// The model, or the file of predictions.
    pub model: Digest,
    /// The test set.
    pub on: Digest,
    /// The column with the truth.
    pub target: String,
    /// The column whose equal values were resampled together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// Which look at the test set it was, by the ledger; absent where that is switched off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<NonZeroU32>,
    /// The library that ran the model, `onnxruntime 1.31.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
    /// The whole test set.
    pub overall: Part,
    /// The slices by name.
    pub slices: BTreeMap<SliceName, Part>,
    /// The simplest model on the same rows.
    pub baseline: Baseline,
    /// The champion on the same rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// Leaks and whatever else was seen.
    pub findings: Vec<Finding>,
    /// The checks that were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Checked>,
    /// The parts on which the model is worse than on the rest, where they were searched for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weak: Option<WeakParts>,
    /// Why weak parts were asked for and not searched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weak_failed: Option<String>,
    /// What serving it costs, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Spent>,
    /// What a person looks at; nothing is judged by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plots: Vec<Plot>,
}

impl Evaluation {
    /// Tells whether measuring it again could add nothing: no check failed, no cost is unknown.
    pub fn is_settled(&self) -> bool {
        let mut costs = self.spent.iter().flat_map(|spent| &spent.costs);
        self.weak_failed.is_none()
            && self.checks.iter().all(|checked| checked.state != CheckState::Failed)
            && costs.all(|cost| cost.value.is_some())
    }
}

impl Comparison {
    /// Returns the level of the intervals that are stated without remark: 95 % at the first look
    /// at a test set, higher at later ones.
    pub fn level(&self) -> f64 {
        let intervals = self.metrics.iter().filter_map(|compared| compared.interval.as_ref());
        let mut stated = intervals.filter(|interval| interval.approximate.is_none());
        stated.next().map_or(0.95, |interval| interval.level)
    }
}

/// A picture, as numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Plot {
    /// What it shows, as a sentence.
    pub title: String,
    /// The horizontal axis, with its unit.
    pub x: String,
    /// The vertical axis, with its unit.
    pub y: String,
    /// Names of the places on the horizontal axis, where they are not numbers: dates, classes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ticks: Vec<String>,
    /// What is drawn, the last on top.
    pub series: Vec<Series>,
}

/// One line, set of bars or cloud of a [`Plot`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// How it is drawn.
    pub mark: Mark,
    /// Its points, x and y, all finite.
    pub points: Vec<[f64; 2]>,
    /// The lower and upper end at each point, where there are intervals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub band: Vec<[f64; 2]>,
}

/// How a [`Series`] is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// Points joined in order.
    Line,
    /// A bar up from zero at each point.
    Bars,
    /// A dot at each point.
    Dots,
    /// A thin line for orientation: the diagonal, a limit.
    Guide,
}

/// A dataset checked against its schema and what is declared about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Validation {
    /// [`VALIDATION`].
    pub schema: String,
    /// The dataset.
    pub dataset: Digest,
    /// The schema file, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Digest>,
    /// How many rows were read.
    pub rows: u64,
    /// What was wrong.
    pub findings: Vec<Finding>,
}
