//! Labels out of a file that somebody brings.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{Float64Type, Int64Type};
use plimsoll_core::nearest::nearest;

use super::super::id::normal_id;
use super::{AddLabelsError, Label, LabelFile};
use crate::columns::{column_as_f64, column_as_strings};
use crate::example::{Place, Tally, quoted, shown};
use crate::infer::Candidates;
use crate::schema::ColumnType;
use crate::table::{Batch, Field, ReadError, Table};
use crate::typed::{can_be, stored_as};

/// What a file holds.
pub(super) struct Found {
    /// A label for each id, in the order of the file.
    pub(super) labels: Vec<(String, Label)>,
    /// How many rows there are.
    pub(super) rows: u64,
    /// How many rows say what a row before said.
    pub(super) repeated: u64,
}

/// Reads every label of `file`, or says what is wrong with it.
pub(super) fn read(file: &LabelFile<'_>) -> Result<Found, AddLabelsError> {
    if file.id == file.target {
        return Err(AddLabelsError::OneColumn(shown(file.id)));
    }
    let mut table = Table::open(file.path)?;
    let places = [place(file, &table, file.id)?, place(file, &table, file.target)?];
    let fields = places.map(|at| table.columns()[at].clone());
    table.project(&places);
    let mut batches = Vec::new();
    let mut candidates = Candidates::default();
    while let Some(batch) = table.next_batch()? {
        batch.narrow(1, &mut candidates);
        batches.push(batch);
    }
    table.ensure_sound()?;
    let kind = match (file.kind, table.format()) {
        (Some(kind), _) => kind,
        (None, format) if format.is_text() => candidates.column_type(),
        (None, _) => stored_as(&fields[1].data_type).ok_or_else(|| unreadable(file, &fields[1]))?,
    };
    if !can_be(&fields[1], table.format(), kind) {
        let stored = &fields[1].data_type;
        return Err(cells(file.target, format!("is stored as {stored}, expected {kind}")));
    }
    let mut reading = Reading::default();
    for batch in &batches {
        let ids = ids(batch).ok_or_else(|| unreadable(file, &fields[0]))?;
        reading.take(batch, &ids, kind);
    }
    reading.finish(file, kind)
}

fn unreadable(file: &LabelFile<'_>, field: &Field) -> ReadError {
    let (name, stored) = (shown(&field.name), &field.data_type);
    let reason = format!("column `{name}` is stored as {stored}, which is not supported");
    ReadError::Unreadable { path: file.path.to_owned(), reason }
}

fn cells(column: &str, wrong: String) -> AddLabelsError {
    AddLabelsError::Cells { column: shown(column), wrong }
}

fn place(file: &LabelFile<'_>, table: &Table, name: &str) -> Result<usize, ReadError> {
    let names = || table.columns().iter().map(|field| field.name.as_str());
    let found: Vec<usize> =
        names().enumerate().filter(|(_, found)| *found == name).map(|(at, _)| at).collect();
    match found[..] {
        [at] => Ok(at),
        _ => Err(ReadError::Column {
            path: file.path.to_owned(),
            name: name.to_owned(),
            found: found.len(),
            nearest: nearest(name, names()).filter(|near| *near != name).map(str::to_owned),
        }),
    }
}

/// Returns the ids of a batch; none of a column that has no text.
fn ids(batch: &Batch) -> Option<Vec<Option<String>>> {
    let column = &batch.columns[0];
    if stored_as(column.data_type())? == ColumnType::Number {
        // Written out in full, so that a large one meets the integer that it is.
        let numbers = column_as_f64(column).ok()?;
        return Some(numbers.iter().map(|id| id.map(|id| id.to_string())).collect());
    }
    column_as_strings(column).ok()
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    rows: u64,
    repeated: u64,
    /// Where the label of an id is in `labels`, and in the file.
    places: HashMap<String, (usize, Place)>,
    labels: Vec<(String, Label)>,
    no_id: Tally,
    no_label: Tally,
    mistyped: Tally,
    two_labels: Option<AddLabelsError>,
    ids_with_two: u64,
}

