//! The area under the ROC curve.

use crate::estimate::NoValue;
use crate::interval::{Ends, Interval, LEVEL, Method, Remark, WIDE_LEVEL};
use crate::proportion::MIN_OUTCOMES;
use crate::quantile::normal_upper;
use crate::rank::midranks;
use crate::sample::{SampleError, check_length, check_numbers};
use crate::smooth::Scale;
use crate::sum::sum;

/// Returns the chance that a positive row is scored above a negative one, ties counting half.
///
/// Equal to `sklearn.metrics.roc_auc_score`. 0.5 is worthless, 0 is as informative as 1. O(n log
/// n). Rows of one class only have none: [`NoValue::OneClass`].
///
/// # Errors
/// There are no rows, the lengths differ, or a score is NaN or infinite.
pub fn auc(positive: &[bool], score: &[f64]) -> Result<Result<f64, NoValue>, SampleError> {
    check_numbers("the score", score, score.len())?;
    check_length("the target", positive.len(), score.len())?;
    Ok(Placements::new(positive, score).map(|placements| placements.auc))
}

/// For each row the share of the other class that it is on the right side of.
///
/// These are the structural components of `DeLong`, `DeLong` and Clarke-Pearson 1988, computed from
/// midranks in O(n log n) (Sun and Xu 2014, "Fast implementation of `DeLong`'s algorithm").
pub(crate) struct Placements {
    pub(crate) auc: f64,
    /// The components of the positive and of the negative rows, each in the order of the rows.
    pub(crate) sides: [Vec<f64>; 2],
}

impl Placements {
    pub(crate) fn new(positive: &[bool], score: &[f64]) -> Result<Self, NoValue> {
        let ranks = midranks(score);
        let side = |wanted: bool| {
            let rows = || (0..score.len()).filter(|&row| positive[row] == wanted);
            let scores: Vec<f64> = rows().map(|row| score[row]).collect();
            let within = midranks(&scores);
            rows().zip(within).map(|(row, within)| ranks[row] - within).collect::<Vec<_>>()
        };
        let mut sides = [side(true), side(false)];
        let [positives, negatives] = [count(&sides[0]), count(&sides[1])];
        if positives == 0.0 || negatives == 0.0 {
            return Err(NoValue::OneClass);
        }
        sides[0].iter_mut().for_each(|below| *below /= negatives);
        sides[1].iter_mut().for_each(|below| *below = 1.0 - *below / positives);
        let auc = sum(sides[0].iter().copied()) / positives;
        Ok(Self { auc, sides })
    }

    /// Returns the number of rows of the rarer class.
    pub(crate) fn rarer(&self) -> usize {
        self.sides[0].len().min(self.sides[1].len())
    }

    /// Returns what each row adds to the error of the area, in the order of the rows.
    pub(crate) fn influence(&self, positive: &[bool]) -> Vec<f64> {
        let mut sides = [0, 1].map(|side: usize| {
            let rows = count(&self.sides[side]);
            self.sides[side].iter().map(move |share| (share - self.auc) / rows)
        });
        let next = |&positive: &bool| sides[usize::from(!positive)].next().unwrap_or(0.0);
        positive.iter().map(next).collect()
    }

    /// Returns the interval by `DeLong`'s variance on the logit: `expit(logit A +- z se / (A (1 - A)))`.
    ///
    /// At 0 and 1 the rule of three. Constant scores have no variance and `[0.5, 0.5]`, marked.
    pub(crate) fn interval(&self) -> Interval {
        if Scale::Logit.is_edge(self.auc) || self.rarer() < 2 {
            return rule_of_three(self.auc, self.rarer());
        }
        let variance = covariance(self, self);
        if variance <= 0.0 {
            let point = Ends::point(self.auc);
            return Interval::new(point, point, Method::LogitDelong, Some(Remark::Constant));
        }
        let (g, error) =
            (Scale::Logit.forward(self.auc), variance.sqrt() * Scale::Logit.slope(self.auc));
        let ends = |level: f64| {
            let half = normal_upper((1.0 - level) / 2.0) * error;
            Ends { low: Scale::Logit.back(g - half), high: Scale::Logit.back(g + half) }
        };
        Interval::new(ends(LEVEL), ends(WIDE_LEVEL), Method::LogitDelong, self.few_outcomes())
    }

    pub(crate) fn few_outcomes(&self) -> Option<Remark> {
        ((self.rarer() as u64) < MIN_OUTCOMES).then_some(Remark::FewOutcomes)
    }

    /// Returns the interval of the area less that of `champion` on the same rows, by the paired
    /// test of `DeLong` et al.; equal models have `[0, 0]` and a class of one row all of [-1, 1], marked.
    pub(crate) fn gain_interval(&self, champion: &Self) -> Interval {
        let gain = self.auc - champion.auc;
        if self.rarer() < 2 {
            let all = Ends { low: -1.0, high: 1.0 };
            return Interval::new(all, all, Method::PairedDelong, Some(Remark::AtEdge));
        }
        let apart = covariance(self, self) + covariance(champion, champion);
        let variance = apart - 2.0 * covariance(self, champion);
        // Equal placements cancel up to rounding only.
        if variance <= 1e-12 * apart {
            let point = Ends::point(gain);
            return Interval::new(point, point, Method::PairedDelong, Some(Remark::Constant));
        }
        let ends = |level: f64| {
            let half = normal_upper((1.0 - level) / 2.0) * variance.sqrt();
            Ends { low: gain - half, high: gain + half }
        };
        Interval::new(ends(LEVEL), ends(WIDE_LEVEL), Method::PairedDelong, self.few_outcomes())
    }
}

/// Returns the interval of an area of 0 or 1, of which `units` of the rarer class were seen.
///
/// The rule of three: had the share of misplaced ones been more than `3 / units`, one would have
/// been seen with 95 %. A class of one row says nothing about other areas either: `[0, 1]`.
pub(crate) fn rule_of_three(auc: f64, units: usize) -> Interval {
    let reach = |unseen: f64| (-unseen.ln() / units as f64).min(1.0);
    let ends = |reach: f64| match auc {
        1.0 => Ends { low: 1.0 - reach, high: 1.0 },
        0.0 => Ends { low: 0.0, high: reach },
        _ => Ends { low: 0.0, high: 1.0 },
    };
    let (near, far) = (ends(reach(1.0 - LEVEL)), ends(reach(1.0 - WIDE_LEVEL)));
    Interval::new(near, far, Method::RuleOfThree, Some(Remark::AtEdge))
}

/// `DeLong`'s covariance of the areas of two scores of the same rows.
fn covariance(a: &Placements, b: &Placements) -> f64 {
    let side = |side: usize| {
        let rows = count(&a.sides[side]);
        let pairs = a.sides[side].iter().zip(&b.sides[side]);
        sum(pairs.map(|(x, y)| (x - a.auc) * (y - b.auc))) / ((rows - 1.0) * rows)
    };
    side(0) + side(1)
}

fn count(side: &[f64]) -> f64 {
    side.len() as f64
}
