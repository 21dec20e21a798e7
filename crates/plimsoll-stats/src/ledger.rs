//! How often a test set has been looked at, and what that costs.

use std::num::NonZeroU32;

use crate::interval::Level;
use crate::quantile::normal_upper;

/// The chance that any challenger that is no better is ever promoted on one test set.
pub const BUDGET: f64 = 0.05;

/// After so many looks a fresh test set is recommended.
pub const MANY_LOOKS: u32 = 20;

/// A look that needs more than so many times the rows recommends a fresh test set.
pub const MANY_TIMES_THE_ROWS: f64 = 3.0;

/// The number of an evaluation on a test set whose figures a person or a gate may see.
///
/// Challengers that are tried one after the other on the same rows are sooner or later lucky: of
/// 50 that are no better, at a fixed 5 % one is promoted in nearly half of all cases. Look k is
/// therefore judged at the one-sided error `0.05 / (k (k + 1))`, which adds up to 5 % over all
/// looks ever taken (union bound; the idea is that of alpha spending, Foster and Stine 2008). The
/// first look is judged at 2.5 %: the usual two-sided 95 % interval.
///
/// It does not stop learning from numbers that are shown; only hiding them does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Look(NonZeroU32);

impl Look {
    /// The first evaluation on a test set.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// Takes the number of a look, counted from 1.
    pub const fn number(number: NonZeroU32) -> Self {
        Self(number)
    }

    /// Returns the one-sided error that this look is judged at, 0.025 for the first.
    pub fn error(self) -> f64 {
        let look = f64::from(self.0.get());
        BUDGET / (look * (look + 1.0))
    }

    /// Returns the two-sided level of the intervals that go with it, 95 % for the first.
    pub fn level(self) -> Level {
        Level::of_tail(self.error()).unwrap_or_default()
    }

    /// Returns how many times the rows of a single look at one-sided 5 % this one needs, for the
    /// same power of 80 %.
    pub fn times_the_rows(self) -> f64 {
        let power = normal_upper(0.2);
        ((normal_upper(self.error()) + power) / (normal_upper(BUDGET) + power)).powi(2)
    }

    /// Returns whether a fresh test set is recommended.
    pub fn wants_fresh_rows(self) -> bool {
        self.0.get() > MANY_LOOKS || self.times_the_rows() > MANY_TIMES_THE_ROWS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(number: u32) -> Look {
        Look::number(NonZeroU32::new(number).unwrap())
    }

    #[test]
    fn the_first_look_is_the_usual_interval() {
        assert_eq!(Look::FIRST.level(), Level::USUAL);
        assert!((look(2).error() - 0.05 / 6.0).abs() < 1e-15);
        assert!((look(3).level().share() - (1.0 - 0.1 / 12.0)).abs() < 1e-15);
    }

    #[test]
    fn all_looks_together_stay_within_the_budget() {
        let spent: f64 = (1..100_000).map(|number| look(number).error()).sum();
        assert!(spent < BUDGET && spent > 0.999 * BUDGET, "{spent}");
        let last = look(u32::MAX);
        assert!(last.error() > 0.0 && Level::of_tail(last.error()) == Some(last.level()));
    }

    #[test]
    fn later_looks_need_more_rows() {
        // references/comparison.py: ((z(a_k) + z(.2)) / (z(.05) + z(.2)))^2 by scipy 1.17.1
        for (number, times) in [
            (1, 1.269_519_947_781_373_4),
            (2, 1.693_330_713_230_374_8),
            (5, 2.307_196_534_227_067_3),
            (10, 2.797_578_306_585_215_6),
            (20, 3.299_198_731_465_427_4),
            (50, 3.969_050_971_106_659),
        ] {
            assert!((look(number).times_the_rows() - times).abs() < 1e-9, "look {number}");
        }
        assert!(!look(10).wants_fresh_rows() && look(21).wants_fresh_rows());
        let first = (1..100).find(|&number| look(number).wants_fresh_rows());
        assert!(first.is_some_and(|first| (11..=20).contains(&first)), "{first:?}");
    }
}
