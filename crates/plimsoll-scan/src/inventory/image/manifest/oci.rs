//! An OCI layout: `index.json`, the manifests it names, and theirs.

use plimsoll_core::Digest;

use super::{Chosen, LayerBlob, MOST_LAYERS, Store, blob, document, platform_of, sha256};
use crate::inventory::ImageRead;
use crate::inventory::error::Problem;
use crate::inventory::image::brought::Role;
use crate::inventory::image::platform::Platform;
use crate::inventory::python::version_is;
use crate::inventory::tree::Node;

/// How deep indexes may name each other.
const DEEPEST: usize = 4;

/// The most bytes of all layers together, as they are packed.
const MOST_PACKED: u64 = 32 * 1024 * 1024 * 1024;

/// How many images an index may name.
const MOST_IMAGES: usize = 1_000;

/// What an index names lists of images by.
const INDEXES: [&str; 2] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

/// What the configuration of an image is named by, rather than that of another artifact.
const CONFIGS: [&str; 2] =
    ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];

/// An image that an index names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Image {
    digest: String,
    platform: Platform,
    name: Option<String>,
}

/// Chooses the image that a digest stands for: itself, or one of the index that it is.
pub(super) fn choose_of(
    store: &Store<'_>,
    root: &Digest,
    platform: Option<&Platform>,
) -> Result<Chosen, Problem> {
    let digest = root.to_string();
    let document = document(store, &digest, Role::Manifest)?;
    let lists = document.get("manifests").is_some();
    let is_image = document.get("config").is_some() || document.get("layers").is_some();
    let says_index = document.text("mediaType").map(|kind| INDEXES.contains(&kind));
    match (lists, is_image, says_index) {
        (true, false, Some(true) | None) => choose(store, &document, platform),
        (false, true, Some(false) | None) => {
            let platform_of = platform_of_image(store, &digest)?;
            let images = vec![Image { digest, platform: platform_of, name: None }];
            chosen(store, images, platform)
        }
        // What some would read as the one and others as the other is not read.
        _ => {
            let message = format!("{digest} is neither an image index nor an image manifest");
            Err(Problem::form(None, message))
        }
    }
}

/// Chooses an image of an index.
pub(super) fn choose(
    store: &Store<'_>,
    index: &Node,
    platform: Option<&Platform>,
) -> Result<Chosen, Problem> {
    let mut images = Vec::new();
    collect(store, index, None, 0, &mut images)?;
    chosen(store, images, platform)
}

/// Chooses the one of several images that is for the platform.
fn chosen(
    store: &Store<'_>,
    mut images: Vec<Image>,
    platform: Option<&Platform>,
) -> Result<Chosen, Problem> {
    images.sort();
    images.dedup_by(|a, b| a.digest == b.digest);
    let usual = Platform::usual();
    let wanted = platform.unwrap_or(&usual);
    let fitting: Vec<&Image> = images.iter().filter(|it| wanted.accepts(&it.platform)).collect();
    let image = match (fitting.as_slice(), images.as_slice()) {
        ([image], _) => *image,
        // Nobody asked for another one, and there is none to mistake it for.
        ([], [image]) if platform.is_none() => image,
        ([], []) => return Err(Problem::form(None, "its index names no image")),
        ([], _) => {
            let message = format!("it holds no image for {wanted}; there are: {}", list(&images));
            return Err(Problem::form(None, message));
        }
        (several, _) => {
            let several: Vec<Image> = several.iter().map(|it| (*it).clone()).collect();
            let message = format!(
                "it holds {} images for {wanted}: {}; give a layout with one of them",
                several.len(),
                list(&several),
            );
            return Err(Problem::form(None, message));
        }
    };
    let layers = layers(store, &image.digest)?;
    let others: Vec<Image> = images.iter().filter(|it| *it != image).cloned().collect();
    let others = match others.len() {
        0 => String::new(),
        _ => format!("; not read: {}", list(&others)),
    };
    let note = format!(
        "read the image for {} ({}, {} layers){others}",
        image.platform,
        image.digest,
        layers.len()
    );
    let read = ImageRead { digest: Some(sha256(&image.digest)?), platform: image.platform.clone() };
    Ok(Chosen { layers, note, image: read })
}

fn list(images: &[Image]) -> String {
    let shown = images.iter().take(20).map(|image| {
        let name = image.name.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
        format!("{name}{} ({})", image.platform, image.digest)
    });
    let more = images.len().saturating_sub(20);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    shown.collect::<Vec<_>>().join(", ") + &more
}

