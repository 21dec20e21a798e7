//! Studentised block bootstrap intervals of smooth functions of sums.

use crate::draws::{Centred, Draws, MOST_COLUMNS, draw};
use crate::estimate::NoValue;
use crate::interval::{Ends, Interval, LEVEL, MIN_CARRY, Method, Remark, WIDE_LEVEL};
use crate::plan::{CLOSE_TO_LIMIT, MAX_RESAMPLED_BLOCKS, Plan};
use crate::proportion::wilson_ends;
use crate::quantile::{of_sorted, student_upper};
use crate::smooth::{Scale, Smooth};
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
/// - carry below [`MIN_CARRY`]: marked [`Remark::FewCarry`].
pub fn intervals(
    table: &Table,
    requests: &[Request<'_>],
    plan: &Plan,
) -> Vec<Result<Bounded, NoValue>> {
    let mut found: Vec<_> = requests.iter().map(|request| start(table, request)).collect();
    let mut resamples = plan.resamples;
    loop {
        let open: Vec<usize> =
            (0..found.len()).filter(|&i| matches!(&found[i], Ok(Progress::Open(_)))).collect();
        let centres: Vec<Centre> = open
            .iter()
            .filter_map(
                |&i| if let Ok(Progress::Open(centre)) = found[i] { Some(centre) } else { None },
            )
            .collect();
        if open.is_empty() {
            break;
        }
        let statistics: Vec<_> = open
            .iter()
            .zip(&centres)
            .map(|(&i, centre)| Centred { smooth: requests[i].statistic, estimate: centre.g })
            .collect();
        let draws = draw(table, &statistics, resamples, plan);
        let last = resamples >= plan.most_resamples;
        for ((i, centre), draws) in open.into_iter().zip(centres).zip(draws) {
            let interval = centre.interval(&draws, resamples);
            if last || !centre.is_close(&interval, requests[i].limits) {
                found[i] =
                    Ok(Progress::Done(Bounded { value: centre.value, interval: Some(interval) }));
            }
        }
        resamples = plan.most_resamples;
    }
    found
        .into_iter()
        .map(|progress| match progress {
            Ok(Progress::Done(bounded)) => Ok(bounded),
            Ok(Progress::Open(_)) => Err(NoValue::OutOfRange),
            Err(reason) => Err(reason),
        })
        .collect()
}

#[derive(Clone, Copy)]
enum Progress {
    Done(Bounded),
    Open(Centre),
}

/// The estimate of a statistic whose interval needs resamples.
#[derive(Clone, Copy)]
struct Centre {
    value: f64,
    /// The value and its standard error on the scale.
    g: f64,
    error: f64,
    scale: Scale,
    carry: f64,
    blocks: usize,
}

/// Computes the estimate, and the interval where it needs no resamples.
fn start(table: &Table, request: &Request<'_>) -> Result<Progress, NoValue> {
    let statistic = request.statistic;
    let done = |value, interval| Ok(Progress::Done(Bounded { value, interval }));
    let sums = table.sums(statistic);
    if sums.len() > MOST_COLUMNS || sums.iter().any(|sum| !sum.is_finite()) {
        return Err(NoValue::OutOfRange);
    }
    let value = statistic.value(&sums).ok_or(request.undefined)?;
    if !value.is_finite() {
        return Err(NoValue::OutOfRange);
    }
    let blocks = table.blocks();
    if blocks < 2 {
        return done(value, None);
    }
    let scale = statistic.scale();
    let g = scale.forward(value);
    if g.is_nan() {
        return Err(NoValue::OutOfRange);
    }
    let constant = Interval::new(
        Ends::point(value),
        Ends::point(value),
        Method::BootT,
        Some(Remark::Constant),
    );
    if g.is_infinite() {
        let edge =
            if scale == Scale::Logit { share_at_edge(table, statistic, value) } else { constant };
        return done(value, Some(edge));
    }
    let mut gradient = vec![0.0; sums.len()];
    statistic.gradient(&sums, &mut gradient);
    let influence: Vec<f64> = table.influence(statistic, &gradient).collect();
    #[expect(clippy::cast_precision_loss, reason = "counts of blocks are below 2^52")]
    let correction = blocks as f64 / (blocks as f64 - 1.0);
    let squares = sum(influence.iter().map(|u| u * u));
    let error = (correction * squares).sqrt() * scale.slope(value).abs();
    let size = gradient
        .iter()
        .zip(statistic.columns())
        .map(|(slope, &column)| slope * slope * sum(table.column(column).iter().map(|x| x * x)))
        .sum::<f64>()
        .sqrt();
    if !error.is_finite() || !size.is_finite() {
        return Err(NoValue::OutOfRange);
    }
    if squares.sqrt() <= 1e-12 * size {
        return done(value, Some(constant));
    }
    let fourth = sum(influence.iter().map(|u| (u * u / squares).powi(2)));
    let centre = Centre { value, g, error, scale, carry: 1.0 / fourth, blocks };
    if blocks > MAX_RESAMPLED_BLOCKS || squares.sqrt() <= 1e-6 * size {
        return done(value, Some(centre.transformed_t(None)));
    }
    Ok(Progress::Open(centre))
}

/// Wilson's interval of a share that is 0 or 1, with each block that counts as one row.
fn share_at_edge(table: &Table, statistic: &dyn Smooth, value: f64) -> Interval {
    let counts = |block: &usize| {
        statistic.columns().iter().any(|&column| table.column(column)[*block] != 0.0)
    };
    let blocks = (0..table.blocks()).filter(counts).count() as u64;
    let hits = if value > 0.5 { blocks } else { 0 };
    let (ends, wide) = (wilson_ends(hits, blocks, LEVEL), wilson_ends(hits, blocks, WIDE_LEVEL));
    Interval::new(ends, wide, Method::Wilson, Some(Remark::AtEdge))
}

impl Centre {
    fn interval(&self, draws: &Draws, resamples: usize) -> Interval {
        let usable = draws.t.len();
        if usable < 100.min(resamples) || usable == 0 {
            return self.transformed_t(Some(Remark::Undefined));
        }
        let ends = self.studentised(draws, LEVEL);
        if !ends.are_finite() || usable * 100 < resamples * 99 {
            let (ends, wide) = (self.percentile(draws, LEVEL), self.percentile(draws, WIDE_LEVEL));
            return Interval::new(ends, wide, Method::Percentile, Some(Remark::Undefined))
                .with_carry(self.carry);
        }
        let mut wide = self.studentised(draws, WIDE_LEVEL);
        if !wide.are_finite() {
            let percentile = self.percentile(draws, WIDE_LEVEL);
            wide.low = if wide.low.is_finite() { wide.low } else { percentile.low.min(ends.low) };
            wide.high =
                if wide.high.is_finite() { wide.high } else { percentile.high.max(ends.high) };
        }
        Interval::new(ends, wide, Method::BootT, self.few_carry()).with_carry(self.carry)
    }

    fn few_carry(&self) -> Option<Remark> {
        (self.carry < MIN_CARRY).then_some(Remark::FewCarry)
    }

    fn studentised(&self, draws: &Draws, level: f64) -> Ends {
        let t = |share| of_sorted(&draws.t, share).unwrap_or(f64::NAN);
        let tail = (1.0 - level) / 2.0;
        Ends {
            low: self.scale.back(self.g - t(1.0 - tail) * self.error),
            high: self.scale.back(self.g - t(tail) * self.error),
        }
    }

    fn percentile(&self, draws: &Draws, level: f64) -> Ends {
        let end = |share| self.scale.back(of_sorted(&draws.values, share).unwrap_or(self.g));
        let tail = (1.0 - level) / 2.0;
        Ends { low: end(tail), high: end(1.0 - tail) }
    }

    fn transformed_t(&self, remark: Option<Remark>) -> Interval {
        let ends = |level: f64| {
            #[expect(clippy::cast_precision_loss, reason = "counts of blocks are below 2^52")]
            let half = student_upper((1.0 - level) / 2.0, self.blocks as f64 - 1.0) * self.error;
            let back = |g| self.scale.back(g).clamp(f64::MIN, f64::MAX);
            Ends { low: back(self.g - half), high: back(self.g + half) }
        };
        let remark = remark.or(self.few_carry());
        Interval::new(ends(LEVEL), ends(WIDE_LEVEL), Method::TransformedT, remark)
            .with_carry(self.carry)
    }

    /// Returns whether the Monte-Carlo error of an end could decide about a limit.
    fn is_close(&self, interval: &Interval, limits: &[f64]) -> bool {
        let wide = interval.judged();
        let ends =
            [interval.low, interval.high, wide.low, wide.high].map(|end| self.scale.forward(end));
        let limits = limits.iter().map(|&limit| self.scale.forward(limit));
        limits
            .into_iter()
            .any(|limit| ends.iter().any(|end| (end - limit).abs() < CLOSE_TO_LIMIT * self.error))
    }
}
