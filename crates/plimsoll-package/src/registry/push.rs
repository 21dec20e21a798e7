//! Bringing an image, the artifact beside it and what is said of them into a registry.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use plimsoll_core::Digest;
use serde::{Deserialize, Serialize};

use super::{Registry, RegistryError};
use crate::document::{Descriptor, INDEX};
use crate::image::Image;
use crate::layout::Layout;

/// How a blob came into a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was sent.
    Uploaded,
    /// It was there.
    There,
    /// It was taken over from another repository of the same registry.
    Mounted,
}

/// A blob that is in a repository now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedBlob {
    /// Which.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
    /// How it came there.
    pub outcome: Outcome,
}

/// What was brought into a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The digest that the tag points at.
    pub digest: Digest,
    /// The blobs.
    pub blobs: Vec<PushedBlob>,
    /// How many manifests were written.
    pub manifests: usize,
    /// Whether the registry keeps the lists of referrers; else they are kept under tags.
    pub has_referrers: bool,
}

/// What a person may want to see while blobs are on their way.
#[derive(Clone, Copy, Debug)]
pub enum Watched<'d> {
    /// A blob is next.
    Begun {
        /// Which.
        blob: &'d Descriptor,
    },
    /// So many bytes of it were handed over.
    Sent {
        /// Which.
        blob: &'d Descriptor,
        /// How many, from its beginning.
        sent: u64,
    },
    /// The registry has so many bytes of it, and it goes on from there.
    At {
        /// Which.
        blob: &'d Descriptor,
        /// How many.
        bytes: u64,
    },
    /// It is tried again.
    Again {
        /// Which.
        blob: &'d Descriptor,
    },
    /// It is there.
    Done {
        /// Which.
        blob: &'d Descriptor,
        /// How it came there.
        outcome: Outcome,
    },
}

/// What is read of a manifest.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    config: Descriptor,
    layers: Vec<Descriptor>,
    subject: Option<Descriptor>,
    artifact_type: Option<String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct ReadIndex {
    manifests: Vec<Descriptor>,
}

impl Registry {
    /// Brings everything that `image` is made of into the repository, and lets `tag` point at it.
    ///
    /// Blobs come first and the tag last, so that whoever pulls meanwhile finds all or what was before.
    ///
    /// # Errors
    /// The registry cannot be reached or refuses something; a push that is repeated sends only the rest.
    pub fn push(
        &self,
        image: &Image,
        layout: &Layout,
        tag: &str,
        watched: &dyn Fn(Watched<'_>),
    ) -> Result<Pushed, RegistryError> {
        let read = |digest: &Digest| {
            let path = layout.file_of(digest);
            let what = path.display().to_string();
            fs::read(path).map_err(|source| RegistryError::File { what, source })
        };
        let index_bytes = read(&image.index.digest)?;
        let index: ReadIndex = serde_json::from_slice(&index_bytes)?;
        let mut manifests = Vec::new();
        for descriptor in index.manifests.into_iter().chain(image.attachments.clone()) {
            let bytes = read(&descriptor.digest)?;
            let manifest: Read = serde_json::from_slice(&bytes)?;
            manifests.push((descriptor, manifest, bytes));
        }

        let (mut blobs, mut seen) = (Vec::new(), BTreeSet::new());
        for (_, manifest, _) in &manifests {
            for blob in manifest.layers.iter().chain([&manifest.config]) {
                if !seen.insert(blob.digest) {
                    continue;
                }
                watched(Watched::Begun { blob });
                let outcome = self.upload(blob, &layout.file_of(&blob.digest), watched)?;
                watched(Watched::Done { blob, outcome });
                blobs.push(PushedBlob { digest: blob.digest, bytes: blob.size, outcome });
            }
        }
        // What is said of something comes after it.
        manifests.sort_by_key(|(_, manifest, _)| manifest.subject.is_some());
        let mut has_referrers = true;
        let mut unlisted: Vec<(Digest, Descriptor)> = Vec::new();
        for (descriptor, manifest, bytes) in &manifests {
            let name = descriptor.digest.to_string();
            let is_listed = self.put_manifest(&name, &descriptor.media_type, bytes)?;
            let Some(subject) = manifest.subject.as_ref().filter(|_| !is_listed) else { continue };
            has_referrers = false;
            let media_type = &descriptor.media_type;
            let mut referrer = Descriptor::new(media_type, descriptor.digest, descriptor.size);
            referrer.artifact_type =
                manifest.artifact_type.clone().or(Some(manifest.config.media_type.clone()));
            referrer.annotations.clone_from(&manifest.annotations);
            unlisted.push((subject.digest, referrer));
        }
        self.list_referrers(unlisted)?;
        self.put_manifest(tag, INDEX, &index_bytes)?;
        Ok(Pushed {
            digest: image.index.digest,
            blobs,
            manifests: manifests.len() + 1,
            has_referrers,
        })
    }
}
