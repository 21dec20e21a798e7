//! An estimate on its scale, and the interval around it.

use crate::draws::Draws;
use crate::interval::{Ends, Interval, LEVEL, MIN_CARRY, Method, Remark, WIDE_LEVEL};
use crate::plan::{CLOSE_TO_LIMIT, Plan};
use crate::proportion::wilson_ends;
use crate::quantile::{of_sorted, student_upper};
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
    blocks: usize,
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
    ) -> Result<Self, Option<Interval>> {
        let blocks = influence.len();
        if blocks < 2 {
            return Err(None);
        }
        let point = Ends::point(value);
        let constant = Interval::new(point, point, Method::BootT, Some(Remark::Constant));
        let g = scale.forward(value);
        if g.is_infinite() {
            let share = scale == Scale::Logit;
            return Err(Some(if share { share_at_edge(value, counting) } else { constant }));
        }
        let squares = sum(influence.iter().map(|u| u * u));
        if squares <= 0.0 {
            return Err(Some(constant));
        }
        let correction = blocks as f64 / (blocks as f64 - 1.0);
        let error = (correction * squares).sqrt() * scale.slope(value).abs();
        let carry = 1.0 / sum(influence.iter().map(|u| (u * u / squares).powi(2)));
        Ok(Self { g, scale, correction, error, carry, blocks })
    }

    /// Returns the interval from `draw(resamples)`, from more of them if a limit is close.
    pub(crate) fn settle(
        &self,
        limits: &[f64],
        plan: &Plan,
        draw: impl Fn(usize) -> Draws,
    ) -> Interval {
        let interval = self.interval(&draw(plan.resamples), plan.resamples);
        if plan.most_resamples > plan.resamples && self.is_close(&interval, limits) {
            return self.interval(&draw(plan.most_resamples), plan.most_resamples);
        }
        interval
    }

    /// Returns the interval from the draws of this many resamples.
    pub(crate) fn interval(&self, draws: &Draws, resamples: usize) -> Interval {
        let usable = draws.t.len();
        if usable < 100 {
            return self.transformed_t(Some(Remark::Undefined));
        }
        let ends = self.studentised(draws, LEVEL);
        if !ends.are_finite() || usable * 100 < resamples * 99 {
            let [ends, wide] = [LEVEL, WIDE_LEVEL].map(|level| self.percentile(draws, level));
            let method = Method::Percentile;
            return Interval::new(ends, wide, method, Some(Remark::Undefined))
                .with_carry(self.carry);
        }
        let mut wide = self.studentised(draws, WIDE_LEVEL);
        if !wide.are_finite() {
            let percentile = self.percentile(draws, WIDE_LEVEL);
            let finite = |end: f64, other: f64| if end.is_finite() { end } else { other };
            wide.low = finite(wide.low, percentile.low.min(ends.low));
            wide.high = finite(wide.high, percentile.high.max(ends.high));
        }
        Interval::new(ends, wide, Method::BootT, self.few_carry()).with_carry(self.carry)
    }

    /// Returns the interval by Student's t on the scale.
    pub(crate) fn transformed_t(&self, remark: Option<Remark>) -> Interval {
        let ends = |level: f64| {
            let half = student_upper((1.0 - level) / 2.0, self.blocks as f64 - 1.0) * self.error;
            let back = |g| self.scale.back(g).clamp(f64::MIN, f64::MAX);
            Ends { low: back(self.g - half), high: back(self.g + half) }
        };
        let remark = remark.or(self.few_carry());
        let method = Method::TransformedT;
        Interval::new(ends(LEVEL), ends(WIDE_LEVEL), method, remark).with_carry(self.carry)
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
}

fn share_at_edge(value: f64, counting: u64) -> Interval {
    let hits = if value > 0.5 { counting } else { 0 };
    let [ends, wide] = [LEVEL, WIDE_LEVEL].map(|level| wilson_ends(hits, counting, level));
    Interval::new(ends, wide, Method::Wilson, Some(Remark::AtEdge))
}
