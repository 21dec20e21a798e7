//! Profiles as files: zstd over JSON whose first field names the format.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::Profile;

/// The largest profile that is read, before compression.
const LARGEST: u64 = 512 << 20;

/// Zstandard's own default level.
const LEVEL: i32 = 3;

const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// How the JSON of every profile begins.
const BEGINNING: &str = "{\"format\":\"plimsoll.profile/";

/// A file is not read as a profile.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadProfileError {
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It was written by another version of Plimsoll.
    #[error("{} is a profile of the format {format}, this program reads {}", path.display(), Profile::FORMAT)]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: String,
    },
    /// It is no profile, or a damaged one.
    #[error("{} cannot be read as a profile: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl Profile {
    /// Tells by its first bytes whether the file at `path` is a profile; what cannot be read is
    /// none.
    pub fn is_profile(path: &Path) -> bool {
        // A pipe is read once, by whom it is meant for.
        if !std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
            return false;
        }
        let mut beginning = Vec::new();
        let read = File::open(path).and_then(|mut file| {
            let mut magic = [0; 4];
            file.read_exact(&mut magic)?;
            if magic != ZSTD {
                return Ok(0);
            }
            let whole = magic.as_slice().chain(file);
            let limit = BEGINNING.len() as u64;
            zstd::Decoder::new(whole)?.take(limit).read_to_end(&mut beginning)
        });
        read.is_ok() && beginning == BEGINNING.as_bytes()
    }

    /// Reads the profile in the file at `path`.
    ///
    /// # Errors
    /// It cannot be read, has another format, or its parts do not fit together.
    pub fn read(path: &Path) -> Result<Self, ReadProfileError> {
        let failed = |source| ReadProfileError::Io { path: path.to_owned(), source };
        let damaged = |reason: String| ReadProfileError::Damaged { path: path.to_owned(), reason };
        let mut text = Vec::new();
        let file = File::open(path).map_err(failed)?;
        let decoder = zstd::Decoder::new(file).map_err(failed)?;
        let read = decoder.take(LARGEST + 1).read_to_end(&mut text);
        read.map_err(|error| damaged(error.to_string()))?;
        if text.len() as u64 > LARGEST {
            return Err(damaged(format!("it holds more than {LARGEST} bytes")));
        }
        let rest = text.strip_prefix(BEGINNING.as_bytes());
        let rest = rest.ok_or_else(|| damaged("it does not begin like one".to_owned()))?;
        let end = rest.iter().take(20).position(|byte| *byte == b'"').unwrap_or(0);
        let version = String::from_utf8_lossy(&rest[..end]);
        let format = format!("plimsoll.profile/{version}");
        if format != Self::FORMAT {
            return Err(ReadProfileError::Format { path: path.to_owned(), format });
        }
        let profile: Self =
            serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        match profile.flaw() {
            Some(flaw) => Err(damaged(flaw)),
            None => Ok(profile),
        }
    }

    /// Returns the profile as the bytes of a file; equal profiles give equal bytes.
    ///
    /// # Errors
    /// Numbers that JSON cannot hold; a profile has none.
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let mut encoder = zstd::Encoder::new(Vec::new(), LEVEL)?;
        encoder.include_checksum(true)?;
        serde_json::to_writer(&mut encoder, self)?;
        encoder.flush()?;
        encoder.finish()
    }
}
