//! How far two numbers may be apart and still count as equal.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The largest distance of two numbers that count as equal, a finite number from 0.
///
/// The distance of `a` and `b` is `|a - b| / max(1, |a|, |b|)`: relative for large numbers, absolute
/// for those around 0, where what rounding left over has no scale of its own.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Tolerance(f64);

/// The text or number is no tolerance.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no tolerance (expected a number from 0, such as `1e-6`)")]
pub struct ParseToleranceError(String);

impl Tolerance {
    /// What single precision keeps of a number, about.
    pub const USUAL: Self = Self(1e-6);

    /// Returns the number.
    pub fn get(self) -> f64 {
        self.0
    }

    /// Tells whether `distance` is within it.
    pub fn holds(self, distance: f64) -> bool {
        // Not of NaN, and not of infinity, as the tolerance is finite.
        distance <= self.0
    }

    /// Returns how far `a` and `b` are apart: 0 where they are the same, infinity where one of them
    /// is not finite and the other is something else.
    pub fn distance(a: f64, b: f64) -> f64 {
        if a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()) {
            return 0.0;
        }
        if !(a.is_finite() && b.is_finite()) {
            return f64::INFINITY;
        }
        // Scaled first, so that the difference of two large numbers does not overflow.
        let scale = a.abs().max(b.abs()).max(1.0);
        (a / scale - b / scale).abs()
    }
}

impl TryFrom<f64> for Tolerance {
    type Error = ParseToleranceError;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        if value.is_finite() && value >= 0.0 {
            Ok(Self(value))
        } else {
            Err(ParseToleranceError(value.to_string()))
        }
    }
}

impl From<Tolerance> for f64 {
    fn from(tolerance: Tolerance) -> Self {
        tolerance.0
    }
}

impl FromStr for Tolerance {
    type Err = ParseToleranceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = |_| ParseToleranceError(text.chars().take(100).collect());
        text.parse::<f64>().map_err(refused)?.try_into()
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:e}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_relative_for_large_numbers_and_absolute_for_small_ones() {
        let distance = Tolerance::distance;
        assert!((distance(1000.0, 1001.0) - 1.0 / 1001.0).abs() < 1e-15);
        assert!((distance(0.001, 0.002) - 0.001).abs() < 1e-15);
        assert!(distance(0.0, 1e-300) > 0.0);
        assert!((distance(f64::MAX, f64::MIN) - 2.0).abs() < 1e-15);
        assert!(distance(0.0, -0.0).abs() < f64::MIN_POSITIVE);
        assert!(distance(f64::NAN, f64::NAN).abs() < f64::MIN_POSITIVE);
        assert!(distance(f64::INFINITY, f64::INFINITY).abs() < f64::MIN_POSITIVE);
        for (a, b) in [(f64::NAN, 1.0), (f64::INFINITY, f64::NEG_INFINITY), (1.0, f64::INFINITY)] {
            let apart = distance(a, b);
            assert!(apart.is_infinite() && !Tolerance::USUAL.holds(apart), "{a} {b}");
        }
    }

    #[test]
    fn a_tolerance_is_a_finite_number_from_0() {
        assert!("0".parse::<Tolerance>().unwrap().holds(0.0));
        assert_eq!("1e-6".parse::<Tolerance>().unwrap(), Tolerance::USUAL);
        assert_eq!(Tolerance::USUAL.to_string(), "1e-6");
        for bad in ["-1", "inf", "nan", "few", ""] {
            assert!(bad.parse::<Tolerance>().is_err(), "{bad}");
        }
    }
}
