//! A fair part of the rows, for what has to look at several columns at once.

use super::take::Aligned;
use crate::sketch::hash::mixed;

/// How many rows are sampled at most.
pub(super) const MOST_ROWS: usize = 10_000;

/// How many cells are sampled at most, and how many rows of very wide tables at least.
const MOST_CELLS: usize = 2_000_000;
const FEWEST_ROWS: usize = 200;

/// Rows that are drawn by the hash of their place: each with the same chance, without
/// replacement, and always the same ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sample {
    most: usize,
    /// Rows are drawn while theirs is below it.
    limit: u64,
    draws: Vec<u64>,
    columns: Vec<Drawn>,
}

/// The sampled cells of a column.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Drawn {
    /// The number of each row, NaN where there is none.
    pub(super) numbers: Vec<f64>,
    /// The hash of the value of each row, 0 where there is none.
    pub(super) hashes: Vec<u64>,
}

impl Sample {
    /// Makes an empty sample of `columns`, of a table that has `all`.
    /// Rows are drawn below `limit` alone, the one that a sample of earlier rows has reached: others
    /// would not be among the lowest draws in the end.
    pub(super) fn new(columns: usize, all: usize, limit: u64) -> Self {
        let most = (MOST_CELLS / all.max(1)).clamp(FEWEST_ROWS, MOST_ROWS);
        Self { most, limit, draws: Vec::new(), columns: vec![Drawn::default(); columns] }
    }

    /// Returns the drawn rows of a column, in the order of the draws.
    pub(super) fn column(&self, at: usize) -> Option<&Drawn> {
        self.columns.get(at)
    }

    /// Returns the limit below which rows are drawn.
    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    /// Returns how many rows are drawn.
    pub(super) fn rows(&self) -> usize {
        self.draws.len()
    }

    /// Takes in rows, the first of which is number `from` of the piece `piece`.
    pub(super) fn take(&mut self, piece: u64, from: u64, rows: usize, columns: &[Aligned]) {
        let start = mixed(piece.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let draw = |row: usize| mixed(start.wrapping_add(from + row as u64));
        let limit = self.limit;
        let drawn: Vec<usize> = (0..rows).filter(|row| draw(*row) < limit).collect();
        self.draws.extend(drawn.iter().map(|row| draw(*row)));
        for (column, aligned) in self.columns.iter_mut().zip(columns) {
            let number = |row: &usize| aligned.numbers.get(*row).copied().unwrap_or(f64::NAN);
            column.numbers.extend(drawn.iter().map(number));
            column.hashes.extend(drawn.iter().map(|row| aligned.hashes[*row]));
        }
        if self.draws.len() > 2 * self.most {
            self.thin();
        }
    }

    /// Takes in the sample of other rows.
    pub(super) fn merge(&mut self, other: Self) {
        self.limit = self.limit.min(other.limit);
        self.draws.extend(other.draws);
        for (mine, its) in self.columns.iter_mut().zip(other.columns) {
            mine.numbers.extend(its.numbers);
            mine.hashes.extend(its.hashes);
        }
        self.thin();
    }

    /// Puts other columns of the same rows beside these, or tells that the rows are not the same.
    pub(super) fn beside(&mut self, other: Self) -> bool {
        if self.draws != other.draws {
            return false;
        }
        self.columns.extend(other.columns);
        true
    }

    /// Puts columns into another order: the one at place i comes to be `order[i]`.
    pub(super) fn reorder(&mut self, order: &[usize]) {
        let mut columns: Vec<Drawn> = self.columns.iter().map(|_| Drawn::default()).collect();
        for (column, place) in self.columns.drain(..).zip(order) {
            columns[*place] = column;
        }
        self.columns = columns;
    }

    /// Keeps as many rows as there may be, in the order of their draws.
    pub(super) fn thin(&mut self) {
        let mut order: Vec<usize> = (0..self.draws.len()).collect();
        order.sort_by_key(|row| self.draws[*row]);
        order.truncate(self.most);
        self.draws = order.iter().map(|row| self.draws[*row]).collect();
        for column in &mut self.columns {
            column.numbers = order.iter().map(|row| column.numbers[*row]).collect();
            column.hashes = order.iter().map(|row| column.hashes[*row]).collect();
        }
        if self.draws.len() == self.most {
            self.limit = self.draws.last().copied().unwrap_or(self.limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(from: u32, to: u32) -> Aligned {
        let numbers = (from..to).map(f64::from).collect();
        Aligned { hashes: (from..to).map(|row| mixed(u64::from(row))).collect(), numbers }
    }

    fn sampled(piece: u64, all: u32, chunk: u32) -> Sample {
        let mut sample = Sample::new(1, 1, u64::MAX);
        let mut from = 0;
        while from < all {
            let to = all.min(from + chunk);
            let aligned = rows(from, to);
            sample.take(piece, u64::from(from), aligned.hashes.len(), &[aligned]);
            from = to;
        }
        sample.thin();
        sample
    }

    #[test]
    fn small_tables_are_taken_whole() {
        let mut numbers = sampled(0, 3_000, 7).column(0).unwrap().numbers.clone();
        numbers.sort_by(f64::total_cmp);
        assert_eq!(numbers, (0..3_000).map(f64::from).collect::<Vec<_>>());
    }

    #[test]
    fn chunks_do_not_matter_and_every_part_has_its_share() {
        let sample = sampled(3, 100_000, 8_192);
        assert_eq!(sample, sampled(3, 100_000, 999));
        let numbers = &sample.column(0).unwrap().numbers;
        assert_eq!((sample.rows(), numbers.len()), (MOST_ROWS, MOST_ROWS));
        let early = numbers.iter().filter(|number| **number < 50_000.0).count();
        assert!((4_800..5_200).contains(&early), "{early}");
    }

    #[test]
    fn pieces_are_sampled_by_their_size() {
        let mut merged = sampled(0, 60_000, 8_192);
        merged.merge(sampled(1, 20_000, 8_192));
        assert_eq!(merged.rows(), MOST_ROWS);
        let mut other = sampled(1, 20_000, 8_192);
        other.merge(sampled(0, 60_000, 8_192));
        assert_eq!(merged, other);
    }
}
