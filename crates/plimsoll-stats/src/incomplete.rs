//! Logarithms of the incomplete gamma and beta functions, right in the far tail.
//!
//! Prefactor by [`crate::saddle`], then the series or the continued fraction by Lentz's method as
//! Thompson and Barnett 1986 modified it (DLMF 8.11.4, 8.9.2, 8.17.22). The number of steps grows
//! with the root of the parameters, so it is bounded for all counts that fit in memory.

use crate::saddle::{ln_binomial, ln_poisson};

const STEPS: u32 = 1_000_000;

/// Smallest denominator of a continued fraction.
const NEAR_ZERO: f64 = 1e-300;

/// Returns `ln Q(a, x)`, the upper regularised incomplete gamma function, for `a > 0`.
pub(crate) fn ln_gamma_upper(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x.is_infinite() {
        return f64::NEG_INFINITY;
    }
    let front = ln_poisson(a, x);
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0, 1.0);
        for k in 1..STEPS {
            term *= x / (a + f64::from(k));
            sum += term;
            if term < 1e-17 * sum {
                break;
            }
        }
        return ln_of_rest(front + sum.ln());
    }
    // Q = x^a e^-x / Gamma(a) * 1/(x + 1 - a - 1 (1 - a)/(x + 3 - a - ...))
    let fraction = lentz(x + 1.0 - a, |k| {
        let k = f64::from(k);
        (-k * (k - a), x + 2.0 * k + 1.0 - a)
    });
    front + a.ln() - fraction.ln()
}

/// Returns `ln I_x(a, b)`, the lower regularised incomplete beta function, for `a, b > 0`.
///
/// `y = 1 - x` is given apart as it may be the more exact of the two.
pub(crate) fn ln_beta_lower(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if y <= 0.0 {
        return 0.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return ln_of_rest(ln_beta_fraction(b, a, y, x));
    }
    ln_beta_fraction(a, b, x, y)
}

fn ln_beta_fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let front = ln_binomial(a, b, x, y) + (b / (a + b)).ln();
    let fraction = lentz(1.0, |k| {
        let half = f64::from(k / 2);
        let at = a + 2.0 * half;
        let numerator = if k.is_multiple_of(2) {
            half * (b - half) * x / ((at - 1.0) * at)
        } else {
            -(a + half) * (a + b + half) * x / (at * (at + 1.0))
        };
        (numerator, 1.0)
    });
    front - fraction.ln()
}

/// Returns `b_0 + a_1/(b_1 + a_2/(b_2 + ...))`, where `step` gives `(a_k, b_k)`.
fn lentz(first: f64, step: impl Fn(u32) -> (f64, f64)) -> f64 {
    let away = |x: f64| if x.abs() < NEAR_ZERO { NEAR_ZERO } else { x };
    let mut value = away(first);
    let (mut c, mut d) = (value, 0.0);
    for k in 1..STEPS {
        let (numerator, denominator) = step(k);
        d = 1.0 / away(denominator + numerator * d);
        c = away(denominator + numerator / c);
        let change = c * d;
        value *= change;
        // One unit in the last place either way; it may never be less.
        if (change - 1.0).abs() < 3e-16 {
            break;
        }
    }
    value
}

/// Returns the logarithm of 1 less the number with the logarithm `ln`.
pub(crate) fn ln_of_rest(ln: f64) -> f64 {
    if ln >= 0.0 {
        return f64::NEG_INFINITY;
    }
    // The form of Maechler 2012: each keeps its digits on its side of ln 1/2.
    if ln > -std::f64::consts::LN_2 { (-ln.exp_m1()).ln() } else { (-ln.exp()).ln_1p() }
}
