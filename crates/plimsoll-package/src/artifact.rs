//! A model as an OCI artifact, beside the image that serves it.

use std::collections::BTreeMap;
use std::io::Read as _;

use plimsoll_core::Digest;
use serde::Deserialize;

use crate::document::{ArtifactManifest, Descriptor, EMPTY, MANIFEST};
use crate::hashed;
use crate::tree::Content;

/// What OCI puts where an artifact has no configuration.
pub(crate) const EMPTY_CONFIG: &[u8] = b"{}";

/// What tools call a file when they pull an artifact.
const TITLE: &str = "org.opencontainers.image.title";

/// A model as an artifact: manifests that are there already, and the blobs that they name.
pub struct Artifact<'a> {
    /// The descriptors of the manifests, the model's first, then what is attached to it.
    pub manifests: Vec<Descriptor>,
    /// Every blob, the manifests among them.
    pub blobs: Vec<(Digest, Content<'a>)>,
}

/// A file of an artifact.
pub struct ArtifactFile<'a> {
    /// Where it lies when the artifact is pulled.
    pub name: String,
    /// What kind of thing it is.
    pub media_type: &'static str,
    /// Its content.
    pub content: Content<'a>,
}

/// What is read of an index.
#[derive(Deserialize)]
struct Listed {
    manifests: Vec<Descriptor>,
}

/// An artifact was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MakeArtifactError {
    /// A file could not be read.
    #[error("`{name}` could not be read")]
    Unreadable {
        /// Which.
        name: String,
        /// Why.
        source: std::io::Error,
    },
    /// Its manifest has no JSON.
    #[error("the artifact has a manifest without JSON")]
    Json(#[from] serde_json::Error),
}

impl<'a> Artifact<'a> {
    /// Takes over a layout: its index, and its blobs.
    ///
    /// # Errors
    /// The index is none.
    pub fn of(index: &[u8], blobs: Vec<(Digest, Content<'a>)>) -> Result<Self, serde_json::Error> {
        let listed: Listed = serde_json::from_slice(index)?;
        let mut manifests = listed.manifests;
        for descriptor in &mut manifests {
            // How the layout calls them says nothing in another one.
            descriptor.annotations.clear();
        }
        Ok(Self { manifests, blobs })
    }

    /// Makes one artifact of `files`, each a layer that is called by its name.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn of_files(
        kind: &str,
        files: Vec<ArtifactFile<'a>>,
        annotations: BTreeMap<String, String>,
    ) -> Result<Self, MakeArtifactError> {
        let (mut layers, mut blobs) = (Vec::new(), Vec::new());
        for file in files {
            let ArtifactFile { name, media_type, content } = file;
            let digest = match content.digest() {
                Some(digest) => digest,
                None => hash(&content).map_err(|source| MakeArtifactError::Unreadable {
                    name: name.clone(),
                    source,
                })?,
            };
            let mut layer = Descriptor::new(media_type, digest, content.size);
            layer.annotations.insert(TITLE.to_owned(), name);
            layers.push(layer);
            blobs.push((digest, content));
        }
        let empty = Digest::sha256(EMPTY_CONFIG);
        let manifest = ArtifactManifest {
            schema_version: 2,
            media_type: MANIFEST,
            artifact_type: kind.to_owned(),
            config: Descriptor::new(EMPTY, empty, EMPTY_CONFIG.len() as u64),
            layers,
            subject: None,
            annotations,
        };
        let manifest = serde_json::to_vec(&manifest)?;
        let digest = Digest::sha256(&manifest);
        let mut descriptor = Descriptor::new(MANIFEST, digest, manifest.len() as u64);
        descriptor.artifact_type = Some(kind.to_owned());
        blobs.push((empty, Content::bytes(EMPTY_CONFIG.to_vec())));
        blobs.push((digest, Content::bytes(manifest)));
        Ok(Self { manifests: vec![descriptor], blobs })
    }
}

fn hash(content: &Content<'_>) -> std::io::Result<Digest> {
    // One byte more than there may be tells that there are more.
    let from = (content.open)()?.take(content.size.saturating_add(1));
    let (digest, _) = hashed::hash(from)?;
    Ok(digest)
}
