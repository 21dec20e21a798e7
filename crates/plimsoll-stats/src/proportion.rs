//! Intervals of a proportion and of the difference of two paired ones.

use statrs::distribution::{Binomial, Discrete, DiscreteCDF};

use crate::interval::{Ends, Interval, LEVEL, Method, Remark, WIDE_LEVEL};
use crate::quantile::normal_upper;

/// Fewer rows than this of one outcome make the interval of a proportion approximate.
pub const MIN_OUTCOMES: u64 = 10;

/// Returns Wilson's score interval of the proportion `hits` of `rows`, or nothing of no rows.
///
/// Wilson 1927; it stays within [0, 1] and does not shrink to a point at 0 of n or n of n. With
/// fewer than [`MIN_OUTCOMES`] hits or misses it is marked approximate.
pub fn wilson(hits: u64, rows: u64) -> Option<Interval> {
    if rows == 0 {
        return None;
    }
    let few = hits.min(rows.saturating_sub(hits)) < MIN_OUTCOMES;
    let remark = few.then_some(Remark::FewOutcomes);
    let (ends, wide) = (wilson_ends(hits, rows, LEVEL), wilson_ends(hits, rows, WIDE_LEVEL));
    Some(Interval::new(ends, wide, Method::Wilson, remark))
}

pub(crate) fn wilson_ends(hits: u64, rows: u64, level: f64) -> Ends {
    let z = normal_upper((1.0 - level) / 2.0);
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
    pub fn difference(&self) -> Option<Interval> {
        if self.rows() == 0 {
            return None;
        }
        let few = self.first + self.second < MIN_OUTCOMES;
        let remark = few.then_some(Remark::FewOutcomes);
        let (ends, wide) = (self.ends(LEVEL), self.ends(WIDE_LEVEL));
        Some(Interval::new(ends, wide, Method::PairedNewcombe, remark))
    }

    fn ends(&self, level: f64) -> Ends {
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
    pub fn mcnemar_mid_p(&self) -> f64 {
        let (b, c) = (self.first.max(self.second), self.first.min(self.second));
        if b == c {
            return 1.0;
        }
        Binomial::new(0.5, b + c)
            .map_or(f64::NAN, |tosses| (2.0 * tosses.cdf(c) - tosses.pmf(c)).min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(ends: Ends, low: f64, high: f64) {
        assert!((ends.low - low).abs() < 1e-9 && (ends.high - high).abs() < 1e-9, "{ends:?}");
    }

    #[test]
    fn wilson_agrees_with_statsmodels() {
        // references/basics.py: statsmodels 0.15.0 proportion_confint(method="wilson")
        close(wilson_ends(430, 500, 0.95), 0.826_833_135_055_546, 0.887_677_339_812_136_5);
        close(wilson_ends(430, 500, 0.99), 0.815_298_100_984_088_4, 0.895_272_770_495_976_1);
        close(wilson_ends(0, 10, 0.95), 0.0, 0.277_532_799_862_889_26);
        close(wilson_ends(10, 10, 0.99), 0.601_145_906_695_091_7, 1.0);
        close(wilson_ends(3, 7, 0.95), 0.158_219_855_251_469_64, 0.749_541_635_472_342_8);
    }

    #[test]
    fn few_outcomes_are_marked_and_no_rows_have_no_interval() {
        assert!(wilson(0, 0).is_none());
        assert_eq!(wilson(430, 500).unwrap().remark, None);
        assert_eq!(wilson(491, 500).unwrap().remark, Some(Remark::FewOutcomes));
        assert!(wilson(491, 500).unwrap().wide.is_some());
    }

    #[test]
    fn the_paired_difference_agrees_with_publications() {
        let ends =
            |both, first, second, neither| PairedCounts { both, first, second, neither }.ends(0.95);
        // Fagerland, Lydersen, Laake 2014, airway hyper-responsiveness: -0.507 to -0.026;
        // further digits and the other cells by references/basics.py
        close(ends(1, 1, 7, 12), -0.506_920_226_686_141, -0.025_559_124_164_859_837);
        close(ends(20, 12, 2, 16), 0.056_156_424_841_748_21, 0.329_206_995_400_140_53);
        close(ends(400, 40, 20, 40), 0.009_543_835_844_015_83, 0.071_119_374_191_178_89);
        close(ends(10, 0, 0, 0), -0.277_532_799_862_889_37, 0.277_532_799_862_889_37);
    }

    #[test]
    fn mid_p_agrees_with_scipy() {
        let p = |first, second| PairedCounts { both: 9, first, second, neither: 0 }.mcnemar_mid_p();
        // references/basics.py: scipy 1.17.1 binom.cdf, binom.pmf
        assert!((p(8, 3) - 0.145_996_093_75).abs() < 1e-9);
        assert!((p(20, 40) - 0.009_853_448_195_259_268).abs() < 1e-9);
        assert!((p(1, 0) - 0.5).abs() < 1e-9);
        assert_eq!((p(5, 5), p(0, 0)), (1.0, 1.0));
    }

    proptest! {
        #[test]
        fn wilson_holds_the_share_and_narrows_with_rows(hits in 0_u64..=200, misses in 1_u64..200) {
            let (rows, share) = (hits + misses, hits as f64 / (hits + misses) as f64);
            let few = wilson_ends(hits, rows, 0.95);
            let many = wilson_ends(10 * hits, 10 * rows, 0.95);
            prop_assert!(few.contain(share) && many.contain(share));
            prop_assert!(many.high - many.low < few.high - few.low);
            let turned = wilson_ends(misses, rows, 0.95);
            prop_assert!((turned.low - (1.0 - few.high)).abs() < 1e-12);
        }

        #[test]
        fn the_paired_difference_turns_with_its_sides(
            both in 0_u64..90, first in 0_u64..90, second in 0_u64..90, neither in 1_u64..90,
        ) {
            let counts = PairedCounts { both, first, second, neither };
            let turned = PairedCounts { first: second, second: first, ..counts };
            let (ends, turned) = (counts.ends(0.95), turned.ends(0.95));
            prop_assert!((ends.low + turned.high).abs() < 1e-12);
            prop_assert!(ends.low >= -1.0 - 1e-12 && ends.high <= 1.0 + 1e-12);
        }
    }
}
