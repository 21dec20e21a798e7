//! From metrics to estimates: which are sums to be resampled together, which are known at once.

use crate::blocks::Blocks;
use crate::bootstrap::{Request, intervals};
use crate::estimate::{Estimate, NoValue};
use crate::metric::{Metric, Wanted};
use crate::plan::Plan;
use crate::sample::{SampleError, check_length};
use crate::smooth::Smooth;
use crate::table::Table;

/// What a metric, or a gain in it, is computed from.
pub(crate) enum Way {
    /// Sums of the table; the reason is the one for not being defined.
    Sums(Box<dyn Smooth>, NoValue),
    /// Something that has been computed already.
    Known(Result<Estimate, NoValue>),
}

/// Answers each wanted metric by its way, in order.
pub(crate) fn measure(
    table: &Table,
    wanted: &[Wanted<'_>],
    ways: &[Way],
    blocks: &Blocks,
    plan: &Plan,
) -> Vec<Result<Estimate, NoValue>> {
    let requests: Vec<Request<'_>> = ways
        .iter()
        .zip(wanted)
        .filter_map(|(way, wanted)| match way {
            Way::Sums(statistic, undefined) => Some(Request {
                statistic: statistic.as_ref(),
                undefined: *undefined,
                limits: wanted.limits,
            }),
            Way::Known(_) => None,
        })
        .collect();
    let mut resampled = intervals(table, &requests, plan).into_iter();
    ways.iter()
        .map(|way| match way {
            Way::Sums(..) => {
                let bounded = resampled.next().unwrap_or(Err(NoValue::OutOfRange))?;
                Ok(Estimate::new(bounded.value, bounded.interval, blocks))
            }
            Way::Known(answer) => answer.clone(),
        })
        .collect()
}

/// Answers by one way of columns that have a number for each row.
pub(crate) fn measure_one<C: AsRef<[f64]>>(
    columns: &[C],
    way: Way,
    limits: &[f64],
    blocks: &Blocks,
    plan: &Plan,
) -> Result<Result<Estimate, NoValue>, SampleError> {
    let mut sums = Vec::with_capacity(columns.len());
    for column in columns {
        check_length("the block column", blocks.row_count(), column.as_ref().len())?;
        sums.push(blocks.sums(column.as_ref().iter().copied()));
    }
    let table = Table::new(blocks.count(), sums)?;
    // Which metric it is does not matter once its way is known.
    let wanted = [Wanted { limits, ..Wanted::of(Metric::Bias) }];
    let mut answers = measure(&table, &wanted, &[way], blocks, plan);
    Ok(answers.pop().unwrap_or(Err(NoValue::OutOfRange)))
}
