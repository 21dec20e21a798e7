//! Labelled rows as a dataset that a model is trained on.

mod convert;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, UInt64Array, new_empty_array, new_null_array,
};
use arrow::compute::take;
use arrow::datatypes::{DataType, Date32Type, Field, Schema, TimestampMillisecondType};
use arrow::error::ArrowError;
use plimsoll_core::signature::Column;

use self::convert::{convert, data_type};
use super::file::bytes;
use super::join::{LABEL, Labelled, capture_column};
use super::read::Days;
use super::shape::{EVENT_DAY, RECEIVED_AT, ROW_ID};

/// Labelled rows do not fit the dataset.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FreezeError {
    /// A value is none of the type that the dataset declares.
    #[error("column `{column}` has {value} in row `{row}`, which is no {kind}")]
    Value {
        /// The column.
        column: String,
        /// The value.
        value: String,
        /// The id of the row.
        row: String,
        /// The type.
        kind: String,
    },
    /// A column has several values for a row.
    #[error("column `{0}` has several values for a row, which no dataset has")]
    Several(String),
    /// The rows cannot be put into one table.
    #[error("labelled rows cannot be put into one table")]
    Table(#[from] ArrowError),
}

/// Returns the rows of `days` as a Parquet file with `columns` and `target` under the names and of
/// the types that the dataset has.
///
/// A row that several versions answered is there once, as it was asked about last. A column that no
/// request brought is empty. The same labelled rows give the same bytes.
pub fn freeze(
    labelled: &Labelled,
    columns: &[Column],
    target: &Column,
    days: Days,
) -> Result<Vec<u8>, FreezeError> {
    let rows = &labelled.rows;
    let kept = newest(rows, days);
    let id_column = capture_column(ROW_ID);
    let ids = take(&rows[&*id_column], &kept, None)?;
    let column = |column: &Column, captured: &str| -> Result<(Field, ArrayRef), FreezeError> {
        let cells = match rows.column_by_name(captured) {
            Some(cells) => convert(&take(cells, &kept, None)?, column, ids.as_string())?,
            None => new_null_array(&unseen(column), kept.len()),
        };
        Ok((Field::new(&column.name, cells.data_type().clone(), true), cells))
    };
    let features = features(columns, target).map(|feature| column(feature, &feature.name));
    let all = features.chain([column(target, LABEL)]).collect::<Result<Vec<_>, _>>()?;
    Ok(table(all)?)
}

/// Returns the file that [`freeze`] gives where no day is asked for: its columns without rows.
pub fn empty(columns: &[Column], target: &Column) -> Result<Vec<u8>, ArrowError> {
    let all = features(columns, target).chain([target]).map(|column| {
        let data_type = unseen(column);
        (Field::new(&column.name, data_type.clone(), true), new_empty_array(&data_type))
    });
    table(all.collect())
}

/// Returns what a column is stored as of which there are no values. Where its type is not known, it
/// is the one that changes least in tables that such a column is appended to.
fn unseen(column: &Column) -> DataType {
    data_type(&column.kind).unwrap_or(DataType::Float64)
}

fn features<'a>(columns: &'a [Column], target: &'a Column) -> impl Iterator<Item = &'a Column> {
    columns.iter().filter(|column| column.name != target.name)
}

fn table(columns: Vec<(Field, ArrayRef)>) -> Result<Vec<u8>, ArrowError> {
    let (fields, columns): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    bytes(&RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?, &[])
}

/// Returns where the rows of `days` are, each id once.
fn newest(rows: &RecordBatch, days: Days) -> UInt64Array {
    let column = |name: &str| &rows[&*capture_column(name)];
    let event_days = column(EVENT_DAY).as_primitive::<Date32Type>();
    let received = column(RECEIVED_AT).as_primitive::<TimestampMillisecondType>();
    let ids = column(ROW_ID).as_string::<i32>();
    let bounds = days.bounds();
    let mut newest: HashMap<&str, usize> = HashMap::new();
    for row in 0..rows.num_rows() {
        let day = event_days.value(row);
        if bounds.is_some_and(|(first, last)| !(first..=last).contains(&day)) {
            continue;
        }
        let before = newest.entry(ids.value(row)).or_insert(row);
        if received.value(*before) <= received.value(row) {
            *before = row;
        }
    }
    let mut kept: Vec<u64> = newest.into_values().map(|row| row as u64).collect();
    kept.sort_unstable();
    UInt64Array::from(kept)
}

#[cfg(test)]
mod tests;
