//! How far from the middle of its column a number may be.

use plimsoll_stats::pareto::{Excesses, Pareto};
use plimsoll_stats::quantile;

/// The share of the distances on one side that are no tail.
const BODY: f64 = 0.9;

/// The share of the largest distances that say only that they are large.
const CENSORED: f64 = 0.005;

/// The fewest distances beyond the body that a tail is told from.
const FEWEST: usize = 20;

/// By how many of its standard errors the shape of a tail is taken to be heavier than it looks.
const CAUTION: f64 = 1.5;

/// A limit on one side of the middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limit {
    /// The median.
    pub(crate) middle: f64,
    /// The median distance on that side.
    pub(crate) unit: f64,
    /// How many units off the limit is.
    pub(crate) units: f64,
    /// Whether it is the upper one.
    pub(crate) is_upper: bool,
}

impl Limit {
    /// Returns how many limits off a number is: above 1 it is an outlier.
    pub(crate) fn times(&self, number: f64) -> f64 {
        let distance = if self.is_upper { number - self.middle } else { self.middle - number };
        distance / (self.unit * self.units)
    }

    /// Returns how many units off a number is.
    pub(crate) fn distance(&self, number: f64) -> f64 {
        (number - self.middle).abs() / self.unit
    }
}

/// Returns the limits of numbers, those that a number on either side is beyond with a chance of
/// `chance`.
///
/// Distances from the median are measured in their median, on each side on its own, which makes
/// skewed columns no stranger than others (double MAD). How far the usual tail of such distances
/// reaches is told by a generalised Pareto law beyond their 90 % quantile; the largest half a
/// percent say nothing about its shape, which is taken to be 1.5 standard errors heavier than it
/// looks. A side with few distances, or all of one size, has no limit.
pub(crate) fn limits(numbers: &[f64], chance: f64) -> Vec<Limit> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(middle) = quantile::of_sorted(&sorted, 0.5) else { return Vec::new() };
    let side = |is_upper: bool| {
        let distance = |number: &f64| if is_upper { number - middle } else { middle - number };
        let mut distances: Vec<f64> =
            sorted.iter().map(distance).filter(|distance| *distance > 0.0).collect();
        distances.sort_by(f64::total_cmp);
        limit(&distances, numbers.len(), chance).map(|(unit, units)| Limit {
            middle,
            unit,
            units,
            is_upper,
        })
    };
    [side(false), side(true)].into_iter().flatten().collect()
}

/// Returns the unit of sorted distances and how many of it the limit is off.
fn limit(distances: &[f64], of: usize, chance: f64) -> Option<(f64, f64)> {
    let unit = quantile::of_sorted(distances, 0.5)?;
    let begin = quantile::of_sorted(distances, BODY)?;
    let end = quantile::of_sorted(distances, 1.0 - CENSORED)?;
    let beyond: Vec<f64> = distances
        .iter()
        .filter(|distance| **distance > begin)
        .map(|distance| (distance - begin) / unit)
        .collect();
    if beyond.len() < FEWEST || end <= begin {
        return None;
    }
    let excesses = Excesses::censored(&beyond, (end - begin) / unit).ok()?;
    let looks = excesses.fit().shape;
    let shape = looks + CAUTION * (1.0 + looks) / (beyond.len() as f64).sqrt();
    let law: Pareto = excesses.with_shape(shape);
    let beyond_begin = beyond.len() as f64 / of as f64;
    let units = begin / unit + law.upper((chance / beyond_begin).min(1.0));
    units.is_finite().then_some((unit, units))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::digest::spread;

    fn uniform(at: u64) -> f64 {
        (spread(at) >> 11) as f64 / (1_u64 << 53) as f64
    }

    #[test]
    fn far_values_are_beyond_and_a_heavy_tail_is_not() {
        let normal: Vec<f64> = (0..5000)
            .map(|at| (0..12).map(|part| uniform(12 * at + part)).sum::<f64>() - 6.0)
            .collect();
        let found = limits(&normal, 0.01 / 5000.0);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|limit| (8.0..30.0).contains(&limit.units)), "{found:?}");
        let lognormal: Vec<f64> = normal.iter().map(|x| x.exp()).collect();
        let upper =
            limits(&lognormal, 0.01 / 5000.0).into_iter().find(|limit| limit.is_upper).unwrap();
        assert!(lognormal.iter().all(|x| upper.times(*x) < 1.0));
        assert!(upper.times(1e6) > 1.0);
        // A few wild values widen the limit and do not hide behind it.
        let mut wild = normal.clone();
        wild[..10].fill(1e9);
        let moved = limits(&wild, 0.01 / 5000.0).into_iter().find(|limit| limit.is_upper).unwrap();
        assert!(moved.units < 4.0 * found[1].units, "{moved:?} {found:?}");
        assert!(moved.times(1e9) > 1.0);
    }

    #[test]
    fn what_has_no_tail_has_no_limit() {
        assert!(limits(&[], 1e-6).is_empty());
        assert!(limits(&[1.0; 1000], 1e-6).is_empty());
        let flags: Vec<f64> = (0..1000).map(|at| f64::from(u8::from(at % 10 == 0))).collect();
        assert!(limits(&flags, 1e-6).is_empty());
        let few: Vec<f64> = (0..150).map(f64::from).collect();
        assert!(limits(&few, 1e-6).is_empty());
    }
}
