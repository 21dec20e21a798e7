//! Whether a dossier is what it says: every byte, every statement, and that all of it agrees.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use plimsoll_core::audit::{AuditEntry, Transition};
use plimsoll_core::lifecycle::{Released, Subject};
use plimsoll_core::{Digest, Timestamp, Version};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::manifest::{Listed, Manifest};
use super::{
    AuditExcerpt, Dossier, LARGEST_DOCUMENT, Later, MANIFEST, STATEMENT, VerifyDossierError, file,
};
use crate::bundle::open::Section;
use crate::bundle::{LARGEST_MODEL, agreeing, model_of};
use crate::envelope::Envelope;
use crate::hashed;
use crate::statement::{Claim, ClaimKind, Provenance, ReleaseClaim, VerdictClaim};
use crate::trust::{Trust, Verified};

/// A dossier of which every byte is vouched for.
#[derive(Debug)]
pub struct VerifiedDossier {
    /// The version.
    pub version: Version,
    /// What the statements are about.
    pub subject: Subject,
    /// How it was made.
    pub provenance: Provenance,
    /// What the gate says.
    pub verdict: VerdictClaim,
    /// Which number it has.
    pub release: ReleaseClaim,
    /// What the trust file calls the keys, by what they signed.
    pub signers: BTreeMap<ClaimKind, String>,
    /// How many files it has.
    pub files: usize,
    /// How many entries of the audit log tell of the model.
    pub audited: usize,
    /// Whether the model itself is in it.
    pub has_weights: bool,
    /// What was said since it was made.
    pub later: Later,
}

impl Dossier {
    /// Checks every byte of the dossier and everything that is said in it.
    ///
    /// # Errors
    /// The first thing that is wrong; nothing of the dossier may be used then.
    pub fn verify(
        &self,
        trust: &Trust,
        now: Timestamp,
    ) -> Result<VerifiedDossier, VerifyDossierError> {
        let manifest_bytes = self.whole(MANIFEST)?;
        let manifest: Manifest = parse(MANIFEST, "manifest of a dossier", &manifest_bytes)?;
        if !manifest.is_known() {
            let (name, what) = (MANIFEST.to_owned(), "manifest of a dossier");
            return Err(VerifyDossierError::Form { name, what, source: None });
        }
        if manifest.to_json().ok().as_ref() != Some(&manifest_bytes) {
            return Err(VerifyDossierError::Unlike(MANIFEST.to_owned()));
        }
        // Nothing of the rest is looked at before somebody who is trusted vouches for the manifest.
        let subject = manifest.subject;
        let statement = self.whole(STATEMENT)?;
        let of_dossier = said(&statement, subject, ClaimKind::Dossier, trust, now)?;
        let Claim::Dossier(claim) = &of_dossier.statement.claim else {
            return Err(disagree(STATEMENT, "its kind", "what it says"));
        };
        if claim.manifest != Digest::sha256(&manifest_bytes) || claim.version != manifest.version {
            return Err(disagree(MANIFEST, "the statement about it", "its digest or version"));
        }
        self.check_files(&manifest)?;
        let mut signers = BTreeMap::from([(ClaimKind::Dossier, of_dossier.signer)]);
        let (provenance, verdict, release, of_bundle) = self.bundle(subject, trust, now)?;
        signers.extend(of_bundle);
        if release.version != manifest.version {
            return Err(disagree(MANIFEST, "the release", "the version"));
        }
        self.evidence(&provenance, &verdict)?;
        let (excerpt, entries) = self.registry(&manifest, &verdict, &release)?;
        let later = self.later(&manifest, &excerpt, &entries, trust, now)?;
        Ok(VerifiedDossier {
            version: manifest.version,
            subject,
            provenance,
            verdict,
            release,
            signers,
            files: self.files.len(),
            audited: entries.len(),
            has_weights: self.files.contains_key(file::MODEL),
            later,
        })
    }

