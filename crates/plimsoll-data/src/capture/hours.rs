//! The Parquet files of captures, one for each hour.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::file::{FileError, Stored};
use super::journal::Head;

/// What the files' format is called in their metadata.
pub(super) const FORMAT_KEY: &str = "plimsoll.format";
/// The format of captures.
pub(super) const FORMAT: &str = "captures/1";
/// Which journals a file has the rows of: a list of names in JSON.
pub(super) const JOURNALS_KEY: &str = "plimsoll.journals";

/// Returns the name of a journal that no other has, whatever files are called.
pub(super) fn journal_name(path: &Path, head: &Head) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("{name} {:016x}", head.nonce)
}

/// Opens the file of an hour, `None` where there is none.
pub(super) fn open(path: &Path) -> Result<Option<Stored>, FileError> {
    Stored::open(path, FORMAT_KEY, FORMAT)
}

/// Returns the names of the journals that `stored` has the rows of.
pub(super) fn journals(stored: &Stored) -> Result<BTreeSet<String>, FileError> {
    let damaged = || FileError::Damaged {
        path: stored.path().to_owned(),
        reason: "it does not say which journals it was made of".to_owned(),
    };
    let names = stored.value(JOURNALS_KEY).ok_or_else(damaged)?;
    serde_json::from_str(names).map_err(|_| damaged())
}

/// Returns the files in `folder` whose names end with `suffix`, sorted; none without the folder.
pub(super) fn files(folder: &Path, suffix: &str) -> Result<Vec<PathBuf>, FileError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(FileError::io(folder))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(FileError::io(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(suffix) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
