//! What rows add to the counts of classes, and the resampling of scores made of them.

use crate::blocks::Blocks;
use crate::bootstrap::Bounded;
use crate::centre::Centre;
use crate::class_scores::{ClassScore, Counts};
use crate::draws::Draws;
use crate::estimate::NoValue;
use crate::interval::{Ends, Interval, Level, Method, Remark};
use crate::plan::{Plan, in_threads};
use crate::proportion::wilson_ends;
use crate::smooth::Scale;
use crate::weights::Weights;

/// The classes of one model, or of a challenger and a champion.
///
/// A row touches at most two classes of each, so block sums are kept as lists of the classes that
/// they hold, and equal ones only once.
pub(crate) struct ClassSums {
    /// The different blocks: rows on their own are of few kinds.
    kinds: Vec<Kind>,
    blocks: usize,
    /// How much the classes of each model count: 1 for it, -1 for the champion.
    signs: Vec<f64>,
    classes: usize,
}

/// A score whose interval is wanted, and the limits it is judged by.
pub(crate) struct WantedScore<'a> {
    pub(crate) score: ClassScore,
    pub(crate) limits: &'a [f64],
}

/// Blocks that add the same to all classes.
struct Kind {
    parts: Vec<Part>,
    blocks: usize,
}

/// What a block adds to one class of one model.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Part {
    slot: usize,
    hits: u64,
    truths: u64,
    answers: u64,
}

