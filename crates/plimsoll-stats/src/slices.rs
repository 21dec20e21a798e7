//! Losses that are cut into slices.

use crate::blocks::Blocks;
use crate::estimate::{Estimate, NoValue};
use crate::measure::{Way, measure_one};
use crate::plan::Plan;
use crate::sample::{SampleError, check_length, check_numbers};
use crate::slice::Slice;
use crate::smooth::RatioOfRatios;
use crate::sum::sum;

/// With fewer rows a slice is not judged, nor against a rest of fewer.
pub const MIN_ROWS_OF_SLICE: usize = 50;

/// A slice is reported as weak from this ratio of its loss to the other on, if it is significant.
pub const MIN_RATIO: f64 = 1.1;

/// The losses of rows, ready to be cut into slices.
#[derive(Clone, Debug)]
pub struct Losses<'a> {
    loss: &'a [f64],
    size: Option<&'a [f64]>,
    blocks: &'a Blocks,
    /// The loss of all rows, by which they are centred so that sums of squares lose nothing.
    whole: f64,
}

/// What the ratio of a slice is taken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// The rows outside the slice.
    Rest,
    /// All rows.
    Whole,
}

impl<'a> Losses<'a> {
    /// Takes one loss for each row, or its share in one: with `size` the loss of a slice is the sum
    /// of losses over the sum of sizes, as of WAPE, where these are absolute targets; without it the
    /// mean.
    ///
    /// # Errors
    /// There are no rows, the lengths differ, a number is NaN or infinite or so large that sums are,
    /// a size is below 0, or all of them are 0.
    pub fn new(
        loss: &'a [f64],
        size: Option<&'a [f64]>,
        blocks: &'a Blocks,
    ) -> Result<Self, SampleError> {
        check_numbers("the loss", loss, loss.len())?;
        check_length("the block column", blocks.row_count(), loss.len())?;
        let total = match size {
            None => loss.len() as f64,
            Some(size) => {
                check_numbers("the size", size, loss.len())?;
                if let Some(row) = size.iter().position(|&size| size < 0.0) {
                    return Err(SampleError::Negative { what: "the size", row });
                }
                sum(size.iter().copied())
            }
        };
        let whole = sum(loss.iter().copied()) / total;
        check_numbers("the loss of all rows", &[whole], 1)?;
        Ok(Self { loss, size, blocks, whole })
    }

    /// Returns all rows.
    pub fn whole(&self) -> Slice {
        self.slice(|_| true)
    }

    /// Returns the rows that are `inside`.
    pub fn slice(&self, inside: impl Fn(usize) -> bool) -> Slice {
        let mut slices = self.collect(1, |row| inside(row).then_some(0));
        slices.pop().unwrap_or_else(|| self.empty())
    }

    /// Returns the cells that the rows fall into, numbered from 0; rows whose number is not below
    /// `cells` are in none. One pass, however many cells there are.
    ///
    /// # Errors
    /// There is not one number for each row.
    pub fn cells(&self, of_row: &[u32], cells: usize) -> Result<Vec<Slice>, SampleError> {
        check_length("the column of cells", of_row.len(), self.loss.len())?;
        let cell = |row: usize| Some(of_row[row] as usize).filter(|&cell| cell < cells);
        Ok(self.collect(cells, cell))
    }

    /// Computes the ratio of the loss of the rows `inside` to that of the others, by boot-t on the
    /// log.
    ///
    /// Losses are not negative here; a slice without any has the ratio 0 and no interval. Of slices that were found by searching it is too high on the
    /// rows that were searched.
    ///
    /// # Errors
    /// There is not one entry for each row.
    pub fn ratio(
        &self,
        inside: &[bool],
        against: Against,
        limits: &[f64],
        plan: &Plan,
    ) -> Result<Result<Estimate, NoValue>, SampleError> {
        check_length("the slice", inside.len(), self.loss.len())?;
        let column = |of_row: &dyn Fn(usize) -> f64, held: &dyn Fn(bool) -> bool| -> Vec<f64> {
            let term =
                |(row, &inside): (usize, &bool)| if held(inside) { of_row(row) } else { 0.0 };
            inside.iter().enumerate().map(term).collect()
        };
        let (loss, size) = (|row: usize| self.loss[row], |row: usize| self.size(row));
        let other = |inside: bool| against == Against::Whole || !inside;
        let columns = [
            column(&loss, &|inside| inside),
            column(&size, &|inside| inside),
            column(&loss, &other),
            column(&size, &other),
        ];
        let ratio = RatioOfRatios { columns: [0, 1, 2, 3] };
        let way = Way::Sums(Box::new(ratio), NoValue::ZeroDenominator);
        let mut answer = measure_one(&columns, way, limits, self.blocks, plan)?;
        if let Ok(estimate) = &mut answer {
            // Without any loss inside no resample has one either, which proves nothing.
            estimate.interval = estimate.interval.filter(|_| estimate.value > 0.0);
        }
        Ok(answer)
    }

