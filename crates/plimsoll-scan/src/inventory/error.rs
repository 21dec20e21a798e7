//! Why something could not be read.

use std::error::Error;
use std::{fmt, io};

/// Something could not be read as what it is, or as anything.
///
/// Nothing of it is known then: what was read before the mistake is not returned, so that half an
/// inventory is never taken for a whole one.
#[derive(Debug)]
pub struct InventoryError {
    /// The file, as the user named it, or one that it names.
    pub path: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl fmt::Display for InventoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

impl Error for InventoryError {
    /// The problem is part of the message; what is behind it is not.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.problem.source()
    }
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Neither its name nor its content is that of a format that is known.
    #[error(
        "it is of no kind that is known; say what it is, or give a lock, a requirements file, an SBOM, an environment or an image"
    )]
    Unknown,
    /// Its bytes are no text.
    #[error("byte {0} is not part of any UTF-8 text")]
    NoText(usize),
    /// It is no JSON, TOML or YAML.
    #[error("{}no {format}: {message}", on_line(*.line))]
    Syntax {
        /// What it was read as.
        format: &'static str,
        /// Where the mistake is, from 1.
        line: Option<u64>,
        /// What the mistake is.
        message: String,
    },
    /// It is well formed, but not as its format has it.
    #[error("{}{message}", on_line(*.line))]
    Form {
        /// Where the mistake is, from 1.
        line: Option<u64>,
        /// What the mistake is.
        message: String,
    },
    /// It is of a version of its format that came later, whose meaning is not known.
    #[error(
        "version {found} of {format} is not known (known: {known}); write it in one of those, or use a newer Plimsoll"
    )]
    Version {
        /// The format.
        format: &'static str,
        /// The version it is in.
        found: String,
        /// The versions that are known.
        known: &'static str,
    },
    /// It is something that is known, and not read.
    #[error("{what} is not read; {instead}")]
    Refused {
        /// What it is.
        what: String,
        /// What to give in its place.
        instead: &'static str,
    },
    /// It is larger than what is read.
    #[error("more than {limit} {what}, which is the most that is read")]
    TooLarge {
        /// What of it there is too much of.
        what: &'static str,
        /// The most that is accepted.
        limit: u64,
    },
    /// Its bytes do not hash to what they were named by.
    #[error("damaged: expected {expected}, its bytes hash to {found}")]
    Damaged {
        /// What names it.
        expected: String,
        /// What it hashes to.
        found: String,
    },
    /// It could not be opened or read to its end.
    #[error("cannot be read")]
    Unreadable(#[source] io::Error),
}

fn on_line(line: Option<u64>) -> String {
    line.map(|line| format!("line {line}: ")).unwrap_or_default()
}

impl Problem {
    /// Says that something is not as its format has it.
    pub(super) fn form(line: Option<u64>, message: impl Into<String>) -> Self {
        Self::Form { line, message: message.into() }
    }

    /// Says of which file it is.
    pub(super) fn of(self, path: impl Into<String>) -> InventoryError {
        InventoryError { path: path.into(), problem: self }
    }
}
