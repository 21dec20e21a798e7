//! Captures read back: files of hours that are over, and journals that servers still write.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use arrow::array::{AsArray, BooleanArray, RecordBatch, StringArray};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::{Date32Type, SchemaRef, TimestampMillisecondType};
use arrow::error::ArrowError;
use plimsoll_core::Day;

use super::file::{FileError, Stored};
use super::hours::{files, journal_name, journals, open};
use super::journal::{self, Beginning, Replay, SUFFIX};
use super::rows::day;
use super::settle::gather;
use super::shape::{EVENT_DAY, RECEIVED_AT, REQUEST_ID, ROW_ID, Shape, TIME_MISSING, VERSION};

/// Which days something happened on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Days {
    /// All of them.
    All,
    /// From the first to the last, both included.
    Between(Day, Day),
}

impl Days {
    /// Returns the first and last day, counted from 1970.
    pub(super) fn bounds(self) -> Option<(i32, i32)> {
        match self {
            Self::All => None,
            Self::Between(first, last) => Some((day(first.start()), day(last.start()))),
        }
    }
}

/// Which versions answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versions<'a> {
    /// All of them.
    All,
    /// These.
    Only(&'a [&'a str]),
}

/// Rows that were captured.
#[derive(Clone, Debug)]
pub struct Captured {
    /// The columns: the ones that every capture has, then `input:`, `context:` and `output:` with
    /// the columns of requests, each sorted by name.
    pub schema: SchemaRef,
    /// The rows, the newest answer of a version for each row id.
    pub batches: Vec<RecordBatch>,
    /// How many rows there are.
    pub rows: u64,
    /// How many older answers were left out because a row id came several times.
    pub repeated: u64,
    /// How many rows have their receipt for the time because they came with none.
    pub time_missing: u64,
    /// How many records of journals were broken off or damaged.
    pub torn_records: u64,
    /// Journals that this program cannot read.
    pub unreadable: Vec<PathBuf>,
}

impl Captured {
    /// Returns all rows as one table.
    pub fn table(&self) -> Result<RecordBatch, ArrowError> {
        concat_batches(&self.schema, &self.batches)
    }
}

/// Reads the captures in `folder`: the rows of `days` that `versions` answered.
///
/// What a server recorded up to its last flush is there, whether its hour is over or not. The rows
/// are held in memory; files that have none of them are passed over by their statistics.
pub fn read(folder: &Path, days: Days, versions: Versions<'_>) -> Result<Captured, FileError> {
    // Journals first: one that becomes Parquet meanwhile can still be read, and the file that has
    // its rows names it.
    let mut unreadable = Vec::new();
    let mut live = Vec::new();
    for path in files(&journal::folder(folder), SUFFIX)? {
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            file => file.map_err(FileError::io(&path))?,
        };
        match Replay::open(file).map_err(FileError::io(&path))? {
            Beginning::Sound(replay) => live.push((path, replay)),
            Beginning::Torn { .. } => {}
            Beginning::Foreign => unreadable.push(path),
        }
    }
    let mut stored: Vec<Stored> = Vec::new();
    let mut settled = BTreeSet::new();
    for path in files(folder, ".parquet")? {
        if let Some(file) = open(&path)? {
            settled.extend(journals(&file)?);
            stored.push(file);
        }
    }
    live.retain(|(path, replay)| !settled.contains(&journal_name(path, replay.head())));

    let mut pieces = Pieces { days, versions, shape: Shape::default(), batches: Vec::new() };
    for file in stored {
        let path = file.path().to_owned();
        let bounds = days.bounds().map(|(first, last)| (EVENT_DAY, first, last));
        file.read(bounds, |rows| pieces.add(&rows, &path))?;
    }
    let mut torn_records = 0;
    for (path, mut replay) in live {
        let survey = replay.survey().map_err(FileError::io(&path))?;
        torn_records += survey.torn_records;
        let mut shape = Shape::default();
        survey.layouts.iter().for_each(|layout| shape.add_layout(layout));
        gather(&mut replay, &path, &shape, &mut |rows| pieces.add(&rows, &path))?;
    }
    let damaged = |reason: String| FileError::Damaged { path: folder.to_owned(), reason };
    let captured = pieces.finish().map_err(|error| damaged(error.to_string()))?;
    Ok(Captured { torn_records, unreadable, ..captured })
}

