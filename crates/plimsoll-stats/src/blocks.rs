//! Which rows belong together.

use std::collections::BTreeMap;

use crate::sum::Sum;

/// The blocks of a sample: rows that depend on each other and are resampled together.
///
/// Where none are declared every row is its own block. Blocks are numbered in the order of their
/// labels, so the order of the rows does not change what is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocks {
    rows: usize,
    /// The block of each row and the number of blocks; absent when every row is its own.
    declared: Option<(Vec<usize>, usize)>,
}

impl Blocks {
    /// Makes every one of `rows` rows its own block.
    pub fn rows(rows: usize) -> Self {
        Self { rows, declared: None }
    }

    /// Puts rows of the same label into one block.
    pub fn of_labels<L: Ord>(labels: &[L]) -> Self {
        let mut numbers: BTreeMap<&L, usize> = labels.iter().map(|label| (label, 0)).collect();
        for (position, number) in numbers.values_mut().enumerate() {
            *number = position;
        }
        let blocks = numbers.len();
        let of_row = labels.iter().map(|label| numbers[label]).collect();
        Self { rows: labels.len(), declared: Some((of_row, blocks)) }
    }

    /// Returns the number of rows.
    pub fn row_count(&self) -> usize {
        self.rows
    }

    /// Returns the number of blocks.
    pub fn count(&self) -> usize {
        self.declared.as_ref().map_or(self.rows, |(_, blocks)| *blocks)
    }

    /// Returns the number of blocks if they were declared.
    pub fn declared_count(&self) -> Option<usize> {
        self.declared.as_ref().map(|(_, blocks)| *blocks)
    }

    /// Returns the block of a row.
    pub(crate) fn of_row(&self, row: usize) -> usize {
        self.declared.as_ref().map_or(row, |(of_row, _)| of_row[row])
    }

    /// Returns the sum of `terms`, one for each row, in each block.
    pub fn sums(&self, terms: impl Iterator<Item = f64>) -> Vec<f64> {
        let Some((of_row, blocks)) = &self.declared else { return terms.collect() };
        let mut sums = vec![Sum::default(); *blocks];
        for (&block, term) in of_row.iter().zip(terms) {
            sums[block].add(term);
        }
        sums.into_iter().map(Sum::value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_label_are_summed() {
        let blocks = Blocks::of_labels(&["tue", "mon", "tue", "wed"]);
        assert_eq!((blocks.count(), blocks.row_count()), (3, 4));
        assert_eq!(blocks.sums([1.0, 2.0, 4.0, 8.0].into_iter()), [2.0, 5.0, 8.0]);
        assert_eq!(Blocks::rows(2).sums([1.0, 2.0].into_iter()), [1.0, 2.0]);
        assert_eq!((Blocks::rows(2).declared_count(), blocks.declared_count()), (None, Some(3)));
    }
}
