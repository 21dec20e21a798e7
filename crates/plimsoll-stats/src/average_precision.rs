//! Average precision, the area under the precision-recall curve.

use crate::blocks::Blocks;
use crate::bootstrap::Bounded;
use crate::centre::Centre;
use crate::draws::Draws;
use crate::estimate::NoValue;
use crate::interval::{Ends, Interval, Level, Method, Remark};
use crate::plan::{Intervals, Plan, in_threads};
use crate::proportion::wilson_ends;
use crate::rank::{order_of, ties};
use crate::smooth::Scale;
use crate::weights::Weights;

/// Fewer positive rows than this make the interval of average precision approximate.
pub const MIN_POSITIVES: u64 = 50;

/// The average precision of one score, or that of a challenger less that of a champion.
pub(crate) struct AveragePrecision {
    walks: Vec<Walk>,
    /// The positive rows, and the blocks that hold any.
    positives: u64,
    counting: u64,
    blocks: usize,
}

impl AveragePrecision {
    /// Takes the positive rows and one score, or those of challenger and champion; scores are
    /// finite. Nothing without a positive row.
    pub(crate) fn new(
        positive: &[bool],
        scores: &[&[f64]],
        blocks: &Blocks,
    ) -> Result<Self, NoValue> {
        let positives = positive.iter().filter(|&&positive| positive).count() as u64;
        if positives == 0 {
            return Err(NoValue::NonePositive);
        }
        let of_block = blocks.sums(positive.iter().map(|&is| f64::from(u8::from(is))));
        Ok(Self {
            walks: scores.iter().map(|score| Walk::new(positive, score, blocks)).collect(),
            positives,
            counting: of_block.into_iter().filter(|&positives| positives > 0.0).count() as u64,
            blocks: blocks.count(),
        })
    }

    /// Computes it with its interval: Student's t on the logit, the difference as it is, with the
    /// standard error from the influence of each block (the delta method) around the value less its
    /// optimism.
    ///
    /// In simulations this covered as often as boot-t and as the logit with a bootstrap standard
    /// error, which take thousands of walks; resampling within classes covered less often, because
    /// the share of positive rows is a matter of chance as well. Of fewer than [`MIN_POSITIVES`] it
    /// is marked. At 1 it ends where Wilson's share of the positive rows does.
    pub(crate) fn bounded(&self, limits: &[f64], plan: &Plan) -> Result<Bounded, NoValue> {
        let mut work = Work::new(self.blocks);
        let value = self.value(&vec![1; self.blocks], &mut work).ok_or(NoValue::NonePositive)?;
        let scale = if self.walks.len() == 1 { Scale::Logit } else { Scale::Identity };
        if scale.is_edge(value) && self.blocks >= 2 {
            let ends = |level: Level| Ends {
                low: wilson_ends(self.counting, self.counting, level).low,
                high: 1.0,
            };
            let interval = Interval::new(plan.level, ends, Method::Wilson, Some(Remark::AtEdge));
            return Ok(Bounded { value, interval: Some(interval) });
        }
        let few = (self.positives < MIN_POSITIVES).then_some(Remark::FewPositives);
        let by_t = plan.intervals == Intervals::Recommended;
        let centre = if by_t { value - work.optimism } else { value };
        let centre = if scale.is_edge(centre) { value } else { centre };
        let centre = match Centre::new(centre, scale, &work.influence, self.counting, plan) {
            Ok(centre) => centre.with_remark(few),
            Err(interval) => return Ok(Bounded { value, interval }),
        };
        if by_t {
            let interval = centre.transformed_t(None).widened_to(value);
            return Ok(Bounded { value, interval: Some(interval) });
        }
        let interval = centre.settle(limits, plan, |resamples| self.draw(&centre, resamples, plan));
        Ok(Bounded { value, interval: Some(interval) })
    }

