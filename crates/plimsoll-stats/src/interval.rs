//! An interval with everything that a reader or a gate has to know about it.

use serde::{Deserialize, Serialize};

/// The level of every interval that is shown.
pub const LEVEL: f64 = 0.95;

/// The level of the wider interval that goes with an approximate one.
pub const WIDE_LEVEL: f64 = 0.99;

/// Below this many rows (or blocks) that carry a variance, an interval is approximate.
///
/// Measured in `specs/statistics.md` 2.3: at 5.9 the studentised bootstrap still covered 94 %.
pub const MIN_CARRY: f64 = 6.0;

/// How an interval was computed, by the name it has in the literature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Method {
    /// Studentised bootstrap on a transformed scale.
    BootT,
    /// Quantiles of the resampled values.
    Percentile,
    /// Student's t with the delta method on a transformed scale.
    TransformedT,
    /// Wilson's score interval of a proportion.
    Wilson,
    /// `DeLong`'s variance on the logit.
    LogitDelong,
    /// `DeLong`'s variance of a difference.
    PairedDelong,
    /// Newcombe's score interval for a difference of paired proportions.
    PairedNewcombe,
    /// Three over the count, where nothing of one kind was seen.
    RuleOfThree,
}

/// Why an interval is approximate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Remark {
    /// Fewer than [`MIN_CARRY`] rows or blocks carry the variance.
    FewCarry,
    /// Fewer than ten rows of one outcome were seen.
    FewOutcomes,
    /// The number lies at the end of its range, where resampling shows no variation.
    AtEdge,
    /// Every row or block gives the same number, so that nothing is known about its variation.
    Constant,
    /// So many resamples had no finite value that another method had to be used.
    Undefined,
}

/// A lower and an upper end, both finite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ends {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Ends {
    /// Returns whether `value` lies between the ends or on one of them.
    pub fn contain(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    pub(crate) fn are_finite(self) -> bool {
        self.low.is_finite() && self.high.is_finite()
    }

    pub(crate) fn point(value: f64) -> Self {
        Self { low: value, high: value }
    }
}

/// A two-sided confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How often such intervals hold the truth, 0.95.
    pub level: f64,
    /// How it was computed.
    pub method: Method,
    /// How many rows or blocks carry the variance, `(sum IF^2)^2 / sum IF^4` over the influence
    /// of each; absent where a method has no influence values.
    pub carry: Option<f64>,
    /// Why it is approximate; absent when it is stated without remark.
    pub remark: Option<Remark>,
    /// The ends at [`WIDE_LEVEL`], present exactly when there is a remark.
    pub wide: Option<Ends>,
}

impl Interval {
    /// Makes an interval at [`LEVEL`]; the wider ends are kept only if there is a remark.
    pub(crate) fn new(ends: Ends, wide: Ends, method: Method, remark: Option<Remark>) -> Self {
        Self {
            low: ends.low,
            high: ends.high,
            level: LEVEL,
            method,
            carry: None,
            remark,
            wide: remark.map(|_| wide),
        }
    }

    pub(crate) fn with_carry(self, carry: f64) -> Self {
        Self { carry: Some(carry), ..self }
    }

    /// Returns the ends at [`LEVEL`].
    pub fn ends(&self) -> Ends {
        Ends { low: self.low, high: self.high }
    }

    /// Returns the ends that the carry rule judges on: the wider ones if it is approximate.
    pub fn judged(&self) -> Ends {
        self.wide.unwrap_or(self.ends())
    }

    /// Returns whether it is to be shown as approximate.
    pub fn is_approximate(&self) -> bool {
        self.remark.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approximate_interval_is_judged_by_its_wider_ends() {
        let (ends, wide) = (Ends { low: 1.0, high: 2.0 }, Ends { low: 0.5, high: 3.0 });
        let sure = Interval::new(ends, wide, Method::BootT, None);
        assert_eq!((sure.judged(), sure.wide), (ends, None));
        let rough = Interval::new(ends, wide, Method::BootT, Some(Remark::FewCarry));
        assert_eq!((rough.judged(), rough.ends()), (wide, ends));
    }
}
