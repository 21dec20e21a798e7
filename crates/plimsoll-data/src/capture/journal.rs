//! The append-only file that requests go to first.
//!
//! Every process writes journals of its own and holds a lock on the one that it writes, so that
//! another can tell what is left behind from what is alive. Bytes are kept in memory until the
//! disk has them for certain, so that a full disk loses nothing that fits there.

mod encode;
mod format;
mod replay;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use self::encode::{Encoder, preamble};
#[cfg(test)]
use self::format::MAX_PAYLOAD;
pub(super) use self::format::{Head, Layout, LayoutColumn};
pub(super) use self::replay::{Beginning, Replay, Replayed, Survey};
use super::hour::Hour;
use super::record::Record;
use super::writer::{AppendError, WriterSettings};

/// How a journal's name ends.
pub(super) const SUFFIX: &str = ".journal";

/// How many bytes are gathered before they are handed to the system, which keeps them if the process
/// is killed.
const WRITE: usize = 32 << 10;

/// How much room is kept for bytes that come next.
const KEPT: usize = 1 << 20;

/// How many bytes wait in memory at most for a disk that takes nothing.
const WAITING: usize = 32 << 20;

/// Returns the folder of the journals in `folder`.
pub(super) fn folder(folder: &Path) -> PathBuf {
    folder.join("journal")
}

/// Makes `folder` and what leads to it, for its owner alone.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// A journal that this process writes.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    /// Locked as long as it is open.
    file: File,
    hour: Hour,
    encoder: Encoder,
    /// What the disk does not have for certain.
    bytes: Vec<u8>,
    /// Where in the file `bytes` begin.
    start: u64,
    /// How many of `bytes` the system has.
    written: usize,
    /// How many records `bytes` hold.
    waiting: u64,
    /// Why the last attempt to write failed.
    trouble: Option<Trouble>,
}

/// An error of the system that can be told more than once.
#[derive(Clone, Copy, Debug)]
struct Trouble(Option<i32>, io::ErrorKind);

impl Trouble {
    fn of(error: &io::Error) -> Self {
        Self(error.raw_os_error(), error.kind())
    }

    fn error(self) -> io::Error {
        self.0.map_or_else(|| self.1.into(), io::Error::from_raw_os_error)
    }
}

impl Journal {
    /// Begins a journal of `hour` under `folder`, where [`make_folder`] made a folder for it.
    pub(super) fn create(folder: &Path, settings: &WriterSettings, hour: Hour) -> io::Result<Self> {
        let journals = self::folder(folder);
        let (path, file) = locked(&journals, &format!("{hour}-{}", settings.instance))?;
        let head = Head {
            nonce: RandomState::new().build_hasher().finish(),
            hour: hour.0,
            variant: settings.variant.clone(),
            id: settings.id.clone(),
            time: settings.time.clone(),
        };
        let mut journal = Self {
            path,
            file,
            hour,
            encoder: Encoder::default(),
            bytes: preamble(&head),
            start: 0,
            written: 0,
            waiting: 0,
            trouble: None,
        };
        let begun = journal.flush().and_then(|()| File::open(&journals)?.sync_all());
        if let Err(error) = begun {
            // It holds no record, so nobody misses it.
            journal.bytes.clear();
            journal.written = 0;
            _ = fs::remove_file(&journal.path);
            return Err(error);
        }
        Ok(journal)
    }

    /// Returns the hour that it belongs to.
    pub(super) fn hour(&self) -> Hour {
        self.hour
    }

    /// Returns where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns how many records the disk does not have for certain.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting
    }

    /// Appends `record`; it is in memory until [`Journal::flush`], or until there is enough to write.
    pub(super) fn append(&mut self, record: &Record) -> Result<(), AppendError> {
        if self.bytes.len() >= WAITING {
            let full = |path: &Path, waiting, source| {
                Err(AppendError::Full { path: path.to_owned(), waiting, source })
            };
            if let Some(trouble) = self.trouble {
                return full(&self.path, self.waiting, trouble.error());
            }
            if let Err(error) = self.flush() {
                return full(&self.path, self.waiting, error);
            }
        }
        self.encoder.encode(record, &mut self.bytes)?;
        self.waiting += 1;
        if self.bytes.len() - self.written >= WRITE && self.trouble.is_none() {
            // Whether it went well is said by the next flush, which tries again.
            _ = self.write();
        }
        Ok(())
    }

    /// Brings to the disk what was appended. After an error it is still held, and is written to the
    /// same place by the next call.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.write()?;
        if self.bytes.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.file.sync_data() {
            // The system may have dropped what it could not bring to the disk.
            self.written = 0;
            self.trouble = Some(Trouble::of(&error));
            return Err(error);
        }
        self.start += self.bytes.len() as u64;
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
        self.written = 0;
        self.waiting = 0;
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        let at = self.start + self.written as u64;
        let written = self.file.write_all_at(&self.bytes[self.written..], at);
        self.trouble = written.as_ref().err().map(Trouble::of);
        written?;
        self.written = self.bytes.len();
        Ok(())
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if self.written < self.bytes.len() {
            _ = self.write();
        }
    }
}

/// Makes a file that says by its lock that this process writes it.
fn locked(journals: &Path, stem: &str) -> io::Result<(PathBuf, File)> {
    let mut number = 1;
    loop {
        let name = if number == 1 {
            format!("{stem}{SUFFIX}")
        } else {
            format!("{stem}-{number}{SUFFIX}")
        };
        let path = journals.join(name);
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let file = match made {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                number += 1;
                continue;
            }
            made => made?,
        };
        flock(&file, FlockOperation::LockExclusive)?;
        // Between the two lines above it looked left behind, and may have been removed.
        if file.metadata()?.nlink() > 0 {
            return Ok((path, file));
        }
    }
}

#[cfg(test)]
mod tests;
