//! Whether a file or folder is as it was, seen without reading it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A path and what was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    path: PathBuf,
    /// Size, inode and mtime in seconds and nanoseconds; `None` where nothing was.
    was: Option<(u64, u64, i64, i64)>,
}

impl Stamp {
    pub(super) fn of(path: &Path) -> Self {
        let is = |it: Metadata| (it.len(), it.ino(), it.mtime(), it.mtime_nsec());
        Self { path: path.to_owned(), was: path.metadata().ok().map(is) }
    }

    pub(super) fn holds(&self) -> bool {
        Self::of(&self.path) == *self
    }
}
