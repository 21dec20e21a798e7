//! Resampling of block sums: the values and the t-statistics of every resample.

use crate::centre::Centre;
use crate::plan::{Plan, in_threads};
use crate::smooth::Smooth;
use crate::table::{Places, Products, Table};
use crate::weights::Weights;

/// What the resamples of one statistic gave, each in ascending order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draws {
    /// The statistic on its scale; infinite at an end of its range.
    pub(crate) values: Vec<f64>,
    /// Its distance from the estimate in standard errors of the resample itself; empty where a
    /// resample has no such error.
    pub(crate) t: Vec<f64>,
}

impl Draws {
    /// Takes resampled values without errors of their own.
    pub(crate) fn of_values(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        Self { values, t: Vec::new() }
    }

    /// Takes in a resample with this value and variance, unless it has none.
    pub(crate) fn push(&mut self, centre: &Centre, value: f64, variance: f64) {
        if let Some((value, t)) = centre.studentise(value, variance) {
            self.values.push(value);
            self.t.push(t);
        }
    }

    /// Puts the draws of several pieces of work together.
    pub(crate) fn merged(pieces: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::default();
        for mut piece in pieces {
            all.values.append(&mut piece.values);
            all.t.append(&mut piece.t);
        }
        all.values.sort_unstable_by(f64::total_cmp);
        all.t.sort_unstable_by(f64::total_cmp);
        all
    }
}

/// A statistic with its estimate.
pub(crate) struct Centred<'a> {
    pub(crate) smooth: &'a dyn Smooth,
    pub(crate) centre: Centre,
}

/// So many resamples share one walk over the columns, which then come from the nearest cache.
const GROUP: usize = 64;

/// Draws `resamples` resamples of the blocks and computes all statistics on each of them.
///
/// Resamples on which a statistic is not defined are left out of its draws. Weights are made tile
/// by tile and forgotten, so that memory does not grow with resamples times blocks.
pub(crate) fn draw(
    table: &Table,
    statistics: &[Centred<'_>],
    resamples: usize,
    plan: &Plan,
) -> Vec<Draws> {
    let smooths: Vec<_> = statistics.iter().map(|statistic| statistic.smooth).collect();
    let (products, places) = Products::new(table, &smooths);
    let weights = Weights::new(plan.seed, table.blocks());
    let pieces = in_threads(plan.threads.get(), resamples.div_ceil(GROUP), |groups| {
        let mut draws = vec![Draws::default(); statistics.len()];
        let mut sums = vec![0.0; products.room() * GROUP];
        for group in groups {
            let numbers = group * GROUP..((group + 1) * GROUP).min(resamples);
            add_up(&products, &weights, numbers.clone(), &mut sums);
            for sums in sums.chunks_exact(products.room()).take(numbers.len()) {
                for ((statistic, places), draws) in statistics.iter().zip(&places).zip(&mut draws) {
                    if let Some((value, variance)) = evaluate(statistic.smooth, places, sums) {
                        draws.push(&statistic.centre, value, variance);
                    }
                }
            }
        }
        draws
    });
    let mut pieces: Vec<_> = pieces.into_iter().map(Vec::into_iter).collect();
    let next = |_| Draws::merged(pieces.iter_mut().filter_map(Iterator::next));
    (0..statistics.len()).map(next).collect()
}

/// Writes the weighted column sums of the resamples `numbers` to `sums`, one row for each.
fn add_up(
    products: &Products,
    weights: &Weights,
    numbers: std::ops::Range<usize>,
    sums: &mut [f64],
) {
    let width = products.room();
    sums.fill(0.0);
    let mut counts = [0_u8; Products::TILE];
    let mut tile_weights = [0.0; Products::TILE];
    for tile in 0..products.tiles() {
        for (resample, sums) in numbers.clone().zip(sums.chunks_exact_mut(width)) {
            weights.fill(resample as u64, tile * Products::TILE, &mut counts);
            for (weight, &count) in tile_weights.iter_mut().zip(&counts) {
                *weight = f64::from(count);
            }
            products.add_tile(tile, &tile_weights, sums);
        }
    }
}

/// The most columns that one statistic may read.
pub(crate) const MOST_COLUMNS: usize = 8;

/// Returns a statistic and its variance by the delta method from the sums of one resample.
fn evaluate(smooth: &dyn Smooth, places: &Places, all: &[f64]) -> Option<(f64, f64)> {
    // Statistics read few columns; these hold them without an allocation for each resample.
    let (mut sums, mut gradient) = ([0.0; MOST_COLUMNS], [0.0; MOST_COLUMNS]);
    let columns = places.sums.len();
    let (sums, gradient) = (&mut sums[..columns], &mut gradient[..columns]);
    for (sum, &place) in sums.iter_mut().zip(&places.sums) {
        *sum = all[place];
    }
    let value = smooth.value(sums)?;
    if smooth.scale().is_edge(value) {
        return Some((value, 0.0));
    }
    smooth.gradient(sums, gradient);
    let mut products = places.products.iter();
    let mut variance = 0.0;
    for (i, first) in gradient.iter().enumerate() {
        for (j, second) in gradient[..=i].iter().enumerate() {
            let times = if i == j { 1.0 } else { 2.0 };
            variance += times * first * second * products.next().map_or(0.0, |&place| all[place]);
        }
    }
    Some((value, variance))
}
