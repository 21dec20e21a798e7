//! The area under the ROC curve.

use crate::estimate::NoValue;
use crate::interval::{Ends, Interval, Level, Method, Remark};
use crate::p_value::PValue;
use crate::proportion::MIN_OUTCOMES;
use crate::quantile::normal_upper;
use crate::rank::{order_of, ties};
use crate::sample::{SampleError, check_length, check_numbers};
use crate::smooth::Scale;
use crate::sum::sum;
use crate::tails;

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

/// The areas of two scores of the same rows, compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedAreas {
    /// The area under the champion's curve.
    pub champion: f64,
    /// The area under the challenger's curve.
    pub challenger: f64,
    /// The standard error of their difference; 0 of scores that place all rows alike.
    pub error: f64,
    /// The two-sided p-value of equal areas.
    pub p: PValue,
}

impl PairedAreas {
    /// Returns the one-sided p-value of a gain of no more than `required`.
    pub fn p_above(&self, required: f64) -> PValue {
        let distance = self.challenger - self.champion - required;
        if self.error > 0.0 {
            return tails::normal(distance / self.error).unwrap_or(PValue::ONE);
        }
        if distance > 0.0 { PValue::ZERO } else { PValue::ONE }
    }
}

/// Tests whether two scores of the same rows have the same area (`DeLong`, `DeLong` and
/// Clarke-Pearson 1988).
///
/// Of rows of one class only there is no area: [`NoValue::OneClass`]; with a single row of a class
/// its variance is unknown: [`NoValue::SingleRow`]. O(n log n).
///
/// # Errors
/// There are no rows, the lengths differ, or a score is NaN or infinite.
pub fn paired_delong(
    positive: &[bool],
    champion: &[f64],
    challenger: &[f64],
) -> Result<Result<PairedAreas, NoValue>, SampleError> {
    check_length("the target", positive.len(), champion.len())?;
    check_numbers("the champion's score", champion, positive.len())?;
    check_numbers("the challenger's score", challenger, positive.len())?;
    let placements = |score| Placements::new(positive, score);
    let (old, new) = match (placements(champion), placements(challenger)) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(reason), _) | (_, Err(reason)) => return Ok(Err(reason)),
    };
    if old.rarer() < 2 {
        return Ok(Err(NoValue::SingleRow));
    }
    let error = new.variance_of_gain(&old).sqrt();
    let z = (new.auc - old.auc) / error;
    let p = if error > 0.0 { tails::normal_two_sided(z) } else { Ok(PValue::ONE) };
    let p = p.unwrap_or(PValue::ONE);
    Ok(Ok(PairedAreas { champion: old.auc, challenger: new.auc, error, p }))
}

/// For each row the share of the other class that it is on the right side of.
///
/// These are the structural components of `DeLong`, `DeLong` and Clarke-Pearson 1988, computed in
/// O(n log n) (Sun and Xu 2014, "Fast implementation of `DeLong`'s algorithm"), here from a single
/// sort: what is below a row is counted on the way up.
pub(crate) struct Placements {
    pub(crate) auc: f64,
    /// The components of the positive and of the negative rows, each in the order of the rows.
    pub(crate) sides: [Vec<f64>; 2],
}

