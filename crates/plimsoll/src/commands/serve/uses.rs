//! Telling of every use of a key before it is used: in the audit log, or on standard error.

use std::sync::Arc;

use plimsoll_core::audit::{AuditEntry, Note, Occasion, seal};
use plimsoll_core::ports::Registry;
use plimsoll_core::weights::{KeyUse, WeightsUse};
use plimsoll_release::export;

use crate::error::{CommandError, Kind};
use crate::settings::Settings;
use crate::ui::Entries;

/// Where it is told that a key is used.
#[derive(Clone)]
pub(super) enum Uses {
    /// The audit log of the home, or of the registry that was named.
    Log(Arc<dyn Registry>),
    /// Standard error: nothing is kept here, so whoever collects the log keeps it.
    Stream(Entries),
}

impl Uses {
    /// Tells of a use. What cannot be told of must not happen.
    pub(super) async fn tell(&self, used: KeyUse, occasion: &Occasion) -> Result<(), CommandError> {
        let used = WeightsUse::KeyUsed(used);
        match self {
            Self::Log(registry) => {
                registry.record_weights(&used, occasion).await.map_err(untold)?;
            }
            Self::Stream(entries) => {
                // Each process begins a log of its own, of one entry.
                let entry = AuditEntry::new(1, used.into(), occasion);
                let line = seal(None, &entry).and_then(|sealed| export::entry_line(&sealed));
                let line = line.map_err(|error| CommandError::new(Kind::Bug, error))?;
                entries.write(&line).map_err(untold)?;
            }
        }
        Ok(())
    }
}

fn untold(error: impl std::error::Error + Send + Sync + 'static) -> CommandError {
    let message = format!("the use of the key could not be recorded, so it was not used: {error}");
    CommandError::world(message)
        .hint("every use of a key is an audit entry; make room for it, and start the server again")
}

/// Returns who uses a key, when, and what for.
pub(super) fn occasion(
    settings: &Settings,
    at: plimsoll_core::Timestamp,
    why: &str,
) -> Result<Occasion, CommandError> {
    let note =
        |text: &str| text.parse::<Note>().map_err(|error| CommandError::usage(error.to_string()));
    Ok(Occasion { at, who: note(&settings.actor())?, why: note(why)?, evidence: None })
}