/// Collects the images that an index names, and those of the indexes it names.
fn collect(
    store: &Store<'_>,
    index: &Node,
    name: Option<&str>,
    depth: usize,
    images: &mut Vec<Image>,
) -> Result<(), Problem> {
    is_second_schema(index, "image index")?;
    for descriptor in index.list("manifests")? {
        let annotation = |key: &str| descriptor.get("annotations").and_then(|it| it.text(key));
        // Notes about how an image was built are manifests too.
        if annotation("vnd.docker.reference.type").is_some() {
            continue;
        }
        let named = annotation("org.opencontainers.image.ref.name");
        let name = annotation("io.containerd.image.name").or(named).or(name);
        let digest = descriptor.required("digest")?;
        let is_index = descriptor.text("mediaType").is_some_and(|kind| INDEXES.contains(&kind));
        if is_index {
            if depth >= DEEPEST {
                let message = format!("its indexes name each other deeper than {DEEPEST} levels");
                return Err(Problem::form(None, message));
            }
            collect(store, &document(store, digest, Role::Manifest)?, name, depth + 1, images)?;
            continue;
        }
        let platform = match descriptor.get("platform").and_then(platform_of) {
            Some(platform) => platform,
            None => platform_of_image(store, digest)?,
        };
        if images.len() >= MOST_IMAGES {
            return Err(Problem::TooLarge {
                what: "images in an index",
                limit: MOST_IMAGES as u64,
            });
        }
        images.push(Image { digest: digest.to_owned(), platform, name: name.map(str::to_owned) });
    }
    Ok(())
}

fn platform_of_image(store: &Store<'_>, digest: &str) -> Result<Platform, Problem> {
    let config = config(store, &document(store, digest, Role::Manifest)?)?;
    platform_of(&config).ok_or_else(|| {
        Problem::form(None, format!("the image {digest} does not say for which platform it is"))
    })
}

fn config(store: &Store<'_>, manifest: &Node) -> Result<Node, Problem> {
    is_second_schema(manifest, "image manifest")?;
    let Some(config) = manifest.get("config") else {
        return Err(Problem::form(manifest.line, "a manifest has no `config`"));
    };
    match config.text("mediaType") {
        Some(kind) if CONFIGS.contains(&kind) => {}
        other => {
            let what =
                format!("an artifact that is no image (`{}`)", other.unwrap_or("of no type"));
            return Err(Problem::Refused { what, instead: "give a container image" });
        }
    }
    document(store, config.required("digest")?, Role::Config)
}

fn layers(store: &Store<'_>, digest: &str) -> Result<Vec<LayerBlob>, Problem> {
    let manifest = document(store, digest, Role::Manifest)?;
    // It is read so that a manifest of something else than an image does not pass for one.
    config(store, &manifest)?;
    let descriptors = manifest.list("layers")?;
    if descriptors.len() > MOST_LAYERS {
        return Err(Problem::TooLarge { what: "layers", limit: MOST_LAYERS as u64 });
    }
    let (mut layers, mut packed) = (Vec::new(), 0_u64);
    for descriptor in descriptors {
        let kind = descriptor.text("mediaType").unwrap_or_default();
        if kind.contains("encrypted") {
            let what = format!("an encrypted layer (`{kind}`)");
            return Err(Problem::Refused { what, instead: "decrypt the image first" });
        }
        let digest = descriptor.required("digest")?;
        let size = descriptor.get("size").and_then(Node::as_version);
        let size: u64 = size.and_then(|it| it.parse().ok()).ok_or_else(|| {
            Problem::form(descriptor.line, format!("the layer {digest} has no `size`"))
        })?;
        packed = packed.saturating_add(size);
        if packed > MOST_PACKED {
            return Err(Problem::TooLarge { what: "bytes of packed layers", limit: MOST_PACKED });
        }
        layers.push(LayerBlob {
            name: store.real(&blob(digest)?),
            digest: Some(digest.to_owned()),
            size: Some(size),
            unpacked: None,
        });
    }
    Ok(layers)
}

fn is_second_schema(node: &Node, format: &'static str) -> Result<(), Problem> {
    let version = node.get("schemaVersion").and_then(Node::as_version);
    version_is(version, format, "schemaVersion 2", |version| version == "2")
}
