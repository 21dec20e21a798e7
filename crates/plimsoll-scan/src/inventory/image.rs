//! Container images: an OCI layout (folder or archive), what `docker save` writes, or blobs that the
//! caller brings from a registry.
//!
//! Layers are streamed and nothing of them is written to disk; what is kept is only what an inventory
//! needs. Every blob is hashed while it is read.

mod brought;
mod budget;
mod layer;
mod manifest;
mod merged;
mod platform;
mod store;
mod system;
mod tar;
mod unpack;

use std::collections::BTreeMap;

use self::budget::Budget;
use self::layer::{Layer, read_layer};
use self::manifest::{LayerBlob, choose};
use self::merged::Merged;
use self::system::add_system;
use super::error::Problem;
use super::gather::Gathering;

pub use self::brought::Blobs;
pub use self::platform::{ParsePlatformError, Platform};
pub(super) use self::store::{Store, is_layout};
pub(super) use self::unpack::is_archive;

/// Reads what is installed in an image.
///
/// # Errors
/// It is no image or holds several, a blob is missing or damaged, a layer is no tar, or it is larger
/// than what is read.
pub(super) fn read_image(
    mut store: Store<'_>,
    platform: Option<&Platform>,
    gathering: &mut Gathering<'_>,
) -> Result<(), Problem> {
    let chosen = choose(&mut store, platform)?;
    gathering.note(chosen.note);
    gathering.image = Some(chosen.image);
    let budget = Budget::default();
    let mut wanted = BTreeMap::new();
    for (number, layer) in chosen.layers.iter().enumerate() {
        // One that is there several times is read once; only the lowest has nothing below it.
        wanted.entry(layer.name.clone()).or_insert((number, layer));
    }
    let blobs: Vec<&LayerBlob> = wanted.values().map(|(_, layer)| *layer).collect();
    let mut layers: BTreeMap<String, Layer> = BTreeMap::new();
    store.layers(&blobs, &mut |name, blob| {
        let Some((number, expected)) = wanted.get(name) else { return Ok(()) };
        let layer = read_layer(blob, expected, *number == 0, &budget)?;
        layers.insert(name.to_owned(), layer);
        Ok(())
    })?;
    let mut merged = Merged::default();
    for layer in &chosen.layers {
        if let Some(read) = layers.get(&layer.name) {
            merged.apply(read)?;
        }
    }
    add_system(&merged, gathering)
}

#[cfg(test)]
mod tests;
