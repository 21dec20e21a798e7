//! How far what the model is asked, and what it answers, is from the test set of its release.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use plimsoll_core::Day;
use plimsoll_core::monitoring::Drift;
use plimsoll_stats::psi::Bins;
use plimsoll_stats::{distance, psi};

use super::days::Span;
use super::recorded::{Answers, Captured, Known, cells};
use crate::column;

/// Every feature, and the answers, of the test set and since.
pub(super) struct Compared<'c> {
    columns: Vec<Pair<'c>>,
}

/// A column on both sides, or why it cannot be compared.
struct Pair<'c> {
    name: Option<String>,
    cells: Result<Cells, String>,
    days: &'c [Day],
}

enum Cells {
    Numbers { bins: Bins, reference: Vec<Option<f64>>, current: Vec<Option<f64>> },
    Words { reference: Vec<Option<String>>, current: Vec<Option<String>> },
}

impl<'c> Compared<'c> {
    pub(super) fn of(reference: &RecordBatch, known: &Known, captured: &'c Captured) -> Self {
        let features = known.features.iter().map(|name| Pair {
            name: Some(name.clone()),
            cells: feature(name, reference, &captured.table),
            days: &captured.days,
        });
        let answers = Pair {
            name: None,
            cells: answers(&Answers::of(known.predictions.clone()), &captured.answers),
            days: &captured.answered,
        };
        Self { columns: features.chain([answers]).collect() }
    }

    /// Returns the drift of every column in `span`, the farthest first.
    pub(super) fn all(&self, span: Span) -> Vec<Drift> {
        let mut all: Vec<Drift> = self.columns.iter().map(|pair| pair.drift(span)).collect();
        // What has no number comes last; the order of the features decides between equals.
        let far = |drift: &Drift| drift.psi.unwrap_or(f64::NEG_INFINITY);
        all.sort_by(|a, b| far(b).total_cmp(&far(a)));
        all
    }

    /// Returns the drift of a feature, or of the answers; none where the model is not given it.
    pub(super) fn one(&self, column: Option<&str>, span: Span) -> Option<Drift> {
        let found = self.columns.iter().find(|pair| pair.name.as_deref() == column);
        found.map(|pair| pair.drift(span))
    }
}

impl Pair<'_> {
    fn drift(&self, span: Span) -> Drift {
        let column = self.name.clone();
        let chosen: Vec<bool> = self.days.iter().map(|day| span.contains(*day)).collect();
        let measured = match &self.cells {
            Err(reason) => Err(reason.clone()),
            Ok(cells) => cells.drift(&chosen).ok_or_else(|| "there are no rows".to_owned()),
        };
        match measured {
            Ok((psi, distance)) => Drift { column, psi: Some(psi), distance, reason: None },
            Err(reason) => Drift { column, psi: None, distance: None, reason: Some(reason) },
        }
    }
}

impl Cells {
    /// Returns index and distance of the chosen rows. Empty cells are a bin like any other; the
    /// Kolmogorov-Smirnov distance leaves them out.
    fn drift(&self, chosen: &[bool]) -> Option<(f64, Option<f64>)> {
        match self {
            Self::Numbers { bins, reference, current } => {
                let current: Vec<Option<f64>> = only(current, chosen).copied().collect();
                let counts = |all: &[Option<f64>]| {
                    let numbers: Vec<f64> = all.iter().flatten().copied().collect();
                    let mut counts = bins.counts(&numbers);
                    counts.push((all.len() - numbers.len()) as u64);
                    (counts, numbers)
                };
                let (before, then) = counts(reference);
                let (now, since) = counts(&current);
                let psi = psi::of_counts(&before, &now).ok()?;
                Some((psi, distance::kolmogorov_smirnov(&then, &since).ok()))
            }
            Self::Words { reference, current } => {
                let before: Vec<Option<&str>> = reference.iter().map(Option::as_deref).collect();
                let now: Vec<Option<&str>> = only(current, chosen).map(Option::as_deref).collect();
                let psi = psi::of_categories(&before, &now).ok()?;
                Some((psi, distance::total_variation(&before, &now).ok()))
            }
        }
    }

    fn numbers(reference: Vec<Option<f64>>, current: Vec<Option<f64>>) -> Result<Self, String> {
        let finite = |values: Vec<Option<f64>>| -> Vec<Option<f64>> {
            values.into_iter().map(|value| value.filter(|value| value.is_finite())).collect()
        };
        let (reference, current) = (finite(reference), finite(current));
        let known: Vec<f64> = reference.iter().flatten().copied().collect();
        let bins = Bins::of(&known)
            .map_err(|_| "the release's test set has no numbers in it".to_owned())?;
        Ok(Self::Numbers { bins, reference, current })
    }
}

