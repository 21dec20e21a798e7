//! Mean, variance, skewness and kurtosis, mergeable.

use crate::sample::{SampleError, check_numbers};
use crate::sum::{Sum, sum};

/// The moments of some numbers.
///
/// Those of parts merge to those of the whole by the formulas of Chan, Golub and `LeVeque` 1983 and, for
/// the third and fourth, Pébay 2008. The mean is held with twice the digits of a float, as its
/// rounding is what makes results depend on the chunking where the mean is large next to the
/// deviation; so they agree to 1e-12 however the numbers are cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    rows: u64,
    mean: Twice,
    /// Sums of the second, third and fourth powers of the deviations from the mean.
    powers: [f64; 3],
    least: f64,
    largest: f64,
}

impl Default for Moments {
    fn default() -> Self {
        let (least, largest) = (f64::INFINITY, f64::NEG_INFINITY);
        Self { rows: 0, mean: Twice { high: 0.0, low: 0.0 }, powers: [0.0; 3], least, largest }
    }
}

impl Moments {
    /// Returns the moments of `numbers`. O(n).
    ///
    /// # Errors
    /// There are none, or one of them is NaN or infinite.
    pub fn of(numbers: &[f64]) -> Result<Self, SampleError> {
        check_numbers("the numbers", numbers, numbers.len())?;
        let n = numbers.len() as f64;
        let high = sum(numbers.iter().map(|number| number / n));
        let low = sum(numbers.iter().map(|number| number - high)) / n;
        let mut powers = [Sum::default(); 3];
        for number in numbers {
            let deviation = (number - high) - low;
            let square = deviation * deviation;
            powers[0].add(square);
            powers[1].add(square * deviation);
            powers[2].add(square * square);
        }
        Ok(Self {
            rows: numbers.len() as u64,
            mean: Twice { high, low: 0.0 }.plus(low),
            powers: powers.map(Sum::value),
            least: numbers.iter().copied().fold(f64::INFINITY, f64::min),
            largest: numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }

    /// Takes in one more number. NaN or an infinite one leaves moments without a value.
    pub fn push(&mut self, number: f64) {
        let mean = Twice { high: number, low: 0.0 };
        self.merge(&Self { rows: 1, mean, powers: [0.0; 3], least: number, largest: number });
    }

    /// Takes in the numbers of another part.
    pub fn merge(&mut self, other: &Self) {
        if self.rows == 0 || other.rows == 0 {
            if self.rows == 0 {
                *self = *other;
            }
            return;
        }
        let (n, m) = (self.rows as f64, other.rows as f64);
        let all = n + m;
        let (here, there) = (n / all, m / all);
        let apart = other.mean.less(self.mean);
        let square = apart * apart;
        let ([a2, a3, a4], [b2, b3, b4]) = (self.powers, other.powers);
        let weight = n * there;
        self.powers = [
            a2 + b2 + square * weight,
            a3 + b3
                + square * apart * weight * (here - there)
                + 3.0 * apart * (here * b2 - there * a2),
            a4 + b4
                + square * square * weight * (here * here - here * there + there * there)
                + 6.0 * square * (here * here * b2 + there * there * a2)
                + 4.0 * apart * (here * b3 - there * a3),
        ];
        self.mean = self.mean.plus(apart * there);
        self.rows += other.rows;
        self.least = self.least.min(other.least);
        self.largest = self.largest.max(other.largest);
    }

    /// Returns how many numbers there are.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns whether all numbers are the same, or there is none.
    pub fn is_constant(&self) -> bool {
        self.least >= self.largest
    }

    /// Returns the smallest and the largest number.
    pub fn range(&self) -> Option<(f64, f64)> {
        (self.rows > 0).then_some((self.least, self.largest))
    }

    /// Returns the mean; nothing of no numbers or where the sum leaves the range of floats.
    pub fn mean(&self) -> Option<f64> {
        let mean = self.mean.high + self.mean.low;
        (self.rows > 0 && mean.is_finite()).then_some(mean)
    }

    /// Returns the variance, divided by n - 1; nothing of fewer than two numbers or out of range.
    pub fn variance(&self) -> Option<f64> {
        (self.rows > 1).then(|| self.square() / (self.rows - 1) as f64).filter(|v| v.is_finite())
    }

    /// Returns the variance, divided by n; nothing of no numbers or out of range.
    pub fn population_variance(&self) -> Option<f64> {
        (self.rows > 0).then(|| self.square() / self.rows as f64).filter(|v| v.is_finite())
    }

    /// Returns the skewness `m3 / m2^(3/2)` of the moments divided by n, as `scipy.stats.skew`: 0 if
    /// symmetric, above if the upper tail is the longer one. Constants have none.
    pub fn skewness(&self) -> Option<f64> {
        let variance = self.varying()?;
        let third = self.powers[1] / self.rows as f64;
        Some(third / (variance * variance.sqrt())).filter(|skewness| skewness.is_finite())
    }

    /// Returns the kurtosis `m4 / m2^2 - 3` of the moments divided by n, as `scipy.stats.kurtosis`: 0
    /// of normal numbers, above with heavier tails. Constants have none.
    pub fn kurtosis(&self) -> Option<f64> {
        let variance = self.varying()?;
        let fourth = self.powers[2] / self.rows as f64;
        Some(fourth / (variance * variance) - 3.0).filter(|kurtosis| kurtosis.is_finite())
    }

    /// The sum of squared deviations; of constants exactly 0, which rounding may miss.
    pub(crate) fn square(&self) -> f64 {
        if self.is_constant() { 0.0 } else { self.powers[0] }
    }

    fn varying(&self) -> Option<f64> {
        self.population_variance().filter(|&variance| variance > 0.0)
    }
}

/// A number with twice the digits of a float: the sum of both, `low` below half a unit of `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Twice {
    high: f64,
    low: f64,
}

impl Twice {
    fn plus(self, term: f64) -> Self {
        // Knuth's two-sum, which loses nothing, then brought into order again.
        let high = self.high + term;
        let part = high - self.high;
        let lost = (self.high - (high - part)) + (term - part);
        let low = self.low + lost;
        let sum = high + low;
        Self { high: sum, low: low - (sum - high) }
    }

