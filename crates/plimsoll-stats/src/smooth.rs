//! Statistics that are smooth functions of column sums.

/// A statistic that is computed from sums of columns, and its derivative.
///
/// It must not change when all sums are multiplied by one number (every mean, ratio of sums and
/// share of a variance is like that), so that the sizes of resamples may vary.
pub trait Smooth: Send + Sync {
    /// The columns that it reads, in the order in which [`value`](Self::value) takes their sums.
    fn columns(&self) -> &[usize];

    /// Returns the statistic of these sums, or nothing where it is not defined.
    fn value(&self, sums: &[f64]) -> Option<f64>;

    /// Writes the derivative by each sum, where [`value`](Self::value) is defined.
    fn gradient(&self, sums: &[f64], gradient: &mut [f64]);

    /// The scale on which it is nearest to symmetric.
    fn scale(&self) -> Scale;
}

/// A scale on which an interval is computed before it is carried back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// As it is: differences and means of either sign.
    Identity,
    /// `ln x` for errors and costs, which are positive.
    Log,
    /// `ln(x / (1 - x))` for shares.
    Logit,
    /// `atanh x` for what lies between -1 and 1, such as correlations (Fisher's z).
    Atanh,
    /// `-ln(1 - x)` for what is at most 1, such as R2 and relative gains.
    LogOfRest,
}

impl Scale {
    /// Carries a value to this scale; an end of its range becomes infinite.
    pub fn forward(self, x: f64) -> f64 {
        match self {
            Self::Identity => x,
            Self::Log => x.ln(),
            Self::Logit => x.ln() - (-x).ln_1p(),
            Self::Atanh => x.atanh(),
            Self::LogOfRest => -(-x).ln_1p(),
        }
    }

    /// Returns the derivative of [`forward`](Self::forward).
    pub fn slope(self, x: f64) -> f64 {
        match self {
            Self::Identity => 1.0,
            Self::Log => 1.0 / x,
            Self::Logit => 1.0 / (x * (1.0 - x)),
            Self::Atanh => 1.0 / (1.0 - x * x),
            Self::LogOfRest => 1.0 / (1.0 - x),
        }
    }

    /// Carries a value of this scale back.
    pub fn back(self, g: f64) -> f64 {
        match self {
            Self::Identity => g,
            Self::Log => g.exp(),
            Self::Logit => 1.0 / (1.0 + (-g).exp()),
            Self::Atanh => g.tanh(),
            Self::LogOfRest => -(-g).exp_m1(),
        }
    }

    /// Returns whether `x` is at an end of the range, where this scale is infinite.
    pub fn is_edge(self, x: f64) -> bool {
        !self.forward(x).is_finite()
    }
}

/// What is made of a ratio before it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The ratio `q` itself.
    Plain,
    /// `sqrt q`.
    Root,
    /// `1 - q`.
    Rest,
    /// `1 - sqrt q`.
    RestOfRoot,
}

impl Form {
    fn value(self, q: f64) -> Option<f64> {
        match self {
            Self::Plain => Some(q),
            Self::Rest => Some(1.0 - q),
            Self::Root => (q >= 0.0).then(|| q.sqrt()),
            Self::RestOfRoot => (q >= 0.0).then(|| 1.0 - q.sqrt()),
        }
    }

    fn slope(self, q: f64) -> f64 {
        match self {
            Self::Plain => 1.0,
            Self::Rest => -1.0,
            Self::Root => 0.5 / q.sqrt(),
            Self::RestOfRoot => -0.5 / q.sqrt(),
        }
    }
}

/// A form of `numerator / denominator`, two column sums; defined where the denominator is
/// positive.
#[derive(Clone, Debug)]
pub struct Ratio {
    /// The columns of the numerator and the denominator.
    pub columns: [usize; 2],
    /// What is shown of the ratio.
    pub form: Form,
    /// The scale of the interval.
    pub scale: Scale,
}

impl Smooth for Ratio {
    fn columns(&self) -> &[usize] {
        &self.columns
    }

    fn value(&self, sums: &[f64]) -> Option<f64> {
        if sums[1] > 0.0 { self.form.value(sums[0] / sums[1]) } else { None }
    }

    fn gradient(&self, sums: &[f64], gradient: &mut [f64]) {
        let q = sums[0] / sums[1];
        let slope = self.form.slope(q) / sums[1];
        gradient.copy_from_slice(&[slope, -q * slope]);
    }

    fn scale(&self) -> Scale {
        self.scale
    }
}

/// A form of `numerator / (squares - first^2 / rows)`: a sum over the spread of a column.
///
/// The column should be centred near its mean, or the spread is lost to rounding. It is not
/// defined where no spread is left.
#[derive(Clone, Debug)]
pub struct OverSpread {
    /// The columns of the numerator, the rows, the numbers and their squares.
    pub columns: [usize; 4],
    /// What is shown of the ratio.
    pub form: Form,
    /// The scale of the interval.
    pub scale: Scale,
}

impl Smooth for OverSpread {
    fn columns(&self) -> &[usize] {
        &self.columns
    }

    fn value(&self, sums: &[f64]) -> Option<f64> {
        let [numerator, rows, first, squares] = *sums else { return None };
        let spread = squares - first * first / rows;
        // What is below the rounding of the squares is no spread.
        if rows > 0.0 && spread > 1e-13 * squares {
            self.form.value(numerator / spread)
        } else {
            None
        }
    }

