//! Journals become Parquet.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use plimsoll_core::Timestamp;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::file::{FileError, Stored, UNFINISHED, Unfinished, sync_folder};
use super::hour::Hour;
use super::hours::{FORMAT, FORMAT_KEY, JOURNALS_KEY, files, journal_name, journals, open};
use super::journal::{self, Beginning, Head, Replay, SUFFIX};
use super::record::Record;
use super::rows::Rows;
use super::shape::Shape;

/// How many rows are gathered before they are written, unless they are large.
const ROWS: usize = 16_384;

/// How many bytes of records are gathered before they are written.
const BYTES: usize = 8 << 20;

/// What was found of journals that nobody writes any more, and brought into Parquet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// How many journals there were.
    pub journals: u64,
    /// How many whole records they held that were not brought in yet.
    pub records: u64,
    /// How many rows those had.
    pub rows: u64,
    /// How many records were broken off or damaged.
    pub torn_records: u64,
    /// How many bytes of them there were.
    pub torn_bytes: u64,
    /// When the last whole record was received: what came up to a second later may be lost.
    pub last: Option<Timestamp>,
    /// Journals that this program cannot read, which stay where they are.
    pub unreadable: Vec<PathBuf>,
}

/// A journal that nobody writes any more.
struct Left {
    path: PathBuf,
    /// Keeps the lock, so that nobody else takes it for left behind.
    _lock: File,
    name: String,
    head: Head,
}

/// Brings every journal under `folder` that no process holds into the file of its hour.
///
/// Whatever moment this ends at, a row is in the file or in a journal that the file does not name,
/// never in neither, and counted once.
pub(super) fn settle(folder: &Path) -> Result<Recovered, FileError> {
    let journals = journal::folder(folder);
    let lock_path = journals.join("lock");
    let lock =
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&lock_path);
    let lock = lock.map_err(FileError::io(&lock_path))?;
    flock(&lock, FlockOperation::LockExclusive)
        .map_err(|error| FileError::io(&lock_path)(error.into()))?;
    // Only who holds the lock writes here.
    for unfinished in files(folder, UNFINISHED)? {
        fs::remove_file(&unfinished).map_err(FileError::io(&unfinished))?;
    }
    let mut recovered = Recovered::default();
    let mut hours: BTreeMap<i64, Vec<Left>> = BTreeMap::new();
    for path in files(&journals, SUFFIX)? {
        if let Some(left) = take(&path, &mut recovered)? {
            hours.entry(left.head.hour).or_default().push(left);
        }
    }
    for (hour, left) in hours {
        settle_hour(folder, Hour(hour), left, &mut recovered)?;
    }
    sync_folder(&journals)?;
    Ok(recovered)
}

/// Opens the journal at `path` if nobody holds it, and removes it if there is nothing in it.
fn take(path: &Path, recovered: &mut Recovered) -> Result<Option<Left>, FileError> {
    let at = || FileError::io(path);
    let lock = File::open(path).map_err(at())?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => return Ok(None),
        locked => locked.map_err(|error| at()(error.into()))?,
    }
    if lock.metadata().map_err(at())?.nlink() == 0 {
        return Ok(None);
    }
    recovered.journals += 1;
    match Replay::open(lock.try_clone().map_err(at())?).map_err(at())? {
        Beginning::Sound(replay) => {
            let head = replay.head().clone();
            let name = journal_name(path, &head);
            Ok(Some(Left { path: path.to_owned(), _lock: lock, name, head }))
        }
        Beginning::Torn { bytes } => {
            recovered.torn_bytes += bytes;
            fs::remove_file(path).map_err(at())?;
            Ok(None)
        }
        Beginning::Foreign => {
            recovered.unreadable.push(path.to_owned());
            Ok(None)
        }
    }
}

