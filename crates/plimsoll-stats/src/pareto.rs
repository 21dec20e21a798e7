//! Tails beyond a threshold: the generalised Pareto law.
//!
//! What is left of a distribution beyond a high threshold is nearly this law, whatever the
//! distribution (Pickands 1975; Balkema and de Haan 1974). So a quantile that lies beyond
//! all rows can be told from them: peaks over a threshold (Coles 2001; Siffer et al. 2017).

use crate::sample::{SampleError, check_numbers};
use crate::sum::sum;

/// How many places are tried for the maximum of a likelihood before it is closed in on.
const PLACES: u32 = 120;

/// How many times the bracket of a maximum or of a root is narrowed.
const STEPS: u32 = 120;

/// Excesses over a threshold, of which the largest may be known only to be large.
///
/// What is censored counts as "at least so large": a few wild values then say that there is a tail,
/// and nothing about its shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Excesses {
    /// Those that are known, in any order.
    known: Vec<f64>,
    /// How many are censored, and at what.
    censored: (f64, f64),
}

/// The generalised Pareto law: `P(X > x) = (1 + shape x / scale)^(-1/shape)`, and
/// `exp(-x / scale)` for shape 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pareto {
    /// How heavy the tail is, at least 0, which is exponential; from 1 on there is no mean.
    pub shape: f64,
    /// The unit of the values, above 0.
    pub scale: f64,
}

impl Excesses {
    /// Takes excesses, all of them known.
    ///
    /// # Errors
    /// There are none, or one is NaN or infinite. Those that are not above 0 are no excesses and are
    /// left out.
    pub fn new(excesses: &[f64]) -> Result<Self, SampleError> {
        Self::censored(excesses, f64::INFINITY)
    }

    /// Takes excesses, of which those above `limit` are censored there.
    ///
    /// # Errors
    /// As [`Excesses::new`].
    pub fn censored(excesses: &[f64], limit: f64) -> Result<Self, SampleError> {
        check_numbers("the excesses", excesses, excesses.len())?;
        let above = excesses.iter().filter(|excess| **excess > limit).count() as f64;
        let is_known = |excess: &&f64| **excess > 0.0 && **excess <= limit;
        let known: Vec<f64> = excesses.iter().filter(is_known).copied().collect();
        if known.is_empty() {
            return Err(SampleError::Empty);
        }
        Ok(Self { known, censored: (above, if above > 0.0 { limit } else { 0.0 }) })
    }

    /// Returns how many there are, censored ones included.
    pub fn count(&self) -> usize {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let censored = self.censored.0 as usize;
        self.known.len() + censored
    }

    /// Returns the law with a shape of at least 0 that makes them likeliest.
    ///
    /// With `theta = shape / scale` the shape is the sum of `ln(1 + theta x)` over the number of known
    /// ones, so that only theta is looked for (Grimshaw 1993): in a grid, then by golden section. Equal
    /// to `scipy.stats.genpareto.fit(floc=0)` where nothing is censored and its shape is above 0;
    /// a lighter tail is taken as an exponential one. O(n).
    pub fn fit(&self) -> Pareto {
        let mut sorted = self.known.clone();
        sorted.sort_by(f64::total_cmp);
        let usual = sorted[sorted.len() / 2];
        let theta = |at: f64| at.exp() / usual;
        let profile = |at: f64| self.log_likelihood(self.at(theta(at)));
        let place = |step: u32| -16.0 + 28.0 * f64::from(step) / f64::from(PLACES);
        let best = (0..=PLACES).max_by(|a, b| profile(place(*a)).total_cmp(&profile(place(*b))));
        let best = best.unwrap_or_default();
        let (low, high) = (place(best.saturating_sub(1)), place((best + 1).min(PLACES)));
        let found = self.at(theta(golden(low, high, profile)));
        let light = self.with_shape(0.0);
        if self.log_likelihood(light) >= self.log_likelihood(found) { light } else { found }
    }

    /// Returns the likeliest law with this shape, which is at least 0: the root of the slope of the
    /// likelihood by the scale.
    pub fn with_shape(&self, shape: f64) -> Pareto {
        let (censored, limit) = self.censored;
        let known = self.known.len() as f64;
        if shape <= 0.0 {
            let scale = (sum(self.known.iter().copied()) + censored * limit) / known;
            return Pareto { shape: 0.0, scale };
        }
        let pull = |x: f64, scale: f64| (x / scale) / (1.0 + shape * x / scale);
        let slope = |scale: f64| {
            let known_pull = sum(self.known.iter().map(|x| pull(*x, scale)));
            (1.0 + shape) * known_pull + censored * pull(limit, scale) - known
        };
        let largest = self.known.iter().copied().fold(limit, f64::max);
        // At a tiny scale each term is near 1 / shape and the slope is above 0, at a large one below.
        let (mut low, mut high) =
            (largest * 1e-12, largest * (2.0 + shape) * (1.0 + censored / known));
        for _ in 0..STEPS {
            let middle = f64::midpoint(low, high);
            if slope(middle) > 0.0 { low = middle } else { high = middle }
        }
        Pareto { shape, scale: f64::midpoint(low, high) }
    }

    /// Returns the likeliest law with this `shape / scale`, which is above 0.
    fn at(&self, theta: f64) -> Pareto {
        let (censored, limit) = self.censored;
        let logs = sum(self.known.iter().map(|x| (theta * x).ln_1p()));
        let shape = (logs + censored * (theta * limit).ln_1p()) / self.known.len() as f64;
        Pareto { shape, scale: shape / theta }
    }