impl Placements {
    pub(crate) fn new(positive: &[bool], score: &[f64]) -> Result<Self, NoValue> {
        let all = positive.iter().filter(|&&positive| positive).count();
        let [positives, negatives] = [all as f64, (positive.len() - all) as f64];
        if positives == 0.0 || negatives == 0.0 {
            return Err(NoValue::OneClass);
        }
        let mut shares = vec![0.0; score.len()];
        let (mut positives_below, mut negatives_below) = (0, 0);
        for (_, tie) in ties(&order_of(score), score) {
            let tied = tie.iter().filter(|&&row| positive[row]).count();
            let others = tie.len() - tied;
            let above = (negatives_below as f64 + 0.5 * others as f64) / negatives;
            let below = 1.0 - (positives_below as f64 + 0.5 * tied as f64) / positives;
            for &row in tie {
                shares[row] = if positive[row] { above } else { below };
            }
            positives_below += tied;
            negatives_below += others;
        }
        let side = |wanted: bool| {
            let rows = shares.iter().zip(positive).filter(|&(_, &positive)| positive == wanted);
            rows.map(|(&share, _)| share).collect::<Vec<_>>()
        };
        let sides = [side(true), side(false)];
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
    pub(crate) fn interval(&self, level: Level) -> Interval {
        if Scale::Logit.is_edge(self.auc) || self.rarer() < 2 {
            return rule_of_three(self.auc, self.rarer(), level);
        }
        let variance = covariance(self, self);
        if variance <= 0.0 {
            return Interval::constant(level, self.auc, Method::LogitDelong);
        }
        let (g, error) =
            (Scale::Logit.forward(self.auc), variance.sqrt() * Scale::Logit.slope(self.auc));
        let ends = |level: Level| {
            let half = normal_upper(level.tail()) * error;
            Ends { low: Scale::Logit.back(g - half), high: Scale::Logit.back(g + half) }
        };
        Interval::new(level, ends, Method::LogitDelong, self.few_outcomes())
    }

    pub(crate) fn few_outcomes(&self) -> Option<Remark> {
        ((self.rarer() as u64) < MIN_OUTCOMES).then_some(Remark::FewOutcomes)
    }

    /// Returns the interval of the area less that of `champion` on the same rows, by the paired
    /// test of `DeLong` et al.; equal models have `[0, 0]` and a class of one row all of [-1, 1], marked.
    pub(crate) fn gain_interval(&self, champion: &Self, level: Level) -> Interval {
        let gain = self.auc - champion.auc;
        if self.rarer() < 2 {
            let all = Ends { low: -1.0, high: 1.0 };
            return Interval::new(level, |_| all, Method::PairedDelong, Some(Remark::AtEdge));
        }
        let variance = self.variance_of_gain(champion);
        if variance <= 0.0 {
            return Interval::constant(level, gain, Method::PairedDelong);
        }
        let ends = |level: Level| {
            let half = normal_upper(level.tail()) * variance.sqrt();
            Ends { low: gain - half, high: gain + half }
        };
        Interval::new(level, ends, Method::PairedDelong, self.few_outcomes())
    }

    /// `DeLong`'s variance of the area less that of `champion` on the same rows, 0 where they place
    /// all rows alike; each class has at least two rows.
    fn variance_of_gain(&self, champion: &Self) -> f64 {
        let apart = covariance(self, self) + covariance(champion, champion);
        let variance = apart - 2.0 * covariance(self, champion);
        // Equal placements cancel up to rounding only.
        if variance > 1e-12 * apart { variance } else { 0.0 }
    }
}

/// Returns the interval of an area of 0 or 1, of which `units` of the rarer class were seen.
///
/// The rule of three: had the share of misplaced ones been more than `3 / units`, one would have
/// been seen with 95 % (the whole error of the level lies on the side that is open). A class of one row says nothing about other areas either: `[0, 1]`.
pub(crate) fn rule_of_three(auc: f64, units: usize, level: Level) -> Interval {
    let ends = |level: Level| {
        let reach = (-(2.0 * level.tail()).ln() / units as f64).min(1.0);
        match auc {
            1.0 => Ends { low: 1.0 - reach, high: 1.0 },
            0.0 => Ends { low: 0.0, high: reach },
            _ => Ends { low: 0.0, high: 1.0 },
        }
    };
    Interval::new(level, ends, Method::RuleOfThree, Some(Remark::AtEdge))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn scores() -> (Vec<bool>, Vec<f64>, Vec<f64>) {
        let rows = || (0..150).map(f64::from);
        let wave = |i: f64| 2.0 * (0.7 * i).sin();
        let rounded = |x: f64| (10.0 * x).round() / 10.0;
        (
            rows().map(|i| (0.7 * i).sin() > 0.2).collect(),
            rows().map(|i| rounded(wave(i) + 1.6 * (2.9 * i).sin())).collect(),
            rows().map(|i| rounded(wave(i) + 1.1 * (3.7 * i).sin())).collect(),
        )
    }

    #[test]
    fn the_paired_test_agrees_with_all_pairs_written_out() {
        let (positive, old, new) = scores();
        let found = paired_delong(&positive, &old, &new).unwrap().unwrap();
        // references/comparison.py: areas as roc_auc_score of scikit-learn 1.9.1, norm.sf of scipy
        for (found, expected) in [
            (found.champion, 0.895_746_606_334_841_6),
            (found.challenger, 0.94),
            (found.error, 0.024_777_771_794_905_906),
            (found.p.get(), 0.074_097_341_939_062_06),
            (found.p_above(0.02).get(), 0.163_830_323_619_942_99),
        ] {
            assert!((found / expected - 1.0).abs() < 1e-9, "{found} is not {expected}");
        }
    }

    #[test]
    fn scores_that_rank_alike_have_no_difference() {
        let (positive, old, _) = scores();
        let bent: Vec<f64> = old.iter().map(|score| score.exp()).collect();
        let found = paired_delong(&positive, &old, &bent).unwrap().unwrap();
        assert_eq!((found.error, found.p), (0.0, PValue::ONE));
        assert_eq!((found.p_above(0.0), found.p_above(-0.01)), (PValue::ONE, PValue::ZERO));
    }

    #[test]
    fn a_class_of_one_row_or_none_has_no_test() {
        let score = [0.1, 0.2, 0.3];
        let of = |positive: [bool; 3]| paired_delong(&positive, &score, &score).unwrap();
        assert_eq!(of([true; 3]), Err(NoValue::OneClass));
        assert_eq!(of([true, false, true]), Err(NoValue::SingleRow));
        assert!(paired_delong(&[true], &score, &score).is_err());
    }
}
