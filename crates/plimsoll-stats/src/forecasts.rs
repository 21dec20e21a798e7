//! Forecasts compared over time: the test of Diebold and Mariano.

use std::f64::consts::{PI, SQRT_2};
use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use crate::estimate::Estimate;
use crate::interval::{Ends, Interval, Level, Method};
use crate::p_value::PValue;
use crate::quantile::student_upper;
use crate::sample::{SampleError, check_numbers};
use crate::sum::sum;
use crate::tails;

/// From so many horizons of rows on, the rectangular window holds its level.
const LONG: usize = 40;

/// The most cosines: more degrees of freedom change nothing that could be seen.
const MOST_COSINES: usize = 200;

/// The losses of two forecasters over time, compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DieboldMariano {
    /// The mean loss of the champion less that of the challenger, with the interval of the test.
    ///
    /// Its blocks are stretches of one horizon, so that fewer than ten of them are not enough for
    /// a verdict.
    pub gain: Estimate,
    /// The standard error of the gain.
    pub error: f64,
    /// The degrees of freedom of its t.
    pub degrees: f64,
    /// How the standard error was estimated.
    pub variance: Variance,
    /// The two-sided p-value of equal losses.
    pub p: PValue,
}

/// How the variance of a mean over time was estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variance {
    /// Autocovariances up to the horizon less one with equal weights, and the factor of Harvey,
    /// Leybourne and Newbold.
    Rectangular,
    /// The mean square of projections on slow cosines.
    Cosine,
    /// The gain is the same in every row: there is none.
    None,
}

/// Compares the losses of two forecasters of the same series, made `horizon` steps ahead from
/// successive origins.
///
/// Errors of forecasts h steps ahead overlap, so they go together up to lag h - 1. From 40 horizons
/// on: the variance of Diebold and Mariano 1995 with the rectangular window and, with Student's t
/// of n - 1, the factor `sqrt((n + 1 - 2h + h (h - 1)/n)/n)` of Harvey, Leybourne and Newbold 1997.
/// Below, or where that variance is not positive: the equal-weighted cosine estimate with
/// `clip(n / 4h, 4, n^(2/3) / sqrt h)` terms and as many degrees of freedom (Lazarus, Lewis, Stock
/// and Watson 2018). For a relative gain g give the champion's losses times `1 - g`.
///
/// # Errors
/// There are no rows, the lengths differ, or a loss is NaN or infinite, or so large that sums are.
pub fn diebold_mariano(
    champion: &[f64],
    challenger: &[f64],
    horizon: NonZeroUsize,
    level: Level,
) -> Result<DieboldMariano, SampleError> {
    check_numbers("the champion's loss", champion, champion.len())?;
    check_numbers("the challenger's loss", challenger, champion.len())?;
    let gains: Vec<f64> = champion.iter().zip(challenger).map(|(old, new)| old - new).collect();
    check_numbers("the gain", &gains, gains.len())?;
    let (rows, horizon) = (gains.len(), horizon.get());
    let mean = sum(gains.iter().copied()) / rows as f64;
    let (variance, error, degrees) = error_of_mean(&gains, mean, horizon);
    check_numbers("the spread of the gain", &[mean, error], 2)?;
    let (interval, p) = if error > 0.0 {
        let ends = |level: Level| {
            let half = student_upper(level.tail(), degrees) * error;
            Ends { low: mean - half, high: mean + half }
        };
        let p = tails::student_two_sided(mean / error, degrees).unwrap_or(PValue::ONE);
        (Interval::new(level, ends, Method::DieboldMariano, None), p)
    } else {
        let p = if mean == 0.0 { PValue::ONE } else { PValue::ZERO };
        (Interval::constant(level, mean, Method::DieboldMariano), p)
    };
    let gain = Estimate {
        value: mean,
        interval: Some(interval),
        rows,
        blocks: Some(rows / horizon),
        clipped_rows: 0,
    };
    Ok(DieboldMariano { gain, error, degrees, variance, p })
}

impl DieboldMariano {
    /// Returns the one-sided p-value of a gain of no more than `required`.
    pub fn p_above(&self, required: f64) -> PValue {
        let distance = self.gain.value - required;
        if self.error > 0.0 {
            return tails::student(distance / self.error, self.degrees).unwrap_or(PValue::ONE);
        }
        if distance > 0.0 { PValue::ZERO } else { PValue::ONE }
    }
}

/// Returns the standard error of the mean of what overlaps, with its rule and degrees of freedom.
fn error_of_mean(gains: &[f64], mean: f64, horizon: usize) -> (Variance, f64, f64) {
    let (n, h) = (gains.len() as f64, horizon as f64);
    let first = gains[0].to_bits();
    if gains.iter().all(|gain| gain.to_bits() == first) {
        return (Variance::None, 0.0, n - 1.0);
    }
    if gains.len() / LONG >= horizon {
        let variance = rectangular(gains, mean, horizon);
        let factor = ((n + 1.0 - 2.0 * h + h * (h - 1.0) / n) / n).sqrt();
        if variance > 0.0 {
            return (Variance::Rectangular, (variance / n).sqrt() / factor, n - 1.0);
        }
    }
    let terms = cosines(gains.len(), horizon);
    (Variance::Cosine, (cosine(gains, mean, terms) / n).sqrt(), terms as f64)
}

