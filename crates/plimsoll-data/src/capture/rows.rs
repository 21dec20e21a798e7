//! Records as rows of a table.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, RecordBatch, StringArray, TimestampMillisecondArray,
    UInt32Array,
};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use plimsoll_core::Timestamp;

use super::cells::Cells;
use super::id::normal_id;
use super::journal::{Head, Layout};
use super::record::{Column, Record};
use super::shape::{Shape, UTC, groups};

const MILLIS_PER_DAY: i64 = 86_400_000;

/// Rows of one table while they are gathered, all of one journal.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    head: &'a Head,
    schema: SchemaRef,
    /// Where a column is, by group and name.
    places: [HashMap<String, usize>; 3],
    /// The layout of the record before and where its columns are, none for a name that comes again.
    layout: Option<(Arc<Layout>, Vec<Option<usize>>)>,
    cells: Vec<Cells>,
    request_ids: Vec<String>,
    row_ids: Vec<String>,
    event_times: Vec<i64>,
    event_days: Vec<i32>,
    time_missing: Vec<bool>,
    received_at: Vec<i64>,
    versions: Vec<Arc<str>>,
    latencies: Vec<u32>,
}

impl<'a> Rows<'a> {
    /// Begins a table of `shape` for records of a journal with this `head`.
    pub(super) fn new(shape: &Shape, head: &'a Head) -> Self {
        let mut places: [HashMap<String, usize>; 3] = Default::default();
        for (at, (group, name, _)) in shape.columns().enumerate() {
            places[group as usize].insert(name.to_owned(), at);
        }
        Self {
            head,
            schema: shape.schema(),
            places,
            layout: None,
            cells: shape.columns().map(|(_, _, cell)| Cells::new(cell, 0)).collect(),
            request_ids: Vec::new(),
            row_ids: Vec::new(),
            event_times: Vec::new(),
            event_days: Vec::new(),
            time_missing: Vec::new(),
            received_at: Vec::new(),
            versions: Vec::new(),
            latencies: Vec::new(),
        }
    }

    /// Returns how many rows there are.
    pub(super) fn len(&self) -> usize {
        self.row_ids.len()
    }

    /// Adds the rows of a record, which the table's shape has room for.
    pub(super) fn push(&mut self, record: &Record, layout: &Arc<Layout>) {
        let named = |name: &Option<String>| name.as_deref().and_then(|name| column(record, name));
        let (id, time) = (named(&self.head.id), named(&self.head.time));
        let rows = record.rows as usize;
        for row in 0..rows {
            let own = id.and_then(|id| id.values.text(row));
            let own = own.as_deref().map(normal_id).filter(|id| !id.is_empty());
            self.row_ids.push(match own {
                Some(id) => id.to_owned(),
                None => format!("{}:{row}", record.request_id),
            });
            let happened = time.and_then(|time| time.time(row).ok());
            let moment = happened.map_or(record.received_at, |(moment, _)| moment);
            self.event_times.push(moment.as_millis());
            self.event_days.push(day(moment));
            self.time_missing.push(self.head.time.is_some() && happened.is_none());
            self.request_ids.push(record.request_id.clone());
            self.received_at.push(record.received_at.as_millis());
            self.versions.push(record.version.clone());
            self.latencies.push(record.latency_us);
        }
        if !self.layout.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, layout)) {
            self.layout = Some((layout.clone(), self.places(layout)));
        }
        let places = self.layout.iter().flat_map(|(_, places)| places);
        let columns = record.inputs.iter().chain(&record.context).chain(&record.outputs);
        for (column, place) in columns.zip(places) {
            let Some(cells) = place.and_then(|at| self.cells.get_mut(at)) else { continue };
            let width = column.width as usize;
            (0..rows).for_each(|row| cells.push(&column.values, row * width..(row + 1) * width));
        }
        let expected = self.row_ids.len();
        for cells in self.cells.iter_mut().filter(|cells| cells.len() < expected) {
            (cells.len()..expected).for_each(|_| cells.push_null());
        }
    }

    fn places(&self, layout: &Layout) -> Vec<Option<usize>> {
        let mut places = Vec::new();
        for (group, columns) in groups(layout) {
            for column in columns {
                let place = self.places[group as usize].get(&*column.name).copied();
                places.push(place.filter(|place| !places.contains(&Some(*place))));
            }
        }
        places
    }

    /// Returns the rows.
    pub(super) fn finish(self) -> Result<RecordBatch, ArrowError> {
        let moments = |moments: Vec<i64>| -> ArrayRef {
            Arc::new(TimestampMillisecondArray::from(moments).with_timezone(UTC))
        };
        let models = std::iter::repeat_n(&self.head.variant, self.row_ids.len());
        let fixed: [ArrayRef; 9] = [
            Arc::new(StringArray::from_iter_values(self.request_ids)),
            Arc::new(StringArray::from_iter_values(self.row_ids)),
            moments(self.event_times),
            Arc::new(Date32Array::from(self.event_days)),
            Arc::new(BooleanArray::from(self.time_missing)),
            moments(self.received_at),
            Arc::new(StringArray::from_iter_values(models)),
            Arc::new(StringArray::from_iter_values(self.versions)),
            Arc::new(UInt32Array::from(self.latencies)),
        ];
        let columns = fixed.into_iter().chain(self.cells.into_iter().map(Cells::finish));
        RecordBatch::try_new(self.schema, columns.collect())
    }
}

/// Returns the column of one value a row that is called `name`; what was sent along comes first.
fn column<'a>(record: &'a Record, name: &str) -> Option<&'a Column> {
    let mut columns = record.context.iter().chain(&record.inputs);
    columns.find(|column| &*column.name == name && column.width == 1)
}

/// Returns the day of `moment` in days since 1970.
pub(super) fn day(moment: Timestamp) -> i32 {
    let days = moment.as_millis().div_euclid(MILLIS_PER_DAY);
    i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX })
}
