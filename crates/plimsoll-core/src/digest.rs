//! Addresses of bytes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

/// How a [`Digest`] was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// BLAKE3, for everything that stays inside.
    Blake3,
    /// SHA-256, for everything that leaves (OCI, in-toto, SBOMs).
    Sha256,
}

/// The hash of some bytes, written `blake3:<hex>` or `sha256:<hex>`.
///
/// It is only made by hashing or by parsing its one spelling (64 lower-case digits), so holding
/// one means it can name a file or an OCI descriptor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest {
    algorithm: Algorithm,
    bytes: [u8; 32],
}

/// The text is no digest.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is no digest (expected `blake3:` or `sha256:` and 64 lower-case hexadecimal digits)"
)]
pub struct ParseDigestError(String);

impl Digest {
    /// Returns the BLAKE3 digest of `bytes`.
    pub fn blake3(bytes: &[u8]) -> Self {
        Self::from(blake3::hash(bytes))
    }

    /// Returns the SHA-256 digest of `bytes`.
    pub fn sha256(bytes: &[u8]) -> Self {
        Self { algorithm: Algorithm::Sha256, bytes: sha2::Sha256::digest(bytes).into() }
    }

    /// Returns the BLAKE3 digest of a value's JSON, whose maps are sorted: the address of a value.
    ///
    /// # Errors
    /// The value has no JSON, such as a map whose keys are no text.
    pub fn of_json<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_vec(value).map(|bytes| Self::blake3(&bytes))
    }

    /// Returns how it was computed.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the 32 bytes of the hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Returns the 64 hexadecimal digits without the algorithm.
    pub fn hex(&self) -> String {
        hex::encode(self.bytes)
    }

    /// Returns what people read in tables: the algorithm and 8 digits.
    pub fn short(&self) -> String {
        let written = self.to_string();
        let start = written.find(':').map_or(0, |colon| colon + 9);
        written[..start].to_owned()
    }
}

impl From<blake3::Hash> for Digest {
    fn from(hash: blake3::Hash) -> Self {
        Self { algorithm: Algorithm::Blake3, bytes: *hash.as_bytes() }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = *b"blake3:0000000000000000000000000000000000000000000000000000000000000000";
        let (algorithm, digits) = text.split_at_mut("blake3:".len());
        if self.algorithm == Algorithm::Sha256 {
            algorithm.copy_from_slice(b"sha256:");
        }
        // A run writes hundreds of digests; `hex::encode` makes each letter by letter.
        hex::encode_to_slice(self.bytes, digits).map_err(|_| fmt::Error)?;
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let invalid = || ParseDigestError(s.to_owned());
        let (algorithm, digits) = match s.split_once(':') {
            Some(("blake3", digits)) => (Algorithm::Blake3, digits),
            Some(("sha256", digits)) => (Algorithm::Sha256, digits),
            _ => return Err(invalid()),
        };
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| invalid())?;
        let digest = Self { algorithm, bytes };
        // `hex` reads upper case too; two spellings of one address would be two files.
        if digest.to_string() == s { Ok(digest) } else { Err(invalid()) }
    }
}

impl TryFrom<String> for Digest {
    type Error = ParseDigestError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A verdict that is computed again from stored evidence must have the digest of the first one:
    /// numbers come back from JSON to the last bit (`serde_json`'s feature `float_roundtrip`).
    #[test]
    fn of_json_is_the_same_after_a_trip_through_text() {
        let high = 0.435_082_441_723_165_24_f64;
        let text = serde_json::to_string(&[high]).unwrap();
        let back: [f64; 1] = serde_json::from_str(&text).unwrap();
        assert_eq!(back[0].to_bits(), high.to_bits());
        assert_eq!(Digest::of_json(&back).unwrap(), Digest::of_json(&[high]).unwrap());
    }

    #[test]
    fn has_one_spelling() {
        let digest = Digest::blake3(b"weights");
        assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        let shouted = format!("blake3:{}", digest.hex().to_uppercase());
        assert!(shouted.parse::<Digest>().is_err());
        assert!("blake3:00".parse::<Digest>().is_err());
        assert!("md5:00".parse::<Digest>().is_err());
    }

    #[test]
    fn hashes_as_published() {
        // BLAKE3's and FIPS 180-4's digests of the empty input.
        assert!(Digest::blake3(b"").hex().starts_with("af1349b9f5f9a1a6a0404dea36dcc949"));
        assert!(Digest::sha256(b"").hex().starts_with("e3b0c44298fc1c149afbf4c8996fb924"));
        assert_eq!(Digest::blake3(b"").short(), "blake3:af1349b9");
    }
}
