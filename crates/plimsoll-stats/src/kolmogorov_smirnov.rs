//! The two-sample Kolmogorov-Smirnov test.

use std::cmp::Ordering;

use crate::kolmogorov;
use crate::ordered::Walk;
pub use crate::ordered::{Ordered, of_sorted};
use crate::p_value::{NotAProbability, PValue};
use crate::sample::{SampleError, in_order};
use crate::tested::{Basis, Tested};

/// Up to so many pairs of rows p is counted, not approximated.
pub const MOST_PAIRS: u64 = 10_000;

/// Returns the gap between two samples of numbers in any order, none missing. O(n log n).
///
/// # Errors
/// A sample is empty or holds NaN, which has no place in an order.
pub fn of_numbers(a: &[f64], b: &[f64]) -> Result<Gap, SampleError> {
    let (a, b) = (in_order("the first sample", a)?, in_order("the second sample", b)?);
    gap(of_sorted(&a, 0), of_sorted(&b, 0))
}

/// The largest gap between the distribution functions of two samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// `D = sup |F - G|`, from 0 (alike) to 1 (disjoint).
    pub distance: f64,
    /// The least value up to which the samples are that far apart; nothing if that is the share of
    /// missing values, or if they are nowhere apart.
    pub at: Option<f64>,
    /// Which sample has more of its rows up to there: `Greater` for the first, so that the second
    /// tends to be larger.
    pub first_has: Ordering,
    /// The rows of both samples.
    rows: [u64; 2],
    /// D times the rows of both.
    numerator: u128,
}

/// Returns the gap between two samples.
///
/// Smirnov 1939; Hodges 1958; as `scipy.stats.ks_2samp`. Equal values are one step, so constants
/// that agree are 0 apart. It is counted in whole numbers, without rounding. O(items).
///
/// # Errors
/// A sample has no rows, or its items are not in order (NaN never is).
pub fn gap<A, B>(a: Ordered<A>, b: Ordered<B>) -> Result<Gap, SampleError>
where
    A: Iterator<Item = (f64, u64)> + Clone,
    B: Iterator<Item = (f64, u64)> + Clone,
{
    let mut a = Walk::new("the first sample", a)?;
    let mut b = Walk::new("the second sample", b)?;
    let rows = [a.rows, b.rows];
    if rows.contains(&0) {
        return Err(SampleError::Empty);
    }
    let mut gap = Gap { distance: 0.0, at: None, first_has: Ordering::Equal, rows, numerator: 0 };
    gap.widen(a.upto, b.upto, None);
    while let (Some((x, _)), Some((y, _))) = (a.next, b.next) {
        let value = x.min(y);
        a.pass(value);
        b.pass(value);
        gap.widen(a.upto, b.upto, Some(value));
    }
    gap.distance = gap.numerator as f64 / (u128::from(rows[0]) * u128::from(rows[1])) as f64;
    Ok(gap)
}

impl Gap {
    fn widen(&mut self, in_a: u64, in_b: u64, at: Option<f64>) {
        let [n, m] = self.rows.map(u128::from);
        let (first, second) = (u128::from(in_a) * m, u128::from(in_b) * n);
        if first.abs_diff(second) > self.numerator {
            self.numerator = first.abs_diff(second);
            self.first_has = first.cmp(&second);
            self.at = at;
        }
    }

    /// Returns the test that both samples are of one distribution.
    ///
    /// p is [`Gap::p_exact`] up to [`MOST_PAIRS`] pairs of rows and [`p_of`] beyond. With ties it is
    /// larger than it need be. One row a side says nothing: D 1, p 1.
    pub fn test(&self) -> Tested {
        let (p, basis) = match self.p_exact() {
            Some(p) => (p, Basis::Exact),
            None => (self.p_asymptotic(), Basis::Asymptotic),
        };
        Tested { statistic: self.distance, p, basis }
    }

    /// Returns p by the limit for many rows.
    pub fn p_asymptotic(&self) -> PValue {
        let [n, m] = self.rows.map(|rows| rows as f64);
        // Numbers of rows are above 0 and D is a share.
        p_of(self.distance, n, m).unwrap_or(PValue::ZERO)
    }

    /// Returns the chance of at least this gap over all ways to deal the rows to the two sides, if
    /// no two values are equal; nothing above [`MOST_PAIRS`] pairs.
    ///
    /// `scipy.stats.ks_2samp(method="exact")`. Walks the lattice of dealt rows and adds up the
    /// chances of the first steps outside, so that small p are as exact as large ones (Hodges 1958).
    pub fn p_exact(&self) -> Option<PValue> {
        let [n, m] = self.rows;
        if u128::from(n) * u128::from(m) > u128::from(MOST_PAIRS) {
            return None;
        }
        if self.numerator == 0 {
            return Some(PValue::ONE);
        }
        let is_outside = |i: u64, j: u64| {
            (u128::from(i) * u128::from(m)).abs_diff(u128::from(j) * u128::from(n))
                >= self.numerator
        };
        // The chance of being at (i - 1, j), then at (i, j), without having been outside.
        let mut inside: Vec<f64> = (0..=m).map(|_| 0.0).collect();
        let mut outside = 0.0;
        for i in 0..=n {
            let mut left = 0.0;
            for (j, cell) in (0..=m).zip(&mut inside) {
                let rest = (n + m + 1 - i - j) as f64;
                let arrives = if i + j == 0 {
                    1.0
                } else {
                    (*cell * (n + 1 - i) as f64 + left * (m + 1 - j) as f64) / rest
                };
                if is_outside(i, j) {
                    outside += arrives;
                    *cell = 0.0;
                } else {
                    *cell = arrives;
                }
                left = *cell;
            }
        }
        Some(PValue::of_counts(f64::ln(outside)))
    }
}

