//! Studentised block bootstrap intervals of smooth functions of sums.

use crate::centre::Centre;
use crate::draws::{Centred, MOST_COLUMNS, draw};
use crate::estimate::NoValue;
use crate::interval::{Interval, Method};
use crate::plan::{MAX_RESAMPLED_BLOCKS, Plan};
use crate::smooth::Smooth;
use crate::sum::sum;
use crate::table::Table;

/// A statistic whose interval is wanted.
pub struct Request<'a> {
    /// The statistic; it reads at most eight columns.
    pub statistic: &'a dyn Smooth,
    /// Why there is no value where it is not defined.
    pub undefined: NoValue,
    /// The limits that it will be judged by; an end close to one is computed more exactly.
    pub limits: &'a [f64],
}

/// A statistic and its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounded {
    /// The statistic of the sample.
    pub value: f64,
    /// Its interval; absent only of a single block.
    pub interval: Option<Interval>,
}

/// Computes statistics of one table with their intervals, all from the same resamples.
///
/// The interval is `g^-1(g(x) - t*_(.975) se, g(x) - t*_(.025) se)` on the scale `g` of the
/// statistic, with `t* = (g(x*) - g(x)) / se*` and both standard errors by the delta method from
/// block sums (Davison and Hinkley 1997, chapter 5; Efron and Tibshirani 1993, chapter 12). Blocks
/// are drawn with replacement, below 100 as a multinomial vector, from there on by Poisson(1).
///
/// What differs from that:
/// - above [`MAX_RESAMPLED_BLOCKS`], or where the spread is so small that the sums of a resample
///   lose it to rounding: Student's t on the same scale;
/// - no spread at all: the interval is the value itself, marked [`Remark::Constant`];
/// - a share of 0 or 1: Wilson's interval as if every block that counts were one row, marked
///   [`Remark::AtEdge`], because the rows of a block may all hang together;
/// - an end that would be infinite, or a statistic that more than one of a hundred resamples
///   leaves undefined: percentile interval of the others, marked [`Remark::Undefined`];
/// - a plan that asks for other [`Intervals`]: quantiles of the resampled values, as they are or
///   bias-corrected and accelerated;
/// - carry below [`MIN_CARRY`]: marked [`Remark::FewCarry`].
///
/// [`Remark::Constant`]: crate::interval::Remark::Constant
/// [`Remark::AtEdge`]: crate::interval::Remark::AtEdge
/// [`Remark::Undefined`]: crate::interval::Remark::Undefined
/// [`Remark::FewCarry`]: crate::interval::Remark::FewCarry
/// [`MIN_CARRY`]: crate::interval::MIN_CARRY
/// [`Intervals`]: crate::plan::Intervals
pub fn intervals(
    table: &Table,
    requests: &[Request<'_>],
    plan: &Plan,
) -> Vec<Result<Bounded, NoValue>> {
    let mut answers = Vec::new();
    let mut open = Vec::new();
    for (position, request) in requests.iter().enumerate() {
        let started = start(table, request, plan);
        if let Ok(Start { value, centre: Some(centre), .. }) = started {
            open.push(Open { position, value, centre });
        }
        answers.push(started.map(|start| Bounded { value: start.value, interval: start.interval }));
    }
    for resamples in [plan.first_resamples(), plan.most_resamples] {
        if open.is_empty() {
            break;
        }
        let statistic = |open: &Open| requests[open.position].statistic;
        let centred: Vec<_> = open
            .iter()
            .map(|open| Centred { smooth: statistic(open), centre: open.centre })
            .collect();
        let draws = draw(table, &centred, resamples, plan);
        let mut close = Vec::new();
        for (open, draws) in open.into_iter().zip(draws) {
            let interval = open.centre.interval(&draws, resamples);
            let Open { position, value, centre } = open;
            answers[position] = Ok(Bounded { value, interval: Some(interval) });
            if centre.is_close(&interval, requests[position].limits) {
                close.push(open);
            }
        }
        open = if plan.most_resamples > plan.first_resamples() { close } else { Vec::new() };
    }
    answers
}

/// A statistic that waits for resamples.
#[derive(Clone, Copy)]
struct Open {
    position: usize,
    value: f64,
    centre: Centre,
}

/// An estimate, and its interval or what to resample for it.
struct Start {
    value: f64,
    interval: Option<Interval>,
    centre: Option<Centre>,
}

fn start(table: &Table, request: &Request<'_>, plan: &Plan) -> Result<Start, NoValue> {
    let statistic = request.statistic;
    let sums = table.sums(statistic);
    if sums.len() > MOST_COLUMNS || sums.iter().any(|sum| !sum.is_finite()) {
        return Err(NoValue::OutOfRange);
    }
    let value = statistic.value(&sums).ok_or(request.undefined)?;
    let scale = statistic.scale();
    if !value.is_finite() || scale.forward(value).is_nan() {
        return Err(NoValue::OutOfRange);
    }
    let mut gradient = vec![0.0; sums.len()];
    if !scale.is_edge(value) {
        statistic.gradient(&sums, &mut gradient);
    }
    let influence: Vec<f64> = table.influence(statistic, &gradient).collect();
    let spread = sum(influence.iter().map(|u| u * u)).sqrt();
    let size = gradient
        .iter()
        .zip(statistic.columns())
        .map(|(slope, &column)| slope * slope * sum(table.column(column).iter().map(|x| x * x)))
        .sum::<f64>()
        .sqrt();
    if !spread.is_finite() || !size.is_finite() {
        return Err(NoValue::OutOfRange);
    }
    let done = |interval| Ok(Start { value, interval, centre: None });
    let centre = match Centre::new(value, scale, &influence, table.counting(statistic), plan) {
        Ok(centre) => centre,
        Err(interval) => return done(interval),
    };
    // Below this all blocks agree up to the rounding of their sums.
    if spread <= 1e-12 * size {
        return done(Some(Interval::constant(plan.level, value, Method::BootT)));
    }
    if table.blocks() > MAX_RESAMPLED_BLOCKS || spread <= 1e-6 * size {
        return done(Some(centre.transformed_t(None)));
    }
    Ok(Start { value, interval: None, centre: Some(centre) })
}
