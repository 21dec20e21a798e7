//! One thing that may have changed about a column.

use serde::{Deserialize, Serialize};

use super::power::Power;
use super::sides::Sides;
use crate::p_value::PValue;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Aspect {
    /// Where the values lie, or how often each of them is there.
    Shape,
    /// How many values lie beyond the reference's 0.1 % and 99.9 % order statistics.
    Tails,
    /// How many rows have no value.
    Missing,
    /// How many rows have a value that the reference never has.
    NewValues,
    /// The hour of the day.
    Hour,
    /// The day of the week.
    Weekday,
    /// How long texts are.
    Length,
    /// Which kinds of characters texts have.
    Characters,
    /// How many rows repeat a value that is there before.
    Duplicates,
}

impl Aspect {
    /// Tells whether too few rows to judge this aspect leave its column undecided.
    pub fn is_shape(self) -> bool {
        matches!(self, Self::Shape | Self::Hour | Self::Weekday | Self::Length | Self::Characters)
    }
}

/// The test that a p-value is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Test {
    /// Two-sample Kolmogorov-Smirnov.
    KolmogorovSmirnov,
    /// Two-sample chi-square; of blocks with the first-order correction of Rao and Scott.
    ChiSquare,
    /// Two proportions: z with continuity correction, exact where few rows are expected.
    TwoProportions,
    /// Two tails together, exact and conditional (hypergeometric).
    ExactTails,
    /// Chernoff's bound of a sum of unequal chances.
    Chernoff,
    /// Whole blocks exchanged between the sides.
    BlockPermutation,
}

/// What was found of one aspect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Facet {
    /// What was compared.
    pub aspect: Aspect,
    /// How far the sides are apart as seen, from 0 to 1.
    pub observed: f64,
    /// The same without what chance alone adds; compared with `minimum`.
    pub effect: f64,
    /// Half the length of its 95 % interval, where there is one.
    pub half_width: Option<f64>,
    /// By how much `observed` may be off because a sketch was read, not the rows.
    pub sketch_error: f64,
    /// How much may have moved besides, among values that are not told apart, at most.
    pub hidden: f64,
    /// The smallest effect that matters.
    pub minimum: f64,
    /// How large `observed` is by chance where nothing changed; of shapes alone.
    pub noise: Option<f64>,
    /// The test.
    pub test: Test,
    /// Its p-value.
    pub p: PValue,
    /// How many rows there were, and how much they say.
    pub sides: Sides,
    /// What the test could have seen.
    pub power: Power,
}

impl Facet {
    /// Tells whether the interval of the effect holds the minimum, so that other rows of the same
    /// source could be judged otherwise.
    pub fn is_at_the_limit(&self) -> bool {
        self.half_width.is_some_and(|half| (self.effect - self.minimum).abs() <= half)
    }

    /// Tells whether the rows themselves could be on the other side of the minimum than the sketch
    /// that was read of them.
    pub fn is_within_sketch_error(&self) -> bool {
        self.sketch_error > 0.0 && (self.effect - self.minimum).abs() <= self.sketch_error
    }
}
