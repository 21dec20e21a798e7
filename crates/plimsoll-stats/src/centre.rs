//! An estimate on its scale, and the interval around it.

use crate::draws::Draws;
use crate::interval::{Ends, Interval, Level, Method, Remark, is_carried_by_few};
use crate::plan::{CLOSE_TO_LIMIT, Intervals, Plan};
use crate::proportion::wilson_ends;
use crate::quantile::{lower_end, normal_below, normal_upper, student_upper, upper_end};
use crate::smooth::Scale;
use crate::sum::sum;

/// An estimate with a standard error, ready to be resampled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Centre {
    /// The estimate on its scale, where it is finite.
    pub(crate) g: f64,
    pub(crate) scale: Scale,
    /// The number of blocks over that number less one.
    pub(crate) correction: f64,
    /// The standard error on the scale.
    error: f64,
    carry: f64,
    /// The acceleration of the bootstrap, a sixth of the skewness of the influence.
    acceleration: f64,
    blocks: usize,
    level: Level,
    intervals: Intervals,
    /// What is said of the interval where its carry is no reason to.
    remark: Option<Remark>,
}

impl Centre {
    /// Takes an estimate and the influence of each block on it.
    ///
    /// `counting` is the number of blocks that hold what a share counts. Where there is nothing to
    /// resample the error is the interval at once: nothing of one block, Wilson's at a share of 0
    /// or 1 as if each counting block were one row (the rows of a block may all hang together),
    /// and the value itself where no block differs.
    pub(crate) fn new(
        value: f64,
        scale: Scale,
        influence: &[f64],
        counting: u64,
        plan: &Plan,
    ) -> Result<Self, Option<Interval>> {
        let (blocks, level) = (influence.len(), plan.level);
        if blocks < 2 {
            return Err(None);
        }
        let constant = Interval::constant(level, value, Method::BootT);
        let g = scale.forward(value);
        if g.is_infinite() {
            let share = scale == Scale::Logit;
            return Err(Some(if share { share_at_edge(value, counting, level) } else { constant }));
        }
        let squares = sum(influence.iter().map(|u| u * u));
        if squares <= 0.0 {
            return Err(Some(constant));
        }
        let correction = blocks as f64 / (blocks as f64 - 1.0);
        let error = (correction * squares).sqrt() * scale.slope(value).abs();
        let carry = 1.0 / sum(influence.iter().map(|u| (u * u / squares).powi(2)));
        let skewness = sum(influence.iter().map(|u| (u / squares.sqrt()).powi(3)));
        Ok(Self {
            g,
            scale,
            correction,
            error,
            carry,
            acceleration: skewness / 6.0,
            blocks,
            level,
            intervals: plan.intervals,
            remark: None,
        })
    }

    /// Uses resampled values only, for an estimate that has no standard error in a resample:
    /// percentiles are then what is recommended.
    pub(crate) fn by_values_only(self) -> Self {
        let intervals = match self.intervals {
            Intervals::Bca => Intervals::Bca,
            Intervals::Percentile | Intervals::Recommended => Intervals::Percentile,
        };
        Self { intervals, ..self }
    }

    /// Adds what is to be said of the interval where its carry is no reason to.
    pub(crate) fn with_remark(self, remark: Option<Remark>) -> Self {
        Self { remark, ..self }
    }

    /// Returns the interval from `draw(resamples)`, from more of them if a limit is close.
    pub(crate) fn settle(
        &self,
        limits: &[f64],
        plan: &Plan,
        draw: impl Fn(usize) -> Draws,
    ) -> Interval {
        let resamples = plan.first_resamples();
        let interval = self.interval(&draw(resamples), resamples);
        if plan.most_resamples > resamples && self.is_close(&interval, limits) {
            return self.interval(&draw(plan.most_resamples), plan.most_resamples);
        }
        interval
    }

    /// Returns the interval from the draws of this many resamples.
    pub(crate) fn interval(&self, draws: &Draws, resamples: usize) -> Interval {
        let interval = match self.intervals {
            Intervals::Recommended => self.boot_t(draws, resamples),
            Intervals::Bca => self.bca(draws, resamples),
            Intervals::Percentile => self.percentile(draws, self.remark_of(draws, resamples)),
        };
        interval.with_carry(self.carry)
    }

    /// Returns the interval by Student's t on the scale.
    pub(crate) fn transformed_t(&self, remark: Option<Remark>) -> Interval {
        let ends = |level: Level| {
            let half = student_upper(level.tail(), self.blocks as f64 - 1.0) * self.error;
            let back = |g| self.scale.back(g).clamp(f64::MIN, f64::MAX);
            Ends { low: back(self.g - half), high: back(self.g + half) }
        };
        let remark = remark.or(self.remark());
        Interval::new(self.level, ends, Method::TransformedT, remark).with_carry(self.carry)
    }

