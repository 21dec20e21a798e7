//! The mean of F1 over classes.

use crate::blocks::Blocks;
use crate::bootstrap::Bounded;
use crate::centre::Centre;
use crate::draws::Draws;
use crate::estimate::NoValue;
use crate::plan::{Plan, in_threads};
use crate::smooth::Scale;
use crate::sum::{Sum, sum};
use crate::weights::Weights;

/// Macro-F1 of one model, or that of a challenger less that of a champion.
///
/// F1 of a class is `2 TP / (2 TP + FP + FN)`. Classes that are neither true nor predicted are left
/// out of the mean, as `sklearn.metrics.f1_score(average="macro", zero_division=nan)` does. A row
/// touches at most two classes, so block sums are kept as lists of the classes that they hold.
pub(crate) struct MacroF1 {
    /// The sums of each block.
    blocks: Vec<Vec<Part>>,
    slots: usize,
    /// How much the classes of each model count: 1 for it, -1 for the champion.
    signs: Vec<f64>,
    classes: usize,
}

/// What a block adds to one class of one model.
#[derive(Clone, Copy)]
struct Part {
    slot: usize,
    doubled_hits: f64,
    size: f64,
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
                    parts.push(Part { slot: slot(truth), doubled_hits: 2.0, size: 2.0 });
                } else {
                    parts.push(Part { slot: slot(truth), doubled_hits: 0.0, size: 1.0 });
                    parts.push(Part { slot: slot(predicted), doubled_hits: 0.0, size: 1.0 });
                }
            }
        }
        for parts in &mut found {
            merge(parts);
        }
        let signs = models.iter().map(|(sign, _)| *sign).collect();
        Self { blocks: found, slots: classes * models.len(), signs, classes }
    }

    /// Computes it with its interval: boot-t on the logit, the difference as it is.
    pub(crate) fn bounded(&self, limits: &[f64], plan: &Plan) -> Result<Bounded, NoValue> {
        let mut work = Work::new(self.slots);
        let value = self.add_up(|_| 1, &mut work).ok_or(NoValue::NoSuchClass)?;
        let scale = if self.signs.len() == 1 { Scale::Logit } else { Scale::Identity };
        let influence: Vec<f64> = self.blocks.iter().map(|parts| work.influence(parts)).collect();
        let centre = match Centre::new(value, scale, &influence, self.blocks.len() as u64) {
            Ok(centre) => centre,
            Err(interval) => return Ok(Bounded { value, interval }),
        };
        let interval = centre.settle(limits, plan, |resamples| self.draw(&centre, resamples, plan));
        Ok(Bounded { value, interval: Some(interval) })
    }

    /// Adds up the classes under these weights, leaves the slopes in `work` and returns the value.
    fn add_up(&self, weight: impl Fn(usize) -> u8, work: &mut Work) -> Option<f64> {
        work.sums.fill((0.0, 0.0));
        for (block, parts) in self.blocks.iter().enumerate() {
            let weight = f64::from(weight(block));
            if weight > 0.0 {
                for part in parts {
                    let (doubled_hits, size) = &mut work.sums[part.slot];
                    *doubled_hits += weight * part.doubled_hits;
                    *size += weight * part.size;
                }
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

    fn draw(&self, centre: &Centre, resamples: usize, plan: &Plan) -> Draws {
        let weights = Weights::new(plan.seed, self.blocks.len());
        let pieces = in_threads(plan.threads.get(), resamples, |numbers| {
            let mut work = Work::new(self.slots);
            let mut counts = vec![0; self.blocks.len()];
            let mut draws = Draws::default();
            for resample in numbers {
                weights.fill(resample as u64, 0, &mut counts);
                let Some(value) = self.add_up(|block| counts[block], &mut work) else { continue };
                let squares = |(parts, &count): (&Vec<Part>, &u8)| {
                    if count > 0 { f64::from(count) * work.influence(parts).powi(2) } else { 0.0 }
                };
                let variance = self.blocks.iter().zip(&counts).map(squares).sum();
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
            by_hits * part.doubled_hits + by_size * part.size
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
            let hits: Sum = parts.iter().map(|part| part.doubled_hits).collect();
            let size: Sum = parts.iter().map(|part| part.size).collect();
            Part { slot: parts[0].slot, doubled_hits: hits.value(), size: size.value() }
        })
        .collect();
}
