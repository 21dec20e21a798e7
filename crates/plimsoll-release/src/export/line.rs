//! The lines of an export.

use plimsoll_core::Digest;
use plimsoll_core::audit::Sealed;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::trust::Trust;

/// The schema of the file, in its first line.
pub const FILE: &str = "plimsoll.audit-file/v1";

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub(super) enum Line {
    /// The first: what the file is.
    Start {
        /// [`FILE`].
        schema: String,
        /// The digest of the log's first entry: which log it is.
        log: Digest,
        /// When it was written, RFC 3339.
        exported: String,
        /// The keys that whoever wrote it trusted. They are told to people and decide nothing.
        keys: Vec<ExportedKey>,
    },
    /// An entry with its seal.
    Entry {
        sequence: u64,
        previous: Digest,
        digest: Digest,
        /// The canonical JSON of the entry as a text: the seal covers these very bytes.
        entry: String,
    },
    /// A signed checkpoint, right behind the entry that it is about.
    Checkpoint {
        sequence: u64,
        /// The Sigstore bundle.
        statement: Value,
    },
    /// The last: what the file has.
    End { entries: u64, checkpoints: u64, head: Digest },
}

/// The public part of a trusted key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ExportedKey {
    /// Its id.
    pub id: String,
    /// What the trust file calls it.
    pub name: String,
    /// What it may speak as.
    pub roles: Vec<String>,
    /// The key as SPKI PEM.
    pub key: String,
}

impl ExportedKey {
    /// Returns those of a trust file; one that cannot be written is left out.
    pub fn of(trust: &Trust) -> Vec<Self> {
        let exported = |(id, key): (&crate::key::KeyId, &crate::trust::TrustedKey)| {
            let roles = key.roles.iter().map(ToString::to_string).collect();
            let (id, name) = (id.to_string(), key.name.clone());
            key.key.to_pem().ok().map(|key| Self { id, name, roles, key })
        };
        trust.keys().iter().filter_map(exported).collect()
    }
}

impl Line {
    pub(super) fn of(sealed: &Sealed) -> Self {
        let Sealed { sequence, previous, digest, text } = sealed.clone();
        Self::Entry { sequence, previous, digest, entry: text }
    }

    /// Returns its one spelling: sorted keys, no blanks.
    pub(super) fn spelled(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_value(self)?.to_string())
    }
}
