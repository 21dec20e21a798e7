//! The metrics by name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number that says how good predictions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Mean absolute error, in the unit of the target.
    Mae,
    /// Root of the mean squared error, in the unit of the target.
    Rmse,
    /// Sum of absolute errors over the sum of absolute targets.
    Wape,
    /// Mean of the absolute error over the absolute target.
    Mape,
    /// Share of the target's variance that is explained, at most 1.
    R2,
    /// Mean of prediction minus truth, in the unit of the target.
    Bias,
    /// Mean loss of predicted quantiles (pinball loss), in the unit of the target.
    QuantileLoss,
    /// Share of the predicted intervals that hold the target.
    Coverage,
    /// Mean width of the predicted intervals, in the unit of the target.
    Width,
    /// Mean score of the predicted intervals (Winkler), in the unit of the target.
    IntervalScore,
    /// Share of right answers.
    Accuracy,
    /// Mean of `-ln` of the probability given to the truth.
    LogLoss,
    /// Mean squared error of probabilities: of the positive class for two classes (0 to 1), summed
    /// over classes for more (0 to 2).
    Brier,
    /// `2 TP / (2 TP + FP + FN)` of the positive class, or its mean over the classes that occur.
    F1,
    /// `TP / (TP + FP)` of the positive class, or its mean over the classes that are predicted.
    Precision,
    /// `TP / (TP + FN)` of the positive class, or its mean over the classes that are true.
    Recall,
    /// `TN / (TN + FP)`: the recall of the negative class.
    Specificity,
    /// Mean of the recall over the classes that are true, of which there must be two.
    BalancedAccuracy,
    /// F1 of each class weighted by how often it is true.
    WeightedF1,
    /// Precision of each class weighted by how often it is true.
    WeightedPrecision,
    /// Cohen's kappa: right answers beyond those of chance, from -1 to 1.
    Kappa,
    /// Matthews' correlation of truth and answer, from -1 to 1.
    Mcc,
    /// The chance that a positive row is scored above a negative one, ties counting half.
    Auc,
    /// Average precision: the mean precision at the rank of each positive row.
    AveragePrecision,
}

/// Which way a metric gets better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Lower is better.
    Lower,
    /// Higher is better.
    Higher,
    /// Nearer to 0 is better.
    NearZero,
}

/// How two models are compared in a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gain {
    /// `1 - challenger / champion`: the share of the champion's loss that is saved.
    Relative,
    /// `challenger - champion`.
    Difference,
}

impl Metric {
    /// All metrics, regression first.
    pub const ALL: [Self; 24] = [
        Self::Mae,
        Self::Rmse,
        Self::Wape,
        Self::Mape,
        Self::R2,
        Self::Bias,
        Self::QuantileLoss,
        Self::Coverage,
        Self::Width,
        Self::IntervalScore,
        Self::Accuracy,
        Self::LogLoss,
        Self::Brier,
        Self::F1,
        Self::Precision,
        Self::Recall,
        Self::Specificity,
        Self::BalancedAccuracy,
        Self::WeightedF1,
        Self::WeightedPrecision,
        Self::Kappa,
        Self::Mcc,
        Self::Auc,
        Self::AveragePrecision,
    ];

    /// Returns its name in files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mae => "mae",
            Self::Rmse => "rmse",
            Self::Wape => "wape",
            Self::Mape => "mape",
            Self::R2 => "r2",
            Self::Bias => "bias",
            Self::QuantileLoss => "quantile_loss",
            Self::Coverage => "coverage",
            Self::Width => "width",
            Self::IntervalScore => "interval_score",
            Self::Accuracy => "accuracy",
            Self::LogLoss => "log_loss",
            Self::Brier => "brier",
            Self::F1 => "f1",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::Specificity => "specificity",
            Self::BalancedAccuracy => "balanced_accuracy",
            Self::WeightedF1 => "weighted_f1",
            Self::WeightedPrecision => "weighted_precision",
            Self::Kappa => "kappa",
            Self::Mcc => "mcc",
            Self::Auc => "auc",
            Self::AveragePrecision => "average_precision",
        }
    }

    /// Returns the metric of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }

    /// Returns which way it gets better.
    pub const fn better(self) -> Better {
        match self {
            Self::Mae
            | Self::Rmse
            | Self::Wape
            | Self::Mape
            | Self::QuantileLoss
            | Self::Width
            | Self::IntervalScore
            | Self::LogLoss
            | Self::Brier => Better::Lower,
            Self::Bias => Better::NearZero,
            Self::R2
            | Self::Coverage
            | Self::Accuracy
            | Self::F1
            | Self::Precision
            | Self::Recall
            | Self::Specificity
            | Self::BalancedAccuracy
            | Self::WeightedF1
            | Self::WeightedPrecision
            | Self::Kappa
            | Self::Mcc
            | Self::Auc
            | Self::AveragePrecision => Better::Higher,
        }
    }

    /// Returns how two models are compared in it; in bias they are not.
    pub const fn gain(self) -> Option<Gain> {
        match self.better() {
            Better::Lower => Some(Gain::Relative),
            Better::Higher => Some(Gain::Difference),
            Better::NearZero => None,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A metric, or a gain in it, whose interval is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted<'a> {
    /// The metric.
    pub metric: Metric,
    /// The limits that it will be judged by, in the metric's own unit; an end that lies close to
    /// one is computed from more resamples.
    pub limits: &'a [f64],
}

impl Wanted<'_> {
    /// Wants a metric that no limit is known for.
    pub const fn of(metric: Metric) -> Self {
        Self { metric, limits: &[] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_metrics() {
        for metric in Metric::ALL {
            assert_eq!(Metric::named(metric.name()), Some(metric));
        }
        assert_eq!(Metric::named("mase"), None);
        assert_eq!(format!("{:>5}", Metric::R2), "   r2");
    }
}
