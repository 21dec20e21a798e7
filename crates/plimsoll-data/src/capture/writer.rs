//! Recording while a server runs.

use std::io;
use std::path::{Path, PathBuf};

use plimsoll_core::Timestamp;

use super::record::Record;

/// What a [`Writer`] has to know of the server that it records for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriterSettings {
    /// The variant that answers, `bike-demand` or `bike-demand.fast`.
    pub variant: String,
    /// The column that names a row; the request's id and the row's number where `None`.
    pub id: Option<String>,
    /// The column that says when something happened; the time of receipt where `None`.
    pub time: Option<String>,
    /// A name that no other process of the variant has: it becomes part of a file's name.
    pub instance: String,
}

/// What was found of earlier processes and brought in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// How many journals were left behind.
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

/// Captures cannot be opened for writing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenCapturesError {
    /// The instance's name cannot be part of a file's name.
    #[error("`{0}` cannot name a journal (expected letters, digits, `-` and `_`, 64 at most)")]
    Instance(String),
    /// A file or folder cannot be made, read or written.
    #[error("captures in {} cannot be opened", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A record is not recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// A column has another number of values than rows times width.
    #[error("column `{column}` has {found} values, expected {expected}")]
    Uneven {
        /// The column.
        column: String,
        /// How many values it has.
        found: usize,
        /// How many it should have.
        expected: u64,
    },
    /// The record is larger than what is recorded.
    #[error("a record of {bytes} bytes is too large (at most {limit} are recorded)")]
    TooLarge {
        /// How many bytes it would take.
        bytes: usize,
        /// How many it may take.
        limit: usize,
    },
    /// The disk takes nothing and what waits for it has reached its limit.
    #[error("{} takes nothing and {waiting} records wait already", path.display())]
    Full {
        /// The journal.
        path: PathBuf,
        /// How many records wait.
        waiting: u64,
        /// What the disk said.
        source: io::Error,
    },
}

/// What was appended is not on the disk yet; it is kept and tried again at the next tick.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be written, {waiting} records wait", path.display())]
pub struct FlushError {
    /// The journal or the folder.
    pub path: PathBuf,
    /// How many records wait in memory.
    pub waiting: u64,
    /// Why.
    pub source: io::Error,
}

/// Records requests of one variant in a folder.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    settings: WriterSettings,
}

impl Writer {
    /// Opens the captures in `folder`, which is made where it is not there, and brings in what
    /// processes left behind that have ended.
    #[expect(clippy::unnecessary_wraps, reason = "the journal comes next")]
    pub fn open(
        folder: &Path,
        settings: WriterSettings,
        now: Timestamp,
    ) -> Result<(Self, Recovered), OpenCapturesError> {
        let _ = now;
        Ok((Self { folder: folder.to_owned(), settings }, Recovered::default()))
    }

    /// Records `record` in memory; [`Writer::tick`] brings it to the disk.
    ///
    /// # Errors
    /// The record is not recorded, which is for the caller to count. The writer goes on.
    #[expect(clippy::unnecessary_wraps, reason = "the journal comes next")]
    pub fn append(&mut self, record: &Record) -> Result<(), AppendError> {
        let _ = (record, &self.settings);
        Ok(())
    }

    /// Brings to the disk what was appended. To be called once a second or more often.
    ///
    /// # Errors
    /// What was appended is kept and tried again at the next call. The writer goes on.
    #[expect(clippy::unnecessary_wraps, reason = "the journal comes next")]
    pub fn tick(&mut self, now: Timestamp) -> Result<(), FlushError> {
        let _ = (now, &self.folder);
        Ok(())
    }

    /// Brings to the disk what was appended, as Parquet.
    pub fn close(mut self, now: Timestamp) -> Result<(), FlushError> {
        self.tick(now)
    }
}
