//! Journals become Parquet.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use plimsoll_core::Timestamp;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::file::{FileError, Stored, UNFINISHED, Unfinished, sync_folder};
use super::hour::Hour;
use super::hours::{FORMAT, FORMAT_KEY, JOURNALS_KEY, files, journal_name, journals, open};
use super::journal::{self, Beginning, Replay, Replayed, SUFFIX, Survey};
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
    /// Files that this program cannot read. They stay where they are, and the journals of an hour
    /// whose file is one of them stay too.
    pub unreadable: Vec<PathBuf>,
}

/// A journal that nobody writes any more.
struct Left {
    path: PathBuf,
    /// Keeps the lock, so that nobody else takes it for left behind.
    _lock: File,
    name: String,
    replay: Box<Replay>,
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
            hours.entry(left.replay.head().hour).or_default().push(left);
        }
    }
    for (hour, left) in hours {
        let before = recovered.clone();
        match settle_hour(folder, Hour(hour), left, &mut recovered) {
            // One damaged file is no reason to record nothing from now on.
            Err(FileError::Damaged { path, .. } | FileError::Version { path, .. }) => {
                recovered = before;
                recovered.unreadable.push(path);
            }
            settled => settled?,
        }
    }
    sync_folder(&journals)?;
    Ok(recovered)
}

/// Opens the journal at `path` if nobody holds it, and removes it if there is nothing in it.
fn take(path: &Path, recovered: &mut Recovered) -> Result<Option<Left>, FileError> {
    let at = || FileError::io(path);
    let lock = match File::open(path) {
        // It was begun and given up since the folder was listed.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        lock => lock.map_err(at())?,
    };
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
            let name = journal_name(path, replay.head());
            Ok(Some(Left { path: path.to_owned(), _lock: lock, name, replay }))
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
    let (known, mut new): (Vec<_>, Vec<_>) =
        left.into_iter().partition(|left| names.contains(&left.name));
    known.iter().try_for_each(|left| remove(&left.path))?;
    let mut shape = Shape::default();
    let mut records = 0;
    for left in &mut new {
        let survey = left.replay.survey().map_err(FileError::io(&left.path))?;
        survey.layouts.iter().for_each(|layout| shape.add_layout(layout));
        records += survey.records;
        recovered.take(&survey);
    }
    if records > 0 {
        names.extend(new.iter().map(|left| left.name.clone()));
        write(&path, before, &mut new, &mut shape, &names)?;
    }
    new.iter().try_for_each(|left| remove(&left.path))
}

fn remove(path: &Path) -> Result<(), FileError> {
    fs::remove_file(path).map_err(FileError::io(path))
}

impl Recovered {
    fn take(&mut self, survey: &Survey) {
        self.records += survey.records;
        self.rows += survey.rows;
        self.torn_records += survey.torn_records;
        self.torn_bytes += survey.torn_bytes;
        self.last = self.last.max(survey.last);
    }
}

/// Writes the rows of the file before and of the new journals to the file at `path`.
fn write(
    path: &Path,
    before: Option<Stored>,
    new: &mut [Left],
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
        gather(&mut left.replay, &left.path, shape, &mut |rows| file.write(&rows))?;
    }
    file.finish()
}

/// Hands over the rows of a journal as tables of `shape`, some at a time.
pub(super) fn gather(
    replay: &mut Replay,
    path: &Path,
    shape: &Shape,
    take: &mut dyn FnMut(RecordBatch) -> Result<(), FileError>,
) -> Result<(), FileError> {
    let head = replay.head().clone();
    let mut whole = |rows: Rows<'_>| {
        let damaged = |reason: String| FileError::Damaged { path: path.to_owned(), reason };
        take(rows.finish().map_err(|error| damaged(error.to_string()))?)
    };
    let mut rows = Rows::new(shape, &head);
    let mut gathered = 0;
    while let Some(next) = replay.next().map_err(FileError::io(path))? {
        let Replayed { record, layout, bytes } = next;
        rows.push(&record, &layout);
        gathered += bytes;
        if rows.len() >= ROWS || gathered >= BYTES {
            whole(std::mem::replace(&mut rows, Rows::new(shape, &head)))?;
            gathered = 0;
        }
    }
    if rows.len() > 0 { whole(rows) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