    fn log_likelihood(&self, law: Pareto) -> f64 {
        let (censored, limit) = self.censored;
        // The density is the chance beyond to the power of 1 + shape, over the scale.
        let known = sum(self.known.iter().map(|x| law.ln_beyond(*x) * (1.0 + law.shape)));
        let likelihood =
            known - self.known.len() as f64 * law.scale.ln() + censored * law.ln_beyond(limit);
        if likelihood.is_nan() { f64::NEG_INFINITY } else { likelihood }
    }
}

impl Pareto {
    /// Returns the logarithm of the chance of a value beyond `x`, which is at least 0.
    pub fn ln_beyond(self, x: f64) -> f64 {
        let x = x / self.scale;
        if self.shape == 0.0 {
            return -x;
        }
        -(self.shape * x).ln_1p() / self.shape
    }

    /// Returns the value beyond which a share of `chance` lies, above 0 and at most 1.
    pub fn upper(self, chance: f64) -> f64 {
        let ln = -chance.ln();
        if self.shape == 0.0 {
            self.scale * ln
        } else {
            self.scale * (self.shape * ln).exp_m1() / self.shape
        }
    }
}

/// Returns where `f` is greatest between `low` and `high`, if it has one maximum there.
fn golden(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    const PART: f64 = 0.618_033_988_749_894_9;
    let (mut one, mut two) = (high - PART * (high - low), low + PART * (high - low));
    let (mut at_one, mut at_two) = (f(one), f(two));
    for _ in 0..STEPS {
        if at_one > at_two {
            (high, two, at_two) = (two, one, at_one);
            one = high - PART * (high - low);
            at_one = f(one);
        } else {
            (low, one, at_one) = (one, two, at_two);
            two = low + PART * (high - low);
            at_two = f(two);
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn excesses() -> Vec<f64> {
        let value = |k: u32| 5.0 * ((1.0 - f64::from(7919 * k % 61) / 61.0).powf(-0.4) - 1.0);
        (1..=60).map(|k| (value(k) * 1e6).round() / 1e6).collect()
    }

    fn close(law: Pareto, shape: f64, scale: f64) {
        let near =
            |found: f64, expected: f64| (found - expected).abs() < 1e-6 * expected.abs().max(1.0);
        assert!(near(law.shape, shape) && near(law.scale, scale), "{law:?}");
    }

    #[test]
    fn agrees_with_scipy() {
        // references/tails_of_series.py: scipy 1.17.1 genpareto
        let all = Excesses::new(&excesses()).unwrap();
        close(all.fit(), 0.282_133_919, 2.141_613_379);
        close(all.with_shape(0.2), 0.2, 2.299_982_450);
        let some = Excesses::censored(&excesses(), 10.0).unwrap();
        assert_eq!((some.count(), all.count()), (60, 60));
        close(some.fit(), 0.310_757_129, 2.095_117_404);
        close(some.with_shape(0.2), 0.2, 2.284_813_880);
        let heavy = Pareto { shape: 0.3, scale: 2.0 };
        assert!((heavy.upper(1e-7) - 832.616_941_196_111_8).abs() < 1e-9);
        assert!((heavy.ln_beyond(40.0) + 6.486_367_163_517_711).abs() < 1e-12);
        let light = Pareto { shape: 0.0, scale: 2.0 };
        assert!((light.upper(1e-7) - 32.236_191_301_916_64).abs() < 1e-12);
        assert!((light.ln_beyond(3.0) + 1.5).abs() < 1e-12);
    }

    #[test]
    fn what_is_censored_says_little_about_the_shape() {
        let mut wild = excesses();
        let tame = Excesses::censored(&wild, 10.0).unwrap().fit();
        let most = wild.iter().copied().fold(0.0, f64::max);
        wild.iter_mut().filter(|x| **x >= most).for_each(|x| *x *= 1e9);
        assert_eq!(Excesses::censored(&wild, 10.0).unwrap().fit(), tame);
        let heavy = Excesses::new(&wild).unwrap().fit();
        assert!(heavy.shape > 1.5 * tame.shape, "{heavy:?} {tame:?}");
    }

    #[test]
    fn a_light_tail_is_exponential_and_no_sample_is_an_error() {
        let light: Vec<f64> = (1..=40).map(f64::from).collect();
        close(Excesses::new(&light).unwrap().fit(), 0.0, 20.5);
        assert_eq!(Excesses::new(&[]), Err(SampleError::Empty));
        assert_eq!(Excesses::new(&[0.0, -1.0]), Err(SampleError::Empty));
        assert!(Excesses::new(&[1.0, f64::NAN]).is_err());
        close(Excesses::new(&[3.0]).unwrap().fit(), 0.0, 3.0);
    }

    proptest! {
        #[test]
        fn the_law_follows_the_unit(factor in 1e-6..1e6_f64) {
            let scaled: Vec<f64> = excesses().iter().map(|x| x * factor).collect();
            let (law, plain) = (Excesses::new(&scaled).unwrap().fit(), Excesses::new(&excesses()).unwrap().fit());
            prop_assert!((law.shape - plain.shape).abs() < 1e-6);
            prop_assert!((law.scale / factor / plain.scale - 1.0).abs() < 1e-6);
        }

        #[test]
        fn chances_and_values_undo_each_other(shape in 0.0..2.0_f64, ln in -40.0..0.0_f64) {
            let law = Pareto { shape, scale: 3.0 };
            prop_assert!((law.ln_beyond(law.upper(ln.exp())) - ln).abs() < 1e-9);
        }
    }
}
