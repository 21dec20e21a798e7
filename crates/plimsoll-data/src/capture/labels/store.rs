//! The files that labels are kept in: one for each addition, numbered, never changed.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    Array, AsArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use arrow::datatypes::{
    DataType, Field, Float64Type, Int64Type, Schema, SchemaRef, TimeUnit, TimestampMillisecondType,
};
use plimsoll_core::Timestamp;
use rustix::fs::{FlockOperation, flock};

use super::super::file::{FileError, Stored, UNFINISHED, Unfinished, sync_folder};
use super::super::hours::{FORMAT_KEY, files};
use super::super::journal::make_folder;
use super::super::shape::UTC;
use super::Label;

/// The format of files of labels.
const FORMAT: &str = "labels/1";

/// Up to which number a file has the rows of the files before it.
const UP_TO_KEY: &str = "plimsoll.labels-up-to";

/// How many files there are at most before they become one.
const MANY: usize = 64;

/// A label as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) label: Label,
    pub(super) added_at: Timestamp,
}

/// The folder of labels, while nobody else adds to it.
pub(super) struct Store {
    folder: PathBuf,
    _lock: File,
}

impl Store {
    /// Waits until nobody else adds to `folder`, which is made where it is not there.
    pub(super) fn lock(folder: &Path) -> Result<Self, FileError> {
        make_folder(folder).map_err(FileError::io(folder))?;
        let path = folder.join("lock");
        let lock =
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let lock = lock.map_err(FileError::io(&path))?;
        flock(&lock, FlockOperation::LockExclusive)
            .map_err(|error| FileError::io(&path)(error.into()))?;
        Ok(Self { folder: folder.to_owned(), _lock: lock })
    }

    /// Adds `rows` as one more file, which is on the disk for certain afterwards.
    pub(super) fn append(&self, rows: &[Row]) -> Result<(), FileError> {
        for unfinished in files(&self.folder, UNFINISHED)? {
            fs::remove_file(&unfinished).map_err(FileError::io(&unfinished))?;
        }
        let found = survey(&self.folder)?;
        // Somebody ended between naming the file that has their rows and removing them.
        remove(&self.folder, &found.superseded)?;
        let next = found.last + 1;
        if !rows.is_empty() {
            let path = self.folder.join(format!("{next:06}.parquet"));
            let mut file = Unfinished::begin(&path, schema(), &pairs(0))?;
            file.write(&table(rows, &path)?)?;
            file.finish()?;
        }
        if found.current.len() + usize::from(!rows.is_empty()) > MANY {
            self.gather()?;
        }
        Ok(())
    }

    /// Makes one file of all there are, with every row of them in the order of additions.
    fn gather(&self) -> Result<(), FileError> {
        let Found { current, last, .. } = survey(&self.folder)?;
        let path = self.folder.join(format!("{:06}.parquet", last + 1));
        let mut file = Unfinished::begin(&path, schema(), &pairs(last))?;
        let paths: Vec<PathBuf> = current.iter().map(|stored| stored.path().to_owned()).collect();
        for stored in current {
            stored.read(None, |rows| file.write(&rows))?;
        }
        file.finish()?;
        remove(&self.folder, &paths)
    }
}

