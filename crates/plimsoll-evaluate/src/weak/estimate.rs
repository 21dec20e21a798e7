//! How much worse a part is: the ratio of its loss to that of the rest, with an interval.

use plimsoll_core::evidence;
use plimsoll_stats::plan::Plan;
use plimsoll_stats::sample::SampleError;
use plimsoll_stats::slices::{Against, Losses};

use super::cells::{Cell, Rows};
use crate::bins::Binned;
use crate::measure;

/// A part, measured.
pub(super) struct Measured {
    pub(super) loss: f64,
    pub(super) ratio: f64,
    pub(super) interval: evidence::Interval,
}

/// Returns the ratio of a part's loss to that of all other rows; `None` where one of the two has no
/// rows, or the part no loss.
///
/// Where the rest loses nothing, the ratio is that to a rest of which one row had lost what a row of
/// the part loses on average: a number that is too small rather than none.
pub(super) fn ratio(
    rows: &Rows,
    binned: &[Binned],
    cell: &Cell,
    plan: &Plan,
) -> Result<Option<Measured>, SampleError> {
    let inside: Vec<bool> = rows.places.iter().map(|row| cell.holds(binned, *row)).collect();
    let losses = rows.losses()?;
    let own = losses.slice(|row| inside[row]);
    let Some(loss) = own.loss().filter(|loss| *loss > 0.0) else { return Ok(None) };
    let rest = losses.whole().without(&own);
    let estimate = if rest.loss().is_some_and(|loss| loss > 0.0) {
        losses.ratio(&inside, Against::Rest, &[], plan)?
    } else {
        let Some(one) = inside.iter().position(|inside| !inside) else { return Ok(None) };
        let mut values = rows.values.clone();
        values[one] = loss;
        let losses = Losses::new(&values, rows.sizes.as_deref(), &rows.blocks)?;
        losses.ratio(&inside, Against::Rest, &[], plan)?
    };
    let measured = estimate.ok().and_then(|estimate| {
        let interval = estimate.interval?;
        let interval = measure::evidence(&interval, estimate.blocks.is_some());
        Some(Measured { loss, ratio: estimate.value, interval })
    });
    Ok(measured)
}
