//! Distances between distribution functions that are in the unit of the numbers.

use crate::permutation::{Permutation, pooled};
use crate::steps::{Step, Steps};
use crate::sum::sum;
use crate::tested::{NoAnswer, Tested, finite};

/// Returns the Wasserstein distance, how far a row has to move on average: `int |F - G|`.
///
/// Also called earth mover's distance, of order 1 (Vaserstein 1969), as
/// `scipy.stats.wasserstein_distance`. It is in the unit of the numbers; a few rows that moved far
/// count as much as many that moved a little.
///
/// # Errors
/// A number is infinite, or the distance leaves the range of floats.
pub fn wasserstein(samples: &Steps) -> Result<f64, NoAnswer> {
    integral(samples, f64::abs)
}

/// Returns the Wasserstein distance in standard deviations (divided by n) of the first sample.
///
/// What monitoring tools compare with 0.1 (Evidently's "Wasserstein distance (normed)", which puts
/// 0.001 in place of a smaller deviation; here a constant first sample is nothing to measure by).
///
/// # Errors
/// As [`wasserstein`], or all rows of the first sample have one value.
pub fn normed(samples: &Steps) -> Result<f64, NoAnswer> {
    let distance = wasserstein(samples)?;
    let [rows, _] = samples.sizes();
    let first = || samples.steps().iter().filter(|step| step.rows[0] > 0);
    if first().nth(1).is_none() {
        return Err(NoAnswer::Constant);
    }
    let share = |step: &Step| step.rows[0] as f64 / rows;
    let mean = sum(first().map(|step| share(step) * step.value));
    let variance = sum(first().map(|step| share(step) * (step.value - mean).powi(2)));
    finite(distance / finite(variance)?.sqrt())
}

/// Returns the energy distance, `sqrt(2 int (F - G)^2)`.
///
/// Székely and Rizzo 2013; the root of `2 E|X - Y| - E|X - X'| - E|Y - Y'|`, as
/// `scipy.stats.energy_distance`. Its unit is the root of that of the numbers.
///
/// # Errors
/// A number is infinite, or the distance leaves the range of floats.
pub fn energy(samples: &Steps) -> Result<f64, NoAnswer> {
    Ok((2.0 * integral(samples, |gap| gap * gap)?).sqrt())
}

/// At most so many rows of a side are dealt anew by [`energy_test`].
pub const MOST_PERMUTED: usize = 5_000;

/// Returns the test that the energy distance is 0; the statistic is the distance of all rows.
///
/// p is by permutation of at most [`MOST_PERMUTED`] rows a side, which are drawn from larger
/// samples. Constants that agree have p 1. O(n log n + resamples * rows dealt).
///
/// # Errors
/// A sample is empty or holds NaN or infinite numbers.
pub fn energy_test(a: &[f64], b: &[f64], permutation: &Permutation) -> Result<Tested, NoAnswer> {
    let samples = Steps::of(a, b)?;
    let statistic = energy(&samples)?;
    if samples.is_constant() {
        return Ok(Tested::NO_DIFFERENCE);
    }
    let thinned = permutation.thinned("energy", &[a, b], MOST_PERMUTED);
    let rows = [thinned[0].len() as f64, thinned[1].len() as f64];
    let (numbers, sides) = pooled(&[&thinned[0], &thinned[1]])?;
    let widths: Vec<f64> = numbers.windows(2).map(|pair| pair[1] - pair[0]).collect();
    // Rows with the same value have no width between them, so their order does not matter.
    let squares = |sides: &[u8]| {
        let (mut upto, mut sum) = ([0.0, 0.0], 0.0);
        for (&side, width) in sides.iter().zip(&widths) {
            upto[usize::from(side)] += 1.0;
            let gap = upto[0] / rows[0] - upto[1] / rows[1];
            sum += gap * gap * width;
        }
        sum
    };
    let (p, basis) = permutation.p("energy", squares(&sides), sides, squares);
    Ok(Tested { statistic, p, basis })
}

/// Integrates a function of the gap between both distribution functions over the numbers.
fn integral(samples: &Steps, of: impl Fn(f64) -> f64) -> Result<f64, NoAnswer> {
    samples.check_finite()?;
    let [n, m] = samples.sizes();
    let mut upto = [0, 0];
    let parts = samples.steps().windows(2).map(|pair| {
        upto = [upto[0] + pair[0].rows[0], upto[1] + pair[0].rows[1]];
        of(upto[0] as f64 / n - upto[1] as f64 / m) * (pair[1].value - pair[0].value)
    });
    finite(sum(parts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::p_value::PValue;

    #[test]
    fn a_shift_is_the_distance() {
        let shifted = Steps::of(&[1.0, 3.0, 5.0], &[3.0, 7.0, 5.0]).unwrap();
        assert!((wasserstein(&shifted).unwrap() - 2.0).abs() < 1e-12);
        assert!((normed(&shifted).unwrap() - 2.0 / (8.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        let same = Steps::of(&[1.0, 2.0], &[1.0, 2.0, 1.0, 2.0]).unwrap();
        assert!(wasserstein(&same).unwrap().abs() < 1e-15 && energy(&same).unwrap().abs() < 1e-15);
    }

    #[test]
    fn a_constant_reference_is_nothing_to_measure_by() {
        let samples = Steps::of(&[0.1; 3], &[0.2]).unwrap();
        assert_eq!(normed(&samples), Err(NoAnswer::Constant));
    }

    #[test]
    fn infinite_numbers_have_no_distance() {
        let samples = Steps::of(&[1.0, f64::INFINITY], &[1.0]).unwrap();
        assert!(matches!(wasserstein(&samples), Err(NoAnswer::Sample(_))));
        assert!(energy(&samples).is_err() && normed(&samples).is_err());
        let far = Steps::of(&[f64::MAX], &[f64::MIN]).unwrap();
        assert_eq!(wasserstein(&far), Err(NoAnswer::OutOfRange));
    }

    #[test]
    fn the_energy_test_sees_a_shift_and_nothing_else() {
        let permutation = Permutation::few(199);
        let wave = |rows: u32, shift: f64| -> Vec<f64> {
            (0..rows).map(|row| (1.7 * f64::from(row)).sin() + shift).collect()
        };
        let p = |a: &[f64], b: &[f64]| energy_test(a, b, &permutation).unwrap().p;
        assert!(p(&wave(60, 0.0), &wave(40, 0.0)).get() > 0.2);
        assert!((p(&wave(60, 0.0), &wave(40, 2.0)).get() - 1.0 / 200.0).abs() < 1e-12);
        assert_eq!(p(&[2.0; 9], &[2.0; 4]), PValue::ONE);
        assert_eq!(p(&[1.0], &[2.0]), PValue::ONE);
    }
}
