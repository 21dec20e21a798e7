//! How a file is looked at, and why it was not.

use std::io;
use std::path::PathBuf;

use super::roles::Roles;
use crate::table::ReadError;

/// How a file is looked at.
#[derive(Clone, Debug)]
pub struct Options {
    /// The file's name in findings.
    pub shown_as: String,
    /// What columns mean.
    pub roles: Roles,
    /// Where what does not fit in memory is put.
    pub folder: PathBuf,
    /// How many bytes of digests are held.
    pub memory: usize,
}

impl Options {
    /// Names the file `shown_as`, spills into `folder` and holds 32 MiB of digests.
    pub fn new(shown_as: impl Into<String>, folder: impl Into<PathBuf>) -> Self {
        let (shown_as, folder) = (shown_as.into(), folder.into());
        Self { shown_as, roles: Roles::default(), folder, memory: 32 << 20 }
    }
}

/// A file was not looked at to its end, for a reason that is not in the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LookError {
    /// The file cannot be read; one that can be but is damaged has findings instead.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Digests cannot be put aside, or not be read again.
    #[error("cannot put digests of rows aside in {}", folder.display())]
    Spill {
        /// Where.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody wrote to the file meanwhile.
    #[error("{shown_as} changed while it was read; check it again")]
    Changed {
        /// The file.
        shown_as: String,
    },
}
