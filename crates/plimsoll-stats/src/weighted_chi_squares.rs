//! The limits of the Anderson-Darling and the Cramer-von Mises statistic.
//!
//! Both are sums of squares of independent normal numbers with falling weights. Such a sum's tail
//! is Smirnov's 1937 series: with `s_1 < s_2 < ...` where the moment generating function is
//! infinite and D its inverse square,
//! `P(Q > x) = 1/pi sum (-1)^(k-1) int e^(-s x) / (s sqrt|D(s)|) ds` over `s_(2k-1)` to `s_2k`.
//! With `s = a + (b - a) sin^2 t` the roots at both ends go, the integrand has a period, and equal
//! steps converge geometrically. The first term is taken out, so the far tail keeps its digits.

use std::f64::consts::{FRAC_PI_2, PI};

use crate::p_value::{NotAProbability, PValue};

/// Returns the chance that the two-sample Anderson-Darling statistic's limit is above `x`: weights
/// `1/(j (j + 1))`, mean 1 (Anderson and Darling 1952).
///
/// # Errors
/// `x` is NaN.
pub fn anderson_darling(x: f64) -> Result<PValue, NotAProbability> {
    // D(s) = -cos(pi/2 sqrt(1 + 8 s)) / (2 pi s), 0 at j (j + 1)/2.
    tail(x, &|j| j * (j + 1.0) / 2.0, &|s, (j, beyond)| {
        let root = (1.0 + 8.0 * s).sqrt();
        let past = 8.0 * beyond / (root + 2.0 * j + 1.0);
        (FRAC_PI_2 * past).sin().abs() / (2.0 * PI * s)
    })
}

/// Returns the chance that the Cramer-von Mises statistic's limit is above `x`: weights
/// `1/(pi j)^2`, mean 1/6 (Smirnov 1936).
///
/// # Errors
/// `x` is NaN.
pub fn cramer_von_mises(x: f64) -> Result<PValue, NotAProbability> {
    // D(s) = sin(sqrt(2 s)) / sqrt(2 s), 0 at (pi j)^2/2.
    tail(x, &|j| (PI * j).powi(2) / 2.0, &|s, (j, beyond)| {
        let root = (2.0 * s).sqrt();
        let past = 2.0 * beyond / (root + PI * j);
        past.sin().abs() / root
    })
}

/// A number of a pole, and how far s is beyond it.
type Near = (f64, f64);

/// Below this the chance is 1 to 15 digits, for the smaller of the two statistics too.
const NEAR_ZERO: f64 = 0.004;

fn tail(
    x: f64,
    pole: &dyn Fn(f64) -> f64,
    size: &dyn Fn(f64, Near) -> f64,
) -> Result<PValue, NotAProbability> {
    if x.is_nan() {
        return Err(NotAProbability(x));
    }
    if x <= NEAR_ZERO {
        return Ok(PValue::ONE);
    }
    if x.is_infinite() {
        return Ok(PValue::ZERO);
    }
    let first = pole(1.0);
    let mut sum = 0.0;
    for k in 0..100 {
        let j = f64::from(2 * k + 1);
        let (from, to) = (pole(j), pole(j + 1.0));
        let scale = (-(from - first) * x).exp();
        if scale < 1e-20 {
            break;
        }
        let term = scale * integral(x, j, from, to, size);
        sum += if k % 2 == 0 { term } else { -term };
    }
    PValue::from_ln((sum / PI).ln() - first * x)
}

/// The integral from pole `j` to the next, without the factor `exp(-from x)`.
fn integral(x: f64, j: f64, from: f64, to: f64, size: &dyn Fn(f64, Near) -> f64) -> f64 {
    let width = to - from;
    // The integrand is as narrow as 1/sqrt(width x); 20 steps to that are plenty.
    let nodes = (100.0 + 20.0 * (width * x).sqrt().min(1e5)).ceil();
    let mut sum = 0.0;
    let mut node = 0.5;
    while node < nodes {
        let (up, down) = (FRAC_PI_2 * node / nodes).sin_cos();
        let (past, short) = (width * up * up, width * down * down);
        if past * x > 50.0 {
            break;
        }
        let s = from + past;
        let near = if past < short { (j, past) } else { (j + 1.0, -short) };
        sum += (-past * x).exp() * 2.0 * width * up * down / (s * size(s, near).sqrt());
        node += 1.0;
    }
    sum * FRAC_PI_2 / nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_critical_values_come_out() {
        // Anderson and Darling 1952 and 1954, tables of the limits.
        let ad = |x| anderson_darling(x).unwrap().get();
        assert!((ad(1.933) - 0.1).abs() < 1e-4 && (ad(2.492) - 0.05).abs() < 1e-4);
        assert!((ad(3.878) - 0.01).abs() < 1e-5);
        let cvm = |x| cramer_von_mises(x).unwrap().get();
        assert!((cvm(0.347_30) - 0.1).abs() < 1e-4 && (cvm(0.461_36) - 0.05).abs() < 1e-4);
        assert!((cvm(0.743_46) - 0.01).abs() < 1e-5);
    }

    #[test]
    fn the_far_tail_is_that_of_the_largest_weight() {
        // Zolotarev 1961: sqrt 3 P(chi^2 > 2 x) and sqrt 2 P(chi^2 > pi^2 x), each with one degree.
        let leading = |x: f64| crate::tails::chi_square(x, 1.0).unwrap().ln();
        let ad = anderson_darling(4_000.0).unwrap().ln();
        assert!((ad - leading(8_000.0) - 0.5 * 3.0_f64.ln()).abs() < 1e-3, "{ad}");
        let cvm = cramer_von_mises(900.0).unwrap().ln();
        assert!((cvm - leading(PI * PI * 900.0) - 0.5 * 2.0_f64.ln()).abs() < 1e-3, "{cvm}");
    }

    #[test]
    fn ends_are_sure_or_impossible() {
        assert_eq!(anderson_darling(0.0), Ok(PValue::ONE));
        assert_eq!(cramer_von_mises(f64::INFINITY), Ok(PValue::ZERO));
        assert!(cramer_von_mises(f64::NAN).is_err());
        assert!(anderson_darling(0.02).unwrap().get() > 1.0 - 1e-9);
    }
}
