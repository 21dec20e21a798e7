//! Whose word counts, as what, and until when: `trust.yaml`, and statements judged by it.

mod kept;
mod verify;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::{Digest, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::key::{EncodeKeyError, KeyId, ParsePublicKeyError, PublicKey};
use crate::role::Role;

pub use kept::{ForgedError, Kept};
pub use verify::{Published, Verified, VerifyError};

/// The keys that are trusted. Holding one means that it is not older than one seen before.
#[derive(Clone, Debug)]
pub struct Trust {
    version: u64,
    keys: BTreeMap<KeyId, TrustedKey>,
    policy: Option<Digest>,
}

/// A key that is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    /// What people call it.
    pub name: String,
    /// The key.
    pub key: PublicKey,
    /// What it may speak as.
    pub roles: BTreeSet<Role>,
    /// The first moment at which it counts; `None` for always.
    pub from: Option<Timestamp>,
    /// The first moment at which it counts no more; `None` for never.
    pub to: Option<Timestamp>,
    /// That it counts for nothing, and why.
    pub revoked: Option<Revocation>,
    /// The line of the trust file that it begins at, where that is known.
    pub line: Option<u32>,
}

/// A key that somebody else may have.
///
/// Nothing that it signed counts, whenever that was: a time that is signed is a time that the key
/// states, and who has the key states any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Since when somebody else may have it. It is told to people and decides nothing.
    pub at: Timestamp,
    /// What happened.
    pub reason: String,
}

/// How a key stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It counts.
    Valid,
    /// It does not count yet.
    NotYet(Timestamp),
    /// It counts no more.
    Ended(Timestamp),
    /// It counts for nothing.
    Revoked,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WireTrust {
    version: u64,
    policy: Option<Digest>,
    keys: Vec<WireKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WireKey {
    name: String,
    key: String,
    roles: BTreeSet<Role>,
    from: Option<String>,
    to: Option<String>,
    revoked: Option<WireRevocation>,
    line: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireRevocation {
    at: String,
    reason: String,
}

/// A trust file is not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadTrustError {
    /// It has another form.
    #[error("the trust file is malformed ({0})")]
    Form(#[from] serde_json::Error),
    /// Its version is 0, which stands for none.
    #[error("the trust file has version 0 (the first is 1)")]
    Version,
    /// A newer one was seen: somebody put back keys that were withdrawn.
    #[error("the trust file was rolled back to version {version} (version {seen} was seen before)")]
    RolledBack {
        /// Its version.
        version: u64,
        /// The highest version seen.
        seen: u64,
    },
    /// A text is no public key.
    #[error("key {name} of the trust file {source}")]
    Key {
        /// What the key is called, and where it stands.
        name: String,
        /// What is wrong.
        source: ParsePublicKeyError,
    },
    /// A key has no id.
    #[error(transparent)]
    Encode(#[from] EncodeKeyError),
    /// A key may speak as nothing.
    #[error("key {0} of the trust file has no roles (expected at least 1)")]
    NoRoles(String),
    /// A key stands there twice: which roles and dates count would be a guess.
    #[error("keys {first} and {second} of the trust file are the same key")]
    Twice {
        /// The one that comes first.
        first: String,
        /// The other.
        second: String,
    },
    /// A date is none.
    #[error("`{text}` of key {name} in the trust file is no time (such as 2026-01-31T00:00:00Z)")]
    Time {
        /// What the key is called, and where it stands.
        name: String,
        /// What stands there.
        text: String,
    },
    /// A key ends before it begins.
    #[error("key {0} of the trust file is valid at no time (`to` is not after `from`)")]
    NeverValid(String),
}

impl Trust {
    /// Reads the content of a trust file.
    ///
    /// `seen` is the highest version that was ever accepted here, 0 where none was; the caller
    /// keeps it.
    pub fn from_json(content: Value, seen: u64) -> Result<Self, ReadTrustError> {
        let wire: WireTrust = serde_json::from_value(content)?;
        let version = wire.version;
        if version == 0 {
            return Err(ReadTrustError::Version);
        }
        if version < seen {
            return Err(ReadTrustError::RolledBack { version, seen });
        }
        let mut keys: BTreeMap<KeyId, TrustedKey> = BTreeMap::new();
        for wire in wire.keys {
            let key = TrustedKey::of(wire)?;
            let id = key.key.id()?;
            let second = key.shown();
            if let Some(first) = keys.insert(id, key) {
                return Err(ReadTrustError::Twice { first: first.shown(), second });
            }
        }
        Ok(Self { version, keys, policy: wire.policy })
    }

    /// Returns its version, which the caller keeps where it is higher than what was seen.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns the digest that the organisation's policy must have; `None` where there is none.
    pub fn policy(&self) -> Option<&Digest> {
        self.policy.as_ref()
    }

    /// Returns the keys by id.
    pub fn keys(&self) -> &BTreeMap<KeyId, TrustedKey> {
        &self.keys
    }
}

impl TrustedKey {
    fn of(wire: WireKey) -> Result<Self, ReadTrustError> {
        let WireKey { name, key, roles, from, to, revoked, line } = wire;
        let shown = shown(&name, line);
        let key = match PublicKey::from_pem(&key) {
            Ok(key) => key,
            Err(source) => return Err(ReadTrustError::Key { name: shown, source }),
        };
        if roles.is_empty() {
            return Err(ReadTrustError::NoRoles(shown));
        }
        let from = from.map(|text| time(&shown, &text)).transpose()?;
        let to = to.map(|text| time(&shown, &text)).transpose()?;
        if let (Some(from), Some(to)) = (from, to)
            && to <= from
        {
            return Err(ReadTrustError::NeverValid(shown));
        }
        let revoked = match revoked {
            None => None,
            Some(WireRevocation { at, reason }) => {
                Some(Revocation { at: time(&shown, &at)?, reason })
            }
        };
        Ok(Self { name, key, roles, from, to, revoked, line })
    }

    /// Tells how it stands at `now`.
    pub fn validity(&self, now: Timestamp) -> Validity {
        if self.revoked.is_some() {
            return Validity::Revoked;
        }
        match (self.from, self.to) {
            (Some(from), _) if now < from => Validity::NotYet(from),
            (_, Some(to)) if now >= to => Validity::Ended(to),
            _ => Validity::Valid,
        }
    }

    /// Returns what it is called, and where it stands.
    pub fn shown(&self) -> String {
        shown(&self.name, self.line)
    }
}

fn shown(name: &str, line: Option<u32>) -> String {
    match line {
        Some(line) => format!("`{name}` (line {line})"),
        None => format!("`{name}`"),
    }
}

fn time(name: &str, text: &str) -> Result<Timestamp, ReadTrustError> {
    let parsed = text.parse::<jiff::Timestamp>();
    let invalid =
        |_| ReadTrustError::Time { name: name.to_owned(), text: text.chars().take(100).collect() };
    parsed.map(|time| Timestamp::from_millis(time.as_millisecond())).map_err(invalid)
}

#[cfg(test)]
mod tests;
