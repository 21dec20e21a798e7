//! The one way in which this crate touches files.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::source::LARGEST;

/// A configuration file could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no such file.
    #[error("{} does not exist", path.display())]
    Absent {
        /// The file.
        path: PathBuf,
    },
    /// It is a folder, a pipe or a device.
    #[error("{} is no file", path.display())]
    NoFile {
        /// What was named.
        path: PathBuf,
    },
    /// It is larger than configuration ever is.
    #[error("{} has {bytes} bytes (at most {LARGEST} are read)", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// The system refused.
    #[error("{} cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
}

/// Reads a file of at most [`LARGEST`] bytes; of a larger one not a byte is kept.
pub fn read(path: &Path) -> Result<Vec<u8>, ReadError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            ReadError::Absent { path: path.to_owned() }
        }
        _ => ReadError::Io { path: path.to_owned(), error },
    };
    // Looked at before it is opened: opening a pipe waits for its writer.
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(ReadError::NoFile { path: path.to_owned() });
    }
    let largest = LARGEST as u64;
    let too_large = |bytes| ReadError::TooLarge { path: path.to_owned(), bytes };
    if metadata.len() > largest {
        return Err(too_large(metadata.len()));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(largest + 1).read_to_end(&mut bytes).map_err(failed)?;
    // It may have grown in the meantime.
    if bytes.len() as u64 > largest { Err(too_large(bytes.len() as u64)) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_is_refused_unread() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plimsoll.yaml");
        File::create(&path).unwrap().set_len(50 << 20).unwrap();
        assert!(matches!(read(&path), Err(ReadError::TooLarge { bytes: 52_428_800, .. })));
        assert!(matches!(read(folder.path()), Err(ReadError::NoFile { .. })));
        assert!(matches!(read(&path.join("x")), Err(ReadError::Absent { .. })));
        std::fs::write(&path, "model: x\n").unwrap();
        assert_eq!(read(&path).unwrap(), b"model: x\n");
    }
}
