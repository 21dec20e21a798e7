//! What errors of the home mean: its database, its objects, and what is looked up there.

use plimsoll_core::ports::{
    AppendError, Damaged, OpenError, PutError, ReadError, ResolveError, RestoreError,
};
use plimsoll_store::{
    CollectError, DatabaseError, OpenDatabaseError, OpenObjectsError, VerifyError,
};

use super::{RESTORE, VERIFY, of_database};
use crate::error::{CommandError, Kind};
use crate::settings::NoHomeError;

impl From<OpenError> for CommandError {
    fn from(error: OpenError) -> Self {
        let kind = match error {
            OpenError::Missing(_) | OpenError::Damaged(_) => Kind::Damaged,
            _ => Kind::World,
        };
        let damaged = kind == Kind::Damaged;
        let error = Self::new(kind, error);
        if damaged { error.hint(VERIFY) } else { error }
    }
}

impl From<RestoreError> for CommandError {
    fn from(error: RestoreError) -> Self {
        match error {
            RestoreError::Object(error) => error.into(),
            other => Self::new(Kind::World, other),
        }
    }
}

impl From<PutError> for CommandError {
    fn from(error: PutError) -> Self {
        Self::new(Kind::World, error)
    }
}

impl From<ReadError> for CommandError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Damaged { .. } => Self::new(Kind::Damaged, error),
            _ => of_database(error),
        }
    }
}

impl From<AppendError> for CommandError {
    fn from(error: AppendError) -> Self {
        of_database(error)
    }
}

impl From<ResolveError> for CommandError {
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::Read(error) => error.into(),
            other => Self::new(Kind::Usage, other).hint("`plimsoll runs` lists them"),
        }
    }
}

impl From<NoHomeError> for CommandError {
    fn from(error: NoHomeError) -> Self {
        Self::new(Kind::Usage, error).hint("set `PLIMSOLL_HOME` to a folder that may be written to")
    }
}

impl From<Damaged> for CommandError {
    fn from(error: Damaged) -> Self {
        Self::new(Kind::Damaged, error).hint(VERIFY)
    }
}

impl From<DatabaseError> for CommandError {
    fn from(error: DatabaseError) -> Self {
        of_database(error)
    }
}

impl From<VerifyError> for CommandError {
    fn from(error: VerifyError) -> Self {
        Self::new(Kind::World, error)
    }
}

impl From<CollectError> for CommandError {
    fn from(error: CollectError) -> Self {
        let kind =
            if matches!(error, CollectError::Folder { .. }) { Kind::Damaged } else { Kind::World };
        Self::new(kind, error)
    }
}

impl From<OpenDatabaseError> for CommandError {
    fn from(error: OpenDatabaseError) -> Self {
        let (kind, hint) = match error {
            OpenDatabaseError::Newer { .. } | OpenDatabaseError::Foreign { .. } => {
                (Kind::Usage, None)
            }
            OpenDatabaseError::Damaged { .. } => (Kind::Damaged, Some(RESTORE)),
            OpenDatabaseError::ReadOnly { .. } => (
                Kind::World,
                Some("make it writable, or name a folder that is with `PLIMSOLL_HOME`"),
            ),
            _ => (Kind::World, None),
        };
        let error = Self::new(kind, error);
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

impl From<OpenObjectsError> for CommandError {
    fn from(error: OpenObjectsError) -> Self {
        Self::new(Kind::World, error)
    }
}
