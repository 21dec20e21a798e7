//! Keys that sign statements, and what is needed to check their signatures.
//!
//! Keys sign with ECDSA P-256, as OpenSSF model signing and cosign do; Ed25519 is checked but not
//! made. A secret is in no `Debug`, no message and no file that others may read.

mod command;
mod file;
mod pem;

use std::fmt;
use std::str::FromStr;

use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{self, DerSignature};
use p256::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding,
};
use plimsoll_core::Digest;

use pem::Found;

pub use command::{CommandKey, RunCommandError, Terminal};
pub(crate) use file::read_secret;
pub use file::{ReadKeyError, WriteKeyError};

/// A private key, wherever it is.
pub trait Sign: fmt::Debug + Send + Sync {
    /// Returns the public half.
    fn public(&self) -> PublicKey;

    /// Returns the signature of `message`: DER where the key is one of ECDSA.
    ///
    /// # Errors
    /// The key is elsewhere, and did not sign.
    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

impl<S: Sign + ?Sized> Sign for Box<S> {
    fn public(&self) -> PublicKey {
        (**self).public()
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        (**self).signature(message)
    }
}

/// A key did not sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// A command was to sign with it.
    #[error(transparent)]
    Command(#[from] RunCommandError),
}

/// A private ECDSA P-256 key. Its bytes are wiped when it is dropped.
pub struct SigningKey(ecdsa::SigningKey);

/// A public key: ECDSA P-256 or Ed25519.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(Scheme);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Scheme {
    P256(ecdsa::VerifyingKey),
    Ed25519(ed25519_dalek::VerifyingKey),
}

/// The name of a public key: the SHA-256 of its `SubjectPublicKeyInfo` in DER, 64 digits.
///
/// `openssl pkey -pubin -outform DER | sha256sum` prints the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Digest);

/// The bytes are no key.
#[derive(Debug, thiserror::Error)]
#[error("these 32 bytes are no ECDSA P-256 key (one draw in four billion is none: draw again)")]
pub struct DrawKeyError;

/// The text is no private key that Plimsoll signs with.
#[derive(Debug, thiserror::Error)]
#[error("is no private ECDSA P-256 key in unencrypted PKCS#8 PEM (`BEGIN PRIVATE KEY`){0}")]
pub struct ParseSigningKeyError(Found);

/// The text is no public key that Plimsoll knows.
#[derive(Debug, thiserror::Error)]
#[error("is no public ECDSA P-256 or Ed25519 key in PEM (`BEGIN PUBLIC KEY`){0}")]
pub struct ParsePublicKeyError(Found);

/// The text is no key id.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no key id (expected 64 lower-case hexadecimal digits)")]
pub struct ParseKeyIdError(String);

/// The key could not be written as text.
#[derive(Debug, thiserror::Error)]
#[error("the key could not be encoded")]
pub struct EncodeKeyError;

impl SigningKey {
    /// Makes a key of bytes that the caller drew from the system's randomness (FIPS 186-5, A.2.2).
    ///
    /// # Errors
    /// The number is 0 or not below the order of the curve. Another draw is needed then: bending
    /// the bytes into range would make some keys likelier than others.
    pub fn from_random(drawn: [u8; 32]) -> Result<Self, DrawKeyError> {
        ecdsa::SigningKey::from_slice(&drawn).map(Self).map_err(|_| DrawKeyError)
    }

    /// Reads a key from unencrypted PKCS#8 PEM.
    pub fn from_pem(pem: &str) -> Result<Self, ParseSigningKeyError> {
        // What the parser says of a bad key is not passed on: nothing about a secret is.
        let key = ecdsa::SigningKey::from_pkcs8_pem(pem).map(Self);
        key.map_err(|_| ParseSigningKeyError(Found::of(pem)))
    }

    /// Returns the public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(Scheme::P256(*self.0.verifying_key()))
    }

    /// Returns the signature of `message` in DER; the same message has the same one (RFC 6979).
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: DerSignature = self.0.sign(message);
        signature.as_bytes().to_vec()
    }

    fn with_pem<T>(&self, used: impl FnOnce(&[u8]) -> T) -> Result<T, EncodeKeyError> {
        let pem = self.0.to_pkcs8_pem(LineEnding::LF).map_err(|_| EncodeKeyError)?;
        Ok(used(pem.as_bytes()))
    }
}

impl Sign for SigningKey {
    fn public(&self) -> PublicKey {
        Self::public(self)
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(self.sign(message))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(secret)")
    }
}

impl PublicKey {
    /// Reads a key from SPKI PEM.
    pub fn from_pem(pem: &str) -> Result<Self, ParsePublicKeyError> {
        if let Ok(key) = ecdsa::VerifyingKey::from_public_key_pem(pem) {
            return Ok(Self(Scheme::P256(key)));
        }
        let key = ed25519_dalek::VerifyingKey::from_public_key_pem(pem);
        match key {
            // Any message has a signature under a key of small order.
            Ok(key) if !key.is_weak() => Ok(Self(Scheme::Ed25519(key))),
            _ => Err(ParsePublicKeyError(Found::of(pem))),
        }
    }

    /// Returns the key as SPKI PEM.
    pub fn to_pem(&self) -> Result<String, EncodeKeyError> {
        match &self.0 {
            Scheme::P256(key) => key.to_public_key_pem(LineEnding::LF),
            Scheme::Ed25519(key) => key.to_public_key_pem(LineEnding::LF),
        }
        .map_err(|_| EncodeKeyError)
    }

    /// Returns its name.
    pub fn id(&self) -> Result<KeyId, EncodeKeyError> {
        let der = match &self.0 {
            Scheme::P256(key) => key.to_public_key_der(),
            Scheme::Ed25519(key) => key.to_public_key_der(),
        };
        der.map(|der| KeyId(Digest::sha256(der.as_bytes()))).map_err(|_| EncodeKeyError)
    }

    /// Tells whether it is an ECDSA P-256 key.
    pub fn is_p256(&self) -> bool {
        matches!(self.0, Scheme::P256(_))
    }

    /// Returns what a Sigstore bundle calls the key: the SHA-256 of its PEM, 64 digits.
    ///
    /// OpenSSF model signing compares it with the hash of the PEM, not of the DER.
    pub fn hint(&self) -> Result<String, EncodeKeyError> {
        Ok(Digest::sha256(self.to_pem()?.as_bytes()).hex())
    }

    /// Returns the DER of a signature that is written as its two numbers, one after the other; `None`
    /// where the bytes are none of this key's kind.
    fn der_of_numbers(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        if !self.is_p256() {
            return None;
        }
        let signature = ecdsa::Signature::from_slice(bytes).ok()?;
        Some(signature.to_der().as_bytes().to_vec())
    }

    /// Tells whether `signature` was made of `message` by the private half.
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Scheme::P256(key) => DerSignature::from_bytes(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Scheme::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
        }
    }
}

impl KeyId {
    /// Returns what people read in tables: the first 16 digits.
    pub fn short(&self) -> String {
        self.0.hex().chars().take(16).collect()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.hex())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for KeyId {
    type Err = ParseKeyIdError;

    fn from_str(s: &str) -> Result<Self, ParseKeyIdError> {
        let digest = format!("sha256:{s}").parse();
        digest.map(Self).map_err(|_| ParseKeyIdError(s.chars().take(100).collect()))
    }
}

#[cfg(test)]
mod tests;
