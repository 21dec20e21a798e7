//! Cells as values of one type, whatever the file stores them as.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray, StringArray,
};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};

use crate::schema::ColumnType;
use crate::table::{Field, Format, Kind, Kinds};
use crate::text;

/// Cells of one column: null where a cell was empty, or where it was no value of the type.
pub(crate) struct Typed {
    /// Int64, Float64, Utf8, Boolean, Date32 or microseconds, by the type.
    pub(crate) values: ArrayRef,
    /// Rows that hold something else, in order.
    pub(crate) wrong: Vec<usize>,
}

/// Tells whether cells that a file stores as `field` can be values of `column_type`.
pub(crate) fn can_be(field: &Field, format: Format, column_type: ColumnType) -> bool {
    format.is_text()
        || stored_as(&field.data_type).is_some_and(|stored| {
            stored == column_type
                || (stored == ColumnType::Integer && column_type == ColumnType::Number)
        })
}

/// Returns the type that an Arrow type stores; none of nested and binary ones.
pub(crate) fn stored_as(data_type: &DataType) -> Option<ColumnType> {
    match data_type {
        DataType::Dictionary(_, value) => stored_as(value),
        data_type if data_type.is_integer() => Some(ColumnType::Integer),
        data_type if data_type.is_floating() => Some(ColumnType::Number),
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => Some(ColumnType::Number),
        data_type if data_type.is_string() => Some(ColumnType::String),
        DataType::Boolean => Some(ColumnType::Boolean),
        DataType::Date32 | DataType::Date64 => Some(ColumnType::Date),
        DataType::Timestamp(..) => Some(ColumnType::Timestamp),
        _ => None,
    }
}

/// Reads `cells`, which [`can_be`] of `column_type`, as that type. Of JSON nothing is of any type
/// unless it is said what the cells are ([`Batch::typed`](crate::Batch)).
pub(crate) fn typed(cells: &ArrayRef, format: Format, column_type: ColumnType) -> Typed {
    match (format, cells.as_string_opt::<i32>()) {
        (Format::Csv, Some(text)) => from_text(text, cells, column_type),
        (Format::Json, Some(text)) => fitting(text, |_| false, column_type),
        _ => from_arrow(cells, column_type),
    }
}

/// Reads cells of JSON, of these kinds, as a type: text is no number, and a number no text.
pub(crate) fn typed_json(cells: &ArrayRef, kinds: &Kinds, column_type: ColumnType) -> Typed {
    let expected = match column_type {
        ColumnType::Integer | ColumnType::Number => Kind::Number,
        ColumnType::Boolean => Kind::Boolean,
        ColumnType::String | ColumnType::Date | ColumnType::Timestamp => Kind::Text,
    };
    match cells.as_string_opt::<i32>() {
        Some(text) if *kinds == Kinds::All(expected) => from_text(text, cells, column_type),
        Some(text) => fitting(text, |row| kinds.at(row) == expected, column_type),
        None => from_arrow(cells, column_type),
    }
}

/// Reads the cells that `fit`; the others are wrong.
fn fitting(cells: &StringArray, fit: impl Fn(usize) -> bool, column_type: ColumnType) -> Typed {
    let rows = 0..cells.len();
    let unfit: Vec<usize> = rows.filter(|&row| cells.is_valid(row) && !fit(row)).collect();
    let nulls = without(cells.nulls(), &unfit, cells.len());
    let (offsets, values, _) = cells.clone().into_parts();
    let fit = StringArray::new(offsets, values, nulls);
    let same = Arc::new(fit.clone()) as ArrayRef;
    let mut typed = from_text(&fit, &same, column_type);
    typed.wrong.extend(unfit);
    typed.wrong.sort_unstable();
    typed
}

fn from_text(cells: &StringArray, same: &ArrayRef, column_type: ColumnType) -> Typed {
    match column_type {
        ColumnType::Integer => primitive::<Int64Type>(cells, text::integer),
        ColumnType::Number => primitive::<Float64Type>(cells, text::number),
        ColumnType::Date => primitive::<Date32Type>(cells, text::date),
        ColumnType::Timestamp => primitive::<TimestampMicrosecondType>(cells, text::timestamp),
        ColumnType::String => Typed { values: same.clone(), wrong: Vec::new() },
        ColumnType::Boolean => {
            let values: BooleanArray =
                cells.iter().map(|cell| cell.and_then(text::boolean)).collect();
            let wrong = (0..cells.len()).filter(|&row| cells.is_valid(row) && values.is_null(row));
            let wrong = wrong.collect();
            Typed { values: Arc::new(values), wrong }
        }
    }
}

fn primitive<T: ArrowPrimitiveType>(
    cells: &StringArray,
    read: impl Fn(&str) -> Option<T::Native>,
) -> Typed {
    let mut wrong = Vec::new();
    let mut values: Vec<T::Native> = Vec::with_capacity(cells.len());
    let mut take = |row: usize| {
        read(cells.value(row)).unwrap_or_else(|| {
            wrong.push(row);
            T::Native::default()
        })
    };
    match cells.nulls() {
        None => values.extend((0..cells.len()).map(take)),
        Some(nulls) => values.extend(
            (0..cells.len())
                .map(|row| if nulls.is_valid(row) { take(row) } else { T::Native::default() }),
        ),
    }
    let nulls = without(cells.nulls(), &wrong, cells.len());
    Typed { values: Arc::new(PrimitiveArray::<T>::new(values.into(), nulls)), wrong }
}

