//! Columns of the test set as numbers or text.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{CastOptions, cast, cast_with_options, sort_to_indices};
use arrow::datatypes::{DataType, Float64Type};

/// A column could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnError {
    /// It is not there.
    #[error("column `{name}` is not in the test set (it has {known})")]
    Missing {
        /// Which.
        name: String,
        /// The columns that are there.
        known: String,
    },
    /// It holds something else.
    #[error("column `{name}` holds {found}, {wanted} expected")]
    Type {
        /// Which.
        name: String,
        /// What it holds.
        found: String,
        /// What it should hold.
        wanted: &'static str,
    },
    /// Cells are empty.
    #[error("column `{name}` is empty in {count} of {rows} rows, the first is row {first}")]
    Empty {
        /// Which.
        name: String,
        /// How many.
        count: usize,
        /// Of how many.
        rows: usize,
        /// The first, counted from 1.
        first: usize,
    },
    /// A value occurs twice where each has to be another.
    #[error(
        "column `{name}` is {value} in row {first} and again in row {row} (each once expected)"
    )]
    Repeated {
        /// Which.
        name: String,
        /// The value.
        value: String,
        /// Its first row, counted from 1.
        first: usize,
        /// Its second one.
        row: usize,
    },
    /// Cells are no finite numbers.
    #[error(
        "column `{name}` is NaN or infinite in {count} of {rows} rows, the first is row {first}"
    )]
    NotFinite {
        /// Which.
        name: String,
        /// How many.
        count: usize,
        /// Of how many.
        rows: usize,
        /// The first, counted from 1.
        first: usize,
    },
}

/// Returns the column called `name`.
pub(crate) fn find<'a>(table: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, ColumnError> {
    table.column_by_name(name).ok_or_else(|| {
        let schema = table.schema();
        let mut known: Vec<_> =
            schema.fields().iter().take(30).map(|field| field.name().clone()).collect();
        if schema.fields().len() > known.len() {
            known.push(format!("{} more", schema.fields().len() - known.len()));
        }
        ColumnError::Missing { name: name.to_owned(), known: known.join(", ") }
    })
}

/// Tells whether a column holds numbers.
pub(crate) fn is_number(column: &ArrayRef) -> bool {
    match column.data_type() {
        DataType::Dictionary(_, values) => values.is_numeric(),
        other => other.is_numeric(),
    }
}

/// Tells whether two cells hold the same number: as numbers, not as bits, so that -0 is 0.
pub(crate) fn is_same(a: f64, b: f64) -> bool {
    a.partial_cmp(&b).is_some_and(std::cmp::Ordering::is_eq)
}

/// Tells whether a column holds text.
pub(crate) fn is_text(column: &ArrayRef) -> bool {
    let held = match column.data_type() {
        DataType::Dictionary(_, values) => values.as_ref(),
        other => other,
    };
    matches!(held, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Returns a column of numbers, `None` where a cell is empty or NaN.
pub(crate) fn numbers(name: &str, column: &ArrayRef) -> Result<Vec<Option<f64>>, ColumnError> {
    let wrong = || ColumnError::Type {
        name: name.to_owned(),
        found: column.data_type().to_string(),
        wanted: "numbers",
    };
    if !is_number(column) {
        return Err(wrong());
    }
    let cast = cast(column, &DataType::Float64).map_err(|_| wrong())?;
    let values = cast.as_primitive::<Float64Type>();
    Ok(values.iter().map(|value| value.filter(|value| !value.is_nan())).collect())
}

/// Returns a column of finite numbers without empty cells.
pub(crate) fn finite(name: &str, column: &ArrayRef) -> Result<Vec<f64>, ColumnError> {
    let empty = (0..column.len()).filter(|row| column.is_null(*row));
    let rows = column.len();
    let name = || name.to_owned();
    if let Some(first) = empty.clone().next() {
        return Err(ColumnError::Empty {
            name: name(),
            count: empty.count(),
            rows,
            first: first + 1,
        });
    }
    let values = numbers(&name(), column)?;
    let bad = values.iter().enumerate().filter(|(_, value)| !value.is_some_and(f64::is_finite));
    if let Some((first, _)) = bad.clone().next() {
        return Err(ColumnError::NotFinite {
            name: name(),
            count: bad.count(),
            rows,
            first: first + 1,
        });
    }
    Ok(values.into_iter().flatten().collect())
}

/// Returns a column as text, `None` where a cell is empty. Numbers read as in the file: 1, not 1.0,
/// where the column holds integers.
pub(crate) fn texts(name: &str, column: &ArrayRef) -> Result<Vec<Option<String>>, ColumnError> {
    let wrong = |_| ColumnError::Type {
        name: name.to_owned(),
        found: column.data_type().to_string(),
        wanted: "text, numbers, dates or booleans",
    };
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let cast = cast_with_options(column, &DataType::Utf8, &options).map_err(wrong)?;
    let values = cast.as_string::<i32>();
    Ok(values.iter().map(|value| value.map(str::to_owned)).collect())
}

/// Returns the rows in the order of a column's values, each of which occurs once.
pub(crate) fn order(name: &str, column: &ArrayRef) -> Result<Vec<usize>, ColumnError> {
    let values = labels(name, column)?;
    let mut seen = std::collections::BTreeMap::new();
    for (row, value) in values.iter().enumerate() {
        if let Some(first) = seen.insert(value.as_str(), row) {
            let (name, value) = (name.to_owned(), value.clone());
            return Err(ColumnError::Repeated { name, value, first: first + 1, row: row + 1 });
        }
    }
    let sorted = sort_to_indices(column, None, None).map_err(|_| ColumnError::Type {
        name: name.to_owned(),
        found: column.data_type().to_string(),
        wanted: "text, numbers, dates or booleans",
    })?;
    Ok(sorted.values().iter().map(|row| *row as usize).collect())
}

/// Returns a column as text without empty cells.
pub(crate) fn labels(name: &str, column: &ArrayRef) -> Result<Vec<String>, ColumnError> {
    filled(name, column, Some(texts(name, column)?))
}

/// Returns the cells of a column if none is empty; `None` is a column that holds something else.
pub(crate) fn filled<T>(
    name: &str,
    column: &ArrayRef,
    cells: Option<Vec<Option<T>>>,
) -> Result<Vec<T>, ColumnError> {
    let cells = cells.ok_or_else(|| ColumnError::Type {
        name: name.to_owned(),
        found: column.data_type().to_string(),
        wanted: "text, whole numbers or booleans",
    })?;
    let rows = cells.len();
    let empty = cells.iter().enumerate().filter(|(_, cell)| cell.is_none());
    if let Some((first, _)) = empty.clone().next() {
        let name = name.to_owned();
        return Err(ColumnError::Empty { name, count: empty.count(), rows, first: first + 1 });
    }
    Ok(cells.into_iter().flatten().collect())
}
