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
use super::journal::Head;
use super::record::{Column, Record};
use super::shape::{Group, Shape, UTC};

const MILLIS_PER_DAY: i64 = 86_400_000;

/// Rows of one table while they are gathered.
#[derive(Debug)]
pub(super) struct Rows {
    schema: SchemaRef,
    /// Where a column is, by group and name.
    places: [HashMap<String, usize>; 3],
    cells: Vec<Cells>,
    request_ids: Vec<String>,
    row_ids: Vec<String>,
    event_times: Vec<i64>,
    event_days: Vec<i32>,
    time_missing: Vec<bool>,
    received_at: Vec<i64>,
    models: Vec<String>,
    versions: Vec<Arc<str>>,
    latencies: Vec<u32>,
}

impl Rows {
    /// Returns the rows of `records`, which are of a journal with this `head`.
    pub(super) fn of(records: &[Record], head: &Head) -> Self {
        let mut shape = Shape::default();
        for record in records {
            shape.add_record(record);
        }
        let mut rows = Self::new(&shape);
        for record in records {
            rows.push(record, head);
        }
        rows
    }

    fn new(shape: &Shape) -> Self {
        let mut places: [HashMap<String, usize>; 3] = Default::default();
        for (at, (group, name, _)) in shape.columns().enumerate() {
            places[group as usize].insert(name.to_owned(), at);
        }
        Self {
            schema: shape.schema(),
            places,
            cells: shape.columns().map(|(_, _, cell)| Cells::new(cell, 0)).collect(),
            request_ids: Vec::new(),
            row_ids: Vec::new(),
            event_times: Vec::new(),
            event_days: Vec::new(),
            time_missing: Vec::new(),
            received_at: Vec::new(),
            models: Vec::new(),
            versions: Vec::new(),
            latencies: Vec::new(),
        }
    }

    fn push(&mut self, record: &Record, head: &Head) {
        let named = |name: &Option<String>| name.as_deref().and_then(|name| column(record, name));
        let (id, time) = (named(&head.id), named(&head.time));
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
            self.time_missing.push(head.time.is_some() && happened.is_none());
            self.request_ids.push(record.request_id.clone());
            self.received_at.push(record.received_at.as_millis());
            self.models.push(head.variant.clone());
            self.versions.push(record.version.clone());
            self.latencies.push(record.latency_us);
        }
        let groups = [
            (Group::Input, &record.inputs),
            (Group::Context, &record.context),
            (Group::Output, &record.outputs),
        ];
        let expected = self.row_ids.len();
        for (group, columns) in groups {
            for column in columns {
                let place = self.places[group as usize].get(&*column.name);
                let Some(cells) = place.and_then(|at| self.cells.get_mut(*at)) else { continue };
                // A name that comes twice in a request counts once.
                if cells.len() < expected {
                    let width = column.width as usize;
                    (0..rows).for_each(|row| {
                        cells.push(&column.values, row * width..(row + 1) * width);
                    });
                }
            }
        }
        for cells in self.cells.iter_mut().filter(|cells| cells.len() < expected) {
            (cells.len()..expected).for_each(|_| cells.push_null());
        }
    }

    /// Returns the rows.
    pub(super) fn finish(self) -> Result<RecordBatch, ArrowError> {
        let moments = |moments: Vec<i64>| -> ArrayRef {
            Arc::new(TimestampMillisecondArray::from(moments).with_timezone(UTC))
        };
        let fixed: [ArrayRef; 9] = [
            Arc::new(StringArray::from_iter_values(self.request_ids)),
            Arc::new(StringArray::from_iter_values(self.row_ids)),
            moments(self.event_times),
            Arc::new(Date32Array::from(self.event_days)),
            Arc::new(BooleanArray::from(self.time_missing)),
            moments(self.received_at),
            Arc::new(StringArray::from_iter_values(self.models)),
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
