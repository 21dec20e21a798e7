//! The distribution of the largest gap between a distribution and a given number of draws.
//!
//! Parted as Simard and L'Ecuyer 2011, "Computing the two-sided Kolmogorov-Smirnov distribution",
//! part it, and scipy after them; each part is a known formula.

use std::f64::consts::{LN_2, PI, TAU};

use crate::incomplete::ln_of_rest;
use crate::kolmogorov;
use crate::p_value::{NotAProbability, PValue};
use crate::saddle::{ln_binomial, stirling_error};

/// Up to so many rows the chance is computed for the very number.
const MOST_ROWS: u64 = 1_000_000;

/// Up to so many rows the two-sided distribution is computed exactly.
const FEW_ROWS: u64 = 140;

/// Returns the chance that `rows` draws are nowhere nearer than `distance` to the distribution that
/// they are from: `scipy.stats.kstwo.sf`.
///
/// Exact up to 140 rows and in the far tail, to five digits and more elsewhere; above a million
/// rows the limit with its first correction (Maag and Dicaire 1971). O(rows) at most.
///
/// # Errors
/// The distance is NaN, or there are no rows.
pub(crate) fn one_sample(distance: f64, rows: u64) -> Result<PValue, NotAProbability> {
    if distance.is_nan() || rows == 0 {
        return Err(NotAProbability(f64::NAN));
    }
    let n = rows as f64;
    if rows > MOST_ROWS {
        return kolmogorov::limit(n.sqrt() * distance + 1.0 / (6.0 * n.sqrt()));
    }
    PValue::from_ln(ln_upper(distance, rows))
}

fn ln_upper(d: f64, rows: u64) -> f64 {
    let n = rows as f64;
    let (steps, squared) = (n * d, n * d * d);
    if steps <= 0.5 {
        return 0.0;
    }
    if d >= 1.0 {
        return f64::NEG_INFINITY;
    }
    if steps <= 1.0 {
        // Every draw has its own cell: n! (2 d - 1/n)^n (Ruben and Gambino 1982).
        let ln_ways = stirling_error(n) + 0.5 * (TAU * n).ln() - n;
        return ln_of_rest(ln_ways + n * (2.0 * steps - 1.0).ln());
    }
    if steps >= n - 1.0 {
        return LN_2 + n * (-d).ln_1p();
    }
    // Both sides at once are out of the question here, to all digits that scipy gives.
    let (one_side, matrix) =
        if rows <= FEW_ROWS { (4.0, true) } else { (2.2, n * d.powf(1.5) <= 1.4) };
    if d >= 0.5 || squared > one_side {
        return LN_2 + ln_one_sided(d, rows);
    }
    ln_of_rest(
        if matrix && rows <= 100_000 { durbin(d, rows) } else { pelz_good(d, n) }.ln().min(0.0),
    )
}

/// The chance that draws lie above their distribution by `d` somewhere: Smirnov's sum over where
/// they first do (Birnbaum and Tingey 1951), `sum C(n, j) (d + j/n)^(j-1) (1 - d - j/n)^(n-j) d`.
fn ln_one_sided(d: f64, rows: u64) -> f64 {
    let n = rows as f64;
    let (mut largest, mut sum) = (f64::NEG_INFINITY, 0.0);
    for j in (0..rows).map(|j| j as f64) {
        let (p, q) = (d + j / n, (n * (1.0 - d) - j) / n);
        if q <= 0.0 {
            break;
        }
        let term = ln_binomial(j, n - j, p, q) + (d / p).ln();
        if term > largest {
            sum = sum * (largest - term).exp() + 1.0;
            largest = term;
        } else {
            sum += (term - largest).exp();
        }
    }
    largest + f64::ln(sum)
}

/// The chance of staying below `d`, by the power of a matrix (Durbin 1973; Marsaglia, Tsang, Wang
/// 2003, "Evaluating Kolmogorov's distribution").
fn durbin(d: f64, rows: u64) -> f64 {
    let n = rows as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 60")]
    let cells = (n * d).ceil() as usize;
    let (side, over) = (2 * cells - 1, (n * d).ceil() - n * d);
    let mut factorials = vec![1.0];
    for k in 1..=side + 1 {
        factorials.push(factorials[k - 1] * k as f64);
    }
    let powers: Vec<f64> = (0..=side + 1)
        .scan(1.0, |power, _| {
            let now = *power;
            *power *= over;
            Some(now)
        })
        .collect();
    let mut step = Square::zero(side);
    for i in 0..side {
        for j in 0..=(i + 1).min(side - 1) {
            let mut entry = 1.0;
            // The first column and the last row lose what is cut off at the border.
            if j == 0 {
                entry -= powers[i + 1];
            }
            if i == side - 1 {
                entry -= powers[side - j];
            }
            if j == 0 && i == side - 1 {
                entry += (2.0 * over - 1.0).max(0.0).powf(side as f64);
            }
            step.cells[i * side + j] = entry / factorials[i + 1 - j];
        }
    }
    let power = step.power(rows);
    let ln_ways = stirling_error(n) + 0.5 * (TAU * n).ln() - n;
    power.cells[(cells - 1) * side + cells - 1] * (ln_ways + power.ln_scale).exp()
}