impl Reading {
    fn take(&mut self, batch: &Batch, ids: &[Option<String>], kind: ColumnType) {
        let cells = &batch.columns[1];
        let values = batch.typed(1, kind).values;
        let empty = cells.logical_nulls();
        for (row, id) in ids.iter().enumerate() {
            self.rows += 1;
            let place = batch.place(row);
            let id = id.as_deref().map(normal_id).filter(|id| !id.is_empty());
            let Some(id) = id else {
                self.no_id.add(place, String::new);
                continue;
            };
            if empty.as_ref().is_some_and(|empty| empty.is_null(row)) {
                self.no_label.add(place, String::new);
                continue;
            }
            match label(&values, row, kind) {
                Some(Label::Text(text)) if text.trim().is_empty() => {
                    self.no_label.add(place, String::new);
                }
                Some(label) => self.add(id, label, place),
                None => self.mistyped.add(place, || {
                    let cell = column_as_strings(&cells.slice(row, 1)).ok();
                    let cell = cell.and_then(|mut cell| cell.pop().flatten());
                    quoted(&cell.unwrap_or_default())
                }),
            }
        }
    }

    fn add(&mut self, id: &str, label: Label, place: Place) {
        match self.places.entry(id.to_owned()) {
            Entry::Vacant(vacant) => {
                vacant.insert((self.labels.len(), place));
                self.labels.push((id.to_owned(), label));
            }
            Entry::Occupied(before) => {
                let (at, first) = before.get().clone();
                let known = &self.labels[at].1;
                if known.says(&label) {
                    self.repeated += 1;
                    return;
                }
                self.ids_with_two += 1;
                let said = |place: Place, label: &Label| {
                    format!("{} on {place}", quoted(&label.to_string()))
                };
                let (first, second) = (said(first, known), said(place, &label));
                self.two_labels.get_or_insert_with(|| AddLabelsError::TwoLabels {
                    id: shown(id),
                    first,
                    second,
                    ids: 0,
                });
            }
        }
    }

    fn finish(self, file: &LabelFile<'_>, kind: ColumnType) -> Result<Found, AddLabelsError> {
        let rows = self.rows;
        let says =
            |tally: &Tally, what: &str| format!("{} {what}{}", tally.of(rows), tally.examples());
        if self.no_id.count().is_some() {
            return Err(cells(file.id, says(&self.no_id, "have no id")));
        }
        if self.no_label.count().is_some() {
            return Err(cells(file.target, says(&self.no_label, "have no label")));
        }
        if self.mistyped.count().is_some() {
            let finite = if kind == ColumnType::Number { "finite " } else { "" };
            let what = format!("hold no {finite}{kind}");
            return Err(cells(file.target, says(&self.mistyped, &what)));
        }
        match self.two_labels {
            Some(AddLabelsError::TwoLabels { id, first, second, .. }) => {
                let ids = self.ids_with_two;
                Err(AddLabelsError::TwoLabels { id, first, second, ids })
            }
            Some(error) => Err(error),
            None => Ok(Found { labels: self.labels, rows, repeated: self.repeated }),
        }
    }
}

/// Returns the label in a cell that is not empty; none where it holds no value of the type.
fn label(values: &ArrayRef, row: usize, kind: ColumnType) -> Option<Label> {
    if values.is_null(row) {
        return None;
    }
    Some(match kind {
        ColumnType::Integer => Label::Integer(values.as_primitive::<Int64Type>().value(row)),
        ColumnType::Number => {
            let number = values.as_primitive::<Float64Type>().value(row);
            // Zero has one spelling, so that -0 is no correction of it.
            Label::Number(Some(number + 0.0).filter(|number| number.is_finite())?)
        }
        ColumnType::Boolean => Label::Boolean(values.as_boolean().value(row)),
        ColumnType::String => Label::Text(values.as_string::<i32>().value(row).to_owned()),
        ColumnType::Date | ColumnType::Timestamp => {
            Label::Text(column_as_strings(&values.slice(row, 1)).ok()?.pop()??)
        }
    })
}
