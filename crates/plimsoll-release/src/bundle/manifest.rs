//! The documents of an OCI image layout, as a bundle uses them.

use std::collections::BTreeMap;
use std::fmt;

use plimsoll_core::Digest;
use serde::{Deserialize, Serialize};

use super::{LARGEST_DOCUMENT, LARGEST_MODEL};
use crate::envelope;
use crate::statement::ClaimKind;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
const MODEL: &str = "application/vnd.plimsoll.model.v1";
const SIGNATURE: &str = "application/vnd.plimsoll.signature.v1+json";
const TITLE: &str = "org.opencontainers.image.title";
const REFERENCE: &str = "org.opencontainers.image.ref.name";
const CONTENT: &str = "dev.sigstore.bundle.content";
const PREDICATE_TYPE: &str = "dev.sigstore.bundle.predicateType";

/// What OCI puts where an artifact has no configuration.
pub(super) const EMPTY_CONFIG: &[u8] = b"{}";

/// A file of a bundle beside its manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The model.
    Model,
    /// The lock of its environment, or the packages that were found.
    Environment,
    /// The source of its card.
    Card,
}

/// What a blob is, its address and its size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Descriptor {
    media_type: String,
    pub(super) digest: Digest,
    pub(super) size: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    artifact_type: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Manifest {
    schema_version: u32,
    media_type: String,
    artifact_type: String,
    pub(super) config: Descriptor,
    pub(super) layers: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<Descriptor>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Index {
    schema_version: u32,
    media_type: String,
    pub(super) manifests: Vec<Descriptor>,
}

impl Part {
    pub(super) const ALL: [Self; 3] = [Self::Model, Self::Environment, Self::Card];

    fn media_type(self) -> &'static str {
        match self {
            Self::Model => "application/vnd.plimsoll.onnx.v1",
            Self::Environment => "application/vnd.plimsoll.environment.v1",
            Self::Card => "application/vnd.plimsoll.card.v1+markdown",
        }
    }

    pub(super) fn largest(self) -> u64 {
        match self {
            Self::Model => LARGEST_MODEL,
            Self::Environment | Self::Card => LARGEST_DOCUMENT,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Model => "model.onnx",
            Self::Environment => "environment.lock",
            Self::Card => "card.md",
        })
    }
}

impl Descriptor {
    fn new(media_type: &str, digest: Digest, size: u64) -> Self {
        let (annotations, artifact_type) = (BTreeMap::new(), None);
        Self { media_type: media_type.to_owned(), digest, size, annotations, artifact_type }
    }

    fn bytes(media_type: &str, bytes: &[u8]) -> Self {
        Self::new(media_type, Digest::sha256(bytes), bytes.len() as u64)
    }

    pub(super) fn part(part: Part, digest: Digest, size: u64) -> Self {
        let mut descriptor = Self::new(part.media_type(), digest, size);
        descriptor.annotations.insert(TITLE.to_owned(), part.to_string());
        descriptor
    }

    pub(super) fn model_manifest(bytes: &[u8]) -> Self {
        Self::bytes(MANIFEST, bytes)
    }
}

impl Manifest {
    fn new(artifact_type: &str, config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: MANIFEST.to_owned(),
            artifact_type: artifact_type.to_owned(),
            config,
            layers,
            subject: None,
            annotations: BTreeMap::new(),
        }
    }

    /// Returns the manifest of a model: what it is made of, and nothing that could differ
    /// between two bundles of the same.
    pub(super) fn of_model(signature: &[u8], parts: Vec<Descriptor>) -> Self {
        Self::new(MODEL, Descriptor::bytes(SIGNATURE, signature), parts)
    }

    /// Returns the manifest that attaches a signed statement to the model's.
    pub(super) fn of_statement(kind: ClaimKind, statement: &[u8], model: &[u8]) -> Self {
        let layer = Descriptor::bytes(envelope::MEDIA_TYPE, statement);
        let config = Descriptor::bytes(EMPTY, EMPTY_CONFIG);
        let mut manifest = Self::new(envelope::MEDIA_TYPE, config, vec![layer]);
        manifest.subject = Some(Descriptor::model_manifest(model));
        // What cosign writes, so that its readers find the statement.
        manifest.annotations = BTreeMap::from([
            (CONTENT.to_owned(), "dsse-envelope".to_owned()),
            (PREDICATE_TYPE.to_owned(), kind.predicate_type().to_owned()),
        ]);
        manifest
    }

    /// Returns which kind of statement it says that it attaches.
    pub(super) fn kind(&self) -> Option<ClaimKind> {
        let said = self.annotations.get(PREDICATE_TYPE)?;
        ClaimKind::OF_BUNDLE.into_iter().find(|kind| kind.predicate_type() == said)
    }
}

/// Returns the SHA-256 of the model that the manifest `bytes` names, if it is the manifest of a model
/// with this signature, environment and card.
pub(crate) fn model_of(
    bytes: &[u8],
    signature: &[u8],
    environment: &[u8],
    card: &[u8],
) -> Option<Digest> {
    let manifest: Manifest = serde_json::from_slice(bytes).ok()?;
    let model = manifest.layers.first()?;
    let of = |part, bytes: &[u8]| Descriptor::part(part, Digest::sha256(bytes), bytes.len() as u64);
    let layers = vec![
        Descriptor::part(Part::Model, model.digest, model.size),
        of(Part::Environment, environment),
        of(Part::Card, card),
    ];
    let written = serde_json::to_vec(&Manifest::of_model(signature, layers)).ok()?;
    (written == bytes).then_some(model.digest)
}

impl Index {
    /// Returns the index of a model's manifest and of those that attach statements to it.
    pub(super) fn of(model: &[u8], statements: &[Vec<u8>]) -> Self {
        let mut first = Descriptor::model_manifest(model);
        first.artifact_type = Some(MODEL.to_owned());
        // Tools that want one image of a layout ask for it by this name.
        first.annotations.insert(REFERENCE.to_owned(), "model".to_owned());
        let attached = statements.iter().map(|manifest| {
            let mut descriptor = Descriptor::bytes(MANIFEST, manifest);
            descriptor.artifact_type = Some(envelope::MEDIA_TYPE.to_owned());
            descriptor
        });
        let manifests = std::iter::once(first).chain(attached).collect();
        Self { schema_version: 2, media_type: INDEX.to_owned(), manifests }
    }
}
