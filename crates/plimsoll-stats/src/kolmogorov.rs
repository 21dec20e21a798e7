//! The distribution of the largest gap between a distribution and what was drawn from it.

use std::f64::consts::{LN_2, PI, TAU};

use crate::incomplete::ln_of_rest;
use crate::p_value::{NotAProbability, PValue};

/// Returns the chance that the root of n times the largest gap is above `x`, for many rows n.
///
/// Kolmogorov 1933, as `scipy.special.kolmogorov`: `2 sum (-1)^(k-1) exp(-2 k^2 x^2)`, whose
/// logarithm is `ln 2 - 2 x^2` in the tail; below 1 the theta function's other form, which
/// converges there.
///
/// # Errors
/// `x` is NaN.
pub fn limit(x: f64) -> Result<PValue, NotAProbability> {
    PValue::from_ln(ln_limit(x))
}

fn ln_limit(x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let terms = 1..=4;
    if x < 1.0 {
        let power = |k: u32| -f64::from((2 * k - 1).pow(2)) * PI * PI / (8.0 * x * x);
        let below: f64 = terms.map(|k| power(k).exp()).sum();
        return ln_of_rest((below * TAU.sqrt() / x).ln());
    }
    // The first term is taken out, the rest is small next to it.
    let sign = |k: u32| if k.is_multiple_of(2) { -1.0 } else { 1.0 };
    let power = |k: u32| -2.0 * f64::from(k * k - 1) * x * x;
    let rest: f64 = terms.skip(1).map(|k| sign(k) * power(k).exp()).sum();
    LN_2 - 2.0 * x * x + rest.ln_1p()
}
