//! What a test of two samples answers, or why it does not.

use serde::{Deserialize, Serialize};

use crate::p_value::{NotAProbability, PValue};
use crate::sample::SampleError;

/// The answer of a test of significance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tested {
    /// The statistic by the formula of the test, finite unless [`Basis::NoVariation`].
    pub statistic: f64,
    /// The chance of one at least as far out if nothing differs.
    pub p: PValue,
    /// Where p is from.
    pub basis: Basis,
}

/// Where a p-value is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Basis {
    /// Every way in which the rows could have fallen to the two sides was counted.
    Exact,
    /// The distribution that the statistic approaches with many rows.
    Asymptotic,
    /// Read between the published critical values.
    Interpolated,
    /// So many random ways to deal the rows to the two sides.
    Permutation {
        /// How many.
        resamples: usize,
    },
    /// There was nothing to compare by: all values are the same, within the samples (p is 1 if
    /// they agree and 0 if they do not) or in a margin (p is 1).
    NoVariation,
}

impl Tested {
    /// The answer where nothing varies and nothing differs.
    pub(crate) const NO_DIFFERENCE: Self =
        Self { statistic: 0.0, p: PValue::ONE, basis: Basis::NoVariation };
}

/// Why a test or a measure has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NoAnswer {
    /// The numbers are no sample; a verdict that needs the answer is an error.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// There are rows, but too few; a verdict that needs the answer is undecided.
    #[error("{rows} rows on a side are too few, at least {least} are needed")]
    TooFewRows {
        /// The rows of the smaller side.
        rows: usize,
        /// How many there must be.
        least: usize,
    },
    /// A column is constant, so nothing can go along with it.
    #[error("a column is constant")]
    Constant,
    /// The numbers are so large or so small that the computation leaves the range of floats.
    #[error("the computation leaves the range of floating-point numbers")]
    OutOfRange,
}

impl NoAnswer {
    /// The reason as a code, for stored evidence.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Sample(SampleError::Empty) => "empty",
            Self::Sample(_) => "no-sample",
            Self::TooFewRows { .. } => "too-few-rows",
            Self::Constant => "constant",
            Self::OutOfRange => "out-of-range",
        }
    }

    /// Returns whether more rows would bring an answer; otherwise it is an error.
    pub fn is_undecided(&self) -> bool {
        matches!(self, Self::TooFewRows { .. })
    }
}

impl From<NotAProbability> for NoAnswer {
    fn from(_: NotAProbability) -> Self {
        // Samples are finite when they get here, so only their size can have led to NaN.
        Self::OutOfRange
    }
}

/// Returns `number` if it is one.
pub(crate) fn finite(number: f64) -> Result<f64, NoAnswer> {
    if number.is_finite() { Ok(number) } else { Err(NoAnswer::OutOfRange) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_too_few_rows_leave_it_undecided() {
        let few = NoAnswer::TooFewRows { rows: 1, least: 2 };
        assert_eq!(few.to_string(), "1 rows on a side are too few, at least 2 are needed");
        assert!(few.is_undecided());
        let empty = NoAnswer::from(SampleError::Empty);
        assert_eq!((empty.code(), empty.is_undecided()), ("empty", false));
    }

    #[test]
    fn what_is_no_number_is_no_answer() {
        assert_eq!(finite(f64::NAN), Err(NoAnswer::OutOfRange));
        assert_eq!(PValue::of(f64::NAN).map_err(NoAnswer::from), Err(NoAnswer::OutOfRange));
    }
}
