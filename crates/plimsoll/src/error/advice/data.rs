//! What errors of data mean: tables, schemas, profiles, checks, captures and labels.

use plimsoll_data::capture::{AddLabelsError, FileError};
use plimsoll_data::integrity::{LookError, ReadDigestsError, ReferError, WriteDigestsError};
use plimsoll_data::profile::{MergeError, ProfileError, ReadProfileError};
use plimsoll_data::schema::EnvironmentError;
use plimsoll_data::selftest::SelftestError;
use plimsoll_data::{FindError, ProposeError, ValidateError};

use crate::error::{CommandError, Kind};

impl From<ValidateError> for CommandError {
    fn from(error: ValidateError) -> Self {
        let kind = match error {
            ValidateError::Read(_) | ValidateError::Environment(_) => Kind::Usage,
            _ => Kind::World,
        };
        Self::new(kind, error)
    }
}

impl From<EnvironmentError> for CommandError {
    fn from(error: EnvironmentError) -> Self {
        Self::new(Kind::Usage, error)
    }
}

impl From<FindError> for CommandError {
    fn from(error: FindError) -> Self {
        Self::new(Kind::Usage, error)
    }
}

impl From<ProfileError> for CommandError {
    fn from(error: ProfileError) -> Self {
        let hint = match error {
            ProfileError::Repeated { .. } => Some("rename one of them"),
            ProfileError::Blocks { .. } => {
                Some("name a column with fewer values, such as a day or a user group")
            }
            _ => None,
        };
        let kind = match error {
            ProfileError::Changed { .. } => Kind::World,
            _ => Kind::Usage,
        };
        let error = Self::new(kind, error);
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

impl From<ReadProfileError> for CommandError {
    fn from(error: ReadProfileError) -> Self {
        let kind = match error {
            ReadProfileError::Io { .. } => Kind::World,
            _ => Kind::Usage,
        };
        Self::new(kind, error).hint("make it again from its data with `plimsoll data profile`")
    }
}

impl From<MergeError> for CommandError {
    fn from(error: MergeError) -> Self {
        Self::new(Kind::Usage, error)
            .hint("profiles are put together where they have the same columns")
    }
}

impl From<LookError> for CommandError {
    fn from(error: LookError) -> Self {
        let kind = if matches!(error, LookError::Read(_)) { Kind::Usage } else { Kind::World };
        Self::new(kind, error)
    }
}

impl From<ReferError> for CommandError {
    fn from(error: ReferError) -> Self {
        match error {
            ReferError::Look(error) => error.into(),
            other => Self::new(Kind::Usage, other)
                .hint("`--train` names the data that the model was trained on, or digests of them"),
        }
    }
}

impl From<ReadDigestsError> for CommandError {
    fn from(error: ReadDigestsError) -> Self {
        Self::new(Kind::Usage, error)
            .hint("`plimsoll data check --digests-out` writes them from the training data")
    }
}

impl From<WriteDigestsError> for CommandError {
    fn from(error: WriteDigestsError) -> Self {
        Self::new(Kind::World, error)
    }
}

impl From<SelftestError> for CommandError {
    fn from(error: SelftestError) -> Self {
        let is_of_world = matches!(error, SelftestError::Copy { .. });
        Self::new(if is_of_world { Kind::World } else { Kind::Usage }, error)
    }
}

impl From<ProposeError> for CommandError {
    fn from(error: ProposeError) -> Self {
        Self::new(Kind::Usage, error)
    }
}

impl From<FileError> for CommandError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Damaged { .. } | FileError::Version { .. } => {
                Self::new(Kind::Damaged, error)
                    .hint("restore that file from a backup, or move it away to go on without it")
            }
            other => Self::new(Kind::World, other),
        }
    }
}

impl From<AddLabelsError> for CommandError {
    fn from(error: AddLabelsError) -> Self {
        match error {
            AddLabelsError::Store(error) => error.into(),
            AddLabelsError::Read(_) => Self::new(Kind::Usage, error)
                .hint("its columns are named with `--id` and `--target`; nothing was added"),
            other => Self::new(Kind::No, other)
                .hint("nothing was added; correct the file and add it again"),
        }
    }
}
