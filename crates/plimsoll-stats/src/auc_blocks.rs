//! The area under the ROC curve where rows belong to blocks.

use crate::auc::{Placements, rule_of_three};
use crate::blocks::Blocks;
use crate::interval::{Ends, Interval, LEVEL, MIN_CARRY, Method, Remark, WIDE_LEVEL};
use crate::plan::{CLOSE_TO_LIMIT, Plan, in_threads};
use crate::quantile::of_sorted;
use crate::rank::{order_of, ties};
use crate::sum::sum;
use crate::weights::Weights;

/// Returns the interval of the area under `placements` by whole blocks: quantiles of the areas of
/// the resamples.
///
/// Resamples of one class have no area and are left out. At 0 and 1 no resample differs: the rule
/// of three counts the blocks that hold the rarer class.
pub(crate) fn interval(
    positive: &[bool],
    score: &[f64],
    placements: &Placements,
    limits: &[f64],
    blocks: &Blocks,
    plan: &Plan,
) -> Option<Interval> {
    if blocks.count() < 2 {
        return None;
    }
    if placements.auc <= 0.0 || placements.auc >= 1.0 {
        return Some(rule_of_three(placements.auc, blocks_of_rarer(positive, blocks)));
    }
    let influence = placements.influence(positive);
    let walks = [Walk::new(positive, score, blocks)];
    percentile(&walks, placements.auc, &influence, placements.few_outcomes(), limits, blocks, plan)
}

/// Returns the interval of the challenger's area less the champion's, both walked with the same
/// weights.
pub(crate) fn gain_interval(
    positive: &[bool],
    [champion, challenger]: [(&[f64], &Placements); 2],
    limits: &[f64],
    blocks: &Blocks,
    plan: &Plan,
) -> Option<Interval> {
    if blocks.count() < 2 {
        return None;
    }
    let walks = [challenger, champion].map(|(score, _)| Walk::new(positive, score, blocks));
    let [old, new] = [champion, challenger].map(|(_, placements)| placements.influence(positive));
    let influence: Vec<f64> = new.iter().zip(old).map(|(new, old)| new - old).collect();
    let gain = challenger.1.auc - champion.1.auc;
    percentile(&walks, gain, &influence, challenger.1.few_outcomes(), limits, blocks, plan)
}

fn percentile(
    walks: &[Walk],
    estimate: f64,
    influence: &[f64],
    few_outcomes: Option<Remark>,
    limits: &[f64],
    blocks: &Blocks,
    plan: &Plan,
) -> Option<Interval> {
    let of_blocks = blocks.sums(influence.iter().copied());
    let squares = sum(of_blocks.iter().map(|u| u * u));
    if squares <= 1e-24 {
        let point = Ends::point(estimate);
        return Some(Interval::new(point, point, Method::Percentile, Some(Remark::Constant)));
    }
    let carry = 1.0 / sum(of_blocks.iter().map(|u| (u * u / squares).powi(2)));
    let mut resamples = plan.resamples;
    loop {
        let areas = draw(walks, resamples, blocks, plan);
        let end = |share| of_sorted(&areas, share).unwrap_or(estimate);
        let ends = |level: f64| Ends {
            low: end((1.0 - level) / 2.0),
            high: end(1.0 - (1.0 - level) / 2.0),
        };
        let remark = if areas.len() * 100 < resamples * 99 {
            Some(Remark::Undefined)
        } else if carry < MIN_CARRY {
            Some(Remark::FewCarry)
        } else {
            few_outcomes
        };
        let (ends, wide) = (ends(LEVEL), ends(WIDE_LEVEL));
        let interval = Interval::new(ends, wide, Method::Percentile, remark).with_carry(carry);
        let near = CLOSE_TO_LIMIT * squares.sqrt();
        let judged = interval.judged();
        let close = [ends.low, ends.high, judged.low, judged.high]
            .iter()
            .any(|end| limits.iter().any(|limit| (end - limit).abs() < near));
        if !close || resamples >= plan.most_resamples {
            return Some(interval);
        }
        resamples = plan.most_resamples;
    }
}

