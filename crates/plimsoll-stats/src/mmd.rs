//! The maximum mean discrepancy.

use crate::permutation::{Permutation, pooled};
use crate::sample::check_numbers;
use crate::tested::{NoAnswer, Tested, check_rows, finite};

/// At most so many rows of a side are compared, as every row is compared with every other.
pub const MOST_ROWS: usize = 500;

/// Returns the test that the maximum mean discrepancy of both samples is 0.
///
/// The statistic is its unbiased square (Gretton et al. 2012, lemma 6), which may fall below 0 where
/// nothing differs, with the kernel `exp(-(x - y)^2 / (2 s^2))`, s the median distance of two rows
/// that are not equal. Of larger samples [`MOST_ROWS`] rows a side are drawn, for the statistic too.
/// p is by permutation. Constants that agree have p 1. O(rows^2 resamples).
///
/// # Errors
/// A sample has fewer than 2 rows, or NaN or infinite numbers.
pub fn test(a: &[f64], b: &[f64], permutation: &Permutation) -> Result<Tested, NoAnswer> {
    check_numbers("the first sample", a, a.len())?;
    check_numbers("the second sample", b, b.len())?;
    check_rows(a.len() as u64, b.len() as u64, 2)?;
    let thinned = permutation.thinned("mmd", &[a, b], MOST_ROWS);
    let (numbers, sides) = pooled(&[&thinned[0], &thinned[1]])?;
    let Some(kernel) = Kernel::of(&numbers)? else { return Ok(Tested::NO_DIFFERENCE) };
    let mut members = Vec::with_capacity(thinned[0].len());
    let mut discrepancy = |sides: &[u8]| {
        members.clear();
        members.extend((0..sides.len()).filter(|&row| sides[row] == 0));
        kernel.discrepancy(&members)
    };
    let statistic = finite(discrepancy(&sides))?;
    // Statistics around 0 cancel, so as far out is told by the kernel's own scale of 1.
    let (p, basis) = permutation.p("mmd", statistic + 1.0, sides, |sides| discrepancy(sides) + 1.0);
    Ok(Tested { statistic, p, basis })
}

/// The kernel of each pair of rows.
struct Kernel {
    rows: usize,
    cells: Vec<f64>,
    /// The sum of each row without the diagonal.
    sums: Vec<f64>,
}

impl Kernel {
    /// Returns nothing if all numbers are the same. They are in ascending order.
    fn of(numbers: &[f64]) -> Result<Option<Self>, NoAnswer> {
        let rows = numbers.len();
        let pairs = |row: usize| numbers[row + 1..].iter().map(move |other| other - numbers[row]);
        let mut distances: Vec<f64> =
            (0..rows).flat_map(pairs).filter(|&distance| distance > 0.0).collect();
        if distances.is_empty() {
            return Ok(None);
        }
        let half = distances.len() / 2;
        let (_, upper, _) = distances.select_nth_unstable_by(half, f64::total_cmp);
        let upper = *upper;
        let is_even = distances.len().is_multiple_of(2);
        // The middle of both middle ones, as numpy's median has it.
        let lower = distances[..half].iter().copied().fold(f64::MIN, f64::max);
        let width = finite(if is_even { f64::midpoint(lower, upper) } else { upper })?;
        let mut cells = vec![0.0; rows * rows];
        for (row, cells) in cells.chunks_mut(rows).enumerate() {
            for (cell, other) in cells.iter_mut().zip(numbers) {
                let apart = (other - numbers[row]) / width;
                *cell = (-0.5 * apart * apart).exp();
            }
        }
        let sums = cells.chunks(rows).map(|row| row.iter().sum::<f64>() - 1.0).collect();
        Ok(Some(Self { rows, cells, sums }))
    }

    /// Returns the unbiased square of the discrepancy of some rows from all others.
    fn discrepancy(&self, members: &[usize]) -> f64 {
        let mut within = 0.0;
        for (place, &row) in members.iter().enumerate() {
            let cells = &self.cells[row * self.rows..][..self.rows];
            within += 2.0 * members[..place].iter().map(|&other| cells[other]).sum::<f64>();
        }
        // What leaves the members ends in the others, so two sums give all three.
        let leaving: f64 = members.iter().map(|&row| self.sums[row]).sum::<f64>() - within;
        let others = self.sums.iter().sum::<f64>() - within - 2.0 * leaving;
        let (n, m) = (members.len() as f64, (self.rows - members.len()) as f64);
        within / (n * (n - 1.0)) + others / (m * (m - 1.0)) - 2.0 * leaving / (n * m)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(a: &[f64], b: &[f64]) -> Result<Tested, NoAnswer> {
        test(a, b, &Permutation::few(199))
    }

    #[test]
    fn edges_are_as_specified() {
        assert!(of(&[1.0], &[1.0, 2.0]).unwrap_err().is_undecided());
        assert_eq!(of(&[3.0; 4], &[3.0; 9]), Ok(Tested::NO_DIFFERENCE));
        assert!(of(&[3.0, f64::INFINITY], &[3.0, 1.0]).is_err() && of(&[], &[1.0]).is_err());
        assert_eq!(of(&[f64::MAX, f64::MIN], &[f64::MAX, f64::MIN]), Err(NoAnswer::OutOfRange));
    }

    #[test]
    fn sees_a_change_of_shape_and_no_change() {
        let wave = |rows: u32, stretch: f64| -> Vec<f64> {
            (0..rows).map(|row| stretch * (1.7 * f64::from(row)).sin()).collect()
        };
        assert!((of(&wave(80, 1.0), &wave(70, 4.0)).unwrap().p.get() - 0.005).abs() < 1e-12);
        let same = of(&wave(600, 1.0), &wave(700, 1.0)).unwrap();
        assert!(same.p.get() > 0.05 && same.statistic.abs() < 0.01, "{same:?}");
    }
}
