//! What was said of a version since it was made: yes and no, deployments, reproductions, checkpoints.
//!
//! The audit log names the statements of people and of deployments, so none can be left out or put in.
//! A word of somebody whom the trust file does not name is no fault of the dossier: it is told as what
//! it is.

use std::collections::BTreeSet;

use plimsoll_core::approval::ApprovalRecord;
use plimsoll_core::audit::{AuditEntry, Transition};
use plimsoll_core::reproduction::Reproduced;
use plimsoll_core::{Alias, Digest, Timestamp};

use super::manifest::Manifest;
use super::verify::disagree;
use super::{AuditExcerpt, Dossier, VerifyDossierError, file};
use crate::approval::{Heard, hear};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::deployment::{Deployed, deployed};
use crate::statement::{Claim, ClaimKind};
use crate::trust::{Kept, Trust};

/// What was said of a version since it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Later {
    /// What people said of it, in the order of the audit log.
    pub approvals: Vec<Heard>,
    /// Where it was deployed, in the order of the audit log.
    pub deployments: Vec<(Alias, Deployed)>,
    /// Whether it came out again.
    pub reproductions: Vec<Again>,
    /// Who vouches for the audit log.
    pub checkpoints: Vec<Vouched>,
}

/// Whether a version came out again, as somebody says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    /// Somebody says so who may.
    Said {
        /// What the trust file calls them.
        by: String,
        /// What they say.
        answer: Reproduced,
        /// When.
        at: Timestamp,
    },
    /// Nobody says so whose word counts here, for this reason, a half sentence.
    Stranger(String),
}

/// Whether somebody vouches for the log up to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// The entry.
    pub entry: u64,
    /// What the trust file calls who does, or why that does not count, a half sentence.
    pub by: Result<String, String>,
}

impl Dossier {
    /// Checks what was said since, against the `entries` of the model in `excerpt`.
    pub(super) fn later(
        &self,
        manifest: &Manifest,
        excerpt: &AuditExcerpt,
        entries: &[AuditEntry],
        trust: &Trust,
        now: Timestamp,
    ) -> Result<Later, VerifyDossierError> {
        let mut later = Later::default();
        let mut known: BTreeSet<String> =
            ClaimKind::OF_BUNDLE.into_iter().map(file::of_bundle).collect();
        let (version, subject) = (&manifest.version, manifest.subject);
        for entry in entries {
            match &entry.what {
                Transition::Approval(approval)
                    if approval.subject == subject && approval.variant == version.variant =>
                {
                    let name = file::approval(entry.sequence);
                    let bytes = self.named(&name, &approval.statement)?;
                    let (at, why) = (entry.at, entry.why.clone());
                    let (entry, approval) = (entry.sequence, approval.clone());
                    let record = ApprovalRecord { entry, at, why, approval };
                    later.approvals.push(hear(trust, &record, &bytes, now)?);
                    known.insert(name);
                }
                Transition::AliasMoved {
                    variant, alias, to, statement: Some(statement), ..
                } if *variant == version.variant && to.as_ref() == Some(&version.number) => {
                    let name = file::deployment(entry.sequence);
                    let bytes = self.named(&name, statement)?;
                    let deployed = deployed(trust, entry, subject, &bytes, now)?;
                    later.deployments.push((alias.clone(), deployed));
                    known.insert(name);
                }
                _ => {}
            }
        }
        for place in 1.. {
            let name = file::reproduction(place);
            if !self.files.contains_key(&name) {
                break;
            }
            later.reproductions.push(self.again(&name, place, manifest, trust, now)?);
            known.extend([name, file::reproduction_evidence(place)]);
        }
        for name in self.files.keys().filter(|name| name.starts_with(file::CHECKPOINTS)) {
            later.checkpoints.push(self.vouched(name, excerpt, trust)?);
        }
        let folders = [file::STATEMENTS, file::REPRODUCTIONS];
        let said = |name: &&String| folders.iter().any(|folder| name.starts_with(folder));
        match self.files.keys().filter(said).find(|name| !known.contains(*name)) {
            Some(stray) => Err(disagree(stray, "the rest", "nothing tells of it")),
            None => Ok(later),
        }
    }

    /// Returns a statement that the audit log names by its digest.
    fn named(&self, name: &str, digest: &Digest) -> Result<Vec<u8>, VerifyDossierError> {
        let bytes = self.whole(name)?;
        if Digest::blake3(&bytes) == *digest {
            return Ok(bytes);
        }
        Err(disagree(name, "the audit log", "the digest"))
    }

    fn again(
        &self,
        name: &str,
        place: usize,
        manifest: &Manifest,
        trust: &Trust,
        now: Timestamp,
    ) -> Result<Again, VerifyDossierError> {
        let statement = self.whole(name)?;
        let evidence = file::reproduction_evidence(place);
        let digest = Digest::blake3(&self.whole(&evidence)?);
        let kept = trust.recall(&statement, manifest.subject, ClaimKind::Reproduction, now);
        let forged = |source| VerifyDossierError::Forged { name: name.to_owned(), source };
        let verified = match kept.map_err(forged)? {
            Kept::Said { verified, .. } => verified,
            Kept::Stranger(why) => return Ok(Again::Stranger(why)),
        };
        let Claim::Reproduction(claim) = verified.statement.claim else {
            return Err(disagree(name, "its name", "the kind"));
        };
        if claim.digest != digest {
            return Err(disagree(&evidence, "the statement about it", "its digest"));
        }
        if claim.reproduction.version != manifest.version {
            return Err(disagree(name, "the manifest", "the version"));
        }
        let (answer, at) = (claim.reproduction.answer, claim.reproduction.at);
        Ok(Again::Said { by: verified.signer, answer, at })
    }

    fn vouched(
        &self,
        name: &str,
        excerpt: &AuditExcerpt,
        trust: &Trust,
    ) -> Result<Vouched, VerifyDossierError> {
        let link = excerpt.links.iter().find(|link| file::checkpoint(link.sequence) == *name);
        let Some(link) = link else {
            return Err(disagree(name, "the audit log", "the entry"));
        };
        let entry = link.sequence;
        match Checkpoint::read(&self.whole(name)?, trust) {
            Ok((checkpoint, _)) if checkpoint.head != link.digest => {
                Err(disagree(name, "the audit log", "the entry's digest"))
            }
            Ok((checkpoint, _)) if checkpoint.sequence != entry => {
                Err(disagree(name, "its name", "the entry"))
            }
            Ok((_, signer)) => Ok(Vouched { entry, by: Ok(signer) }),
            Err(why @ (CheckpointError::UnknownKey(_) | CheckpointError::Untrusted { .. })) => {
                Ok(Vouched { entry, by: Err(why.to_string()) })
            }
            Err(source) => Err(VerifyDossierError::Checkpoint { name: name.to_owned(), source }),
        }
    }
}
