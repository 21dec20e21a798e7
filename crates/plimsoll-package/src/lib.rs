//! A released model as a container image and as an OCI artifact.
//!
//! Purpose: write both without a daemon, from files that are given, the same bytes for the same files.
//! An image is a base (made here of the few files that its programs need, or another one by its digest),
//! ONNX Runtime, the program, the trust file and the bundle, each in a layer of its own: what changes
//! with a retrained model is the last one. [`registry`] brings both to where others pull them from, [`fetch`] brings files from there. Deliberately absent: deciding what may be packaged, looking
//! for vulnerabilities, and running anything.

mod artifact;
mod attachment;
pub mod base;
mod compress;
mod document;
mod elf;
pub mod fetch;
mod hashed;
mod image;
mod kept;
mod layer;
mod layout;
pub mod registry;
mod resume;
#[cfg(test)]
mod test_server;
mod transport;
mod tree;

pub use artifact::{Artifact, ArtifactFile, MakeArtifactError};
pub use attachment::Attachment;
pub use compress::Compression;
pub use document::{Descriptor, Platform};
pub use hashed::hash;
pub use image::{Image, Program, Recipe, Shape};
pub use kept::KeptLayers;
pub use layer::{Layer, LayerKind};
pub use layout::{Layout, LayoutError};
pub use tree::{Content, Tree};
