//! Images that are made for a test, in a layout.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use plimsoll_core::Digest;
use serde_json::{Value, json};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// A file of a layer: where, and what is in it.
type Entry<'t> = (&'t str, &'t str);

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Digest::sha256(bytes).to_string()
}

/// An image layout.
pub(crate) struct Layout {
    folder: tempfile::TempDir,
    manifests: BTreeMap<String, Value>,
    root: String,
}

impl Layout {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("blobs/sha256")).unwrap();
        fs::write(folder.path().join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        Self { folder, manifests: BTreeMap::new(), root: String::new() }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Adds a blob, and returns its digest.
    pub(crate) fn blob(&mut self, bytes: &[u8]) -> String {
        let digest = Digest::sha256(bytes);
        fs::write(self.folder().join("blobs/sha256").join(digest.hex()), bytes).unwrap();
        digest.to_string()
    }

    pub(crate) fn bytes(&self, digest: &str) -> Option<Vec<u8>> {
        let hex = digest.strip_prefix("sha256:")?;
        fs::read(self.folder().join("blobs/sha256").join(hex)).ok()
    }

    fn size(&self, digest: &str) -> u64 {
        self.bytes(digest).map_or(2, |bytes| bytes.len() as u64)
    }

    /// Adds an image of these layers, and returns its digest.
    pub(crate) fn image(&mut self, architecture: &str, layers: &[&[Entry<'_>]]) -> String {
        let mut blobs = Vec::new();
        for layer in layers {
            let tar = tar(layer);
            blobs.push((self.blob(&tar), tar.len() as u64));
        }
        let unpacked: Vec<String> = blobs.iter().map(|(digest, _)| digest.clone()).collect();
        self.image_of(architecture, &blobs, &unpacked)
    }

    /// Adds an image of layers that are named, whether they are there or not.
    pub(crate) fn image_of(
        &mut self,
        architecture: &str,
        layers: &[(String, u64)],
        unpacked: &[String],
    ) -> String {
        let config = json!({
            "architecture": architecture, "os": "linux", "config": {},
            "rootfs": { "type": "layers", "diff_ids": unpacked },
        });
        let config = self.blob(config.to_string().as_bytes());
        let layers = layers.iter();
        let layers: Vec<Value> = layers
            .map(|(digest, size)| json!({ "mediaType": LAYER, "digest": digest, "size": size }))
            .collect();
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "layers": layers,
            "config": { "mediaType": CONFIG, "digest": config, "size": self.size(&config) },
        });
        let digest = self.blob(manifest.to_string().as_bytes());
        self.manifests.insert(architecture.to_owned(), manifest);
        digest
    }

    /// Adds an index that names these, each of a kind, and returns its digest.
    pub(crate) fn index_of(&mut self, named: &[(&str, &str)]) -> String {
        let named = named.iter().map(|(kind, digest)| {
            json!({ "mediaType": kind, "digest": digest, "size": self.size(digest) })
        });
        let named: Vec<Value> = named.collect();
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": named });
        self.blob(index.to_string().as_bytes())
    }

    /// Makes the layout be about an index of images for several machines.
    pub(crate) fn index(&mut self, name: &str, images: &[(&str, String)]) {
        let named = images.iter().map(|(architecture, digest)| {
            let platform = json!({ "os": "linux", "architecture": architecture });
            let size = self.size(digest);
            json!({ "mediaType": MANIFEST, "digest": digest, "size": size, "platform": platform })
        });
        let named: Vec<Value> = named.collect();
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": named });
        let index = self.blob(index.to_string().as_bytes());
        self.point_at(name, &index);
    }

    /// Makes the layout be about an index or an image.
    pub(crate) fn point_at(&mut self, name: &str, digest: &str) {
        digest.clone_into(&mut self.root);
        let index = json!({ "schemaVersion": 2, "manifests": [{
            "mediaType": INDEX, "digest": digest, "size": self.size(digest),
            "annotations": { "org.opencontainers.image.ref.name": name },
        }] });
        fs::write(self.folder().join("index.json"), index.to_string()).unwrap();
    }

    /// Returns the digest of what the layout is about.
    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    pub(crate) fn digest_of(&self, architecture: &str) -> String {
        sha256(self.manifests[architecture].to_string().as_bytes())
    }

    pub(crate) fn config_of(&self, architecture: &str) -> String {
        self.manifests[architecture]["config"]["digest"].as_str().unwrap().to_owned()
    }

    pub(crate) fn layers_of(&self, architecture: &str) -> Vec<String> {
        let layers = self.manifests[architecture]["layers"].as_array().unwrap().iter();
        layers.map(|layer| layer["digest"].as_str().unwrap().to_owned()).collect()
    }
}

/// Returns an archive of small files.
fn tar(entries: &[Entry<'_>]) -> Vec<u8> {
    let (mut archive, none) = (String::new(), "");
    for (name, content) in entries {
        let size = content.len();
        assert!(size <= 512, "{name} is larger than a block");
        let mut header = format!(
            "{name:\0<100}0000644\0{none:\0<16}{size:011o}\0{none:\0<12}{none:8}0{none:\0<100}ustar\x0000"
        );
        let sum: u32 = header.bytes().map(u32::from).sum();
        header.replace_range(148..156, &format!("{sum:06o}\0 "));
        write!(archive, "{header:\0<512}{content:\0<512}").unwrap();
    }
    (archive + &"\0".repeat(1024)).into_bytes()
}
