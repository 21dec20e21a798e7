//! How much worse a part is: the ratio of its loss to that of the rest, with an interval.

use plimsoll_core::evidence;
use plimsoll_stats::bootstrap::{Request, intervals};
use plimsoll_stats::estimate::NoValue;
use plimsoll_stats::plan::Plan;
use plimsoll_stats::sample::SampleError;
use plimsoll_stats::smooth::{Scale, Smooth};
use plimsoll_stats::table::Table;

use super::cells::{Cell, Rows};
use crate::bins::Binned;
use crate::measure;

/// A part, measured.
pub(super) struct Measured {
    pub(super) loss: f64,
    pub(super) ratio: f64,
    pub(super) interval: evidence::Interval,
}

/// Returns the ratio of a part's loss to that of all other rows, by boot-t on its logarithm; `None`
/// where one of the two has no rows or no loss.
pub(super) fn ratio(
    rows: &Rows<'_>,
    binned: &[Binned],
    cell: &Cell,
    plan: &Plan,
) -> Result<Option<Measured>, SampleError> {
    let mut columns = vec![Vec::new(); 4];
    let mut add = |rows_of_block: &[usize]| {
        let mut sums = [0.0; 4];
        for row in rows_of_block {
            let side = if cell.holds(binned, *row) { 0 } else { 2 };
            sums[side] += rows.losses.values[*row];
            sums[side + 1] += rows.losses.weights[*row];
        }
        columns.iter_mut().zip(sums).for_each(|(column, sum)| column.push(sum));
    };
    match &rows.starts {
        Some(starts) => starts.windows(2).for_each(|ends| add(&rows.places[ends[0]..ends[1]])),
        None => rows.places.iter().for_each(|row| add(&[*row])),
    }
    let sums: Vec<f64> = columns.iter().map(|column| column.iter().sum()).collect();
    if sums[1] <= 0.0 || sums[3] <= 0.0 {
        return Ok(None);
    }
    if sums[2] <= 0.0 {
        // The rest loses nothing: as if one more of its rows had lost what a row loses on average.
        let (rest, own) = (&columns[3], sums[0] / sums[1]);
        let largest = (0..rest.len()).max_by(|a, b| rest[*a].total_cmp(&rest[*b]));
        if let Some(at) = largest {
            columns[2][at] = own;
        }
    }
    let blocks = columns[0].len();
    let table = Table::new(blocks, columns)?;
    let request =
        Request { statistic: &RatioOfRatios, undefined: NoValue::ZeroDenominator, limits: &[] };
    let Some(Ok(bounded)) = intervals(&table, &[request], plan).pop() else { return Ok(None) };
    let Some(interval) = bounded.interval else { return Ok(None) };
    Ok(Some(Measured {
        loss: sums[0] / sums[1],
        ratio: bounded.value,
        interval: measure::evidence(&interval, rows.starts.is_some()),
    }))
}

/// `(a / b) / (c / d)` of four column sums.
struct RatioOfRatios;

impl Smooth for RatioOfRatios {
    fn columns(&self) -> &[usize] {
        &[0, 1, 2, 3]
    }

    fn value(&self, sums: &[f64]) -> Option<f64> {
        let [a, b, c, d] = sums else { return None };
        let defined = *a > 0.0 && *b > 0.0 && *c > 0.0 && *d > 0.0;
        defined.then(|| (a / b) / (c / d))
    }

    fn gradient(&self, sums: &[f64], gradient: &mut [f64]) {
        let [a, b, c, d] = sums else { return };
        let value = (a / b) / (c / d);
        gradient.copy_from_slice(&[value / a, -value / b, -value / c, value / d]);
    }

    fn scale(&self) -> Scale {
        Scale::Log
    }
}
