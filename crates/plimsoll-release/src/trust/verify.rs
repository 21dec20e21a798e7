//! Whether a signed statement may be believed.

use plimsoll_core::Timestamp;
use plimsoll_core::lifecycle::Subject;

use super::{Trust, TrustedKey, Validity};
use crate::envelope::{Envelope, OpenEnvelopeError};
use crate::key::KeyId;
use crate::role::Role;
use crate::signing::{Listing, ModelSignature, OpenSignatureError, ReadListingError};
use crate::sigstore::shown;
use crate::statement::{ClaimKind, ReadStatementError, Statement};

/// A statement that may be believed.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// What it says.
    pub statement: Statement,
    /// The key that signed it.
    pub key: KeyId,
    /// What the trust file calls the key.
    pub signer: String,
}

/// A statement may not be believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Nobody vouches for the key.
    #[error("is signed by key {0}, which the trust file does not name")]
    UnknownKey(KeyId),
    /// The signature is not one of the key over what is said.
    #[error("has a signature that is not one of key {0} over what it says")]
    Signature(String),
    /// Nobody vouches for the key of a model's signature.
    #[error("is signed by a key with the hint {0}, which no key of the trust file has")]
    UnknownHint(String),
    /// A model's signature does not say whose it is, and it is nobody's who is trusted.
    #[error("names no key, and is signed by none of the {0} of the trust file")]
    Nobody(usize),
    /// What was signed is no listing of files that this version reads.
    #[error(transparent)]
    Listing(ReadListingError),
    /// What was signed is no statement that this version reads.
    #[error(transparent)]
    Statement(ReadStatementError),
    /// It says something else than what is asked for.
    #[error("is of the kind `{found}` (expected `{expected}`)")]
    WrongClaim {
        /// What it says.
        found: ClaimKind,
        /// What was asked for.
        expected: ClaimKind,
    },
    /// The key may not say such things.
    #[error("is signed by key {name}, which is not trusted as {role} (only as {})", list(roles))]
    WrongRole {
        /// What the trust file calls the key.
        name: String,
        /// The role that is needed.
        role: Role,
        /// The roles that it has.
        roles: Vec<Role>,
    },
    /// The key may not vouch for files.
    #[error(
        "is signed by key {name}, which is not trusted as publisher or release (only as {})",
        list(roles)
    )]
    NoPublisher {
        /// What the trust file calls the key.
        name: String,
        /// The roles that it has.
        roles: Vec<Role>,
    },
    /// The key does not count yet.
    #[error("is signed by key {name}, which is valid from {from} only")]
    NotYetValid {
        /// What the trust file calls the key.
        name: String,
        /// When it begins to count.
        from: String,
    },
    /// The key counts no more.
    #[error("is signed by key {name}, which expired at {to}")]
    Expired {
        /// What the trust file calls the key.
        name: String,
        /// When it ended.
        to: String,
    },
    /// The key counts for nothing: somebody else may have it.
    #[error(
        "is signed by key {name}, which is revoked: since {at} somebody else may have it ({reason})"
    )]
    Revoked {
        /// What the trust file calls the key.
        name: String,
        /// Since when somebody else may have it.
        at: String,
        /// What happened.
        reason: String,
    },
    /// It is about something else.
    #[error("is about {found}, not about {expected}")]
    WrongSubject {
        /// What it is about.
        found: Subject,
        /// What was asked for.
        expected: Subject,
    },
}

/// Files of a model that somebody vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The files.
    pub listing: Listing,
    /// The key that signed them.
    pub key: KeyId,
    /// What the trust file calls the key.
    pub signer: String,
}

impl Trust {
    /// Tells which files `signature` vouches for, if a key made it that may: a publisher's, or one
    /// that may release.
    ///
    /// # Errors
    /// One per cause, the first that is found.
    pub fn published(
        &self,
        signature: &ModelSignature,
        now: Timestamp,
    ) -> Result<Published, VerifyError> {
        let hint = signature.hint();
        let hinted = |trusted: &&TrustedKey| {
            hint.is_none_or(|hint| trusted.key.hint().is_ok_and(|own| own == hint))
        };
        let mut signer = None;
        for (id, trusted) in self.keys.iter().filter(|(_, trusted)| hinted(trusted)) {
            match signature.open(&trusted.key) {
                Ok(listing) => {
                    trusted.may_publish(now)?;
                    let (key, signer) = (*id, trusted.name.clone());
                    return Ok(Published { listing, key, signer });
                }
                Err(OpenSignatureError::Listing(error)) => return Err(VerifyError::Listing(error)),
                Err(_) => signer = Some(trusted.shown()),
            }
        }
        match (hint, signer) {
            (Some(_), Some(signer)) => Err(VerifyError::Signature(signer)),
            (Some(hint), None) => Err(VerifyError::UnknownHint(shown(hint))),
            (None, _) => Err(VerifyError::Nobody(self.keys.len())),
        }
    }

    /// Tells what `envelope` says of `subject`, if that is a `claim` by a key that may make it.
    ///
    /// Nothing that is signed is looked at before the signature holds.
    ///
    /// # Errors
    /// One per cause, the first that is found.
    pub fn verify(
        &self,
        envelope: &Envelope,
        subject: Subject,
        claim: ClaimKind,
        now: Timestamp,
    ) -> Result<Verified, VerifyError> {
        let key = envelope.key();
        let trusted = self.keys.get(&key).ok_or(VerifyError::UnknownKey(key))?;
        let statement = envelope.open(&trusted.key).map_err(|error| match error {
            OpenEnvelopeError::Signature(_) => VerifyError::Signature(trusted.shown()),
            OpenEnvelopeError::Statement(source) => VerifyError::Statement(source),
        })?;
        let found = statement.claim.kind();
        if found != claim {
            return Err(VerifyError::WrongClaim { found, expected: claim });
        }
        trusted.may_speak(claim.role(), now)?;
        let found = statement.subject;
        if found != subject {
            return Err(VerifyError::WrongSubject { found, expected: subject });
        }
        Ok(Verified { statement, key, signer: trusted.name.clone() })
    }
}

impl TrustedKey {
    fn may_speak(&self, role: Role, now: Timestamp) -> Result<(), VerifyError> {
        let name = self.shown();
        if !self.roles.contains(&role) {
            let roles = self.roles.iter().copied().collect();
            return Err(VerifyError::WrongRole { name, role, roles });
        }
        self.counts(now)
    }

    fn may_publish(&self, now: Timestamp) -> Result<(), VerifyError> {
        if [Role::Publisher, Role::Release].iter().any(|role| self.roles.contains(role)) {
            return self.counts(now);
        }
        let roles = self.roles.iter().copied().collect();
        Err(VerifyError::NoPublisher { name: self.shown(), roles })
    }

    fn counts(&self, now: Timestamp) -> Result<(), VerifyError> {
        let name = self.shown();
        match (self.validity(now), &self.revoked) {
            (_, Some(revoked)) => {
                let (at, reason) = (written(revoked.at), revoked.reason.clone());
                Err(VerifyError::Revoked { name, at, reason })
            }
            (Validity::NotYet(from), None) => {
                Err(VerifyError::NotYetValid { name, from: written(from) })
            }
            (Validity::Ended(to), None) => Err(VerifyError::Expired { name, to: written(to) }),
            (Validity::Valid | Validity::Revoked, None) => Ok(()),
        }
    }
}

fn list(roles: &[Role]) -> String {
    roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn written(at: Timestamp) -> String {
    let millis = at.as_millis();
    jiff::Timestamp::from_millisecond(millis)
        .map_or_else(|_| format!("{millis} ms"), |date| date.to_string())
}
