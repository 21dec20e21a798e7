//! P-values by dealing the rows anew to the two sides.

use std::num::NonZeroUsize;

use crate::p_value::PValue;
use crate::random::{Random, Seed};
use crate::sample::{SampleError, in_order};
use crate::tested::Basis;

/// How many random ways to deal the rows are looked at, and from which seed.
///
/// p is `(1 + as far out) / (1 + resamples)`, which never rejects too often however few there are
/// (Phipson and Smyth 2010); it cannot be below `1 / (1 + resamples)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permutation {
    /// What the random numbers start from.
    pub seed: Seed,
    /// The number of ways.
    pub resamples: NonZeroUsize,
}

/// So many ways unless asked otherwise: p down to 0.0005.
const RESAMPLES: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1_998);

impl Permutation {
    /// Returns 1,999 ways from a seed.
    pub const fn new(seed: Seed) -> Self {
        Self { seed, resamples: RESAMPLES }
    }

    /// Returns `resamples` ways from a seed, for tests.
    #[cfg(test)]
    pub(crate) fn few(resamples: usize) -> Self {
        let resamples = NonZeroUsize::new(resamples).unwrap_or(NonZeroUsize::MIN);
        Self { seed: Seed::from(3), resamples }
    }

    /// Returns p of `observed` among what `statistic` gives for dealt rows, and what it rests on.
    ///
    /// `sides` says of each of the rows put together on which side it is; `statistic` gets it
    /// shuffled. `purpose` names the statistic, so that tests do not share random numbers.
    pub(crate) fn p(
        &self,
        purpose: &str,
        observed: f64,
        mut sides: Vec<u8>,
        mut statistic: impl FnMut(&[u8]) -> f64,
    ) -> (PValue, Basis) {
        let random = Random::new(self.seed, purpose);
        let resamples = self.resamples.get();
        // What differs by rounding only is as far out.
        let limit = observed - 1e-12 * observed.abs();
        let mut as_far_out = 0_u64;
        let mut position = 0;
        for _ in 0..resamples {
            for left in (1..sides.len()).rev() {
                let chosen = below(random.word(position), left + 1);
                position += 1;
                sides.swap(left, chosen);
            }
            as_far_out += u64::from(statistic(&sides) >= limit);
        }
        let p = (1 + as_far_out) as f64 / (1 + resamples) as f64;
        (PValue::of_counts(p.ln()), Basis::Permutation { resamples })
    }

    /// Returns at most `most` rows of each sample, each equally likely to be among them.
    pub(crate) fn thinned(&self, purpose: &str, samples: &[&[f64]], most: usize) -> Vec<Vec<f64>> {
        let thin = |(side, sample): (usize, &&[f64])| {
            subsample(sample, most, self.seed, &format!("{purpose}: sample {side}"))
        };
        samples.iter().enumerate().map(thin).collect()
    }
}

/// Returns a place below `places`, each equally likely to 2^-40 for up to 2^24 places.
fn below(word: u64, places: usize) -> usize {
    let place = (u128::from(word) * places as u128) >> 64;
    #[expect(clippy::cast_possible_truncation, reason = "below places")]
    let place = place as usize;
    place
}

/// Puts up to 256 samples together in ascending order, and tells the sample of each row.
///
/// # Errors
/// A sample is empty or holds NaN.
pub(crate) fn pooled(samples: &[&[f64]]) -> Result<(Vec<f64>, Vec<u8>), SampleError> {
    let mut rows: Vec<(f64, u8)> = Vec::new();
    for (side, sample) in (0..=u8::MAX).zip(samples) {
        rows.extend(in_order("a sample", sample)?.into_iter().map(|number| (number, side)));
    }
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(rows.into_iter().unzip())
}

/// Returns at most `most` rows of a sample, each equally likely to be among them, in their order.
fn subsample(numbers: &[f64], most: usize, seed: Seed, purpose: &str) -> Vec<f64> {
    let random = Random::new(seed, purpose);
    let mut wanted = most.min(numbers.len());
    let mut chosen = Vec::with_capacity(wanted);
    // Selection sampling: Knuth, The Art of Computer Programming, volume 2, algorithm S.
    for (row, &number) in numbers.iter().enumerate() {
        if below(random.word(row as u64), numbers.len() - row) < wanted {
            chosen.push(number);
            wanted -= 1;
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(first: usize, second: usize) -> Vec<u8> {
        [vec![0; first], vec![1; second]].concat()
    }

    fn first_row(sides: &[u8]) -> f64 {
        f64::from(sides[0])
    }

    #[test]
    fn counts_how_many_are_as_far_out() {
        // A third of the rows are on side 1, so the first one is in a third of the ways.
        let (p, basis) = Permutation::few(9_999).p("first row", 1.0, sides(4, 2), first_row);
        assert!((p.get() - 1.0 / 3.0).abs() < 0.02, "{p}");
        assert_eq!(basis, Basis::Permutation { resamples: 9_999 });
        assert_eq!(Permutation::few(99).p("first row", 0.0, sides(4, 2), first_row).0, PValue::ONE);
        let (p, _) = Permutation::few(99).p("first row", 2.0, sides(4, 2), first_row);
        assert!((p.get() - 0.01).abs() < 1e-12);
    }

    #[test]
    fn the_seed_decides() {
        let p = |seed: u64| {
            let permutation = Permutation { seed: Seed::from(seed), ..Permutation::few(200) };
            permutation.p("first row", 1.0, sides(4, 4), first_row).0
        };
        assert_eq!(p(1), p(1));
        assert_ne!(p(1), p(2));
    }

    #[test]
    fn a_subsample_is_a_fair_part() {
        let numbers: Vec<f64> = (0..100).map(f64::from).collect();
        let mut sum = 0.0;
        for seed in 0..400_u64 {
            let part = subsample(&numbers, 10, Seed::from(seed), "part");
            assert!(part.len() == 10 && part.is_sorted());
            sum += part.iter().sum::<f64>() / 10.0;
        }
        // The mean of 400 means of 10 of 0 to 99 has a standard deviation of 0.44.
        assert!((sum / 400.0 - 49.5).abs() < 2.0, "{sum}");
        assert_eq!(subsample(&numbers, 200, Seed::from(1), "all"), numbers);
    }
}