impl ClassSums {
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
                    parts.push(Part { slot: slot(truth), hits: 1, truths: 1, answers: 1 });
                } else {
                    parts.push(Part { slot: slot(truth), hits: 0, truths: 1, answers: 0 });
                    parts.push(Part { slot: slot(predicted), hits: 0, truths: 0, answers: 1 });
                }
            }
        }
        for parts in &mut found {
            merge(parts);
        }
        // Blocks that F1 cannot tell apart lie next to each other, whatever else tells them apart.
        let of_f1 = |part: &Part| (part.slot, part.hits, part.truths + part.answers);
        found.sort_unstable_by(|a, b| {
            let by_f1 = a.iter().map(of_f1).cmp(b.iter().map(of_f1));
            by_f1.then_with(|| {
                a.iter().map(|part| part.truths).cmp(b.iter().map(|part| part.truths))
            })
        });
        let kind = |blocks: &[Vec<Part>]| Kind { parts: blocks[0].clone(), blocks: blocks.len() };
        let kinds = found.chunk_by(|a, b| a == b).map(kind).collect();
        let signs = models.iter().map(|(sign, _)| *sign).collect();
        Self { kinds, blocks: blocks.count(), signs, classes }
    }

    /// Computes scores with their intervals, all from the same resamples: boot-t on the scale of
    /// the score, differences as they are.
    pub(crate) fn bounded(
        &self,
        wanted: &[WantedScore<'_>],
        plan: &Plan,
    ) -> Vec<Result<Bounded, NoValue>> {
        let mut answers = Vec::new();
        let mut open = Vec::new();
        for (position, wanted) in wanted.iter().enumerate() {
            let answer = match self.start(wanted.score, plan) {
                Ok((value, Ok(centre))) => {
                    open.push(Open { position, score: wanted.score, value, centre });
                    Ok(Bounded { value, interval: None })
                }
                Ok((value, Err(interval))) => Ok(Bounded { value, interval }),
                Err(reason) => Err(reason),
            };
            answers.push(answer);
        }
        let first = plan.first_resamples();
        for resamples in [first, plan.most_resamples] {
            if open.is_empty() {
                break;
            }
            let draws = self.draw(&open, resamples, plan);
            let mut close = Vec::new();
            for (open, draws) in open.into_iter().zip(draws) {
                let interval = open.centre.interval(&draws, resamples);
                let (value, position) = (open.value, open.position);
                answers[position] = Ok(Bounded { value, interval: Some(interval) });
                if open.centre.is_close(&interval, wanted[position].limits) {
                    close.push(open);
                }
            }
            open = if plan.most_resamples > first { close } else { Vec::new() };
        }
        answers
    }

    /// The value of a score, and its centre or the interval that needs no resampling.
    fn start(
        &self,
        score: ClassScore,
        plan: &Plan,
    ) -> Result<(f64, Result<Centre, Option<Interval>>), NoValue> {
        let once: Vec<f64> = self.kinds.iter().map(|kind| kind.blocks as f64).collect();
        let mut work = Work::new(self.signs.len() * self.classes);
        self.add_up(&once, &mut work);
        let value = self.value(score, &mut work).ok_or(score.undefined())?;
        let scale = self.scale(score);
        if scale.is_edge(value) && self.blocks >= 2 {
            return Ok((value, Err(Some(self.at_edge(score, value, &work, plan.level)))));
        }
        let influence: Vec<f64> = self
            .kinds
            .iter()
            .flat_map(|kind| std::iter::repeat_n(work.influence(&kind.parts), kind.blocks))
            .collect();
        Ok((value, Centre::new(value, scale, &influence, self.blocks as u64, plan)))
    }

    fn scale(&self, score: ClassScore) -> Scale {
        if self.signs.len() == 1 { score.scale() } else { Scale::Identity }
    }

    /// The interval of a score at an end of its range, where no resample differs.
    ///
    /// A mean over classes ends at the mean of Wilson's ends, each as if every block that holds the
    /// class were one row. Kappa and MCC are 1 less the misses over those of chance, so they end
    /// where Wilson's misses do.
    fn at_edge(&self, score: ClassScore, value: f64, work: &Work, level: Level) -> Interval {
        let ends = |level: Level| match score {
            ClassScore::Kappa | ClassScore::Mcc => {
                let rows: f64 = work.sums.iter().map(|class| class.truths).sum();
                let by_chance: f64 =
                    work.sums.iter().map(|class| class.truths / rows * class.answers / rows).sum();
                let misses = wilson_ends(0, self.blocks as u64, level).high;
                let reach = (misses / (1.0 - by_chance)).min(2.0);
                if value > 0.0 {
                    Ends { low: 1.0 - reach, high: 1.0 }
                } else {
                    Ends { low: -1.0, high: reach - 1.0 }
                }
            }
            _ => {
                let holding = self.holding();
                let present: Vec<u64> = holding.into_iter().filter(|&blocks| blocks > 0).collect();
                let missed = |&blocks: &u64| wilson_ends(0, blocks, level).high;
                let reach = present.iter().map(missed).sum::<f64>() / present.len() as f64;
                if value > 0.5 {
                    Ends { low: 1.0 - reach, high: 1.0 }
                } else {
                    Ends { low: 0.0, high: reach }
                }
            }
        };
        Interval::new(level, ends, Method::Wilson, Some(Remark::AtEdge))
    }

    /// The number of blocks that hold each class of the first model.
    fn holding(&self) -> Vec<u64> {
        let mut holding = vec![0; self.classes];
        for kind in &self.kinds {
            for part in kind.parts.iter().filter(|part| part.slot < self.classes) {
                holding[part.slot] += kind.blocks as u64;
            }
        }
        holding
    }

    /// Adds up the classes with these weights of the kinds.
    fn add_up(&self, weights: &[f64], work: &mut Work) {
        work.sums.fill(Counts::default());
        for (kind, weight) in self.kinds.iter().zip(weights) {
            for part in &kind.parts {
                let sums = &mut work.sums[part.slot];
                sums.hits += weight * part.hits as f64;
                sums.truths += weight * part.truths as f64;
                sums.answers += weight * part.answers as f64;
            }
        }
    }

    /// Returns the score of the sums, of several models the difference, and leaves its slopes.
    fn value(&self, score: ClassScore, work: &mut Work) -> Option<f64> {
        let mut value = 0.0;
        let models = work.sums.chunks(self.classes).zip(work.slopes.chunks_mut(self.classes));
        for ((sums, slopes), sign) in models.zip(&self.signs) {
            value += sign * score.value(sums, slopes)?;
            for slope in slopes {
                slope.hits *= sign;
                slope.truths *= sign;
                slope.answers *= sign;
            }
        }
        Some(value)
    }

    /// Blocks are drawn in the order of their kinds, which is as good as any other and lets the
    /// weights of a kind be added up in one go.
    fn draw(&self, open: &[Open], resamples: usize, plan: &Plan) -> Vec<Draws> {
        let weights = Weights::new(plan.seed, self.blocks);
        let pieces = in_threads(plan.threads.get(), resamples, |numbers| {
            let mut work = Work::new(self.signs.len() * self.classes);
            let mut counts = vec![0; self.blocks];
            let mut of_kinds = Vec::with_capacity(self.kinds.len());
            let mut draws = vec![Draws::default(); open.len()];
            for resample in numbers {
                weights.fill(resample as u64, 0, &mut counts);
                let mut rest = &counts[..];
                of_kinds.clear();
                for kind in &self.kinds {
                    let (counts, others) = rest.split_at(kind.blocks);
                    rest = others;
                    of_kinds.push(counts.iter().map(|&count| u64::from(count)).sum::<u64>() as f64);
                }
                self.add_up(&of_kinds, &mut work);
                for (open, draws) in open.iter().zip(&mut draws) {
                    let Some(value) = self.value(open.score, &mut work) else { continue };
                    let squares = |(kind, weight): (&Kind, &f64)| {
                        if *weight > 0.0 {
                            weight * work.influence(&kind.parts).powi(2)
                        } else {
                            0.0
                        }
                    };
                    let variance = self.kinds.iter().zip(&of_kinds).map(squares).sum();
                    draws.push(&open.centre, value, variance);
                }
            }
            draws
        });
        let mut pieces: Vec<_> = pieces.into_iter().map(Vec::into_iter).collect();
        let next = |_| Draws::merged(pieces.iter_mut().filter_map(Iterator::next));
        (0..open.len()).map(next).collect()
    }
}

/// A score that waits for resamples.
struct Open {
    position: usize,
    score: ClassScore,
    value: f64,
    centre: Centre,
}

/// The sums and slopes of one resample, kept for the next.
struct Work {
    sums: Vec<Counts>,
    slopes: Vec<Counts>,
}

impl Work {
    fn new(slots: usize) -> Self {
        Self { sums: vec![Counts::default(); slots], slopes: vec![Counts::default(); slots] }
    }

    fn influence(&self, parts: &[Part]) -> f64 {
        let slopes = |part: &Part| {
            let slopes = &self.slopes[part.slot];
            slopes.hits * part.hits as f64
                + slopes.truths * part.truths as f64
                + slopes.answers * part.answers as f64
        };
        parts.iter().map(slopes).sum()
    }
}

/// Adds up the parts of one slot.
fn merge(parts: &mut Vec<Part>) {
    parts.sort_by_key(|part| part.slot);
    let same = |a: &Part, b: &Part| a.slot == b.slot;
    let added = |parts: &[Part]| {
        let total = |count: fn(&Part) -> u64| parts.iter().map(count).sum();
        Part {
            slot: parts[0].slot,
            hits: total(|part| part.hits),
            truths: total(|part| part.truths),
            answers: total(|part| part.answers),
        }
    };
    *parts = parts.chunk_by(same).map(added).collect();
}
