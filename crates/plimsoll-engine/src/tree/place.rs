//! Where a path leads: links resolved, and refused where they leave the repository.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::HashError;

/// A file or folder of the repository, found.
#[derive(Debug)]
pub(super) struct Place {
    /// Its path from the root, as named.
    pub(super) path: String,
    /// Where it is, links resolved.
    pub(super) real: PathBuf,
    /// What is there.
    pub(super) metadata: Metadata,
}

impl Place {
    /// Finds `path` below `root`, looking at every link on the way.
    pub(super) fn find(root: &Path, path: &str) -> Result<Self, HashError> {
        let mut real = root.to_owned();
        let mut metadata = None;
        let mut named = 0;
        for part in path.split('/') {
            named += part.len();
            let here = &path[..named];
            real.push(part);
            let found = real.symlink_metadata().map_err(|error| unreadable(path, error))?;
            if found.is_symlink() {
                real = follow(root, here, &real)?;
                metadata = Some(fs::metadata(&real).map_err(|error| unreadable(path, error))?);
            } else {
                metadata = Some(found);
            }
            named += 1;
        }
        let metadata = metadata.ok_or_else(|| HashError::Missing { path: path.to_owned() })?;
        Ok(Self { path: path.to_owned(), real, metadata })
    }

    /// Refuses what is there and has no bytes of its own.
    pub(super) fn refuse_special(&self) -> Result<(), HashError> {
        let kind = self.metadata.file_type();
        let what = if kind.is_file() {
            return Ok(());
        } else if kind.is_dir() {
            "a folder"
        } else if kind.is_fifo() {
            "a named pipe"
        } else if kind.is_socket() {
            "a socket"
        } else if kind.is_block_device() || kind.is_char_device() {
            "a device"
        } else {
            "no file"
        };
        Err(HashError::Special { path: self.path.clone(), what })
    }

    /// Tells whether its owner may execute it, which is what git keeps of a file's mode.
    pub(super) fn is_executable(&self) -> bool {
        self.metadata.mode() & 0o100 != 0
    }
}

/// Resolves the link at `at`, which is called `link` in messages.
pub(super) fn follow(root: &Path, link: &str, at: &Path) -> Result<PathBuf, HashError> {
    let link = || link.to_owned();
    let resolved = match at.canonicalize() {
        Ok(resolved) => resolved,
        Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            return Err(HashError::Loop { link: link() });
        }
        Err(error) if is_absent(&error) => {
            let target = at.read_link().unwrap_or_default();
            return Err(HashError::Dangling { link: link(), target });
        }
        Err(source) => return Err(HashError::Unreadable { path: link(), source }),
    };
    let Ok(inside) = resolved.strip_prefix(root) else {
        return Err(HashError::LeadsOut { link: link(), target: resolved });
    };
    if inside.starts_with(".git") || inside.starts_with(".plimsoll") {
        return Err(HashError::LeadsIntoPrivate { link: link(), target: resolved });
    }
    Ok(resolved)
}

/// Returns why `path` could not be looked at.
pub(super) fn unreadable(path: &str, source: io::Error) -> HashError {
    let path = path.to_owned();
    if is_absent(&source) {
        HashError::Missing { path }
    } else {
        HashError::Unreadable { path, source }
    }
}

pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// What is compared to see that a file is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) size: u64,
    pub(super) inode: u64,
    /// Nanoseconds since the epoch.
    pub(super) modified: i64,
    /// Nanoseconds since the epoch.
    pub(super) changed: i64,
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let nanoseconds = |s: i64, ns: i64| s.saturating_mul(1_000_000_000).saturating_add(ns);
        Self {
            size: metadata.len(),
            inode: metadata.ino(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}
