//! Blobs that the caller brings, since they lie where this crate does not go.

use std::io::{self, Read};

use plimsoll_core::Digest;

/// The blobs of an image of a registry, as the caller fetches them.
///
/// Nothing that is brought is believed: each blob is held against its digest while it is read, and
/// which ones are asked for follows from blobs that were.
pub trait Blobs {
    /// Returns what the image's name stands for: the digest of an index, or of a manifest.
    fn root(&self) -> Digest;

    /// Brings an index or a manifest; `None` where there is none of that digest.
    ///
    /// # Errors
    /// It could not be fetched.
    fn manifest(&self, digest: &Digest) -> io::Result<Option<Vec<u8>>>;

    /// Brings the configuration of an image; `None` where there is none of that digest.
    ///
    /// # Errors
    /// It could not be fetched.
    fn config(&self, digest: &Digest) -> io::Result<Option<Vec<u8>>>;

    /// Opens a layer, of which a manifest says that it has `size` bytes.
    ///
    /// # Errors
    /// It could not be fetched, or is not there.
    fn layer(&self, digest: &Digest, size: u64) -> io::Result<Box<dyn Read>>;
}

/// What a small blob is to the image that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// An index or a manifest, which registries keep apart.
    Manifest,
    /// A configuration, which is a blob like any other there.
    Config,
}
