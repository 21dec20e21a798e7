//! How numbers are spread, for the eye.

use serde::Serialize;

use crate::profile::numbers::quantile;

/// How many bins there are at most.
const BINS: usize = 32;

/// The share of rows at each end that may be left out of the bins, so that a few far values do not
/// hide the others.
const END: f64 = 0.005;

/// Bins of equal width, or one for each value where there are few.
///
/// It is taken from the sketch, so that counts are off by its rank error: for plots, not for
/// verdicts.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Histogram {
    /// The edges of the bins, ascending; values at an edge are in the bin above it, but for the
    /// last one. Without edges each bin is a value.
    pub edges: Vec<f64>,
    /// The values, where each has a bin of its own.
    pub values: Vec<f64>,
    /// How many rows each bin has.
    pub counts: Vec<u64>,
    /// Rows below the first edge.
    pub below: u64,
    /// Rows above the last edge.
    pub above: u64,
}

impl Histogram {
    /// Puts `items`, which ascend, into bins. Infinite ones are beyond the edges; none where there
    /// is no finite one.
    pub(super) fn of(items: &[(f64, u64)]) -> Option<Self> {
        let from = items.partition_point(|item| item.0 < f64::MIN);
        let to = items.partition_point(|item| item.0 <= f64::MAX);
        let weight = |items: &[(f64, u64)]| items.iter().map(|item| item.1).sum::<u64>();
        let (mut below, mut above) = (weight(&items[..from]), weight(&items[to..]));
        let finite = &items[from..to];
        let (first, last) = (finite.first()?.0, finite.last()?.0);
        if finite.len() <= BINS && weight(finite) > 2 * finite.len() as u64 {
            return Some(Self {
                edges: Vec::new(),
                values: finite.iter().map(|item| item.0).collect(),
                counts: finite.iter().map(|item| item.1).collect(),
                below,
                above,
            });
        }
        let (low, high) = inner(finite, first, last);
        let width = (high - low) / as_float(BINS);
        if !width.is_finite() || width <= 0.0 {
            return Some(Self {
                edges: Vec::new(),
                values: vec![first],
                counts: vec![weight(finite)],
                below,
                above,
            });
        }
        let mut counts = vec![0; BINS];
        for &(value, count) in finite {
            if value < low {
                below += count;
            } else if value > high {
                above += count;
            } else {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "from 0 to the number of bins"
                )]
                let bin = ((value - low) / width) as usize;
                counts[bin.min(BINS - 1)] += count;
            }
        }
        let edges = (0..BINS).map(|bin| low + width * as_float(bin)).chain([high]).collect();
        Some(Self { edges, values: Vec::new(), counts, below, above })
    }
}

/// Returns the range of the bins: all values, or those between the outermost 0.5 % where these
/// would take up more than half of the picture.
fn inner(items: &[(f64, u64)], first: f64, last: f64) -> (f64, f64) {
    let low = quantile(items, END).unwrap_or(first);
    let high = quantile(items, 1.0 - END).unwrap_or(last);
    let inside = high - low;
    if inside > 0.0 && inside < 0.5 * (last - first) {
        // A little more than the quantiles, so that the bins end where few values are.
        let room = inside * 0.1;
        ((low - room).max(first), (high + room).min(last))
    } else {
        (first, last)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few bins")]
fn as_float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_have_a_bin_each() {
        let found = Histogram::of(&[(1.0, 3), (2.0, 5)]).unwrap();
        assert_eq!((found.values, found.counts), (vec![1.0, 2.0], vec![3, 5]));
        assert!(found.edges.is_empty());
    }

    #[test]
    fn all_rows_are_somewhere() {
        let mut items: Vec<(f64, u64)> = (0..1000).map(|at| (f64::from(at) / 7.0, 2)).collect();
        items.push((1e9, 3));
        items.push((f64::INFINITY, 4));
        items.insert(0, (f64::NEG_INFINITY, 5));
        let found = Histogram::of(&items).unwrap();
        assert_eq!((found.below, found.above), (5, 7));
        assert_eq!(found.counts.iter().sum::<u64>(), 2000);
        assert_eq!(found.edges.len(), found.counts.len() + 1);
        assert!(found.edges.last().unwrap() < &200.0);
    }

    #[test]
    fn extreme_ranges_and_nothing_are_survived() {
        assert_eq!(Histogram::of(&[]), None);
        assert_eq!(Histogram::of(&[(f64::INFINITY, 2)]), None);
        let wide = Histogram::of(&[(f64::MIN, 1), (0.0, 1), (f64::MAX, 1)]).unwrap();
        assert_eq!(wide.counts.iter().sum::<u64>(), 3);
    }
}
