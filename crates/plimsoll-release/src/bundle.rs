//! What is shipped: a model with its signature, environment and card, and what is said of it.
//!
//! A bundle is an OCI image layout in a folder or in one tar file, and there is exactly one way to
//! write it: what is read back must be that, byte for byte. So a byte that no digest covers cannot
//! be changed either, and a reader never has to decide which of two readings was meant.

pub(crate) mod archive;
mod contents;
mod encrypted;
mod manifest;
pub(crate) mod open;
mod pack;
mod reading;
mod verify;
mod write;

pub use encrypted::EncryptedBundle;
pub use manifest::Part;
pub(crate) use manifest::model_of;
pub use open::{Bundle, OpenBundleError};
pub(crate) use verify::agreeing;
pub use verify::{CopyError, VerifiedBundle, VerifyBundleError};
pub use write::{AssembleError, Assembled, Parts, Statements, WriteBundleError};

const LAYOUT_FILE: &str = "oci-layout";
const INDEX_FILE: &str = "index.json";
const BLOBS: &str = "blobs/sha256/";
const LAYOUT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// How the names of bundles begin that are not finished.
pub(crate) const UNFINISHED: &str = ".bundle-";

/// The largest model that is shipped: what a size in a tar file can say.
pub(crate) const LARGEST_MODEL: u64 = 0o77_777_777_777;

/// The largest of everything else, as registries limit manifests; Plimsoll writes kilobytes.
const LARGEST_DOCUMENT: u64 = 4 * 1024 * 1024;

/// The most files in a bundle: a model, two parts, a signature, two manifests' worth of each
/// statement, and the layout's own. Plimsoll writes 14.
const MOST_FILES: usize = 32;

#[cfg(test)]
mod tests;
