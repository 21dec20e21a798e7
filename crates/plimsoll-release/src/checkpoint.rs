//! A signed word on an audit log: that it had this entry, and all before it, at a moment.
//!
//! The entries of a log are sealed to one another, so the digest of one stands for all before it.
//! Signed and kept elsewhere, it finds a log that was rewritten or cut back later.

use std::fmt;

use plimsoll_core::{Digest, Timestamp};
use serde::{Deserialize, Serialize};

use crate::envelope::{Envelope, OpenEnvelopeError, SealError};
use crate::in_toto::{Blake3, STATEMENT, Subject, Wire};
use crate::key::{KeyId, Sign};
use crate::role::Role;
use crate::statement::Builder;
use crate::strict;
use crate::trust::{Trust, TrustedKey, Validity};

const PREDICATE: &str = "urn:plimsoll:checkpoint/v1";

/// What the subject of the statement is called.
const SUBJECT: &str = "audit-log";

/// The roles that may make one.
const ROLES: [Role; 2] = [Role::Release, Role::Gate];

/// That a log had an entry at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Checkpoint {
    /// The role that it is made in.
    pub role: Role,
    /// What made the statement.
    pub builder: Builder,
    /// The digest of the log's first entry: which log it is.
    pub log: Digest,
    /// The entry's place, from 1.
    pub sequence: u64,
    /// The entry's digest, which stands for it and all before it.
    pub head: Digest,
    /// When it was made.
    pub at: Timestamp,
}

/// A checkpoint may not be believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Nobody vouches for the key.
    #[error("is signed by key {0}, which the trust file does not name")]
    UnknownKey(KeyId),
    /// The signature is not one of the key over what is said.
    #[error("has a signature that is not one of key `{0}` over what it says")]
    Signature(String),
    /// What was signed is no checkpoint.
    #[error("is no checkpoint that this version reads ({0})")]
    Form(String),
    /// The key may not make one, or not at that moment.
    #[error("is signed by key `{name}`, which {why}")]
    Untrusted {
        /// What the trust file calls the key.
        name: String,
        /// Why not, as a half sentence.
        why: String,
    },
}

impl Checkpoint {
    /// Signs it.
    pub fn seal(&self, key: &dyn Sign) -> Result<Envelope, SealError> {
        let digest = Blake3 { blake3: self.head.hex() };
        let payload = serde_json::to_vec(&Wire {
            statement: STATEMENT.to_owned(),
            subject: [Subject { name: SUBJECT.to_owned(), digest }],
            predicate_type: PREDICATE.to_owned(),
            predicate: self.clone(),
        })?;
        Envelope::seal_payload(payload, key)
    }

    /// Tells what `envelope` says, and what the trust file calls who signed it.
    ///
    /// The key must have counted at the moment that the checkpoint names, for logs outlive keys. Who
    /// has an ended key can still date one back: a checkpoint that was kept elsewhere finds that.
    ///
    /// # Errors
    /// It is no checkpoint, or by nobody who may make one.
    pub fn open(envelope: &Envelope, trust: &Trust) -> Result<(Self, String), CheckpointError> {
        let id = envelope.key();
        let trusted = trust.keys().get(&id).ok_or(CheckpointError::UnknownKey(id))?;
        let payload = envelope.open_payload(&trusted.key).map_err(|error| match error {
            OpenEnvelopeError::Signature(_) => CheckpointError::Signature(trusted.name.clone()),
            other => CheckpointError::Form(other.to_string()),
        })?;
        let wire: Wire<[Subject<String, Blake3>; 1], Self> = strict::from_slice(payload)
            .map_err(|error| CheckpointError::Form(error.to_string()))?;
        let checkpoint = wire.predicate;
        let is_one = wire.statement == STATEMENT
            && wire.predicate_type == PREDICATE
            && wire.subject[0].name == SUBJECT
            && wire.subject[0].digest.blake3 == checkpoint.head.hex()
            && checkpoint.sequence > 0;
        if !is_one {
            return Err(CheckpointError::Form("it is about something else".to_owned()));
        }
        match distrust(trusted, checkpoint.role, checkpoint.at) {
            None => Ok((checkpoint, trusted.name.clone())),
            Some(why) => Err(CheckpointError::Untrusted { name: trusted.name.clone(), why }),
        }
    }

