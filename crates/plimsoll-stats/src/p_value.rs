//! P-values, held by their logarithm so that none is ever 0 by accident.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The chance of a result at least as far out as the one seen, if nothing differs.
///
/// It is held by its natural logarithm, at most 0 and never NaN: of 20,000 rows that moved by one
/// standard deviation p is about 1e-1700, which no float holds and by which columns still have an
/// order. The logarithm is minus infinity only where p is exactly 0.
///
/// Serialised it is the number p, so a tail below 5e-324 reads 0; [`PValue::ln_where_tiny`] is the
/// field to put beside it. Against any limit that a float can hold, what is read back compares as
/// what was written, up to the 1e-13 that taking the logarithm rounds off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct PValue {
    ln: f64,
}

/// The number is no probability, nor the logarithm of one.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{0} is no probability")]
pub struct NotAProbability(pub f64);

/// Below this a p-value is printed as a bound, and its logarithm is worth keeping.
const TINY: f64 = 1e-300;

/// A logarithm may exceed 0 by as much as the rounding of sums of a thousand terms.
const ROUNDING: f64 = 1e-9;

impl PValue {
    /// Nothing speaks against the hypothesis.
    pub const ONE: Self = Self { ln: 0.0 };

    /// The result is impossible under the hypothesis.
    pub const ZERO: Self = Self { ln: f64::NEG_INFINITY };

    /// Takes the natural logarithm of a p-value.
    ///
    /// Up to 1e-9 above 0 it is rounding and becomes 0.
    ///
    /// # Errors
    /// It is NaN or larger.
    pub fn from_ln(ln: f64) -> Result<Self, NotAProbability> {
        if ln <= ROUNDING { Ok(Self { ln: ln.min(0.0) }) } else { Err(NotAProbability(ln)) }
    }

    /// Takes the logarithm of a chance that comes of counts, so that it cannot be NaN; what is above
    /// 0 is rounding.
    pub(crate) fn of_counts(ln: f64) -> Self {
        debug_assert!(ln <= ROUNDING, "{ln} is no logarithm of a chance");
        Self { ln: ln.min(0.0) }
    }

    /// Takes a p-value.
    ///
    /// # Errors
    /// It is NaN or outside of 0 to 1.
    pub fn of(p: f64) -> Result<Self, NotAProbability> {
        if (0.0..=1.0).contains(&p) { Ok(Self { ln: p.ln() }) } else { Err(NotAProbability(p)) }
    }

    /// Returns the p-value; 0 where no float holds it.
    pub fn get(self) -> f64 {
        self.ln.exp()
    }

    /// Returns its natural logarithm, at most 0.
    pub fn ln(self) -> f64 {
        self.ln
    }

    /// Returns the logarithm if p is below 1e-300 but not exactly 0: where the number itself says
    /// little.
    pub fn ln_where_tiny(self) -> Option<f64> {
        (self.ln.is_finite() && self.ln < TINY.ln()).then_some(self.ln)
    }

    /// Returns the p-value of the least of `tests` p-values, this one (Bonferroni: `tests * p`, at
    /// most 1). Two one-sided tests make a two-sided one by 2. No test at all counts as one.
    #[must_use]
    pub fn bonferroni(self, tests: usize) -> Self {
        Self { ln: (self.ln + (tests.max(1) as f64).ln()).min(0.0) }
    }
}

/// Returns how a p-value reads that was kept as a number; nothing where there is none.
pub fn shown(p: impl Into<Option<f64>>) -> String {
    p.into().and_then(|p| PValue::of(p).ok()).map(|p| p.to_string()).unwrap_or_default()
}

impl Eq for PValue {}

impl PartialOrd for PValue {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PValue {
    fn cmp(&self, other: &Self) -> Ordering {
        // Adding 0 makes -0 and 0 one number, as `==` has it.
        (self.ln + 0.0).total_cmp(&(other.ln + 0.0))
    }
}

impl TryFrom<f64> for PValue {
    type Error = NotAProbability;

    fn try_from(p: f64) -> Result<Self, NotAProbability> {
        Self::of(p)
    }
}

impl From<PValue> for f64 {
    fn from(p: PValue) -> Self {
        p.get()
    }
}

/// Three digits, `0.0123` or `1.23e-7`; below 1e-300 `< 1e-300`.
impl fmt::Display for PValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let p = self.get();
        if p < TINY {
            return f.pad("< 1e-300");
        }
        // Rounded to three digits by way of the text, as 0.09996 is 0.1.
        let scientific = format!("{p:.2e}");
        let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let rounded: f64 = scientific.parse().unwrap_or(p);
        if rounded >= 1e-4 {
            return f.pad(&rounded.to_string());
        }
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        f.pad(&format!("{digits}e{exponent}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_probability_is_refused() {
        for p in [f64::NAN, -1e-9, 1.1, f64::INFINITY] {
            assert!(PValue::of(p).is_err(), "{p}");
        }
        for ln in [f64::NAN, 0.1, f64::INFINITY] {
            assert!(PValue::from_ln(ln).is_err(), "{ln}");
        }
        assert_eq!(PValue::from_ln(1e-12), Ok(PValue::ONE));
        assert_eq!(PValue::of(0.0), Ok(PValue::ZERO));
        assert_eq!(PValue::from_ln(-0.0).unwrap().cmp(&PValue::ONE), Ordering::Equal);
    }

    #[test]
    fn the_far_tail_keeps_its_order() {
        let p = |ln| PValue::from_ln(ln).unwrap();
        assert!(p(-5000.0) < p(-4000.0) && p(-4000.0) < PValue::of(1e-300).unwrap());
        assert!(PValue::ZERO < p(-1e9) && p(-0.1) < PValue::ONE);
        assert_eq!(p(-4000.0).ln_where_tiny(), Some(-4000.0));
        assert_eq!(p(-4.0).ln_where_tiny(), None);
        assert_eq!(PValue::ZERO.ln_where_tiny(), None);
    }

    #[test]
    fn is_printed_short_and_never_as_0() {
        let printed = |p: f64| PValue::of(p).unwrap().to_string();
        assert_eq!(printed(0.0), "< 1e-300");
        assert_eq!(PValue::from_ln(-9000.0).unwrap().to_string(), "< 1e-300");
        assert_eq!(printed(1e-299), "1e-299");
        assert_eq!(printed(1.2345e-7), "1.23e-7");
        assert_eq!(printed(0.000_099_999), "0.0001");
        assert_eq!(printed(0.012_345), "0.0123");
        assert_eq!(printed(0.05), "0.05");
        assert_eq!(printed(0.999_9), "1");
        assert_eq!(format!("{:>6}|", PValue::of(0.5).unwrap()), "   0.5|");
    }

    #[test]
    fn bonferroni_ends_at_1() {
        let p = PValue::of(0.02).unwrap();
        assert!((p.bonferroni(2).get() - 0.04).abs() < 1e-15);
        assert_eq!(p.bonferroni(80), PValue::ONE);
        assert_eq!(p.bonferroni(0), p);
        assert_eq!(PValue::ZERO.bonferroni(1_000), PValue::ZERO);
    }

    proptest! {
        #[test]
        fn a_number_survives_being_taken_in(p in 0.0..=1.0_f64) {
            let back = f64::from(PValue::try_from(p).unwrap());
            prop_assert!((back - p).abs() <= 1e-13 * p && back <= 1.0);
        }
    }
}