    fn gradient(&self, sums: &[f64], gradient: &mut [f64]) {
        let [numerator, rows, first, squares] = *sums else { return };
        let mean = first / rows;
        let spread = squares - first * mean;
        let q = numerator / spread;
        let slope = self.form.slope(q) / spread;
        gradient.copy_from_slice(&[
            slope,
            -q * slope * mean * mean,
            2.0 * q * slope * mean,
            -q * slope,
        ]);
    }

    fn scale(&self) -> Scale {
        self.scale
    }
}

/// The difference of two ratios of sums, first less second, on its own scale; defined where both
/// denominators are positive.
#[derive(Clone, Debug)]
pub struct RatioDifference {
    /// The columns of numerator and denominator of the first, then of the second.
    pub columns: [usize; 4],
}

impl Smooth for RatioDifference {
    fn columns(&self) -> &[usize] {
        &self.columns
    }

    fn value(&self, sums: &[f64]) -> Option<f64> {
        let defined = sums[1] > 0.0 && sums[3] > 0.0;
        defined.then(|| sums[0] / sums[1] - sums[2] / sums[3])
    }

    fn gradient(&self, sums: &[f64], gradient: &mut [f64]) {
        let (first, second) = (1.0 / sums[1], 1.0 / sums[3]);
        gradient.copy_from_slice(&[
            first,
            -sums[0] * first * first,
            -second,
            sums[2] * second * second,
        ]);
    }

    fn scale(&self) -> Scale {
        Scale::Identity
    }
}

/// The ratio of two ratios of sums, first over second; defined where both are positive.
#[derive(Clone, Debug)]
pub struct RatioOfRatios {
    /// The columns of numerator and denominator of the first, then of the second.
    pub columns: [usize; 4],
}

impl Smooth for RatioOfRatios {
    fn columns(&self) -> &[usize] {
        &self.columns
    }

    fn value(&self, sums: &[f64]) -> Option<f64> {
        let [first, size, second, other_size] = *sums else { return None };
        let defined = size > 0.0 && second > 0.0 && other_size > 0.0 && first >= 0.0;
        defined.then(|| (first / size) / (second / other_size))
    }

    fn gradient(&self, sums: &[f64], gradient: &mut [f64]) {
        let value = (sums[0] / sums[1]) / (sums[2] / sums[3]);
        let by_first = sums[3] / (sums[1] * sums[2]);
        gradient.copy_from_slice(&[by_first, -value / sums[1], -value / sums[2], value / sums[3]]);
    }

    fn scale(&self) -> Scale {
        Scale::Log
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all() -> Vec<Box<dyn Smooth>> {
        let forms = [Form::Plain, Form::Root, Form::Rest, Form::RestOfRoot];
        let mut all: Vec<Box<dyn Smooth>> = vec![
            Box::new(RatioDifference { columns: [0, 1, 2, 3] }),
            Box::new(RatioOfRatios { columns: [0, 1, 2, 3] }),
        ];
        for form in forms {
            let scale = Scale::Identity;
            all.push(Box::new(Ratio { columns: [0, 1], form, scale }));
            all.push(Box::new(OverSpread { columns: [0, 1, 2, 3], form, scale }));
        }
        all
    }

    proptest! {
        #[test]
        fn gradients_are_those_of_the_values(sums in prop::array::uniform4(0.5..2.0_f64)) {
            for smooth in all() {
                let mut sums = sums[..smooth.columns().len()].to_vec();
                if let [_, _, _, squares] = &mut sums[..] {
                    *squares += 10.0; // room for a spread
                }
                let mut gradient = vec![0.0; sums.len()];
                smooth.gradient(&sums, &mut gradient);
                let value = smooth.value(&sums).unwrap();
                for column in 0..sums.len() {
                    let step = 1e-6;
                    let mut moved = [sums.clone(), sums.clone()];
                    moved[0][column] -= step;
                    moved[1][column] += step;
                    let [low, high] = moved.map(|sums| smooth.value(&sums).unwrap());
                    let slope = (high - low) / (2.0 * step);
                    prop_assert!((slope - gradient[column]).abs() < 1e-7 * (1.0 + slope.abs()));
                }
                // Euler: what does not change with the size of the sums has no slope along them.
                let along: f64 = sums.iter().zip(&gradient).map(|(sum, slope)| sum * slope).sum();
                prop_assert!(along.abs() < 1e-12 * (1.0 + value.abs()));
            }
        }

        #[test]
        fn scales_go_there_and_back(x in 0.001..0.999_f64) {
            for scale in
                [Scale::Identity, Scale::Log, Scale::Logit, Scale::Atanh, Scale::LogOfRest]
            {
                prop_assert!((scale.back(scale.forward(x)) - x).abs() < 1e-12);
                let slope = (scale.forward(x + 1e-7) - scale.forward(x - 1e-7)) / 2e-7;
                prop_assert!((slope / scale.slope(x) - 1.0).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn ends_of_ranges_are_edges() {
        assert!(Scale::Log.is_edge(0.0) && Scale::Logit.is_edge(0.0) && Scale::Logit.is_edge(1.0));
        assert!(Scale::Atanh.is_edge(-1.0) && !Scale::Atanh.is_edge(0.0));
        assert!(Scale::LogOfRest.is_edge(1.0) && !Scale::LogOfRest.is_edge(-3.0));
    }

    #[test]
    fn nothing_to_divide_by_is_not_defined() {
        for smooth in all() {
            assert_eq!(smooth.value(&[1.0, 0.0, 0.0, 0.0][..smooth.columns().len()]), None);
        }
    }
}
