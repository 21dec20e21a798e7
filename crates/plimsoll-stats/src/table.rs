//! Block sums of columns, and what a bootstrap of them has to add up.

use crate::sample::{SampleError, check_length};
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
    /// # Errors
    /// A column has another length.
    pub fn new(blocks: usize, columns: Vec<Vec<f64>>) -> Result<Self, SampleError> {
        for column in &columns {
            check_length("a column of the table", column.len(), blocks)?;
        }
        Ok(Self { blocks, columns })
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
///
/// Four columns lie side by side, so that the processor adds up all four with one weight.
pub(crate) struct Products {
    fours: Vec<Vec<[f64; 4]>>,
    width: usize,
    blocks: usize,
}

/// Where one statistic finds its sums among [`Products`].
pub(crate) struct Places {
    /// The place of each column.
    pub(crate) sums: Vec<usize>,
    /// The places of the products of columns i and j, j <= i, row by row.
    pub(crate) products: Vec<usize>,
}

impl Products {
    /// So many blocks are walked at a time: their numbers stay in the nearest cache.
    pub(crate) const TILE: usize = 128;

    pub(crate) fn new(table: &Table, statistics: &[&dyn Smooth]) -> (Self, Vec<Places>) {
        let mut products = Self { fours: Vec::new(), width: 0, blocks: table.blocks };
        let places = statistics
            .iter()
            .map(|statistic| {
                let columns = statistic.columns();
                let mut places = Places { sums: Vec::new(), products: Vec::new() };
                for (i, &first) in columns.iter().enumerate() {
                    let first = &table.columns[first];
                    places.sums.push(products.place(|block| first[block]));
                    for &second in &columns[..=i] {
                        let second = &table.columns[second];
                        places.products.push(products.place(|block| first[block] * second[block]));
                    }
                }
                places
            })
            .collect();
        (products, places)
    }

    fn place(&mut self, column: impl Fn(usize) -> f64) -> usize {
        let is_at = |place: &usize| {
            let four = self.fours[place / 4].iter().enumerate();
            four.take(self.blocks)
                .all(|(block, four)| four[place % 4].to_bits() == column(block).to_bits())
        };
        if let Some(place) = (0..self.width).find(is_at) {
            return place;
        }
        if self.width.is_multiple_of(4) {
            self.fours.push(vec![[0.0; 4]; self.blocks.next_multiple_of(4)]);
        }
        let place = self.width;
        for (block, four) in self.fours[place / 4].iter_mut().enumerate().take(self.blocks) {
            four[place % 4] = column(block);
        }
        self.width += 1;
        place
    }

    /// Returns the room that the sums take: a few more than there are columns.
    pub(crate) fn room(&self) -> usize {
        4 * self.fours.len()
    }

    pub(crate) fn tiles(&self) -> usize {
        self.blocks.div_ceil(Self::TILE)
    }

    /// Adds to `sums` what the blocks of one tile contribute under these weights.
    pub(crate) fn add_tile(&self, tile: usize, weights: &[f64; Self::TILE], sums: &mut [f64]) {
        for (four, sums) in self.fours.iter().zip(sums.as_chunks_mut::<4>().0) {
            let end = ((tile + 1) * Self::TILE).min(four.len());
            let added = add_up(weights, &four[tile * Self::TILE..end]);
            sums.iter_mut().zip(added).for_each(|(sum, added)| *sum += added);
        }
    }
}

/// Returns the weighted sums of four columns; four rows at a time keep the processor busy.
fn add_up(weights: &[f64], rows: &[[f64; 4]]) -> [f64; 4] {
    let mut sums = [[0.0; 4]; 4];
    for (weights, rows) in weights.as_chunks::<4>().0.iter().zip(rows.as_chunks::<4>().0) {
        for ((sums, weight), row) in sums.iter_mut().zip(weights).zip(rows) {
            for (sum, number) in sums.iter_mut().zip(row) {
                *sum += weight * number;
            }
        }
    }
    let [a, b, c, d] = sums;
    std::array::from_fn(|column| (a[column] + b[column]) + (c[column] + d[column]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smooth::{Form, Ratio, Scale};

    #[test]
    fn equal_columns_are_added_up_once() {
        let columns = vec![vec![2.0, 3.0, 5.0], vec![1.0; 3], vec![4.0, 9.0, 25.0]];
        let table = Table::new(3, columns).unwrap();
        let ratio = |columns| Ratio { columns, form: Form::Plain, scale: Scale::Log };
        let (mean, mean_square) = (ratio([0, 1]), ratio([2, 1]));
        let (products, places) = Products::new(&table, &[&mean, &mean_square]);
        // x, x^2, 1, x^4: the products with 1 and the squares are known already.
        assert_eq!((products.width, products.room()), (4, 4));
        assert_eq!(places[0].products[0], places[1].sums[0]);

        assert!(Table::new(2, vec![vec![1.0; 3]]).is_err());
        let mut weights = [0.0; Products::TILE];
        weights[..3].copy_from_slice(&[1.0, 0.0, 2.0]);
        let mut sums = vec![0.0; 4];
        products.add_tile(0, &weights, &mut sums);
        assert!((sums[places[0].sums[0]] - 12.0).abs() < 1e-12);
        assert!((sums[places[1].products[0]] - (16.0 + 2.0 * 625.0)).abs() < 1e-9);
    }
}
