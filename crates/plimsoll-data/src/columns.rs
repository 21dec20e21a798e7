//! Columns of a table that is small enough to be held whole.

use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Field as ArrowField, Float64Type, Schema};
use arrow::error::ArrowError;
use arrow::util::display::array_value_to_string;
use std::sync::Arc;

use crate::infer::Candidates;
use crate::schema::ColumnType;
use crate::table::{ReadError, Table};
use crate::typed::stored_as;
use plimsoll_core::nearest::nearest;

/// Which columns to read.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// All of them.
    All,
    /// These, in this order.
    Named(&'a [&'a str]),
}

/// Reads columns of the file at `path` wholly into memory, typed.
///
/// Integers are Int64, numbers Float64, then Utf8, Boolean, Date32 and timestamps in microseconds;
/// empty cells are null. Text is read twice, since a type is that of all cells of a column. How
/// many rows there may be is for the caller to bound.
///
/// # Errors
/// The file cannot be read, has a damaged row, or lacks a column.
pub fn read_columns(path: &Path, wanted: Wanted<'_>) -> Result<RecordBatch, ReadError> {
    let mut table = Table::open(path)?;
    let places = places(path, &table, wanted)?;
    let unreadable = |reason: String| ReadError::Unreadable { path: path.to_owned(), reason };
    table.project(&places);
    if table.format().is_text() {
        let mut candidates = vec![Candidates::default(); places.len()];
        while let Some(batch) = table.next_batch()? {
            (candidates.iter_mut().enumerate()).for_each(|(at, seen)| batch.narrow(at, seen));
        }
        table.ensure_sound()?;
        let rows = table.rows();
        table = Table::open(path)?;
        table.project(&places);
        let types: Vec<_> = candidates.iter().map(Candidates::column_type).collect();
        let columns = read(&mut table, &types, path)?;
        if table.rows() != rows {
            return Err(unreadable("it changed while it was read".to_owned()));
        }
        return assemble(&table, &places, columns).map_err(|error| unreadable(error.to_string()));
    }
    let stored = places.iter().map(|&at| {
        let field = &table.columns()[at];
        stored_as(&field.data_type).ok_or_else(|| {
            let (name, stored) = (&field.name, &field.data_type);
            unreadable(format!("column `{name}` is stored as {stored}, which is not supported"))
        })
    });
    let types = stored.collect::<Result<Vec<_>, _>>()?;
    let columns = read(&mut table, &types, path)?;
    assemble(&table, &places, columns).map_err(|error| unreadable(error.to_string()))
}

fn places(path: &Path, table: &Table, wanted: Wanted<'_>) -> Result<Vec<usize>, ReadError> {
    let names: Vec<&str> = table.columns().iter().map(|field| field.name.as_str()).collect();
    let wanted = match wanted {
        Wanted::All => names.clone(),
        Wanted::Named(wanted) => wanted.to_vec(),
    };
    let place = |name: &str| {
        let found: Vec<usize> = (0..names.len()).filter(|&at| names[at] == name).collect();
        match found[..] {
            [at] => Ok(at),
            _ => Err(ReadError::Column {
                path: path.to_owned(),
                name: name.to_owned(),
                found: found.len(),
                nearest: nearest(name, names.iter().copied())
                    .filter(|near| *near != name)
                    .map(str::to_owned),
            }),
        }
    };
    wanted.into_iter().map(place).collect()
}

fn read(table: &mut Table, types: &[ColumnType], path: &Path) -> Result<Vec<ArrayRef>, ReadError> {
    let unreadable = |reason: String| ReadError::Unreadable { path: path.to_owned(), reason };
    let mut pieces: Vec<Vec<ArrayRef>> = vec![Vec::new(); types.len()];
    while let Some(batch) = table.next_batch()? {
        for (at, (pieces, &column_type)) in pieces.iter_mut().zip(types).enumerate() {
            let read = batch.typed(at, column_type);
            if let Some(&row) = read.wrong.first() {
                let place = batch.place(row);
                return Err(unreadable(format!("{place} holds a value that is no {column_type}")));
            }
            pieces.push(read.values);
        }
    }
    table.ensure_sound()?;
    let whole = |pieces: &Vec<ArrayRef>| {
        let pieces: Vec<&dyn Array> = pieces.iter().map(|piece| &**piece).collect();
        concat(&pieces).map_err(|error| unreadable(error.to_string()))
    };
    if table.rows() == 0 {
        return Err(unreadable("it has no rows".to_owned()));
    }
    pieces.iter().map(whole).collect()
}