/// The sum of autocovariances up to lag h - 1 on both sides: each row times the sum of its
/// neighbours, by running sums.
fn rectangular(gains: &[f64], mean: f64, horizon: usize) -> f64 {
    let mut so_far = Vec::with_capacity(gains.len() + 1);
    so_far.push(0.0);
    let mut total = 0.0;
    for gain in gains {
        total += gain - mean;
        so_far.push(total);
    }
    let around = |row: usize| {
        let end = (row + horizon).min(gains.len());
        so_far[end] - so_far[(row + 1).saturating_sub(horizon)]
    };
    let terms = gains.iter().enumerate().map(|(row, gain)| (gain - mean) * around(row));
    sum(terms) / gains.len() as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and small")]
fn cosines(rows: usize, horizon: usize) -> usize {
    let most = ((rows as f64).powf(2.0 / 3.0) / (horizon as f64).sqrt()) as usize;
    most.clamp(4, MOST_COSINES).min((rows / 4 / horizon).max(4))
}

/// The mean square of the projections on the first cosines of the unit interval, which are
/// orthogonal to the mean.
fn cosine(gains: &[f64], mean: f64, terms: usize) -> f64 {
    let n = gains.len() as f64;
    let projection = |term: usize| {
        let angle = |row: usize| PI * term as f64 * (row as f64 + 0.5) / n;
        let parts = gains.iter().enumerate();
        sum(parts.map(|(row, gain)| (gain - mean) * angle(row).cos())) * SQRT_2 / n.sqrt()
    };
    sum((1..=terms).map(|term| projection(term).powi(2))) / terms as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Margin, Outcome, outcome};

    fn losses(rows: u32) -> (Vec<f64>, Vec<f64>) {
        let champion = |i: f64| ((0.7 * i).sin() + 0.5 * (2.3 * i + 1.0).sin()).abs() + 0.08;
        let challenger = |i: f64| ((0.7 * i).sin() + 0.4 * (1.9 * i).sin()).abs();
        let rows = || (0..rows).map(f64::from);
        (rows().map(champion).collect(), rows().map(challenger).collect())
    }

    fn compare(rows: u32, horizon: usize) -> DieboldMariano {
        let (champion, challenger) = losses(rows);
        let horizon = NonZeroUsize::new(horizon).unwrap();
        diebold_mariano(&champion, &challenger, horizon, Level::USUAL).unwrap()
    }

    #[test]
    fn agrees_with_the_published_formulas() {
        // references/comparison.py, lag by lag; columns: rows, horizon, rule, mean, t, degrees of
        // freedom, "two-sided p", p, both ends
        let mut compared = 0;
        for line in include_str!("../references/comparison.txt").lines() {
            let Some(words) = line.strip_prefix("dm ") else { continue };
            let words: Vec<&str> = words.split(' ').collect();
            let [rows, horizon, rule, mean, t, degrees, _, _, p, low, high] = words[..] else {
                panic!("unreadable: {line}")
            };
            let found = compare(rows.parse().unwrap(), horizon.parse().unwrap());
            let interval = found.gain.interval.unwrap();
            for (found, expected) in [
                (found.gain.value, mean),
                (found.gain.value / found.error, t),
                (found.degrees, degrees),
                (found.p.get(), p),
                (interval.low, low),
                (interval.high, high),
            ] {
                let expected: f64 = expected.parse().unwrap();
                assert!((found / expected - 1.0).abs() < 1e-9, "{line}: {found}");
            }
            assert_eq!(format!("{:?}", found.variance).to_lowercase(), rule);
            compared += 1;
        }
        assert_eq!(compared, 5);
    }

    #[test]
    fn fewer_than_ten_horizons_decide_nothing() {
        let tolerant = Margin::no_worse_than(10.0).unwrap();
        assert_eq!(outcome(&compare(239, 24).gain, tolerant), Outcome::Inconclusive);
        assert_eq!(outcome(&compare(240, 24).gain, tolerant), Outcome::Pass);
        assert_eq!(outcome(&compare(19, 1).gain, tolerant), Outcome::Inconclusive);
    }

    #[test]
    fn the_one_sided_p_goes_with_the_interval() {
        let found = compare(400, 7);
        let low = found.gain.interval.unwrap().low;
        assert!((found.p_above(low).get() - 0.025).abs() < 1e-9);
        assert!((found.p_above(0.0).get() * 2.0 / found.p.get() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn what_never_varies_is_said() {
        let (losses, h) = ([1.0; 30], NonZeroUsize::MIN);
        let same = diebold_mariano(&losses, &losses, h, Level::USUAL).unwrap();
        assert_eq!((same.p, same.variance), (PValue::ONE, Variance::None));
        let less = diebold_mariano(&losses, &[0.5; 30], h, Level::USUAL).unwrap();
        assert_eq!((less.p, less.p_above(0.6)), (PValue::ZERO, PValue::ONE));
        assert!(less.gain.interval.unwrap().is_approximate());
        let single = diebold_mariano(&[1.0], &[2.0], h, Level::USUAL).unwrap();
        assert!(!single.gain.is_enough_evidence());
    }

    #[test]
    fn losses_that_are_no_numbers_are_refused() {
        let h = NonZeroUsize::MIN;
        assert!(diebold_mariano(&[], &[], h, Level::USUAL).is_err());
        assert!(diebold_mariano(&[1.0, f64::NAN], &[1.0, 2.0], h, Level::USUAL).is_err());
        assert!(diebold_mariano(&[1.0, 2.0], &[1.0], h, Level::USUAL).is_err());
        let huge = diebold_mariano(&[1e308, -1e308, 0.0], &[-1e308, 0.0, 3.0], h, Level::USUAL);
        assert!(huge.is_err(), "{huge:?}");
    }
}
