//! What `docker save` writes: `manifest.json` beside layers that hash to what the configuration says.

use super::{Chosen, LayerBlob, Store, parse, platform_of, unpacked};
use crate::inventory::ImageRead;
use crate::inventory::error::Problem;
use crate::inventory::image::platform::Platform;
use crate::inventory::image::tar::normal;
use crate::inventory::image::unpack::check;
use crate::inventory::tree::{Node, Value};

/// Chooses the only image of a `manifest.json`.
pub(super) fn choose(
    store: &Store<'_>,
    manifest: &Node,
    platform: Option<&Platform>,
) -> Result<Chosen, Problem> {
    let Value::List(images) = &manifest.value else {
        return Err(Problem::form(manifest.line, "`manifest.json` is no list of images"));
    };
    let [image] = images.as_slice() else {
        let named: Vec<&str> = images.iter().filter_map(tag).collect();
        let message =
            format!("it holds {} images ({}); save one alone", images.len(), named.join(", "));
        return Err(Problem::form(None, message));
    };
    let name = image.required("Config")?;
    let bytes = store
        .document(&normal(name)?)?
        .ok_or_else(|| Problem::form(None, format!("its configuration {name} is missing")))?;
    // It is named by what it hashes to, `<hex>.json` or `blobs/sha256/<hex>`.
    let stem = name.rsplit('/').next().unwrap_or(name);
    let hex = stem.strip_suffix(".json").unwrap_or(stem);
    if hex.len() == 64 && hex.bytes().all(|it| it.is_ascii_hexdigit()) {
        check(&bytes, &format!("sha256:{hex}"))?;
    }
    let config = parse(&bytes)?;
    let found = platform_of(&config).ok_or_else(|| {
        Problem::form(None, "its configuration does not say for which platform it is")
    })?;
    if let Some(wanted) = platform.filter(|wanted| !wanted.accepts(&found)) {
        let message = format!("it holds no image for {wanted}, only one for {found}");
        return Err(Problem::form(None, message));
    }
    let digests = unpacked(&config)?;
    let files = image.list("Layers")?;
    if files.len() != digests.len() {
        let (files, digests) = (files.len(), digests.len());
        let message = format!("it has {files} layers, its configuration names {digests}");
        return Err(Problem::form(None, message));
    }
    let mut layers = Vec::new();
    for (file, digest) in files.iter().zip(digests) {
        let name = file.as_text().ok_or_else(|| Problem::form(None, "a layer is no text"))?;
        layers.push(LayerBlob {
            name: store.real(&normal(name)?),
            digest: None,
            size: None,
            unpacked: Some(digest.to_owned()),
        });
    }
    let named = tag(image).map(|tag| format!(" `{tag}`")).unwrap_or_default();
    let note = format!("read the image{named} for {found} ({} layers)", layers.len());
    Ok(Chosen { layers, note, image: ImageRead { digest: None, platform: found } })
}

fn tag(image: &Node) -> Option<&str> {
    image.list("RepoTags").ok()?.first()?.as_text()
}
