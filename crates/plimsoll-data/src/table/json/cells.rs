//! A column of JSON in the making.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::error::ArrowError;

use super::kinds::Kinds;
use super::value::{Kind, Text, append};

/// Cells of one column: the text of each, and what it is in JSON. One that is `null` or not there
/// is empty; a string without letters is not.
pub(super) struct Cells {
    values: Vec<u8>,
    ends: Vec<i32>,
    filled: Vec<bool>,
    kinds: Vec<Kind>,
}

impl Cells {
    pub(super) fn new() -> Self {
        Self { values: Vec::new(), ends: vec![0], filled: Vec::new(), kinds: Vec::new() }
    }

    pub(super) fn push_empty(&mut self) {
        self.filled.push(false);
        self.kinds.push(Kind::Text);
        self.end();
    }

    pub(super) fn push(&mut self, bytes: &[u8], text: Text, kind: Kind) {
        append(bytes, text, &mut self.values);
        self.filled.push(true);
        self.kinds.push(kind);
        self.end();
    }

    fn end(&mut self) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "16 MiB")]
        self.ends.push(self.values.len() as i32);
    }

    pub(super) fn finish(self) -> Result<(ArrayRef, Kinds), ArrowError> {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.ends));
        let kinds = Kinds::of(self.kinds, &self.filled);
        let nulls = self.filled.contains(&false).then(|| NullBuffer::from(self.filled));
        let array = StringArray::try_new(offsets, Buffer::from_vec(self.values), nulls)?;
        Ok((Arc::new(array), kinds))
    }
}
