//! OpenSSF model signing, version 1: a key vouches for the files of a model.
//!
//! What the Python package `model-signing` signs with a key (`model_signing sign key`) is read, and
//! what is signed here it accepts: files hashed with SHA-256, listed in an in-toto statement, in a
//! [Sigstore bundle](crate::envelope::MEDIA_TYPE). Shards, other hashes and certificates are not.

mod file;
mod files;
mod listing;
mod name;

use std::collections::BTreeSet;
use std::path::Path;

use crate::key::{EncodeKeyError, PublicKey, Sign, SignError};
use crate::sigstore::{self, ReadSigstoreError, SigstoreBundle, shown};
use crate::statement::PAYLOAD_TYPE;

pub use file::ReadSignatureError;
pub use files::{Links, ModelFiles, ReadFilesError, Walk};
pub use listing::{Differences, Listing, ReadListingError};
pub use name::{FileName, ParseFileNameError};

/// The largest signature that is read, in bytes: 100,000 files with names of 70 bytes.
pub const LARGEST: u64 = 32 << 20;

/// What `model-signing` leaves out unless it is told not to.
const OF_GIT: [&str; 4] = [".git", ".gitattributes", ".github", ".gitignore"];

/// A listing of files and its signature. Neither is believed before the signature is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelSignature {
    bundle: SigstoreBundle,
}

/// Files were not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignFilesError {
    /// The format knows ECDSA only.
    #[error("the key is no ECDSA P-256 key, which the format of model signing asks for")]
    Scheme,
    /// There is nothing to vouch for.
    #[error("there are no files to sign")]
    Empty,
    /// The listing has no JSON.
    #[error("the listing of the files has no JSON")]
    Listing(#[from] serde_json::Error),
    /// The key has no name.
    #[error(transparent)]
    Key(#[from] EncodeKeyError),
    /// The key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// A listing may not be believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenSignatureError {
    /// It is said to be made by another key.
    #[error("names another key, with the hint {0} (the SHA-256 of its PEM)")]
    OtherKey(String),
    /// The format knows ECDSA only.
    #[error("cannot be checked with this key, which is no ECDSA P-256 key")]
    Scheme,
    /// The key did not sign it, or something was changed afterwards.
    #[error("has a signature that is not one of the key over what it says")]
    Signature,
    /// The key signed something else.
    #[error(transparent)]
    Listing(#[from] ReadListingError),
}

impl ModelSignature {
    /// Signs `listing` with `key`.
    pub fn sign(listing: &Listing, key: &dyn Sign) -> Result<Self, SignFilesError> {
        if listing.files.is_empty() {
            return Err(SignFilesError::Empty);
        }
        let public = key.public();
        if !public.is_p256() {
            return Err(SignFilesError::Scheme);
        }
        let payload = listing.to_json()?;
        let signature = key.signature(&sigstore::pre_authentication(PAYLOAD_TYPE, &payload))?;
        let bundle =
            SigstoreBundle { payload, signature, key_id: String::new(), hint: public.hint()? };
        Ok(Self { bundle })
    }

    /// Returns the bytes of the signature file.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        self.bundle.to_json()
    }

    /// Reads a signature file. Nothing in it is checked yet.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ReadSigstoreError> {
        SigstoreBundle::from_json(bytes).map(|bundle| Self { bundle })
    }

    /// Returns the [hint](PublicKey::hint) of the key that is said to have signed it; `None` in what
    /// older versions of `model-signing` wrote.
    pub fn hint(&self) -> Option<&str> {
        Some(self.bundle.hint.as_str()).filter(|hint| !hint.is_empty())
    }

    /// Returns what is signed, once `key` is found to have signed exactly that.
    pub fn open(&self, key: &PublicKey) -> Result<Listing, OpenSignatureError> {
        if let Some(hint) = self.hint()
            && key.hint().ok().as_deref() != Some(hint)
        {
            return Err(OpenSignatureError::OtherKey(shown(hint)));
        }
        if !key.is_p256() {
            return Err(OpenSignatureError::Scheme);
        }
        if !key.has_signed(&self.bundle.signed(), &self.bundle.signature) {
            return Err(OpenSignatureError::Signature);
        }
        Ok(Listing::from_json(&self.bundle.payload)?)
    }
}

/// Returns what a signature in the file `signature` leaves out of the folder `model`: itself, and
/// what belongs to git.
pub fn left_out(model: &Path, signature: &Path) -> BTreeSet<FileName> {
    let of_git = OF_GIT.iter().filter_map(|name| name.parse().ok());
    of_git.chain(place_within(model, signature)).collect()
}

/// Returns where `file` lies within the folder `model`, links resolved; `None` where it does not.
pub fn place_within(model: &Path, file: &Path) -> Option<FileName> {
    let model = model.canonicalize().ok()?;
    let folder = file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    // The file itself need not be there yet.
    let file = folder.canonicalize().ok()?.join(file.file_name()?);
    file.strip_prefix(model).ok()?.to_str()?.parse().ok()
}

#[cfg(test)]
mod tests;
