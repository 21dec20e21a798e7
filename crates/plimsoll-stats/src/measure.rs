//! From metrics to estimates: which are sums to be resampled together, which are known at once.

use crate::blocks::Blocks;
use crate::bootstrap::{Request, intervals};
use crate::estimate::{Estimate, NoValue};
use crate::metric::{Metric, Wanted};
use crate::plan::{Intervals, Plan};
use crate::proportion::wilson;
use crate::sample::{SampleError, check_length};
use crate::smooth::{Form, Ratio, Scale, Smooth};
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

/// Answers each wanted metric by the way it has, of columns that hold block sums.
pub(crate) fn measure_columns(
    columns: Vec<Vec<f64>>,
    wanted: &[Wanted<'_>],
    way: impl Fn(Metric) -> Way,
    blocks: &Blocks,
    plan: &Plan,
) -> Result<Vec<Result<Estimate, NoValue>>, SampleError> {
    let ways: Vec<_> = wanted.iter().map(|wanted| way(wanted.metric)).collect();
    Ok(measure(&Table::new(blocks.count(), columns)?, wanted, &ways, blocks, plan))
}

/// The way of a mean of what is never negative, by the columns of the sum and of the rows.
pub(crate) fn mean_of(columns: [usize; 2]) -> Way {
    let ratio = Ratio { columns, form: Form::Plain, scale: Scale::Log };
    Way::Sums(Box::new(ratio), NoValue::ZeroDenominator)
}

/// The way of the share that a challenger saves, by its column and that of the champion.
pub(crate) fn saved_share(columns: [usize; 2]) -> Way {
    let ratio = Ratio { columns, form: Form::Rest, scale: Scale::LogOfRest };
    Way::Sums(Box::new(ratio), NoValue::PerfectChampion)
}

/// The way of a share by boot-t on the logit.
pub(crate) fn share(columns: [usize; 2], undefined: NoValue) -> Way {
    Way::Sums(Box::new(Ratio { columns, form: Form::Plain, scale: Scale::Logit }), undefined)
}

/// Returns whether shares and areas have intervals by a formula: of rows on their own, unless the
/// plan asks for resampling.
pub(crate) fn is_by_formula(blocks: &Blocks, plan: &Plan) -> bool {
    blocks.declared_count().is_none() && plan.intervals == Intervals::Recommended
}

/// Returns the share of rows that are hits, by Wilson or, of blocks, by boot-t on the logit.
pub(crate) fn share_of_rows(
    hits: &[bool],
    limits: &[f64],
    blocks: &Blocks,
    plan: &Plan,
) -> Result<Result<Estimate, NoValue>, SampleError> {
    if is_by_formula(blocks, plan) {
        let count = hits.iter().filter(|&&hit| hit).count();
        let interval = wilson(count as u64, hits.len() as u64, plan.level);
        return Ok(Ok(Estimate::new(count as f64 / hits.len() as f64, interval, blocks)));
    }
    let hits: Vec<f64> = hits.iter().map(|&hit| f64::from(u8::from(hit))).collect();
    let way = share([0, 1], NoValue::ZeroDenominator);
    measure_one(&[&hits[..], &vec![1.0; hits.len()]], way, limits, blocks, plan)
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