    fn less(self, other: Self) -> f64 {
        let difference = self.plus(-other.high).plus(-other.low);
        difference.high + difference.low
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(moments: &Moments) -> [f64; 4] {
        [
            moments.mean().unwrap(),
            moments.variance().unwrap(),
            moments.skewness().unwrap(),
            moments.kurtosis().unwrap(),
        ]
    }

    #[test]
    fn what_does_not_vary_has_no_shape() {
        let constant = Moments::of(&[0.1; 3]).unwrap();
        assert_eq!((constant.variance(), constant.skewness()), (Some(0.0), None));
        assert_eq!(constant.kurtosis(), None);
        let one = Moments::of(&[4.0]).unwrap();
        assert_eq!((one.mean(), one.variance(), one.range()), (Some(4.0), None, Some((4.0, 4.0))));
        let none = Moments::default();
        assert_eq!((none.mean(), none.population_variance(), none.range()), (None, None, None));
    }

    #[test]
    fn what_is_no_number_has_no_moments() {
        assert_eq!(Moments::of(&[]), Err(SampleError::Empty));
        assert!(Moments::of(&[1.0, f64::INFINITY]).is_err());
        let mut pushed = Moments::of(&[1.0, 2.0]).unwrap();
        pushed.push(f64::NAN);
        assert_eq!((pushed.mean(), pushed.variance(), pushed.skewness()), (None, None, None));
        assert_eq!(Moments::of(&[1e200, -1e200]).unwrap().variance(), None);
        assert_eq!(Moments::of(&[1e100, 2e100, 9e100]).unwrap().kurtosis(), None);
    }

    #[test]
    fn a_large_mean_does_not_cost_digits() {
        // The numbers less 1e9, which is exact, have the same deviations.
        let near: Vec<f64> = (0..1_000).map(|row| f64::from(row * row % 97) / 8.0).collect();
        let far: Vec<f64> = near.iter().map(|number| number + 1e9).collect();
        let (near, whole) = (Moments::of(&near).unwrap(), Moments::of(&far).unwrap());
        let mut pushed = Moments::default();
        for &number in &far {
            pushed.push(number);
        }
        for found in [&whole, &pushed] {
            for (found, expected) in all(found).iter().zip(all(&near)).skip(1) {
                assert!((found - expected).abs() < 1e-12 * expected.abs().max(1.0));
            }
        }
    }

    proptest! {
        #[test]
        fn how_the_numbers_are_cut_does_not_matter(
            numbers in prop::collection::vec(-50.0..50.0_f64, 2..300),
            cuts in prop::collection::vec(1_usize..40, 1..30),
            offset in prop::sample::select(vec![0.0, 1e3, -1e7]),
        ) {
            let numbers: Vec<f64> = numbers.iter().map(|number| number + offset).collect();
            let whole = Moments::of(&numbers).unwrap();
            let mut rest = numbers.as_slice();
            let (mut forwards, mut parts) = (Moments::default(), Vec::new());
            for cut in cuts.iter().cycle() {
                let (part, after) = rest.split_at((*cut).min(rest.len()));
                if part.is_empty() {
                    break;
                }
                parts.push(Moments::of(part).unwrap());
                rest = after;
            }
            for part in &parts {
                forwards.merge(part);
            }
            let mut backwards = Moments::default();
            for part in parts.iter().rev() {
                backwards.merge(part);
            }
            let mut pushed = Moments::default();
            for &number in &numbers {
                pushed.push(number);
            }
            prop_assume!(!whole.is_constant());
            for found in [forwards, backwards, pushed] {
                prop_assert_eq!((found.rows(), found.range()), (whole.rows(), whole.range()));
                for (found, expected) in all(&found).iter().zip(all(&whole)) {
                    prop_assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0));
                }
            }
        }
    }
}
