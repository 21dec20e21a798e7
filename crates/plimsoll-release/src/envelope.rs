//! A signed statement: DSSE in a Sigstore bundle v0.3, with a hint to the public key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use plimsoll_core::Digest;
use serde::{Deserialize, Serialize};

use crate::key::{EncodeKeyError, KeyId, ParseKeyIdError, PublicKey, SigningKey};
use crate::statement::{PAYLOAD_TYPE, ReadStatementError, Statement};

/// The media type of a signed statement.
pub const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// A statement and its signature. Neither is believed before the signature is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    payload: Vec<u8>,
    key: KeyId,
    hint: String,
    signature: Vec<u8>,
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
}

/// The bytes are no signed statement.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadEnvelopeError {
    /// They have another form.
    #[error("is no Sigstore bundle with a public key and a DSSE envelope ({0})")]
    Form(#[from] serde_json::Error),
    /// They are another version.
    #[error("is a `{0}` (expected `{MEDIA_TYPE}`)")]
    MediaType(String),
    /// The payload is something else.
    #[error("holds a `{0}` (expected `{PAYLOAD_TYPE}`)")]
    PayloadType(String),
    /// It is signed several times, or not at all.
    #[error("has {0} signatures (expected 1)")]
    Signatures(usize),
    /// A part is no base64.
    #[error("has a {part} that is no base64")]
    Base64 {
        /// Which part.
        part: &'static str,
    },
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

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    media_type: String,
    verification_material: Material,
    dsse_envelope: Dsse,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Material {
    public_key: Hint,
    // Empty here, but readers of the format ask for it.
    #[serde(default)]
    tlog_entries: [(); 0],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hint {
    hint: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Dsse {
    payload: String,
    payload_type: String,
    signatures: Vec<WireSignature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSignature {
    sig: String,
    keyid: String,
}

impl Envelope {
    /// Signs `statement` with `key`.
    pub fn seal(statement: &Statement, key: &SigningKey) -> Result<Self, SealError> {
        let payload = statement.to_json()?;
        let signature = key.sign(&pre_authentication(PAYLOAD_TYPE, &payload));
        let public = key.public();
        // `OpenSSF` model signing compares its hint with the hash of the PEM, not of the DER.
        let hint = Digest::sha256(public.to_pem()?.as_bytes()).hex();
        Ok(Self { payload, key: public.id()?, hint, signature })
    }

    /// Returns the Sigstore bundle; the same envelope always has the same bytes.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let signature =
            WireSignature { sig: BASE64.encode(&self.signature), keyid: self.key.to_string() };
        serde_json::to_vec(&Wire {
            media_type: MEDIA_TYPE.to_owned(),
            verification_material: Material {
                public_key: Hint { hint: self.hint.clone() },
                tlog_entries: [],
            },
            dsse_envelope: Dsse {
                payload: BASE64.encode(&self.payload),
                payload_type: PAYLOAD_TYPE.to_owned(),
                signatures: vec![signature],
            },
        })
    }

    /// Reads a Sigstore bundle. Nothing in it is checked yet.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ReadEnvelopeError> {
        let wire: Wire = serde_json::from_slice(bytes)?;
        if wire.media_type != MEDIA_TYPE {
            return Err(ReadEnvelopeError::MediaType(shown(&wire.media_type)));
        }
        let Dsse { payload, payload_type, signatures } = wire.dsse_envelope;
        if payload_type != PAYLOAD_TYPE {
            return Err(ReadEnvelopeError::PayloadType(shown(&payload_type)));
        }
        let count = signatures.len();
        let Ok([signature]) = <[WireSignature; 1]>::try_from(signatures) else {
            return Err(ReadEnvelopeError::Signatures(count));
        };
        let decoded =
            |part, text| BASE64.decode(text).map_err(|_| ReadEnvelopeError::Base64 { part });
        Ok(Self {
            payload: decoded("payload", payload)?,
            key: signature.keyid.parse()?,
            hint: wire.verification_material.public_key.hint,
            signature: decoded("signature", signature.sig)?,
        })
    }

    /// Returns the key that is said to have signed it.
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// Returns what it says, once `key` is found to have signed exactly that.
    pub fn open(&self, key: &PublicKey) -> Result<Statement, OpenEnvelopeError> {
        if !key.has_signed(&pre_authentication(PAYLOAD_TYPE, &self.payload), &self.signature) {
            return Err(OpenEnvelopeError::Signature(self.key));
        }
        Ok(Statement::from_json(&self.payload)?)
    }
}

/// Returns what is signed: DSSE's pre-authentication encoding (protocol v1.0).
fn pre_authentication(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// Returns the beginning of a text that somebody else wrote.
fn shown(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use plimsoll_core::lifecycle::Subject;

    use super::*;
    use crate::samples;

    // Who accepts it is said in testdata/README.md.
    const ACCEPTED: &str = include_str!("../testdata/provenance.sigstore.json");

    #[test]
    fn encodes_as_dsse_says() {
        // The example of DSSE's protocol.md, v1.0.
        let encoded = pre_authentication("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

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
