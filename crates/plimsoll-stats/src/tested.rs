//! What a test of two samples answers, or why it does not.

use serde::{Deserialize, Serialize};

use crate::p_value::{NotAProbability, PValue};
use crate::sample::SampleError;

/// The answer of a test of significance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tested {
    /// The statistic by the formula of the test, finite unless [`Basis::NoVariation`]; an infinite one
    /// is written `"Infinity"` or `"-Infinity"`.
    #[serde(with = "infinite")]
    pub statistic: f64,
    /// The chance of one at least as far out if nothing differs.
    pub p: PValue,
    /// Where p is from.
    pub basis: Basis,
}

/// Numbers that may be infinite, which JSON has no way to write as numbers.
mod infinite {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(f64),
        Word(Word),
    }

    #[derive(Serialize, Deserialize)]
    enum Word {
        Infinity,
        #[serde(rename = "-Infinity")]
        MinusInfinity,
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
    pub(super) fn serialize<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        let written = match *number {
            f64::INFINITY => Written::Word(Word::Infinity),
            f64::NEG_INFINITY => Written::Word(Word::MinusInfinity),
            number => Written::Number(number),
        };
        written.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Number(number) => number,
            Written::Word(Word::Infinity) => f64::INFINITY,
            Written::Word(Word::MinusInfinity) => f64::NEG_INFINITY,
        })
    }
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
        rows: u64,
        /// How many there must be.
        least: u64,
    },
    /// A column is constant, so nothing can go along with it.
    #[error("a column is constant")]
    Constant,
    /// The spread that the numbers are to be measured by is 0, although they vary.
    #[error("the middle half of all rows is one value, so there is no spread to measure by")]
    NoSpread,
    /// There are more counts than can be dealt again and again.
    #[error("{counts} counts of blocks are too many to exchange (at most {most})")]
    TooManyCounts {
        /// How many there are.
        counts: u64,
        /// How many there may be.
        most: u64,
    },
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
            Self::NoSpread => "no-spread",
            Self::TooManyCounts { .. } => "too-many-counts",
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

/// Returns an error unless both sides have at least `least` rows.
pub(crate) fn check_rows(a: u64, b: u64, least: u64) -> Result<(), NoAnswer> {
    let rows = a.min(b);
    if rows == 0 {
        return Err(SampleError::Empty.into());
    }
    if rows < least { Err(NoAnswer::TooFewRows { rows, least }) } else { Ok(()) }
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
        let few = check_rows(9, 1, 2).unwrap_err();
        assert_eq!(few.to_string(), "1 rows on a side are too few, at least 2 are needed");
        assert!(few.is_undecided());
        let empty = check_rows(9, 0, 2).unwrap_err();
        assert_eq!((empty.code(), empty.is_undecided()), ("empty", false));
        assert!(check_rows(2, 9, 2).is_ok());
    }

    #[test]
    fn is_written_as_json_can_hold_it() {
        let written = |statistic, ln| {
            let p = PValue::from_ln(ln).unwrap();
            let tested = Tested { statistic, p, basis: Basis::Permutation { resamples: 99 } };
            let text = serde_json::to_string(&tested).unwrap();
            let read: Tested = serde_json::from_str(&text).unwrap();
            assert_eq!((read.statistic, read.basis), (statistic, tested.basis));
            text
        };
        let text = r#"{"statistic":2.5,"p":1.0,"basis":{"permutation":{"resamples":99}}}"#;
        assert_eq!(written(2.5, 0.0), text);
        assert!(
            written(f64::NEG_INFINITY, -9e3).starts_with(r#"{"statistic":"-Infinity","p":0.0,"#)
        );
        for p in ["1.5", "-0.1", "null", r#""NaN""#] {
            let text = format!(r#"{{"statistic":1.0,"p":{p},"basis":"exact"}}"#);
            assert!(serde_json::from_str::<Tested>(&text).is_err(), "{p}");
        }
    }

    #[test]
    fn what_is_no_number_is_no_answer() {
        assert_eq!(finite(f64::NAN), Err(NoAnswer::OutOfRange));
        assert_eq!(PValue::of(f64::NAN).map_err(NoAnswer::from), Err(NoAnswer::OutOfRange));
    }
}
