//! Probabilities in bins, and what chance does to them.

use std::num::NonZeroUsize;

use crate::blocks::Blocks;
use crate::calibration::Bin;
use crate::interval::{Ends, Interval, Level, Method};
use crate::p_value::PValue;
use crate::proportion::wilson;
use crate::quantile::{normal_upper, student_upper};
use crate::random::Random;
use crate::sum::Sum;

/// How probabilities are put together; more than [`MOST_BINS`] are that many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bins {
    /// Bins of the same width, each with its lower end and without its upper one, the last with
    /// both.
    EqualWidth(NonZeroUsize),
    /// Bins of about the same number of rows; equal probabilities stay together.
    EqualMass(NonZeroUsize),
}

/// The most bins there are.
pub const MOST_BINS: usize = 10_000;

/// A bin from this variance of its sum on, or from [`MANY`] rows on, is drawn as a whole.
const LARGE: f64 = 100.0;
const MANY: usize = 20_000;

/// Rows in their bins.
pub(crate) struct Grouped {
    groups: Vec<Group>,
    /// Whether blocks were declared, and how many there are.
    declared: Option<usize>,
}

/// The rows of a bin.
pub(crate) struct Group {
    low: f64,
    high: f64,
    /// Their probabilities.
    probability: Vec<f64>,
    hits: u64,
    /// The sum of outcome less probability.
    pub(crate) apart: f64,
    /// The variance of that sum, within the bin.
    pub(crate) variance: f64,
    /// What declared blocks hold of it; empty where every row is its own.
    blocks: Vec<Part>,
}

/// What a block holds of a bin: rows, hits, and the sum of outcome less probability.
#[derive(Clone, Copy)]
struct Part {
    block: usize,
    rows: f64,
    hits: f64,
    apart: f64,
}

impl Grouped {
    pub(crate) fn new(outcome: &[bool], probability: &[f64], bins: Bins, blocks: &Blocks) -> Self {
        let edges = edges(probability, bins);
        let mut of_bin: Vec<Vec<usize>> = vec![Vec::new(); edges.len() - 1];
        for (row, p) in probability.iter().enumerate() {
            let bin = edges.partition_point(|edge| edge <= p).clamp(1, of_bin.len()) - 1;
            of_bin[bin].push(row);
        }
        let ends = edges.windows(2);
        let groups = ends
            .zip(of_bin)
            .filter(|(_, rows)| !rows.is_empty())
            .map(|(ends, rows)| Group::new(ends, &rows, outcome, probability, blocks));
        Self { groups: groups.collect(), declared: blocks.declared_count() }
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter()
    }

    pub(crate) fn bins(&self, level: Level) -> Vec<Bin> {
        let bin = |group: &Group| Bin {
            low: group.low,
            high: group.high,
            rows: group.probability.len() as u64,
            mean_probability: group.probability.iter().copied().collect::<Sum>().value()
                / group.rows(),
            share: group.hits as f64 / group.rows(),
            interval: match self.declared {
                None => wilson(group.hits, group.probability.len() as u64, level),
                Some(_) => group.block_interval(level),
            },
        };
        self.groups.iter().map(bin).collect()
    }

    /// Returns the share of draws without any miscalibration that are at least as far off in all,
    /// the sample counted as one of them.
    pub(crate) fn p(&self, seen: f64, random: Random, draws: usize) -> PValue {
        let mut position = 0;
        let mut next = || {
            position += 1;
            random.unit(position)
        };
        // What sums to the same but for rounding counts as far off.
        let seen = seen * (1.0 - 1e-12);
        let mut as_far = 1;
        let mut signs = vec![0.0; self.declared.unwrap_or(0)];
        for _ in 0..draws {
            signs.fill_with(|| if next() < 0.5 { -1.0 } else { 1.0 });
            let off: f64 = match self.declared {
                Some(_) => self.groups.iter().map(|group| group.turned(&signs).abs()).sum(),
                None => self.groups.iter().map(|group| group.drawn(&mut next).abs()).sum(),
            };
            as_far += usize::from(off >= seen);
        }
        PValue::of(as_far as f64 / (draws + 1) as f64).unwrap_or(PValue::ONE)
    }
}

/// The variance of the hits of a bin in which one outcome is rare, that outcome and the other counted
/// once more each: rows that all came out alike do not say that they had to. Nothing elsewhere.
fn least_variance(bin: &Part) -> f64 {
    /// From so many rows of the rarer outcome on its own spread says enough.
    const ENOUGH: f64 = 10.0;
    if bin.hits.min(bin.rows - bin.hits) >= ENOUGH {
        return 0.0;
    }
    let share = (bin.hits + 1.0) / (bin.rows + 2.0);
    bin.rows * share * (1.0 - share)
}