    fn draw(&self, centre: &Centre, resamples: usize, plan: &Plan) -> Draws {
        let weights = Weights::new(plan.seed, self.blocks);
        let pieces = in_threads(plan.threads.get(), resamples, |numbers| {
            let mut work = Work::new(self.blocks);
            let mut counts = vec![0; self.blocks];
            let mut draws = Draws::default();
            for resample in numbers {
                weights.fill(resample as u64, 0, &mut counts);
                let Some(value) = self.value(&counts, &mut work) else { continue };
                let of_block = counts.iter().zip(&work.influence);
                let variance = of_block.map(|(&count, u)| f64::from(count) * u * u).sum();
                draws.push(centre, value, variance);
            }
            draws
        });
        Draws::merged(pieces)
    }

    /// Returns the value under these weights of the blocks and leaves the influence of each.
    fn value(&self, weights: &[u8], work: &mut Work) -> Option<f64> {
        work.influence.fill(0.0);
        work.optimism = 0.0;
        let mut value = 0.0;
        for (walk, sign) in self.walks.iter().zip([1.0, -1.0]) {
            value += sign * walk.value(weights, sign, work)?;
        }
        Some(value)
    }
}

/// The rows of one score from the highest to the lowest, sorted once for all resamples.
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

/// What one resample needs, kept for the next.
struct Work {
    /// The influence of each block on the value.
    influence: Vec<f64>,
    /// How much the value is expected to lie above that of all rows there could be.
    optimism: f64,
    /// Of each group of equal scores the precision up to it, and the sums from it on of what a row
    /// above adds to and takes from the precision below.
    groups: Vec<[f64; 3]>,
}

impl Work {
    fn new(blocks: usize) -> Self {
        Self { influence: vec![0.0; blocks], optimism: 0.0, groups: Vec::new() }
    }
}

impl Walk {
    fn new(positive: &[bool], score: &[f64], blocks: &Blocks) -> Self {
        let order = order_of(score);
        let mut steps = Vec::with_capacity(order.len());
        for (_, tie) in ties(&order, score) {
            // Built from below and turned round, so the first of a tie is its last.
            for (place, &row) in tie.iter().enumerate() {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "2^32 blocks of rows fit into no memory"
                )]
                let block = blocks.of_row(row) as u32;
                steps.push(Step { block, positive: positive[row], ends_tie: place == 0 });
            }
        }
        steps.reverse();
        Self { steps }
    }

    /// Returns `sum over groups of (positives in it / all) * precision up to it`, as
    /// `sklearn.metrics.average_precision_score`, and adds `sign` times the derivative by the weight
    /// of each row to its block.
    ///
    /// A positive row counts itself in the precision at its rank, which is therefore `(1 - precision)
    /// / rows` higher than among the other rows: the optimism, summed likewise.
    ///
    /// A positive row adds its own precision and raises that of all groups from its own on; every
    /// row lowers those by what it adds to their size.
    fn value(&self, weights: &[u8], sign: f64, work: &mut Work) -> Option<f64> {
        let groups = &mut work.groups;
        groups.clear();
        let (mut rows, mut positives, mut value, mut optimism) = (0.0, 0.0, 0.0, 0.0);
        let (mut tied, mut tied_positives) = (0_u64, 0_u64);
        for step in &self.steps {
            let weight = u64::from(weights[step.block as usize]);
            tied += weight;
            tied_positives += weight * u64::from(step.positive);
            if step.ends_tie {
                rows += tied as f64;
                let found = tied_positives as f64;
                positives += found;
                let per_row = if rows > 0.0 { 1.0 / rows } else { 0.0 };
                let precision = positives * per_row;
                value += found * precision;
                optimism += found * per_row * (1.0 - precision);
                groups.push([precision, found * per_row, found * per_row * precision]);
                (tied, tied_positives) = (0, 0);
            }
        }
        if positives <= 0.0 {
            return None;
        }
        let value = value / positives;
        let factor = sign / positives;
        work.optimism += factor * optimism;
        let (mut raised, mut lost) = (0.0, 0.0);
        let mut below = groups.iter().rev();
        let mut own = 0.0;
        for step in self.steps.iter().rev() {
            // Met from below, the last row of a group comes first.
            if step.ends_tie {
                let [precision, adds, takes] = *below.next()?;
                raised += adds;
                lost += takes;
                own = precision - value + raised;
            }
            let influence = if step.positive { own - lost } else { -lost };
            work.influence[step.block as usize] += factor * influence;
        }
        Some(value)
    }
}
