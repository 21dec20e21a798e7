//! How far out a number is: tails of the usual distributions, on logarithms.
//!
//! Where a survival function underflows to 0 its logarithm does not: the upper 3,000 of a
//! chi-square with 5 degrees of freedom is `e^-1489`. Relative errors of the logarithm are below
//! 1e-12, of p itself below 1e-9.

use crate::incomplete::{ln_beta_lower, ln_gamma_upper, ln_of_rest};
use crate::p_value::{NotAProbability, PValue};

/// Returns the chance that a standard normal number is above `z`.
///
/// # Errors
/// `z` is NaN.
pub fn normal(z: f64) -> Result<PValue, NotAProbability> {
    PValue::from_ln(ln_normal(z))
}

/// Returns the chance that a standard normal number is further from 0 than `z`.
///
/// # Errors
/// `z` is NaN.
pub fn normal_two_sided(z: f64) -> Result<PValue, NotAProbability> {
    Ok(normal(z.abs())?.bonferroni(2))
}

/// Returns the chance that Student's t with `degrees` of freedom is above `t`.
///
/// # Errors
/// `t` is NaN, or there are no degrees of freedom.
pub fn student(t: f64, degrees: f64) -> Result<PValue, NotAProbability> {
    let beyond = student_two_sided(t, degrees)?.ln() - std::f64::consts::LN_2;
    PValue::from_ln(if t < 0.0 { ln_of_rest(beyond) } else { beyond })
}

/// From here on Student's t is a normal number, stretched.
const MANY_DEGREES: f64 = 1e6;

/// Returns the chance that Student's t with `degrees` of freedom is further from 0 than `t`.
///
/// # Errors
/// `t` is NaN, or there are no degrees of freedom.
pub fn student_two_sided(t: f64, degrees: f64) -> Result<PValue, NotAProbability> {
    // A t whose square no float holds is taken as nearer, which makes p larger.
    let t = if t.is_infinite() { t } else { t.clamp(-1e150, 1e150) };
    if degrees > MANY_DEGREES {
        // Hill 1970, "Student's t-distribution", of which no more is felt with so many.
        let spread = (degrees - 0.5) * (t * t / degrees).ln_1p();
        let z = if degrees.is_infinite() { t } else { spread.sqrt() };
        return normal_two_sided(z);
    }
    // The square of t has an F distribution with 1 and these degrees of freedom.
    f(t * t, 1.0, degrees)
}

/// Returns the chance that a chi-square with `degrees` of freedom is above `x`; without any
/// degree it is 0, so that is sure for `x` below 0 only, and p is 1 at 0.
///
/// # Errors
/// `x` is NaN, or the degrees of freedom are NaN or negative.
pub fn chi_square(x: f64, degrees: f64) -> Result<PValue, NotAProbability> {
    if x.is_nan() || degrees.is_nan() || degrees < 0.0 {
        return Err(NotAProbability(f64::NAN));
    }
    if degrees == 0.0 {
        return Ok(if x > 0.0 { PValue::ZERO } else { PValue::ONE });
    }
    PValue::from_ln(ln_gamma_upper(degrees / 2.0, x / 2.0))
}

/// Returns the chance that Fisher's F with `over` and `under` degrees of freedom is above `x`.
///
/// With more than 1e8 degrees under a few over, digits go; without end it is a chi-square.
///
/// # Errors
/// `x` is NaN, or one of the degrees of freedom is not above 0.
pub fn f(x: f64, over: f64, under: f64) -> Result<PValue, NotAProbability> {
    if x.is_nan() || over.is_nan() || under.is_nan() || over <= 0.0 || under <= 0.0 {
        return Err(NotAProbability(f64::NAN));
    }
    if x <= 0.0 {
        return Ok(PValue::ONE);
    }
    if under.is_infinite() {
        return chi_square(x * over, over);
    }
    let ratio = x * over / under;
    let (share, rest) = (1.0 / (1.0 + ratio), 1.0 / (1.0 + 1.0 / ratio));
    PValue::from_ln(ln_beta_lower(under / 2.0, over / 2.0, share, rest))
}

/// Returns the chance of at least `hits` hits in `draws` draws that each hit with `chance`.
///
/// # Errors
/// `chance` is not in 0 to 1.
pub fn binomial(hits: u64, draws: u64, chance: f64) -> Result<PValue, NotAProbability> {
    PValue::of(chance)?;
    if hits == 0 {
        return Ok(PValue::ONE);
    }
    if hits > draws {
        return Ok(PValue::ZERO);
    }
    let (a, b) = (hits as f64, (draws - hits + 1) as f64);
    PValue::from_ln(ln_beta_lower(a, b, chance, 1.0 - chance))
}

fn ln_normal(z: f64) -> f64 {
    if z < 0.0 {
        return ln_of_rest(ln_normal(-z));
    }
    // The square of a normal number is a chi-square with one degree of freedom; without the square,
    // which overflows, a z above 1e150 is taken as nearer.
    let square = if z.is_infinite() { z } else { z.clamp(-1e150, 1e150).powi(2) };
    ln_gamma_upper(0.5, square / 2.0) - std::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_degrees_of_freedom_are_normal() {
        let (student, normal) = (student(30.0, 1e15).unwrap(), normal(30.0).unwrap());
        assert!((student.ln() / normal.ln() - 1.0).abs() < 1e-9);
        assert_eq!(f(3.0, 2.0, f64::INFINITY), chi_square(6.0, 2.0));
        assert!(super::student(1e200, 3.0).unwrap() > PValue::ZERO);
    }

    #[test]
    fn ends_are_sure_or_impossible_and_nan_is_neither() {
        assert_eq!(normal(f64::INFINITY), Ok(PValue::ZERO));
        assert_eq!(normal(f64::NEG_INFINITY), Ok(PValue::ONE));
        assert_eq!(student_two_sided(0.0, 3.0), Ok(PValue::ONE));
        assert_eq!(student_two_sided(f64::NEG_INFINITY, 3.0), Ok(PValue::ZERO));
        assert_eq!(chi_square(0.0, 4.0), Ok(PValue::ONE));
        assert_eq!(chi_square(f64::INFINITY, 4.0), Ok(PValue::ZERO));
        assert_eq!(chi_square(0.0, 0.0), Ok(PValue::ONE));
        assert_eq!(f(f64::INFINITY, 2.0, 3.0), Ok(PValue::ZERO));
        assert_eq!(binomial(0, 4, 0.2), Ok(PValue::ONE));
        assert_eq!(binomial(5, 4, 0.2), Ok(PValue::ZERO));
        assert_eq!(binomial(4, 4, 1.0), Ok(PValue::ONE));
        assert_eq!(binomial(1, 4, 0.0), Ok(PValue::ZERO));
        let nan = f64::NAN;
        assert!(normal(nan).is_err() && student(nan, 3.0).is_err() && student(1.0, nan).is_err());
        assert!(student(1.0, 0.0).is_err() && chi_square(nan, 2.0).is_err());
        assert!(chi_square(1.0, -2.0).is_err() && f(1.0, nan, 2.0).is_err());
        assert!(f(nan, 1.0, 2.0).is_err() && binomial(1, 2, nan).is_err());
    }
}
