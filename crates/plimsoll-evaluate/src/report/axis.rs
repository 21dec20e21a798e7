//! Places on an axis that people can read.

/// An axis from `low` to `high`, drawn between two pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    pub low: f64,
    pub high: f64,
    pub from: f64,
    pub to: f64,
}

impl Axis {
    /// Makes an axis that shows all of `values`; where all are equal it still has a length.
    pub(crate) fn over(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let mut low = f64::INFINITY;
        let mut high = f64::NEG_INFINITY;
        for value in values.filter(|value| value.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        if high - low <= 0.0 {
            let half = if low == 0.0 { 0.5 } else { low.abs() * 0.1 };
            (low, high) = (low - half, high + half);
        }
        Self { low, high, from, to }
    }

    /// Returns the pixel of `value`.
    pub(crate) fn at(&self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// Returns four to seven round numbers on the axis, with as many digits as tell them apart.
    pub(crate) fn ticks(&self) -> Vec<(f64, String)> {
        let rough = (self.high - self.low) / 5.5;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
        let step = step.into_iter().find(|step| *step >= rough).unwrap_or(10.0 * power);
        // Digits of 0.02 are two; a rest of the logarithm must not make them three.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 12")]
        let digits = (-(step * 1.000_001).log10().floor()).clamp(0.0, 12.0) as usize;
        let wide = self.high.abs().max(self.low.abs()) >= 1e6 || digits > 5;
        let mut ticks = Vec::new();
        let mut tick = (self.low / step - 1e-9).ceil() * step;
        while tick <= self.high + step * 1e-9 && ticks.len() < 12 {
            // Adding up leaves a tiny rest beside zero.
            let value = if tick.abs() < step * 1e-9 { 0.0 } else { tick };
            let label = if wide { format!("{value:.1e}") } else { format!("{value:.digits$}") };
            ticks.push((value, label));
            tick += step;
        }
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        let labels = |low, high| {
            let axis = Axis { low, high, from: 0.0, to: 100.0 };
            axis.ticks().into_iter().map(|(_, label)| label).collect::<Vec<_>>()
        };
        assert_eq!(labels(0.0, 1.0), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(-3.0, 977.0), ["0", "200", "400", "600", "800"]);
        assert_eq!(labels(0.142, 0.18), ["0.15", "0.16", "0.17", "0.18"]);
        assert_eq!(labels(0.0, 2e6), ["0.0e0", "5.0e5", "1.0e6", "1.5e6", "2.0e6"]);
    }

    #[test]
    fn constants_and_nothing_have_a_length() {
        let axis = Axis::over([3.0, f64::NAN].into_iter(), 0.0, 10.0);
        assert!(axis.at(3.0) > 4.9 && axis.at(3.0) < 5.1);
        assert!(Axis::over(std::iter::empty(), 0.0, 10.0).at(0.5).is_finite());
    }
}
