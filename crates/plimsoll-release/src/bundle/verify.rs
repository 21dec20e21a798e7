//! Whether a bundle is what it says: every byte, every statement, and that they agree.

use std::collections::BTreeMap;
use std::io::{self, Write};

use plimsoll_core::gate::Answer;
use plimsoll_core::lifecycle::Subject;
use plimsoll_core::signature::Signature;
use plimsoll_core::{Digest, Timestamp};

use super::encrypted::EncryptedModel;
use super::manifest::Index;
use super::reading::{PartSections, Reading, parse, same};
use super::{Bundle, INDEX_FILE, LAYOUT, LAYOUT_FILE, Part};
use crate::envelope::ReadEnvelopeError;
use crate::hashed;
use crate::statement::{Claim, ClaimKind, Provenance, ReleaseClaim, VerdictClaim};
use crate::trust::{Trust, Verified, VerifyError};

/// A bundle of which every byte is vouched for.
#[derive(Debug)]
pub struct VerifiedBundle {
    /// What the statements are about.
    pub subject: Subject,
    /// What the model takes and gives.
    pub signature: Signature,
    /// How it was made.
    pub provenance: Provenance,
    /// What the gate says.
    pub verdict: VerdictClaim,
    /// Which number it has.
    pub release: ReleaseClaim,
    /// What the trust file calls the keys, by what they signed.
    pub signers: BTreeMap<ClaimKind, String>,
    /// The manifest, whose SHA-256 is the subject.
    pub manifest: Vec<u8>,
    /// The statements as they were signed.
    pub statements: BTreeMap<ClaimKind, Vec<u8>>,
    parts: PartSections,
}

/// A bundle does not verify.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyBundleError {
    /// A file could not be read.
    #[error("`{name}` of the bundle could not be read")]
    Unreadable {
        /// Which.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// A file is not there.
    #[error("the bundle has no `{0}`")]
    NoFile(String),
    /// The model is there for whoever has a key only.
    #[error("the model in the bundle is encrypted, so it cannot be checked without a key")]
    Encrypted,
    /// The model is no secret.
    #[error("the model in the bundle is not encrypted, as its other files say")]
    NotEncrypted,
    /// There are files that nothing refers to.
    #[error("the bundle has {count} file(s) that nothing in it refers to (the first is `{first}`)")]
    Stray {
        /// How many.
        count: usize,
        /// The first of them.
        first: String,
    },
    /// A file is larger than what stands there can be.
    #[error("`{name}` of the bundle has {bytes} bytes (at most {largest})")]
    TooLarge {
        /// Which.
        name: String,
        /// Its size.
        bytes: u64,
        /// The limit.
        largest: u64,
    },
    /// A file has another size than its descriptor says.
    #[error("`{name}` of the bundle was changed (it has {bytes} bytes, not {expected})")]
    Size {
        /// Which.
        name: String,
        /// Its size.
        bytes: u64,
        /// The size that is said.
        expected: u64,
    },
    /// A file has other bytes than its name says.
    #[error("`{name}` of the bundle was changed (its bytes hash to {found})")]
    Changed {
        /// Which.
        name: String,
        /// What its bytes hash to.
        found: Digest,
    },
    /// A file is no document that this version reads.
    #[error("`{name}` of the bundle is no {what} that this version reads")]
    Form {
        /// Which.
        name: String,
        /// What it should be.
        what: &'static str,
        /// Why, where it is no such JSON at all.
        #[source]
        source: Option<serde_json::Error>,
    },
    /// A document is written in another way than Plimsoll writes it.
    #[error("`{name}` of the bundle is not as Plimsoll writes it")]
    Unlike {
        /// Which.
        name: String,
    },
    /// Something is not said of the bundle.
    #[error("the bundle has no {0}")]
    MissingStatement(ClaimKind),
    /// Something is said twice.
    #[error("the bundle has more than one {0}")]
    Twice(ClaimKind),
    /// A statement is attached to another manifest.
    #[error("the {kind} of the bundle is attached to {found}, not to {expected}")]
    Attached {
        /// Which statement.
        kind: ClaimKind,
        /// What it is attached to.
        found: Digest,
        /// The bundle's manifest.
        expected: Subject,
    },
    /// A statement has another form.
    #[error("the {kind} of the bundle {source}")]
    Envelope {
        /// Which.
        kind: ClaimKind,
        /// What is wrong.
        source: ReadEnvelopeError,
    },
    /// A statement may not be believed.
    #[error("the {kind} of the bundle {source}")]
    Statement {
        /// Which.
        kind: ClaimKind,
        /// Why.
        source: VerifyError,
    },
    /// The gate did not pass it.
    #[error("the verdict of the bundle is `{0}` (expected `pass`)")]
    NotPassed(Answer),
    /// Two statements contradict each other.
    #[error("the {left} and the {right} of the bundle name different {what}")]
    Disagree {
        /// One.
        left: ClaimKind,
        /// The other.
        right: ClaimKind,
        /// What they should have in common.
        what: &'static str,
    },
}

/// A part of a verified bundle could not be copied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// It could not be read or written.
    #[error("{part} could not be copied out of the bundle")]
    Io {
        /// Which part.
        part: Part,
        /// Why.
        source: io::Error,
    },
    /// Its bytes were changed after the bundle was verified.
    #[error("{part} was changed after the bundle was verified (its bytes hash to {found})")]
    Changed {
        /// Which part.
        part: Part,
        /// What they hash to.
        found: Digest,
    },
}

