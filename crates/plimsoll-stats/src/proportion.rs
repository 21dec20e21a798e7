//! Intervals of a proportion and of the difference of two paired ones.

use crate::interval::{Ends, Interval, Level, Method, Remark};
use crate::p_value::PValue;
use crate::quantile::normal_upper;
use crate::tails;

/// Fewer rows than this of one outcome make the interval of a proportion approximate.
pub const MIN_OUTCOMES: u64 = 10;

/// Returns Wilson's score interval of the proportion `hits` of `rows`, or nothing of no rows.
///
/// Wilson 1927; it stays within [0, 1] and does not shrink to a point at 0 of n or n of n. With
/// fewer than [`MIN_OUTCOMES`] hits or misses it is marked approximate.
pub fn wilson(hits: u64, rows: u64, level: Level) -> Option<Interval> {
    if rows == 0 {
        return None;
    }
    let few = hits.min(rows.saturating_sub(hits)) < MIN_OUTCOMES;
    let remark = few.then_some(Remark::FewOutcomes);
    Some(Interval::new(level, |level| wilson_ends(hits, rows, level), Method::Wilson, remark))
}

pub(crate) fn wilson_ends(hits: u64, rows: u64, level: Level) -> Ends {
    let z = normal_upper(level.tail());
    let (n, share) = (rows as f64, hits as f64 / rows as f64);
    let shrunk = 1.0 + z * z / n;
    let centre = (share + z * z / (2.0 * n)) / shrunk;
    let half = z / shrunk * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    // At the ends of the range the formula is exact, its rounding is not.
    let low = if hits == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if hits == rows { 1.0 } else { (centre + half).min(1.0) };
    Ends { low, high }
}

/// How the answers of two models fall on the same rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairedCounts {
    /// Both are right.
    pub both: u64,
    /// Only the first is right.
    pub first: u64,
    /// Only the second is right.
    pub second: u64,
    /// Neither is right.
    pub neither: u64,
}

