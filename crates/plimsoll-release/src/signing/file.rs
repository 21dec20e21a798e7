//! Signatures as files.

use std::fs::OpenOptions;
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::{LARGEST, ModelSignature};
use crate::sigstore::ReadSigstoreError;

/// A signature was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadSignatureError {
    /// The file could not be read.
    #[error("the signature {path} could not be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is a folder, a pipe or a device.
    #[error("the signature {0} is no regular file")]
    NoFile(PathBuf),
    /// It is larger than a signature can be.
    #[error("the signature {path} has {bytes} bytes (at most {LARGEST})")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// It holds something else.
    #[error("the signature {path} {source}")]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: ReadSigstoreError,
    },
}

impl ModelSignature {
    /// Reads the signature in the file `path`. Nothing in it is checked yet.
    pub fn read(path: &Path) -> Result<Self, ReadSignatureError> {
        let unreadable = |source| ReadSignatureError::Unreadable { path: path.to_owned(), source };
        // Opening a pipe would wait for its writer.
        let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let mut options = OpenOptions::new();
        let file = options.read(true).custom_flags(nonblocking).open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(ReadSignatureError::NoFile(path.to_owned()));
        }
        if metadata.len() > LARGEST {
            return Err(ReadSignatureError::TooLarge {
                path: path.to_owned(),
                bytes: metadata.len(),
            });
        }
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes).map_err(unreadable)?;
        let read = Self::from_json(&bytes);
        read.map_err(|source| ReadSignatureError::Form { path: path.to_owned(), source })
    }
}
