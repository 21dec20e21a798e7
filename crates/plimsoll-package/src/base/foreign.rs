//! Another base: an image of somebody else's, named by its digest, under the layers that are made here.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;
use serde::Deserialize;

use crate::document::{Descriptor, INDEX, Platform};
use crate::registry::{ImageReference, Registry, RegistryError};

/// The largest document that is read.
const LARGEST_DOCUMENT: u64 = 4 * 1024 * 1024;

/// The most layers that are taken over; engines stack few hundred.
const MOST_LAYERS: usize = 127;

const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// Where the blobs of a base are.
#[derive(Debug)]
pub enum Place {
    /// An image layout.
    Layout(PathBuf),
    /// A repository of a registry.
    Registry(Box<Registry>),
}

/// An image that others are made on.
#[derive(Debug)]
pub struct Foreign {
    place: Place,
    /// The digest of its manifest.
    manifest: Digest,
    layers: Vec<Descriptor>,
    config: Config,
}

/// An image cannot be a base.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadBaseError {
    /// A blob is not there or could not be read.
    #[error("blob {digest} of the base could not be read")]
    Unreadable {
        /// Which.
        digest: Digest,
        /// Why.
        source: io::Error,
    },
    /// A blob has other bytes than its name says.
    #[error("blob {digest} of the base was changed (its bytes hash to {found})")]
    Changed {
        /// Which.
        digest: Digest,
        /// What they hash to.
        found: Digest,
    },
    /// The registry does not give it.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// It is no image for linux/amd64.
    #[error("{digest} is no image for linux/amd64 that this version reads: {why}")]
    Form {
        /// What was named.
        digest: Digest,
        /// Why.
        why: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    media_type: Option<String>,
    #[serde(default)]
    manifests: Vec<Listed>,
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Listed {
    digest: Digest,
    platform: Option<Platform>,
}

#[derive(Debug, Deserialize)]
struct Config {
    os: String,
    architecture: String,
    rootfs: Rootfs,
    #[serde(default)]
    history: Vec<serde_json::Value>,
    #[serde(default, rename = "config")]
    execution: Option<Execution>,
}

#[derive(Debug, Deserialize)]
struct Rootfs {
    diff_ids: Vec<Digest>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Execution {
    #[serde(default)]
    env: Option<Vec<String>>,
}

impl Place {
    fn document(&self, digest: &Digest) -> Result<Vec<u8>, ReadBaseError> {
        let unreadable = |source| ReadBaseError::Unreadable { digest: *digest, source };
        let mut bytes = Vec::new();
        match self {
            Self::Layout(folder) => {
                let file = File::open(blob_file(folder, digest)).map_err(unreadable)?;
                file.take(LARGEST_DOCUMENT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
            }
            Self::Registry(registry) => {
                bytes = match registry.manifest(&digest.to_string())? {
                    Some(bytes) => bytes,
                    None => return Err(unreadable(io::ErrorKind::NotFound.into())),
                };
            }
        }
        checked(digest, bytes)
    }

    fn config(&self, digest: &Digest) -> Result<Vec<u8>, ReadBaseError> {
        let unreadable = |source| ReadBaseError::Unreadable { digest: *digest, source };
        let mut bytes = Vec::new();
        let mut reader = self.blob(digest)?.take(LARGEST_DOCUMENT + 1);
        reader.read_to_end(&mut bytes).map_err(unreadable)?;
        checked(digest, bytes)
    }

    fn blob(&self, digest: &Digest) -> Result<Box<dyn Read>, ReadBaseError> {
        Ok(match self {
            Self::Layout(folder) => {
                let file = File::open(blob_file(folder, digest));
                let unreadable = |source| ReadBaseError::Unreadable { digest: *digest, source };
                Box::new(file.map_err(unreadable)?)
            }
            Self::Registry(registry) => Box::new(registry.blob(digest)?),
        })
    }
}

fn blob_file(folder: &Path, digest: &Digest) -> PathBuf {
    folder.join("blobs/sha256").join(digest.hex())
}

fn checked(digest: &Digest, bytes: Vec<u8>) -> Result<Vec<u8>, ReadBaseError> {
    let found = Digest::sha256(&bytes);
    if found == *digest {
        Ok(bytes)
    } else {
        Err(ReadBaseError::Changed { digest: *digest, found })
    }
}

impl Foreign {
    /// Reads the image that `digest` names, or the one for linux/amd64 of the index that it names.
    ///
    /// # Errors
    /// It is not there, is something else, or other bytes than the digest says.
    pub fn read(place: Place, digest: Digest) -> Result<Self, ReadBaseError> {
        let form = |why: String| ReadBaseError::Form { digest, why };
        let parse = |bytes: &[u8]| -> Result<Document, ReadBaseError> {
            serde_json::from_slice(bytes)
                .map_err(|error| form(format!("it is no manifest ({error})")))
        };
        let mut manifest = digest;
        let mut document = parse(&place.document(&manifest)?)?;
        let is_index = |kind: &str| kind == INDEX || kind == DOCKER_LIST;
        if document.media_type.as_deref().is_some_and(is_index) || !document.manifests.is_empty() {
            let wanted = Platform::amd64();
            let mut fitting =
                document.manifests.iter().filter(|it| it.platform.as_ref() == Some(&wanted));
            let found = fitting.next().ok_or_else(|| form("its index has none".to_owned()))?;
            manifest = found.digest;
            document = parse(&place.document(&manifest)?)?;
        }
        let config = document.config.ok_or_else(|| form("it has no configuration".to_owned()))?;
        let config: Config = serde_json::from_slice(&place.config(&config.digest)?)
            .map_err(|error| form(format!("its configuration is none ({error})")))?;
        let wanted = Platform::amd64();
        if (&config.os, &config.architecture) != (&wanted.os, &wanted.architecture) {
            return Err(form(format!("it is for {}/{}", config.os, config.architecture)));
        }
        let (layers, unpacked) = (document.layers, config.rootfs.diff_ids.len());
        if layers.len() != unpacked || layers.len() > MOST_LAYERS {
            let count = layers.len();
            return Err(form(format!("it has {count} layers and {unpacked} digests of them")));
        }
        let layers = layers.into_iter().map(|mut layer| {
            layer.media_type = ours(&layer.media_type)
                .ok_or_else(|| form(format!("it has a layer of type `{}`", layer.media_type)))?;
            layer.annotations.clear();
            Ok(layer)
        });
        let layers = layers.collect::<Result<_, ReadBaseError>>()?;
        Ok(Self { place, manifest, layers, config })
    }

    /// Returns where it comes from, if that is a registry.
    pub fn reference(&self) -> Option<&ImageReference> {
        match &self.place {
            Place::Registry(registry) => Some(registry.reference()),
            Place::Layout(_) => None,
        }
    }

    /// Returns the digest of its manifest.
    pub fn digest(&self) -> Digest {
        self.manifest
    }

    /// Returns its layers with what they hash to when they are unpacked.
    pub(crate) fn layers(&self) -> impl Iterator<Item = (&Descriptor, &Digest)> {
        self.layers.iter().zip(&self.config.rootfs.diff_ids)
    }

    pub(crate) fn history(&self) -> &[serde_json::Value] {
        &self.config.history
    }

    pub(crate) fn variables(&self) -> &[String] {
        self.config
            .execution
            .as_ref()
            .and_then(|execution| execution.env.as_deref())
            .unwrap_or_default()
    }

    /// Opens a layer.
    pub(crate) fn open(&self, layer: &Descriptor) -> Result<Box<dyn Read>, ReadBaseError> {
        self.place.blob(&layer.digest)
    }
}

/// Returns OCI's name of a kind of layer; others are encrypted, or must not be passed on.
fn ours(media_type: &str) -> Option<String> {
    let ending = match media_type {
        "application/vnd.oci.image.layer.v1.tar"
        | "application/vnd.docker.image.rootfs.diff.tar" => "",
        "application/vnd.oci.image.layer.v1.tar+gzip"
        | "application/vnd.docker.image.rootfs.diff.tar.gzip" => "+gzip",
        "application/vnd.oci.image.layer.v1.tar+zstd" => "+zstd",
        _ => return None,
    };
    Some(format!("application/vnd.oci.image.layer.v1.tar{ending}"))
}
