//! How many of the drawn rows are marked, if all draws are alike.

use crate::incomplete::ln_of_rest;
use crate::p_value::PValue;
use crate::saddle::ln_binomial;

/// `draws` of `rows` rows are drawn without putting any back, and `marked` of the rows are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hypergeometric {
    rows: u64,
    marked: u64,
    draws: u64,
}

/// More rows are marked or drawn than there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{marked} marked and {draws} drawn of {rows} rows: there cannot be more than all")]
pub struct TooMany {
    /// The rows.
    pub rows: u64,
    /// How many are marked.
    pub marked: u64,
    /// How many are drawn.
    pub draws: u64,
}

impl Hypergeometric {
    /// Takes the numbers of rows, of marked rows and of drawn rows.
    ///
    /// # Errors
    /// More are marked or drawn than there are.
    pub fn new(rows: u64, marked: u64, draws: u64) -> Result<Self, TooMany> {
        if marked > rows || draws > rows {
            return Err(TooMany { rows, marked, draws });
        }
        Ok(Self { rows, marked, draws })
    }

    /// Returns the chance that at least `hits` marked rows are drawn.
    ///
    /// Adds up terms outwards, by their ratios, from one exact logarithm; O(standard deviations).
    pub fn at_least(self, hits: u64) -> PValue {
        PValue::of_counts(self.ln_at_least(hits))
    }

    /// Returns the chance that at most `hits` marked rows are drawn.
    pub fn at_most(self, hits: u64) -> PValue {
        // Those that are not drawn are as good a draw.
        let Some(left) = self.marked.checked_sub(hits) else { return PValue::ONE };
        Self { draws: self.rows - self.draws, ..self }.at_least(left)
    }

    /// Returns twice the smaller tail of `hits` marked rows drawn, at most 1.
    pub fn doubled(self, hits: u64) -> PValue {
        self.at_least(hits).min(self.at_most(hits)).bonferroni(2)
    }

    /// Returns the chance of a number of hits that is no likelier than `hits`: Fisher's exact test
    /// of a table of two by two.
    ///
    /// As `scipy.stats.fisher_exact`; numbers of hits within 1e-7 of equally likely count as such.
    pub fn no_likelier(self, hits: u64) -> PValue {
        let limit = self.ln_mass(hits) + 1e-7;
        let ((least, most), mode) = (self.range(), self.mode());
        if self.ln_mass(mode) <= limit {
            return PValue::ONE;
        }
        // On each side of the mode the chances fall, so where they are low enough is one cut.
        let above = cut(mode, most, |k| self.ln_mass(k) <= limit);
        let below = cut(0, mode - least, |j| self.ln_mass(mode - j) <= limit);
        let upper = above.map_or(f64::NEG_INFINITY, |k| self.ln_at_least(k));
        let lower = below.map_or(f64::NEG_INFINITY, |j| self.at_most(mode - j).ln());
        let (larger, smaller) = (upper.max(lower), upper.min(lower));
        if larger.is_infinite() {
            return PValue::ZERO;
        }
        PValue::of_counts((larger + (smaller - larger).exp().ln_1p()).min(0.0))
    }

    /// The smallest and the largest possible number of hits.
    fn range(self) -> (u64, u64) {
        let least = (self.marked + self.draws).saturating_sub(self.rows);
        (least, self.marked.min(self.draws))
    }

    /// The likeliest number of hits.
    fn mode(self) -> u64 {
        let (least, most) = self.range();
        let product = u128::from(self.draws + 1) * u128::from(self.marked + 1);
        let mode = product / (u128::from(self.rows) + 2);
        u64::try_from(mode).unwrap_or(most).clamp(least, most)
    }

