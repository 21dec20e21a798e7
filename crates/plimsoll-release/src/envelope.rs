//! A signed statement: DSSE in a Sigstore bundle v0.3, with a hint to the public key.

use crate::key::{EncodeKeyError, KeyId, ParseKeyIdError, PublicKey, Sign, SignError};
use crate::sigstore::{self, SigstoreBundle};
use crate::statement::{PAYLOAD_TYPE, ReadStatementError, Statement};

pub use crate::sigstore::{MEDIA_TYPE, ReadSigstoreError};

/// A statement and its signature. Neither is believed before the signature is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    bundle: SigstoreBundle,
    key: KeyId,
}

/// A statement was not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// It has no JSON.
    #[error("the statement has no JSON")]
    Statement(#[from] serde_json::Error),
    /// The key has no name.
    #[error(transparent)]
    Key(#[from] EncodeKeyError),
    /// The key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// The bytes are no signed statement.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadEnvelopeError {
    /// They are no signature that can be checked with a key.
    #[error(transparent)]
    Bundle(#[from] ReadSigstoreError),
    /// It does not say which key signed it.
    #[error(transparent)]
    Key(#[from] ParseKeyIdError),
}

/// A statement may not be believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenEnvelopeError {
    /// The key did not sign it, or something was changed afterwards.
    #[error("has a signature that is not one of key {0} over what it says")]
    Signature(KeyId),
    /// The key signed something else than a statement.
    #[error(transparent)]
    Statement(#[from] ReadStatementError),
}

impl Envelope {
    /// Signs `statement` with `key`.
    pub fn seal(statement: &Statement, key: &dyn Sign) -> Result<Self, SealError> {
        Self::seal_payload(statement.to_json()?, key)
    }

    /// Signs an in-toto statement that is not about a bundle.
    pub(crate) fn seal_payload(payload: Vec<u8>, key: &dyn Sign) -> Result<Self, SealError> {
        let signature = key.signature(&sigstore::pre_authentication(PAYLOAD_TYPE, &payload))?;
        let public = key.public();
        let (key, hint) = (public.id()?, public.hint()?);
        let bundle = SigstoreBundle { payload, signature, key_id: key.to_string(), hint };
        Ok(Self { bundle, key })
    }

    /// Returns the Sigstore bundle; the same envelope always has the same bytes.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        self.bundle.to_json()
    }

    /// Reads a Sigstore bundle. Nothing in it is checked yet.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ReadEnvelopeError> {
        let bundle = SigstoreBundle::from_json(bytes)?;
        let key = bundle.key_id.parse()?;
        Ok(Self { bundle, key })
    }

    /// Returns the key that is said to have signed it.
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// Tells whether its hint is the one that signing with `key` leaves: no signature covers it.
    pub fn hints_at(&self, key: &PublicKey) -> bool {
        key.hint().is_ok_and(|hint| hint == self.bundle.hint)
    }

    /// Returns what it says, once `key` is found to have signed exactly that.
    pub fn open(&self, key: &PublicKey) -> Result<Statement, OpenEnvelopeError> {
        Ok(Statement::from_json(self.open_payload(key)?)?)
    }

    /// Returns the bytes that were signed, once `key` is found to have signed exactly them.
    pub(crate) fn open_payload(&self, key: &PublicKey) -> Result<&[u8], OpenEnvelopeError> {
        if !key.has_signed(&self.bundle.signed(), &self.bundle.signature) {
            return Err(OpenEnvelopeError::Signature(self.key));
        }
        Ok(&self.bundle.payload)
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_core::lifecycle::Subject;

    use super::*;
    use crate::key::SigningKey;
    use crate::samples;

    // Who accepts it is said in testdata/README.md.
    const ACCEPTED: &str = include_str!("../testdata/provenance.sigstore.json");

    #[test]
    fn is_what_others_accept() {
        let statement = samples::provenance(Subject::of(b"manifest"));
        let envelope = Envelope::seal(&statement, &samples::key()).unwrap();
        assert_eq!(String::from_utf8(envelope.to_json().unwrap()).unwrap(), ACCEPTED);
    }

    #[test]
    fn comes_back_as_it_was() {
        let envelope = Envelope::from_json(ACCEPTED.as_bytes()).unwrap();
        assert_eq!(envelope.to_json().unwrap(), ACCEPTED.as_bytes());
        let statement = samples::provenance(Subject::of(b"manifest"));
        assert_eq!(envelope.open(&samples::key().public()).unwrap(), statement);
        let other = SigningKey::from_random([8; 32]).unwrap().public();
        let error = envelope.open(&other).unwrap_err();
        assert!(matches!(error, OpenEnvelopeError::Signature(_)), "{error}");
    }

    #[test]
    fn refuses_other_forms_by_name() {
        let cases = [
            ("bundle.v0.3+json", "bundle.v0.2+json", "(expected `application/vnd.dev.sigstore"),
            ("vnd.in-toto+json", "vnd.other+json", "holds a `application/vnd.other+json`"),
            ("\"payload\":\"", "\"payload\":\"!", "has a payload that is no base64"),
            ("\"keyid\":\"", "\"keyid\":\"x", "is no key id"),
            ("\"tlogEntries\":[]", "\"tlogEntries\":[1]", "is no Sigstore bundle"),
            ("\"signatures\":[{", "\"signatures\":[{},{", "is no Sigstore bundle"),
        ];
        for (there, instead, said) in cases {
            assert!(ACCEPTED.contains(there), "{there}");
            let changed = ACCEPTED.replacen(there, instead, 1);
            let error = Envelope::from_json(changed.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        let start = ACCEPTED.find("\"signatures\":[").unwrap();
        let unsigned = format!("{}\"signatures\":[]}}}}", &ACCEPTED[..start]);
        let error = Envelope::from_json(unsigned.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "has 0 signatures (expected 1)");
    }
}
