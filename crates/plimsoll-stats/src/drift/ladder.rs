//! A column in ascending order.

use crate::kolmogorov_smirnov::Ordered;

/// One side of a column: rows without a value, then the values in ascending order.
///
/// A file gives every row for itself; a sketch gives values that stand for several rows. Infinite
/// values are ordered like others, NaN is none: it is a row without a value.
#[derive(Clone, Copy, Debug)]
pub struct Ladder<'a> {
    /// How many rows have no value. They come before every value.
    pub missing: u64,
    /// The values, ascending; one may stand there often.
    pub values: &'a [f64],
    /// For each value how many rows have it or one before it, missing ones left out; absent where
    /// every value is one row.
    pub through: Option<&'a [u64]>,
}

impl<'a> Ladder<'a> {
    /// Takes sorted rows.
    pub fn of_rows(missing: u64, sorted: &'a [f64]) -> Self {
        debug_assert!(sorted.is_sorted());
        Self { missing, values: sorted, through: None }
    }

    /// Returns how many rows have a value.
    pub fn filled(&self) -> u64 {
        self.rows_before(self.values.len())
    }

    /// Returns how many rows there are.
    pub fn rows(&self) -> u64 {
        self.missing + self.filled()
    }

    /// Returns the values with how many rows have each.
    pub fn ordered(self) -> Ordered<impl Iterator<Item = (f64, u64)> + Clone + 'a> {
        let rows = move |place: usize| match self.through {
            None => 1,
            Some(_) => self.rows_before(place + 1) - self.rows_before(place),
        };
        let items = self.values.iter().enumerate().map(move |(place, &value)| (value, rows(place)));
        Ordered { missing: self.missing, items }
    }

    /// Returns how many rows have one of the values before `place`.
    fn rows_before(&self, place: usize) -> u64 {
        match self.through {
            None => place as u64,
            Some(through) => place.checked_sub(1).map_or(0, |last| through[last]),
        }
    }

    /// Returns how many rows have a value below `value`.
    pub fn below(&self, value: f64) -> u64 {
        self.rows_before(self.values.partition_point(|&other| other < value))
    }

    /// Returns how many rows have a value of at most `value`.
    pub fn up_to(&self, value: f64) -> u64 {
        self.rows_before(self.values.partition_point(|&other| other <= value))
    }

    /// Returns the value that the row at `rank` has, from 1; none beyond the rows.
    pub fn at_rank(&self, rank: u64) -> Option<f64> {
        let place = match self.through {
            None => usize::try_from(rank.checked_sub(1)?).ok()?,
            Some(through) => through.partition_point(|&rows| rows < rank.max(1)),
        };
        self.values.get(place).copied()
    }
}

/// Returns `count` values that part both sides together into `count + 1` shares of equal size,
/// each once, ascending. They are values that occur.
///
/// They serve to see how alike the rows of a block are, not to compare the sides, so equal shares
/// are met to a row of either side only.
pub fn grid(a: &Ladder<'_>, b: &Ladder<'_>, count: u64) -> Vec<f64> {
    let all = a.filled() + b.filled();
    let at = |share: u64| {
        let wanted = (share * all).div_ceil(count + 1);
        let holds = |value: &f64| a.up_to(*value) + b.up_to(*value) >= wanted;
        let first = |side: &Ladder<'_>| {
            let place = side.values.partition_point(|value| !holds(value));
            side.values.get(place).copied()
        };
        match (first(a), first(b)) {
            (Some(x), Some(y)) => Some(x.min(y)),
            (one, other) => one.or(other),
        }
    };
    let mut grid: Vec<f64> = (1..=count).filter_map(at).collect();
    // Values are equal or apart; -0 is 0.
    grid.dedup_by(|a, b| a <= b);
    grid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_counts_agree_with_and_without_weights() {
        let rows = Ladder::of_rows(2, &[1.0, 1.0, 1.0, 4.0, 9.0]);
        let sketch = Ladder { missing: 2, values: &[1.0, 4.0, 9.0], through: Some(&[3, 4, 5]) };
        for side in [rows, sketch] {
            let at = [1, 3, 4, 5, 6].map(|rank| side.at_rank(rank));
            assert_eq!(at, [Some(1.0), Some(1.0), Some(4.0), Some(9.0), None]);
            assert_eq!((side.below(4.0), side.up_to(4.0), side.up_to(0.0)), (3, 4, 0));
            assert_eq!((side.filled(), side.rows()), (5, 7));
            let items = side.ordered().items;
            assert_eq!(items.filter(|item| item.0 < 4.0).map(|item| item.1).sum::<u64>(), 3);
        }
        assert_eq!(rows.at_rank(0), None);
    }

    #[test]
    fn a_grid_parts_both_sides_together() {
        let numbers = |range: std::ops::Range<u32>| range.map(f64::from).collect::<Vec<_>>();
        let (a, b) = (numbers(0..50), numbers(50..80));
        let both = grid(&Ladder::of_rows(0, &a), &Ladder::of_rows(9, &b), 15);
        assert_eq!(both, (1..=15).map(|share| f64::from(share * 5 - 1)).collect::<Vec<_>>());
        let constant = grid(&Ladder::of_rows(0, &[7.0; 40]), &Ladder::of_rows(0, &[7.0; 9]), 15);
        assert_eq!(constant, [7.0]);
        assert!(grid(&Ladder::of_rows(3, &[]), &Ladder::of_rows(0, &[]), 15).is_empty());
    }
}
