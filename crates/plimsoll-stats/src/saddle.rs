//! Probabilities of counts without cancellation.
//!
//! Loader 2000, "Fast and accurate computation of binomial probabilities": the large terms of the
//! logarithm of a binomial or Poisson probability nearly cancel, so they are taken together as a
//! deviance, and what Stirling's formula leaves out is added as a small correction. The error then
//! is a few units in the last place however large the counts. Counts may be fractions, which makes
//! these the prefactors of the incomplete gamma and beta functions too.

use std::f64::consts::TAU;

use statrs::function::gamma::ln_gamma;

/// Returns `ln n! - ln(sqrt(2 pi n) (n/e)^n)`, what Stirling's formula lacks, for `n > 0`.
pub(crate) fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        return ln_gamma(n + 1.0) - (n + 0.5) * n.ln() + n - 0.5 * TAU.ln();
    }
    let inverse = 1.0 / (n * n);
    // Bernoulli numbers B_2k / (2k (2k - 1)); the first term left out is below 3e-18.
    let terms = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1_260.0,
        -1.0 / 1_680.0,
        1.0 / 1_188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
    ];
    terms.iter().rev().fold(0.0, |rest, term| rest * inverse + term) / n
}

/// Returns `x ln(x / mean) + mean - x`, at least 0, for `x >= 0` and `mean > 0`.
///
/// The `difference` of x less the mean is given apart as it may be known better than either.
pub(crate) fn deviance(x: f64, mean: f64, difference: f64) -> f64 {
    if x == 0.0 {
        return mean;
    }
    if difference.abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() - difference;
    }
    // With v = (x - mean)/(x + mean), ln(x/mean) = 2 (v + v^3/3 + v^5/5 + ...).
    let v = difference / (x + mean);
    let mut sum = difference * v;
    let mut power = 2.0 * x * v;
    for k in 1..1_000 {
        power *= v * v;
        let term = power / f64::from(2 * k + 1);
        sum += term;
        if term.abs() < 1e-17 * sum {
            break;
        }
    }
    sum
}

/// Returns the logarithm of `C(x + rest, x) p^x q^rest`, with `q = 1 - p` given apart as it may be
/// the more exact of the two.
pub(crate) fn ln_binomial(x: f64, rest: f64, p: f64, q: f64) -> f64 {
    if x < 0.0 || rest < 0.0 || (p == 0.0 && x > 0.0) || (q == 0.0 && rest > 0.0) {
        return f64::NEG_INFINITY;
    }
    let n = x + rest;
    let ln_of = |share: f64, other: f64| if share > 0.5 { (-other).ln_1p() } else { share.ln() };
    if x == 0.0 {
        return if n > 0.0 { n * ln_of(q, p) } else { 0.0 };
    }
    if rest == 0.0 {
        return n * ln_of(p, q);
    }
    // x - n p = n q - rest; the smaller chance has the digits.
    let difference = if p < q { x - n * p } else { n * q - rest };
    stirling_error(n)
        - stirling_error(x)
        - stirling_error(rest)
        - deviance(x, n * p, difference)
        - deviance(rest, n * q, -difference)
        + 0.5 * (n / (TAU * x * rest)).ln()
}

/// Returns the logarithm of `mean^x e^-mean / x!`, for `x > 0`.
pub(crate) fn ln_poisson(x: f64, mean: f64) -> f64 {
    if mean == 0.0 {
        return f64::NEG_INFINITY;
    }
    -stirling_error(x) - deviance(x, mean, x - mean) - 0.5 * (TAU * x).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-13 * expected.abs().max(1.0), "{found} {expected}");
    }

    #[test]
    fn agrees_with_exact_arithmetic() {
        // references/significance.py: mpmath 1.3.0 with 50 digits
        close(ln_binomial(3.0, 7.0, 0.25, 0.75), -1.385_165_847_740_092_3);
        close(ln_binomial(5e5, 5e5, 0.5, 0.5), -7.133_546_881_626_865);
        close(ln_binomial(2.5, 6.75, 0.3, 0.7), -1.275_896_209_588_295_3);
        close(ln_binomial(0.0, 1e6, 1e-12, 1.0), -1.000_000_000_000_5e-6);
        close(ln_poisson(2_000.0, 2_010.0), -4.744_348_407_563_886);
    }

    #[test]
    fn impossible_counts_have_no_chance() {
        assert!(ln_binomial(1.0, 2.0, 0.0, 1.0).is_infinite());
        assert!(ln_binomial(4.0, -1.0, 0.5, 0.5).is_infinite());
        close(ln_binomial(0.0, 0.0, 0.5, 0.5), 0.0);
        close(ln_binomial(3.0, 0.0, 1.0, 0.0), 0.0);
    }
}