/// A square matrix times a number, which is held by its logarithm.
struct Square {
    side: usize,
    cells: Vec<f64>,
    ln_scale: f64,
}

impl Square {
    fn zero(side: usize) -> Self {
        Self { side, cells: vec![0.0; side * side], ln_scale: 0.0 }
    }

    fn times(&self, other: &Self) -> Self {
        let side = self.side;
        let mut product = Self::zero(side);
        product.ln_scale = self.ln_scale + other.ln_scale;
        for (row, into) in self.cells.chunks(side).zip(product.cells.chunks_mut(side)) {
            for (factor, other) in row.iter().zip(other.cells.chunks(side)) {
                into.iter_mut().zip(other).for_each(|(into, other)| *into += factor * other);
            }
        }
        let largest = product.cells.iter().fold(0.0, |largest: f64, cell| largest.max(*cell));
        if largest > 1e100 {
            product.cells.iter_mut().for_each(|cell| *cell /= largest);
            product.ln_scale += largest.ln();
        }
        product
    }

    /// Multiplies by squaring; `times` is at least 1.
    fn power(self, times: u64) -> Self {
        if times <= 1 {
            return self;
        }
        let squared = self.times(&self);
        let even = squared.power(times / 2);
        if times.is_multiple_of(2) { even } else { even.times(&self) }
    }
}

/// The chance of staying below `d`, as a series in the root of n (Pelz and Good 1976).
fn pelz_good(d: f64, n: f64) -> f64 {
    let z = n.sqrt() * d;
    let (z2, z4, z6) = (z * z, z.powi(4), z.powi(6));
    let (pi2, pi4, pi6) = (PI.powi(2), PI.powi(4), PI.powi(6));
    let mut sums = [0.0; 4];
    for k in 1..=20 {
        let odd = f64::from(2 * k - 1) / 2.0;
        let (h2, h4, h6) = (odd.powi(2), odd.powi(4), odd.powi(6));
        let factor = (-pi2 * h2 / (2.0 * z2)).exp();
        sums[0] += factor;
        sums[1] += (pi2 * h2 - z2) * factor;
        sums[2] +=
            (6.0 * z6 + 2.0 * z4 + pi2 * (2.0 * z4 - 5.0 * z2) * h2 + pi4 * (1.0 - 2.0 * z2) * h4)
                * factor;
        sums[3] += (pi6 * h6 * (5.0 - 30.0 * z2)
            + pi4 * h4 * (-60.0 * z2 + 212.0 * z4)
            + pi2 * h2 * (135.0 * z4 - 96.0 * z6)
            - 30.0 * z6
            - 90.0 * z4 * z4)
            * factor;
        let whole = f64::from(k * k);
        let factor = (-pi2 * whole / (2.0 * z2)).exp();
        // On the same footing as the sums above, which are divided below.
        sums[2] -= 2.0 * z4 * pi2 * whole * factor;
        sums[3] += 30.0 * z4 * pi2 * whole * (3.0 * z2 - pi2 * whole) * factor;
    }
    let [first, second, third, fourth] = sums;
    let root = n.sqrt();
    TAU.sqrt()
        * (first / z
            + second / (6.0 * z4 * root)
            + third / (72.0 * z4 * z2 * z * n)
            + fourth / (6_480.0 * z4 * z6 * n * root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_scipy() {
        let printed = include_str!("../references/two_samples.txt");
        let lines: Vec<_> = printed.lines().filter(|line| line.starts_with("kstwo-p")).collect();
        assert!(lines.len() > 30);
        for line in lines {
            let words: Vec<_> = line.split(' ').collect();
            let expected: f64 = words[3].parse().unwrap();
            let p = one_sample(words[2].parse().unwrap(), words[1].parse().unwrap()).unwrap().get();
            assert!((p - expected).abs() <= 1e-9 * expected, "{line}: {p}");
        }
    }

    #[test]
    fn many_rows_go_over_into_the_limit() {
        let z = |rows: u64, at: f64| one_sample(at / (rows as f64).sqrt(), rows).unwrap().ln();
        for at in [0.6, 1.2, 3.0] {
            let (below, above) = (z(MOST_ROWS, at), z(MOST_ROWS + 1, at));
            assert!((below / above - 1.0).abs() < 1e-5, "{at}: {below} {above}");
        }
    }

    #[test]
    fn ends_are_sure_or_impossible() {
        assert_eq!(one_sample(0.0, 9), Ok(PValue::ONE));
        assert_eq!(one_sample(1.0, 9), Ok(PValue::ZERO));
        assert!(one_sample(f64::NAN, 9).is_err() && one_sample(0.5, 0).is_err());
    }
}
