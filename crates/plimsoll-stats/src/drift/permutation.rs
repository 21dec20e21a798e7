//! An exact test that needs no formula: whole blocks change sides.

use crate::p_value::PValue;
use crate::random::{Random, Seed};
use crate::sample::SampleError;
use crate::tested::NoAnswer;

/// How often blocks change sides.
pub const DRAWS: usize = 9_999;

/// The fewest different distances among the largest draws that a tail is fitted to.
const DIFFERENT: usize = 20;

/// The tail is fitted to so many of the largest draws (Knijnenburg et al. 2009).
const TAIL: usize = 250;

/// How many counts are held at most: those of 16,000 blocks in 64 cells.
const MOST_COUNTS: usize = 1 << 20;

/// How many rows of each block of a side are in each cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockCounts {
    /// The rows of each block.
    pub rows: Vec<u64>,
    /// The rows in each cell, block after block.
    pub counts: Vec<u64>,
}

/// How far apart two sides are by their counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// The largest difference of shares; with rows up to a value as cells, the distance.
    Largest,
    /// Half the sum of the differences of shares; with values as cells, total variation.
    HalfSum,
}

impl Statistic {
    fn of(self, differences: impl Iterator<Item = f64>) -> f64 {
        match self {
            Self::Largest => differences.map(f64::abs).fold(0.0, f64::max),
            Self::HalfSum => 0.5 * differences.map(f64::abs).sum::<f64>(),
        }
    }
}

/// Returns the chance that sides are as far apart as these if blocks fall on them at random.
///
/// `(1 + draws at least as far) / (1 + draws)` over [`DRAWS`] random ways to deal the blocks
/// (Phipson and Smyth 2010). Where no draw is as far, and the 250 largest draws have at least 20
/// different distances, the tail beyond is that of a generalised Pareto law fitted to them by
/// probability-weighted moments (Hosking and Wallis 1987), with a shape of at least 0. Ties are never
/// fitted: distances of few values say nothing about what is beyond them.
///
/// # Errors
/// A side has no rows, or there are more than a million counts.
pub fn p_value(
    [reference, current]: [&BlockCounts; 2],
    statistic: Statistic,
    seed: Seed,
) -> Result<PValue, NoAnswer> {
    let blocks = reference.rows.len() + current.rows.len();
    let cells = (reference.counts.len() + current.counts.len()).checked_div(blocks);
    let cells = cells.ok_or(SampleError::Empty)?;
    let rows: Vec<u64> = reference.rows.iter().chain(&current.rows).copied().collect();
    let counts: Vec<u64> = reference.counts.iter().chain(&current.counts).copied().collect();
    if counts.len() > MOST_COUNTS {
        let (counts, most) = (counts.len() as u64, MOST_COUNTS as u64);
        return Err(NoAnswer::TooManyCounts { counts, most });
    }
    if counts.len() != cells * blocks {
        return Err(NoAnswer::OutOfRange);
    }
    if reference.rows.iter().sum::<u64>() == 0 || current.rows.iter().sum::<u64>() == 0 {
        return Err(SampleError::Empty.into());
    }
    let totals = (0..cells).map(|cell| counts[cell..].iter().step_by(cells).sum()).collect();
    let table = Table { rows: &rows, counts: &counts, all: rows.iter().sum(), totals };
    // The smaller side is dealt; the other one is what is left.
    let (dealt, first) = if reference.rows.len() <= current.rows.len() {
        (reference.rows.len(), 0)
    } else {
        (current.rows.len(), reference.rows.len())
    };
    let apart = table.distance(statistic, first..first + dealt);
    let random = Random::new(seed, "blocks exchanged");
    let mut order: Vec<usize> = (0..blocks).collect();
    let mut draws = Vec::with_capacity(DRAWS);
    for draw in 0..DRAWS as u64 {
        for at in 0..dealt {
            let left = (blocks - at) as f64;
            let chosen = random.unit(draw * dealt as u64 + at as u64) * left;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "< left")]
            order.swap(at, at + (chosen as usize).min(blocks - at - 1));
        }
        draws.push(table.distance(statistic, order[..dealt].iter().copied()));
    }
    tail(draws, apart)
}

struct Table<'a> {
    rows: &'a [u64],
    counts: &'a [u64],
    /// The rows of all blocks.
    all: u64,
    /// The rows of all blocks in each cell.
    totals: Vec<u64>,
}

