//! How far apart two samples are.

use std::collections::BTreeMap;

use crate::kolmogorov_smirnov;
use crate::sample::{SampleError, check_length, check_numbers, in_order};

/// Returns the two-sample Kolmogorov-Smirnov distance, from 0 (alike) to 1 (disjoint).
///
/// `D = sup |F(x) - G(x)|` over the empirical distribution functions of `a` and `b`
/// ([`kolmogorov_smirnov::gap`], which also tells where it is and tests it). It has no unit and
/// does not change if both are rescaled; infinite numbers are ordered like any other. O(n log n).
///
/// # Errors
/// A sample is empty or holds NaN: there is no distance then, not one of 0.
pub fn kolmogorov_smirnov(a: &[f64], b: &[f64]) -> Result<f64, SampleError> {
    Ok(kolmogorov_smirnov::of_numbers(a, b)?.distance)
}

/// Returns the total variation distance of the shares of categories, from 0 (alike) to 1
/// (disjoint).
///
/// `TV = 1/2 sum |p - q|`, half of `scipy.spatial.distance.cityblock` of the shares. At least this
/// share of the rows of `b` is of another category than it would be under the shares of `a`.
/// A category that only one of them has counts in full. Without any change it is above 0 by chance,
/// the more the more categories there are and the fewer rows. O(n log n).
///
/// # Errors
/// A sample is empty.
pub fn total_variation<T: Ord>(a: &[T], b: &[T]) -> Result<f64, SampleError> {
    let (a, b) = counted(a, b)?;
    total_variation_of_counts(&a, &b)
}

/// Returns the total variation distance of the shares in bins; see [`total_variation`].
///
/// # Errors
/// There are no rows, or not as many bins in one as in the other.
pub fn total_variation_of_counts(a: &[u64], b: &[u64]) -> Result<f64, SampleError> {
    let shares = shares("the second sample", a, b)?;
    Ok(0.5 * shares.map(|(p, q)| (p - q).abs()).sum::<f64>())
}

/// Returns how many rows of each sample are in each category that either has, in their order.
pub(crate) fn counted<T: Ord>(a: &[T], b: &[T]) -> Result<(Vec<u64>, Vec<u64>), SampleError> {
    if a.is_empty() || b.is_empty() {
        return Err(SampleError::Empty);
    }
    let mut counts: BTreeMap<&T, [u64; 2]> = BTreeMap::new();
    for (side, sample) in [a, b].into_iter().enumerate() {
        for value in sample {
            counts.entry(value).or_default()[side] += 1;
        }
    }
    Ok(counts.into_values().map(|[in_a, in_b]| (in_a, in_b)).unzip())
}

/// Returns the shares of both samples in each bin.
pub(crate) fn shares<'a>(
    what: &'static str,
    a: &'a [u64],
    b: &'a [u64],
) -> Result<impl Iterator<Item = (f64, f64)> + 'a, SampleError> {
    check_length(what, b.len(), a.len())?;
    let (all_a, all_b) = (a.iter().sum::<u64>(), b.iter().sum::<u64>());
    if all_a == 0 || all_b == 0 {
        return Err(SampleError::Empty);
    }
    let pairs = a.iter().zip(b);
    Ok(pairs.map(move |(&in_a, &in_b)| (in_a as f64 / all_a as f64, in_b as f64 / all_b as f64)))
}

/// Returns finite numbers in ascending order.
pub(crate) fn sorted(what: &'static str, numbers: &[f64]) -> Result<Vec<f64>, SampleError> {
    check_numbers(what, numbers, numbers.len())?;
    in_order(what, numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A: [f64; 10] = [0.61, 0.29, 0.06, 0.59, -1.73, -0.74, 0.51, -0.56, 0.39, 1.64];
    const B: [f64; 7] = [0.61, 0.82, 1.45, 0.29, 2.11, 0.95, 1.73];

    #[test]
    fn agrees_with_scipy() {
        // references/drift.py: scipy 1.17.1 ks_2samp, cityblock
        assert!((kolmogorov_smirnov(&A, &B).unwrap() - 0.657_142_857_142_857_1).abs() < 1e-12);
        let (a, b) = ("aaabbbbbcd".as_bytes(), "aabbbbbbbbbbde".as_bytes());
        assert!((total_variation(a, b).unwrap() - 0.285_714_285_714_285_7).abs() < 1e-12);
    }

    #[test]
    fn constants_that_agree_are_together_and_others_apart() {
        let distance = |a: &[f64], b: &[f64]| kolmogorov_smirnov(a, b).unwrap();
        assert!(distance(&[3.0; 4], &[3.0; 9]).abs() < 1e-12);
        assert!(distance(&[0.0], &[-0.0]).abs() < 1e-12);
        assert!(distance(&[f64::INFINITY, 1.0], &[f64::INFINITY, 1.0]).abs() < 1e-12);
        assert!((distance(&[3.0; 4], &[4.0]) - 1.0).abs() < 1e-12);
        assert!((total_variation(&["a"], &["b", "c"]).unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_sample_has_no_distance() {
        assert_eq!(kolmogorov_smirnov(&[], &[1.0]), Err(SampleError::Empty));
        assert!(kolmogorov_smirnov(&[1.0], &[f64::NAN]).is_err());
        assert_eq!(total_variation::<u8>(&[1], &[]), Err(SampleError::Empty));
        assert_eq!(total_variation_of_counts(&[0, 0], &[1, 0]), Err(SampleError::Empty));
        assert!(total_variation_of_counts(&[1], &[1, 2]).is_err());
    }

    proptest! {
        #[test]
        fn distances_are_shares_and_have_no_direction(
            a in prop::collection::vec(-9..9_i32, 1..50), b in prop::collection::vec(-9..9_i32, 1..50),
        ) {
            let number = |all: &[i32]| all.iter().map(|x| f64::from(*x)).collect::<Vec<_>>();
            let ks = kolmogorov_smirnov(&number(&a), &number(&b)).unwrap();
            let tv = total_variation(&a, &b).unwrap();
            prop_assert!((0.0..=1.0).contains(&ks) && ks <= tv + 1e-12 && tv <= 1.0 + 1e-12);
            let turned = kolmogorov_smirnov(&number(&b), &number(&a)).unwrap();
            prop_assert!((ks - turned).abs() < 1e-12);
            prop_assert!((tv - total_variation(&b, &a).unwrap()).abs() < 1e-12);
        }
    }
}
