//! The mean of F1 over classes.

use crate::blocks::Blocks;
use crate::bootstrap::Bounded;
use crate::centre::Centre;
use crate::draws::Draws;
use crate::estimate::NoValue;
use crate::plan::{Plan, in_threads};
use crate::smooth::Scale;
use crate::sum::sum;
use crate::weights::Weights;

/// Macro-F1 of one model, or that of a challenger less that of a champion.
///
/// F1 of a class is `2 TP / (2 TP + FP + FN)`. Classes that are neither true nor predicted are left
/// out of the mean, as `sklearn.metrics.f1_score(average="macro", zero_division=nan)` does. A row
/// touches at most two classes, so block sums are kept as lists of the classes that they hold.
pub(crate) struct MacroF1 {
    /// The different blocks: rows on their own are of few kinds.
    kinds: Vec<Kind>,
    blocks: usize,
    slots: usize,
    /// How much the classes of each model count: 1 for it, -1 for the champion.
    signs: Vec<f64>,
    classes: usize,
}

/// Blocks that add the same to all classes.
struct Kind {
    parts: Vec<Part>,
    blocks: usize,
}

/// What a block adds to one class of one model; the sums are whole numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    slot: usize,
    doubled_hits: u64,
    size: u64,
}

impl MacroF1 {
    /// Takes the true classes and what each model with its sign predicted; classes are below
    /// `classes`.
    pub(crate) fn new(
        truth: &[u32],
        models: &[(f64, &[u32])],
        classes: u32,
        blocks: &Blocks,
    ) -> Self {
        let classes = classes as usize;
        let mut found: Vec<Vec<Part>> = vec![Vec::new(); blocks.count()];
        for (model, (_, predicted)) in models.iter().enumerate() {
            let slot = |class: u32| model * classes + class as usize;
            for (row, (&truth, &predicted)) in truth.iter().zip(*predicted).enumerate() {
                let parts = &mut found[blocks.of_row(row)];
                if truth == predicted {
                    parts.push(Part { slot: slot(truth), doubled_hits: 2, size: 2 });
                } else {
                    parts.push(Part { slot: slot(truth), doubled_hits: 0, size: 1 });
                    parts.push(Part { slot: slot(predicted), doubled_hits: 0, size: 1 });
                }
            }
        }
        for parts in &mut found {
            merge(parts);
        }
        found.sort_unstable();
        let same = |a: &Vec<Part>, b: &Vec<Part>| a == b;
        let kind = |blocks: &[Vec<Part>]| Kind { parts: blocks[0].clone(), blocks: blocks.len() };
        let kinds = found.chunk_by(same).map(kind).collect();
        let signs = models.iter().map(|(sign, _)| *sign).collect();
        Self { kinds, blocks: blocks.count(), slots: classes * models.len(), signs, classes }
    }

    /// Computes it with its interval: boot-t on the logit, the difference as it is.
    pub(crate) fn bounded(&self, limits: &[f64], plan: &Plan) -> Result<Bounded, NoValue> {
        let mut work = Work::new(self.slots);
        let once: Vec<f64> = self.kinds.iter().map(|kind| kind.blocks as f64).collect();
        let value = self.add_up(&once, &mut work).ok_or(NoValue::NoSuchClass)?;
        let scale = if self.signs.len() == 1 { Scale::Logit } else { Scale::Identity };
        let influence: Vec<f64> = self
            .kinds
            .iter()
            .flat_map(|kind| std::iter::repeat_n(work.influence(&kind.parts), kind.blocks))
            .collect();
        let centre = match Centre::new(value, scale, &influence, self.blocks as u64, plan) {
            Ok(centre) => centre,
            Err(interval) => return Ok(Bounded { value, interval }),
        };
        let interval = centre.settle(limits, plan, |resamples| self.draw(&centre, resamples, plan));
        Ok(Bounded { value, interval: Some(interval) })
    }

    /// Adds up the classes with these weights of the kinds, leaves the slopes in `work` and returns
    /// the value.
    fn add_up(&self, weights: &[f64], work: &mut Work) -> Option<f64> {
        work.sums.fill((0.0, 0.0));
        for (kind, weight) in self.kinds.iter().zip(weights) {
            for part in &kind.parts {
                let (doubled_hits, size) = &mut work.sums[part.slot];
                *doubled_hits += weight * part.doubled_hits as f64;
                *size += weight * part.size as f64;
            }
        }
        let mut value = 0.0;
        let models = work.sums.chunks(self.classes).zip(work.slopes.chunks_mut(self.classes));
        for ((sums, slopes), sign) in models.zip(&self.signs) {
            let present = sums.iter().filter(|(_, size)| *size > 0.0).count();
            let share = if present > 0 { sign / present as f64 } else { return None };
            let scores =
                sums.iter().map(|(hits, size)| if *size > 0.0 { hits / size } else { 0.0 });
            value += share * sum(scores.clone());
            for ((slope, score), (_, size)) in slopes.iter_mut().zip(scores).zip(sums) {
                *slope =
                    if *size > 0.0 { (share / size, -score * share / size) } else { (0.0, 0.0) };
            }
        }
        Some(value)
    }

    /// Blocks are drawn in the order of their kinds, which is as good as any other and lets the
    /// weights of a kind be added up in one go.
    fn draw(&self, centre: &Centre, resamples: usize, plan: &Plan) -> Draws {
        let weights = Weights::new(plan.seed, self.blocks);
        let pieces = in_threads(plan.threads.get(), resamples, |numbers| {
            let mut work = Work::new(self.slots);
            let mut counts = vec![0; self.blocks];
            let mut draws = Draws::default();
            for resample in numbers {
                weights.fill(resample as u64, 0, &mut counts);
                let mut rest = &counts[..];
                let of_kind = |kind: &Kind| {
                    let (counts, others) = rest.split_at(kind.blocks);
                    rest = others;
                    counts.iter().map(|&count| u64::from(count)).sum::<u64>() as f64
                };
                let of_kinds: Vec<f64> = self.kinds.iter().map(of_kind).collect();
                let Some(value) = self.add_up(&of_kinds, &mut work) else { continue };
                let squares = |(kind, weight): (&Kind, &f64)| {
                    if *weight > 0.0 { weight * work.influence(&kind.parts).powi(2) } else { 0.0 }
                };
                let variance = self.kinds.iter().zip(&of_kinds).map(squares).sum();
                draws.push(centre, value, variance);
            }
            draws
        });
        Draws::merged(pieces)
    }
}

/// The sums and slopes of one resample, kept for the next.
struct Work {
    sums: Vec<(f64, f64)>,
    slopes: Vec<(f64, f64)>,
}

impl Work {
    fn new(slots: usize) -> Self {
        Self { sums: vec![(0.0, 0.0); slots], slopes: vec![(0.0, 0.0); slots] }
    }

    fn influence(&self, parts: &[Part]) -> f64 {
        let slopes = |part: &Part| {
            let (by_hits, by_size) = self.slopes[part.slot];
            by_hits * part.doubled_hits as f64 + by_size * part.size as f64
        };
        parts.iter().map(slopes).sum()
    }
}

/// Adds up the parts of one slot.
fn merge(parts: &mut Vec<Part>) {
    parts.sort_by_key(|part| part.slot);
    let same = |a: &Part, b: &Part| a.slot == b.slot;
    *parts = parts
        .chunk_by(same)
        .map(|parts| {
            let doubled_hits = parts.iter().map(|part| part.doubled_hits).sum();
            let size = parts.iter().map(|part| part.size).sum();
            Part { slot: parts[0].slot, doubled_hits, size }
        })
        .collect();
}