fn blocks_of_rarer(positive: &[bool], blocks: &Blocks) -> usize {
    let of_class = |class: bool| {
        let mut holds = vec![false; blocks.count()];
        for (row, _) in positive.iter().enumerate().filter(|&(_, &positive)| positive == class) {
            holds[blocks.of_row(row)] = true;
        }
        holds.into_iter().filter(|&holds| holds).count()
    };
    of_class(true).min(of_class(false))
}

/// The rows of one score from the lowest to the highest, sorted once for all resamples.
struct Walk {
    steps: Vec<Step>,
}

#[derive(Clone, Copy)]
struct Step {
    block: u32,
    positive: bool,
    /// The next row has another score.
    ends_tie: bool,
}

impl Walk {
    fn new(positive: &[bool], score: &[f64], blocks: &Blocks) -> Self {
        let order = order_of(score);
        let mut steps = Vec::with_capacity(order.len());
        for (_, tie) in ties(&order, score) {
            for (place, &row) in tie.iter().enumerate() {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "2^32 blocks of rows fit into no memory"
                )]
                let block = blocks.of_row(row) as u32;
                let ends_tie = place + 1 == tie.len();
                steps.push(Step { block, positive: positive[row], ends_tie });
            }
        }
        Self { steps }
    }

    /// Returns the area under these weights, in whole numbers until the last division; nothing if
    /// a class is missing.
    fn auc(&self, weights: &[u8]) -> Option<f64> {
        let (mut positives, mut negatives, mut doubled) = (0_u64, 0_u64, 0_u64);
        let (mut tied_positives, mut tied_negatives) = (0_u64, 0_u64);
        for step in &self.steps {
            let weight = u64::from(weights[step.block as usize]);
            let counted = u64::from(step.positive);
            tied_positives += weight * counted;
            tied_negatives += weight * (1 - counted);
            if step.ends_tie {
                doubled += tied_positives * (2 * negatives + tied_negatives);
                positives += tied_positives;
                negatives += tied_negatives;
                (tied_positives, tied_negatives) = (0, 0);
            }
        }
        let (doubled, pairs) = (doubled as f64, (positives * negatives) as f64);
        (pairs > 0.0).then(|| doubled / (2.0 * pairs))
    }
}

/// Returns the areas of the resamples (of the first walk less that of the second), ascending.
fn draw(walks: &[Walk], resamples: usize, blocks: &Blocks, plan: &Plan) -> Vec<f64> {
    let weights = Weights::new(plan.seed, blocks.count());
    let pieces = in_threads(plan.threads.get(), resamples, |numbers| {
        let mut counts = vec![0; blocks.count()];
        let area = |resample: usize| {
            weights.fill(resample as u64, 0, &mut counts);
            match walks {
                [walk] => walk.auc(&counts),
                [first, second, ..] => Some(first.auc(&counts)? - second.auc(&counts)?),
                [] => None,
            }
        };
        numbers.filter_map(area).collect::<Vec<_>>()
    });
    let mut areas = pieces.concat();
    areas.sort_unstable_by(f64::total_cmp);
    areas
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_walk_is_the_area_of_the_rows_written_out(
            rows in prop::collection::vec((any::<bool>(), 0..6_i32, 0..4_u8), 2..40),
        ) {
            let positive: Vec<bool> = rows.iter().map(|row| row.0).collect();
            let score: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
            let weights: Vec<u8> = rows.iter().map(|row| row.2).collect();
            let walk = Walk::new(&positive, &score, &Blocks::rows(rows.len()));
            let repeated = || rows.iter().flat_map(|row| std::iter::repeat_n(row, usize::from(row.2)));
            let all_positive: Vec<bool> = repeated().map(|row| row.0).collect();
            let all_scores: Vec<f64> = repeated().map(|row| f64::from(row.1)).collect();
            let area = Placements::new(&all_positive, &all_scores).ok().map(|all| all.auc);
            match (walk.auc(&weights), area) {
                (Some(walked), Some(area)) => prop_assert!((walked - area).abs() < 1e-12),
                (walked, area) => prop_assert_eq!(walked, area),
            }
        }
    }
}
