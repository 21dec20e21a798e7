//! Captured rows and their labels together.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    UInt64Array,
};
use arrow::compute::{concat_batches, filter_record_batch, take_record_batch};
use arrow::datatypes::{Date32Type, Field, Schema, TimestampMillisecondType};
use arrow::error::ArrowError;
use plimsoll_core::{Day, Timestamp};

use super::file::bytes;
use super::id::natural;
use super::labels::{Label, Labels};
use super::read::Captured;
use super::shape::{EVENT_DAY, Group, RECEIVED_AT, REQUEST_ID, ROW_ID, VERSION};

/// What became true, as a column of [`Labelled::rows`].
pub const LABEL: &str = "label";

/// What the names of columns begin with that every capture has, in [`Labelled::rows`].
const CAPTURE: &str = "capture:";

const MILLIS_PER_DAY: i64 = 86_400_000;

/// How many rows of a day were captured, and how many of those have labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayCount {
    /// The rows that were captured.
    pub predictions: u64,
    /// The ones of them that have a label.
    pub labelled: u64,
}

impl DayCount {
    /// Tells whether every row has its label.
    pub fn is_complete(self) -> bool {
        self.labelled == self.predictions
    }
}

/// Captured rows that have labels.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// The rows, sorted by day, then by row id as people count, then by version.
    ///
    /// Inputs and what was sent along have the names of datasets, outputs begin with `output:`, what
    /// every capture has with `capture:`, and [`LABEL`] comes last.
    pub rows: RecordBatch,
    /// Every day on which something was predicted.
    pub days: BTreeMap<Day, DayCount>,
    /// How many labels are of no row that was captured.
    pub unmatched: u64,
}

/// Captures and labels do not go together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// A column of requests has a name that means something else here.
    #[error(
        "column `{0}` cannot be joined with labels: `label`, `output:…` and `capture:…` are taken"
    )]
    Taken(String),
    /// The rows cannot be put into one table.
    #[error("captured rows and labels cannot be put into one table")]
    Table(#[from] ArrowError),
}

/// Returns what [`Labelled::rows`] calls a column that every capture has, [`ROW_ID`] for example.
pub fn capture_column(name: &str) -> String {
    format!("{CAPTURE}{name}")
}

impl Labelled {
    /// Returns the newest day of which every captured row has a label, up to `until`.
    pub fn newest_complete(&self, until: Day) -> Option<Day> {
        let mut days = self.days.range(..=until).rev();
        days.find(|(_, count)| count.is_complete()).map(|(day, _)| *day)
    }

    /// Returns the rows as a Parquet file, to be told apart by its digest.
    ///
    /// What was captured and labelled alike gives the same bytes, whatever files it lay in.
    pub fn to_parquet(&self) -> Result<Vec<u8>, ArrowError> {
        bytes(&self.rows, &[])
    }
}

/// Gives every captured row its label.
pub fn join(captured: &Captured, labels: &Labels) -> Result<Labelled, JoinError> {
    let mut days: BTreeMap<i32, DayCount> = BTreeMap::new();
    let mut matched: HashSet<&str> = HashSet::new();
    let mut found: Vec<&Label> = Vec::new();
    let mut pieces = Vec::new();
    for rows in &captured.batches {
        let ids = rows[ROW_ID].as_string::<i32>();
        let event_days = rows[EVENT_DAY].as_primitive::<Date32Type>();
        let mut has_label = Vec::with_capacity(rows.num_rows());
        for row in 0..rows.num_rows() {
            let label = labels.get(ids.value(row));
            let count = days.entry(event_days.value(row)).or_default();
            count.predictions += 1;
            has_label.push(label.is_some());
            if let Some(label) = label {
                count.labelled += 1;
                matched.insert(ids.value(row));
                found.push(label);
            }
        }
        pieces.push(filter_record_batch(rows, &BooleanArray::from(has_label))?);
    }
    let rows = concat_batches(&captured.schema, &pieces)?;
    let order = order(&rows);
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for (place, name) in names(captured.schema.fields().iter().map(|field| &**field.name()))? {
        let column = rows.column(place).clone();
        fields.push(Field::new(name, column.data_type().clone(), true));
        columns.push(column);
    }
    let label = column(&found);
    fields.push(Field::new(LABEL, label.data_type().clone(), true));
    columns.push(label);
    let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?;
    let day = |day: i32| Day::of(Timestamp::from_millis(i64::from(day) * MILLIS_PER_DAY));
    Ok(Labelled {
        rows: take_record_batch(&rows, &order)?,
        days: days.into_iter().map(|(at, count)| (day(at), count)).collect(),
        unmatched: labels.len().saturating_sub(matched.len()) as u64,
    })
}

