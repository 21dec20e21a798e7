//! Rows drawn at random, every row with the same chance, in one pass and bounded memory.

use std::collections::BinaryHeap;

use super::cell::Cell;
use super::digest::{spread, word};
use super::missing::{NullLike, null_like};
use super::values::Values;

/// How many cells are held at most, and the most and the fewest rows.
const CELLS: usize = 2 << 20;
const MOST_ROWS: usize = 50_000;
const FEWEST_ROWS: usize = 200;

/// A cell of a drawn row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Drawn {
    /// There is no value.
    Missing,
    /// A finite number; of a moment its seconds since 1970.
    Number(f64),
    /// The digest of anything else.
    Word(u64),
}

impl Drawn {
    fn of(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Integer(number) => Self::Number(number as f64),
            Cell::Number(number) if number.is_finite() => Self::Number(number),
            Cell::Missing | Cell::Number(_) => Self::Missing,
            Cell::Moment(micros, _) => Self::Number(micros as f64 / 1e6),
            Cell::Text(text) if null_like(text) == Some(NullLike::Known) => Self::Missing,
            Cell::Boolean(_) | Cell::Code(_) | Cell::Text(_) => Self::Word(word(cell)),
        }
    }

    /// Returns what is the same for the same value.
    pub(crate) fn key(self) -> Option<u64> {
        match self {
            Self::Missing => None,
            Self::Number(number) => Some(spread(number.to_bits())),
            Self::Word(word) => Some(word),
        }
    }

    /// Returns the number, if it is one.
    pub(crate) fn number(self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Word(_) | Self::Missing => None,
        }
    }
}

/// Drawn rows, column by column.
///
/// Each row has a priority that its number alone decides, and those with the least stay (bottom-k
/// sampling), so that the same file always gives the same rows, however it is cut into batches.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    columns: Vec<Vec<Drawn>>,
    rows: usize,
    most: usize,
    /// The priorities of the rows that stay, the greatest first, with their slots.
    kept: BinaryHeap<(u64, usize)>,
}

impl Sample {
    /// Draws from rows of so many columns.
    pub(crate) fn new(columns: usize) -> Self {
        let most = (CELLS / columns.max(1)).clamp(FEWEST_ROWS, MOST_ROWS);
        Self { columns: vec![Vec::new(); columns], rows: 0, most, kept: BinaryHeap::new() }
    }

    /// Returns which of `rows` rows that `first` came before are drawn, with their slots.
    pub(crate) fn draw(&mut self, first: u64, rows: usize) -> Vec<(usize, usize)> {
        let mut drawn = Vec::new();
        for index in 0..rows {
            let priority = spread(first + index as u64);
            let slot = if self.rows < self.most {
                self.rows += 1;
                self.rows - 1
            } else {
                match self.kept.peek() {
                    Some(&(greatest, slot)) if priority < greatest => {
                        self.kept.pop();
                        slot
                    }
                    _ => continue,
                }
            };
            self.kept.push((priority, slot));
            drawn.push((index, slot));
        }
        drawn
    }

    /// Puts the drawn cells of a column into their slots.
    pub(crate) fn fill(&mut self, column: usize, drawn: &[(usize, usize)], values: &Values) {
        let slots = &mut self.columns[column];
        slots.resize(self.rows, Drawn::Missing);
        // Of two rows that were given one slot the later stands.
        for &(index, slot) in drawn {
            slots[slot] = Drawn::of(values.cell(index));
        }
    }

    /// Takes over the columns at `places` of another draw from the same rows.
    pub(crate) fn take_over(&mut self, mut other: Self, places: &[usize]) {
        for &place in places {
            self.columns[place] = std::mem::take(&mut other.columns[place]);
        }
        self.rows = other.rows;
    }

    /// Returns the drawn cells of a column.
    pub(crate) fn column(&self, column: usize) -> &[Drawn] {
        &self.columns[column]
    }

    /// Returns the chance that two rows have the same value in a column.
    pub(crate) fn agreement(&self, column: usize) -> f64 {
        let cells = self.column(column);
        let mut keys: Vec<u64> = cells.iter().map(|cell| cell.key().unwrap_or_default()).collect();
        keys.sort_unstable();
        let equal: f64 = keys
            .chunk_by(|a, b| a == b)
            .map(|same| same.len() as f64 * (same.len() - 1) as f64)
            .sum();
        let rows = cells.len() as f64;
        if rows < 2.0 { 1.0 } else { equal / (rows * (rows - 1.0)) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array};

    use super::*;

    fn drawn(rows: u64, batch: usize) -> Vec<Drawn> {
        let mut sample = Sample::new(CELLS / 300);
        let numbers: Vec<i64> = (0..rows.cast_signed()).collect();
        for (at, numbers) in numbers.chunks(batch).enumerate() {
            let values = Values::of(&(Arc::new(Int64Array::from(numbers.to_vec())) as ArrayRef));
            let first = (at * batch) as u64;
            let slots = sample.draw(first, numbers.len());
            sample.fill(0, &slots, &values);
        }
        sample.column(0).to_vec()
    }

    #[test]
    fn every_row_has_the_same_chance_whatever_the_batches() {
        let all = drawn(10_000, 8192);
        assert_eq!(all.len(), 300);
        let sorted = |mut drawn: Vec<Drawn>| {
            drawn.sort_by(|a, b| a.number().unwrap().total_cmp(&b.number().unwrap()));
            drawn
        };
        assert_eq!(sorted(all.clone()), sorted(drawn(10_000, 37)));
        let mean = all.iter().filter_map(|cell| cell.number()).sum::<f64>() / 300.0;
        // Its standard error is 2887 / sqrt(300) = 167.
        assert!((mean - 5000.0).abs() < 600.0, "{mean}");
        assert_eq!(drawn(50, 7).len(), 50);
    }

    #[test]
    fn agreement_is_the_chance_of_equal_values() {
        let mut sample = Sample::new(1);
        let values = Values::of(&(Arc::new(Int64Array::from(vec![1, 1, 2, 3])) as ArrayRef));
        let slots = sample.draw(0, 4);
        sample.fill(0, &slots, &values);
        assert!((sample.agreement(0) - 2.0 / 12.0).abs() < 1e-12);
    }
}