impl Bundle {
    /// Checks every byte of the bundle and everything that is said of it.
    ///
    /// # Errors
    /// The first thing that is wrong; nothing of the bundle may be used then. An encrypted model is
    /// one of these things: see [`Bundle::verify_encrypted`].
    pub fn verify(
        &self,
        trust: &Trust,
        now: Timestamp,
    ) -> Result<VerifiedBundle, VerifyBundleError> {
        match self.verify_all(trust, now)? {
            (verified, None) => Ok(verified),
            (_, Some(_)) => Err(VerifyBundleError::Encrypted),
        }
    }

    /// As [`Bundle::verify`] of everything but the bytes of the model, which are encrypted.
    pub(super) fn verify_all(
        &self,
        trust: &Trust,
        now: Timestamp,
    ) -> Result<(VerifiedBundle, Option<EncryptedModel>), VerifyBundleError> {
        let mut reading = Reading::of(&self.files);
        let layout = reading.whole(LAYOUT_FILE)?;
        if layout != LAYOUT {
            return Err(VerifyBundleError::Unlike { name: LAYOUT_FILE.to_owned() });
        }
        let index_bytes = reading.whole(INDEX_FILE)?;
        let index: Index = parse(INDEX_FILE, "index", &index_bytes)?;
        let Some((first, attached)) = index.manifests.split_first() else {
            let (name, what) = (INDEX_FILE.to_owned(), "index of a model");
            return Err(VerifyBundleError::Form { name, what, source: None });
        };

        let manifest_bytes = reading.document(first)?;
        let (signature, parts, encrypted) = reading.model(&manifest_bytes)?;
        let subject = Subject::of(&manifest_bytes);
        let mut manifests = Vec::new();
        let mut said = BTreeMap::new();
        let mut statements = BTreeMap::new();
        for descriptor in attached {
            let bytes = reading.document(descriptor)?;
            let (kind, envelope, signed) = reading.statement(&bytes, &manifest_bytes)?;
            let verified = trust.verify(&envelope, subject, kind, now);
            let verified =
                verified.map_err(|source| VerifyBundleError::Statement { kind, source })?;
            if said.insert(kind, verified).is_some() {
                return Err(VerifyBundleError::Twice(kind));
            }
            statements.insert(kind, signed);
            manifests.push(bytes);
        }
        // No digest covers the index, so it must be the one that follows from all the others.
        same(INDEX_FILE, &Index::of(&manifest_bytes, &manifests), &index_bytes)?;
        reading.finish()?;

        let (provenance, verdict, release, signers) = agreeing(said)?;
        let manifest = manifest_bytes;
        let verified = VerifiedBundle {
            subject,
            signature,
            provenance,
            verdict,
            release,
            signers,
            manifest,
            statements,
            parts,
        };
        Ok((verified, encrypted))
    }
}

impl VerifiedBundle {
    /// Copies a part, and refuses bytes that are not those that were verified.
    ///
    /// What was written before an error must not be used.
    pub fn copy(&self, part: Part, to: &mut dyn Write) -> Result<(), CopyError> {
        let (expected, section) = &self.parts[&part];
        let copied = hashed::copy(&mut section.reader(), to);
        let (found, _) = copied.map_err(|source| CopyError::Io { part, source })?;
        if found == *expected { Ok(()) } else { Err(CopyError::Changed { part, found }) }
    }

    /// Returns the SHA-256 of a part.
    pub fn digest(&self, part: Part) -> Digest {
        self.parts[&part].0
    }

    /// Returns the size of a part.
    pub fn size(&self, part: Part) -> u64 {
        self.parts[&part].1.size
    }
}

pub(crate) type Said = (Provenance, VerdictClaim, ReleaseClaim, BTreeMap<ClaimKind, String>);

/// Returns what is said, if all of it is there and fits together.
pub(crate) fn agreeing(mut said: BTreeMap<ClaimKind, Verified>) -> Result<Said, VerifyBundleError> {
    use ClaimKind as Kind;

    let signers = said.iter().map(|(kind, verified)| (*kind, verified.signer.clone())).collect();
    let mut take = |kind| {
        let verified = said.remove(&kind).ok_or(VerifyBundleError::MissingStatement(kind))?;
        Ok((verified.statement.variant, verified.statement.claim))
    };
    let (of_provenance, provenance) = take(Kind::Provenance)?;
    let (of_verdict, verdict) = take(Kind::Verdict)?;
    let (of_release, release) = take(Kind::Release)?;
    let (Claim::Provenance(provenance), Claim::Verdict(verdict), Claim::Release(release)) =
        (provenance, verdict, release)
    else {
        // `Trust::verify` was asked for these kinds.
        return Err(VerifyBundleError::MissingStatement(Kind::Provenance));
    };
    if verdict.verdict.answer != Answer::Pass {
        return Err(VerifyBundleError::NotPassed(verdict.verdict.answer));
    }
    let run = verdict.verdict.run;
    let pairs = [
        (Kind::Provenance, Kind::Verdict, "runs", provenance.run() == run),
        (Kind::Verdict, Kind::Release, "runs", run == release.run),
        (Kind::Verdict, Kind::Release, "verdicts", verdict.digest == release.verdict),
        (Kind::Provenance, Kind::Verdict, "variants", of_provenance == of_verdict),
        (Kind::Verdict, Kind::Release, "variants", of_verdict == of_release),
        (Kind::Verdict, Kind::Release, "variants", of_verdict == release.version.variant),
    ];
    if let Some((left, right, what, _)) = pairs.into_iter().find(|(.., agree)| !agree) {
        return Err(VerifyBundleError::Disagree { left, right, what });
    }
    Ok((*provenance, *verdict, *release, signers))
}
