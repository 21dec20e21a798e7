//! Whether the prose of a card is that of the commit.

use std::collections::BTreeMap;

use plimsoll_core::card::{Accepted, Prose};
use plimsoll_core::record::RunRecord;

use super::{COMMIT_IT, at_commit, short_commit};
use crate::error::{CommandError, Kind};

/// Refuses a run whose prose, or what it was accepted with, is not at its commit.
pub(super) fn check(record: &RunRecord) -> Result<(), CommandError> {
    let Some(prose) = &record.start.project.card else { return Ok(()) };
    let facts =
        Accepted::beside(&prose.path).map_err(|error| CommandError::new(Kind::Bug, error))?;
    let written = at_commit(record, &prose.path)?;
    // What is malformed at the commit is not what the run read either.
    let written = written.and_then(|bytes| plimsoll_config::prose(&prose.path, &bytes).ok());
    let accepted = match at_commit(record, &facts)? {
        None => Some(BTreeMap::new()),
        Some(bytes) => plimsoll_config::accepted(&facts, &bytes).ok().map(|it| it.sections),
    };
    let Prose { path, written: used, accepted: used_with } = prose;
    let wrong = match (written.as_ref() == Some(used), accepted.as_ref() == Some(used_with)) {
        (true, true) => return Ok(()),
        (false, _) => path,
        (true, false) => &facts,
    };
    let message = format!("{wrong} is not at commit {} what the run used", short_commit(record));
    Err(CommandError::new(Kind::No, message).hint(COMMIT_IT))
}