/// Returns `nulls` with `wrong` rows added.
fn without(nulls: Option<&NullBuffer>, wrong: &[usize], rows: usize) -> Option<NullBuffer> {
    if wrong.is_empty() {
        return nulls.cloned();
    }
    let mut valid = match nulls {
        Some(nulls) => nulls.iter().collect(),
        None => vec![true; rows],
    };
    for &row in wrong {
        valid[row] = false;
    }
    Some(NullBuffer::from(valid))
}

fn from_arrow(cells: &ArrayRef, column_type: ColumnType) -> Typed {
    let target = match column_type {
        ColumnType::Integer => DataType::Int64,
        ColumnType::Number => DataType::Float64,
        ColumnType::String => DataType::Utf8,
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Date => DataType::Date32,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
    };
    if *cells.data_type() == target {
        return Typed { values: cells.clone(), wrong: Vec::new() };
    }
    // A dictionary has nulls in its values as well as in its keys.
    let empty = cells.logical_nulls();
    let is_filled = |row: &usize| empty.as_ref().is_none_or(|nulls| nulls.is_valid(*row));
    let Ok(values) = cast(cells, &target) else {
        let wrong = (0..cells.len()).filter(is_filled).collect();
        return Typed { values: arrow::array::new_null_array(&target, cells.len()), wrong };
    };
    let lost = values.null_count() > empty.as_ref().map_or(0, NullBuffer::null_count);
    let wrong = if lost {
        (0..cells.len()).filter(is_filled).filter(|&row| values.is_null(row)).collect()
    } else {
        Vec::new()
    };
    Typed { values, wrong }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Decimal128Array, DictionaryArray, Int8Array, UInt64Array};
    use arrow::datatypes::Int32Type;

    use super::*;

    fn arrow(cells: impl Array + 'static, column_type: ColumnType) -> Typed {
        typed(&(Arc::new(cells) as ArrayRef), Format::Parquet, column_type)
    }

    #[test]
    fn text_that_is_no_value_is_told_from_an_empty_cell() {
        let cells = StringArray::from(vec![Some("1"), None, Some(" "), Some("4.5")]);
        let read = typed(&(Arc::new(cells) as ArrayRef), Format::Csv, ColumnType::Integer);
        assert_eq!(read.wrong, [2, 3]);
        assert_eq!(
            read.values.as_primitive::<Int64Type>().iter().flatten().collect::<Vec<_>>(),
            [1]
        );
    }

    #[test]
    fn of_json_text_is_no_number_and_a_number_no_text() {
        let cells = StringArray::from(vec![Some("1"), None, Some("1"), Some("x"), Some("true")]);
        let cells = Arc::new(cells) as ArrayRef;
        let (text, number) = (Kind::Text, Kind::Number);
        let kinds = Kinds::Each(vec![text, text, number, text, Kind::Boolean]);
        let read = |column_type| typed_json(&cells, &kinds, column_type);
        let integers = read(ColumnType::Integer);
        assert_eq!(integers.wrong, [0, 3, 4]);
        let values = integers.values.as_primitive::<Int64Type>();
        assert_eq!(values.iter().collect::<Vec<_>>(), [None, None, Some(1), None, None]);
        let strings = read(ColumnType::String);
        assert_eq!(strings.wrong, [2, 4]);
        let values = strings.values.as_string::<i32>();
        assert_eq!(values.iter().flatten().collect::<Vec<_>>(), ["1", "x"]);
        assert_eq!(read(ColumnType::Boolean).wrong, [0, 2, 3]);
        let all = typed_json(&cells, &Kinds::All(text), ColumnType::Integer);
        assert_eq!(all.wrong, [0, 2, 3, 4]);
        assert_eq!(typed(&cells, Format::Json, ColumnType::String).wrong, [0, 2, 3, 4]);
    }

    #[test]
    fn what_does_not_fit_is_wrong() {
        let read =
            arrow(UInt64Array::from(vec![Some(1), Some(u64::MAX), None]), ColumnType::Integer);
        assert_eq!(read.wrong, [1]);
    }

    #[test]
    fn narrow_and_coded_columns_are_widened() {
        let read = arrow(Int8Array::from(vec![3]), ColumnType::Number);
        assert_eq!(read.values.as_primitive::<Float64Type>().values(), &[3.0]);
        let coded: DictionaryArray<Int32Type> =
            vec![Some("a"), None, Some("a")].into_iter().collect();
        let read = arrow(coded, ColumnType::String);
        assert_eq!(
            read.values.as_string::<i32>().iter().collect::<Vec<_>>(),
            [Some("a"), None, Some("a")]
        );
        let money = Decimal128Array::from(vec![1250]).with_precision_and_scale(10, 2).unwrap();
        let read = arrow(money, ColumnType::Number);
        assert_eq!(read.values.as_primitive::<Float64Type>().values(), &[12.5]);
        let date = arrow::array::Date64Array::from(vec![86_400_000]);
        assert_eq!(
            arrow(date, ColumnType::Date).values.as_primitive::<Date32Type>().values(),
            &[1]
        );
    }
}