fn only<'a, T>(values: &'a [T], chosen: &'a [bool]) -> impl Iterator<Item = &'a T> {
    values.iter().zip(chosen).filter_map(|(value, chosen)| chosen.then_some(value))
}

fn feature(name: &str, reference: &RecordBatch, table: &RecordBatch) -> Result<Cells, String> {
    let before = reference.column_by_name(name);
    let before = before.ok_or_else(|| "the release's test set lacks it".to_owned())?;
    let now = cells(table, name).ok_or_else(|| "it was not recorded".to_owned())?;
    let unfit = |_| {
        let (before, now) = (before.data_type(), now.data_type());
        format!("it holds {now} where the release's test set holds {before}")
    };
    let (first, second) = (numeric(before), numeric(now));
    match (first, second) {
        (Some(first), Some(second)) => {
            let mut first = column::numbers(name, &first).map_err(unfit)?;
            let mut second = column::numbers(name, &second).map_err(unfit)?;
            if is_short(before) || is_short(now) {
                first.iter_mut().chain(&mut second).flatten().for_each(shorten);
            }
            Cells::numbers(first, second)
        }
        (None, None) => Ok(Cells::Words {
            reference: column::texts(name, before).map_err(unfit)?,
            current: column::texts(name, now).map_err(unfit)?,
        }),
        _ => Err(format!(
            "it holds {} where the release's test set holds {}",
            now.data_type(),
            before.data_type()
        )),
    }
}

/// Truths are numbers to a model, and may have been recorded as such.
fn numeric(column: &ArrayRef) -> Option<ArrayRef> {
    if *column.data_type() == DataType::Boolean {
        return cast(column, &DataType::Float64).ok();
    }
    column::is_number(column).then(|| ArrayRef::clone(column))
}

fn is_short(column: &ArrayRef) -> bool {
    matches!(column.data_type(), DataType::Float16 | DataType::Float32)
}

/// A decile in 64 bits and the same number as a model takes it, in 32, would fall in two bins.
fn shorten(value: &mut f64) {
    #[expect(clippy::cast_possible_truncation, reason = "to the nearest number of 32 bits")]
    let short = *value as f32;
    *value = f64::from(short);
}

fn answers(before: &Answers, now: &Answers) -> Result<Cells, String> {
    let some = |values: &[f64]| values.iter().copied().map(Some).collect();
    let words = |values: &[String]| values.iter().cloned().map(Some).collect();
    match (before, now) {
        (Answers::Numbers(before), Answers::Numbers(now)) => {
            Cells::numbers(some(before), some(now))
        }
        (Answers::Words(before), Answers::Words(now)) => {
            Ok(Cells::Words { reference: words(before), current: words(now) })
        }
        _ => Err("the model answered in another way".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Float32Array, Float64Array, StringArray};

    use super::*;

    fn drift(before: ArrayRef, now: ArrayRef) -> Result<(f64, Option<f64>), String> {
        let table = |column| RecordBatch::try_from_iter([("x", column)]).unwrap();
        let rows = now.len();
        let cells = feature("x", &table(before), &table(now))?;
        cells.drift(&vec![true; rows]).ok_or_else(|| "no rows".to_owned())
    }

    #[test]
    fn the_same_numbers_in_32_bits_have_not_moved() {
        let values: Vec<f64> = (0..200).map(|x| f64::from(x % 20) / 100.0).collect();
        #[expect(clippy::cast_possible_truncation, reason = "that is what is tested")]
        let short: Vec<f32> = values.iter().map(|value| *value as f32).collect();
        let (psi, ks) =
            drift(Arc::new(Float64Array::from(values)), Arc::new(Float32Array::from(short)))
                .unwrap();
        assert!(psi.abs() < 1e-12 && ks.unwrap().abs() < 1e-12);
    }

    #[test]
    fn empty_cells_are_a_bin_and_new_words_count() {
        let numbers = |filled: usize| {
            let cell = |row: usize| (row < filled).then(|| f64::from(u8::try_from(row).unwrap()));
            Arc::new((0..100).map(cell).collect::<Float64Array>()) as ArrayRef
        };
        assert!(drift(numbers(100), numbers(50)).unwrap().0 > 1.0);
        assert!(drift(numbers(50), numbers(50)).unwrap().0 < 1e-12);
        let words = |word: &str| Arc::new(StringArray::from(vec![word; 30])) as ArrayRef;
        let (psi, tv) = drift(words("rain"), words("snow")).unwrap();
        assert!(psi > 9.0 && (tv.unwrap() - 1.0).abs() < 1e-12);
        let mixed = drift(numbers(100), words("rain")).unwrap_err();
        assert_eq!(mixed, "it holds Utf8 where the release's test set holds Float64");
    }
}