fn assemble(
    table: &Table,
    places: &[usize],
    columns: Vec<ArrayRef>,
) -> Result<RecordBatch, ArrowError> {
    let fields = places.iter().zip(&columns).map(|(&at, column)| {
        ArrowField::new(&table.columns()[at].name, column.data_type().clone(), true)
    });
    RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns)
}

/// Returns a column of integers, numbers or booleans as numbers, `None` where a cell is empty.
///
/// # Errors
/// The column holds something else.
pub fn column_as_f64(column: &ArrayRef) -> Result<Vec<Option<f64>>, ArrowError> {
    let is_number = matches!(
        stored_as(column.data_type()),
        Some(ColumnType::Integer | ColumnType::Number | ColumnType::Boolean)
    );
    if !is_number {
        let held = column.data_type();
        return Err(ArrowError::CastError(format!("a column of {held} holds no numbers")));
    }
    let numbers = cast(column, &DataType::Float64)?;
    Ok(numbers.as_primitive::<Float64Type>().iter().collect())
}

/// Returns the cells of a column as text, `None` where a cell is empty.
///
/// # Errors
/// The column is of a type without text.
pub fn column_as_strings(column: &ArrayRef) -> Result<Vec<Option<String>>, ArrowError> {
    let nulls = column.logical_nulls();
    let cell = |row| match &nulls {
        Some(nulls) if nulls.is_null(row) => Ok(None),
        _ => array_value_to_string(column, row).map(Some),
    };
    (0..column.len()).map(cell).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, text).unwrap();
        file
    }

    #[test]
    fn reads_what_cells_say() {
        let file = file("a,b,c,d,e\n1,x,true,2011-01-01,0.5\n,,false,2011-01-02,2\n");
        let read = read_columns(file.path(), Wanted::All).unwrap();
        let types: Vec<_> =
            read.columns().iter().map(|column| column.data_type().clone()).collect();
        let expected = [
            DataType::Int64,
            DataType::Utf8,
            DataType::Boolean,
            DataType::Date32,
            DataType::Float64,
        ];
        assert_eq!(types, expected);
        assert_eq!(column_as_f64(read.column(0)).unwrap(), [Some(1.0), None]);
        assert_eq!(column_as_f64(read.column(2)).unwrap(), [Some(1.0), Some(0.0)]);
        assert!(column_as_f64(read.column(1)).is_err());
        let dates = column_as_strings(read.column(3)).unwrap();
        assert_eq!(dates, [Some("2011-01-01".to_owned()), Some("2011-01-02".to_owned())]);
        let two = read_columns(file.path(), Wanted::Named(&["e", "a"])).unwrap();
        assert_eq!(two.schema().fields()[0].name(), "e");
        assert_eq!(two.num_columns(), 2);
    }

    #[test]
    fn refuses_what_is_damaged_or_missing() {
        let error = |text: &str, names: &[&str]| {
            let file = file(text);
            let error = read_columns(file.path(), Wanted::Named(names)).unwrap_err().to_string();
            error.replace(&*file.path().to_string_lossy(), "FILE")
        };
        assert_eq!(error("temp,b\n1,2\n", &["tmp"]), "FILE has no column `tmp` (is `temp` meant?)");
        assert_eq!(error("a,a\n1,2\n", &["a"]), "FILE has 2 times the column `a`");
        assert_eq!(error("a,b\n", &["a"]), "FILE cannot be read as a table: it has no rows");
        assert_eq!(error("", &["a"]), "FILE is empty (0 bytes)");
        assert_eq!(
            error("a,b\n1,2\n3\n", &["a"]),
            "FILE has damaged rows: 1 of 2 rows (50 %) have another number of fields than the \
             header, for example line 3: 1 fields, not 2",
        );
    }
}
