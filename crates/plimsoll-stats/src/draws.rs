//! Resampling of block sums: the values and the t-statistics of every resample.

use crate::plan::{Plan, in_threads};
use crate::smooth::Smooth;
use crate::table::{Places, Products, Table};
use crate::weights::Weights;

/// What the resamples of one statistic gave, each in ascending order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draws {
    /// The statistic on its scale; infinite at an end of its range.
    pub(crate) values: Vec<f64>,
    /// Its distance from the estimate in standard errors of the resample itself.
    pub(crate) t: Vec<f64>,
}

/// A statistic with its estimate on its scale.
pub(crate) struct Centred<'a> {
    pub(crate) smooth: &'a dyn Smooth,
    pub(crate) estimate: f64,
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
    #[expect(clippy::cast_precision_loss, reason = "counts of blocks are below 2^52")]
    let correction = table.blocks() as f64 / (table.blocks() as f64 - 1.0);
    let pieces = in_threads(plan.threads.get(), resamples.div_ceil(GROUP), |groups| {
        let mut draws = vec![Draws::default(); statistics.len()];
        let mut sums = vec![0.0; products.width() * GROUP];
        for group in groups {
            let numbers = group * GROUP..((group + 1) * GROUP).min(resamples);
            add_up(&products, &weights, numbers.clone(), &mut sums);
            for sums in sums.chunks_exact(products.width()).take(numbers.len()) {
                for ((statistic, places), draws) in statistics.iter().zip(&places).zip(&mut draws) {
                    if let Some((value, t)) = studentise(statistic, places, sums, correction) {
                        draws.values.push(value);
                        draws.t.push(t);
                    }
                }
            }
        }
        draws
    });
    let mut all = vec![Draws::default(); statistics.len()];
    for piece in pieces {
        for (all, mut draws) in all.iter_mut().zip(piece) {
            all.values.append(&mut draws.values);
            all.t.append(&mut draws.t);
        }
    }
    for draws in &mut all {
        draws.values.sort_unstable_by(f64::total_cmp);
        draws.t.sort_unstable_by(f64::total_cmp);
    }
    all
}

/// Writes the weighted column sums of the resamples `numbers` to `sums`, one row for each.
fn add_up(
    products: &Products,
    weights: &Weights,
    numbers: std::ops::Range<usize>,
    sums: &mut [f64],
) {
    let width = products.width();
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

/// Returns the value of a statistic on its scale and `(g* - g) / se*`, from the sums of one
/// resample; nothing where it is not defined.
///
/// A resample at an end of the range, or without any spread, is infinitely many standard errors
/// away: it widens the interval rather than being forgotten.
fn studentise(
    statistic: &Centred<'_>,
    places: &Places,
    all: &[f64],
    correction: f64,
) -> Option<(f64, f64)> {
    // Statistics read few columns; these hold them without an allocation for each resample.
    let (mut sums, mut gradient) = ([0.0; MOST_COLUMNS], [0.0; MOST_COLUMNS]);
    let columns = places.sums.len();
    let (sums, gradient) = (&mut sums[..columns], &mut gradient[..columns]);
    for (sum, &place) in sums.iter_mut().zip(&places.sums) {
        *sum = all[place];
    }
    let value = statistic.smooth.value(sums)?;
    let scale = statistic.smooth.scale();
    let g = scale.forward(value);
    if g.is_nan() {
        return None;
    }
    let distance = g - statistic.estimate;
    if g.is_infinite() {
        return Some((g, distance));
    }
    statistic.smooth.gradient(sums, gradient);
    let mut variance = 0.0;
    let mut products = places.products.iter();
    for (i, first) in gradient.iter().enumerate() {
        for (j, (second, &place)) in gradient[..=i].iter().zip(products.by_ref()).enumerate() {
            let times = if i == j { 1.0 } else { 2.0 };
            variance += times * first * second * all[place];
        }
    }
    let error = (variance * correction).max(0.0).sqrt() * scale.slope(value).abs();
    if error.is_nan() {
        return None;
    }
    let t = if distance.abs() > 0.0 { distance / error } else { 0.0 };
    Some((g, t))
}

/// The most columns that one statistic may read.
pub(crate) const MOST_COLUMNS: usize = 8;
