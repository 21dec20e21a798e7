//! Immutable bytes, found by what they hash to.

use std::error::Error;
use std::ops::Range;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use tokio::io::AsyncRead;

use crate::Digest;

/// Bytes that are read piece by piece.
pub type Content = dyn AsyncRead + Send + Unpin;

/// Immutable bytes, found by what they hash to.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// Stores what `content` yields, in pieces, and returns its address.
    ///
    /// Storing it again is no error. A put that fails or is dropped leaves nothing to be found.
    async fn put(&self, content: &mut Content) -> Result<Digest, PutError>;

    /// Opens the object at `digest`, or the bytes of it in `range`.
    ///
    /// A whole read that does not hash to `digest` ends in [`Damaged`], never in end of file. A
    /// range cannot be checked alone; read the whole where it has to be.
    async fn open(
        &self,
        digest: &Digest,
        range: Option<Range<u64>>,
    ) -> Result<Box<Content>, OpenError>;

    /// Tells whether the object is there, without reading it.
    async fn contains(&self, digest: &Digest) -> Result<bool, OpenError>;

    /// Stores the content of the file at `path`, as [`ObjectStore::put`] does and faster.
    async fn put_file(&self, path: &Path) -> Result<Digest, PutError>;

    /// Writes the object to the file at `path` in one piece: what was there is replaced once the
    /// whole is written and hashes to `digest`, and stays as it was otherwise. The folder exists.
    async fn restore(
        &self,
        digest: &Digest,
        path: &Path,
        mode: FileMode,
    ) -> Result<(), RestoreError>;
}

/// What may be done with a restored file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileMode {
    /// It is read and written.
    Plain,
    /// It is executed too.
    Executable,
}

/// Bytes were not stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PutError {
    /// What was to be stored could not be read.
    #[error("the content could not be read")]
    Content(#[source] std::io::Error),
    /// The store could not be written to.
    #[error("{place} could not be written")]
    Store {
        /// Where.
        place: String,
        /// Why.
        source: std::io::Error,
    },
}

/// An object was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It is not there.
    #[error("object {0} is not in the store")]
    Missing(Digest),
    /// It is there and damaged.
    #[error(transparent)]
    Damaged(#[from] Damaged),
    /// The store did not answer.
    #[error("the object store is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

/// An object was not written to a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// It could not be read.
    #[error(transparent)]
    Object(#[from] OpenError),
    /// The file could not be written.
    #[error("`{}` could not be written", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The bytes at an address are not those that it names.
#[derive(Debug, thiserror::Error)]
#[error("object {expected} is damaged ({problem})")]
pub struct Damaged {
    /// The address.
    pub expected: Digest,
    /// What is wrong: `its bytes hash to …`, `it ends early`.
    pub problem: String,
}
