//! The population stability index: how far the shares of a sample are from a reference's.

use crate::distance::{counted, shares, sorted};
use crate::sample::SampleError;

/// The least share that a bin is taken to have, on either side.
///
/// A bin that one side lacks would make the index infinite. There is no agreed correction; raising
/// such shares to 0.0001 is what monitoring tools do (Evidently 0.7, `feel_zeroes`), so numbers are
/// comparable. A bin with a tenth of the reference and no row any more then adds 0.69.
pub const FLOOR: f64 = 1e-4;

/// So many bins of equally many rows of the reference are made of numbers.
pub const BINS: usize = 10;

/// Returns the population stability index of counts in the same bins, from 0 up.
///
/// `PSI = sum (q - p) ln(q / p)` over the bins, with the shares p of the reference and q of the
/// current sample, none below [`FLOOR`] (Lewis 1994; Yurdakul and Naranjo 2020): the
/// Kullback-Leibler divergences in both directions added, in nats. By custom 0.1 is a small change
/// and 0.25 a large one, but without any change it is about `(bins - 1) (1/m + 1/n)` by chance, so
/// that a custom means little of few rows. It has no sign.
///
/// # Errors
/// There are no rows, or not as many bins in one as in the other.
pub fn of_counts(reference: &[u64], current: &[u64]) -> Result<f64, SampleError> {
    let shares = shares("the current sample", reference, current)?;
    let raised = shares.map(|(p, q)| (p.max(FLOOR), q.max(FLOOR)));
    Ok(raised.map(|(p, q)| (q - p) * (q / p).ln()).sum())
}

/// Returns the index of numbers, in the bins that `reference` makes; see [`Bins`].
///
/// # Errors
/// A sample is empty or holds NaN or infinite numbers.
pub fn of_numbers(reference: &[f64], current: &[f64]) -> Result<f64, SampleError> {
    let bins = Bins::of(reference)?;
    sorted("the current sample", current)?;
    of_counts(&bins.counts(reference), &bins.counts(current))
}

/// Returns the index of categories. One that only a sample has is a bin like any other.
///
/// # Errors
/// A sample is empty.
pub fn of_categories<T: Ord>(reference: &[T], current: &[T]) -> Result<f64, SampleError> {
    let (reference, current) = counted(reference, current)?;
    of_counts(&reference, &current)
}

/// Bins of numbers whose ends are the deciles of a reference.
///
/// A decile is the least number that has at least its share of the reference at or below it, so
/// that it occurs. A bin reaches from beyond one decile to the next one, itself included; the first
/// and the last are open. A number that is several deciles at once, which a fifth of the rows or
/// more share, is a bin of its own: otherwise a reference with ones and a few zeros would be one
/// bin, and nothing that happens to the zeros would be seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    ends: Vec<End>,
}

/// The upper end of a bin.
#[derive(Clone, Copy, Debug, PartialEq)]
struct End {
    at: f64,
    /// Whether the number itself is still in the bin.
    included: bool,
}

impl Bins {
    /// Makes the bins of `reference`.
    ///
    /// # Errors
    /// It is empty or holds NaN or infinite numbers.
    pub fn of(reference: &[f64]) -> Result<Self, SampleError> {
        let sorted = sorted("the reference", reference)?;
        let decile = |tenth: usize| sorted[(tenth * sorted.len()).div_ceil(BINS).max(1) - 1];
        let deciles: Vec<f64> = (1..BINS).map(decile).collect();
        let mut ends = Vec::new();
        for same in deciles.chunk_by(|a, b| a.total_cmp(b).is_eq()) {
            if same.len() > 1 {
                ends.push(End { at: same[0], included: false });
            }
            ends.push(End { at: same[0], included: true });
        }
        Ok(Self { ends })
    }

