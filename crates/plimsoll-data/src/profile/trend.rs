//! Whether a column rises or falls all the way down.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::sketch::real;

/// How each value of a column compares to the one before; missing ones are passed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Trend {
    #[serde(with = "real")]
    first: Option<f64>,
    #[serde(with = "real")]
    last: Option<f64>,
    falls: bool,
    rises: bool,
    stays: bool,
}

impl Trend {
    /// Tells whether no value is below the one before, and some are not equal.
    pub fn is_rising(&self) -> bool {
        self.rises && !self.falls
    }

    /// Tells whether no value is above the one before, and some are not equal.
    pub fn is_falling(&self) -> bool {
        self.falls && !self.rises
    }

    /// Tells whether no value equals the one before.
    pub fn is_strict(&self) -> bool {
        !self.stays
    }

    /// Takes in further values; NaN is none.
    pub(super) fn take(&mut self, values: &[f64]) {
        let mut rest = values;
        // Once values both fall and rise only the last one counts.
        while !(self.falls && self.rises) {
            let (now, later) = rest.split_at(rest.len().min(256));
            now.iter().filter(|value| !value.is_nan()).for_each(|value| self.step(*value));
            if later.is_empty() {
                return;
            }
            rest = later;
        }
        self.last = rest.iter().rev().find(|value| !value.is_nan()).copied().or(self.last);
    }

    /// Takes in the rows that come next.
    pub(super) fn merge(&mut self, next: &Self) {
        if let Some(value) = next.first {
            self.step(value);
            self.last = next.last;
        }
        self.falls |= next.falls;
        self.rises |= next.rises;
        self.stays |= next.stays;
        self.forget();
    }

    /// Forgets what says nothing any more, so that it does not matter when that was so.
    fn forget(&mut self) {
        self.stays |= self.falls && self.rises;
    }

    fn step(&mut self, value: f64) {
        if let Some(last) = self.last {
            self.falls |= value < last;
            self.rises |= value > last;
            self.stays |= value.partial_cmp(&last) == Some(Ordering::Equal);
        } else {
            self.first = Some(value);
        }
        self.last = Some(value);
        self.forget();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[f64]) -> Trend {
        let mut trend = Trend::default();
        trend.take(values);
        trend
    }

    #[test]
    fn directions_are_told_apart() {
        assert!(of(&[1.0, f64::NAN, 2.0, 2.0]).is_rising());
        assert!(!of(&[1.0, 2.0, 2.0]).is_strict() && of(&[1.0, 2.0]).is_strict());
        assert!(of(&[3.0, 1.0]).is_falling() && !of(&[3.0, 1.0, 2.0]).is_falling());
        assert!(!of(&[1.0, 1.0]).is_rising() && !of(&[]).is_rising());
    }

    proptest! {
        #[test]
        fn parts_in_order_are_the_whole(
            values in prop::collection::vec(prop::sample::select(vec![1.0, 2.0, 3.0, f64::NAN]), 0..1200),
            at in 0..100_usize,
        ) {
            let (a, b) = values.split_at(values.len() * at / 100);
            let mut merged = of(a);
            merged.merge(&of(b));
            prop_assert_eq!(merged, of(&values));
        }
    }
}
