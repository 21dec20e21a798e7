//! Keys as files that only their owner may read.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{EncodeKeyError, ParsePublicKeyError, ParseSigningKeyError, PublicKey, SigningKey};

/// The largest key file that is read; a P-256 key takes 241 bytes.
const LARGEST: u64 = 16 * 1024;

/// The rights of everybody but the owner.
const OTHERS: u32 = 0o077;

/// A key was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadKeyError {
    /// The file could not be read.
    #[error("the key {path} could not be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is a folder, a pipe or a device.
    #[error("the key {0} is no regular file")]
    NoFile(PathBuf),
    /// Others may read or change it.
    #[error("the key {path} is open to others (mode {mode:04o}, at most 0600: run `chmod 600`)")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is larger than a key can be.
    #[error("the key {path} has {bytes} bytes (at most {LARGEST})")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// It holds something else.
    #[error("the key {path} {source}")]
    NoKey {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: ParseSigningKeyError,
    },
    /// It holds something else than a public key.
    #[error("the key {path} {source}")]
    NoPublicKey {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: ParsePublicKeyError,
    },
}

/// A key was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteKeyError {
    /// There is a file already; a key is never written over.
    #[error("{0} exists already (a key is never written over)")]
    Exists(PathBuf),
    /// The file could not be written.
    #[error("the key {path} could not be written")]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The key has no PEM.
    #[error(transparent)]
    Encode(#[from] EncodeKeyError),
}

impl SigningKey {
    /// Reads the key in the file `path`, which nobody else may read.
    pub fn read(path: &Path) -> Result<Self, ReadKeyError> {
        let pem = read(path, Secrecy::Private)?;
        let key = Self::from_pem(&pem);
        key.map_err(|source| ReadKeyError::NoKey { path: path.to_owned(), source })
    }

    /// Writes the key to the new file `path` with mode 0600: wholly, or not at all.
    pub fn write_new(&self, path: &Path) -> Result<(), WriteKeyError> {
        let unwritable = |source| WriteKeyError::Unwritable { path: path.to_owned(), source };
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".key-").permissions(Permissions::from_mode(0o600));
        let mut file = builder.tempfile_in(folder).map_err(unwritable)?;
        self.with_pem(|pem| file.write_all(pem))?.map_err(unwritable)?;
        file.as_file().sync_all().map_err(unwritable)?;
        file.persist_noclobber(path).map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => WriteKeyError::Exists(path.to_owned()),
            _ => unwritable(error.error),
        })?;
        // The name is only kept once the folder is written.
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(unwritable)
    }
}

impl PublicKey {
    /// Reads the key in the file `path`, SPKI PEM.
    pub fn read(path: &Path) -> Result<Self, ReadKeyError> {
        let key = Self::from_pem(&read(path, Secrecy::Public)?);
        key.map_err(|source| ReadKeyError::NoPublicKey { path: path.to_owned(), source })
    }
}

/// Reads a secret out of the file `path`, which nobody else may read.
pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<String>, ReadKeyError> {
    read(path, Secrecy::Private)
}

/// Whether others may read a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrecy {
    Private,
    Public,
}

fn read(path: &Path, secrecy: Secrecy) -> Result<Zeroizing<String>, ReadKeyError> {
    let unreadable = |source| ReadKeyError::Unreadable { path: path.to_owned(), source };
    // Opening a pipe would wait for its writer.
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let mut options = OpenOptions::new();
    let file = options.read(true).custom_flags(nonblocking).open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(ReadKeyError::NoFile(path.to_owned()));
    }
    let mode = metadata.permissions().mode() & 0o7777;
    if secrecy == Secrecy::Private && mode & OTHERS != 0 {
        return Err(ReadKeyError::Exposed { path: path.to_owned(), mode });
    }
    if metadata.len() > LARGEST {
        return Err(ReadKeyError::TooLarge { path: path.to_owned(), bytes: metadata.len() });
    }
    // Large enough at once: what moves leaves a copy of a secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(LARGEST).unwrap_or(0)));
    file.take(LARGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    // What is no text is no PEM: DER, for one.
    Ok(Zeroizing::new(str::from_utf8(&bytes).unwrap_or_default().to_owned()))
}
