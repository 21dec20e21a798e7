//! Compensated summation.

/// A running sum that keeps what rounding would lose.
///
/// Neumaier 1974, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen": the
/// error no longer grows with the number of terms, so the order and the chunking of the terms
/// change a result by about one unit in the last place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    /// Adds one term.
    pub fn add(&mut self, term: f64) {
        let total = self.total + term;
        let (larger, smaller) =
            if self.total.abs() >= term.abs() { (self.total, term) } else { (term, self.total) };
        self.lost += (larger - total) + smaller;
        self.total = total;
    }

    /// Returns the sum of the terms so far; an overflow shows as an infinity, never as NaN from
    /// finite terms of one sign.
    pub fn value(self) -> f64 {
        if self.total.is_finite() { self.total + self.lost } else { self.total }
    }
}

impl Extend<f64> for Sum {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, terms: I) {
        terms.into_iter().for_each(|term| self.add(term));
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        let mut sum = Self::default();
        sum.extend(terms);
        sum
    }
}

/// Returns the compensated sum of `terms`; of none it is 0.
pub fn sum(terms: impl IntoIterator<Item = f64>) -> f64 {
    Sum::from_iter(terms).value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_what_plain_addition_loses() {
        // Neumaier's own example: plain and Kahan's sums give 0.
        assert!((sum([1.0, 1e100, 1.0, -1e100]) - 2.0).abs() < 1e-15);
        let tenths = vec![0.1; 1_000_000];
        assert!((sum(tenths) - 100_000.0).abs() < 1e-9);
    }

    #[test]
    fn an_overflow_is_infinite_and_not_nan() {
        assert!(sum([f64::MAX, f64::MAX]).is_infinite());
    }

    proptest! {
        #[test]
        fn the_order_does_not_matter(mut terms in prop::collection::vec(-1e9..1e9_f64, 1..200)) {
            let forwards = sum(terms.iter().copied());
            terms.reverse();
            let backwards = sum(terms.iter().copied());
            let size: f64 = terms.iter().map(|term| term.abs()).sum();
            prop_assert!((forwards - backwards).abs() <= 1e-15 * size);
        }
    }
}