    fn size(&self, row: usize) -> f64 {
        self.size.map_or(1.0, |size| size[row])
    }

    fn empty(&self) -> Slice {
        match self.blocks.declared_count() {
            None => Slice::of_rows(self.whole),
            Some(_) => Slice::of_blocks(self.whole),
        }
    }

    fn collect(&self, cells: usize, cell: impl Fn(usize) -> Option<usize>) -> Vec<Slice> {
        let mut slices = vec![self.empty(); cells];
        let mut order: Vec<usize> = (0..self.loss.len()).collect();
        if self.blocks.declared_count().is_some() {
            order.sort_by_key(|&row| self.blocks.of_row(row));
        }
        for row in order {
            let Some(cell) = cell(row) else { continue };
            let size = self.size(row);
            slices[cell].add(self.blocks.of_row(row), self.loss[row] - self.whole * size, size);
        }
        slices
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::p_value::PValue;
    use crate::random::Seed;

    fn sample() -> (Vec<f64>, Vec<f64>, Vec<u32>, Vec<u32>) {
        let rows = || (0..240).map(f64::from);
        let loss = rows()
            .map(|i| (0.9 * i).sin().exp() + if (i % 6.0 - 2.0).abs() < 0.5 { 0.6 } else { 0.0 });
        let size = rows().map(|i| 2.0 + (0.4 * i).cos());
        let days = (0..240).map(|row| (row * 5 + row / 11) % 17).collect();
        (loss.collect(), size.collect(), days, (0..240).map(|row| row % 6).collect())
    }

    fn is_close(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-9, "{found} is not {expected}");
    }

    /// references/slices.py: Welch's t by scipy and clustered errors by statsmodels; t, degrees of
    /// freedom, p.
    const PRINTED: &str = include_str!("../references/slices.txt");

    #[test]
    fn rounding_is_no_difference_and_no_variance() {
        // All rows of two parts are hits and no others, in blocks of unlike sizes: from the mean of all
        // rows, which losses are taken from, rounding is left.
        for rows in 40..160 {
            let hits: Vec<f64> = (0..rows).map(|row| f64::from(u8::from(row % 7 < 4))).collect();
            let labels: Vec<usize> = (0..rows).map(|row| row * row % 13).collect();
            let blocks = Blocks::of_labels(&labels);
            let losses = Losses::new(&hits, None, &blocks).unwrap();
            let (one, other) =
                (losses.slice(|row| row % 7 < 2), losses.slice(|row| row % 7 / 2 == 1));
            let worse = one.worse_than(&other).unwrap();
            assert_eq!(
                (worse.difference, worse.degrees, worse.p),
                (0.0, None, PValue::ONE),
                "{rows}"
            );
        }
    }

