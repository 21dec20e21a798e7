//! `plimsoll.lock`: what the datasets were, committed beside `plimsoll.yaml`.
//!
//! One fact a line, sorted, so that a diff shows what changed and two branches merge. It is read as
//! strictly as it is written: whatever a person or a merge left in it that is not one of these
//! lines is refused with its line.

mod parse;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use plimsoll_core::DatasetName;
use plimsoll_core::event::DatasetPin;

pub use parse::{ParseLockError, Problem};

/// The version of the format.
const VERSION: u32 = 1;

/// A larger file is refused: it would name more than a hundred thousand datasets.
const LARGEST: u64 = 16 << 20;

const HEAD: &str = "# The datasets as they were, written by `plimsoll run`. Commit this file.\n";

/// The datasets of a repository as they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockFile {
    /// What each dataset was.
    pub data: BTreeMap<DatasetName, DatasetPin>,
}

/// What became of a lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It says something new.
    New,
    /// It said the same before and was not touched.
    Unchanged,
}

/// A dataset that is not what the lock file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub dataset: DatasetName,
    /// How it differs.
    pub change: Change,
}

/// How a dataset differs from what was locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is not in the lock file.
    Added {
        /// What it is.
        new: DatasetPin,
    },
    /// Only the lock file has it.
    Removed {
        /// What it was.
        old: DatasetPin,
    },
    /// It is another.
    Changed {
        /// What it was.
        old: DatasetPin,
        /// What it is.
        new: DatasetPin,
    },
}

/// A lock file was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadLockError {
    /// It cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no lock file.
    #[error("{}:{}: {}", path.display(), error.line, error.problem)]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Where and why.
        error: ParseLockError,
    },
}

/// A lock file was not written; the one before is still there.
#[derive(Debug, thiserror::Error)]
#[error("{} could not be written", path.display())]
pub struct WriteLockError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

impl LockFile {
    /// Reads the lock file at `path`; `None` where there is none yet.
    ///
    /// # Errors
    /// It cannot be read or is no lock file.
    pub fn read(path: &Path) -> Result<Option<Self>, ReadLockError> {
        let Some(bytes) = read(path)
            .map_err(|source| ReadLockError::Unreadable { path: path.to_owned(), source })?
        else {
            return Ok(None);
        };
        let malformed = |error| ReadLockError::Malformed { path: path.to_owned(), error };
        parse::parse(&bytes).map(Some).map_err(malformed)
    }

    /// Reads the content of a lock file, such as that of a commit.
    ///
    /// # Errors
    /// It is no lock file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ParseLockError> {
        parse::parse(bytes)
    }

    /// Writes the lock file at `path`, whole or not at all, unless it already says the same.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn write(&self, path: &Path) -> Result<Written, WriteLockError> {
        let failed = |source| WriteLockError { path: path.to_owned(), source };
        let text = self.to_string();
        // What cannot be read differs, and the writing says what is wrong.
        let before = read(path).ok().flatten().and_then(|bytes| String::from_utf8(bytes).ok());
        // Git may have given the lines other ends.
        if before.is_some_and(|before| before.replace("\r\n", "\n") == text) {
            return Ok(Written::Unchanged);
        }
        // A link keeps its place: the file that it names is replaced.
        let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut file = tempfile::Builder::new()
            .prefix(".plimsoll.lock.")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&target).map_err(|error| failed(error.error))?;
        Ok(Written::New)
    }

    /// Returns how `now` differs from what is locked here, by dataset.
    pub fn differences(&self, now: &Self) -> Vec<Difference> {
        let mut differences = Vec::new();
        for (dataset, old) in &self.data {
            let change = match now.data.get(dataset) {
                None => Change::Removed { old: old.clone() },
                Some(new) if new != old => Change::Changed { old: old.clone(), new: new.clone() },
                Some(_) => continue,
            };
            differences.push(Difference { dataset: dataset.clone(), change });
        }
        for (dataset, new) in &now.data {
            if !self.data.contains_key(dataset) {
                let change = Change::Added { new: new.clone() };
                differences.push(Difference { dataset: dataset.clone(), change });
            }
        }
        differences.sort_by(|a, b| a.dataset.cmp(&b.dataset));
        differences
    }
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let bytes = fs::metadata(path)?.len();
    if bytes > LARGEST {
        let problem = format!("it is {bytes} bytes large, at most {LARGEST} are accepted");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    let mut content = Vec::new();
    file.take(LARGEST).read_to_end(&mut content)?;
    Ok(Some(content))
}

impl fmt::Display for LockFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        writeln!(f, "version: {VERSION}")?;
        if self.data.is_empty() {
            return writeln!(f, "data: {{}}");
        }
        writeln!(f, "data:")?;
        for (dataset, pin) in &self.data {
            writeln!(f, "  {dataset}:")?;
            writeln!(f, "    digest: {}", pin.digest)?;
            writeln!(f, "    bytes: {}", pin.bytes)?;
            if let Some(source) = &pin.source {
                // JSON's spelling of a text is one of YAML's, and one line.
                writeln!(f, "    source: {}", serde_json::Value::from(source.as_str()))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dataset = &self.dataset;
        let is = |pin: &DatasetPin| {
            let unit = if pin.bytes == 1 { "byte" } else { "bytes" };
            format!("{} ({} {unit})", pin.digest.short(), pin.bytes)
        };
        match &self.change {
            Change::Added { new } => {
                write!(f, "dataset `{dataset}` is not locked; it is {}", is(new))
            }
            Change::Removed { old } => {
                write!(f, "dataset `{dataset}` is locked as {} and no longer declared", is(old))
            }
            Change::Changed { old, new } if old.digest == new.digest => {
                let source = |pin: &DatasetPin| match &pin.source {
                    Some(source) => format!("the source `{source}`"),
                    None => "no source".to_owned(),
                };
                let (old, new) = (source(old), source(new));
                write!(f, "dataset `{dataset}` is locked with {old}, and has {new}")
            }
            Change::Changed { old, new } => {
                write!(f, "dataset `{dataset}` is locked as {}, and is {}", is(old), is(new))
            }
        }
    }
}

#[cfg(test)]
mod tests;