impl PairedCounts {
    /// Counts rows by whether the first and the second are right.
    pub fn of(rows: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut counts = Self::default();
        for row in rows {
            *match row {
                (true, true) => &mut counts.both,
                (true, false) => &mut counts.first,
                (false, true) => &mut counts.second,
                (false, false) => &mut counts.neither,
            } += 1;
        }
        counts
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> u64 {
        self.both + self.first + self.second + self.neither
    }

    /// Returns Newcombe's interval of the first share less the second, or nothing of no rows.
    ///
    /// Newcombe 1998, "Improved confidence intervals for the difference between binomial
    /// proportions based on paired data", method 10: Wilson's ends combined with the continuity
    /// corrected correlation of the pairs. Fewer than [`MIN_OUTCOMES`] rows on which the two
    /// disagree make it approximate.
    pub fn difference(&self, level: Level) -> Option<Interval> {
        if self.rows() == 0 {
            return None;
        }
        let few = self.first + self.second < MIN_OUTCOMES;
        let remark = few.then_some(Remark::FewOutcomes);
        Some(Interval::new(level, |level| self.ends(level), Method::PairedNewcombe, remark))
    }

    fn ends(&self, level: Level) -> Ends {
        let rows = self.rows();
        let (first, second) = (self.both + self.first, self.both + self.second);
        let margins = [first, rows - first, second, rows - second].map(|count| count as f64);
        let product: f64 = margins.iter().product();
        let concordance =
            self.both as f64 * self.neither as f64 - self.first as f64 * self.second as f64;
        let corrected = if concordance > 0.0 {
            (concordance - rows as f64 / 2.0).max(0.0)
        } else {
            concordance
        };
        let correlation = if product > 0.0 { corrected / product.sqrt() } else { 0.0 };
        let (share_1, share_2) = (margins[0] / rows as f64, margins[2] / rows as f64);
        let (ends_1, ends_2) = (wilson_ends(first, rows, level), wilson_ends(second, rows, level));
        let distance = |one: f64, other: f64| {
            (one * one - 2.0 * correlation * one * other + other * other).max(0.0).sqrt()
        };
        let difference = share_1 - share_2;
        Ends {
            low: difference - distance(share_1 - ends_1.low, ends_2.high - share_2),
            high: difference + distance(ends_1.high - share_1, share_2 - ends_2.low),
        }
    }

    /// Returns the two-sided p-value of `McNemar`'s mid-p test that both are right equally often.
    ///
    /// Fagerland et al. 2013: with b >= c rows on which only one is right,
    /// `2 P(Bin(b + c, 1/2) <= c) - P(= c)`, at most 1; b = c gives 1, and so does no row at all.
    /// It is the recommended one: nearer to its level than the exact test, which wastes some.
    pub fn mcnemar_mid_p(&self) -> PValue {
        let (b, c) = (self.first.max(self.second), self.first.min(self.second));
        if b == c {
            return PValue::ONE;
        }
        // By symmetry the chance of c or fewer is that of b or more.
        let [from_b, beyond_b] = [b, b + 1].map(|hits| tosses(hits, b + c));
        // P(>= b) + P(>= b + 1), the larger taken out.
        PValue::from_ln(from_b.ln() + (beyond_b.ln() - from_b.ln()).exp().ln_1p())
            .unwrap_or(PValue::ONE)
    }

    /// Returns the two-sided p-value of `McNemar`'s exact test that both are right equally often:
    /// `2 P(Bin(b + c, 1/2) <= c)`, at most 1, with b >= c rows on which only one is right.
    ///
    /// It never exceeds its level, and with few such rows stays far below it.
    pub fn mcnemar_exact(&self) -> PValue {
        let (b, c) = (self.first.max(self.second), self.first.min(self.second));
        tosses(b, b + c).bonferroni(2)
    }
}

/// The chance of at least `hits` heads in `tosses` of a fair coin.
fn tosses(hits: u64, tosses: u64) -> PValue {
    tails::binomial(hits, tosses, 0.5).unwrap_or(PValue::ONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const USUAL: Level = Level::USUAL;

    fn close(ends: Ends, low: f64, high: f64) {
        assert!((ends.low - low).abs() < 1e-9 && (ends.high - high).abs() < 1e-9, "{ends:?}");
    }

    #[test]
    fn wilson_agrees_with_statsmodels() {
        // references/basics.py: statsmodels 0.15.0 proportion_confint(method="wilson")
        close(wilson_ends(430, 500, USUAL), 0.826_833_135_055_546, 0.887_677_339_812_136_5);
        close(
            wilson_ends(430, 500, USUAL.wider()),
            0.815_298_100_984_088_4,
            0.895_272_770_495_976_1,
        );
        close(wilson_ends(0, 10, USUAL), 0.0, 0.277_532_799_862_889_26);
        close(wilson_ends(10, 10, USUAL.wider()), 0.601_145_906_695_091_7, 1.0);
        close(wilson_ends(3, 7, USUAL), 0.158_219_855_251_469_64, 0.749_541_635_472_342_8);
    }

    #[test]
    fn few_outcomes_are_marked_and_no_rows_have_no_interval() {
        assert!(wilson(0, 0, USUAL).is_none());
        assert_eq!(wilson(430, 500, USUAL).unwrap().remark, None);
        assert_eq!(wilson(491, 500, USUAL).unwrap().remark, Some(Remark::FewOutcomes));
        assert!(wilson(491, 500, USUAL).unwrap().wide.is_some());
    }

    #[test]
    fn the_paired_difference_agrees_with_publications() {
        let ends = |both, first, second, neither| {
            PairedCounts { both, first, second, neither }.ends(USUAL)
        };
        // Fagerland, Lydersen, Laake 2014, airway hyper-responsiveness: -0.507 to -0.026;
        // further digits and the other cells by references/basics.py
        close(ends(1, 1, 7, 12), -0.506_920_226_686_141, -0.025_559_124_164_859_837);
        close(ends(20, 12, 2, 16), 0.056_156_424_841_748_21, 0.329_206_995_400_140_53);
        close(ends(400, 40, 20, 40), 0.009_543_835_844_015_83, 0.071_119_374_191_178_89);
        close(ends(10, 0, 0, 0), -0.277_532_799_862_889_37, 0.277_532_799_862_889_37);
    }

    #[test]
    fn mcnemar_agrees_with_statsmodels_and_exact_sums() {
        // references/comparison.py: b, c, logarithms of the exact p and of the mid-p
        let printed = include_str!("../references/comparison.txt").lines();
        let lines: Vec<_> = printed.filter_map(|line| line.strip_prefix("mcnemar ")).collect();
        assert_eq!(lines.len(), 6);
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            let count = |word: usize| words[word].parse().unwrap();
            let counts = PairedCounts { both: 9, first: count(1), second: count(0), neither: 0 };
            let near = |found: PValue, word: usize| {
                let expected: f64 = words[word].parse().unwrap();
                let error = (found.ln() - expected).abs();
                assert!(error < 1e-11 * expected.abs().max(1.0), "{line}: {}", found.ln());
            };
            near(counts.mcnemar_exact(), 4);
            near(counts.mcnemar_mid_p(), 7);
        }
        let none = PairedCounts { both: 9, neither: 3, ..PairedCounts::default() };
        assert_eq!((none.mcnemar_exact(), none.mcnemar_mid_p()), (PValue::ONE, PValue::ONE));
    }

    proptest! {
        #[test]
        fn wilson_holds_the_share_and_narrows_with_rows(hits in 0_u64..=200, misses in 1_u64..200) {
            let (rows, share) = (hits + misses, hits as f64 / (hits + misses) as f64);
            let few = wilson_ends(hits, rows, USUAL);
            let many = wilson_ends(10 * hits, 10 * rows, USUAL);
            prop_assert!(few.contain(share) && many.contain(share));
            prop_assert!(many.high - many.low < few.high - few.low);
            let turned = wilson_ends(misses, rows, USUAL);
            prop_assert!((turned.low - (1.0 - few.high)).abs() < 1e-12);
        }

        #[test]
        fn the_paired_difference_turns_with_its_sides(
            both in 0_u64..90, first in 0_u64..90, second in 0_u64..90, neither in 1_u64..90,
        ) {
            let counts = PairedCounts { both, first, second, neither };
            let turned = PairedCounts { first: second, second: first, ..counts };
            let (ends, turned) = (counts.ends(USUAL), turned.ends(USUAL));
            prop_assert!((ends.low + turned.high).abs() < 1e-12);
            prop_assert!(ends.low >= -1.0 - 1e-12 && ends.high <= 1.0 + 1e-12);
        }
    }
}
