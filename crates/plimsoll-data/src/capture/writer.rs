//! Recording while a server runs.

use std::io;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use plimsoll_core::Timestamp;

use super::file::FileError;
use super::hour::Hour;
use super::journal::{self, Journal, make_folder};
use super::record::Record;
use super::settle::{Recovered, settle};
use crate::example::shown;

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

/// Captures cannot be opened for writing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenCapturesError {
    /// The instance's name cannot be part of a file's name.
    #[error("`{0}` cannot name a journal (expected letters, digits, `-` and `_`, 64 at most)")]
    Instance(String),
    /// A file or folder cannot be made, read or written, or is damaged.
    #[error("captures in {} cannot be opened", folder.display())]
    File {
        /// The folder.
        folder: PathBuf,
        /// Which file, and why.
        source: FileError,
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

/// Not everything that was appended is where it should be. The writer goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlushError {
    /// What was appended is not on the disk; it is kept and tried again at the next tick.
    #[error("{} cannot be written, {waiting} records wait", path.display())]
    Journal {
        /// The journal, or the folder of the next one.
        path: PathBuf,
        /// How many records wait in memory.
        waiting: u64,
        /// Why.
        source: io::Error,
    },
    /// A journal of an hour that is over did not become Parquet. Nothing is lost: it stays, and is
    /// tried again in a minute and when captures are opened.
    #[error("the captures of an hour that is over in {} stay in their journal", folder.display())]
    Settle {
        /// The folder.
        folder: PathBuf,
        /// Which file, and why.
        source: FileError,
    },
}

impl FlushError {
    /// Returns how many records are in memory alone, and lost if the process ends now.
    pub fn waiting(&self) -> u64 {
        match self {
            Self::Journal { waiting, .. } => *waiting,
            Self::Settle { .. } => 0,
        }
    }
}

/// Records requests of one variant in a folder.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    settings: WriterSettings,
    journal: Journal,
    settling: Settling,
}

impl Writer {
    /// Opens the captures in `folder`, which is made where it is not there, and brings in what
    /// processes left behind that have ended.
    pub fn open(
        folder: &Path,
        settings: WriterSettings,
        now: Timestamp,
    ) -> Result<(Self, Recovered), OpenCapturesError> {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        let instance = &settings.instance;
        if instance.is_empty() || instance.len() > 64 || !instance.chars().all(allowed) {
            return Err(OpenCapturesError::Instance(shown(instance)));
        }
        let failed = |source| OpenCapturesError::File { folder: folder.to_owned(), source };
        let refused = |source| failed(FileError::io(folder)(source));
        make_folder(&journal::folder(folder)).map_err(refused)?;
        let recovered = settle(folder).map_err(failed)?;
        let journal = Journal::create(folder, &settings, Hour::of(now)).map_err(refused)?;
        let folder = folder.to_owned();
        Ok((Self { folder, settings, journal, settling: Settling::default() }, recovered))
    }

    /// Records `record` in memory; [`Writer::tick`] brings it to the disk.
    ///
    /// # Errors
    /// The record is not recorded, which is for the caller to count. The writer goes on.
    pub fn append(&mut self, record: &Record) -> Result<(), AppendError> {
        self.journal.append(record)
    }

    /// Brings to the disk what was appended, and begins another journal when the hour is over: the
    /// one before becomes Parquet on a thread of its own. To be called once a second or more often.
    pub fn tick(&mut self, now: Timestamp) -> Result<(), FlushError> {
        self.flush()?;
        if Hour::of(now) != self.journal.hour() {
            // Where there is no room for another, this one goes on.
            let next = Journal::create(&self.folder, &self.settings, Hour::of(now));
            let path = || journal::folder(&self.folder);
            self.journal =
                next.map_err(|source| FlushError::Journal { path: path(), waiting: 0, source })?;
            self.settling.is_due = true;
        }
        let settled = self.settling.go_on(&self.folder, now);
        settled.map_err(|source| FlushError::Settle { folder: self.folder.clone(), source })
    }

    /// Brings to the disk what was appended, as Parquet.
    ///
    /// # Errors
    /// Records that were never written are lost; [`FlushError::waiting`] says how many.
    pub fn close(mut self) -> Result<(), FlushError> {
        let flushed = self.flush();
        let Self { folder, journal, settling, .. } = self;
        // The lock goes with it.
        drop(journal);
        settling.wait();
        let settled = settle(&folder);
        flushed?;
        settled.map(|_| ()).map_err(|source| FlushError::Settle { folder, source })
    }

    fn flush(&mut self) -> Result<(), FlushError> {
        self.journal.flush().map_err(|source| FlushError::Journal {
            path: self.journal.path().to_owned(),
            waiting: self.journal.waiting(),
            source,
        })
    }
}

/// How long to wait before a journal is tried again that did not become Parquet.
const RETRY_MILLIS: u64 = 60_000;

/// How it stands with journals of hours that are over.
#[derive(Debug, Default)]
struct Settling {
    /// Whether there are any that no thread has begun with.
    is_due: bool,
    running: Option<JoinHandle<Result<Recovered, FileError>>>,
    /// When it did not work.
    failed_at: Option<Timestamp>,
}

impl Settling {
    /// Takes in what a thread did that has ended, and starts one where there is something to do.
    fn go_on(&mut self, folder: &Path, now: Timestamp) -> Result<(), FileError> {
        if let Some(ended) = self.running.take_if(|thread| thread.is_finished()) {
            let settled = ended.join().unwrap_or_else(|_| {
                let reason = "a thread ended while it was written".to_owned();
                Err(FileError::Damaged { path: folder.to_owned(), reason })
            });
            if let Err(error) = settled {
                self.is_due = true;
                self.failed_at = Some(now);
                return Err(error);
            }
            self.failed_at = None;
        }
        let may = self.failed_at.is_none_or(|at| now.millis_since(at) >= RETRY_MILLIS);
        if self.is_due && may && self.running.is_none() {
            let name = "captures".to_owned();
            let place = folder.to_owned();
            let started = thread::Builder::new().name(name).spawn(move || settle(&place));
            self.running = Some(started.map_err(FileError::io(folder))?);
            self.is_due = false;
        }
        Ok(())
    }

    /// Waits for the thread; whatever it left undone stays in journals.
    fn wait(self) {
        if let Some(thread) = self.running {
            _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
