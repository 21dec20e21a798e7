//! What `plimsoll package` shows.

use std::fmt;
use std::path::PathBuf;

use plimsoll_core::lifecycle::Subject;
use plimsoll_core::weights::Recipient;
use plimsoll_core::{Digest, Version};
use plimsoll_package::base::{BaseFile, Ground};
use plimsoll_package::{Descriptor, Image, Recipe};
use plimsoll_release::encryption;
use serde::Serialize;

use super::contents::Contents;
use super::encrypt::Encrypted;
use super::push::Shown;
use super::scan::Scanned;
use crate::ui::{self, Cell, Paint, Table, paint};
use crate::view;

/// An image that was made.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Packaged {
    version: Version,
    subject: Subject,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<PathBuf>,
    /// The index: what a tag points at.
    digest: Digest,
    image: Written,
    layers: Vec<Layer>,
    /// The model as an artifact, and what is attached to it.
    artifacts: Vec<Written>,
    base: Vec<BaseFile>,
    /// The image that it stands on, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    base_image: Option<Digest>,
    program: Option<Digest>,
    onnxruntime: Runtime,
    /// The scan that it passed; nothing where none was made.
    pub(super) scan: Option<Scanned>,
    /// How the model in it is encrypted; nothing where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) encryption: Option<Told>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pushed: Option<Shown>,
}

/// How a model is encrypted.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Told {
    format: &'static str,
    recipients: Vec<Recipient>,
    /// The SHA-256 of the encrypted model.
    ciphertext: Digest,
    bytes: u64,
    /// Whether it is what was encrypted to the same recipients before.
    reused: bool,
    /// The entry of the audit log that tells of it.
    entry: u64,
}

impl Told {
    pub(super) fn of(encrypted: &Encrypted, entry: u64) -> Self {
        Self {
            format: encryption::FORMAT,
            recipients: encrypted.told.recipients.clone(),
            ciphertext: encrypted.told.ciphertext,
            bytes: encrypted.bytes,
            reused: encrypted.is_reused,
            entry,
        }
    }
}

/// A manifest.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Written {
    digest: Digest,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Layer {
    #[serde(rename = "layer")]
    kind: String,
    digest: Digest,
    bytes: u64,
    unpacked_digest: Digest,
    #[serde(skip_serializing_if = "Option::is_none")]
    unpacked_bytes: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Runtime {
    digest: Digest,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

impl Written {
    fn image(descriptor: &Descriptor) -> Self {
        let platform = descriptor.platform.as_ref();
        Self {
            digest: descriptor.digest,
            platform: platform.map(|it| format!("{}/{}", it.os, it.architecture)),
            artifact_type: None,
        }
    }

    fn artifact(descriptor: &Descriptor) -> Self {
        let artifact_type = descriptor.artifact_type.clone();
        Self { digest: descriptor.digest, platform: None, artifact_type }
    }
}

impl Packaged {
    pub(super) fn of(
        contents: &Contents<'_>,
        recipe: &Recipe<'_>,
        image: &Image,
        output: Option<PathBuf>,
    ) -> Self {
        let layers = image.layers.iter().map(|layer| Layer {
            kind: layer.kind.to_string(),
            digest: layer.descriptor.digest,
            bytes: layer.descriptor.size,
            unpacked_digest: layer.unpacked,
            unpacked_bytes: layer.unpacked_bytes,
        });
        Self {
            version: contents.verified.release.version.clone(),
            subject: contents.verified.subject,
            output,
            digest: image.index.digest,
            image: Written::image(&image.manifest),
            layers: layers.collect(),
            artifacts: image.artifact.iter().map(Written::artifact).collect(),
            base: match contents.base {
                Ground::Made(base) => base.files().cloned().collect(),
                Ground::Foreign(_) => Vec::new(),
            },
            base_image: match contents.base {
                Ground::Made(_) => None,
                Ground::Foreign(base) => Some(base.digest()),
            },
            program: recipe.program.digest(),
            onnxruntime: Runtime {
                digest: contents.library.digest,
                version: contents.library.version(),
            },
            scan: None,
            encryption: None,
            pushed: None,
        }
    }
}

impl ui::Document for Packaged {
    const SCHEMA: &'static str = "plimsoll.package/v1";
}

impl fmt::Display for Packaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.layers.iter().map(|layer| layer.bytes).sum();
        writeln!(
            f,
            "{} {} is an image of {}",
            paint(Paint::Good, "✓"),
            paint(Paint::Strong, &self.version),
            view::size(all),
        )?;
        if let Some(output) = &self.output {
            writeln!(f, "  written    {}", output.display())?;
        }
        if let Some(pushed) = &self.pushed {
            let (sent, reference) = (view::size(pushed.sent_bytes), &pushed.reference);
            writeln!(f, "  pushed     {reference} ({sent} sent)")?;
            writeln!(f, "  sbom       {} (refers to the image)", pushed.sbom)?;
            if pushed.statements > 0 {
                let (count, plural) =
                    (pushed.statements, if pushed.statements == 1 { "" } else { "s" });
                writeln!(f, "  said since {count} signed statement{plural} (refer to the model)")?;
            }
        }
        writeln!(f, "  index      {}", self.digest)?;
        let platform = self.image.platform.as_deref().unwrap_or_default();
        writeln!(f, "  image      {} ({platform})", self.image.digest)?;
        if let Some(model) = self.artifacts.first() {
            let what = if self.encryption.is_some() { "the bundle" } else { "the model alone" };
            writeln!(f, "  artifact   {} ({what})", model.digest)?;
        }
        if let Some(told) = &self.encryption {
            let count = told.recipients.len();
            let plural = if count == 1 { "" } else { "s" };
            let again = if told.reused { ", the same bytes as before" } else { "" };
            writeln!(
                f,
                "  encrypted  to {count} recipient{plural} (audit entry {}{again})",
                told.entry
            )?;
        }
        let scan = match &self.scan {
            Some(scan) => format!("{} packages, nothing that blocks", scan.packages),
            None => paint(Paint::Warning, "none was made").to_string(),
        };
        writeln!(f, "  scan       {scan}")?;
        let mut table = Table::new(&["layer", ">size", ">unpacked", "digest"]);
        for layer in &self.layers {
            table.row([
                Cell::from(&layer.kind),
                Cell::from(view::size(layer.bytes)),
                Cell::from(layer.unpacked_bytes.map(view::size).unwrap_or_default()),
                Cell::from(layer.digest.short()),
            ]);
        }
        write!(f, "\n{table}")
    }
}
