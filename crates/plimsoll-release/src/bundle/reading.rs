//! The files of a bundle, read one after the other and believed only as far as digests go.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use plimsoll_core::Digest;
use plimsoll_core::lifecycle::Subject;
use plimsoll_core::signature::Signature;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::encrypted::{EncryptedModel, encrypted_name};
use super::manifest::{Descriptor, Manifest};
use super::open::Section;
use super::verify::VerifyBundleError;
use super::{BLOBS, LARGEST_DOCUMENT, Part};
use crate::envelope::Envelope;
use crate::statement::ClaimKind;
use crate::{encryption, hashed};

/// The parts of a model with their digests.
pub(super) type PartSections = BTreeMap<Part, (Digest, Section)>;

/// The files of a bundle while they are checked.
pub(super) struct Reading<'a> {
    files: &'a BTreeMap<String, Section>,
    seen: BTreeSet<&'a str>,
}

impl<'a> Reading<'a> {
    pub(super) fn of(files: &'a BTreeMap<String, Section>) -> Self {
        Self { files, seen: BTreeSet::new() }
    }

    fn section(&mut self, name: &str) -> Result<&'a Section, VerifyBundleError> {
        let missing = || VerifyBundleError::NoFile(name.to_owned());
        let (name, section) = self.files.get_key_value(name).ok_or_else(missing)?;
        self.seen.insert(name);
        Ok(section)
    }

    /// Returns the content of a small file.
    pub(super) fn whole(&mut self, name: &str) -> Result<Vec<u8>, VerifyBundleError> {
        let section = self.section(name)?;
        limited(name, section.size, LARGEST_DOCUMENT)?;
        let mut bytes = Vec::new();
        read(name, section, &mut bytes)?;
        Ok(bytes)
    }

    /// Copies the blob of `descriptor`, and refuses it where it is not what its address says.
    fn blob(
        &mut self,
        descriptor: &Descriptor,
        largest: u64,
        to: &mut dyn Write,
    ) -> Result<&'a Section, VerifyBundleError> {
        let name = format!("{BLOBS}{}", descriptor.digest.hex());
        let section = self.section(&name)?;
        let (bytes, expected) = (section.size, descriptor.size);
        if bytes != expected {
            return Err(VerifyBundleError::Size { name, bytes, expected });
        }
        limited(&name, bytes, largest)?;
        let (found, _) = read(&name, section, to)?;
        if found != descriptor.digest {
            return Err(VerifyBundleError::Changed { name, found });
        }
        Ok(section)
    }

    pub(super) fn document(
        &mut self,
        descriptor: &Descriptor,
    ) -> Result<Vec<u8>, VerifyBundleError> {
        let mut bytes = Vec::new();
        self.blob(descriptor, LARGEST_DOCUMENT, &mut bytes)?;
        Ok(bytes)
    }

    /// Checks what a model's manifest names.
    pub(super) fn model(
        &mut self,
        bytes: &[u8],
    ) -> Result<(Signature, PartSections, Option<EncryptedModel>), VerifyBundleError> {
        let name = named(bytes);
        let manifest: Manifest = parse(&name, "manifest of a model", bytes)?;
        let config = self.document(&manifest.config)?;
        let signature: Signature = parse(&named(&config), "signature of a model", &config)?;
        same(&named(&config), &signature, &config)?;
        let mut parts = BTreeMap::new();
        let mut layers = Vec::new();
        let mut encrypted = None;
        for (part, layer) in Part::ALL.into_iter().zip(&manifest.layers) {
            if let Some(model) = self.encrypted(part, layer)? {
                encrypted = Some(model);
            } else {
                let section = self.blob(layer, part.largest(), &mut io::sink())?;
                parts.insert(part, (layer.digest, section.clone()));
            }
            layers.push(Descriptor::part(part, layer.digest, layer.size));
        }
        // Fewer layers leave a manifest that misses parts, more one that is not the same.
        if layers.len() != Part::ALL.len() {
            let what = "manifest of a model";
            return Err(VerifyBundleError::Form { name, what, source: None });
        }
        same(&name, &Manifest::of_model(&config, layers), bytes)?;
        Ok((signature, parts, encrypted))
    }

    /// Returns the model that `layer` describes where it lies there encrypted and not as it is.
    fn encrypted(
        &mut self,
        part: Part,
        layer: &Descriptor,
    ) -> Result<Option<EncryptedModel>, VerifyBundleError> {
        let plain = format!("{BLOBS}{}", layer.digest.hex());
        let name = encrypted_name(&layer.digest);
        if part != Part::Model || self.files.contains_key(&plain) || !self.files.contains_key(&name)
        {
            return Ok(None);
        }
        let (digest, size) = (layer.digest, layer.size);
        limited(&name, size, part.largest())?;
        let section = self.section(&name)?.clone();
        limited(&name, section.size, encryption::largest(size))?;
        Ok(Some(EncryptedModel { section, digest, size }))
    }

    /// Checks the manifest that attaches a statement, and returns the statement and its bytes.
    pub(super) fn statement(
        &mut self,
        bytes: &[u8],
        model: &[u8],
    ) -> Result<(ClaimKind, Envelope, Vec<u8>), VerifyBundleError> {
        let (name, what) = (named(bytes), "manifest of a statement");
        let manifest: Manifest = parse(&name, what, bytes)?;
        let (Some(kind), [layer], Some(subject)) =
            (manifest.kind(), manifest.layers.as_slice(), &manifest.subject)
        else {
            return Err(VerifyBundleError::Form { name, what, source: None });
        };
        let (found, expected) = (subject.digest, Subject::of(model));
        if found != Digest::from(expected) {
            return Err(VerifyBundleError::Attached { kind, found, expected });
        }
        self.document(&manifest.config)?;
        let statement = self.document(layer)?;
        same(&name, &Manifest::of_statement(kind, &statement, model), bytes)?;
        let envelope = Envelope::from_json(&statement);
        let envelope = envelope.map_err(|source| VerifyBundleError::Envelope { kind, source })?;
        Ok((kind, envelope, statement))
    }

    /// Refuses files that nothing refers to.
    pub(super) fn finish(self) -> Result<(), VerifyBundleError> {
        let mut strays = self.files.keys().filter(|name| !self.seen.contains(name.as_str()));
        match strays.next() {
            None => Ok(()),
            Some(first) => {
                let (count, first) = (1 + strays.count(), first.clone());
                Err(VerifyBundleError::Stray { count, first })
            }
        }
    }
}