/// Rows that are wanted, as the files have them.
struct Pieces<'a> {
    days: Days,
    versions: Versions<'a>,
    shape: Shape,
    batches: Vec<RecordBatch>,
}

impl Pieces<'_> {
    fn add(&mut self, rows: &RecordBatch, path: &Path) -> Result<(), FileError> {
        let damaged = |reason: String| FileError::Damaged { path: path.to_owned(), reason };
        self.shape.add_schema(rows.schema_ref()).map_err(|other| damaged(other.to_string()))?;
        let wanted = self.wanted(rows);
        if wanted.true_count() > 0 {
            let rows = filter_record_batch(rows, &wanted);
            self.batches.push(rows.map_err(|error| damaged(error.to_string()))?);
        }
        Ok(())
    }

    fn wanted(&self, rows: &RecordBatch) -> BooleanArray {
        let days = rows[EVENT_DAY].as_primitive::<Date32Type>();
        let versions = rows[VERSION].as_string::<i32>();
        let bounds = self.days.bounds();
        let wanted = |row: usize| {
            let day = days.value(row);
            bounds.is_none_or(|(first, last)| (first..=last).contains(&day))
                && match self.versions {
                    Versions::All => true,
                    Versions::Only(only) => only.contains(&versions.value(row)),
                }
        };
        (0..rows.num_rows()).map(|row| Some(wanted(row))).collect()
    }

    /// Leaves the newest answer of each version for a row.
    fn finish(self) -> Result<Captured, ArrowError> {
        let schema = self.shape.schema();
        let batches = self.batches.iter().map(|rows| Shape::conform(rows, &schema));
        let batches = batches.collect::<Result<Vec<_>, _>>()?;
        let mut newest: HashMap<(&str, &str), (usize, usize)> = HashMap::new();
        let mut kept: Vec<Vec<bool>> =
            batches.iter().map(|rows| vec![true; rows.num_rows()]).collect();
        let mut repeated = 0;
        for (batch, rows) in batches.iter().enumerate() {
            let (versions, ids) = (text(rows, VERSION), text(rows, ROW_ID));
            for row in 0..rows.num_rows() {
                let key = (versions.value(row), ids.value(row));
                let Some(before) = newest.insert(key, (batch, row)) else { continue };
                repeated += 1;
                if compare(&batches[before.0], before.1, rows, row).is_le() {
                    kept[before.0][before.1] = false;
                } else {
                    kept[batch][row] = false;
                    newest.insert(key, before);
                }
            }
        }
        let mut captured = Captured {
            schema,
            batches: Vec::new(),
            rows: 0,
            repeated,
            time_missing: 0,
            torn_records: 0,
            unreadable: Vec::new(),
        };
        for (rows, kept) in batches.iter().zip(kept) {
            let rows = filter_record_batch(rows, &BooleanArray::from(kept))?;
            captured.rows += rows.num_rows() as u64;
            captured.time_missing += rows[TIME_MISSING].as_boolean().true_count() as u64;
            captured.batches.push(rows);
        }
        Ok(captured)
    }
}

fn text<'a>(rows: &'a RecordBatch, column: &str) -> &'a StringArray {
    rows[column].as_string()
}

/// Compares two answers for one row by when they were asked for, then by anything that tells them
/// apart.
fn compare(a: &RecordBatch, at: usize, b: &RecordBatch, bt: usize) -> Ordering {
    let received = |rows: &RecordBatch, row| {
        rows[RECEIVED_AT].as_primitive::<TimestampMillisecondType>().value(row)
    };
    received(a, at)
        .cmp(&received(b, bt))
        .then_with(|| text(a, REQUEST_ID).value(at).cmp(text(b, REQUEST_ID).value(bt)))
}

#[cfg(test)]
mod tests;
