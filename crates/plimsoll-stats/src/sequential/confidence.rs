//! A running interval of a mean, to be shown.

use serde::{Deserialize, Serialize};

use super::{SequentialError, between_0_and_1};
use crate::interval::Ends;

/// From this row on there is an interval: before, the variance is not known well enough.
pub const FIRST_ROW: u64 = 100;

/// An asymptotic confidence sequence of a mean (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas
/// 2021): with many rows, the chance that it misses the mean at any row is at most the error.
///
/// It is for the eye. With few rows and strongly skewed numbers it misses more often than it says,
/// so nothing is judged by it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ConfidenceSequence {
    error: f64,
    announced: u64,
    seen: u64,
    mean: f64,
    /// The sum of squared deviations from the mean.
    squares: f64,
}

impl ConfidenceSequence {
    /// Starts a sequence that is narrowest, for its width, near the `announced` number of rows.
    ///
    /// # Errors
    /// The error is not between 0 and 1.
    pub fn new(error: f64, announced: u64) -> Result<Self, SequentialError> {
        let error = between_0_and_1("the error of the interval", error)?;
        Ok(Self { error, announced: announced.max(1), seen: 0, mean: 0.0, squares: 0.0 })
    }

    /// Takes in a number; what is not finite is left out and false is returned.
    pub fn see(&mut self, number: f64) -> bool {
        let apart = number - self.mean;
        if !apart.is_finite() {
            return false;
        }
        self.seen += 1;
        self.mean += apart / self.seen as f64;
        self.squares += apart * (number - self.mean);
        true
    }

    /// Returns the mean so far; nothing of no rows.
    pub fn mean(&self) -> Option<f64> {
        (self.seen > 0).then_some(self.mean)
    }

    /// Returns the two-sided interval, from row 100 on and once rows differ: `mean +- sd sqrt(2 (t R + 1)/(t^2 R) ln(sqrt(t
    /// R + 1)/a))` with `R = 2 ln(1/a) / announced`.
    pub fn interval(&self) -> Option<Ends> {
        let half = self.reach(|grown| (grown.sqrt() / self.error).ln())?;
        Some(Ends { low: self.mean - half, high: self.mean + half })
    }

    /// Returns the lower end of the one-sided interval, likewise, with `ln(1 + sqrt(t R +
    /// 1)/(2 a))` for the logarithm.
    pub fn low(&self) -> Option<f64> {
        Some(self.mean - self.reach(|grown| (grown.sqrt() / (2.0 * self.error)).ln_1p())?)
    }

    fn reach(&self, ln: impl Fn(f64) -> f64) -> Option<f64> {
        // Rows that are all alike do not say how others will vary.
        if self.seen < FIRST_ROW || self.squares <= 0.0 {
            return None;
        }
        let rows = self.seen as f64;
        let rate = -2.0 * self.error.ln() / self.announced as f64;
        let grown = rows * rate + 1.0;
        let deviation = (self.squares / (rows - 1.0)).max(0.0).sqrt();
        Some(deviation * (2.0 * grown / (rows * rows * rate) * ln(grown)).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_formula_written_out() {
        // references/sequential.py
        let mut sequence = ConfidenceSequence::new(0.05, 5_000).unwrap();
        for row in 0..800 {
            assert_eq!(sequence.interval().is_some(), row >= 100);
            sequence.see((0.7 * f64::from(row)).sin().exp());
        }
        let near = |found: f64, expected: f64| {
            assert!((found - expected).abs() < 1e-9, "{found} not {expected}");
        };
        let ends = sequence.interval().unwrap();
        near(sequence.mean().unwrap(), 1.265_766_441_610_124_9);
        near(ends.low, 1.158_456_967_287_141_4);
        near(ends.high, 1.373_075_915_933_108_3);
        near(sequence.low().unwrap(), 1.169_028_414_197_726_3);
    }

    #[test]
    fn rows_that_are_all_alike_have_no_interval() {
        let mut sequence = ConfidenceSequence::new(0.05, 5_000).unwrap();
        (0..300).for_each(|_| _ = sequence.see(0.01));
        assert!(sequence.interval().is_none() && sequence.low().is_none());
        sequence.see(-1.0);
        assert!(sequence.interval().is_some_and(|ends| ends.low < ends.high));
    }

    #[test]
    fn what_is_no_number_is_left_out() {
        let mut sequence = ConfidenceSequence::new(0.05, 0).unwrap();
        assert!(
            sequence.mean().is_none() && !sequence.see(f64::NAN) && !sequence.see(f64::INFINITY)
        );
        assert!(sequence.see(2.0) && sequence.mean() == Some(2.0));
        assert!(ConfidenceSequence::new(0.0, 10).is_err());
    }
}
