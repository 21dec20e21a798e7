//! Numbers that may be probabilities, and the class that they speak for.

use super::PredictionsError;
use crate::class::listed;
use crate::{Class, Tensor, Values};

/// How far beyond 0 or 1 computing in 32 bits may take a probability.
const BEYOND: f64 = 1e-5;

/// How far from 1 their sum may be: files are written with two or three digits.
const OFF: f64 = 1e-2;

/// Checks that every number is finite; `width` of them are a row.
pub(super) fn finite(of: &str, values: &[f64], width: usize) -> Result<(), PredictionsError> {
    let bad = |row: &[f64]| row.iter().any(|value| !value.is_finite());
    let rows = values.chunks_exact(width.max(1));
    let count = rows.clone().filter(|row| bad(row)).count();
    match rows.clone().position(bad) {
        None => Ok(()),
        Some(first) => Err(PredictionsError::NotFinite {
            of: of.to_owned(),
            count,
            rows: rows.len(),
            first: first + 1,
        }),
    }
}

/// Checks that rows of `width` numbers are probabilities; what rounding took past 0 or 1 is brought
/// back.
pub(super) fn probabilities(
    of: &str,
    mut values: Vec<f64>,
    width: usize,
) -> Result<Vec<f64>, PredictionsError> {
    finite(of, &values, width)?;
    for (at, row) in values.chunks_exact_mut(width.max(1)).enumerate() {
        let beyond = row.iter().any(|value| !(-BEYOND..=1.0 + BEYOND).contains(value));
        let sum: f64 = row.iter().sum();
        if beyond || (width > 1 && (sum - 1.0).abs() > OFF) {
            let shown: Vec<String> = row.iter().take(5).map(ToString::to_string).collect();
            let more = if row.len() > 5 { ", …" } else { "" };
            return Err(PredictionsError::NoProbability {
                of: of.to_owned(),
                row: at + 1,
                shown: shown.join(", ") + more,
                classes: width,
            });
        }
        for value in row {
            *value = value.clamp(0.0, 1.0);
        }
    }
    Ok(values)
}

/// Returns the place of the first largest number of each row.
pub(super) fn likeliest(values: &[f64], width: usize) -> Vec<u32> {
    values.chunks_exact(width.max(1)).map(|row| place_of_largest(row).0).collect()
}

/// Returns the place of the first largest number, and whether no other is as large.
fn place_of_largest(row: &[f64]) -> (u32, bool) {
    let (mut place, mut largest, mut only) = (0, f64::NEG_INFINITY, true);
    for (at, value) in (0..).zip(row) {
        if *value > largest {
            (place, largest, only) = (at, *value, true);
        } else if value.total_cmp(&largest).is_eq() {
            only = false;
        }
    }
    (place, only)
}

/// Finds out which class each score is for from the labels that the model gives to the same rows:
/// the label is the class with the largest score.
pub(super) fn order_of(
    output: &str,
    labels: &[Class],
    values: &[f64],
    width: usize,
) -> Result<Vec<Class>, PredictionsError> {
    let unclear =
        |reason| PredictionsError::Order { output: output.to_owned(), classes: width, reason };
    let mut found: Vec<Option<&Class>> = vec![None; width];
    for (at, (label, row)) in labels.iter().zip(values.chunks_exact(width.max(1))).enumerate() {
        let (place, only) = place_of_largest(row);
        let Some(class) = found.get_mut(place as usize).filter(|_| only) else { continue };
        if *class.get_or_insert(label) != label {
            let before = class.map(ToString::to_string).unwrap_or_default();
            return Err(unclear(format!(
                "the largest score is number {} for label `{label}` in row {}, and for label \
                 `{before}` before",
                place + 1,
                at + 1,
            )));
        }
    }
    // A class that is never the likeliest is known only if the others are numbered by their places.
    let counted: Vec<Class> = (0..).take(width).map(Class::Int).collect();
    if found.iter().zip(&counted).all(|(found, counted)| found.is_none_or(|found| found == counted))
    {
        return Ok(counted);
    }
    let known: Vec<Class> = found.iter().flatten().copied().cloned().collect();
    let mut once = known.clone();
    once.sort();
    once.dedup();
    if once.len() == width {
        return Ok(known);
    }
    Err(unclear(format!(
        "the model's file does not name its classes, and its labels show only {}",
        listed(&once)
    )))
}

/// Returns the elements of a tensor as numbers, `None` where they are text.
pub(super) fn numbers(tensor: &Tensor) -> Option<Vec<f64>> {
    #[expect(clippy::cast_precision_loss, reason = "what a model counts lies below 2^53")]
    let integer = |value: &i64| *value as f64;
    match tensor.values() {
        Values::Float(values) => Some(values.iter().copied().map(f64::from).collect()),
        Values::Double(values) => Some(values.clone()),
        Values::Int64(values) => Some(values.iter().map(integer).collect()),
        Values::Int32(values) => Some(values.iter().copied().map(f64::from).collect()),
        Values::Bool(_) | Values::String(_) => None,
    }
}

/// Returns the elements of a tensor as classes, `None` where they are fractions.
pub(super) fn classes(tensor: &Tensor) -> Option<Vec<Class>> {
    match tensor.values() {
        Values::Int64(values) => Some(values.iter().copied().map(Class::Int).collect()),
        Values::Int32(values) => {
            Some(values.iter().copied().map(|value| Class::Int(value.into())).collect())
        }
        Values::Bool(values) => Some(values.iter().copied().map(Class::Bool).collect()),
        Values::String(values) => Some(values.iter().cloned().map(Class::Text).collect()),
        Values::Float(_) | Values::Double(_) => None,
    }
}