fn named(bytes: &[u8]) -> String {
    format!("{BLOBS}{}", Digest::sha256(bytes).hex())
}

fn limited(name: &str, bytes: u64, largest: u64) -> Result<(), VerifyBundleError> {
    if bytes <= largest {
        return Ok(());
    }
    Err(VerifyBundleError::TooLarge { name: name.to_owned(), bytes, largest })
}

fn read(
    name: &str,
    section: &Section,
    to: &mut dyn Write,
) -> Result<(Digest, u64), VerifyBundleError> {
    let unread = |source| VerifyBundleError::Unreadable { name: name.to_owned(), source };
    hashed::copy(&mut section.reader(), to).map_err(unread)
}

pub(super) fn parse<T: DeserializeOwned>(
    name: &str,
    what: &'static str,
    bytes: &[u8],
) -> Result<T, VerifyBundleError> {
    serde_json::from_slice(bytes).map_err(|source| VerifyBundleError::Form {
        name: name.to_owned(),
        what,
        source: Some(source),
    })
}

/// Refuses bytes that are not exactly how `document` is written.
pub(super) fn same<T: Serialize>(
    name: &str,
    document: &T,
    bytes: &[u8],
) -> Result<(), VerifyBundleError> {
    match serde_json::to_vec(document) {
        Ok(written) if written == bytes => Ok(()),
        _ => Err(VerifyBundleError::Unlike { name: name.to_owned() }),
    }
}
