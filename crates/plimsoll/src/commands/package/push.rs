//! Bringing the image into a registry, and showing how far it is.

use std::collections::BTreeMap;

use plimsoll_core::Digest;
use plimsoll_package::base::{Foreign, Place};
use plimsoll_package::registry::{ImageReference, Outcome, Pushed, Registry, Watched};
use plimsoll_package::{Attachment, Image, Layout};
use plimsoll_release::envelope;
use plimsoll_release::statement::ClaimKind;
use plimsoll_scan::bom::Bill;
use serde::Serialize;

use crate::bill::Format;
use crate::error::{CommandError, Kind};
use crate::ports::Ports;
use crate::ui::{Progress, Ui};
use crate::{registries, view};

/// What was brought into a registry.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Shown {
    /// What others pull.
    pub(super) reference: String,
    pub(super) digest: Digest,
    blobs: Vec<Blob>,
    /// How many bytes of blobs were sent.
    pub(super) sent_bytes: u64,
    manifests: usize,
    /// The manifest of the SBOM that refers to the image.
    pub(super) sbom: Digest,
    /// How many signed statements about the model were made since it was released.
    pub(super) statements: usize,
    /// Where what refers to the model is listed.
    referrers: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Blob {
    digest: Digest,
    bytes: u64,
    outcome: Outcome,
}

/// Returns a bill as something that is said of an image.
pub(super) fn sbom(bill: &Bill) -> Result<Attachment, CommandError> {
    let format = Format::CycloneDx;
    let kind = format.media_type().to_owned();
    Ok(Attachment {
        artifact_type: kind.clone(),
        media_type: kind,
        bytes: format.write(bill)?,
        annotations: BTreeMap::new(),
    })
}

/// A registry, and the tag that is to point at the image.
pub(super) struct Target {
    registry: Registry,
    tag: String,
}

/// Returns a signed statement, as what is said of a model.
pub(super) fn statement(kind: ClaimKind, statement: &[u8]) -> Attachment {
    // What cosign writes, so that its readers find the statement.
    let annotations = [
        ("dev.sigstore.bundle.content", "dsse-envelope"),
        ("dev.sigstore.bundle.predicateType", kind.predicate_type()),
    ];
    Attachment {
        artifact_type: envelope::MEDIA_TYPE.to_owned(),
        media_type: envelope::MEDIA_TYPE.to_owned(),
        bytes: statement.to_vec(),
        annotations: annotations.map(|(key, text)| (key.to_owned(), text.to_owned())).into(),
    }
}

/// Reads the image that another one is to stand on: a layout that is there, else one of a registry.
pub(super) fn base(named: &str, is_plain: bool, ports: &Ports) -> Result<Foreign, CommandError> {
    let unpinned = || {
        CommandError::usage(format!(
            "{named} names no digest, so it could be another image tomorrow"
        ))
        .hint("write FOLDER@sha256:… or HOST/REPOSITORY@sha256:…")
    };
    let (place, digest) = named.rsplit_once('@').ok_or_else(unpinned)?;
    let folder = ports.folder.join(place);
    if folder.is_dir() {
        let digest = digest.parse().map_err(|error| CommandError::new(Kind::Usage, error))?;
        return Ok(Foreign::read(Place::Layout(folder), digest)?);
    }
    let reference: ImageReference =
        named.parse().map_err(|error| CommandError::new(Kind::Usage, error))?;
    let digest = reference.digest().ok_or_else(unpinned)?;
    let registry = registries::to_read(reference, is_plain, &ports.settings)?;
    Ok(Foreign::read(Place::Registry(Box::new(registry)), digest)?)
}

impl Target {
    /// Finds whose name the registry is asked by; nothing is asked yet.
    pub(super) fn find(
        named: &str,
        version: &str,
        is_plain: bool,
        ports: &Ports,
    ) -> Result<Self, CommandError> {
        let reference: ImageReference =
            named.parse().map_err(|error| CommandError::new(Kind::Usage, error))?;
        if reference.digest().is_some() {
            let message = format!("{named} names a digest, which what is pushed has by itself");
            return Err(CommandError::usage(message).hint("name a tag, or none"));
        }
        let tag = reference.tag().unwrap_or(version).to_owned();
        Ok(Self { registry: registries::to_write(reference, is_plain, &ports.settings)?, tag })
    }

    /// Returns what others pull: `HOST/REPOSITORY:TAG`.
    pub(super) fn name(&self) -> String {
        let named = self.registry.reference();
        format!("{}/{}:{}", named.registry(), named.repository(), self.tag)
    }

    /// Has layers of a base of the same registry taken over there, rather than sent.
    pub(super) fn take_over(&mut self, base: &Foreign) {
        let named = self.registry.reference();
        if let Some(base) = base.reference().filter(|base| base.registry() == named.registry()) {
            self.registry.mount_from(base.repository().to_owned());
        }
    }

    /// Sends what is not there yet.
    pub(super) fn push(
        &self,
        image: &Image,
        layout: &Layout,
        said: (Digest, usize),
        ui: &Ui,
    ) -> Result<Shown, CommandError> {
        let progress = Progress::new(ui.is_live());
        let bar = progress.spinner("push");
        let watch = |watched: Watched<'_>| match watched {
            Watched::Begun { blob } => bar.set_message(blob.digest.short()),
            Watched::Sent { blob, sent: bytes } | Watched::At { blob, bytes } => {
                let (digest, all) = (blob.digest.short(), view::size(blob.size));
                bar.set_message(format!("{digest} {} of {all}", view::size(bytes)));
            }
            Watched::Again { blob } => bar.set_message(format!("{} again", blob.digest.short())),
            Watched::Done { .. } => {}
        };
        let pushed = self.registry.push(image, layout, &self.tag, &watch);
        bar.finish_and_clear();
        progress.clear();
        Ok(self.shown(&pushed?, said))
    }

    fn shown(&self, pushed: &Pushed, (sbom, statements): (Digest, usize)) -> Shown {
        let sent = pushed.blobs.iter().filter(|blob| blob.outcome == Outcome::Uploaded);
        let sent_bytes = sent.map(|blob| blob.bytes).sum();
        let blobs = pushed.blobs.iter().map(|blob| Blob {
            digest: blob.digest,
            bytes: blob.bytes,
            outcome: blob.outcome,
        });
        Shown {
            reference: self.name(),
            digest: pushed.digest,
            blobs: blobs.collect(),
            sent_bytes,
            manifests: pushed.manifests,
            sbom,
            statements,
            referrers: if pushed.has_referrers { "registry" } else { "tags" },
        }
    }
}
