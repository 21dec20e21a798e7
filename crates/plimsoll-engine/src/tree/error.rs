//! What can be wrong with a working tree.

use std::io;
use std::path::PathBuf;

use plimsoll_core::path::ParsePathError;

/// A repository was not opened.
#[derive(Debug, thiserror::Error)]
#[error("the repository {} cannot be looked at", root.display())]
pub struct OpenTreeError {
    /// Where it was looked for.
    pub root: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// The index was not written; only time is lost.
#[derive(Debug, thiserror::Error)]
#[error("the index of known files {} could not be written", path.display())]
pub struct SaveTreeError {
    /// The index.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// A path has no digest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// Nothing is there.
    #[error("`{path}` is not there")]
    Missing {
        /// Which.
        path: String,
    },
    /// It was there and is gone.
    #[error("`{path}` was removed while it was read")]
    Vanished {
        /// Which.
        path: String,
    },
    /// Somebody wrote to it.
    #[error("`{path}` was changed while it was read")]
    Changed {
        /// Which.
        path: String,
    },
    /// A link points at nothing.
    #[error("`{link}` is a link to {}, which is not there", target.display())]
    Dangling {
        /// The link.
        link: String,
        /// What it says.
        target: PathBuf,
    },
    /// A link leads out of the repository.
    #[error(
        "`{link}` is a link to {}, which lies outside the repository (copy what it names into the repository, or declare it as a dataset there)",
        target.display()
    )]
    LeadsOut {
        /// The link.
        link: String,
        /// Where it leads.
        target: PathBuf,
    },
    /// A link leads into a folder of git's or of Plimsoll's own.
    #[error("`{link}` is a link to {}, in a folder that no step may touch", target.display())]
    LeadsIntoPrivate {
        /// The link.
        link: String,
        /// Where it leads.
        target: PathBuf,
    },
    /// Links lead back to where they are.
    #[error("`{link}` is a link that leads back to itself or to a folder that it lies in")]
    Loop {
        /// The link.
        link: String,
    },
    /// It has no bytes of its own.
    #[error("`{path}` is {what} (expected a file or a folder)")]
    Special {
        /// Which.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// It cannot be read.
    #[error("`{path}` cannot be read")]
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A name cannot be part of a path that other machines read too.
    #[error("a name in {folder} cannot be used: {problem}")]
    Name {
        /// The folder, as the sentence names it.
        folder: String,
        /// Which, and why.
        problem: ParsePathError,
    },
    /// A name is no UTF-8.
    #[error("`{shown}` has a name that is not UTF-8 (rename it)")]
    NotUtf8 {
        /// The path with its bad bytes replaced.
        shown: String,
    },
    /// A pattern is badly formed.
    #[error("the code pattern `{pattern}` is badly formed: {problem}")]
    BadPattern {
        /// Which.
        pattern: String,
        /// What is wrong.
        problem: String,
    },
    /// A pattern matches nothing.
    #[error("the code pattern `{pattern}` matches no file{hint}")]
    NoMatch {
        /// Which.
        pattern: String,
        /// What may help, as the rest of the sentence.
        hint: &'static str,
    },
}

impl HashError {
    /// Tells whether trying again may help: somebody was writing.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Vanished { .. } | Self::Changed { .. })
    }
}
