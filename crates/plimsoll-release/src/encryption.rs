//! Weights that only the holder of a key can read: age (age-encryption.org/v1) with X25519 keys.
//!
//! What is encrypted to is public and in the audit log; who can open it does not show in the file.
//! A secret is in no `Debug`, no message and no file that others may read.

mod identities;
mod open;
mod recipients;

use std::io::{self, Write};

use crate::bundle::{CopyError, Part, VerifiedBundle};

pub use identities::{Identities, IdentityCommandError, ParseIdentitiesError, ReadIdentitiesError};
pub use open::{OpenWeightsError, open_file};
pub(crate) use open::{largest, open};
pub use recipients::{ReadRecipientsError, Recipients};

/// The media type of a file of age.
pub const MEDIA_TYPE: &str = "application/vnd.age";

/// What the format calls itself.
pub const FORMAT: &str = "age-encryption.org/v1";

/// How every identity begins.
const BEGIN: &str = "AGE-SECRET-KEY-";

/// Tells whether the secret half of a key is in a text, in whichever letters and however it is broken into
/// lines: where something else was meant to stand it must not be repeated.
pub fn has_secret(text: &str) -> bool {
    let letters: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    letters.to_ascii_uppercase().contains(BEGIN)
}

/// How the name of an encrypted file ends.
pub const ENDING: &str = ".age";

/// Weights were not encrypted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// They could not be read, or are not those that were verified.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// What was encrypted could not be written.
    #[error("the encrypted model could not be written")]
    Unwritable(#[source] io::Error),
    /// The library refused the recipients, which were looked at before.
    #[error("age does not encrypt to these recipients")]
    Recipients,
}

impl VerifiedBundle {
    /// Writes the model to `to`, encrypted to `recipients`.
    ///
    /// Every call draws a new key for the file, so the same model never gives the same bytes twice.
    /// What was written before an error must not be used.
    pub fn encrypt(&self, recipients: &Recipients, to: &mut dyn Write) -> Result<(), EncryptError> {
        let encryptor = age::Encryptor::with_recipients(recipients.of_age());
        let encryptor = encryptor.map_err(|_| EncryptError::Recipients)?;
        let mut encrypted = encryptor.wrap_output(to).map_err(EncryptError::Unwritable)?;
        self.copy(Part::Model, &mut encrypted)?;
        encrypted.finish().map(drop).map_err(EncryptError::Unwritable)
    }
}