/// Returns which columns of captures are wanted, and what they are called. What was given to the
/// model hides what was sent along under the same name.
fn names<'a>(
    captured: impl Iterator<Item = &'a str> + Clone,
) -> Result<Vec<(usize, String)>, JoinError> {
    let inputs: HashSet<&str> = captured
        .clone()
        .filter_map(|name| Some(Group::split(name)?).filter(|(group, _)| *group == Group::Input))
        .map(|(_, name)| name)
        .collect();
    let mut names = Vec::new();
    for (place, name) in captured.enumerate() {
        let name = match Group::split(name) {
            None => capture_column(name),
            Some((Group::Output, _)) => name.to_owned(),
            Some((Group::Context, name)) if inputs.contains(name) => continue,
            Some((Group::Input | Group::Context, name)) => {
                let prefixes = [Group::Output.prefix(), CAPTURE];
                if name == LABEL || prefixes.iter().any(|prefix| name.starts_with(prefix)) {
                    return Err(JoinError::Taken(name.to_owned()));
                }
                name.to_owned()
            }
        };
        names.push((place, name));
    }
    Ok(names)
}

/// Returns where the rows come from that are first, second and so on.
fn order(rows: &RecordBatch) -> UInt64Array {
    let days = rows[EVENT_DAY].as_primitive::<Date32Type>().values();
    let received = rows[RECEIVED_AT].as_primitive::<TimestampMillisecondType>().values();
    let [ids, versions, requests] =
        [ROW_ID, VERSION, REQUEST_ID].map(|name| rows[name].as_string::<i32>());
    let compare = |a: &usize, b: &usize| -> Ordering {
        let (a, b) = (*a, *b);
        (days[a].cmp(&days[b]))
            .then_with(|| natural(ids.value(a), ids.value(b)))
            .then_with(|| versions.value(a).cmp(versions.value(b)))
            .then_with(|| received[a].cmp(&received[b]))
            .then_with(|| requests.value(a).cmp(requests.value(b)))
    };
    let mut order: Vec<usize> = (0..rows.num_rows()).collect();
    order.sort_by(compare);
    order.into_iter().map(|row| row as u64).collect()
}

/// Returns labels as a column of the narrowest type that holds all of them.
fn column(labels: &[&Label]) -> ArrayRef {
    let integers = labels.iter().map(|label| match label {
        Label::Integer(label) => Some(*label),
        _ => None,
    });
    if let Some(integers) = integers.collect::<Option<Vec<_>>>() {
        return Arc::new(Int64Array::from(integers));
    }
    let numbers = labels.iter().map(|label| match label {
        #[expect(clippy::cast_precision_loss, reason = "the column holds numbers, and this one")]
        Label::Integer(label) => Some(*label as f64),
        Label::Number(label) => Some(*label),
        Label::Boolean(_) | Label::Text(_) => None,
    });
    if let Some(numbers) = numbers.collect::<Option<Vec<_>>>() {
        return Arc::new(Float64Array::from(numbers));
    }
    let truths = labels.iter().map(|label| match label {
        Label::Boolean(label) => Some(*label),
        _ => None,
    });
    match truths.collect::<Option<Vec<_>>>() {
        Some(truths) => Arc::new(BooleanArray::from(truths)),
        None => Arc::new(StringArray::from_iter_values(labels.iter().map(ToString::to_string))),
    }
}

#[cfg(test)]
mod tests;
