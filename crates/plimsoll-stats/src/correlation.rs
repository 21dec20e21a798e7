//! Pearson's correlation, and Spearman's of ranks.

use crate::p_value::{NotAProbability, PValue};
use crate::rank::midranks;
use crate::sample::{SampleError, check_numbers};
use crate::sum::sum;
use crate::tails;

/// Returns Pearson's correlation of `a` and `b`, from -1 to 1.
///
/// Pearson 1895, as `scipy.stats.pearsonr`. Its square is the share of the variance of one that a
/// straight line in the other explains. If one of them is constant, or so large that squares leave
/// the range of floats, there is none: `Ok(None)`. Two rows give 1 or -1, which says nothing.
///
/// # Errors
/// There are no rows, the lengths differ, or a number is NaN or infinite.
pub fn pearson(a: &[f64], b: &[f64]) -> Result<Option<f64>, SampleError> {
    check_numbers("the first column", a, a.len())?;
    check_numbers("the second column", b, a.len())?;
    // Adding 0 makes -0 and 0 one number, as comparison by `==` has it.
    let same = |number: &f64, first: f64| (number + 0.0).total_cmp(&(first + 0.0)).is_eq();
    let is_constant = |x: &[f64]| x.iter().all(|number| same(number, x[0]));
    if is_constant(a) || is_constant(b) {
        return Ok(None);
    }
    let centred = |x: &[f64]| {
        let n = x.len() as f64;
        let mean = sum(x.iter().map(|number| number / n));
        x.iter().map(|number| number - mean).collect::<Vec<_>>()
    };
    Ok(cosine(&centred(a), &centred(b)))
}

/// Returns p of the two-sided test that the correlation is 0.
///
/// By Student's t with n - 2 degrees of freedom: exact for Pearson's of numbers of which one column
/// is normal (Student 1908), asymptotic otherwise and for Spearman's; as scipy. Of two rows p is 1.
///
/// # Errors
/// The correlation is NaN or outside of -1 to 1, or there are fewer than two rows.
pub fn p_of(correlation: f64, rows: usize) -> Result<PValue, NotAProbability> {
    PValue::of(correlation.abs())?;
    match rows {
        0 | 1 => Err(NotAProbability(f64::NAN)),
        2 => Ok(PValue::ONE),
        _ => {
            let degrees = (rows - 2) as f64;
            let rest = (1.0 - correlation) * (1.0 + correlation);
            tails::student_two_sided(correlation * (degrees / rest).sqrt(), degrees)
        }
    }
}

/// The product of both over the root of both squares, if there is one.
fn cosine(a: &[f64], b: &[f64]) -> Option<f64> {
    let product = |x: &[f64], y: &[f64]| sum(x.iter().zip(y).map(|(x, y)| x * y));
    let (square_a, square_b) = (product(a, a), product(b, b));
    let in_range = |square: f64| square > 0.0 && square.is_finite();
    if !in_range(square_a) || !in_range(square_b) {
        return None;
    }
    Some((product(a, b) / (square_a.sqrt() * square_b.sqrt())).clamp(-1.0, 1.0))
}

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
    let middle = f64::midpoint(1.0, a.len() as f64);
    let centred = |x: &[f64]| midranks(x).iter().map(|rank| rank - middle).collect::<Vec<_>>();
    Ok(cosine(&centred(a), &centred(b)))
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
        // The mean of three times 0.1 is not 0.1.
        assert_eq!(pearson(&[0.1; 3], &[1.0, 2.0, 4.0]), Ok(None));
        assert_eq!(pearson(&[1e200, -1e200], &[1.0, 2.0]), Ok(None));
        assert!(pearson(&[1.0, f64::INFINITY], &[1.0, 2.0]).is_err());
    }

    #[test]
    fn two_rows_correlate_and_say_nothing() {
        let both = pearson(&[1.0, 2.0], &[5.0, 3.0]).unwrap().unwrap();
        assert!((both + 1.0).abs() < 1e-15);
        assert_eq!(p_of(both, 2), Ok(PValue::ONE));
        assert_eq!(p_of(1.0, 9), Ok(PValue::ZERO));
        assert!(p_of(1.0, 1).is_err() && p_of(f64::NAN, 9).is_err() && p_of(1.1, 9).is_err());
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
