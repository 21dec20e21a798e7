//! A number with its interval, or the reason why there is none.

use serde::{Deserialize, Serialize};

use crate::blocks::Blocks;
use crate::interval::Interval;

/// With fewer rows a number is shown without a verdict.
pub const MIN_ROWS: usize = 20;

/// With fewer declared blocks a number is shown without a verdict.
pub const MIN_BLOCKS: usize = 10;

/// A number computed from a sample, with what is known about its error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its interval; absent only if one row or one block says nothing about variation.
    pub interval: Option<Interval>,
    /// The rows it was computed from.
    pub rows: usize,
    /// The blocks that they fall into, where blocks were declared.
    pub blocks: Option<usize>,
    /// Rows whose probability was moved away from 0 or 1 to keep the log loss finite.
    pub clipped_rows: usize,
}

impl Estimate {
    pub(crate) fn new(value: f64, interval: Option<Interval>, blocks: &Blocks) -> Self {
        Self {
            value,
            interval,
            rows: blocks.row_count(),
            blocks: blocks.declared_count(),
            clipped_rows: 0,
        }
    }

    /// Returns whether there are enough rows and blocks for a verdict.
    pub fn is_enough_evidence(&self) -> bool {
        self.rows >= MIN_ROWS
            && self.blocks.is_none_or(|blocks| blocks >= MIN_BLOCKS)
            && self.interval.is_some()
    }
}

/// Why a statistic has no value. A gate that needs it ends in an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NoValue {
    /// The target does not vary, so nothing of its variance can be explained (R2).
    #[error("the target is constant")]
    ConstantTarget,
    /// The sum to divide by is 0 (WAPE of targets that are all 0).
    #[error("the sum to divide by is 0")]
    ZeroDenominator,
    /// Targets are 0, so there is no error relative to them (MAPE); WAPE has no such trouble.
    #[error("the target is 0 in {rows} rows; WAPE does not mind")]
    ZeroTargets {
        /// In how many rows.
        rows: usize,
    },
    /// The target or the answers are the same in all rows, so they cannot agree beyond chance
    /// (kappa, MCC).
    #[error("the target or the predictions are constant")]
    ConstantAnswers,
    /// The class in question is neither predicted nor true in any row (F1).
    #[error("the class occurs neither in the target nor in the predictions")]
    NoSuchClass,
    /// All rows are of one class, so there is no pair to rank (AUC).
    #[error("all rows are of one class")]
    OneClass,
    /// No row is positive (average precision).
    #[error("no row is of the positive class")]
    NonePositive,
    /// A class has a single row, which says nothing about variation.
    #[error("a class has a single row")]
    SingleRow,
    /// Scores lie outside [0, 1] or do not sum to 1, so they are no probabilities.
    #[error("{rows} rows have scores that are no probabilities")]
    NotProbabilities {
        /// In how many rows.
        rows: usize,
    },
    /// No probabilities were given.
    #[error("the predictions hold no probabilities")]
    NoProbabilities,
    /// The champion makes no error, so there is nothing to improve on relatively.
    #[error("the champion's loss is 0")]
    PerfectChampion,
    /// The numbers are so large or so small that their sums leave the range of floats.
    #[error("the sums leave the range of floating-point numbers")]
    OutOfRange,
    /// The metric does not apply to this kind of prediction.
    #[error("the metric does not apply to this kind of prediction")]
    NotApplicable,
}

impl NoValue {
    /// The reason as a code, for stored evidence.
    pub fn code(self) -> &'static str {
        match self {
            Self::ConstantTarget => "constant-target",
            Self::ZeroDenominator => "zero-denominator",
            Self::ZeroTargets { .. } => "zero-targets",
            Self::ConstantAnswers => "constant-answers",
            Self::NoSuchClass => "no-such-class",
            Self::OneClass => "one-class",
            Self::NonePositive => "none-positive",
            Self::SingleRow => "single-row",
            Self::NotProbabilities { .. } => "not-probabilities",
            Self::NoProbabilities => "no-probabilities",
            Self::PerfectChampion => "perfect-champion",
            Self::OutOfRange => "out-of-range",
            Self::NotApplicable => "not-applicable",
        }
    }
}
