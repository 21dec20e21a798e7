//! Student's and Welch's t-test.

use crate::moments::Moments;
use crate::p_value::PValue;
use crate::tails;
use crate::tested::{Basis, NoAnswer, Tested, check_rows, finite};

/// Whether both samples are taken to vary equally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variances {
    /// They are pooled: Student 1908.
    Equal,
    /// Each sample has its own: Welch 1947, with Satterthwaite's degrees of freedom.
    Own,
}

/// Returns the two-sided test that both samples have the same mean; t is above 0 if the first mean
/// is larger.
///
/// As `scipy.stats.ttest_ind(equal_var=...)`. It looks at means only, and with few rows it relies on
/// numbers that are about normal. Without any variation in either sample p is 1 if they agree, and
/// 0 with an infinite t if they do not ([`Basis::NoVariation`]).
///
/// # Errors
/// A sample has fewer than 2 rows, or its moments leave the range of floats.
pub fn test(first: &Moments, second: &Moments, variances: Variances) -> Result<Tested, NoAnswer> {
    check_rows(first.rows(), second.rows(), 2)?;
    let (n, m) = (first.rows() as f64, second.rows() as f64);
    let [mean_a, mean_b] = [first, second].map(Moments::mean);
    let [spread_a, spread_b] = [first, second].map(Moments::variance);
    let (spread_a, spread_b) = (in_range(spread_a)?, in_range(spread_b)?);
    let difference = finite(in_range(mean_a)? - in_range(mean_b)?)?;
    if first.is_constant() && second.is_constant() {
        return Ok(without_variation(difference));
    }
    let (share_a, share_b) = (spread_a / n, spread_b / m);
    let (squared, degrees) = match variances {
        Variances::Equal => {
            let degrees = n + m - 2.0;
            let pooled = ((n - 1.0) * spread_a + (m - 1.0) * spread_b) / degrees;
            (pooled * (1.0 / n + 1.0 / m), degrees)
        }
        Variances::Own => {
            let squared = share_a + share_b;
            // As shares of the whole, so that no square overflows.
            let (part_a, part_b) = (share_a / squared, share_b / squared);
            let parts = part_a * part_a / (n - 1.0) + part_b * part_b / (m - 1.0);
            (squared, 1.0 / parts)
        }
    };
    let t = finite(difference / squared.sqrt())?;
    let p = tails::student_two_sided(t, degrees)?;
    Ok(Tested { statistic: t, p, basis: Basis::Asymptotic })
}

fn in_range(number: Option<f64>) -> Result<f64, NoAnswer> {
    number.ok_or(NoAnswer::OutOfRange)
}

fn without_variation(difference: f64) -> Tested {
    if difference == 0.0 {
        return Tested::NO_DIFFERENCE;
    }
    let statistic = f64::INFINITY.copysign(difference);
    Tested { statistic, p: PValue::ZERO, basis: Basis::NoVariation }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(a: &[f64], b: &[f64], variances: Variances) -> Result<Tested, NoAnswer> {
        test(&Moments::of(a).unwrap(), &Moments::of(b).unwrap(), variances)
    }

    #[test]
    fn without_variation_they_agree_or_do_not() {
        for variances in [Variances::Equal, Variances::Own] {
            // 0.1 has no exact mean of three; no rounding may pass for variation.
            assert_eq!(of(&[0.1; 3], &[0.1; 7], variances), Ok(Tested::NO_DIFFERENCE));
            let apart = of(&[0.1; 3], &[0.2; 7], variances).unwrap();
            assert_eq!((apart.statistic, apart.p), (f64::NEG_INFINITY, PValue::ZERO));
        }
    }

    #[test]
    fn one_row_is_undecided_and_huge_numbers_are_no_answer() {
        assert!(of(&[1.0], &[1.0, 2.0], Variances::Own).unwrap_err().is_undecided());
        let huge = of(&[1e300, -1e300], &[1.0, 2.0], Variances::Own);
        assert_eq!(huge, Err(NoAnswer::OutOfRange));
    }
}
