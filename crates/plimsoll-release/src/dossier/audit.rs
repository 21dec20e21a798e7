//! The part of the audit log that tells of a model, with what ties it together.

use plimsoll_core::audit::{AuditEntry, Sealed};
use plimsoll_core::{Digest, ModelName};
use serde::{Deserialize, Serialize};

const SCHEMA: &str = "plimsoll.dossier-audit/v1";

/// The log from the first entry of a model to the last. Of other models only the seals are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AuditExcerpt {
    schema: String,
    /// The model.
    pub model: ModelName,
    /// The entries, without gaps.
    pub links: Vec<Link>,
}

/// An entry and its seal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Link {
    /// Its place in the log, from 1.
    pub sequence: u64,
    /// The digest of the entry before it.
    pub previous: Digest,
    /// The digest of `previous` and the entry.
    pub digest: Digest,
    /// The entry, canonical JSON; `None` where it tells of another model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
}

/// An excerpt is not a part of an audit log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExcerptError {
    /// It is of another version.
    #[error("has the schema `{0}` (expected `{SCHEMA}`)")]
    Schema(String),
    /// An entry does not follow the one before it.
    #[error("has entry {sequence} where entry {expected} should be")]
    Order {
        /// What is there.
        sequence: u64,
        /// What should be.
        expected: u64,
    },
    /// An entry is sealed to another than the one before it.
    #[error("has entry {0}, which is not sealed to the one before it")]
    Unlinked(u64),
    /// An entry is not what was sealed.
    #[error("has entry {0}, which was changed")]
    Changed(u64),
    /// An entry cannot be read.
    #[error("has entry {sequence}, which cannot be read ({source})")]
    Unreadable {
        /// Which.
        sequence: u64,
        /// Why.
        source: serde_json::Error,
    },
    /// An entry tells of another model, or of another place.
    #[error("has entry {0}, which tells of something else")]
    Other(u64),
}

impl AuditExcerpt {
    /// Takes out of the log what `model` needs, up to its last entry or to the entry `until`, which a
    /// checkpoint vouches for; `log` is in order.
    pub fn of(model: &ModelName, log: &[(AuditEntry, Sealed)], until: Option<u64>) -> Self {
        let is_own = |(entry, _): &(AuditEntry, Sealed)| entry.what.model() == model;
        let first = log.iter().position(is_own).unwrap_or(log.len());
        let is_last = |row: &(AuditEntry, Sealed)| is_own(row) || Some(row.1.sequence) == until;
        let last = log.iter().rposition(is_last).map_or(first, |last| last + 1);
        let link = |row: &(AuditEntry, Sealed)| {
            let Sealed { sequence, previous, digest, text } = row.1.clone();
            Link { sequence, previous, digest, entry: is_own(row).then_some(text) }
        };
        let links = log.get(first..last).unwrap_or_default().iter().map(link).collect();
        Self { schema: SCHEMA.to_owned(), model: model.clone(), links }
    }

    /// Returns the model's entries, once each is what was sealed and follows the one before it.
    ///
    /// # Errors
    /// The first link that does not hold.
    pub fn entries(&self) -> Result<Vec<AuditEntry>, ExcerptError> {
        if self.schema != SCHEMA {
            return Err(ExcerptError::Schema(self.schema.chars().take(100).collect()));
        }
        let mut entries = Vec::new();
        let mut before: Option<&Link> = None;
        for link in &self.links {
            let sequence = link.sequence;
            if let Some(before) = before {
                let expected = before.sequence.saturating_add(1);
                if sequence != expected {
                    return Err(ExcerptError::Order { sequence, expected });
                }
                if link.previous != before.digest {
                    return Err(ExcerptError::Unlinked(sequence));
                }
            }
            before = Some(link);
            let Some(text) = &link.entry else { continue };
            let (previous, digest, text) = (link.previous, link.digest, text.clone());
            let sealed = Sealed { sequence, previous, digest, text };
            if sealed.found() != digest {
                return Err(ExcerptError::Changed(sequence));
            }
            let entry =
                sealed.entry().map_err(|source| ExcerptError::Unreadable { sequence, source })?;
            if entry.sequence != sequence || *entry.what.model() != self.model {
                return Err(ExcerptError::Other(sequence));
            }
            entries.push(entry);
        }
        Ok(entries)
    }
}