    /// Returns whether the Monte-Carlo error of an end could decide about a limit.
    pub(crate) fn is_close(&self, interval: &Interval, limits: &[f64]) -> bool {
        let judged = interval.judged();
        let ends = [interval.low, interval.high, judged.low, judged.high];
        let distance = |limit: f64, end: f64| self.scale.forward(limit) - self.scale.forward(end);
        let near = CLOSE_TO_LIMIT * self.error;
        limits.iter().any(|&limit| ends.iter().any(|&end| distance(limit, end).abs() < near))
    }

    /// Returns the value on the scale and `(g* - g) / se*` of a resample with this value and
    /// variance (before the correction); nothing if it has none.
    ///
    /// A resample at an end of the range, or without any spread, is infinitely many standard errors
    /// away: it widens the interval rather than being forgotten.
    pub(crate) fn studentise(&self, value: f64, variance: f64) -> Option<(f64, f64)> {
        let g = self.scale.forward(value);
        let distance = g - self.g;
        if g.is_nan() {
            return None;
        }
        if g.is_infinite() {
            return Some((g, distance));
        }
        let error = (variance * self.correction).max(0.0).sqrt() * self.scale.slope(value).abs();
        let t = if distance.abs() > 0.0 { distance / error } else { 0.0 };
        (!t.is_nan()).then_some((g, t))
    }

    fn boot_t(&self, draws: &Draws, resamples: usize) -> Interval {
        if draws.t.len() < 100 {
            return self.transformed_t(Some(Remark::Undefined));
        }
        let ends = self.studentised(draws, self.level);
        if !ends.are_finite() || draws.t.len() * 100 < resamples * 99 {
            return self.percentile(draws, Some(Remark::Undefined));
        }
        let ends = |level: Level| {
            if level == self.level {
                return ends;
            }
            let wide = self.studentised(draws, level);
            let percentile = self.quantiles(draws, [level.tail(); 2]);
            let finite = |end: f64, other: f64| if end.is_finite() { end } else { other };
            Ends {
                low: finite(wide.low, percentile.low.min(ends.low)),
                high: finite(wide.high, percentile.high.max(ends.high)),
            }
        };
        Interval::new(self.level, ends, Method::BootT, self.remark())
    }

    /// Bias-corrected and accelerated (`DiCiccio` and Efron 1996): the share of draws below the
    /// estimate, ties counting half, gives the bias; influence values give the acceleration.
    fn bca(&self, draws: &Draws, resamples: usize) -> Interval {
        let below = draws.values.partition_point(|&value| value < self.g);
        let tied = draws.values[below..].partition_point(|&value| value <= self.g);
        let share = (below as f64 + 0.5 * tied as f64) / draws.values.len() as f64;
        let bias = -normal_upper(share);
        // With all draws on one side there is no bias to correct, and few tell nothing of it.
        if !bias.is_finite() || draws.values.len() < 100 {
            return self.percentile(draws, Some(Remark::Undefined));
        }
        let ends = |level: Level| {
            let tail = |sign: f64| {
                let moved = bias - sign * normal_upper(level.tail());
                let room = 1.0 - self.acceleration * moved;
                // Beyond its pole the formula would come back from the other side.
                let end = if room > 0.0 { bias + moved / room } else { f64::INFINITY * moved };
                normal_below(sign * end)
            };
            self.quantiles(draws, [tail(1.0), tail(-1.0)])
        };
        Interval::new(self.level, ends, Method::Bca, self.remark_of(draws, resamples))
    }

    fn percentile(&self, draws: &Draws, remark: Option<Remark>) -> Interval {
        let ends = |level: Level| self.quantiles(draws, [level.tail(); 2]);
        Interval::new(self.level, ends, Method::Percentile, remark)
    }

    fn remark_of(&self, draws: &Draws, resamples: usize) -> Option<Remark> {
        let undefined = draws.values.len() * 100 < resamples * 99;
        if undefined { Some(Remark::Undefined) } else { self.remark() }
    }

    fn remark(&self) -> Option<Remark> {
        let few = is_carried_by_few(self.carry, self.blocks);
        if few { Some(Remark::FewCarry) } else { self.remark }
    }

    fn studentised(&self, draws: &Draws, level: Level) -> Ends {
        let above = upper_end(&draws.t, level.tail(), 0.0).unwrap_or(f64::NAN);
        let below = lower_end(&draws.t, level.tail(), 0.0).unwrap_or(f64::NAN);
        Ends {
            low: self.scale.back(self.g - above * self.error),
            high: self.scale.back(self.g - below * self.error),
        }
    }

    /// Returns below and above which resampled values these shares of the draws lie.
    fn quantiles(&self, draws: &Draws, [below, above]: [f64; 2]) -> Ends {
        let low = lower_end(&draws.values, below, self.g).unwrap_or(self.g);
        let high = upper_end(&draws.values, above, self.g).unwrap_or(self.g);
        Ends { low: self.scale.back(low), high: self.scale.back(high) }
    }
}

fn share_at_edge(value: f64, counting: u64, level: Level) -> Interval {
    let hits = if value > 0.5 { counting } else { 0 };
    let ends = |level| wilson_ends(hits, counting, level);
    Interval::new(level, ends, Method::Wilson, Some(Remark::AtEdge))
}
