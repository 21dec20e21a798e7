//! A column of text in the making.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::error::ArrowError;

/// Cells of one column; an empty one is null, whether it is quoted or not.
#[derive(Default)]
pub(super) struct Text {
    values: Vec<u8>,
    ends: Vec<i32>,
    filled: Vec<bool>,
    empty: bool,
}

impl Text {
    #[inline]
    pub(super) fn push(&mut self, append: impl FnOnce(&mut Vec<u8>)) {
        if self.ends.is_empty() {
            self.ends.push(0);
        }
        let before = self.values.len();
        append(&mut self.values);
        let filled = self.values.len() > before;
        self.empty |= !filled;
        self.filled.push(filled);
        #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "16 MiB")]
        self.ends.push(self.values.len() as i32);
    }

    pub(super) fn into_array(self) -> Result<ArrayRef, ArrowError> {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.ends));
        let nulls = self.empty.then(|| NullBuffer::from(self.filled));
        let array = StringArray::try_new(offsets, Buffer::from_vec(self.values), nulls)?;
        Ok(Arc::new(array))
    }
}