    /// Checks that there is exactly what the manifest names.
    fn check_files(&self, manifest: &Manifest) -> Result<(), VerifyDossierError> {
        for (name, Listed { digest, bytes: expected }) in &manifest.files {
            let section = self.section(name)?;
            let bytes = section.size;
            if bytes != *expected {
                return Err(VerifyDossierError::Size {
                    name: name.clone(),
                    bytes,
                    expected: *expected,
                });
            }
            let largest = if name == file::MODEL { LARGEST_MODEL } else { LARGEST_DOCUMENT };
            limited(name, bytes, largest)?;
            let found = copy(name, section, &mut io::sink())?;
            if found != *digest {
                return Err(VerifyDossierError::Changed { name: name.clone(), found });
            }
        }
        let is_named = |name: &&String| {
            manifest.files.contains_key(*name) || matches!(name.as_str(), MANIFEST | STATEMENT)
        };
        let mut strays = self.files.keys().filter(|name| !is_named(name));
        match strays.next() {
            None => Ok(()),
            Some(first) => {
                let (count, first) = (1 + strays.count(), first.clone());
                Err(VerifyDossierError::Stray { count, first })
            }
        }
    }

    /// Checks the statements of the bundle, and the parts that its manifest names.
    fn bundle(
        &self,
        subject: Subject,
        trust: &Trust,
        now: Timestamp,
    ) -> Result<Bundled, VerifyDossierError> {
        let manifest = self.whole(file::BUNDLE_MANIFEST)?;
        if Subject::of(&manifest) != subject {
            return Err(disagree(file::BUNDLE_MANIFEST, "the manifest", "the subject"));
        }
        let (signature, environment) =
            (self.whole(file::SIGNATURE)?, self.whole(file::ENVIRONMENT)?);
        let card = self.whole(file::CARD_SOURCE)?;
        let Some(model) = model_of(&manifest, &signature, &environment, &card) else {
            return Err(disagree(
                file::BUNDLE_MANIFEST,
                "the parts of the bundle",
                "their digests",
            ));
        };
        if let Some(section) = self.files.get(file::MODEL)
            && copy(file::MODEL, section, &mut io::sink())? != model
        {
            return Err(disagree(file::MODEL, "the bundle's manifest", "its digest"));
        }
        let mut all = BTreeMap::new();
        for kind in ClaimKind::OF_BUNDLE {
            let statement = self.whole(&file::of_bundle(kind))?;
            all.insert(kind, said(&statement, subject, kind, trust, now)?);
        }
        Ok(agreeing(all)?)
    }

    /// Checks that the evidence is what the statements name.
    fn evidence(
        &self,
        provenance: &Provenance,
        verdict: &VerdictClaim,
    ) -> Result<(), VerifyDossierError> {
        let digest = |name: &str| self.whole(name).map(|bytes| Digest::blake3(&bytes));
        if digest(file::VERDICT)? != verdict.digest {
            return Err(disagree(file::VERDICT, "the verdict that was signed", "its digest"));
        }
        if Some(digest(file::EVALUATION)?) != verdict.verdict.evidence {
            return Err(disagree(file::EVALUATION, "the verdict", "the evidence that it names"));
        }
        let scans = &verdict.verdict.scans;
        for (scan, expected) in scans {
            let name = format!("{}{scan}.json", file::SCANS);
            if digest(&name)? != *expected {
                return Err(disagree(&name, "the verdict", "the evidence that it names"));
            }
        }
        let seen = self.files.keys().filter(|name| name.starts_with(file::SCANS));
        if let Some(stray) = seen.skip(scans.len()).last() {
            return Err(disagree(stray, "the verdict", "the evidence that it names"));
        }
        let named: BTreeSet<String> = provenance.validations().collect();
        let files = self.files.keys().filter(|name| name.starts_with(file::VALIDATIONS));
        let mut found = BTreeSet::new();
        for name in files {
            let digits = digest(name)?.hex();
            if !named.contains(&digits) {
                return Err(disagree(name, "the provenance", "the evidence that it names"));
            }
            found.insert(digits);
        }
        if found != named {
            let missing = named.len() - found.len();
            return Err(VerifyDossierError::NoFile(format!(
                "{}… ({missing} of {} results of data checks)",
                file::VALIDATIONS,
                named.len()
            )));
        }
        Ok(())
    }

