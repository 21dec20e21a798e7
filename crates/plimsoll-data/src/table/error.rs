//! Why a file is not read as a table.

use std::io;
use std::path::{Path, PathBuf};

use plimsoll_core::Finding;

use super::input::{Damaged, Unspooled};
use crate::example::shown;

/// A file is not read as a table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It cannot be opened.
    #[error("cannot open {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be read on.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds no bytes.
    #[error("{} is empty (0 bytes)", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// It is no table, or a damaged one.
    #[error("{} cannot be read as a table: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Some of its rows are damaged.
    #[error("{} has damaged rows: {}", path.display(), .findings[0].message)]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with them; at least one.
        findings: Vec<Finding>,
    },
    /// Its bytes cannot be put aside, which reading them twice or in any order takes.
    #[error("cannot put {} aside in {}", path.display(), folder.display())]
    Spool {
        /// The file, or the stream.
        path: PathBuf,
        /// Where.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A column that was asked for is not there, or there twice.
    #[error("{} has {} column `{name}`{}", path.display(), times(*found), meant(.nearest.as_deref()))]
    Column {
        /// The file.
        path: PathBuf,
        /// The column.
        name: String,
        /// How often it is there.
        found: usize,
        /// The column that was probably meant.
        nearest: Option<String>,
    },
}

impl ReadError {
    /// Tells damage from a disk that cannot be read or written.
    pub(super) fn of(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        match error.downcast::<Damaged>() {
            Ok(Damaged(reason)) => Self::Unreadable { path, reason },
            Err(error) => match error.downcast::<Unspooled>() {
                Ok(Unspooled { folder, source }) => Self::Spool { path, folder, source },
                Err(source) => Self::Io { path, source },
            },
        }
    }
}

fn times(found: usize) -> String {
    if found == 0 { "no".to_owned() } else { format!("{found} times the") }
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(" (is `{}` meant?)", shown(name))).unwrap_or_default()
}
