//! How far two tables are apart that should be the same.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use plimsoll_core::reproduction::Tolerance;

/// How two tables stand to each other.
#[derive(Clone, Debug, PartialEq)]
pub enum Likeness {
    /// They differ in numbers at most.
    Apart(Apart),
    /// They differ in something that has no distance, which the text says.
    Unlike(String),
}

/// How far the numbers of two tables are apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Apart {
    /// The largest [distance](Tolerance::distance) of two cells; 0 where all are the same.
    pub distance: f64,
    /// The column that holds it.
    pub column: String,
    /// How many numbers are not the same.
    pub cells: u64,
    /// How many numbers were compared.
    pub of: u64,
}

/// Compares two tables, as [`crate::read_columns`] reads them, cell by cell.
///
/// Only what is stored as a floating point number in one of them has a distance; integers, which may
/// be names, texts, times and empty cells must be the same. The order of rows counts.
pub fn likeness(then: &RecordBatch, now: &RecordBatch) -> Likeness {
    let names = |table: &RecordBatch| -> Vec<String> {
        table.schema().fields().iter().map(|field| field.name().clone()).collect()
    };
    let (columns, found) = (names(then), names(now));
    if columns != found {
        let (columns, found) = (columns.join(", "), found.join(", "));
        return Likeness::Unlike(format!("has the columns {found} (then {columns})"));
    }
    if then.num_rows() != now.num_rows() {
        let (rows, found) = (then.num_rows(), now.num_rows());
        return Likeness::Unlike(format!("has {found} rows (then {rows})"));
    }
    let mut all = Apart::default();
    for (name, (then, now)) in columns.iter().zip(then.columns().iter().zip(now.columns())) {
        match column(name, then, now) {
            Ok(apart) => {
                if apart.distance > all.distance {
                    (all.distance, all.column) = (apart.distance, apart.column);
                }
                all.cells += apart.cells;
                all.of += apart.of;
            }
            Err(unlike) => return Likeness::Unlike(unlike),
        }
    }
    Likeness::Apart(all)
}

fn column(name: &str, then: &ArrayRef, now: &ArrayRef) -> Result<Apart, String> {
    let is_number = |array: &ArrayRef| array.data_type().is_numeric();
    let is_float = |array: &ArrayRef| array.data_type().is_floating();
    if !(is_number(then) && is_number(now) && (is_float(then) || is_float(now))) {
        return same(name, then, now).map(|()| Apart::default());
    }
    let floats = |array: &ArrayRef| {
        cast(array, &DataType::Float64).map_err(|error| format!("column `{name}`: {error}"))
    };
    let (then, now) = (floats(then)?, floats(now)?);
    let (then, now) = (then.as_primitive::<Float64Type>(), now.as_primitive::<Float64Type>());
    let mut apart = Apart { column: name.to_owned(), ..Apart::default() };
    for (row, (then, now)) in then.iter().zip(now).enumerate() {
        match (then, now) {
            (None, None) => {}
            (Some(then), Some(now)) => {
                apart.of += 1;
                let distance = Tolerance::distance(then, now);
                if then.to_bits() != now.to_bits() && !(then.is_nan() && now.is_nan()) {
                    apart.cells += 1;
                }
                // Of an infinite distance too, which no other is larger than.
                apart.distance = apart.distance.max(distance);
            }
            _ => return Err(empty(name, row)),
        }
    }
    Ok(apart)
}

/// Refuses columns that are not the same in every cell.
fn same(name: &str, then: &ArrayRef, now: &ArrayRef) -> Result<(), String> {
    if then.data_type() != now.data_type() {
        let (stored, found) = (then.data_type(), now.data_type());
        return Err(format!("column `{name}` is stored as {found} (then {stored})"));
    }
    if then == now {
        return Ok(());
    }
    let differs = |row: &usize| then.slice(*row, 1).as_ref() != now.slice(*row, 1).as_ref();
    let mut rows = (0..then.len()).filter(differs);
    let first = rows.next().unwrap_or_default();
    if then.is_null(first) != now.is_null(first) {
        return Err(empty(name, first));
    }
    let count = rows.count() + 1;
    let row = first + 1;
    Err(format!("column `{name}` differs in {count} of {} rows, first in row {row}", then.len()))
}

