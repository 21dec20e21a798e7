//! The area under the ROC curve where rows belong to blocks, or where resampling is asked for.

use crate::auc::{Placements, rule_of_three};
use crate::blocks::Blocks;
use crate::centre::Centre;
use crate::draws::Draws;
use crate::interval::{Interval, Method, Remark};
use crate::plan::{Plan, in_threads};
use crate::rank::{order_of, ties};
use crate::smooth::Scale;
use crate::sum::sum;
use crate::weights::Weights;

/// Returns the interval of the area under `placements` by whole blocks: quantiles of the areas of
/// the resamples, corrected for bias and skewness if the plan asks for it.
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
        let units = blocks_of_rarer(positive, blocks);
        return Some(rule_of_three(placements.auc, units, plan.level));
    }
    let influence = placements.influence(positive);
    let walks = [Walk::new(positive, score, blocks)];
    quantiles(&walks, placements.auc, &influence, placements.few_outcomes(), limits, blocks, plan)
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
    quantiles(&walks, gain, &influence, challenger.1.few_outcomes(), limits, blocks, plan)
}

fn quantiles(
    walks: &[Walk],
    estimate: f64,
    influence: &[f64],
    few_outcomes: Option<Remark>,
    limits: &[f64],
    blocks: &Blocks,
    plan: &Plan,
) -> Option<Interval> {
    let of_blocks = blocks.sums(influence.iter().copied());
    // What placements of equal models leave after rounding is no spread.
    if sum(of_blocks.iter().map(|u| u * u)) <= 1e-24 {
        return Some(Interval::constant(plan.level, estimate, Method::Percentile));
    }
    match Centre::new(estimate, Scale::Identity, &of_blocks, 0, plan) {
        Err(interval) => interval,
        Ok(centre) => {
            let centre = centre.by_values_only().with_remark(few_outcomes);
            let draws = |resamples| draw(walks, resamples, blocks, plan);
            Some(centre.settle(limits, plan, draws))
        }
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

/// Returns the areas of the resamples (of the first walk less that of the second).
fn draw(walks: &[Walk], resamples: usize, blocks: &Blocks, plan: &Plan) -> Draws {
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
    Draws::of_values(pieces.concat())
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
