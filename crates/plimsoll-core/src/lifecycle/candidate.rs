//! What asks to be released.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::Algorithm;
use crate::gate::{Answer, Verdict};
use crate::signature::Signature;
use crate::{CommitHash, DatasetName, Digest, RunId, Variant, Version};

/// The identity of what is shipped: the SHA-256 of the bundle's manifest.
///
/// The manifest holds no times, numbers or signatures, so the same content has the same subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Digest", into = "Digest")]
pub struct Subject(Digest);

/// The digest is no subject.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no subject of a bundle (expected `sha256:`)")]
pub struct ParseSubjectError(Digest);

/// A model that asks to be released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Candidate {
    /// The variant that it would be a version of.
    pub variant: Variant,
    /// What would be shipped.
    pub subject: Subject,
    /// What it takes and gives.
    pub signature: Signature,
    /// What it is made of.
    pub contents: Contents,
    /// Where it came from.
    pub lineage: Lineage,
    /// What the gate said of it.
    pub judgement: Judgement,
}

/// The parts of a bundle that decide how it behaves and is described.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Contents {
    /// The model.
    pub model: Digest,
    /// The lock of the environment that it is meant for.
    pub environment: Digest,
    /// The source of its card.
    pub card: Digest,
}

/// Where a candidate came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lineage {
    /// The run that made it.
    pub run: RunId,
    /// The commit that the run was made at.
    pub commit: CommitHash,
    /// The datasets that the run read.
    pub data: BTreeMap<DatasetName, Digest>,
    /// The version that it follows; `None` where there was none to follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Version>,
    /// What made somebody train it; `None` where a person did so unasked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
}

/// Why a model was trained again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cause {
    /// What was measured, such as a window of captures that breached a limit.
    pub evidence: Digest,
    /// The same in words.
    pub summary: String,
}

/// What the gate said, and of what: as much of a verdict as a registry must know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Judgement {
    /// The [`Verdict`].
    pub verdict: Digest,
    /// What the verdict was given for.
    pub subject: Subject,
    /// The run that was judged.
    pub run: RunId,
    /// The model that the evidence measured.
    pub model: Digest,
    /// What the gate says.
    pub answer: Answer,
    /// How many rules were judged.
    pub rules: u64,
    /// How many of them did not hold.
    pub failed: u64,
    /// How many findings block.
    pub findings: u64,
}

impl Subject {
    /// Returns the subject of the bundle with this manifest.
    pub fn of(manifest: &[u8]) -> Self {
        Self(Digest::sha256(manifest))
    }

    /// Returns the digest.
    pub fn digest(&self) -> Digest {
        self.0
    }

    /// Returns what people read in tables and messages.
    pub fn short(&self) -> String {
        self.0.short()
    }
}

impl TryFrom<Digest> for Subject {
    type Error = ParseSubjectError;

    fn try_from(digest: Digest) -> Result<Self, Self::Error> {
        match digest.algorithm() {
            Algorithm::Sha256 => Ok(Self(digest)),
            Algorithm::Blake3 => Err(ParseSubjectError(digest)),
        }
    }
}

impl From<Subject> for Digest {
    fn from(subject: Subject) -> Self {
        subject.0
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Judgement {
    /// Sums up the verdict at `address`, given for `subject` on evidence that measured `model`.
    pub fn of(verdict: &Verdict, address: Digest, subject: Subject, model: Digest) -> Self {
        Self {
            verdict: address,
            subject,
            run: verdict.run,
            model,
            answer: verdict.answer,
            rules: verdict.rules.len() as u64,
            failed: verdict.stopping().count() as u64,
            findings: verdict.blocking().count() as u64,
        }
    }

    /// Tells whether the gate passed it and no part of the sum says otherwise.
    pub fn is_pass(&self) -> bool {
        self.answer == Answer::Pass && self.rules > 0 && self.failed == 0 && self.findings == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{Case, Champion, JudgedOn, Transition, judge};

    #[test]
    fn a_subject_is_a_sha256() {
        let subject = Subject::of(b"manifest");
        assert_eq!(Subject::try_from(Digest::sha256(b"manifest")).unwrap(), subject);
        let error = Subject::try_from(Digest::blake3(b"manifest")).unwrap_err();
        assert!(error.to_string().ends_with("is no subject of a bundle (expected `sha256:`)"));
    }

    #[test]
    fn no_rules_are_no_pass() {
        let verdict = judge(Case {
            run: RunId::from_bytes([1; 16]),
            rules: &[],
            evaluation: None,
            scans: &[],
            card: None,
            champion: Champion::Never,
            findings: Vec::new(),
            waivers: &[],
            today: crate::Day::of(crate::Timestamp::default()),
            at: Transition::Release,
            of: JudgedOn { commit: None, dirty: true, data: BTreeMap::new(), policy: None },
        });
        let digest = Digest::blake3(b"x");
        let mut judgement =
            Judgement::of(&verdict.unwrap(), digest, Subject::of(b"manifest"), digest);
        assert_eq!((judgement.answer, judgement.rules, judgement.findings), (Answer::Error, 0, 2));
        judgement.answer = Answer::Pass;
        assert!(!judgement.is_pass());
    }
}
