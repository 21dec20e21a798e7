//! A column of a batch, to be read cell by cell.

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float32Array, Float64Array, Int64Array, StringArray,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Float32Type, Float64Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt64Type,
};
use arrow::util::display::array_value_to_string;

use super::cell::Cell;

/// The cells of a column.
#[derive(Clone, Debug)]
pub(crate) enum Values {
    /// Text, to be read as what it says.
    Text(StringArray),
    /// Whole numbers.
    Integer(Int64Array),
    /// Numbers.
    Number(Float64Array),
    /// Numbers of 32 bits.
    Short(Float32Array),
    /// Yes or no.
    Boolean(BooleanArray),
    /// Moments, as microseconds and the nanoseconds that they leave out.
    Moment(Vec<Option<(i64, i64)>>),
    /// Lists, bytes and whatever else is no single value: as text that is only compared.
    Opaque(StringArray),
}

impl Values {
    /// Takes in a column as a file stores it.
    pub(crate) fn of(cells: &ArrayRef) -> Self {
        let stored = match cells.data_type() {
            DataType::Dictionary(_, value) => cast(cells, value).unwrap_or_else(|_| cells.clone()),
            _ => cells.clone(),
        };
        Self::of_stored(&stored).unwrap_or_else(|| Self::Opaque(as_text(&stored)))
    }

    fn of_stored(cells: &ArrayRef) -> Option<Self> {
        let to = |target: &DataType| cast(cells, target).ok();
        Some(match cells.data_type() {
            DataType::Utf8 => Self::Text(cells.as_string_opt::<i32>()?.clone()),
            DataType::LargeUtf8 | DataType::Utf8View => {
                Self::Text(to(&DataType::Utf8)?.as_string_opt::<i32>()?.clone())
            }
            DataType::UInt64 => {
                let values = cells.as_primitive_opt::<UInt64Type>()?;
                if values.iter().flatten().any(|value| i64::try_from(value).is_err()) {
                    Self::Text(to(&DataType::Utf8)?.as_string_opt::<i32>()?.clone())
                } else {
                    Self::Integer(to(&DataType::Int64)?.as_primitive_opt::<Int64Type>()?.clone())
                }
            }
            data_type if data_type.is_integer() => {
                Self::Integer(to(&DataType::Int64)?.as_primitive_opt::<Int64Type>()?.clone())
            }
            DataType::Float64 => Self::Number(cells.as_primitive_opt::<Float64Type>()?.clone()),
            DataType::Float32 | DataType::Float16 => {
                Self::Short(to(&DataType::Float32)?.as_primitive_opt::<Float32Type>()?.clone())
            }
            // What a decimal says is read like any other text, so that 12.50 is 12.5.
            data_type if data_type.is_decimal() => {
                Self::Text(to(&DataType::Utf8)?.as_string_opt::<i32>()?.clone())
            }
            DataType::Boolean => Self::Boolean(cells.as_boolean_opt()?.clone()),
            DataType::Date32 => {
                Self::moments(cells.as_primitive_opt::<Date32Type>()?.iter(), |day| {
                    (i64::from(day).saturating_mul(86_400_000_000), 0)
                })
            }
            DataType::Date64 => {
                Self::moments(cells.as_primitive_opt::<Date64Type>()?.iter(), millis)
            }
            DataType::Timestamp(unit, _) => match unit {
                TimeUnit::Second => {
                    Self::moments(cells.as_primitive_opt::<TimestampSecondType>()?.iter(), |at| {
                        (at.saturating_mul(1_000_000), 0)
                    })
                }
                TimeUnit::Millisecond => Self::moments(
                    cells.as_primitive_opt::<TimestampMillisecondType>()?.iter(),
                    millis,
                ),
                TimeUnit::Microsecond => Self::moments(
                    cells.as_primitive_opt::<TimestampMicrosecondType>()?.iter(),
                    |at| (at, 0),
                ),
                TimeUnit::Nanosecond => Self::moments(
                    cells.as_primitive_opt::<TimestampNanosecondType>()?.iter(),
                    |at| (at.div_euclid(1000), at.rem_euclid(1000)),
                ),
            },
            DataType::Null => Self::Text(StringArray::new_null(cells.len())),
            _ => return None,
        })
    }

