//! An interval with everything that a reader or a gate has to know about it.

use serde::{Deserialize, Serialize};

use crate::estimate::MIN_BLOCKS;

/// How often two-sided intervals of a kind hold the truth.
///
/// It is kept as the error on one side, which stays exact where the level itself rounds to 1: a
/// gate judges on one end, so its error is the tail.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Level {
    tail: f64,
}

// The tail is never NaN.
impl Eq for Level {}

impl Level {
    /// What is shown where nothing else is asked for: 95 %, with 2.5 % on each side.
    pub const USUAL: Self = Self { tail: 0.025 };

    /// Returns the level whose intervals lie wholly on one side of the truth with this chance;
    /// nothing unless it is above 0 and below a quarter.
    pub fn of_tail(tail: f64) -> Option<Self> {
        (tail > 0.0 && tail < 0.25).then_some(Self { tail })
    }

    /// Returns the chance that an interval lies wholly on one side of the truth: 0.025 of 95 %.
    pub const fn tail(self) -> f64 {
        self.tail
    }

    /// Returns the chance that an interval holds the truth: 0.95 of 95 %.
    pub fn share(self) -> f64 {
        1.0 - 2.0 * self.tail
    }

    /// Returns the level with a fifth of the error, for approximate intervals: 99 % for 95 %.
    #[must_use]
    pub fn wider(self) -> Self {
        Self { tail: self.tail / 5.0 }
    }
}

impl Default for Level {
    fn default() -> Self {
        Self::USUAL
    }
}

/// Below this many rows (or blocks) that carry a variance, an interval is approximate.
///
/// Measured in `specs/statistics.md` 2.3: at 5.9 the studentised bootstrap still covered 94 %.
pub const MIN_CARRY: f64 = 6.0;

/// Of few rows (or blocks), at least one in so many has to carry the variance.
const ONE_IN: f64 = 4.0;

/// Returns whether so few of `units` rows or blocks carry a variance that an interval is
/// approximate: fewer than [`MIN_CARRY`], or of 10 to 24 less than a quarter.
///
/// Ten blocks that are alike have a carry of about 10/3 (n/3 of normal influences) and are no
/// outliers. In simulations of 10, 14 and 20 blocks (`tests/coverage.rs`,
/// `few_blocks_that_are_alike_are_no_few_carriers`) intervals with a carry between a quarter of the blocks and 6
/// cover as the others do, and Student's t pays for their number.
pub(crate) fn is_carried_by_few(carry: f64, units: usize) -> bool {
    // On fewer nothing is decided, and nothing was simulated.
    let few = if units < MIN_BLOCKS { MIN_CARRY } else { MIN_CARRY.min(units as f64 / ONE_IN) };
    carry < few
}

/// How an interval was computed, by the name it has in the literature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Method {
    /// Studentised bootstrap on a transformed scale.
    BootT,
    /// Quantiles of the resampled values.
    Percentile,
    /// Quantiles of the resampled values, corrected for bias and skewness.
    Bca,
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
    /// An expected calibration error less what chance adds, with its standard error.
    CorrectedCalibration,
    /// Newcombe's score interval for a difference of two proportions.
    Newcombe,
    /// The ratio of two proportions by the variances that their Wilson ends imply (MOVER).
    Mover,
    /// Student's t of a mean, or of a share by block.
    StudentT,
    /// Student's t of a gain of forecasts over time.
    DieboldMariano,
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
    /// Fewer than [`MIN_POSITIVES`](crate::average_precision::MIN_POSITIVES) positive rows were seen
    /// (average precision).
    FewPositives,
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
    /// How often such intervals hold the truth, 0.95 where nothing else was asked for.
    pub level: f64,
    /// How it was computed.
    pub method: Method,
    /// How many rows or blocks carry the variance, `(sum IF^2)^2 / sum IF^4` over the influence
    /// of each; absent where a method has no influence values.
    pub carry: Option<f64>,
    /// Why it is approximate; absent when it is stated without remark.
    pub remark: Option<Remark>,
    /// The ends at [`Level::wider`], present exactly when there is a remark.
    pub wide: Option<Ends>,
}

impl Interval {
    /// Makes an interval at `level`; the wider ends are there only if there is a remark.
    pub(crate) fn new(
        level: Level,
        ends: impl Fn(Level) -> Ends,
        method: Method,
        remark: Option<Remark>,
    ) -> Self {
        let Ends { low, high } = ends(level);
        let wide = remark.map(|_| ends(level.wider()));
        Self { low, high, level: level.share(), method, carry: None, remark, wide }
    }

    /// Makes the interval of a value without any variation: the value itself.
    pub(crate) fn constant(level: Level, value: f64, method: Method) -> Self {
        Self::new(level, |_| Ends::point(value), method, Some(Remark::Constant))
    }

    pub(crate) fn with_carry(self, carry: f64) -> Self {
        Self { carry: Some(carry), ..self }
    }

    /// Moves ends out so far that they hold `value`.
    pub(crate) fn widened_to(self, value: f64) -> Self {
        let out = |ends: Ends| Ends { low: ends.low.min(value), high: ends.high.max(value) };
        let Ends { low, high } = out(self.ends());
        Self { low, high, wide: self.wide.map(out), ..self }
    }

    /// Returns the ends at its level.
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
        let of_level = |level: Level| if level == Level::USUAL { ends } else { wide };
        let sure = Interval::new(Level::USUAL, of_level, Method::BootT, None);
        assert_eq!((sure.judged(), sure.wide), (ends, None));
        let rough = Interval::new(Level::USUAL, of_level, Method::BootT, Some(Remark::FewCarry));
        assert_eq!((rough.judged(), rough.ends()), (wide, ends));
    }

    #[test]
    fn levels_are_told_by_their_tails() {
        assert_eq!((Level::USUAL.share(), Level::USUAL.wider().share()), (0.95, 0.99));
        assert_eq!(Level::of_tail(0.025), Some(Level::USUAL));
        for no_tail in [0.0, -0.1, 0.25, f64::NAN] {
            assert_eq!(Level::of_tail(no_tail), None);
        }
    }
}
