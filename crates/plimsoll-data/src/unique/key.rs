//! Keys as bytes that are equal exactly where the values are.

use std::hash::{DefaultHasher, Hasher};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow::util::display::array_value_to_string;

use crate::example::shown;
use crate::typed::Typed;

const EMPTY: u8 = 0;
const VALUE: u8 = 1;
const OTHER: u8 = 2;

/// The key columns of a batch. Empty cells are equal to each other.
pub(crate) struct Keys<'a>(Vec<(&'a ArrayRef, &'a Typed)>);

impl<'a> Keys<'a> {
    /// Takes columns as the file has them, and as values.
    pub(crate) fn new(columns: impl IntoIterator<Item = (&'a ArrayRef, &'a Typed)>) -> Self {
        Self(columns.into_iter().collect())
    }

    /// Puts the key of `row` into `out`.
    pub(crate) fn write(&self, row: usize, out: &mut Vec<u8>) {
        out.clear();
        for (cells, typed) in &self.0 {
            let values = &typed.values;
            if values.is_null(row) {
                // What is no value of the column's type is compared as the text that it is.
                if typed.wrong.binary_search(&row).is_ok() {
                    out.push(OTHER);
                    text(&array_value_to_string(cells, row).unwrap_or_default(), out);
                } else {
                    out.push(EMPTY);
                }
                continue;
            }
            out.push(VALUE);
            if let Some(values) = values.as_primitive_opt::<Int64Type>() {
                out.extend_from_slice(&values.value(row).to_le_bytes());
            } else if let Some(values) = values.as_string_opt::<i32>() {
                text(values.value(row), out);
            } else if let Some(values) = values.as_primitive_opt::<Date32Type>() {
                out.extend_from_slice(&values.value(row).to_le_bytes());
            } else if let Some(values) = values.as_primitive_opt::<TimestampMicrosecondType>() {
                out.extend_from_slice(&values.value(row).to_le_bytes());
            } else if let Some(values) = values.as_primitive_opt::<Float64Type>() {
                // Minus nought is nought.
                let value = values.value(row) + 0.0;
                out.extend_from_slice(&value.to_bits().to_le_bytes());
            } else if let Some(values) = values.as_boolean_opt() {
                out.push(u8::from(values.value(row)));
            }
        }
    }

    /// Returns the cells of `row` for a person.
    pub(crate) fn show(&self, row: usize) -> String {
        let cells = self.0.iter().map(|(cells, _)| {
            if cells.is_null(row) {
                return "empty".to_owned();
            }
            shown(&array_value_to_string(cells, row).unwrap_or_default())
        });
        cells.collect::<Vec<_>>().join(", ")
    }
}

fn text(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u64).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// Returns the hash of a key.
pub(crate) fn hash(key: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(key);
    hasher.finish()
}
