//! Keys as bytes that are equal exactly where the values are.

use std::hash::{DefaultHasher, Hasher};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    Date32Type, Float64Type, Int64Type, TimestampMicrosecondType, TimestampNanosecondType,
};
use arrow::util::display::array_value_to_string;

use crate::example::shown;
use crate::typed::Typed;

const EMPTY: u8 = 0;
const VALUE: u8 = 1;
const OTHER: u8 = 2;

/// The first whole number that stands for its neighbour as well: 2^53.
const FIRST_INEXACT: f64 = 9_007_199_254_740_992.0;

/// The key columns of a batch. Empty cells are equal to each other.
pub(crate) struct Keys<'a>(Vec<(&'a ArrayRef, &'a Typed)>);

impl<'a> Keys<'a> {
    /// Takes columns as the file has them, and as values.
    pub(crate) fn new(columns: impl IntoIterator<Item = (&'a ArrayRef, &'a Typed)>) -> Self {
        Self(columns.into_iter().collect())
    }

    /// Puts a hash of the key of each of `rows` rows into `out`.
    ///
    /// Of a single column of integers it is the integer: different ones never share it.
    pub(crate) fn hashes(&self, rows: usize, out: &mut Vec<u64>) {
        out.clear();
        if let [(_, typed)] = self.0.as_slice()
            && let Some(values) = typed.values.as_primitive_opt::<Int64Type>()
            && values.null_count() == 0
        {
            out.extend(values.values().iter().map(|value| value.cast_unsigned()));
            return;
        }
        let mut key = Vec::with_capacity(64);
        for row in 0..rows {
            self.write(row, &mut key);
            out.push(match self.0.as_slice() {
                // The same in every batch, with empty cells and without.
                [(_, typed)] if typed.values.is_valid(row) => {
                    match typed.values.as_primitive_opt::<Int64Type>() {
                        Some(values) => values.value(row).cast_unsigned(),
                        None => hash(&key),
                    }
                }
                _ => hash(&key),
            });
        }
    }

    /// Tells whether every cell of `row` holds a value of its column's type.
    pub(crate) fn is_whole(&self, row: usize) -> bool {
        self.0.iter().all(|(_, typed)| typed.values.is_valid(row))
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
                out.extend_from_slice(&nanoseconds(cells, row).to_le_bytes());
            } else if let Some(values) = values.as_primitive_opt::<Float64Type>() {
                let value = values.value(row);
                let is_decimal = cells.data_type().is_decimal();
                if is_decimal || value.abs() >= FIRST_INEXACT {
                    // Different numbers may be one `f64`, so what the file says is compared.
                    let written = array_value_to_string(cells, row).unwrap_or_default();
                    text(written.trim(), out);
                } else {
                    // Minus nought is nought.
                    out.extend_from_slice(&(value + 0.0).to_bits().to_le_bytes());
                }
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

/// Returns the nanoseconds of a moment that its microseconds leave out.
fn nanoseconds(cells: &ArrayRef, row: usize) -> i64 {
    if let Some(moments) = cells.as_primitive_opt::<TimestampNanosecondType>() {
        moments.value(row) % 1000
    } else if let Some(written) = cells.as_string_opt::<i32>() {
        crate::text::nanoseconds(written.value(row))
    } else {
        0
    }
}

fn text(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u64).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn hash(key: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(key);
    hasher.finish()
}

/// Returns a hash of a key that no other key of a file has, for all that is known: 128 bits.
pub(crate) fn wide_hash(key: &[u8]) -> u128 {
    let mut other = DefaultHasher::new();
    other.write_u8(1);
    other.write(key);
    u128::from(hash(key)) << 64 | u128::from(other.finish())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Decimal128Array, Int64Array, StringArray, TimestampNanosecondArray};

    use super::*;
    use crate::schema::ColumnType;
    use crate::table::Format;
    use crate::typed::typed;

    /// Tells whether the two rows of `cells` have one key.
    fn are_equal(cells: impl Array + 'static, format: Format, column_type: ColumnType) -> bool {
        let cells: ArrayRef = Arc::new(cells);
        let typed = typed(&cells, format, column_type);
        let keys = Keys::new([(&cells, &typed)]);
        let (mut first, mut second) = (Vec::new(), Vec::new());
        keys.write(0, &mut first);
        keys.write(1, &mut second);
        first == second
    }

    #[test]
    fn what_is_equal_has_one_key_and_nothing_else_has() {
        use ColumnType::{Date, Integer, Number, String, Timestamp};

        let text = |first: &str, second: &str, column_type| {
            let cells = [first, second].map(|cell| Some(cell).filter(|cell| !cell.is_empty()));
            are_equal(StringArray::from(cells.to_vec()), Format::Csv, column_type)
        };
        for (first, second, column_type) in [
            ("007", " 7", Integer),
            ("1", "1.0", Number),
            ("-0", "0", Number),
            ("2011-01-01T01:00+01:00", "2011-01-01 00:00:00.000", Timestamp),
            ("x", "x", Date),
            ("", "", String),
        ] {
            assert!(text(first, second, column_type), "{first} {second}");
        }
        for (first, second, column_type) in [
            ("a", "a ", String),
            ("", "x", Integer),
            ("9007199254740992", "9007199254740993", Number),
            ("2011-01-01T00:00:00.000000001", "2011-01-01T00:00:00.000000002", Timestamp),
            ("x", "y", Date),
        ] {
            assert!(!text(first, second, column_type), "{first} {second}");
        }
        let moments = TimestampNanosecondArray::from(vec![1, 2]);
        assert!(!are_equal(moments, Format::Parquet, Timestamp));
        let whole = Int64Array::from(vec![i64::MAX, i64::MAX - 1]);
        assert!(!are_equal(whole, Format::Parquet, Number));
        let money = Decimal128Array::from(vec![10_i128.pow(20), 10_i128.pow(20) + 1]);
        assert!(!are_equal(money, Format::Parquet, Number));
    }
}