impl Group {
    fn new(
        ends: &[f64],
        rows: &[usize],
        outcome: &[bool],
        probability: &[f64],
        blocks: &Blocks,
    ) -> Self {
        let part = |&row: &usize| {
            let hits = f64::from(u8::from(outcome[row]));
            Part { block: blocks.of_row(row), rows: 1.0, hits, apart: hits - probability[row] }
        };
        let mut parts: Vec<Part> = rows.iter().map(part).collect();
        if blocks.declared_count().is_some() {
            parts.sort_by_key(|part| part.block);
            let same = |a: &Part, b: &Part| a.block == b.block;
            parts = parts.chunk_by(same).map(Part::added).collect();
        }
        let total = Part::added(&parts);
        let mean = total.apart / total.rows;
        let spread: f64 = parts.iter().map(|part| (part.apart - part.rows * mean).powi(2)).sum();
        let count = parts.len() as f64;
        let variance = if parts.len() == 1 {
            // One row, or rows that may all hang together, could have come out either way.
            0.25 * total.rows * total.rows
        } else if blocks.declared_count().is_some() {
            (count / (count - 1.0) * spread).max(least_variance(&total))
        } else {
            parts.clear();
            spread.max(least_variance(&total))
        };
        Self {
            low: ends[0],
            high: ends[1],
            probability: rows.iter().map(|&row| probability[row]).collect(),
            hits: rows.iter().filter(|&&row| outcome[row]).count() as u64,
            apart: total.apart,
            variance,
            blocks: parts,
        }
    }

    fn rows(&self) -> f64 {
        self.probability.len() as f64
    }

    /// The interval of the share of hits by Student's t of block sums.
    fn block_interval(&self, level: Level) -> Option<Interval> {
        let count = self.blocks.len() as f64;
        if self.blocks.len() < 2 {
            return None;
        }
        let share = self.hits as f64 / self.rows();
        let squares = self.blocks.iter().map(|part| (part.hits - part.rows * share).powi(2));
        let error = (count / (count - 1.0) * squares.sum::<f64>()).sqrt() / self.rows();
        if error <= 0.0 {
            return Some(Interval::constant(level, share, Method::StudentT));
        }
        let ends = |level: Level| {
            let half = student_upper(level.tail(), count - 1.0) * error;
            Ends { low: (share - half).max(0.0), high: (share + half).min(1.0) }
        };
        Some(Interval::new(level, ends, Method::StudentT, None))
    }

    /// The sum of outcome less probability of outcomes that are drawn by the probabilities.
    fn drawn(&self, next: &mut impl FnMut() -> f64) -> f64 {
        let variance: f64 = self.probability.iter().map(|p| p * (1.0 - p)).sum();
        if variance >= LARGE || self.probability.len() > MANY {
            return normal_upper(next()) * variance.sqrt();
        }
        let draw = |p: &f64| f64::from(u8::from(next() < *p)) - p;
        self.probability.iter().map(draw).sum()
    }

    /// The sum of outcome less probability with these signs of the blocks.
    fn turned(&self, signs: &[f64]) -> f64 {
        self.blocks.iter().map(|part| signs[part.block] * part.apart).sum()
    }
}

impl Part {
    /// The sums of parts of one block, or of all.
    fn added(parts: &[Self]) -> Self {
        let total = |term: fn(&Self) -> f64| parts.iter().map(term).collect::<Sum>().value();
        Self {
            block: parts.first().map_or(0, |part| part.block),
            rows: total(|part| part.rows),
            hits: total(|part| part.hits),
            apart: total(|part| part.apart),
        }
    }
}

/// The ends of the bins, from 0 to 1.
fn edges(probability: &[f64], bins: Bins) -> Vec<f64> {
    match bins {
        Bins::EqualWidth(bins) => {
            let bins = bins.get().min(MOST_BINS);
            (0..=bins).map(|edge| edge as f64 / bins as f64).collect()
        }
        Bins::EqualMass(bins) => {
            let mut sorted = probability.to_vec();
            sorted.sort_unstable_by(f64::total_cmp);
            let bins = bins.get().min(MOST_BINS).min(sorted.len().max(1));
            let mut edges = vec![0.0];
            for cut in 1..bins {
                let edge = sorted[cut * sorted.len() / bins];
                if edge > edges[edges.len() - 1] {
                    edges.push(edge);
                }
            }
            edges.push(1.0);
            edges
        }
    }
}
