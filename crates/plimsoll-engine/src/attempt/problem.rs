//! What can go wrong with an attempt.

use std::error::Error;
use std::fmt::Display;
use std::io;
use std::path::Path;

use plimsoll_core::RepoPath;
use plimsoll_core::event::StepFailure;
use plimsoll_core::ports::{Damaged, OpenError, PutError};

use super::FetchError;

/// A disk with less room than this, in bytes, is full.
const ROOM: u64 = 64 << 10;

/// Why an attempt failed.
#[derive(Debug)]
pub(crate) enum Problem {
    /// For a reason that the step's record holds.
    Step(StepFailure),
    /// Because the own store is damaged, which is told besides.
    Damaged { path: RepoPath, damaged: Damaged },
}

impl From<StepFailure> for Problem {
    fn from(failure: StepFailure) -> Self {
        Self::Step(failure)
    }
}

impl Problem {
    /// Says that something could not be done because of `error`.
    pub(crate) fn io(what: impl Display, error: &io::Error) -> Self {
        let advice = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                " (make room, for instance with `plimsoll store gc`)"
            }
            _ => "",
        };
        let message = format!("{what}: {error}{advice}");
        Self::Step(StepFailure::Io { message, transient: true })
    }

    /// Says that a command ended with `code` on a full disk.
    pub(crate) fn full_disk(code: i32) -> Self {
        let full = io::Error::from(rustix::io::Errno::NOSPC);
        Self::io(format!("its command ended with exit code {code} on a full disk"), &full)
    }

    /// Says what `error` says, with its causes.
    pub(crate) fn of(error: &dyn Error) -> Self {
        Self::Step(StepFailure::Io { message: with_causes(error), transient: false })
    }

    /// Says that the output `path` was not stored.
    pub(crate) fn put(path: &RepoPath, error: &PutError) -> Self {
        match error {
            PutError::Content(source) => Self::io(format!("`{path}` could not be read"), source),
            PutError::Store { place, source } => {
                Self::io(format!("`{path}` could not be stored in {place}"), source)
            }
            other => Self::of(other),
        }
    }

    /// Says that the object behind `path` was not fetched.
    pub(crate) fn fetch(path: &RepoPath, error: FetchError) -> Self {
        match error {
            FetchError::Damaged(damaged) => Self::Damaged { path: path.clone(), damaged },
            FetchError::Io(error) => Self::io(format!("`{path}` could not be restored"), &error),
            FetchError::Open(OpenError::Missing(digest)) => {
                let message = format!(
                    "object {digest} of `{path}` is not in the store any more (run again: it is made anew)"
                );
                Self::Step(StepFailure::Io { message, transient: true })
            }
            FetchError::Open(error @ OpenError::Unavailable(_)) => {
                let message = format!("`{path}` could not be restored: {}", with_causes(&error));
                Self::Step(StepFailure::Io { message, transient: true })
            }
            other => Self::of(&other),
        }
    }

    /// Tells whether the command ran, so that its folder is worth a look.
    pub(crate) fn is_of_command(&self) -> bool {
        matches!(
            self,
            Self::Step(
                StepFailure::Exit { .. }
                    | StepFailure::Signal { .. }
                    | StepFailure::Timeout { .. }
                    | StepFailure::MissingOutput { .. }
                    | StepFailure::BadMetrics { .. }
            )
        )
    }

    /// Returns what the step's record says.
    pub(crate) fn into_failure(self) -> StepFailure {
        match self {
            Self::Step(failure) => failure,
            Self::Damaged { path, damaged } => {
                let message = format!(
                    "`{path}` could not be restored: {damaged} (run `plimsoll store verify`)"
                );
                StepFailure::Io { message, transient: false }
            }
        }
    }
}

/// Says what `error` says, with its causes.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !message.ends_with(&said) {
            message = format!("{message}: {said}");
        }
        cause = error.source();
    }
    message
}

/// Tells whether nothing more can be written in `folder`; not so where that is not known.
pub(crate) fn is_full(folder: &Path) -> bool {
    let room = rustix::fs::statvfs(folder);
    room.is_ok_and(|room| room.f_blocks > 0 && room.f_bavail.saturating_mul(room.f_frsize) < ROOM)
}

/// Says what a signal may mean.
pub(crate) fn signal_hint(signal: i32) -> Option<String> {
    let hint = match signal {
        9 => "out of memory? the kernel kills with signal 9 what takes more than there is",
        11 => "a crash in native code: try the library's newest version, or less data",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// Says what an exit code of a shell may mean.
pub(crate) fn shell_hint(code: i32) -> Option<String> {
    match code {
        126 => Some("a file that the command names may not be executed".to_owned()),
        127 => Some("a program that the command names was not found on the step's PATH".to_owned()),
        129..=159 => {
            let signal = code - 128;
            let hint = signal_hint(signal).map(|hint| format!(": {hint}")).unwrap_or_default();
            Some(format!("exit code {code} of a shell stands for signal {signal}{hint}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_does_not_answer_may_answer_later() {
        let closed = io::Error::from(rustix::io::Errno::ROFS);
        let error = FetchError::Open(OpenError::Unavailable(Box::new(closed)));
        let failure = Problem::fetch(&"out".parse().unwrap(), error).into_failure();
        let StepFailure::Io { message, transient: true } = failure else { panic!("{failure:?}") };
        assert_eq!(
            message,
            "`out` could not be restored: the object store is unavailable: Read-only file system (os error 30)"
        );
    }
}
