//! Opening what is encrypted: in memory, as much as was signed, and only what was signed.

use std::fs::File;
use std::io::{self, BufReader, Read};

use plimsoll_core::Digest;

use super::Identities;
use crate::bundle::open::Section;

/// The largest head of an encrypted file: 64 recipients take 7 KiB, a few of ssh's kinds more.
const LARGEST_HEAD: u64 = 32 * 1024;

/// The last line of a head begins so; no other does.
const END_OF_HEAD: &[u8] = b"\n--- ";

/// What a file of age begins with where it is written as text.
const ARMOR: &[u8] = b"-----BEGIN AGE";

/// How much is sealed together, and how many bytes a seal has (the format's own numbers).
const CHUNK: u64 = 64 * 1024;
const SEAL: u64 = 16;

/// How much is read at once.
const PIECE: usize = 128 * 1024;

/// Encrypted weights were not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenWeightsError {
    /// They could not be read.
    #[error("the encrypted model could not be read")]
    Unreadable(#[source] io::Error),
    /// They are no file of age.
    #[error("the encrypted model is no file of age (age-encryption.org/v1){0}")]
    Form(&'static str),
    /// Nobody's key fits.
    #[error("{} the model (it is encrypted to other recipients)", none_of(*tried))]
    NoKey {
        /// How many keys were tried.
        tried: usize,
    },
    /// Somebody changed them, or a part is missing.
    #[error("the encrypted model was changed, or its end is missing")]
    Changed,
    /// They hold something else than what was signed.
    #[error("what is encrypted is not the model that was signed (it {0})")]
    Other(String),
    /// There is not enough memory.
    #[error("there is no memory for a model of {0} bytes")]
    Memory(u64),
}

fn none_of(tried: usize) -> String {
    match tried {
        1 => "the identity does not open".to_owned(),
        _ => format!("none of the {tried} identities opens"),
    }
}

/// Returns the most bytes that `size` bytes can have when they are encrypted.
pub(crate) fn largest(size: u64) -> u64 {
    let seals = (size / CHUNK + 1) * SEAL;
    size.saturating_add(seals).saturating_add(LARGEST_HEAD)
}

/// Returns what is encrypted in `section`, provided that it has `size` bytes which hash to `digest`.
pub(crate) fn open(
    section: &Section,
    size: u64,
    digest: Digest,
    identities: &Identities,
) -> Result<Vec<u8>, OpenWeightsError> {
    has_short_head(section)?;
    let from = BufReader::with_capacity(PIECE, section.reader());
    let decryptor = age::Decryptor::new_buffered(from).map_err(|error| told(error, identities))?;
    let opened = decryptor.decrypt(identities.of_age()).map_err(|error| told(error, identities))?;
    let no_memory = |_| OpenWeightsError::Memory(size);
    // One byte more than there may be tells that there are more.
    let wanted = size.saturating_add(1);
    let mut model = Vec::new();
    model
        .try_reserve_exact(usize::try_from(wanted).map_err(|_| OpenWeightsError::Memory(size))?)
        .map_err(no_memory)?;
    opened.take(wanted).read_to_end(&mut model).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => OpenWeightsError::Changed,
        _ => OpenWeightsError::Unreadable(error),
    })?;
    if model.len() as u64 != size {
        let has = if model.len() as u64 > size { "more" } else { "fewer" };
        return Err(OpenWeightsError::Other(format!("has {has} than {size} bytes")));
    }
    let found = Digest::sha256(&model);
    if found == digest {
        Ok(model)
    } else {
        Err(OpenWeightsError::Other(format!("hashes to {}, not {}", found.short(), digest.short())))
    }
}

/// Returns what is encrypted in `file`, provided that it has `size` bytes which hash to `digest`.
///
/// # Errors
/// It is no regular file, no identity fits, it was changed, or it holds something else.
pub fn open_file(
    file: File,
    size: u64,
    digest: Digest,
    identities: &Identities,
) -> Result<Vec<u8>, OpenWeightsError> {
    let no_file = |_| OpenWeightsError::Form(": it is no regular file");
    let section = Section::of(file.into()).map_err(no_file)?;
    open(&section, size, digest, identities)
}

/// Refuses a file whose head does not end where heads end: the library would read on.
fn has_short_head(section: &Section) -> Result<(), OpenWeightsError> {
    let mut head = Vec::new();
    let read = section.reader().take(LARGEST_HEAD).read_to_end(&mut head);
    read.map_err(OpenWeightsError::Unreadable)?;
    if head.starts_with(ARMOR) {
        return Err(OpenWeightsError::Form(": it is armored, and only the binary form is read"));
    }
    if head.windows(END_OF_HEAD.len()).any(|window| window == END_OF_HEAD) {
        return Ok(());
    }
    Err(OpenWeightsError::Form(""))
}

/// Says what the library's error means.
fn told(error: age::DecryptError, identities: &Identities) -> OpenWeightsError {
    use age::DecryptError as Error;
    match error {
        Error::NoMatchingKeys => OpenWeightsError::NoKey { tried: identities.count() },
        Error::DecryptionFailed | Error::InvalidMac | Error::KeyDecryptionFailed => {
            OpenWeightsError::Changed
        }
        Error::Io(error) => match error.kind() {
            io::ErrorKind::UnexpectedEof => OpenWeightsError::Changed,
            io::ErrorKind::InvalidData => OpenWeightsError::Form(""),
            _ => OpenWeightsError::Unreadable(error),
        },
        _ => OpenWeightsError::Form(""),
    }
}
