//! Checkpoints of the audit log: made, kept, and remembered in the home.
//!
//! The home remembers the newest checkpoint of each log that it made or verified, so that a log that
//! is cut back or rewritten behind it is found, whoever did that to the registry.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;
use plimsoll_core::audit::KeptCheckpoint;
use plimsoll_core::ports::Registry;
use plimsoll_release::checkpoint::Checkpoint;
use plimsoll_release::export::Known;
use plimsoll_release::key::Sign;
use plimsoll_release::trust::Trust;
use serde::{Deserialize, Serialize};

use crate::error::{CommandError, Kind};
use crate::ports::{Catalogue, Ports};
use crate::{candidate, keys};

/// How many entries are read at once.
const AT_ONCE: u32 = 500;

/// The newest checkpoint of each log that was seen, by the digest of its first entry.
#[derive(Default, Deserialize, Serialize)]
#[serde(transparent)]
pub(crate) struct Seen(BTreeMap<String, Place>);

#[derive(Deserialize, Serialize)]
struct Place {
    sequence: u64,
    head: Digest,
}

fn file(home: &Path) -> PathBuf {
    home.join("checkpoints-seen.json")
}

impl Seen {
    pub(crate) fn read(home: &Path) -> Result<Self, CommandError> {
        let file = file(home);
        match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                let message = format!("{} is damaged: {error}", file.display());
                let hint = "it holds the newest checkpoint of each audit log; restore it, or remove it if no log was cut back";
                CommandError::new(Kind::Damaged, message).hint(hint)
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => {
                Err(CommandError::world(format!("{} could not be read: {error}", file.display())))
            }
        }
    }

    /// Returns the newest checkpoint of the log that is known here.
    pub(crate) fn of(&self, log: Digest) -> Option<Known> {
        let place = self.0.get(&log.to_string())?;
        Some(Known { log, sequence: place.sequence, head: place.head })
    }

    /// Remembers a checkpoint that was made or found to hold, where it is the newest.
    pub(crate) fn remember(home: &Path, known: Known) -> Result<(), CommandError> {
        let mut seen = Self::read(home)?;
        let Known { log, sequence, head } = known;
        if seen.of(log).is_some_and(|newest| newest.sequence >= sequence) {
            return Ok(());
        }
        seen.0.insert(log.to_string(), Place { sequence, head });
        let text = serde_json::to_string_pretty(&seen)
            .map_err(|error| CommandError::new(Kind::Bug, error))?;
        let file = file(home);
        keys::write(&file, &text).map_err(|error| {
            CommandError::world(format!("{} could not be written: {error}", file.display()))
        })
    }
}

/// A checkpoint that was made.
pub(crate) struct Made {
    pub checkpoint: Checkpoint,
    /// The signed statement.
    pub statement: String,
}