impl Table<'_> {
    fn distance(&self, statistic: Statistic, dealt: impl Iterator<Item = usize>) -> f64 {
        let cells = self.totals.len();
        let mut rows = 0;
        let mut counts = vec![0; cells];
        for block in dealt {
            rows += self.rows[block];
            let of_block = &self.counts[block * cells..(block + 1) * cells];
            counts.iter_mut().zip(of_block).for_each(|(sum, count)| *sum += count);
        }
        let left = self.all - rows;
        if rows == 0 || left == 0 {
            // All rows on one side: nothing is further apart.
            return 1.0;
        }
        statistic.of(self
            .totals
            .iter()
            .zip(&counts)
            .map(|(all, &dealt)| dealt as f64 / rows as f64 - (all - dealt) as f64 / left as f64))
    }
}

fn tail(mut draws: Vec<f64>, seen: f64) -> Result<PValue, NoAnswer> {
    // Equal distances that were rounded differently count as equal.
    let limit = seen - 1e-12;
    let beyond = draws.iter().filter(|&&draw| draw >= limit).count();
    let counted = PValue::of((1 + beyond) as f64 / (1 + draws.len()) as f64)?;
    if beyond > 0 || draws.len() <= 2 * TAIL {
        return Ok(counted);
    }
    draws.sort_unstable_by(|a, b| b.total_cmp(a));
    let from = f64::midpoint(draws[TAIL - 1], draws[TAIL]);
    let different = draws[..TAIL].windows(2).filter(|pair| pair[0] - pair[1] > 1e-12).count();
    if different < DIFFERENT {
        return Ok(counted);
    }
    let excesses: Vec<f64> = draws[..TAIL].iter().rev().map(|draw| draw - from).collect();
    let rows = TAIL as f64;
    let mean = excesses.iter().sum::<f64>() / rows;
    // The second probability-weighted moment, with the plotting position of Hosking and Wallis.
    let weighted = |(at, excess): (usize, &f64)| (1.0 - (at as f64 + 0.65) / rows) * excess;
    let second = excesses.iter().enumerate().map(weighted).sum::<f64>() / rows;
    let shape = (2.0 - mean / (mean - 2.0 * second)).max(0.0);
    let scale = mean * (1.0 - shape);
    let beyond = (seen - from).max(0.0) / scale;
    let ln = if shape > 1e-9 { -(shape * beyond).ln_1p() / shape } else { -beyond };
    let fitted = (rows / draws.len() as f64).ln();
    Ok(PValue::from_ln((ln + fitted).min(fitted))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of 24 rows in two cells, of which `of` says how many are in the first.
    fn side(blocks: u64, of: impl Fn(u64) -> u64) -> BlockCounts {
        let rows = vec![24; usize::try_from(blocks).unwrap()];
        let counts = (0..blocks).flat_map(|block| [of(block), 24 - of(block)]).collect();
        BlockCounts { rows, counts }
    }

    fn p(reference: &BlockCounts, current: &BlockCounts) -> f64 {
        p_value([reference, current], Statistic::HalfSum, Seed::from(3)).unwrap().get()
    }

    #[test]
    fn distances_of_few_values_are_counted_and_never_fitted() {
        // Of 800 blocks two have rows in the first cell; both fall on the ten of the current side.
        let reference = side(790, |_| 0);
        let current = side(10, |block| if block < 2 { 24 } else { 0 });
        // Exactly: 10 * 9 / (800 * 799) = 1.4e-4; a draw that is as far counts, none does not fit.
        let found = p(&reference, &current);
        assert!((9e-5..9e-4).contains(&found), "{found}");
    }

    #[test]
    fn agrees_with_the_count_of_all_ways() {
        // Of 12 blocks of one kind and 12 of another, 12 are dealt; as uneven as 9 to 3 are
        // 2 (1 + 12^2 + 66^2 + 220^2) of the 2,704,156 ways: 0.03913.
        let reference = side(12, |block| if block < 9 { 24 } else { 0 });
        let current = side(12, |block| if block < 3 { 24 } else { 0 });
        let found = p(&reference, &current);
        assert!((found - 0.03913).abs() < 4.0 * (0.03913_f64 / 10_000.0).sqrt(), "{found}");
    }

    #[test]
    fn a_tail_that_no_draw_reached_is_fitted_and_not_0() {
        let reference = side(60, |block| 4 + block % 5);
        let current = side(60, |block| 14 + block % 5);
        let far = p_value([&reference, &current], Statistic::Largest, Seed::from(3)).unwrap();
        assert!(far.get() < 1e-5 && far.ln() > -60.0, "{far}");
        assert!(p(&reference, &side(60, |block| 4 + (block + 2) % 5)) > 0.9);
    }

    #[test]
    fn blocks_on_one_side_only_are_no_answer() {
        let (none, some) = (BlockCounts::default(), side(3, |_| 5));
        assert!(p_value([&none, &some], Statistic::Largest, Seed::from(1)).is_err());
        assert!(p_value([&none, &none], Statistic::Largest, Seed::from(1)).is_err());
    }
}
