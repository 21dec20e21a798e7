//! Captured cells as the type that a dataset declares: exactly, or not at all.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Float32Type, Float64Type, Int64Type, TimeUnit};
use plimsoll_core::signature::Column;

use super::super::cells::widened;
use super::super::time::{parse_time, time_of_millis};
use super::FreezeError;
use crate::example::{quoted, shown};
use crate::schema::ColumnType;
use crate::text;

const MILLIS_PER_DAY: i64 = 86_400_000;

/// The integers that every number of 64 bits between them can be told from.
const EXACT: i64 = 1 << 53;

/// Returns what a dataset's type is stored as; none of a type that is not known.
pub(super) fn data_type(kind: &str) -> Option<DataType> {
    Some(match column_type(kind)? {
        ColumnType::Integer => DataType::Int64,
        ColumnType::Number => DataType::Float64,
        ColumnType::String => DataType::Utf8,
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Date => DataType::Date32,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
    })
}

fn column_type(kind: &str) -> Option<ColumnType> {
    ColumnType::ALL.into_iter().find(|column_type| column_type.as_str() == kind)
}

/// A cell as it was captured.
#[derive(Clone, Copy)]
enum Cell<'a> {
    Integer(i64),
    Narrow(f32),
    Number(f64),
    Truth(bool),
    Text(&'a str),
}

/// Returns captured `cells` as the type of `column`; where that is not known, as they are, but
/// numbers with 64 bits. `ids` name the rows.
pub(super) fn convert(
    cells: &ArrayRef,
    column: &Column,
    ids: &StringArray,
) -> Result<ArrayRef, FreezeError> {
    let captured = match cells.data_type() {
        DataType::Int64 => "integer",
        DataType::Float32 | DataType::Float64 => "number",
        DataType::Boolean => "boolean",
        DataType::Utf8 => "string",
        _ => return Err(FreezeError::Several(shown(&column.name))),
    };
    let wanted = column_type(&column.kind).or_else(|| column_type(captured));
    let cells = Captured { cells, column, ids };
    Ok(match wanted.unwrap_or(ColumnType::String) {
        ColumnType::Integer => Arc::new(cells.each(integer)?.into_iter().collect::<Int64Array>()),
        ColumnType::Number => Arc::new(cells.each(number)?.into_iter().collect::<Float64Array>()),
        ColumnType::String => Arc::new(cells.each(string)?.into_iter().collect::<StringArray>()),
        ColumnType::Boolean => Arc::new(cells.each(truth)?.into_iter().collect::<BooleanArray>()),
        ColumnType::Date => Arc::new(cells.each(date)?.into_iter().collect::<Date32Array>()),
        ColumnType::Timestamp => {
            Arc::new(cells.each(moment)?.into_iter().collect::<TimestampMicrosecondArray>())
        }
    })
}

struct Captured<'a> {
    cells: &'a ArrayRef,
    column: &'a Column,
    ids: &'a StringArray,
}

impl Captured<'_> {
    fn each<T>(&self, read: impl Fn(Cell<'_>) -> Option<T>) -> Result<Vec<Option<T>>, FreezeError> {
        let each = |row| {
            let Some(cell) = self.cell(row) else { return Ok(None) };
            read(cell).map(Some).ok_or_else(|| FreezeError::Value {
                column: shown(&self.column.name),
                value: quoted(&string(cell).unwrap_or_default()),
                row: shown(self.ids.value(row)),
                kind: self.column.kind.clone(),
            })
        };
        (0..self.cells.len()).map(each).collect()
    }

    fn cell(&self, row: usize) -> Option<Cell<'_>> {
        let cells = self.cells;
        if cells.is_null(row) {
            return None;
        }
        Some(match cells.data_type() {
            DataType::Int64 => Cell::Integer(cells.as_primitive::<Int64Type>().value(row)),
            DataType::Float32 => Cell::Narrow(cells.as_primitive::<Float32Type>().value(row)),
            DataType::Float64 => Cell::Number(cells.as_primitive::<Float64Type>().value(row)),
            DataType::Boolean => Cell::Truth(cells.as_boolean().value(row)),
            _ => Cell::Text(cells.as_string::<i32>().value(row)),
        })
    }
}

fn integer(cell: Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Integer(value) => Some(value),
        Cell::Truth(value) => Some(i64::from(value)),
        Cell::Text(value) => text::integer(value),
        Cell::Narrow(value) => integer(Cell::Number(f64::from(value))),
        Cell::Number(value) => {
            #[expect(clippy::cast_precision_loss, reason = "it is a power of two")]
            let may = value.fract() == 0.0 && value.abs() <= EXACT as f64;
            #[expect(clippy::cast_possible_truncation, reason = "it is whole, and within bounds")]
            may.then_some(value as i64)
        }
    }
}

fn number(cell: Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Number(value) => Some(value),
        Cell::Narrow(value) => Some(widened(value)),
        Cell::Truth(value) => Some(f64::from(u8::from(value))),
        Cell::Text(value) => text::number(value),
        #[expect(clippy::cast_precision_loss, reason = "within these bounds there is none")]
        Cell::Integer(value) => (-EXACT..=EXACT).contains(&value).then_some(value as f64),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it is one of several ways to read a cell")]
fn string(cell: Cell<'_>) -> Option<String> {
    Some(match cell {
        Cell::Integer(value) => value.to_string(),
        Cell::Narrow(value) => value.to_string(),
        Cell::Number(value) => value.to_string(),
        Cell::Truth(value) => value.to_string(),
        Cell::Text(value) => value.to_owned(),
    })
}

fn truth(cell: Cell<'_>) -> Option<bool> {
    match cell {
        Cell::Truth(value) => Some(value),
        Cell::Text(value) => text::boolean(value),
        other => match integer(other)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
    }
}

fn date(cell: Cell<'_>) -> Option<i32> {
    let millis = match cell {
        Cell::Text(value) => parse_time(value).ok()?.0,
        Cell::Integer(value) => time_of_millis(value).ok()?.0,
        Cell::Narrow(_) | Cell::Number(_) | Cell::Truth(_) => return None,
    };
    let millis = millis.as_millis();
    let is_whole = millis.rem_euclid(MILLIS_PER_DAY) == 0;
    is_whole.then(|| i32::try_from(millis.div_euclid(MILLIS_PER_DAY)).ok())?
}

fn moment(cell: Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Text(value) => text::timestamp(value)
            .or_else(|| Some(i64::from(text::date(value)?) * MILLIS_PER_DAY * 1000)),
        Cell::Integer(value) => Some(time_of_millis(value).ok()?.0.as_millis() * 1000),
        Cell::Narrow(_) | Cell::Number(_) | Cell::Truth(_) => None,
    }
}
