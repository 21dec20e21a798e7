//! Block sums of columns, and what a bootstrap of them has to add up.

use crate::smooth::Smooth;
use crate::sum::sum;

/// The sums of some columns in each block.
#[derive(Clone, Debug)]
pub struct Table {
    blocks: usize,
    columns: Vec<Vec<f64>>,
}

impl Table {
    /// Takes columns of one number for each of `blocks` blocks.
    ///
    /// # Panics
    /// A column has another length.
    pub fn new(blocks: usize, columns: Vec<Vec<f64>>) -> Self {
        assert!(columns.iter().all(|column| column.len() == blocks), "a column of another length");
        Self { blocks, columns }
    }

    /// Returns the number of blocks.
    pub fn blocks(&self) -> usize {
        self.blocks
    }

    /// Returns the sum of each column that `smooth` reads.
    pub(crate) fn sums(&self, smooth: &dyn Smooth) -> Vec<f64> {
        smooth.columns().iter().map(|&column| sum(self.columns[column].iter().copied())).collect()
    }

    /// Returns `gradient` times the columns of `smooth`, for each block.
    pub(crate) fn influence<'a>(
        &'a self,
        smooth: &'a dyn Smooth,
        gradient: &'a [f64],
    ) -> impl Iterator<Item = f64> + 'a {
        let terms = move |block: usize| {
            smooth
                .columns()
                .iter()
                .zip(gradient)
                .map(move |(&column, slope)| slope * self.columns[column][block])
        };
        (0..self.blocks).map(move |block| terms(block).sum())
    }

    /// Returns the number of blocks in which any column of `smooth` is not 0.
    pub(crate) fn counting(&self, smooth: &dyn Smooth) -> u64 {
        let columns = smooth.columns();
        let counts =
            |block: &usize| columns.iter().any(|&column| self.columns[column][*block] != 0.0);
        (0..self.blocks).filter(counts).count() as u64
    }

    pub(crate) fn column(&self, column: usize) -> &[f64] {
        &self.columns[column]
    }
}

/// The columns whose weighted sums all resampled statistics are made of: their columns, and the
/// products of each two. What is equal is added up once, which for rows that are their own blocks
/// leaves about half.
pub(crate) struct Products {
    columns: Vec<Vec<f64>>,
}

/// Where one statistic finds its sums among [`Products`].
pub(crate) struct Places {
    /// The place of each column.
    pub(crate) sums: Vec<usize>,
    /// The places of the products of columns i and j, j <= i, row by row.
    pub(crate) products: Vec<usize>,
}

impl Products {
    /// Columns are padded with zeros to a multiple of this, so that they are walked in whole tiles.
    pub(crate) const TILE: usize = 256;

    pub(crate) fn new(table: &Table, statistics: &[&dyn Smooth]) -> (Self, Vec<Places>) {
        let mut products = Self { columns: Vec::new() };
        let places = statistics
            .iter()
            .map(|statistic| {
                let columns = statistic.columns();
                let mut places = Places { sums: Vec::new(), products: Vec::new() };
                for (i, &first) in columns.iter().enumerate() {
                    places.sums.push(products.place(table.column(first).to_vec()));
                    for &second in &columns[..=i] {
                        let pairs = table.column(first).iter().zip(table.column(second));
                        places.products.push(products.place(pairs.map(|(a, b)| a * b).collect()));
                    }
                }
                places
            })
            .collect();
        (products, places)
    }

    fn place(&mut self, mut column: Vec<f64>) -> usize {
        column.resize(column.len().next_multiple_of(Self::TILE), 0.0);
        if let Some(place) = self.columns.iter().position(|known| *known == column) {
            return place;
        }
        self.columns.push(column);
        self.columns.len() - 1
    }

    pub(crate) fn width(&self) -> usize {
        self.columns.len()
    }

    pub(crate) fn tiles(&self) -> usize {
        self.columns.first().map_or(0, |column| column.len() / Self::TILE)
    }

    /// Adds to `sums` what the blocks of one tile contribute under these weights.
    pub(crate) fn add_tile(&self, tile: usize, weights: &[f64; Self::TILE], sums: &mut [f64]) {
        let rows = tile * Self::TILE..(tile + 1) * Self::TILE;
        for (column, sum) in self.columns.iter().zip(sums) {
            *sum += dot(weights, &column[rows.clone()]);
        }
    }
}

/// Sixteen running sums side by side let the processor work on several at once.
fn dot(weights: &[f64; Products::TILE], column: &[f64]) -> f64 {
    let mut lanes = [0.0; 16];
    for (weights, numbers) in weights.chunks_exact(16).zip(column.chunks_exact(16)) {
        for ((lane, weight), number) in lanes.iter_mut().zip(weights).zip(numbers) {
            *lane += weight * number;
        }
    }
    lanes.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smooth::{Form, Ratio, Scale};

    #[test]
    fn equal_columns_are_added_up_once() {
        let table = Table::new(3, vec![vec![2.0, 3.0, 5.0], vec![1.0; 3], vec![4.0, 9.0, 25.0]]);
        let ratio = |columns| Ratio { columns, form: Form::Plain, scale: Scale::Log };
        let (mean, mean_square) = (ratio([0, 1]), ratio([2, 1]));
        let (products, places) = Products::new(&table, &[&mean, &mean_square]);
        // x, x^2, 1, x^4: the products with 1 and the squares are known already.
        assert_eq!(products.width(), 4);
        assert_eq!(places[0].products[0], places[1].sums[0]);

        let mut weights = [0.0; Products::TILE];
        weights[..3].copy_from_slice(&[1.0, 0.0, 2.0]);
        let mut sums = vec![0.0; 4];
        products.add_tile(0, &weights, &mut sums);
        assert!((sums[places[0].sums[0]] - 12.0).abs() < 1e-12);
        assert!((sums[places[1].products[0]] - (16.0 + 2.0 * 625.0)).abs() < 1e-9);
    }
}
