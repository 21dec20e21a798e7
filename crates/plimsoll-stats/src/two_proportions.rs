//! Tests that two shares are of one proportion.

use crate::hypergeometric::Hypergeometric;
use crate::p_value::PValue;
use crate::sample::SampleError;
use crate::tails;
use crate::tested::{Basis, NoAnswer, Tested};

/// Below this smallest expected count p is counted, not approximated.
pub const MIN_EXPECTED: f64 = 10.0;

/// Hits among the rows of two samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TwoProportions {
    hits: [u64; 2],
    rows: [u64; 2],
}

/// Whether the difference of shares is brought nearer to 0 by half a step before z is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continuity {
    /// By `1/2 (1/n + 1/m)` (Yates 1934), which keeps the level with few rows.
    Corrected,
    /// Not at all.
    Plain,
}

impl TwoProportions {
    /// Takes the hits and the rows of the first and of the second sample.
    ///
    /// # Errors
    /// A sample has no rows, or more hits than rows.
    pub fn new(first: (u64, u64), second: (u64, u64)) -> Result<Self, SampleError> {
        for (what, (hits, rows)) in [("the first sample", first), ("the second sample", second)] {
            if rows == 0 {
                return Err(SampleError::Empty);
            }
            if hits > rows {
                return Err(SampleError::Hits { what, hits, rows });
            }
        }
        Ok(Self { hits: [first.0, second.0], rows: [first.1, second.1] })
    }

    /// Returns the second share less the first.
    pub fn difference(&self) -> f64 {
        self.share(1) - self.share(0)
    }

    /// Returns the test: by z with the correction, or exact and doubled where the smallest expected
    /// count is below [`MIN_EXPECTED`].
    ///
    /// # Errors
    /// Never for counts below 2^52, whose computation stays in range.
    pub fn test(&self) -> Result<Tested, NoAnswer> {
        if self.least_expected() < MIN_EXPECTED {
            Ok(self.exact())
        } else {
            self.z(Continuity::Corrected)
        }
    }

    /// Returns the two-sided test by the normal approximation; the statistic is z, above 0 if the
    /// second share is larger.
    ///
    /// `z = (q - p) / sqrt(P (1 - P) (1/n + 1/m))` with the pooled share P, as statsmodels'
    /// `proportions_ztest`. If all or no rows are hits p is 1.
    ///
    /// # Errors
    /// Never for counts below 2^52, whose computation stays in range.
    pub fn z(&self, continuity: Continuity) -> Result<Tested, NoAnswer> {
        if self.varies_not() {
            return Ok(Tested::NO_DIFFERENCE);
        }
        let [n, m] = self.rows.map(|rows| rows as f64);
        let pooled = self.all_hits() as f64 / (n + m);
        let step = 1.0 / n + 1.0 / m;
        let difference = self.difference();
        let size = match continuity {
            Continuity::Corrected => (difference.abs() - 0.5 * step).max(0.0),
            Continuity::Plain => difference.abs(),
        };
        let z = (size / (pooled * (1.0 - pooled) * step).sqrt()).copysign(difference);
        Ok(Tested { statistic: z, p: tails::normal_two_sided(z)?, basis: Basis::Asymptotic })
    }

    /// Returns the exact conditional test, twice the smaller tail; the statistic is the difference
    /// of the shares.
    ///
    /// Given how many rows are hits in all, those of the second sample are a draw without
    /// replacement. If all or no rows are hits p is 1.
    pub fn exact(&self) -> Tested {
        self.exactly(Hypergeometric::doubled)
    }

    /// Returns Fisher's exact test, which adds up all tables that are no likelier; the statistic is
    /// the difference of the shares. As `scipy.stats.fisher_exact`.
    pub fn fisher(&self) -> Tested {
        self.exactly(Hypergeometric::no_likelier)
    }

    fn exactly(&self, p: impl Fn(Hypergeometric, u64) -> PValue) -> Tested {
        if self.varies_not() {
            return Tested::NO_DIFFERENCE;
        }
        // Hits are at most rows, so this is one.
        let all = Hypergeometric::new(self.rows[0] + self.rows[1], self.all_hits(), self.rows[1]);
        let p = all.map_or(PValue::ONE, |draw| p(draw, self.hits[1]));
        Tested { statistic: self.difference(), p, basis: Basis::Exact }
    }

    /// Returns the smallest count that is expected in the table of hits and misses.
    pub fn least_expected(&self) -> f64 {
        let [n, m] = self.rows.map(|rows| rows as f64);
        let hits = self.all_hits() as f64;
        hits.min(n + m - hits) * n.min(m) / (n + m)
    }

    fn share(&self, side: usize) -> f64 {
        self.hits[side] as f64 / self.rows[side] as f64
    }

    fn all_hits(&self) -> u64 {
        self.hits[0] + self.hits[1]
    }

    fn varies_not(&self) -> bool {
        self.all_hits() == 0 || self.all_hits() == self.rows[0] + self.rows[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(first: (u64, u64), second: (u64, u64)) -> TwoProportions {
        TwoProportions::new(first, second).unwrap()
    }

    #[test]
    fn few_expected_hits_are_counted() {
        let few = of((3, 100), (9, 100));
        assert_eq!((few.least_expected(), few.test().unwrap().basis), (6.0, Basis::Exact));
        let many = of((30, 100), (9, 100));
        assert_eq!(many.test().unwrap(), many.z(Continuity::Corrected).unwrap());
        assert!(many.test().unwrap().statistic < 0.0);
    }

    #[test]
    fn margins_without_variation_say_nothing() {
        for same in [of((0, 10), (0, 20)), of((10, 10), (20, 20))] {
            for test in [same.z(Continuity::Plain).unwrap(), same.exact(), same.fisher()] {
                assert_eq!(test, Tested::NO_DIFFERENCE);
            }
        }
    }

    #[test]
    fn what_is_no_sample_is_an_error() {
        assert_eq!(TwoProportions::new((0, 0), (1, 2)), Err(SampleError::Empty));
        let error = TwoProportions::new((1, 2), (3, 2)).unwrap_err();
        assert_eq!(error.to_string(), "the second sample has 3 hits in 2 rows");
    }

    #[test]
    fn a_difference_of_less_than_half_a_step_is_none() {
        let near = of((500, 1_000), (501, 1_001)).z(Continuity::Corrected).unwrap();
        assert_eq!(near.p, PValue::ONE);
    }
}
