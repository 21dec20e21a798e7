//! Losses row by row.

use crate::estimate::NoValue;

/// How far outside [0, 1] a probability may lie, and how far from 1 a sum of them: what 32-bit
/// models round to.
const ROUNDING: f64 = 1e-6;
const ROUNDING_OF_SUM: f64 = 1e-3;

/// The losses of each row's probabilities.
#[derive(Clone, Debug)]
pub(crate) struct Losses {
    /// `-ln` of the probability of the truth, which is clipped at the epsilon of 64-bit floats as
    /// `sklearn.metrics.log_loss` does.
    pub(crate) log: Vec<f64>,
    /// The squared error of the probabilities.
    pub(crate) squared: Vec<f64>,
    /// Rows of which the probability was clipped although it was wrong.
    pub(crate) clipped_rows: usize,
}

impl Losses {
    /// Computes the losses of probabilities of the positive class; the squared error is that of
    /// this class alone.
    pub(crate) fn of_binary(positive: &[bool], probability: &[f64]) -> Result<Self, NoValue> {
        check(probability.iter().map(|&probability| is_probability(probability)))?;
        let of_truth: Vec<f64> = positive
            .iter()
            .zip(probability)
            .map(|(&positive, &probability)| if positive { probability } else { 1.0 - probability })
            .collect();
        let squared = of_truth.iter().map(|truth| (1.0 - truth).powi(2)).collect();
        Ok(Self::new(&of_truth, squared))
    }

    /// Computes the losses of one probability for each class, row after row; the squared errors
    /// of all classes are added up.
    pub(crate) fn of_classes(
        truth: &[u32],
        probability: &[f64],
        classes: u32,
    ) -> Result<Self, NoValue> {
        let rows = || probability.chunks_exact(classes as usize);
        let add_up = |row: &[f64]| (row.iter().sum::<f64>() - 1.0).abs() <= ROUNDING_OF_SUM;
        check(rows().map(|row| row.iter().all(|&p| is_probability(p)) && add_up(row)))?;
        let of_truth: Vec<f64> =
            rows().zip(truth).map(|(row, &truth)| row[truth as usize]).collect();
        let squared = rows()
            .zip(truth)
            .map(|(row, &truth)| {
                let squares = |(class, p): (usize, &f64)| {
                    if class == truth as usize { (1.0 - p).powi(2) } else { p * p }
                };
                row.iter().enumerate().map(squares).sum()
            })
            .collect();
        Ok(Self::new(&of_truth, squared))
    }

    fn new(of_truth: &[f64], squared: Vec<f64>) -> Self {
        let log =
            of_truth.iter().map(|p| -p.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()).collect();
        let clipped_rows = of_truth.iter().filter(|&&p| p < f64::EPSILON).count();
        Self { log, squared, clipped_rows }
    }
}

/// Returns the loss of a predicted quantile of this level, between 0 and 1: `level` times how far
/// the target lies above it, or `1 - level` times how far below (Koenker and Bassett 1978).
pub(crate) fn pinball(target: f64, prediction: f64, level: f64) -> f64 {
    let error = target - prediction;
    if error >= 0.0 { level * error } else { (level - 1.0) * error }
}

/// Returns whether `p` is a probability but for the rounding of 32-bit models.
pub(crate) fn is_probability(p: f64) -> bool {
    (-ROUNDING..=1.0 + ROUNDING).contains(&p)
}

fn check(rows: impl Iterator<Item = bool>) -> Result<(), NoValue> {
    let rows = rows.filter(|fine| !fine).count();
    if rows == 0 { Ok(()) } else { Err(NoValue::NotProbabilities { rows }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certain_wrong_answer_is_clipped_and_counted() {
        let losses = Losses::of_binary(&[true, false], &[0.0, 0.0]).unwrap();
        // sklearn 1.9.1: log_loss([1, 0], [0.0, 0.0]) = 18.02...
        assert!(
            (f64::midpoint(losses.log[0], losses.log[1]) - 18.021_826_694_558_577).abs() < 1e-9
        );
        assert_eq!((losses.clipped_rows, losses.squared), (1, vec![1.0, 0.0]));
    }

    #[test]
    fn scores_that_are_no_probabilities_are_counted() {
        let binary = Losses::of_binary(&[true, false, true], &[1.2, 0.5, -3.0]);
        assert_eq!(binary.unwrap_err(), NoValue::NotProbabilities { rows: 2 });
        let classes = Losses::of_classes(&[0, 1], &[0.5, 0.5, 0.5, 0.4], 2);
        assert_eq!(classes.unwrap_err(), NoValue::NotProbabilities { rows: 1 });
        assert!(Losses::of_binary(&[true], &[1.000_000_1]).is_ok(), "rounded by a 32-bit model");
    }
}