    /// Returns how many of `numbers` are in each bin; NaN is in none.
    pub fn counts(&self, numbers: &[f64]) -> Vec<u64> {
        let mut counts = vec![0; self.ends.len() + 1];
        for &number in numbers.iter().filter(|number| !number.is_nan()) {
            let is_above =
                |end: &End| if end.included { number > end.at } else { number >= end.at };
            counts[self.ends.partition_point(is_above)] += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    #[test]
    fn is_the_sum_of_both_divergences() {
        // references/drift.py: scipy 1.17.1 entropy(p, q) + entropy(q, p)
        close(of_counts(&[50, 30, 20], &[40, 35, 25]).unwrap(), 0.041_179_066_688_494_37);
        close(of_counts(&[10, 10], &[10, 10]).unwrap(), 0.0);
        let (a, b) = ("aaabbbbbcd".as_bytes(), "aabbbbbbbbbbde".as_bytes());
        close(of_categories(a, b).unwrap(), 1.361_438_976_011_096_3);
    }

    #[test]
    fn bins_of_numbers_agree_with_numpy() {
        // references/drift.py: numpy quantile(method="inverted_cdf"), searchsorted
        let reference: Vec<f64> = (0..40).map(|x| f64::from(x * x % 97)).collect();
        let current: Vec<f64> = (0..25).map(|x| f64::from(x * 7 % 120)).collect();
        let bins = Bins::of(&reference).unwrap();
        assert_eq!(bins.counts(&reference), [4; 10]);
        assert_eq!(bins.counts(&current), [1, 2, 4, 2, 4, 2, 2, 1, 2, 5]);
        close(of_numbers(&reference, &current).unwrap(), 0.257_984_396_521_802_4);
    }

    #[test]
    fn a_number_that_many_rows_share_is_a_bin_of_its_own() {
        let mostly = |common: f64, rare: f64| [vec![common; 97], vec![rare; 3]].concat();
        let counts = |reference: &[f64]| Bins::of(reference).unwrap().counts(reference);
        assert_eq!(counts(&mostly(1.0, 0.0)), [3, 97, 0]);
        assert_eq!(counts(&mostly(0.0, 1.0)), [0, 97, 3]);
        let gone = of_numbers(&mostly(1.0, 0.0), &[1.0; 50]).unwrap();
        // references/drift.py
        close(gone, 0.171_456_872_216_761_65);
        close(of_numbers(&[7.0], &[7.0; 9]).unwrap(), 0.0);
        assert!(of_numbers(&[7.0], &[8.0]).unwrap() > 9.0);
    }

    #[test]
    fn zero_has_no_sign_and_what_is_no_sample_has_no_index() {
        close(of_numbers(&[-0.0, 0.0, 1.0], &[0.0, -0.0, 1.0]).unwrap(), 0.0);
        assert!(of_numbers(&[], &[1.0]).is_err());
        assert!(of_numbers(&[1.0], &[]).is_err());
        assert!(of_numbers(&[1.0, f64::NAN], &[1.0]).is_err());
        assert!(of_numbers(&[1.0], &[f64::INFINITY]).is_err());
        assert_eq!(of_categories::<u8>(&[], &[1]), Err(SampleError::Empty));
        assert!(of_counts(&[1, 2], &[1]).is_err());
    }

    proptest! {
        #[test]
        fn every_row_is_in_one_bin_and_no_change_is_none(
            a in prop::collection::vec(-9..9_i32, 1..80), b in prop::collection::vec(-20..20_i32, 1..80),
        ) {
            let number = |all: &[i32]| all.iter().map(|x| f64::from(*x)).collect::<Vec<_>>();
            let (a, b) = (number(&a), number(&b));
            let bins = Bins::of(&a).unwrap();
            prop_assert_eq!(bins.counts(&b).iter().sum::<u64>(), b.len() as u64);
            prop_assert!(bins.counts(&a).len() <= BINS + 5);
            prop_assert!(of_numbers(&a, &a).unwrap().abs() < 1e-12);
            prop_assert!(of_numbers(&a, &b).unwrap() >= 0.0);
        }
    }
}
