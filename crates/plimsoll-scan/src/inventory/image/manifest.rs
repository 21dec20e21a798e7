//! Which layers an image is made of: the index, the manifest for a platform, the configuration.

mod docker;
mod oci;

use plimsoll_core::Digest;

use super::brought::Role;
use super::platform::Platform;
use super::store::Store;
use super::unpack::check;
use crate::inventory::error::Problem;
use crate::inventory::tree::{Node, json};
use crate::inventory::{ImageRead, text_of};

/// The most layers of an image; the kernel stacks fewer.
const MOST_LAYERS: usize = 512;

/// A layer and what it is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LayerBlob {
    /// The name of its file in the store.
    pub(super) name: String,
    /// What its bytes hash to.
    pub(super) digest: Option<String>,
    /// How many bytes it has.
    pub(super) size: Option<u64>,
    /// What it hashes to when it is unpacked.
    pub(super) unpacked: Option<String>,
}

/// The image that is read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    /// Its layers, the lowest first.
    pub(super) layers: Vec<LayerBlob>,
    /// Which of the images there it is.
    pub(super) note: String,
    /// The same, for whoever refers to it.
    pub(super) image: ImageRead,
}

/// Chooses the image for a platform, by default the usual one, or the only one there is.
///
/// # Errors
/// There is none for the platform, or several; or what is there is no image.
pub(super) fn choose(
    store: &mut Store<'_>,
    platform: Option<&Platform>,
) -> Result<Chosen, Problem> {
    if let Store::Brought(blobs) = store {
        let root = blobs.root();
        return oci::choose_of(store, &root, platform);
    }
    // Newer `docker save` writes both; the index names what its bytes hash to.
    if let Some(index) = store.document("index.json")? {
        return oci::choose(store, &parse(&index)?, platform);
    }
    if let Some(manifest) = store.document("manifest.json")? {
        return docker::choose(store, &parse(&manifest)?, platform);
    }
    let message = "it has neither `index.json` nor `manifest.json`: it is no OCI layout and nothing that `docker save` writes";
    Err(Problem::form(None, message))
}

fn parse(bytes: &[u8]) -> Result<Node, Problem> {
    json(text_of(bytes)?)
}

/// Reads a blob that is a document, and checks it.
fn document(store: &Store<'_>, digest: &str, role: Role) -> Result<Node, Problem> {
    let bytes = store.blob(&sha256(digest)?, role)?.ok_or_else(|| {
        Problem::form(
            None,
            format!("its blob {digest} is missing, or larger than a manifest may be"),
        )
    })?;
    check(&bytes, digest)?;
    parse(&bytes)
}

/// Returns the digest that a text is.
fn sha256(digest: &str) -> Result<Digest, Problem> {
    let parsed: Result<Digest, _> = digest.parse();
    match parsed {
        Ok(parsed) if digest.starts_with("sha256:") => Ok(parsed),
        _ => {
            let shown: String = digest.chars().take(100).collect();
            let message = format!("`{shown}` is no digest that is known (expected `sha256:…`)");
            Err(Problem::form(None, message))
        }
    }
}

/// Returns the file of a blob. A digest is taken apart only if it is one, so that it names no other file.
fn blob(digest: &str) -> Result<String, Problem> {
    Ok(format!("blobs/sha256/{}", sha256(digest)?.hex()))
}

/// Returns the platform that a configuration or a descriptor names.
fn platform_of(node: &Node) -> Option<Platform> {
    let (os, architecture) = (node.text("os")?, node.text("architecture")?);
    Some(Platform::of(os, architecture, node.text("variant")))
}

/// Returns what layers hash to when they are unpacked, as a configuration says.
fn unpacked(config: &Node) -> Result<Vec<&str>, Problem> {
    let Some(files) = config.get("rootfs") else {
        return Err(Problem::form(None, "its configuration has no `rootfs`: it is no image"));
    };
    let digests = files.list("diff_ids")?;
    if digests.len() > MOST_LAYERS {
        return Err(Problem::TooLarge { what: "layers", limit: MOST_LAYERS as u64 });
    }
    digests
        .iter()
        .map(|it| it.as_text().ok_or_else(|| Problem::form(None, "a `diff_ids` is no text")))
        .collect()
}