fn pairs(up_to: u64) -> [(&'static str, String); 2] {
    [(FORMAT_KEY, FORMAT.to_owned()), (UP_TO_KEY, up_to.to_string())]
}

fn remove(folder: &Path, paths: &[PathBuf]) -> Result<(), FileError> {
    for path in paths {
        fs::remove_file(path).map_err(FileError::io(path))?;
    }
    sync_folder(folder)
}

/// The files that there are.
#[derive(Default)]
struct Found {
    /// The ones whose rows count, in the order of additions.
    current: Vec<Stored>,
    /// The ones whose rows are in a later file.
    superseded: Vec<PathBuf>,
    /// The highest number that was given.
    last: u64,
}

fn survey(folder: &Path) -> Result<Found, FileError> {
    'again: loop {
        let mut numbered = Vec::new();
        for path in files(folder, ".parquet")? {
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let Some(number) = stem.and_then(|stem| stem.parse::<u64>().ok()) else { continue };
            // It became part of another file since the folder was listed.
            let Some(stored) = Stored::open(&path, FORMAT_KEY, FORMAT)? else { continue 'again };
            numbered.push((number, stored));
        }
        numbered.sort_by_key(|(number, _)| *number);
        let up_to = |stored: &Stored| {
            let up_to = stored.value(UP_TO_KEY).and_then(|up_to| up_to.parse().ok());
            up_to.ok_or_else(|| FileError::Damaged {
                path: stored.path().to_owned(),
                reason: "it does not say which files it was made of".to_owned(),
            })
        };
        let mut gathered = 0;
        for (_, stored) in &numbered {
            gathered = gathered.max(up_to(stored)?);
        }
        let mut found = Found::default();
        for (number, stored) in numbered {
            found.last = number;
            if number > gathered {
                found.current.push(stored);
            } else {
                found.superseded.push(stored.path().to_owned());
            }
        }
        return Ok(found);
    }
}

/// Hands over every label in `folder`, in the order in which they were added.
pub(super) fn read(folder: &Path, mut take: impl FnMut(Row)) -> Result<(), FileError> {
    for stored in survey(folder)?.current {
        let path = stored.path().to_owned();
        stored.read(None, |rows| {
            let damaged = || FileError::Damaged {
                path: path.clone(),
                reason: "it has other columns than labels have".to_owned(),
            };
            if *rows.schema() != *schema() {
                return Err(damaged());
            }
            (0..rows.num_rows()).try_for_each(|at| {
                take(row(&rows, at).ok_or_else(damaged)?);
                Ok(())
            })
        })?;
    }
    Ok(())
}

/// Every label is in the column of its type, the others are empty.
fn schema() -> SchemaRef {
    let moment = DataType::Timestamp(TimeUnit::Millisecond, Some(UTC.into()));
    Arc::new(Schema::new(vec![
        Field::new("id", DataType::Utf8, false),
        Field::new("integer", DataType::Int64, true),
        Field::new("number", DataType::Float64, true),
        Field::new("boolean", DataType::Boolean, true),
        Field::new("text", DataType::Utf8, true),
        Field::new("added-at", moment, false),
    ]))
}

fn table(rows: &[Row], path: &Path) -> Result<RecordBatch, FileError> {
    let labels = || rows.iter().map(|row| &row.label);
    let integers = labels().map(|label| match label {
        Label::Integer(label) => Some(*label),
        _ => None,
    });
    let numbers = labels().map(|label| match label {
        Label::Number(label) => Some(*label),
        _ => None,
    });
    let truths = labels().map(|label| match label {
        Label::Boolean(label) => Some(*label),
        _ => None,
    });
    let texts = labels().map(|label| match label {
        Label::Text(label) => Some(label),
        _ => None,
    });
    let added: Vec<i64> = rows.iter().map(|row| row.added_at.as_millis()).collect();
    let table = RecordBatch::try_new(
        schema(),
        vec![
            Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.id))),
            Arc::new(integers.collect::<Int64Array>()),
            Arc::new(numbers.collect::<Float64Array>()),
            Arc::new(truths.collect::<BooleanArray>()),
            Arc::new(texts.collect::<StringArray>()),
            Arc::new(TimestampMillisecondArray::from(added).with_timezone(UTC)),
        ],
    );
    let damaged = |error: arrow::error::ArrowError| FileError::Damaged {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    table.map_err(damaged)
}

fn row(rows: &RecordBatch, at: usize) -> Option<Row> {
    let [id, integer, number, truth, text, added] = rows.columns() else { return None };
    let label = if integer.is_valid(at) {
        Label::Integer(integer.as_primitive::<Int64Type>().value(at))
    } else if number.is_valid(at) {
        Label::Number(number.as_primitive::<Float64Type>().value(at))
    } else if truth.is_valid(at) {
        Label::Boolean(truth.as_boolean().value(at))
    } else if text.is_valid(at) {
        Label::Text(text.as_string::<i32>().value(at).to_owned())
    } else {
        return None;
    };
    let added_at = added.as_primitive::<TimestampMillisecondType>().value(at);
    Some(Row {
        id: id.as_string::<i32>().value(at).to_owned(),
        label,
        added_at: Timestamp::from_millis(added_at),
    })
}
