//! Mean, standard deviation and skewness.

use serde::{Deserialize, Serialize};

use super::real;

/// How many sums run beside each other: what is added up does not wait for what was.
const LANES: usize = 8;

/// Sums of powers of deviations from the mean, merged by the formulas of Chan, Golub and `LeVeque`
/// (1983) and Pébay (2008).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Moments {
    count: u64,
    #[serde(with = "real")]
    mean: f64,
    #[serde(with = "real")]
    second: f64,
    #[serde(with = "real")]
    third: f64,
}

impl Moments {
    /// Returns the moments of `values`, which are finite.
    pub fn of(values: &[f64]) -> Self {
        if values.is_empty() {
            return Self::default();
        }
        let n = as_float(values.len() as u64);
        let [sum] = sums(values, |value| [value]);
        let near = sum / n;
        let [first, second, third] = sums(values, |value| {
            let apart = value - near;
            [apart, apart * apart, apart * apart * apart]
        });
        // What rounding left between `near` and the mean is taken out of the powers.
        let rest = first / n;
        Self {
            count: values.len() as u64,
            mean: near + rest,
            second: second - n * rest * rest,
            third: third - 3.0 * rest * second + 2.0 * n * rest * rest * rest,
        }
    }

    /// Returns the moments of one value that is there `count` times.
    pub fn repeated(value: f64, count: u64) -> Self {
        Self { count, mean: value, second: 0.0, third: 0.0 }
    }

    /// Takes in the moments of other values.
    pub fn merge(&mut self, other: &Self) {
        if self.count == 0 || other.count == 0 {
            if self.count == 0 {
                *self = *other;
            }
            return;
        }
        let (a, b) = (as_float(self.count), as_float(other.count));
        let n = a + b;
        let apart = other.mean - self.mean;
        let step = apart / n;
        self.third += other.third
            + apart * step * step * a * b * (a - b)
            + 3.0 * step * (a * other.second - b * self.second);
        self.second += other.second + apart * step * a * b;
        self.mean += step * b;
        self.count += other.count;
    }

    /// Returns how many values there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns the mean; none without values, or where it is beyond what floats hold.
    pub fn mean(&self) -> Option<f64> {
        Some(self.mean).filter(|mean| self.count > 0 && mean.is_finite())
    }

    /// Returns the sample variance (divided by n - 1); none of fewer than two values.
    pub fn variance(&self) -> Option<f64> {
        let freedom = self.count.checked_sub(1).filter(|freedom| *freedom > 0)?;
        let variance = self.second.max(0.0) / as_float(freedom);
        Some(variance).filter(|variance| variance.is_finite())
    }

    /// Returns the sample standard deviation; none of fewer than two values.
    pub fn standard_deviation(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }

    /// Returns the skewness `m3 / m2^1.5` (biased, as `scipy.stats.skew`); none where all values
    /// are equal.
    pub fn skewness(&self) -> Option<f64> {
        let n = as_float(self.count);
        let second = self.second / n;
        // Equal values may differ from their mean by rounding.
        let noise = (self.mean.abs() * f64::EPSILON).powi(2);
        if self.count < 2 || !second.is_finite() || second <= noise {
            return None;
        }
        Some(self.third / n / second.powf(1.5)).filter(|skewness| skewness.is_finite())
    }
}

/// Sums up what `of` makes of each value.
#[inline]
fn sums<const N: usize>(values: &[f64], of: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    let (groups, rest) = values.as_chunks::<LANES>();
    let mut lanes = [[0.0; LANES]; N];
    for group in groups {
        for lane in 0..LANES {
            let parts = of(group[lane]);
            for power in 0..N {
                lanes[power][lane] += parts[power];
            }
        }
    }
    for (lane, &value) in rest.iter().enumerate() {
        let parts = of(value);
        for power in 0..N {
            lanes[power][lane] += parts[power];
        }
    }
    lanes.map(|lanes| lanes.iter().sum())
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
fn as_float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: Option<f64>, b: Option<f64>, scale: f64) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * scale.max(a.abs()).max(b.abs()),
            (a, b) => a == b,
        }
    }

    #[test]
    fn agrees_with_numpy_and_scipy() {
        // numpy 2.4.6, scipy 1.17.1: x.mean(), x.std(ddof=1), scipy.stats.skew(x)
        let values = [0.61, 0.29, 0.06, 0.59, -1.73, -0.74, 0.51, -0.56, 0.39, 1.64];
        let moments = Moments::of(&values);
        assert!(close(moments.mean(), Some(0.106), 1.0));
        assert!(close(moments.standard_deviation(), Some(0.922_041_213_829_403_6), 1.0));
        assert!(close(moments.skewness(), Some(-0.469_713_124_665_270_7), 1.0));
    }

    #[test]
    fn nothing_and_constants_have_no_shape() {
        assert_eq!(Moments::of(&[]).mean(), None);
        assert_eq!(Moments::of(&[3.0]).standard_deviation(), None);
        let constant = Moments::of(&[0.1; 1000]);
        assert!(close(constant.mean(), Some(0.1), 1.0));
        assert_eq!(constant.skewness(), None);
        assert!(constant.standard_deviation().unwrap() < 1e-15);
        assert_eq!(Moments::of(&[1e308, -1e308]).standard_deviation(), None);
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(
            values in prop::collection::vec(-1e3..1e3_f64, 3..300),
            offset in prop::sample::select(vec![0.0, 1e4]),
            at in 0..100_usize,
        ) {
            let values: Vec<f64> = values.iter().map(|value| value + offset).collect();
            let (a, b) = values.split_at(values.len() * at / 100);
            let whole = Moments::of(&values);
            let mut merged = Moments::of(a);
            merged.merge(&Moments::of(b));
            prop_assert!(close(whole.mean(), merged.mean(), 1.0));
            prop_assert!(close(whole.variance(), merged.variance(), 1e3));
            let (a, b) = (whole.skewness().unwrap_or(0.0), merged.skewness().unwrap_or(0.0));
            prop_assert!((a - b).abs() < 1e-9, "{a} {b}");
        }
    }
}