    #[test]
    fn tests_agree_with_scipy_and_statsmodels() {
        let (loss, size, days, cell) = sample();
        let (rows, by_day) = (Blocks::rows(240), Blocks::of_labels(&days));
        let mut compared = 0;
        for line in PRINTED.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let [unit, sized, t, degrees, p] = words[..] else { continue };
            let blocks = if unit == "rows" { &rows } else { &by_day };
            let size = (sized == "sized").then_some(&size[..]);
            let losses = Losses::new(&loss, size, blocks).unwrap();
            let cells = losses.cells(&cell, 6).unwrap();
            let found = cells[2].worse_than(&losses.whole().without(&cells[2])).unwrap();
            is_close(found.t, t.parse().unwrap());
            is_close(found.degrees.unwrap(), degrees.parse().unwrap());
            is_close(found.p.get(), p.parse().unwrap());
            compared += 1;
        }
        assert_eq!(compared, 4);
    }

    #[test]
    fn a_whole_without_a_part_is_the_rest() {
        let (loss, size, days, cell) = sample();
        for blocks in [Blocks::rows(240), Blocks::of_labels(&days)] {
            let losses = Losses::new(&loss, Some(&size), &blocks).unwrap();
            let inside = losses.slice(|row| cell[row] == 3);
            let rest = losses.slice(|row| cell[row] != 3);
            let taken = losses.whole().without(&inside);
            assert_eq!((taken.rows(), taken.blocks()), (rest.rows(), rest.blocks()));
            is_close(taken.loss().unwrap(), rest.loss().unwrap());
            let (a, b) = (inside.worse_than(&taken).unwrap(), inside.worse_than(&rest).unwrap());
            assert!((a.t - b.t).abs() < 1e-9, "{} {}", a.t, b.t);
        }
    }

    #[test]
    fn a_slice_of_whole_days_loses_its_days_from_the_rest() {
        let (loss, _, days, _) = sample();
        let blocks = Blocks::of_labels(&days);
        let losses = Losses::new(&loss, None, &blocks).unwrap();
        let inside = losses.slice(|row| days[row] < 5);
        let rest = losses.whole().without(&inside);
        assert_eq!((inside.blocks(), rest.blocks()), (Some(5), Some(12)));
        assert_eq!(inside.worse_than(&rest).unwrap().degrees, Some(4.0));
    }

    #[test]
    fn ratios_are_to_the_rest_or_to_all() {
        let (loss, size, ..) = sample();
        let blocks = Blocks::rows(240);
        let losses = Losses::new(&loss, Some(&size), &blocks).unwrap();
        let inside: Vec<bool> = (0..240).map(|row| row % 6 == 2).collect();
        let plan = Plan { resamples: 499, most_resamples: 499, ..Plan::new(Seed::from(1)) };
        let slice = losses.slice(|row| inside[row]);
        let rest = losses.whole().without(&slice).loss().unwrap();
        for (against, loss) in
            [(Against::Rest, rest), (Against::Whole, losses.whole().loss().unwrap())]
        {
            let ratio = losses.ratio(&inside, against, &[], &plan).unwrap().unwrap();
            is_close(ratio.value, slice.loss().unwrap() / loss);
            assert!(ratio.interval.unwrap().ends().contain(ratio.value));
        }
        let none = losses.ratio(&[false; 240], Against::Rest, &[], &plan).unwrap();
        assert_eq!(none, Err(NoValue::ZeroDenominator));
    }

    #[test]
    fn a_slice_without_any_loss_has_no_interval_of_its_ratio() {
        let loss: Vec<f64> =
            (0..100).map(|row| f64::from(u8::from(row >= 50 && row % 5 == 0))).collect();
        let blocks = Blocks::rows(100);
        let losses = Losses::new(&loss, None, &blocks).unwrap();
        let inside: Vec<bool> = (0..100).map(|row| row < 50).collect();
        let plan = Plan { resamples: 499, most_resamples: 499, ..Plan::new(Seed::from(1)) };
        let ratio = losses.ratio(&inside, Against::Rest, &[], &plan).unwrap().unwrap();
        assert!(ratio.value <= 0.0 && ratio.interval.is_none() && !ratio.is_enough_evidence());
    }

    #[test]
    fn without_variation_the_side_decides() {
        let loss: Vec<f64> = (0..100).map(|row| if row < 50 { 0.3 } else { 0.1 }).collect();
        let blocks = Blocks::rows(100);
        let losses = Losses::new(&loss, None, &blocks).unwrap();
        let (high, low) = (losses.slice(|row| row < 50), losses.slice(|row| row >= 50));
        assert_eq!(high.worse_than(&low).unwrap().p, PValue::ZERO);
        assert_eq!(low.worse_than(&high).unwrap().p, PValue::ONE);
        let single = losses.slice(|row| row == 7);
        assert!(single.worse_than(&low).unwrap_err().is_undecided());
    }

    #[test]
    fn what_is_no_loss_is_refused() {
        let blocks = Blocks::rows(2);
        assert!(Losses::new(&[], None, &Blocks::rows(0)).is_err());
        assert!(Losses::new(&[1.0, f64::NAN], None, &blocks).is_err());
        assert!(Losses::new(&[1.0, 2.0], Some(&[1.0, -1.0]), &blocks).is_err());
        assert!(Losses::new(&[1.0, 2.0], Some(&[0.0, 0.0]), &blocks).is_err());
        assert!(Losses::new(&[1e308, 1e308], None, &blocks).is_err());
        let losses = Losses::new(&[1.0, 2.0], None, &blocks).unwrap();
        assert!(losses.cells(&[0], 1).is_err());
        let cells = losses.cells(&[7, 0], 1).unwrap();
        assert_eq!((cells.len(), cells[0].rows()), (1, 1));
    }
}
