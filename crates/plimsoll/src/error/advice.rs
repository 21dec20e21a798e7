//! What each library's error means to a person, and what to do about it.

mod data;
mod released;
mod run;
mod shipped;
mod signed;
mod stored;

pub(crate) use self::shipped::TRUST;

use std::error::Error;

use plimsoll_store::DatabaseError;

use super::{CommandError, Kind};

/// What can be done about a database that cannot be read. Without its runs, nothing refers to
/// the objects.
const RESTORE: &str = "move that file, and `-wal` and `-shm` beside it, away and restore it from a backup; objects and reports remain, but run no `plimsoll store gc` until it is back";

/// What can be done about what a revoked key signed.
const REVOKED: &str = "nothing that this key signed counts, whenever that was; to have a version of the own registry signed by another key, remove its bundle's folder and release its run again";

const VERIFY: &str = "run `plimsoll store verify` to list every damaged object";

/// Returns what an error means that may come of a damaged database.
fn of_database(error: impl Error + Send + Sync + 'static) -> CommandError {
    let mut is_damage = false;
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(found) = cause {
        is_damage |= found.downcast_ref().is_some_and(DatabaseError::is_damaged);
        cause = found.source();
    }
    if is_damage {
        CommandError::new(Kind::Damaged, error).hint(RESTORE)
    } else {
        CommandError::new(Kind::World, error)
    }
}
