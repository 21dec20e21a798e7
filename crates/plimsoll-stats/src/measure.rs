//! From metrics to estimates: which are sums to be resampled together, which are known at once.

use crate::blocks::Blocks;
use crate::bootstrap::{Request, intervals};
use crate::estimate::{Estimate, NoValue};
use crate::metric::Wanted;
use crate::plan::Plan;
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
