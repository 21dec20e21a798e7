//! Sigstore bundles, version 0.3, of a signature by a key: a DSSE envelope, and a hint which key.
//!
//! Nothing in one is believed here. Bundles of certificates are not read: what vouches for a
//! certificate is not in `trust.yaml`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::statement::PAYLOAD_TYPE;
use crate::strict;

/// The media type of a bundle.
pub const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// A payload, its signature, and whose it is said to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SigstoreBundle {
    /// What is signed: in-toto's JSON.
    pub(crate) payload: Vec<u8>,
    /// The signature of [`SigstoreBundle::signed`].
    pub(crate) signature: Vec<u8>,
    /// DSSE's name of the key; empty for none.
    pub(crate) key_id: String,
    /// Sigstore's name of the key; empty for none, as older versions of model-signing write it.
    pub(crate) hint: String,
}

/// The bytes are no signature that can be checked with a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadSigstoreError {
    /// They have another form.
    #[error("is no Sigstore bundle with a public key and a DSSE envelope ({0})")]
    Form(#[from] serde_json::Error),
    /// They are another version.
    #[error("is a `{0}` (expected `{MEDIA_TYPE}`)")]
    MediaType(String),
    /// A certificate says whose it is.
    #[error("is signed with a certificate (expected a key)")]
    Certificate,
    /// Nothing says what it can be checked with.
    #[error("does not say that it is signed with a key (`publicKey` is missing)")]
    NoKey,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<KeyIdentifier>,
    // Empty here, but readers of the format ask for it.
    #[serde(default)]
    tlog_entries: [(); 0],
    #[serde(default, skip_serializing)]
    certificate: Option<IgnoredAny>,
    #[serde(default, skip_serializing)]
    x509_certificate_chain: Option<IgnoredAny>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeyIdentifier {
    #[serde(default)]
    hint: Option<String>,
    // Older versions of model-signing bring the key along; nobody vouches for one that is.
    #[serde(default, skip_serializing)]
    #[expect(dead_code, reason = "known by name, and not looked at")]
    raw_bytes: Option<IgnoredAny>,
    #[serde(default, skip_serializing)]
    #[expect(dead_code, reason = "known by name, and not looked at")]
    key_details: Option<IgnoredAny>,
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
    #[serde(default)]
    keyid: String,
}

impl SigstoreBundle {
    /// Returns the bytes of the bundle; the same bundle always has the same.
    pub(crate) fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let signature =
            WireSignature { sig: BASE64.encode(&self.signature), keyid: self.key_id.clone() };
        let hint =
            KeyIdentifier { hint: Some(self.hint.clone()), raw_bytes: None, key_details: None };
        serde_json::to_vec(&Wire {
            media_type: MEDIA_TYPE.to_owned(),
            verification_material: Material {
                public_key: Some(hint),
                tlog_entries: [],
                certificate: None,
                x509_certificate_chain: None,
            },
            dsse_envelope: Dsse {
                payload: BASE64.encode(&self.payload),
                payload_type: PAYLOAD_TYPE.to_owned(),
                signatures: vec![signature],
            },
        })
    }

    /// Reads a bundle. Nothing in it is checked yet.
    pub(crate) fn from_json(bytes: &[u8]) -> Result<Self, ReadSigstoreError> {
        let wire: Wire = strict::from_slice(bytes)?;
        if wire.media_type != MEDIA_TYPE {
            return Err(ReadSigstoreError::MediaType(shown(&wire.media_type)));
        }
        let material = wire.verification_material;
        if material.certificate.is_some() || material.x509_certificate_chain.is_some() {
            return Err(ReadSigstoreError::Certificate);
        }
        let key = material.public_key.ok_or(ReadSigstoreError::NoKey)?;
        let Dsse { payload, payload_type, signatures } = wire.dsse_envelope;
        if payload_type != PAYLOAD_TYPE {
            return Err(ReadSigstoreError::PayloadType(shown(&payload_type)));
        }
        let count = signatures.len();
        let Ok([signature]) = <[WireSignature; 1]>::try_from(signatures) else {
            return Err(ReadSigstoreError::Signatures(count));
        };
        let decoded =
            |part, text| BASE64.decode(text).map_err(|_| ReadSigstoreError::Base64 { part });
        Ok(Self {
            payload: decoded("payload", payload)?,
            signature: decoded("signature", signature.sig)?,
            key_id: signature.keyid,
            hint: key.hint.unwrap_or_default(),
        })
    }

    /// Returns what the signature is one of.
    pub(crate) fn signed(&self) -> Vec<u8> {
        pre_authentication(PAYLOAD_TYPE, &self.payload)
    }
}

/// Returns what is signed: DSSE's pre-authentication encoding (protocol v1.0).
pub(crate) fn pre_authentication(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// Returns the beginning of a text that somebody else wrote, fit to be shown.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(200).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_as_dsse_says() {
        // The example of DSSE's protocol.md, v1.0.
        let encoded = pre_authentication("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn tells_certificates_and_missing_keys_from_keys() {
        let bundle = |material: &str| {
            let text = format!(
                r#"{{"mediaType":"{MEDIA_TYPE}","verificationMaterial":{material},"dsseEnvelope":{{"payload":"e30=","payloadType":"{PAYLOAD_TYPE}","signatures":[{{"sig":"AAAA"}}]}}}}"#
            );
            SigstoreBundle::from_json(text.as_bytes()).map_err(|error| error.to_string())
        };
        let chain = r#"{"x509CertificateChain":{"certificates":[{"rawBytes":"AAAA"}]}}"#;
        let both = r#"{"publicKey":{"hint":"a"},"certificate":{"rawBytes":"AAAA"}}"#;
        for certificate in [chain, both] {
            let error = bundle(certificate).unwrap_err();
            assert_eq!(error, "is signed with a certificate (expected a key)");
        }
        let error = bundle("{}").unwrap_err();
        assert!(error.contains("`publicKey` is missing"), "{error}");
        let old = bundle(r#"{"publicKey":{"rawBytes":"AAAA","keyDetails":"PKIX"}}"#).unwrap();
        assert_eq!((old.hint.as_str(), old.key_id.as_str()), ("", ""));
        assert_eq!(bundle(r#"{"publicKey":{"hint":"a"},"tlogEntries":[]}"#).unwrap().hint, "a");
        let twice = bundle(r#"{"publicKey":{"hint":"a","hint":"b"}}"#).unwrap_err();
        assert!(twice.contains("`hint` stands twice"), "{twice}");
    }
}
