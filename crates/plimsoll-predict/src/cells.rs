//! The cells of a column in one of few forms, whatever Arrow type holds them.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Float64Type, Int64Type};

/// A column in one of few forms.
pub(crate) enum Cells {
    Int(Int64Array),
    Float(Float64Array),
    Bool(BooleanArray),
    Text(StringArray),
}

impl Cells {
    /// Brings a column into its form, `None` where there is none for its type.
    pub(crate) fn of(column: &ArrayRef) -> Option<Self> {
        let held = match column.data_type() {
            DataType::Dictionary(_, values) => values.as_ref(),
            other => other,
        };
        let form = match held {
            held if held.is_integer() => DataType::Int64,
            held if held.is_numeric() => DataType::Float64,
            DataType::Boolean => DataType::Boolean,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
            // A column of nothing but empty cells has no type of its own.
            DataType::Null => DataType::Float64,
            _ => return None,
        };
        // A large unsigned integer must not become an empty cell.
        let options = CastOptions { safe: false, ..CastOptions::default() };
        let cast = cast_with_options(column, &form, &options).ok()?;
        Some(match form {
            DataType::Int64 => Self::Int(cast.as_primitive::<Int64Type>().clone()),
            DataType::Float64 => Self::Float(cast.as_primitive::<Float64Type>().clone()),
            DataType::Boolean => Self::Bool(cast.as_boolean().clone()),
            _ => Self::Text(cast.as_string::<i32>().clone()),
        })
    }

    /// Tells whether a cell is empty.
    pub(crate) fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Int(cells) => cells.is_null(row),
            Self::Float(cells) => cells.is_null(row),
            Self::Bool(cells) => cells.is_null(row),
            Self::Text(cells) => cells.is_null(row),
        }
    }

    /// Returns how many cells there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Int(cells) => cells.len(),
            Self::Float(cells) => cells.len(),
            Self::Bool(cells) => cells.len(),
            Self::Text(cells) => cells.len(),
        }
    }

    /// Returns a cell as people read it, shortened.
    pub(crate) fn shown(&self, row: usize) -> String {
        const LONGEST: usize = 40;
        match self {
            Self::Int(cells) => cells.value(row).to_string(),
            Self::Float(cells) => cells.value(row).to_string(),
            Self::Bool(cells) => cells.value(row).to_string(),
            Self::Text(cells) => {
                let text = cells.value(row);
                match text.char_indices().nth(LONGEST) {
                    Some((end, _)) => format!("{}…", &text[..end]),
                    None => text.to_owned(),
                }
            }
        }
    }
}
