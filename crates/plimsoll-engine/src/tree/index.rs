//! The memory of what files hashed to, `.plimsoll/index`.
//!
//! Version 1: the mark, then for each file the length of its path (u32), the path, size, inode,
//! mtime, ctime, the time of the reading and the digest; then the BLAKE3 of all that. Numbers are
//! little-endian, times nanoseconds.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;
use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, futimens};

use super::place::{Stamp, is_absent};
use super::{SaveTreeError, Saved};

/// The folder for what can be rebuilt.
const FOLDER: &str = ".plimsoll";

/// What the file begins with; the digit is the version.
const MARK: &[u8; 16] = b"plimsoll-index1\n";

const CHECKSUM: usize = 32;

/// A larger index is taken for damaged: it would hold more than three million files.
const LARGEST: u64 = 1 << 29;

/// A file that changed less than this before it was read may change again without a new time:
/// the coarsest file systems count in steps of 2 s.
const RACY: i64 = 2_000_000_000;

/// What a file hashed to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) stamp: Stamp,
    pub(super) digest: Digest,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    record: Record,
    /// When it was read, by the file system's clock; `i64::MIN` where that is not known.
    read: i64,
    /// Whether this process looked at the file, so that saving need not.
    seen: bool,
}

#[derive(Debug, Default)]
pub(super) struct Index {
    entries: BTreeMap<String, Entry>,
    changed: bool,
    clock: Clock,
}

impl Index {
    /// Reads the index below `root`; one that cannot be read is empty.
    pub(super) fn load(root: &Path) -> Self {
        let path = root.join(FOLDER).join("index");
        let entries = match read(&path) {
            Ok(bytes) => parse(&bytes).unwrap_or_else(|| {
                tracing::debug!(path = %path.display(), "the index is damaged or of another version");
                BTreeMap::new()
            }),
            Err(error) => {
                if !is_absent(&error) {
                    tracing::debug!(path = %path.display(), %error, "the index cannot be read");
                }
                BTreeMap::new()
            }
        };
        Self { entries, changed: false, clock: Clock::default() }
    }

    /// Returns the digest of the file at `path`, if it surely is the file that was read.
    pub(super) fn lookup(&mut self, path: &str, stamp: &Stamp) -> Option<Digest> {
        let entry = self.entries.get_mut(path)?;
        entry.seen = true;
        let settled = entry.read.saturating_sub(RACY);
        let sure =
            entry.record.stamp == *stamp && stamp.modified < settled && stamp.changed < settled;
        sure.then_some(entry.record.digest)
    }

    pub(super) fn record(&mut self, root: &Path, path: &str, record: Record) {
        let read = self.clock.now(root).unwrap_or(i64::MIN);
        self.entries.insert(path.to_owned(), Entry { record, read, seen: true });
        self.changed = true;
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Makes every record one of files that were long unchanged when they were read.
    #[cfg(test)]
    pub(super) fn age_records(&mut self) {
        self.entries.values_mut().for_each(|entry| entry.read += 10 * RACY);
    }

    pub(super) fn save(&mut self, root: &Path) -> Result<Saved, SaveTreeError> {
        if !self.changed {
            return Ok(Saved::Unchanged);
        }
        // Files that are gone would be kept for ever; here, where something is written anyway, a
        // look at each costs little.
        self.entries.retain(|path, entry| {
            let is_gone = |error: io::Error| is_absent(&error);
            entry.seen || !root.join(path).symlink_metadata().is_err_and(is_gone)
        });
        match write(root, &render(&self.entries)) {
            Ok(()) => {
                self.changed = false;
                Ok(Saved::Written)
            }
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied
                ) =>
            {
                Ok(Saved::ReadOnly)
            }
            Err(source) => Err(SaveTreeError { path: root.join(FOLDER).join("index"), source }),
        }
    }
}

/// The file system's own clock: its times are compared with each other only.
#[derive(Debug, Default)]
enum Clock {
    /// Nobody asked for the time yet.
    #[default]
    Unasked,
    /// A file without a name, whose time is set to the present.
    Running(File),
    /// No file can be made here.
    Stopped,
}

impl Clock {
    fn now(&mut self, root: &Path) -> Option<i64> {
        if let Self::Unasked = self {
            let file = folder(root).and_then(tempfile::tempfile_in);
            *self = file.map_or(Self::Stopped, Self::Running);
        }
        let Self::Running(file) = self else {
            return None;
        };
        let present = Timestamps {
            last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
            last_modification: Timespec { tv_sec: 0, tv_nsec: UTIME_NOW },
        };
        futimens(&*file, &present).ok()?;
        Some(Stamp::of(&file.metadata().ok()?).modified)
    }
}

/// Makes the folder for what can be rebuilt, which git is told to leave alone.
fn folder(root: &Path) -> io::Result<PathBuf> {
    let folder = root.join(FOLDER);
    if !folder.is_dir() {
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(".gitignore"), "*\n")?;
    }
    Ok(folder)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn write(root: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder(root)?;
    let mut file = tempfile::Builder::new().prefix("index.").tempfile_in(&folder)?;
    file.write_all(bytes)?;
    file.persist(folder.join("index"))?;
    Ok(())
}

fn render(entries: &BTreeMap<String, Entry>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(MARK.len() + entries.len() * 128 + CHECKSUM);
    bytes.extend_from_slice(MARK);
    for (path, Entry { record: Record { stamp, digest }, read, .. }) in entries {
        // Paths are at most 4096 bytes long.
        let length = u32::try_from(path.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(path.as_bytes());
        bytes.extend_from_slice(&stamp.size.to_le_bytes());
        bytes.extend_from_slice(&stamp.inode.to_le_bytes());
        bytes.extend_from_slice(&stamp.modified.to_le_bytes());
        bytes.extend_from_slice(&stamp.changed.to_le_bytes());
        bytes.extend_from_slice(&read.to_le_bytes());
        bytes.extend_from_slice(digest.as_bytes());
    }
    let checksum = blake3::hash(&bytes);
    bytes.extend_from_slice(checksum.as_bytes());
    bytes
}

fn parse(bytes: &[u8]) -> Option<BTreeMap<String, Entry>> {
    let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM)?)?;
    if blake3::hash(content).as_bytes() != checksum {
        return None;
    }
    let mut rest = content.strip_prefix(MARK)?;
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let length = usize::try_from(u32::from_le_bytes(take(&mut rest)?)).ok()?;
        let (path, after) = rest.split_at_checked(length)?;
        rest = after;
        let stamp = Stamp {
            size: u64::from_le_bytes(take(&mut rest)?),
            inode: u64::from_le_bytes(take(&mut rest)?),
            modified: i64::from_le_bytes(take(&mut rest)?),
            changed: i64::from_le_bytes(take(&mut rest)?),
        };
        let read = i64::from_le_bytes(take(&mut rest)?);
        let digest = Digest::from(blake3::Hash::from_bytes(take(&mut rest)?));
        let path = str::from_utf8(path).ok()?.to_owned();
        entries.push((path, Entry { record: Record { stamp, digest }, read, seen: false }));
    }
    // Sorted when written, so this builds the map in one go.
    Some(entries.into_iter().collect())
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*taken)
}
