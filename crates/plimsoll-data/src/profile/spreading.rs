//! The second pass, where blocks are asked for: each cell is counted by its block.

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;

use super::blocks::{Counting, Grid, Lookup, MOST_BLOCKS};
use super::build::ProfileError;
use super::column::Column;
use super::instants::Unit;
use super::kind::Kind;
use super::pass::Learn;
use super::read::{Cell, read};
use super::take::{Aligned, Scratch, Taking};
use crate::example::shown;
use crate::table::Batch;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Counts the cells of some columns by the block of their row.
pub(super) struct Spreading {
    block: String,
    /// Whether each day of a column of time stamps is a block.
    by_day: bool,
    columns: Vec<Taking>,
    counting: Counting,
    scratch: Scratch,
    aligned: Aligned,
    places: Vec<usize>,
}

impl Spreading {
    /// Begins with `empty` columns that are counted by `grids`; rows come with the column `block`
    /// behind these.
    pub(super) fn new(empty: &[Column], grids: &[Grid], block: &Column) -> Self {
        Self {
            block: block.name().to_owned(),
            by_day: block.kind() == Kind::Timestamp,
            columns: empty.iter().cloned().map(Taking::new).collect(),
            counting: Counting::new(grids.iter().map(Lookup::of).collect()),
            scratch: Scratch::default(),
            aligned: Aligned::default(),
            places: Vec::new(),
        }
    }

    pub(super) fn into_counting(self) -> Counting {
        self.counting
    }

    fn too_many(&self) -> ProfileError {
        ProfileError::Blocks { column: shown(&self.block), most: MOST_BLOCKS }
    }
}

impl Learn for Spreading {
    fn take(&mut self, batch: &Batch) -> Result<(), ProfileError> {
        let Some((block, cells)) = batch.columns.split_last() else { return Ok(()) };
        let names = names(block, self.by_day);
        self.places.clear();
        let mut before: Option<(&str, usize)> = None;
        for name in &names {
            let name = name.unwrap_or_default();
            // Rows of one block often come together.
            let place = match before {
                Some((last, place)) if last == name => Some(place),
                _ => self.counting.place(name),
            };
            let Some(place) = place else { return Err(self.too_many()) };
            before = Some((name, place));
            self.places.push(place);
        }
        self.counting.take_rows(&self.places);
        for (at, (column, cells)) in self.columns.iter_mut().zip(cells).enumerate() {
            column.take(cells, &mut self.scratch, &mut self.aligned);
            let Aligned { hashes, numbers } = &self.aligned;
            self.counting.take(at, &self.places, hashes, numbers);
        }
        Ok(())
    }

    fn finish(self) -> Self {
        self
    }

    fn merge(&mut self, next: Self) -> Result<(), ProfileError> {
        if self.counting.merge(&next.counting) { Ok(()) } else { Err(self.too_many()) }
    }
}

/// Returns the name of the block of each row.
fn names(cells: &ArrayRef, by_day: bool) -> StringArray {
    let is_text = match cells.data_type() {
        DataType::Dictionary(_, value) => value.is_string(),
        of => of.is_string(),
    };
    let days = || {
        let is_stamp = by_day && matches!(cells.data_type(), DataType::Timestamp(..));
        is_stamp.then(|| cast(cells, &DataType::Date32).ok()).flatten()
    };
    let cells = days().unwrap_or_else(|| cells.clone());
    let Ok(text) = cast(&cells, &DataType::Utf8) else {
        return StringArray::new_null(cells.len());
    };
    let text: &StringArray = text.as_string();
    if !is_text {
        return text.clone();
    }
    let name = |cell: &str| match read(cell) {
        Cell::Missing(_) => None,
        Cell::Stamp(stamp) if by_day => Some(Unit::Day.written(stamp.div_euclid(MICROS_PER_DAY))),
        _ => Some(cell.trim_ascii().to_owned()),
    };
    text.iter().map(|cell| cell.and_then(name)).collect()
}
