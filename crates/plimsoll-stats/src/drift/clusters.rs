//! Rows that come in blocks.

use super::sides::{Sides, Weight};

/// How much the rows of a block resemble each other, measured on shares of cells.
///
/// Blocks are taken in one after the other and not kept. For a category the cells are its values,
/// for numbers the rows up to each value of a [`grid`](super::ladder::grid).
#[derive(Clone, Debug)]
pub struct Clusters {
    blocks: u64,
    rows: u64,
    rows_squared: f64,
    /// For each cell: rows, sum over blocks of their square, sum of rows of the block times them.
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    rows: u64,
    squared: f64,
    crossed: f64,
}

impl Clusters {
    /// Starts with no block.
    pub fn of_cells(cells: usize) -> Self {
        Self { blocks: 0, rows: 0, rows_squared: 0.0, cells: vec![Cell::default(); cells] }
    }

    /// Takes in a block of `rows` rows, of which `counts` are in each cell.
    pub fn add(&mut self, rows: u64, counts: &[u64]) {
        debug_assert_eq!(counts.len(), self.cells.len());
        self.blocks += 1;
        self.rows += rows;
        self.rows_squared += (rows as f64).powi(2);
        for (cell, &count) in self.cells.iter_mut().zip(counts) {
            cell.rows += count;
            cell.squared += (count as f64).powi(2);
            cell.crossed += count as f64 * rows as f64;
        }
    }

    /// Returns how many blocks there are.
    pub fn blocks(&self) -> u64 {
        self.blocks
    }

    /// Returns the design effect, at least 1: the variances of all shares added, over what they
    /// were if rows were independent.
    ///
    /// The variance of a share F is `B / (B - 1) sum over blocks of (c - n_b F)^2 / n^2`, the
    /// cluster-robust one of a ratio (Kish 1965; Cameron, Gelbach and Miller 2008). One block says
    /// as much as one row.
    pub fn design_effect(&self) -> f64 {
        let (n, blocks) = (self.rows as f64, self.blocks as f64);
        if self.blocks < 2 {
            return n.max(1.0);
        }
        let (mut clustered, mut independent) = (0.0, 0.0);
        for cell in &self.cells {
            let share = cell.rows as f64 / n;
            let squares =
                cell.squared - 2.0 * share * cell.crossed + share * share * self.rows_squared;
            clustered += squares.max(0.0) * blocks / (blocks - 1.0) / (n * n);
            independent += share * (1.0 - share) / n;
        }
        if independent > 0.0 { (clustered / independent).max(1.0) } else { 1.0 }
    }

    /// Returns the size of the block that a row is in, on average over the rows.
    fn size(&self) -> f64 {
        if self.rows == 0 { 0.0 } else { self.rows_squared / self.rows as f64 }
    }

    /// Returns how much two rows of a block resemble each other, from 0 to 1: the correlation r of
    /// `design effect = 1 + (size - 1) r` (Kish 1965).
    fn correlation(&self) -> f64 {
        let others = self.size() - 1.0;
        if others > 0.0 { ((self.design_effect() - 1.0) / others).min(1.0) } else { 0.0 }
    }

    fn weight(&self, correlation: f64) -> Weight {
        let common = 1.0 + (self.size() - 1.0).max(0.0) * correlation;
        Weight::clustered(self.rows, self.design_effect().max(common), self.blocks)
    }
}

/// Returns how much the rows of both sides say.
///
/// If nothing changed the rows of a block resemble each other as much on one side as on the other,
/// so that both sides together tell by how much: the mean correlation, weighted by the degrees of
/// freedom. A side has the larger of the design effect that this makes and its own. By its own
/// alone 14 days whose variance came out too low by chance raised an alarm in 1 % of tables.
pub fn sides(reference: &Clusters, current: &Clusters) -> Sides {
    let degrees = [reference, current].map(|side| side.blocks.saturating_sub(1) as f64);
    let sum = degrees[0] * reference.correlation() + degrees[1] * current.correlation();
    let all = degrees[0] + degrees[1];
    let correlation = if all > 0.0 { sum / all } else { 0.0 };
    Sides { reference: reference.weight(correlation), current: current.weight(correlation) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_cluster_robust_variances() {
        // references/drift_decision.py: statsmodels 0.15.0 OLS on a constant, cov_type="cluster",
        // without its factor (n - 1) / (n - k)
        let mut clusters = Clusters::of_cells(3);
        for (rows, counts) in BLOCKS {
            clusters.add(rows, &counts);
        }
        let found = clusters.design_effect();
        assert!((found / DEFF - 1.0).abs() < 1e-9, "{found}");
    }

    const BLOCKS: [(u64, [u64; 3]); 5] =
        [(10, [8, 1, 1]), (12, [2, 9, 1]), (5, [5, 0, 0]), (20, [3, 3, 14]), (9, [7, 2, 0])];
    const DEFF: f64 = 7.101_293_103_448_276;

    #[test]
    fn blocks_of_equal_rows_say_as_much_as_one_row_each() {
        let mut clusters = Clusters::of_cells(2);
        for block in 0..40_u64 {
            let all = if block % 2 == 0 { [24, 0] } else { [0, 24] };
            clusters.add(24, &all);
        }
        assert!((clusters.design_effect() - 24.0 * 40.0 / 39.0).abs() < 1e-9);
    }

    #[test]
    fn blocks_that_are_all_alike_say_no_less_than_rows() {
        let mut clusters = Clusters::of_cells(2);
        (0..40).for_each(|_| clusters.add(24, &[12, 12]));
        assert!((clusters.design_effect() - 1.0).abs() < 1e-12);
        let mut constant = Clusters::of_cells(2);
        (0..40).for_each(|_| constant.add(24, &[24, 0]));
        assert!((constant.design_effect() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_side_of_few_blocks_learns_from_the_other_side() {
        let mut many = Clusters::of_cells(1);
        (0..200).for_each(|block| many.add(24, &[if block % 2 == 0 { 18 } else { 6 }]));
        let mut few = Clusters::of_cells(1);
        (0..14).for_each(|_| few.add(12, &[6]));
        assert!((few.design_effect() - 1.0).abs() < 1e-12);
        let both = sides(&many, &few);
        assert!((both.reference.design_effect - many.design_effect()).abs() < 1e-12);
        // 199 of 212 degrees of freedom say that the correlation is (6.03 - 1) / 23.
        let expected = 1.0 + 11.0 * (many.design_effect() - 1.0) / 23.0 * 199.0 / 212.0;
        assert!((both.current.design_effect - expected).abs() < 1e-9);
        assert_eq!(both.current.blocks, Some(14));
        let none = Clusters::of_cells(1);
        assert_eq!(sides(&none, &none).current.rows, 0);
    }

    #[test]
    fn one_block_says_as_much_as_one_row() {
        let mut clusters = Clusters::of_cells(2);
        clusters.add(240, &[100, 140]);
        assert!((clusters.design_effect() - 240.0).abs() < 1e-12);
        assert!((Clusters::of_cells(2).design_effect() - 1.0).abs() < 1e-12);
    }
}