    fn moments<T>(cells: impl Iterator<Item = Option<T>>, read: impl Fn(T) -> (i64, i64)) -> Self {
        Self::Moment(cells.map(|cell| cell.map(&read)).collect())
    }

    /// Returns how many cells there are.
    #[cfg(test)]
    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Text(cells) | Self::Opaque(cells) => cells.len(),
            Self::Integer(cells) => cells.len(),
            Self::Number(cells) => cells.len(),
            Self::Short(cells) => cells.len(),
            Self::Boolean(cells) => cells.len(),
            Self::Moment(cells) => cells.len(),
        }
    }

    /// Returns the cell at `row`.
    #[inline]
    pub(crate) fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Text(cells) if cells.is_valid(row) => Cell::of_text(cells.value(row)),
            Self::Opaque(cells) if cells.is_valid(row) => Cell::Text(cells.value(row)),
            Self::Integer(cells) if cells.is_valid(row) => Cell::Integer(cells.value(row)),
            Self::Number(cells) if cells.is_valid(row) => Cell::of_number(cells.value(row)),
            Self::Short(cells) if cells.is_valid(row) => Cell::of_short(cells.value(row)),
            Self::Boolean(cells) if cells.is_valid(row) => Cell::Boolean(cells.value(row)),
            Self::Moment(cells) => match cells[row] {
                Some((micros, rest)) => Cell::Moment(micros, rest),
                None => Cell::Missing,
            },
            _ => Cell::Missing,
        }
    }

    /// Returns the text at `row` as it is written, where cells are text.
    #[inline]
    pub(crate) fn written(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text(cells) if cells.is_valid(row) => Some(cells.value(row)),
            _ => None,
        }
    }
}

fn millis(at: i64) -> (i64, i64) {
    (at.saturating_mul(1000), 0)
}

fn as_text(cells: &ArrayRef) -> StringArray {
    let empty = cells.logical_nulls();
    let is_filled = |row| empty.as_ref().is_none_or(|nulls| nulls.is_valid(row));
    let cell = |row| is_filled(row).then(|| array_value_to_string(cells, row).unwrap_or_default());
    (0..cells.len()).map(cell).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        Date32Array, Decimal128Array, DictionaryArray, Int8Array, LargeStringArray, ListArray,
        TimestampNanosecondArray, UInt64Array,
    };
    use arrow::datatypes::Int32Type;

    use super::*;

    fn cells(array: impl Array + 'static) -> Vec<String> {
        let values = Values::of(&(Arc::new(array) as ArrayRef));
        (0..values.rows()).map(|row| format!("{:?}", values.cell(row))).collect()
    }

    #[test]
    fn what_is_stored_is_read_as_what_it_says() {
        assert_eq!(cells(Int8Array::from(vec![Some(3), None])), ["Integer(3)", "Missing"]);
        assert_eq!(
            cells(Float64Array::from(vec![3.0, f64::NAN, 0.5])),
            ["Integer(3)", "Missing", "Number(0.5)"]
        );
        assert_eq!(cells(Float32Array::from(vec![0.1])), ["Number(0.1)"]);
        assert_eq!(cells(LargeStringArray::from(vec!["3.0", "x"])), ["Integer(3)", "Text(\"x\")"]);
        let coded: DictionaryArray<Int32Type> = vec![Some("a"), None].into_iter().collect();
        assert_eq!(cells(coded), ["Text(\"a\")", "Missing"]);
        assert_eq!(
            cells(UInt64Array::from(vec![u64::MAX, 1])),
            ["Code(\"18446744073709551615\")", "Integer(1)"]
        );
        let money = Decimal128Array::from(vec![1250]).with_precision_and_scale(10, 2).unwrap();
        assert_eq!(cells(money), ["Number(12.5)"]);
        assert_eq!(cells(Date32Array::from(vec![1])), ["Moment(86400000000, 0)"]);
        assert_eq!(cells(TimestampNanosecondArray::from(vec![-1])), ["Moment(-1, 999)"]);
        let list =
            ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None]);
        assert_eq!(cells(list), ["Text(\"[1, ]\")", "Missing"]);
    }
}
