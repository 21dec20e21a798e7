//! A column of text in the making.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::error::ArrowError;

use super::record::Cell;

/// Cells up to this length are copied together with what is behind them, which is then cut off:
/// so many bytes are copied at once in less time than a number of them that is not known before.
const SHORT: usize = 16;

/// Cells of one column; an empty one is null, whether it is quoted or not.
pub(super) struct Text {
    values: Vec<u8>,
    ends: Vec<i32>,
    empty: bool,
}

impl Text {
    /// Begins a column for which as much is expected as another one held.
    pub(super) fn like(bytes: usize, rows: usize) -> Self {
        let mut ends = Vec::with_capacity(rows + 1);
        ends.push(0);
        Self { values: Vec::with_capacity(bytes + SHORT), ends, empty: false }
    }

    /// Returns how many bytes it holds.
    pub(super) fn bytes(&self) -> usize {
        self.values.len()
    }

    /// Appends the cell at `at` of each row, whose cells (`width` of them) lie in `bytes`.
    pub(super) fn extend(&mut self, cells: &[Cell], width: usize, at: usize, bytes: &[u8]) {
        self.ends.reserve(cells.len() / width);
        for cell in cells.iter().skip(at).step_by(width) {
            self.push(*cell, bytes);
        }
    }

    #[inline]
    pub(super) fn push(&mut self, cell: Cell, bytes: &[u8]) {
        let before = self.values.len();
        let text = cell.between(bytes);
        if text.len() <= SHORT
            && !cell.is_doubled()
            && let Some(more) = bytes[cell.start()..].first_chunk::<SHORT>()
        {
            self.values.extend_from_slice(more);
            self.values.truncate(before + text.len());
        } else {
            cell.append_to(&mut self.values, bytes);
        }
        self.empty |= self.values.len() == before;
        #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "16 MiB")]
        self.ends.push(self.values.len() as i32);
    }

    pub(super) fn into_array(self) -> Result<ArrayRef, ArrowError> {
        let Self { values, ends, empty } = self;
        let nulls = empty.then(|| {
            NullBuffer::new(BooleanBuffer::collect_bool(ends.len() - 1, |row| {
                ends[row] < ends[row + 1]
            }))
        });
        let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
        let array = StringArray::try_new(offsets, Buffer::from_vec(values), nulls)?;
        Ok(Arc::new(array))
    }
}
