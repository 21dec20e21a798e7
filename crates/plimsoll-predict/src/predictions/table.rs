//! Predictions out of a file.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Float64Type};
use plimsoll_core::project::Task;

use super::quantiles::{MEDIAN, QUANTILE, together};
use super::scores::{finite, likeliest, probabilities};
use super::{Ids, Predictions, PredictionsError, Scores, Wanted, places};
use crate::Class;

const PREDICTION: &str = "prediction";
const PROBABILITY: &str = "probability";
const SCORE: &str = "score";
const OF_CLASS: &str = "probability_";

pub(super) fn read(
    table: &RecordBatch,
    ids: Option<Ids<'_>>,
    wanted: &Wanted<'_>,
) -> Result<Predictions, PredictionsError> {
    wanted.has_rows("the file of predictions", table.num_rows())?;
    if let Some(ids) = ids {
        same_rows(table, ids)?;
    }
    match wanted.task {
        Task::Regression => {
            let schema = table.schema();
            let named = schema.fields().iter().zip(table.columns());
            let named = named.filter(|(field, _)| field.name().starts_with(QUANTILE));
            let read = |(field, column): (&Arc<Field>, &ArrayRef)| {
                Ok((field.name().clone(), numbers(field.name(), column)?))
            };
            let quantiles = together(named.map(read).collect::<Result<_, PredictionsError>>()?)?;
            let values = match table.column_by_name(PREDICTION) {
                Some(column) => Some(numbers(PREDICTION, column)?),
                None => quantiles.as_ref().and_then(|quantiles| quantiles.of(MEDIAN)),
            };
            let values = values.ok_or_else(|| missing(table, "`prediction`"))?;
            Ok(Predictions::Regression { values, quantiles })
        }
        Task::Binary => binary(table, wanted),
        Task::Multiclass => multiclass(table),
    }
}

fn binary(table: &RecordBatch, wanted: &Wanted<'_>) -> Result<Predictions, PredictionsError> {
    let mut scores = None;
    if let Some(column) = table.column_by_name(PROBABILITY) {
        let values = numbers(PROBABILITY, column)?;
        scores = Some(Scores::Probability(probabilities(&of(PROBABILITY), values, 1)?));
    } else if let Some(column) = table.column_by_name(SCORE) {
        scores = Some(Scores::Ranking(numbers(SCORE, column)?));
    }
    let predicted = match (table.column_by_name(PREDICTION), &scores) {
        (Some(column), _) => wanted.are_positive(&of(PREDICTION), &labels(PREDICTION, column)?)?,
        (None, Some(Scores::Probability(values))) => {
            values.iter().map(|value| *value > 0.5).collect()
        }
        (None, Some(Scores::Ranking(_))) => {
            let wanted = "`prediction`, or `probability` instead of `score`, to decide by";
            return Err(missing(table, wanted));
        }
        (None, None) => return Err(missing(table, "`probability` or `prediction`")),
    };
    Ok(Predictions::Binary { predicted, scores })
}

fn multiclass(table: &RecordBatch) -> Result<Predictions, PredictionsError> {
    let schema = table.schema();
    let mut classes = Vec::new();
    let mut columns = Vec::new();
    for (field, column) in schema.fields().iter().zip(table.columns()) {
        if let Some(class) = field.name().strip_prefix(OF_CLASS) {
            classes.push(Class::Text(class.to_owned()));
            columns.push(numbers(field.name(), column)?);
        }
    }
    let given = table.column_by_name(PREDICTION);
    let given = given.map(|column| labels(PREDICTION, column)).transpose()?;
    if columns.is_empty() {
        let given = given.ok_or_else(|| missing(table, "`prediction` or `probability_CLASS`"))?;
        classes.clone_from(&given);
        classes.sort();
        classes.dedup();
        let predicted = places(&of(PREDICTION), &given, &classes)?;
        return Ok(Predictions::Multiclass { classes, predicted, probabilities: None });
    }
    let width = columns.len();
    let values = (0..table.num_rows()).flat_map(|row| columns.iter().map(move |all| all[row]));
    let values = probabilities("`probability_CLASS`", values.collect(), width)?;
    let predicted = match given {
        Some(given) => places(&of(PREDICTION), &given, &classes)?,
        None => likeliest(&values, width),
    };
    Ok(Predictions::Multiclass { classes, predicted, probabilities: Some(values) })
}

/// Returns a column of finite numbers.
fn numbers(name: &str, column: &ArrayRef) -> Result<Vec<f64>, PredictionsError> {
    let wrong = || wrong(name, column, "numbers");
    if !column.data_type().is_numeric() {
        return Err(wrong());
    }
    whole(name, column)?;
    let cast = cast_with_options(column, &DataType::Float64, &STRICT).map_err(|_| wrong())?;
    let values = cast.as_primitive::<Float64Type>().values().to_vec();
    finite(&of(name), &values, 1)?;
    Ok(values)
}

/// Returns a column of labels.
fn labels(name: &str, column: &ArrayRef) -> Result<Vec<Class>, PredictionsError> {
    whole(name, column)?;
    let classes = Class::of_column(column);
    let classes = classes
        .ok_or_else(|| wrong(name, column, "labels (text, whole numbers, true or false)"))?;
    Ok(classes.into_iter().flatten().collect())
}

/// Checks that the ids of both are the same, row by row.
fn same_rows(table: &RecordBatch, ids: Ids<'_>) -> Result<(), PredictionsError> {
    let found = table.column_by_name(ids.name);
    let found = found.ok_or_else(|| missing(table, "with the ids of the test set"))?;
    let texts = |column: &ArrayRef| {
        cast_with_options(column, &DataType::Utf8, &STRICT)
            .map_err(|_| wrong(ids.name, column, "text, numbers or dates"))
    };
    let (found, expected) = (texts(found)?, texts(ids.column)?);
    let pairs = found.as_string::<i32>().iter().zip(expected.as_string::<i32>().iter());
    for (row, (found, expected)) in pairs.enumerate() {
        if found != expected {
            let shown = |id: Option<&str>| id.unwrap_or("nothing").to_owned();
            return Err(PredictionsError::OtherRow {
                column: ids.name.to_owned(),
                row: row + 1,
                found: shown(found),
                expected: shown(expected),
            });
        }
    }
    Ok(())
}

/// A value that does not fit is an error, not an empty cell.
const STRICT: CastOptions<'static> =
    CastOptions { safe: false, format_options: arrow::util::display::FormatOptions::new() };

/// Checks that no cell is empty.
fn whole(name: &str, column: &ArrayRef) -> Result<(), PredictionsError> {
    let Some(nulls) = column.logical_nulls().filter(|nulls| nulls.null_count() > 0) else {
        return Ok(());
    };
    let first = (0..column.len()).find(|row| nulls.is_null(*row)).unwrap_or(0);
    Err(PredictionsError::Empty {
        column: name.to_owned(),
        count: nulls.null_count(),
        rows: column.len(),
        first: first + 1,
    })
}

fn of(column: &str) -> String {
    format!("column `{column}` of the predictions")
}

fn wrong(name: &str, column: &ArrayRef, wanted: &'static str) -> PredictionsError {
    let (column, found) = (name.to_owned(), column.data_type().to_string());
    PredictionsError::Type { column, found, wanted }
}

fn missing(table: &RecordBatch, wanted: &'static str) -> PredictionsError {
    let schema = table.schema();
    let known: Vec<_> = schema.fields().iter().map(|field| format!("`{}`", field.name())).collect();
    PredictionsError::NoColumn { wanted, known: known.join(", ") }
}
