//! Spearman's rank correlation.

use crate::rank::midranks;
use crate::sample::{SampleError, check_numbers};
use crate::sum::sum;

/// Returns Spearman's rank correlation of `a` and `b`, from -1 to 1, with midranks for ties.
///
/// Pearson's correlation of the ranks (Spearman 1904), as `scipy.stats.spearmanr`. Its square is
/// the share of the ranks of one that the ranks of the other explain. It does not change under
/// any increasing function of either. If one of them is constant there is none: `Ok(None)`. Two
/// rows give 1 or -1, which says nothing. O(n log n).
///
/// # Errors
/// There are no rows, the lengths differ, or a number is NaN or infinite; rows that lack a number
/// are for the caller to leave out.
pub fn spearman(a: &[f64], b: &[f64]) -> Result<Option<f64>, SampleError> {
    check_numbers("the first column", a, a.len())?;
    check_numbers("the second column", b, a.len())?;
    let (a, b) = (midranks(a), midranks(b));
    let middle = f64::midpoint(1.0, a.len() as f64);
    let product =
        |x: &[f64], y: &[f64]| sum(x.iter().zip(y).map(|(x, y)| (x - middle) * (y - middle)));
    let (spread_a, spread_b) = (product(&a, &a), product(&b, &b));
    if spread_a <= 0.0 || spread_b <= 0.0 {
        return Ok(None);
    }
    Ok(Some((product(&a, &b) / (spread_a.sqrt() * spread_b.sqrt())).clamp(-1.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn agrees_with_scipy() {
        let a = [0.61, 0.29, 0.06, 0.59, -1.73, -0.74, 0.51, -0.56, 0.39, 1.64];
        let b = [0.61, 0.82, 0.61, 1.45, 0.29, 0.29, 0.95, 1.73, 0.29, 2.5];
        // references/basics.py: scipy 1.17.1 spearmanr
        assert!((spearman(&a, &b).unwrap().unwrap() - 0.541_602_560_309_064).abs() < 1e-12);
    }

    #[test]
    fn constants_have_none_and_nan_is_an_error() {
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), Ok(None));
        assert!(spearman(&[1.0, f64::NAN], &[1.0, 2.0]).is_err());
        assert_eq!(spearman(&[], &[]), Err(SampleError::Empty));
    }

    proptest! {
        #[test]
        fn only_the_order_counts(rows in prop::collection::vec((-9..9_i32, -9..9_i32), 2..60)) {
            let a: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let b: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
            let bent: Vec<f64> = a.iter().map(|x| (0.3 * x).exp()).collect();
            let turned: Vec<f64> = b.iter().map(|x| -x).collect();
            let plain = spearman(&a, &b).unwrap();
            prop_assert_eq!(plain, spearman(&bent, &b).unwrap());
            let turned = spearman(&a, &turned).unwrap();
            prop_assert!(plain.unwrap_or(0.0) + turned.unwrap_or(0.0) < 1e-12);
        }
    }
}
