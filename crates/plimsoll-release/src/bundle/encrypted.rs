//! A bundle whose model is there for whoever has a key.
//!
//! It is the bundle, but for one file: in place of the model's blob lies `<its digest>.age`. Manifest
//! and statements are the very same, so what was signed of the model still is what counts.

use plimsoll_core::lifecycle::Subject;
use plimsoll_core::signature::Signature;
use plimsoll_core::{Digest, Timestamp, Version};

use super::open::Section;
use super::{BLOBS, Bundle, VerifiedBundle, VerifyBundleError};
use crate::encryption::{self, ENDING, Identities, OpenWeightsError};
use crate::trust::Trust;

/// The model of a bundle, encrypted, with what was signed of it.
#[derive(Debug)]
pub(super) struct EncryptedModel {
    pub(super) section: Section,
    /// The SHA-256 of the model itself.
    pub(super) digest: Digest,
    /// The size of the model itself.
    pub(super) size: u64,
}

/// A bundle of which every byte is vouched for but those of its model, which has to be opened.
#[derive(Debug)]
pub struct EncryptedBundle {
    /// Everything else. It has no model, so it stays in here.
    described: VerifiedBundle,
    model: EncryptedModel,
}

/// Returns the name of the file in a bundle that has the model with this SHA-256, encrypted.
pub(super) fn encrypted_name(model: &Digest) -> String {
    format!("{BLOBS}{}{ENDING}", model.hex())
}

impl Bundle {
    /// Tells whether there is something encrypted in it. Nothing of it is believed yet.
    pub fn is_encrypted(&self) -> bool {
        self.files.keys().any(|name| name.ends_with(ENDING))
    }

    /// Checks everything that is said of the bundle, and every byte but those of its model. No key is
    /// needed for that.
    ///
    /// # Errors
    /// The first thing that is wrong; nothing of the bundle may be used then. A model that is not
    /// encrypted is one of these things.
    pub fn verify_encrypted(
        &self,
        trust: &Trust,
        now: Timestamp,
    ) -> Result<EncryptedBundle, VerifyBundleError> {
        match self.verify_all(trust, now)? {
            (described, Some(model)) => Ok(EncryptedBundle { described, model }),
            (_, None) => Err(VerifyBundleError::NotEncrypted),
        }
    }
}

impl VerifiedBundle {
    /// Returns the file of the bundle that has the model, and the one that has it when it is encrypted.
    pub fn model_files(&self) -> (String, String) {
        let model = self.digest(super::Part::Model);
        (format!("{BLOBS}{}", model.hex()), encrypted_name(&model))
    }
}

impl EncryptedBundle {
    /// Returns what the statements are about.
    pub fn subject(&self) -> Subject {
        self.described.subject
    }

    /// Returns which version it is.
    pub fn version(&self) -> &Version {
        &self.described.release.version
    }

    /// Returns what the model takes and gives.
    pub fn signature(&self) -> &Signature {
        &self.described.signature
    }

    /// Returns the model: opened in memory, and the very bytes that were signed.
    ///
    /// # Errors
    /// No identity fits, it was changed, or it is another model.
    pub fn open(&self, identities: &Identities) -> Result<Vec<u8>, OpenWeightsError> {
        let EncryptedModel { section, digest, size } = &self.model;
        encryption::open(section, *size, *digest, identities)
    }
}