/// Signs the end of the log, keeps that in the registry and remembers it in the home.
pub(crate) async fn make(
    key: &dyn Sign,
    trust: Option<&Trust>,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Made, CommandError> {
    let Some(end) = end(&*catalogue.registry).await? else {
        let error = CommandError::usage("the audit log has no entries that could be signed");
        return Err(error.hint("`plimsoll release` makes the first"));
    };
    let id = key.public().id().map_err(|error| CommandError::new(Kind::Bug, error))?;
    let checkpoint = Checkpoint {
        role: Checkpoint::role_of(id, trust),
        builder: candidate::builder()?,
        log: end.log,
        sequence: end.sequence,
        head: end.head,
        at: ports.clock.now(),
    };
    let bug = |error: &dyn std::fmt::Display| CommandError::new(Kind::Bug, error.to_string());
    let envelope = checkpoint.seal(key)?;
    let bytes = envelope.to_json().map_err(|error| bug(&error))?;
    let statement = String::from_utf8(bytes).map_err(|error| bug(&error))?;
    let (sequence, head) = (end.sequence, end.head);
    let kept = KeptCheckpoint { sequence, head, statement: statement.clone() };
    let kept = catalogue.registry.keep_checkpoint(&kept).await;
    kept.map_err(|error| CommandError::new(Kind::No, error))?;
    Seen::remember(&ports.settings.home, end)?;
    Ok(Made { checkpoint, statement })
}

/// Returns the first and the last entry of the log; `None` where it is empty.
pub(crate) async fn end(registry: &dyn Registry) -> Result<Option<Known>, CommandError> {
    let first = registry.audit(None, 0, 1).await?;
    let Some(log) = first.first().map(|row| row.sealed.digest) else { return Ok(None) };
    let last = registry.last_entry().await?;
    Ok(last.map(|last| Known { log, sequence: last.sequence, head: last.digest }))
}

/// Says what checkpoints find wrong with the log of a registry: those that it keeps, the newest that
/// the home remembers, and those that are given. Returns how many hold, and up to where they vouch for it.
pub(crate) async fn hold(
    trust: Option<&Trust>,
    given: &[Known],
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Held, CommandError> {
    let mut held = Held::default();
    let registry = &*catalogue.registry;
    let end = end(registry).await?;
    let last = end.map_or(0, |end| end.sequence);
    let seen = Seen::read(&ports.settings.home)?;
    if let Some(known) = end.and_then(|end| seen.of(end.log)) {
        held.hold(known, last, registry).await?;
    }
    for known in given {
        if end.is_some_and(|end| end.log == known.log) {
            held.hold(*known, last, registry).await?;
        } else {
            let (sequence, log) = (known.sequence, known.log.short());
            held.faults
                .push(format!("a checkpoint of entry {sequence} is one of another log ({log})"));
        }
    }
    let mut after = 0;
    loop {
        let kept = registry.checkpoints(after, AT_ONCE).await?;
        let Some(newest) = kept.last() else { break };
        after = newest.sequence;
        for checkpoint in kept {
            held.look(&checkpoint, last, end, trust, registry).await?;
        }
    }
    if held.faults.is_empty()
        && let Some(newest) = held.newest
    {
        Seen::remember(&ports.settings.home, newest)?;
    }
    Ok(held)
}

/// What checkpoints say of a log.
#[derive(Default)]
pub(crate) struct Held {
    /// How many hold.
    pub checkpoints: u64,
    pub signers: std::collections::BTreeSet<String>,
    pub faults: Vec<String>,
    /// The last entry that one vouches for.
    pub newest: Option<Known>,
}

impl Held {
    async fn look(
        &mut self,
        kept: &KeptCheckpoint,
        last: u64,
        end: Option<Known>,
        trust: Option<&Trust>,
        registry: &dyn Registry,
    ) -> Result<(), CommandError> {
        let sequence = kept.sequence;
        let log = end.map_or(kept.head, |end| end.log);
        let known = Known { log, sequence, head: kept.head };
        if !self.hold(known, last, registry).await? {
            return Ok(());
        }
        let Some(trust) = trust else { return Ok(()) };
        match Checkpoint::read(kept.statement.as_bytes(), trust) {
            Ok((said, signer))
                if (said.log, said.sequence, said.head) == (log, sequence, kept.head) =>
            {
                self.checkpoints += 1;
                self.signers.insert(signer);
                self.newest = Some(known);
            }
            Ok((signed, _)) => self.faults.push(format!(
                "the checkpoint that is kept of entry {sequence} is one of entry {} of {}",
                signed.sequence,
                signed.log.short()
            )),
            Err(error) => self.faults.push(format!("the checkpoint of entry {sequence} {error}")),
        }
        Ok(())
    }

    /// Holds an entry against what is known of it, and tells whether it is the same.
    async fn hold(
        &mut self,
        known: Known,
        last: u64,
        registry: &dyn Registry,
    ) -> Result<bool, CommandError> {
        let Known { sequence, head, .. } = known;
        if sequence > last {
            self.faults.push(format!(
                "the log ends with entry {last}, and a checkpoint of entry {sequence} is known: its end was cut off"
            ));
            return Ok(false);
        }
        let found = registry.audit(None, sequence.saturating_sub(1), 1).await?;
        let found = found.first().map(|row| (row.sealed.sequence, row.sealed.digest));
        let is_same = found == Some((sequence, head));
        if !is_same {
            self.faults.push(format!(
                "entry {sequence} is not the one that a checkpoint was made of ({}): the log was rewritten up to there",
                head.short()
            ));
        }
        Ok(is_same)
    }
}
