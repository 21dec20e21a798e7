//! Records for tests.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::util::display::array_value_to_string;
use plimsoll_core::Timestamp;

use super::read::{Captured, Days, Versions, read};
use super::record::{Column, Record, Values};
use super::writer::{Writer, WriterSettings};

/// Returns the moment `millis` after 2012-10-01T13:00:00Z.
pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_349_096_400_000 + millis)
}

pub(super) fn column(name: &str, values: Values, width: u32) -> Column {
    Column { name: name.into(), values, width }
}

/// Returns a request about one hour of the day that `instant` lies in.
pub(super) fn record(instant: i64, millis: i64) -> Record {
    let day = 1 + instant / 24;
    Record {
        request_id: format!("request-{instant}"),
        received_at: at(millis),
        latency_us: 250,
        version: "1.0.0".into(),
        rows: 1,
        inputs: vec![
            column("temp", Values::Float32(vec![0.24]), 1),
            column("hr", Values::Int64(vec![instant % 24]), 1),
        ],
        context: vec![
            column("instant", Values::Int64(vec![instant]), 1),
            column("dteday", Values::Text(vec![format!("2012-10-{day:02}")]), 1),
        ],
        outputs: vec![column("cnt", Values::Float32(vec![16.5]), 1)],
    }
}

pub(super) fn settings(instance: &str) -> WriterSettings {
    WriterSettings {
        variant: "bike-demand".to_owned(),
        id: Some("instant".to_owned()),
        time: Some("dteday".to_owned()),
        instance: instance.to_owned(),
    }
}

pub(super) fn writer(folder: &Path) -> Writer {
    Writer::open(folder, settings("one"), at(0)).unwrap().0
}

/// Records `records` in `folder` from beginning to end of a process.
pub(super) fn capture(folder: &Path, records: &[Record]) {
    let mut writer = writer(folder);
    for record in records {
        writer.append(record).unwrap();
    }
    writer.close().unwrap();
}

pub(super) fn read_all(folder: &Path) -> Captured {
    read(folder, Days::All, Versions::All).unwrap()
}

/// Returns the columns as people see them, a line for each: its name, its type, its cells.
pub(super) fn shown(rows: &RecordBatch) -> String {
    let schema = rows.schema();
    let lines = schema.fields().iter().zip(rows.columns()).map(|(field, column)| {
        let cell = |row| {
            let shown = array_value_to_string(column, row).unwrap();
            if column.is_null(row) { "-".to_owned() } else { shown }
        };
        let cells: Vec<String> = (0..rows.num_rows()).map(cell).collect();
        format!("{} ({}): {}", field.name(), field.data_type(), cells.join(" | "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns a record with a column of every type, several rows, and several values for a row.
pub(super) fn wide(request: &str, version: &str) -> Record {
    Record {
        request_id: request.to_owned(),
        received_at: at(7),
        latency_us: 1_000,
        version: Arc::from(version),
        rows: 2,
        inputs: vec![
            column("single", Values::Float32(vec![0.1, -0.0]), 1),
            column("pair", Values::Float64(vec![1.0, 2.0, 3.0, 4.5]), 2),
        ],
        context: vec![
            column("whole", Values::Int64(vec![i64::MIN, i64::MAX]), 1),
            column("truth", Values::Bool(vec![true, false]), 1),
            column("words", Values::Text(vec!["ä".to_owned(), "none".to_owned()]), 1),
        ],
        outputs: vec![column("scores", Values::Float32(vec![0.25, 0.75, 0.5, 0.5]), 2)],
    }
}