    /// As [`Self::open`], of the bytes of a Sigstore bundle.
    ///
    /// # Errors
    /// They are none, or as there.
    pub fn read(bytes: &[u8], trust: &Trust) -> Result<(Self, String), CheckpointError> {
        let envelope = Envelope::from_json(bytes);
        Self::open(&envelope.map_err(|error| CheckpointError::Form(error.to_string()))?, trust)
    }

    /// Returns the role that `key` makes checkpoints in, by the trust file; that of a release where
    /// the file does not say.
    pub fn role_of(key: KeyId, trust: Option<&Trust>) -> Role {
        let trusted = trust.and_then(|trust| trust.keys().get(&key));
        let may = |role: &Role| trusted.is_some_and(|trusted| trusted.roles.contains(role));
        ROLES.into_iter().find(may).unwrap_or(Role::Release)
    }
}

/// Says why a key may not make a checkpoint at that moment; `None` where it may.
fn distrust(key: &TrustedKey, role: Role, at: Timestamp) -> Option<String> {
    if !ROLES.contains(&role) || !key.roles.contains(&role) {
        return Some(format!("may not make one as {role}"));
    }
    match key.validity(at) {
        Validity::Valid => None,
        Validity::Revoked => Some("is revoked".to_owned()),
        Validity::NotYet(_) | Validity::Ended(_) => {
            Some("was not valid when it was made".to_owned())
        }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {} {}", self.sequence, self.head)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::samples;

    fn checkpoint(role: Role) -> Checkpoint {
        let (log, head) = (Digest::blake3(b"first"), Digest::blake3(b"head"));
        let at = Timestamp::from_millis(1_780_272_000_000);
        Checkpoint { role, builder: samples::builder(), log, sequence: 12, head, at }
    }

    fn trust(more: &serde_json::Value) -> Trust {
        let mut key = json!({
            "name": "ci", "key": samples::key().public().to_pem().unwrap(),
            "roles": ["release"],
        });
        for (name, value) in more.as_object().unwrap() {
            key[name] = value.clone();
        }
        Trust::from_json(json!({"version": 1, "keys": [key]}), 0).unwrap()
    }

    #[test]
    fn comes_back_as_it_was_and_through_its_stored_form() {
        let made = checkpoint(Role::Release);
        let bytes = made.seal(&samples::key()).unwrap().to_json().unwrap();
        let envelope = Envelope::from_json(&bytes).unwrap();
        let (read, signer) = Checkpoint::open(&envelope, &trust(&json!({}))).unwrap();
        assert_eq!((read, signer.as_str()), (made, "ci"));
        // Nobody takes it for something that is said of a bundle.
        let error = envelope.open(&samples::key().public()).unwrap_err();
        assert!(matches!(error, OpenEnvelopeError::Statement(_)), "{error}");
    }

    #[test]
    fn counts_as_of_its_moment_and_of_who_may() {
        let refused = |role, more: serde_json::Value| {
            let envelope = checkpoint(role).seal(&samples::key()).unwrap();
            Checkpoint::open(&envelope, &trust(&more)).err().map(|error| error.to_string())
        };
        assert_eq!(refused(Role::Release, json!({"to": "2026-07-01T00:00:00Z"})), None);
        assert_eq!(refused(Role::Gate, json!({"roles": ["gate"]})), None);
        let said = refused(Role::Release, json!({"to": "2026-05-01T00:00:00Z"})).unwrap();
        assert!(said.ends_with("which was not valid when it was made"), "{said}");
        for (role, roles) in [(Role::Release, "gate"), (Role::Builder, "builder")] {
            let said = refused(role, json!({"roles": [roles]})).unwrap();
            assert!(said.contains("may not make one as"), "{said}");
        }
        let nobody = Trust::from_json(json!({"version": 1, "keys": []}), 0).unwrap();
        let envelope = checkpoint(Role::Release).seal(&samples::key()).unwrap();
        let error = Checkpoint::open(&envelope, &nobody).unwrap_err();
        assert!(matches!(error, CheckpointError::UnknownKey(_)), "{error}");
    }

    #[test]
    fn a_statement_of_another_kind_is_none() {
        let verdict = samples::judged(plimsoll_core::lifecycle::Subject::of(b"m"), "pass");
        let envelope = Envelope::seal(&verdict, &samples::key()).unwrap();
        let error = Checkpoint::open(&envelope, &trust(&json!({}))).unwrap_err();
        assert!(matches!(error, CheckpointError::Form(_)), "{error}");
    }
}