/// Returns p of a distance between samples of `n` and `m` rows by the limit for many rows,
/// `Q(D sqrt(n m / (n + m)))` ([`kolmogorov::limit`], Smirnov 1948).
///
/// The numbers of rows may be effective ones, and the distance one that was corrected.
///
/// # Errors
/// One of the numbers is NaN.
pub fn p_of(distance: f64, n: f64, m: f64) -> Result<PValue, NotAProbability> {
    kolmogorov::limit(distance / (1.0 / n + 1.0 / m).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(a: &[f64], b: &[f64]) -> Gap {
        of_numbers(a, b).unwrap()
    }

    #[test]
    fn says_where_and_which_way() {
        let far = of(&[1.0, 2.0, 3.0], &[2.5, 3.5, 4.5, 5.5]);
        assert_eq!((far.at, far.first_has), (Some(3.0), Ordering::Greater));
        assert!((far.distance - 0.75).abs() < 1e-15);
        let turned = of(&[2.5, 3.5, 4.5, 5.5], &[1.0, 2.0, 3.0]);
        assert_eq!((turned.at, turned.first_has), (Some(3.0), Ordering::Less));
        let none = of(&[1.0, 2.0], &[1.0, 2.0]);
        assert_eq!((none.at, none.first_has), (None, Ordering::Equal));
    }

    #[test]
    fn constants_agree_or_are_apart_and_one_row_says_nothing() {
        let test = |a: &[f64], b: &[f64]| {
            let test = of(a, b).test();
            (test.statistic, test.p.get())
        };
        assert_eq!(test(&[3.0; 4], &[3.0; 9]), (0.0, 1.0));
        assert_eq!(test(&[0.0], &[-0.0]), (0.0, 1.0));
        assert_eq!(test(&[1.0], &[2.0]), (1.0, 1.0));
        let apart = of(&[1.0; 300], &[2.0; 300]).test();
        assert_eq!((apart.statistic, apart.basis), (1.0, Basis::Asymptotic));
        assert!((apart.p.ln() - (2.0_f64.ln() - 300.0)).abs() < 1e-9);
    }

    #[test]
    fn infinite_values_have_a_place_and_nan_has_none() {
        let (low, high) = (f64::NEG_INFINITY, f64::INFINITY);
        let gap = of(&[low, 0.0, high], &[0.0, high, high]);
        assert!((gap.distance - 1.0 / 3.0).abs() < 1e-15);
        assert_eq!(gap.at, Some(low));
        assert!(matches!(of_numbers(&[f64::NAN], &[1.0]), Err(SampleError::Nan { .. })));
        assert_eq!(of_numbers(&[], &[1.0]), Err(SampleError::Empty));
    }

    #[test]
    fn missing_values_come_before_all_others() {
        let rows = [(1.0, 3), (2.0, 3)];
        let sample = |missing| Ordered { missing, items: rows.iter().copied() };
        let gap = gap(sample(0), sample(6)).unwrap();
        assert_eq!((gap.at, gap.first_has), (None, Ordering::Less));
        assert!((gap.distance - 0.5).abs() < 1e-15);
        let only_missing = || Ordered { missing: 3, items: [].into_iter() };
        assert!(super::gap(only_missing(), only_missing()).unwrap().distance.abs() < 1e-15);
    }

    #[test]
    fn items_out_of_order_are_refused() {
        let bad = |second| Ordered { missing: 0, items: [(2.0, 1), (second, 1)].into_iter() };
        for second in [1.0, f64::NAN] {
            let error = gap(bad(second), of_sorted(&[1.0], 0)).unwrap_err();
            assert_eq!(error, SampleError::Unordered { what: "the first sample", row: 1 });
        }
    }

    #[test]
    fn an_effective_number_of_rows_makes_p_larger() {
        let p = |rows: f64| p_of(0.1, rows, 1e6).unwrap();
        assert!(p(400.0) > p(1_000.0));
        assert!(p_of(f64::NAN, 3.0, 3.0).is_err());
    }

    proptest! {
        #[test]
        fn counts_are_as_good_as_rows(
            a in prop::collection::vec(-9..9_i32, 1..60), b in prop::collection::vec(-9..9_i32, 1..60),
        ) {
            let numbers = |all: &[i32]| all.iter().map(|x| f64::from(*x)).collect::<Vec<_>>();
            let (a, b) = (numbers(&a), numbers(&b));
            let counted = |all: &[f64]| {
                let sorted = in_order("the sample", all).unwrap();
                let same = sorted.chunk_by(|x, y| x.total_cmp(y).is_eq());
                same.map(|same| (same[0], same.len() as u64)).collect::<Vec<_>>()
            };
            let (first, second) = (counted(&a), counted(&b));
            let gap = gap(
                Ordered { missing: 0, items: first.iter().copied() },
                Ordered { missing: 0, items: second.iter().copied() },
            );
            let gap = gap.unwrap();
            prop_assert_eq!(gap, of(&a, &b));
            prop_assert!(gap.p_exact().unwrap() <= PValue::ONE);
        }
    }
}