    /// Checks that the registry's record and the audit log tell of the same release.
    fn registry(
        &self,
        manifest: &Manifest,
        verdict: &VerdictClaim,
        release: &ReleaseClaim,
    ) -> Result<(AuditExcerpt, Vec<AuditEntry>), VerifyDossierError> {
        let bytes = self.whole(file::RELEASE)?;
        let released: Released = parse(file::RELEASE, "record of a release", &bytes)?;
        same(file::RELEASE, &released, &bytes)?;
        let candidate = &released.candidate;
        let is_it = released.version == manifest.version
            && candidate.subject == manifest.subject
            && candidate.lineage.run == release.run
            && candidate.judgement.verdict == verdict.digest;
        if !is_it {
            return Err(disagree(
                file::RELEASE,
                "the statements",
                "version, subject, run or verdict",
            ));
        }
        let bytes = self.whole(file::AUDIT)?;
        let excerpt: AuditExcerpt = parse(file::AUDIT, "audit log", &bytes)?;
        same(file::AUDIT, &excerpt, &bytes)?;
        let entries = excerpt.entries()?;
        let told = Transition::released(&released).ok();
        let is_told = entries.iter().any(|entry| Some(&entry.what) == told.as_ref());
        if excerpt.model != manifest.version.variant.model || !is_told {
            return Err(disagree(file::AUDIT, "the record of the release", "what it tells"));
        }
        Ok((excerpt, entries))
    }

    fn section(&self, name: &str) -> Result<&Section, VerifyDossierError> {
        self.files.get(name).ok_or_else(|| VerifyDossierError::NoFile(name.to_owned()))
    }

    pub(super) fn whole(&self, name: &str) -> Result<Vec<u8>, VerifyDossierError> {
        let section = self.section(name)?;
        limited(name, section.size, LARGEST_DOCUMENT)?;
        let mut bytes = Vec::new();
        copy(name, section, &mut bytes)?;
        Ok(bytes)
    }
}

type Bundled = (Provenance, VerdictClaim, ReleaseClaim, BTreeMap<ClaimKind, String>);

/// Returns what a statement says, if that may be believed.
fn said(
    bytes: &[u8],
    subject: Subject,
    kind: ClaimKind,
    trust: &Trust,
    now: Timestamp,
) -> Result<Verified, VerifyDossierError> {
    let envelope = Envelope::from_json(bytes);
    let envelope = envelope.map_err(|source| VerifyDossierError::Envelope { kind, source })?;
    let verified = trust.verify(&envelope, subject, kind, now);
    let verified = verified.map_err(|source| VerifyDossierError::Statement { kind, source })?;
    // No digest covers the one about the manifest, so it must be as Plimsoll writes it.
    let hints = trust.keys().get(&verified.key).is_some_and(|it| envelope.hints_at(&it.key));
    if hints && envelope.to_json().ok().as_deref() == Some(bytes) {
        return Ok(verified);
    }
    Err(VerifyDossierError::Unlike(format!("{kind}.sigstore.json")))
}

pub(super) fn disagree(name: &str, with: &'static str, what: &'static str) -> VerifyDossierError {
    VerifyDossierError::Disagree { name: name.to_owned(), with, what }
}

fn limited(name: &str, bytes: u64, largest: u64) -> Result<(), VerifyDossierError> {
    if bytes <= largest {
        return Ok(());
    }
    Err(VerifyDossierError::TooLarge { name: name.to_owned(), bytes, largest })
}

fn copy(name: &str, section: &Section, to: &mut dyn Write) -> Result<Digest, VerifyDossierError> {
    let copied = hashed::copy(&mut section.reader(), to);
    let unread = |source| VerifyDossierError::Unreadable { name: name.to_owned(), source };
    copied.map(|(digest, _)| digest).map_err(unread)
}

fn parse<T: DeserializeOwned>(
    name: &str,
    what: &'static str,
    bytes: &[u8],
) -> Result<T, VerifyDossierError> {
    let form =
        |source| VerifyDossierError::Form { name: name.to_owned(), what, source: Some(source) };
    serde_json::from_slice(bytes).map_err(form)
}

/// Refuses bytes that are not exactly how `document` is written.
fn same<T: Serialize>(name: &str, document: &T, bytes: &[u8]) -> Result<(), VerifyDossierError> {
    match super::document(document) {
        Ok(written) if written == bytes => Ok(()),
        _ => Err(VerifyDossierError::Unlike(name.to_owned())),
    }
}
