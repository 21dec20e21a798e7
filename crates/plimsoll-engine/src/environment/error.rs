//! Why there is no environment.

use std::io;
use std::path::PathBuf;

use plimsoll_core::RepoPath;

use super::InstallCause;

/// An environment was not prepared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// There is no interpreter.
    #[error("there is no `python3` in the {searched} folders of PATH")]
    NoPython {
        /// How many folders were searched.
        searched: usize,
    },
    /// The interpreter does not work.
    #[error("{} does not work: {problem}", interpreter.display())]
    BrokenPython {
        /// Which.
        interpreter: PathBuf,
        /// What it said.
        problem: String,
    },
    /// A requirement could be another package tomorrow.
    #[error("{path}:{line}: `{requirement}` has no hash")]
    NoHash {
        /// The lock file.
        path: RepoPath,
        /// The line, from 1.
        line: usize,
        /// The requirement.
        requirement: String,
    },
    /// A line does not belong in a lock file.
    #[error("{path}:{line}: `{text}` {problem}")]
    NotLocked {
        /// The lock file.
        path: RepoPath,
        /// The line, from 1.
        line: usize,
        /// What is there.
        text: String,
        /// Why that is refused.
        problem: &'static str,
    },
    /// The installer failed.
    #[error("the environment of {path} could not be made: `{command}` {end}{}", shown(lines))]
    Install {
        /// The lock file.
        path: RepoPath,
        /// The command that failed, without secrets.
        command: String,
        /// How it ended.
        end: String,
        /// The last lines that it wrote, without secrets.
        lines: Vec<String>,
        /// Why, as far as its words tell.
        cause: InstallCause,
        /// What may help.
        advice: Option<&'static str>,
    },
    /// A file could not be read or written.
    #[error("{} could not be {verb}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What was to be done with it.
        verb: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The caller set its flag.
    #[error("the preparation of the environment was interrupted")]
    Cancelled,
}

fn shown(lines: &[String]) -> String {
    lines.iter().flat_map(|line| ["\n    ", line]).collect()
}

impl PrepareError {
    /// Returns what to do about it.
    pub fn next(&self) -> Option<&'static str> {
        match self {
            Self::NoPython { .. } => Some(
                "install Python 3 (Debian: `apt install python3 python3-venv`), or put it on PATH",
            ),
            Self::BrokenPython { .. } => Some("run it by hand: `python3 --version`"),
            Self::NoHash { .. } => Some(
                "make the file with hashes: `uv pip compile --generate-hashes requirements.in -o FILE`, or `pip-compile --generate-hashes`",
            ),
            Self::NotLocked { .. } => Some(
                "a lock file names every package itself, pinned and with hashes: make it with `uv pip compile --generate-hashes`",
            ),
            Self::Install { advice, .. } => *advice,
            Self::Io { .. } | Self::Cancelled => None,
        }
    }
}
