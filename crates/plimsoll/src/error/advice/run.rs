//! What errors of runs mean: configuration, git, environments, measuring, making again.

use plimsoll_config::LoadError;
use plimsoll_core::ports::MeasureError;
use plimsoll_engine::environment::{InstallCause, PrepareError};
use plimsoll_engine::reproduce::{FillError, PlaceError};
use plimsoll_engine::run::RunError;
use plimsoll_evaluate::EvaluateError;
use plimsoll_evaluate::weak::WeakError;
use plimsoll_predict::runtime::InstallError;
use plimsoll_release::gate::GateError;
use plimsoll_release::lineage::LineageError;
use plimsoll_store::git::GitError;

use super::VERIFY;
use crate::error::{CommandError, Kind};

impl From<RunError> for CommandError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Environment(error) => error.into(),
            RunError::Append(error) => error.into(),
            RunError::Read(error) => error.into(),
            RunError::Ledger(error) => error.into(),
            RunError::Objects(error) => error.into(),
            RunError::Damaged(error) => error.into(),
            RunError::Unlocked { .. } => Self::new(Kind::Usage, error)
                .hint("run without `--locked` to accept the data, and commit plimsoll.lock"),
            RunError::Champion { .. } => Self::new(Kind::Usage, error)
                .hint("`plimsoll runs --where state=pass` lists runs that could be one"),
            RunError::Validation { ref next, .. } => {
                let next = next.clone();
                let error = Self::new(Kind::No, error);
                match next {
                    Some(next) => error.hint(next),
                    None => error,
                }
            }
            RunError::Unreadable { .. } => Self::new(Kind::Damaged, error).hint(VERIFY),
            RunError::Plan(_)
            | RunError::ForcedElsewhere { .. }
            | RunError::Dataset { .. }
            | RunError::Input { .. }
            | RunError::Code(_)
            | RunError::ReadLock(_) => Self::new(Kind::Usage, error),
            RunError::Bug(_) | RunError::NotFresh(_) | RunError::Json(_) => {
                Self::new(Kind::Bug, error)
                    .hint("please report it, with the command and this message")
            }
            other => Self::new(Kind::World, other),
        }
    }
}

impl From<PrepareError> for CommandError {
    fn from(error: PrepareError) -> Self {
        let next = error.next();
        let kind = match error {
            PrepareError::NoHash { .. }
            | PrepareError::NotLocked { .. }
            | PrepareError::Install { cause: InstallCause::Hash, .. } => Kind::Usage,
            PrepareError::Cancelled => Kind::Interrupted,
            _ => Kind::World,
        };
        let error = Self::new(kind, error);
        match next {
            Some(next) => error.hint(next),
            None => error,
        }
    }
}

impl From<GateError> for CommandError {
    fn from(error: GateError) -> Self {
        match error {
            GateError::Read(error) => error.into(),
            GateError::Open(error) => error.into(),
            other => Self::new(Kind::Damaged, other),
        }
    }
}

impl From<InstallError> for CommandError {
    fn from(error: InstallError) -> Self {
        let next = error.next();
        Self::new(Kind::World, error).hint(next)
    }
}

impl From<LoadError> for CommandError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Mistakes(mistakes) => {
                let (count, plural) =
                    (mistakes.count(), if mistakes.count() == 1 { "" } else { "s" });
                Self::new(
                    Kind::Usage,
                    format!("{count} mistake{plural} in the configuration\n\n{mistakes}"),
                )
            }
            other => Self::new(Kind::Usage, other),
        }
    }
}

impl From<GitError> for CommandError {
    fn from(error: GitError) -> Self {
        let (kind, hint) = match &error {
            GitError::NoCommit { .. } => (
                Kind::Usage,
                Some("`git fetch --unshallow` or `git fetch origin COMMIT` may bring it"),
            ),
            GitError::NoProgram => (Kind::World, Some("install git, or run without `--rev`")),
            GitError::NoRepository(_) => (Kind::Usage, Some("`--rev` needs a git repository")),
            _ => (Kind::World, None),
        };
        let error = Self::new(kind, error);
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

impl From<LineageError> for CommandError {
    fn from(error: LineageError) -> Self {
        Self::new(Kind::No, error)
    }
}

impl From<PlaceError> for CommandError {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Taken(_) => Self::new(Kind::Usage, error).hint("name a new folder"),
            _ => Self::new(Kind::World, error),
        }
    }
}

impl From<FillError> for CommandError {
    fn from(error: FillError) -> Self {
        match error {
            FillError::Plan(_) => Self::new(Kind::Usage, error),
            FillError::Objects(error) => error.into(),
            FillError::Restore(error) => error.into(),
            _ => Self::new(Kind::World, error),
        }
    }
}

impl From<MeasureError> for CommandError {
    fn from(error: MeasureError) -> Self {
        let next = error.next.clone();
        let error = Self::new(Kind::World, error);
        match next {
            Some(next) => error.hint(next),
            None => error,
        }
    }
}

impl From<EvaluateError> for CommandError {
    fn from(error: EvaluateError) -> Self {
        let next = error.next();
        let kind = match error {
            EvaluateError::Runtime(_)
            | EvaluateError::Endpoint { .. }
            | EvaluateError::Late { .. } => Kind::World,
            _ => Kind::Usage,
        };
        let error = Self::new(kind, error);
        match next {
            Some(next) => error.hint(next),
            None => error,
        }
    }
}

impl From<WeakError> for CommandError {
    fn from(error: WeakError) -> Self {
        Self::new(Kind::Usage, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_that_names_other_bytes_is_not_worth_another_try() {
        let failed = |cause| {
            CommandError::from(PrepareError::Install {
                path: "requirements.lock".parse().unwrap(),
                command: "pip install".to_owned(),
                end: "ended with exit code 1".to_owned(),
                lines: Vec::new(),
                cause,
                advice: Some("what may help"),
            })
        };
        let hash = failed(InstallCause::Hash);
        assert_eq!((hash.code(), hash.hint.as_deref()), (2, Some("what may help")));
        for cause in [InstallCause::Offline, InstallCause::Network, InstallCause::Disk] {
            assert_eq!(failed(cause).code(), 75, "{cause:?}");
        }
    }
}