fn settle_hour(
    folder: &Path,
    hour: Hour,
    left: Vec<Left>,
    recovered: &mut Recovered,
) -> Result<(), FileError> {
    let path = folder.join(format!("{hour}.parquet"));
    let before = open(&path)?;
    let mut names = before.as_ref().map_or_else(|| Ok(BTreeSet::new()), journals)?;
    // These were brought in by a process that ended before it removed them.
    let (known, new): (Vec<_>, Vec<_>) =
        left.into_iter().partition(|left| names.contains(&left.name));
    known.iter().try_for_each(|left| remove(&left.path))?;
    let mut shape = Shape::default();
    let mut records = 0;
    for left in &new {
        records += survey(left, &mut shape, recovered)?;
    }
    if records > 0 {
        names.extend(new.iter().map(|left| left.name.clone()));
        write(&path, before, &new, &mut shape, &names)?;
    }
    new.iter().try_for_each(|left| remove(&left.path))
}

fn remove(path: &Path) -> Result<(), FileError> {
    fs::remove_file(path).map_err(FileError::io(path))
}

fn replay(left: &Left) -> Result<Box<Replay>, FileError> {
    let at = || FileError::io(&left.path);
    match Replay::open(File::open(&left.path).map_err(at())?).map_err(at())? {
        Beginning::Sound(replay) => Ok(replay),
        Beginning::Torn { .. } | Beginning::Foreign => Err(FileError::Damaged {
            path: left.path.clone(),
            reason: "it changed while it was read".to_owned(),
        }),
    }
}

/// Reads a journal for its columns and for what is to be said of it.
fn survey(left: &Left, shape: &mut Shape, recovered: &mut Recovered) -> Result<u64, FileError> {
    let mut replay = replay(left)?;
    let mut records = 0;
    while let Some((record, _)) = replay.next().map_err(FileError::io(&left.path))? {
        shape.add_record(&record);
        records += 1;
        recovered.rows += u64::from(record.rows);
        recovered.last = recovered.last.max(Some(record.received_at));
    }
    let (torn_records, torn_bytes) = replay.torn();
    recovered.records += records;
    recovered.torn_records += torn_records;
    recovered.torn_bytes += torn_bytes;
    Ok(records)
}

/// Writes the rows of the file before and of the new journals to the file at `path`.
fn write(
    path: &Path,
    before: Option<Stored>,
    new: &[Left],
    shape: &mut Shape,
    names: &BTreeSet<String>,
) -> Result<(), FileError> {
    let damaged = |reason: String| FileError::Damaged { path: path.to_owned(), reason };
    if let Some(before) = &before {
        shape.add_schema(before.schema()).map_err(|other| damaged(other.to_string()))?;
    }
    let schema = shape.schema();
    let names = serde_json::to_string(names).map_err(|error| damaged(error.to_string()))?;
    let pairs = [(FORMAT_KEY, FORMAT.to_owned()), (JOURNALS_KEY, names)];
    let mut file = Unfinished::begin(path, schema.clone(), &pairs)?;
    if let Some(before) = before {
        before.read(None, |rows| {
            let rows =
                Shape::conform(&rows, &schema).map_err(|error| damaged(error.to_string()))?;
            file.write(&rows)
        })?;
    }
    for left in new {
        gather(&mut *replay(left)?, &left.path, &mut |rows| {
            let rows = rows.finish().and_then(|rows| Shape::conform(&rows, &schema));
            file.write(&rows.map_err(|error| damaged(error.to_string()))?)
        })?;
    }
    file.finish()
}

/// Hands over the rows of a journal as tables, some at a time, each with the columns that its own
/// records have.
pub(super) fn gather(
    replay: &mut Replay,
    path: &Path,
    take: &mut dyn FnMut(Rows) -> Result<(), FileError>,
) -> Result<(), FileError> {
    let head = replay.head().clone();
    let mut records: Vec<Record> = Vec::new();
    let (mut rows, mut bytes) = (0, 0);
    loop {
        let next = replay.next().map_err(FileError::io(path))?;
        let is_end = next.is_none();
        if let Some((record, length)) = next {
            rows += record.rows as usize;
            bytes += length;
            records.push(record);
        }
        if is_end || rows >= ROWS || bytes >= BYTES {
            if !records.is_empty() {
                take(Rows::of(&records, &head))?;
            }
            records.clear();
            (rows, bytes) = (0, 0);
        }
        if is_end {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests;