    /// The logarithm of the chance of exactly `hits`.
    fn ln_mass(self, hits: u64) -> f64 {
        let (least, most) = self.range();
        if hits < least || hits > most {
            return f64::NEG_INFINITY;
        }
        if self.draws == 0 || self.draws == self.rows {
            return 0.0;
        }
        // Three binomials with the chance of being drawn, so that their large terms cancel early.
        let rows = self.rows as f64;
        let (yes, no) = (self.draws as f64 / rows, (self.rows - self.draws) as f64 / rows);
        let (hits, draws, marked) = (hits as f64, self.draws as f64, self.marked as f64);
        ln_binomial(hits, marked - hits, yes, no)
            + ln_binomial(draws - hits, rows - marked - (draws - hits), yes, no)
            - ln_binomial(draws, rows - draws, yes, no)
    }

    fn ln_at_least(self, hits: u64) -> f64 {
        let (least, most) = self.range();
        if hits <= least {
            return 0.0;
        }
        if hits > most {
            return f64::NEG_INFINITY;
        }
        if hits <= self.mode() {
            // The terms rise from here; those of the other tail fall.
            let left = Self { draws: self.rows - self.draws, ..self };
            return ln_of_rest(left.ln_falling(self.marked - (hits - 1)));
        }
        self.ln_falling(hits)
    }

    /// Adds up from `hits` on, where the terms fall.
    fn ln_falling(self, hits: u64) -> f64 {
        let (_, most) = self.range();
        let (mut term, mut sum) = (1.0, 1.0);
        for k in hits..most {
            term *= (self.marked - k) as f64 * (self.draws - k) as f64;
            term /= (k + 1) as f64 * (self.rows + k + 1 - self.marked - self.draws) as f64;
            sum += term;
            if term < 1e-18 * sum {
                break;
            }
        }
        self.ln_mass(hits) + f64::ln(sum)
    }
}

/// Returns the first number in `from..=to` that is `low`, where after one all are.
fn cut(from: u64, to: u64, low: impl Fn(u64) -> bool) -> Option<u64> {
    let (mut from, mut beyond) = (from, to + 1);
    while from < beyond {
        let middle = from + (beyond - from) / 2;
        if low(middle) { beyond = middle } else { from = middle + 1 }
    }
    (from <= to).then_some(from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(rows: u64, marked: u64, draws: u64) -> Hypergeometric {
        Hypergeometric::new(rows, marked, draws).unwrap()
    }

    #[test]
    fn what_cannot_be_has_no_chance_and_what_must_be_is_sure() {
        assert!(Hypergeometric::new(10, 11, 3).is_err());
        assert_eq!(of(10, 4, 5).at_least(5), PValue::ZERO);
        assert_eq!(of(10, 8, 5).at_least(3), PValue::ONE);
        assert_eq!(of(10, 8, 5).at_most(2), PValue::ZERO);
        for (rows, marked, draws) in [(0, 0, 0), (5, 0, 3), (5, 5, 3), (5, 3, 0), (5, 3, 5)] {
            let sure = of(rows, marked, draws);
            let hits = sure.mode();
            assert_eq!(sure.at_least(hits), PValue::ONE, "{sure:?}");
            assert_eq!((sure.doubled(hits), sure.no_likelier(hits)), (PValue::ONE, PValue::ONE));
        }
    }

    proptest! {
        #[test]
        fn tails_add_up(marked in 0_u64..30, other in 0_u64..30, part in 0.0..1.0_f64, hits in 0_u64..30) {
            let rows = marked + other;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share")]
            let draws = (part * rows as f64) as u64;
            let all = of(rows, marked, draws);
            let sum = all.at_least(hits + 1).get() + all.at_most(hits).get();
            prop_assert!((sum - 1.0).abs() < 1e-12);
            // Fisher's p by adding up all masses that are no larger.
            let mass = |k| all.ln_mass(k).exp();
            let expected: f64 =
                (0..=draws).filter(|&k| mass(k) <= mass(hits) * (1.0 + 1e-7)).map(mass).sum();
            prop_assert!((all.no_likelier(hits).get() - expected).abs() < 1e-12);
        }
    }
}