fn empty(name: &str, row: usize) -> String {
    format!("column `{name}` is empty in row {} on one side only", row + 1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Float64Array, Int64Array, StringArray};

    use super::*;

    fn table(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true)))
            .unwrap()
    }

    fn floats(values: &[Option<f64>]) -> ArrayRef {
        Arc::new(Float64Array::from(values.to_vec()))
    }

    fn integers(values: &[i64]) -> ArrayRef {
        Arc::new(Int64Array::from(values.to_vec()))
    }

    fn words(values: &[&str]) -> ArrayRef {
        Arc::new(StringArray::from(values.to_vec()))
    }

    fn unlike(then: &RecordBatch, now: &RecordBatch) -> String {
        match likeness(then, now) {
            Likeness::Unlike(how) => how,
            Likeness::Apart(apart) => panic!("{apart:?}"),
        }
    }

    #[test]
    fn numbers_have_a_distance_and_the_largest_counts() {
        let then = table(vec![
            ("id", integers(&[1, 2])),
            ("a", floats(&[Some(1.0), None])),
            ("b", floats(&[Some(100.0), Some(f64::NAN)])),
        ]);
        let now = table(vec![
            ("id", integers(&[1, 2])),
            ("a", floats(&[Some(1.0 + 1e-9), None])),
            ("b", floats(&[Some(101.0), Some(f64::NAN)])),
        ]);
        let Likeness::Apart(apart) = likeness(&then, &now) else { panic!("they are alike") };
        assert_eq!((apart.column.as_str(), apart.cells, apart.of), ("b", 2, 3));
        assert!((apart.distance - 1.0 / 101.0).abs() < 1e-15);
        assert_eq!(likeness(&then, &then), Likeness::Apart(Apart { of: 3, ..Apart::default() }));
    }

    #[test]
    fn a_number_may_be_written_as_an_integer_once() {
        let (then, now) =
            (table(vec![("a", integers(&[1]))]), table(vec![("a", floats(&[Some(1.0)]))]));
        let Likeness::Apart(apart) = likeness(&then, &now) else { panic!("they are alike") };
        assert!(apart.distance.abs() < f64::MIN_POSITIVE);
    }

    #[test]
    fn what_has_no_distance_must_be_the_same() {
        let base = table(vec![("id", integers(&[10_000_000, 2]))]);
        let cases = [
            (
                table(vec![("id", integers(&[10_000_001, 2]))]),
                "differs in 1 of 2 rows, first in row 1",
            ),
            (table(vec![("key", integers(&[10_000_000, 2]))]), "has the columns key (then id)"),
            (table(vec![("id", integers(&[10_000_000]))]), "has 1 rows (then 2)"),
            (table(vec![("id", words(&["a", "b"]))]), "is stored as Utf8 (then Int64)"),
        ];
        for (now, said) in cases {
            let how = unlike(&base, &now);
            assert!(how.contains(said), "{how}");
        }
        let words_of = |values: &[&str]| table(vec![("w", words(values))]);
        let how = unlike(&words_of(&["a", "b", "c"]), &words_of(&["a", "x", "y"]));
        assert_eq!(how, "column `w` differs in 2 of 3 rows, first in row 2");
        let empty = table(vec![("a", floats(&[None]))]);
        let how = unlike(&empty, &table(vec![("a", floats(&[Some(0.0)]))]));
        assert_eq!(how, "column `a` is empty in row 1 on one side only");
        let infinite = table(vec![("a", floats(&[Some(f64::INFINITY)]))]);
        let Likeness::Apart(apart) = likeness(&infinite, &table(vec![("a", floats(&[Some(1.0)]))]))
        else {
            panic!("numbers")
        };
        assert!(apart.distance.is_infinite());
    }
}
