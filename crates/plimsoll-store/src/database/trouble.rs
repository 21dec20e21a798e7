//! What it means that `SQLite` did not do what it was asked for.

use std::fmt;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use rustix::fs::Access;

use super::OpenDatabaseError;

/// What went wrong, as far as the caller can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Another process is writing.
    Busy,
    /// The content is not that of a database.
    Damaged,
    /// The file, or one beside it, could not be opened for writing.
    Unwritable,
    /// Something else.
    Other,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "is being written to by another process",
            Self::Damaged => "is damaged",
            Self::Unwritable => "cannot be written to",
            Self::Other => "does not answer",
        })
    }
}

/// Returns what `error` means, by `SQLite`'s result codes.
pub(super) fn of(error: &sqlx::Error) -> Trouble {
    let sqlx::Error::Database(error) = error else { return Trouble::Other };
    let code = error.code().and_then(|code| code.parse::<i64>().ok());
    // Codes that extend one have it in their lowest byte.
    match code.map(|code| code & 0xff) {
        // SQLITE_BUSY
        Some(5) => Trouble::Busy,
        // SQLITE_CORRUPT, SQLITE_NOTADB
        Some(11 | 26) => Trouble::Damaged,
        // SQLITE_READONLY, SQLITE_CANTOPEN
        Some(8 | 14) => Trouble::Unwritable,
        _ => Trouble::Other,
    }
}

/// Names why the database at `path` was not opened.
pub(super) fn unopened(path: &Path, source: sqlx::Error) -> OpenDatabaseError {
    let trouble = of(&source);
    if trouble == Trouble::Unwritable
        && let Some(source) = read_only(path)
    {
        let folder = path.parent().unwrap_or(path).to_path_buf();
        return OpenDatabaseError::ReadOnly { folder, source };
    }
    let path = path.to_path_buf();
    match trouble {
        Trouble::Damaged => OpenDatabaseError::Damaged { path, source },
        _ => OpenDatabaseError::Unavailable { path, source },
    }
}

/// Returns how the system refuses to write the file at `path` or others beside it, if it does
/// because that is not permitted.
fn read_only(path: &Path) -> Option<io::Error> {
    let folder = path.parent().unwrap_or(path);
    let beside = rustix::fs::access(folder, Access::WRITE_OK).map_err(io::Error::from);
    let error = beside.and_then(|()| OpenOptions::new().append(true).open(path)).err()?;
    let is_refused =
        matches!(error.kind(), io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied);
    is_refused.then_some(error)
}
