//! What is said of a bundle: in-toto Statement v1 about one subject, made in one role.

mod approval;
mod deployment;
mod dossier;
mod provenance;
mod reproduction;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use plimsoll_core::digest::ParseDigestError;
use plimsoll_core::gate::Verdict;
use plimsoll_core::lifecycle::{ParseSubjectError, Subject};
use plimsoll_core::{Digest, RunId, Timestamp, Variant, Version};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::in_toto::{self, STATEMENT, Sha256, Wire};
use crate::role::Role;
use crate::strict;

pub use approval::{ApprovalClaim, Word};
pub use deployment::{Approver, Deployment, DeploymentClaim};
pub use dossier::DossierClaim;
pub use provenance::{
    BuildDefinition, Decided, Provenance, ProvenanceError, Resolved, Resource, RunDetails,
    RunMetadata, StepMade,
};
pub use reproduction::ReproductionClaim;

const PROVENANCE: &str = "https://slsa.dev/provenance/v1";
const VERDICT: &str = "urn:plimsoll:verdict/v1";
const RELEASE: &str = "urn:plimsoll:release/v1";
const DOSSIER: &str = "urn:plimsoll:dossier/v1";
const APPROVAL: &str = "urn:plimsoll:approval/v1";
const DEPLOYMENT: &str = "urn:plimsoll:deployment/v1";
const REPRODUCTION: &str = "urn:plimsoll:reproduction/v1";

/// The form that a statement is stored in.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// Something that is said of a bundle.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What the bundle is called; only the subject identifies it.
    pub variant: Variant,
    /// The bundle.
    pub subject: Subject,
    /// What is said of it.
    pub claim: Claim,
}

/// What is said.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// How the model was made: SLSA provenance v1.
    Provenance(Box<Provenance>),
    /// What the gate says of it.
    Verdict(Box<VerdictClaim>),
    /// Which number it has.
    Release(Box<ReleaseClaim>),
    /// What was gathered about it.
    Dossier(Box<DossierClaim>),
    /// What a person says of it.
    Approval(Box<ApprovalClaim>),
    /// Where it was deployed; said after the release, so no bundle has it.
    Deployment(Box<DeploymentClaim>),
    /// Whether it came out again; said after the release, so no bundle has it.
    Reproduction(Box<ReproductionClaim>),
}

/// The kinds of [`Claim`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimKind {
    /// [`Claim::Provenance`].
    Provenance,
    /// [`Claim::Verdict`].
    Verdict,
    /// [`Claim::Release`].
    Release,
    /// [`Claim::Dossier`].
    Dossier,
    /// [`Claim::Approval`].
    Approval,
    /// [`Claim::Deployment`].
    Deployment,
    /// [`Claim::Reproduction`].
    Reproduction,
}

/// What made a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Builder {
    /// Where it ran.
    pub id: BuilderId,
    /// The programs that took part, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub version: BTreeMap<String, String>,
}

/// The URI of a place that makes statements, `urn:plimsoll:builder:local`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BuilderId(String);

/// The text is no URI of a builder.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no builder (expected a URI such as `urn:plimsoll:builder:local`)")]
pub struct ParseBuilderIdError(String);

/// A verdict that somebody stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VerdictClaim {
    /// [`Role::Gate`].
    role: Role,
    /// What made the statement.
    pub builder: Builder,
    /// The verdict.
    pub verdict: Verdict,
    /// Its digest as the run recorded it.
    pub digest: Digest,
}

/// A number that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReleaseClaim {
    /// [`Role::Release`].
    role: Role,
    /// What made the statement.
    pub builder: Builder,
    /// The version.
    pub version: Version,
    /// The run that made the model.
    pub run: RunId,
    /// The digest of the verdict that passed it.
    pub verdict: Digest,
    /// The version that it follows; `None` for the first of a variant.
    pub parent: Option<Version>,
    /// The evidence that caused the run, where a monitor did.
    pub cause: Option<Digest>,
    /// When it was released.
    pub at: Timestamp,
}

impl VerdictClaim {
    /// Makes the statement's claim of `verdict`.
    pub fn of(verdict: Verdict, builder: Builder) -> Result<Self, serde_json::Error> {
        let digest = Digest::of_json(&verdict)?;
        Ok(Self { role: Role::Gate, builder, verdict, digest })
    }
}

/// What a [`ReleaseClaim`] is made of.
#[derive(Clone, Debug)]
pub struct Numbered {
    /// The version.
    pub version: Version,
    /// The version that it follows.
    pub parent: Option<Version>,
    /// The evidence that caused the run.
    pub cause: Option<Digest>,
    /// When it was released.
    pub at: Timestamp,
}

impl ReleaseClaim {
    /// Makes the statement's claim that `verdict` led to a number.
    pub fn of(numbered: Numbered, verdict: &VerdictClaim, builder: Builder) -> Self {
        let Numbered { version, parent, cause, at } = numbered;
        let (run, verdict) = (verdict.verdict.run, verdict.digest);
        Self { role: Role::Release, builder, version, run, verdict, parent, cause, at }
    }
}

impl ClaimKind {
    /// Every kind, in the order in which they are made.
    pub const ALL: [Self; 7] = [
        Self::Provenance,
        Self::Verdict,
        Self::Release,
        Self::Dossier,
        Self::Approval,
        Self::Deployment,
        Self::Reproduction,
    ];

    /// Those that are part of a bundle. What is said later is kept by the registry.
    pub const OF_BUNDLE: [Self; 3] = [Self::Provenance, Self::Verdict, Self::Release];

    /// Returns the role that may say so.
    pub fn role(self) -> Role {
        match self {
            Self::Provenance | Self::Reproduction => Role::Builder,
            Self::Verdict => Role::Gate,
            Self::Release | Self::Dossier | Self::Deployment => Role::Release,
            Self::Approval => Role::Approver,
        }
    }

    /// Returns the URI of the predicate.
    pub fn predicate_type(self) -> &'static str {
        match self {
            Self::Provenance => PROVENANCE,
            Self::Verdict => VERDICT,
            Self::Release => RELEASE,
            Self::Dossier => DOSSIER,
            Self::Approval => APPROVAL,
            Self::Deployment => DEPLOYMENT,
            Self::Reproduction => REPRODUCTION,
        }
    }
}

impl fmt::Display for ClaimKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Provenance => "provenance",
            Self::Verdict => "verdict",
            Self::Release => "release",
            Self::Dossier => "dossier",
            Self::Approval => "approval",
            Self::Deployment => "deployment",
            Self::Reproduction => "reproduction",
        })
    }
}

impl Claim {
    /// Returns which kind it is.
    pub fn kind(&self) -> ClaimKind {
        match self {
            Self::Provenance(_) => ClaimKind::Provenance,
            Self::Verdict(_) => ClaimKind::Verdict,
            Self::Release(_) => ClaimKind::Release,
            Self::Dossier(_) => ClaimKind::Dossier,
            Self::Approval(_) => ClaimKind::Approval,
            Self::Deployment(_) => ClaimKind::Deployment,
            Self::Reproduction(_) => ClaimKind::Reproduction,
        }
    }

    /// Returns when it was said; `None` of what does not tell.
    pub fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Provenance(_) | Self::Verdict(_) | Self::Dossier(_) => None,
            Self::Release(release) => Some(release.at),
            Self::Approval(approval) => Some(approval.at),
            Self::Deployment(claim) => Some(claim.deployment.at),
            Self::Reproduction(claim) => Some(claim.reproduction.at),
        }
    }

    fn role(&self) -> Role {
        match self {
            Self::Provenance(provenance) => provenance.role(),
            Self::Verdict(verdict) => verdict.role,
            Self::Release(release) => release.role,
            Self::Dossier(dossier) => dossier.role,
            Self::Approval(approval) => approval.role,
            Self::Deployment(deployment) => deployment.role,
            Self::Reproduction(reproduction) => reproduction.role(),
        }
    }
}

/// The bytes are no statement that Plimsoll knows.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadStatementError {
    /// They are no in-toto statement, or their predicate has another form.
    #[error("is no in-toto statement in the form that this version reads ({0})")]
    Form(#[from] serde_json::Error),
    /// They are another kind of document.
    #[error("is a `{0}`, not a `{STATEMENT}`")]
    Kind(String),
    /// It says something that Plimsoll does not know.
    #[error("has a predicate `{0}` that this version does not know")]
    Predicate(String),
    /// It is about several things, or about none.
    #[error("is about {0} subjects (expected 1)")]
    Subjects(usize),
    /// Its subject has no SHA-256.
    #[error("has a subject whose SHA-256 is malformed")]
    Digest(#[from] ParseDigestError),
    /// Its subject is no manifest's digest.
    #[error(transparent)]
    Subject(#[from] ParseSubjectError),
    /// It names another role than the one that says such things.
    #[error("is a {kind} made as {role} (expected {})", kind.role())]
    Role {
        /// What it says.
        kind: ClaimKind,
        /// The role that it names.
        role: Role,
    },
}

impl Statement {
    /// Returns the bytes that are signed.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let digest = Digest::from(self.subject);
        let predicate = match &self.claim {
            Claim::Provenance(provenance) => serde_json::to_value(provenance),
            Claim::Verdict(verdict) => serde_json::to_value(verdict),
            Claim::Release(release) => serde_json::to_value(release),
            Claim::Dossier(dossier) => serde_json::to_value(dossier),
            Claim::Approval(approval) => serde_json::to_value(approval),
            Claim::Deployment(deployment) => serde_json::to_value(deployment),
            Claim::Reproduction(reproduction) => serde_json::to_value(reproduction),
        }?;
        let name = self.variant.clone();
        serde_json::to_vec(&Wire {
            statement: STATEMENT.to_owned(),
            subject: vec![in_toto::Subject { name, digest: Sha256 { sha256: digest.hex() } }],
            predicate_type: self.claim.kind().predicate_type().to_owned(),
            predicate,
        })
    }

    /// Reads the bytes that were signed.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ReadStatementError> {
        let wire: Wire<Vec<in_toto::Subject<Variant, Sha256>>, Value> = strict::from_slice(bytes)?;
        if wire.statement != STATEMENT {
            return Err(ReadStatementError::Kind(shown(&wire.statement)));
        }
        let claim = match wire.predicate_type.as_str() {
            PROVENANCE => Claim::Provenance(serde_json::from_value(wire.predicate)?),
            VERDICT => Claim::Verdict(serde_json::from_value(wire.predicate)?),
            RELEASE => Claim::Release(serde_json::from_value(wire.predicate)?),
            DOSSIER => Claim::Dossier(serde_json::from_value(wire.predicate)?),
            APPROVAL => Claim::Approval(serde_json::from_value(wire.predicate)?),
            DEPLOYMENT => Claim::Deployment(serde_json::from_value(wire.predicate)?),
            REPRODUCTION => Claim::Reproduction(serde_json::from_value(wire.predicate)?),
            other => return Err(ReadStatementError::Predicate(shown(other))),
        };
        let (kind, role) = (claim.kind(), claim.role());
        if role != kind.role() {
            return Err(ReadStatementError::Role { kind, role });
        }
        let count = wire.subject.len();
        let Ok([in_toto::Subject { name, digest }]) = <[_; 1]>::try_from(wire.subject) else {
            return Err(ReadStatementError::Subjects(count));
        };
        let digest: Digest = format!("sha256:{}", digest.sha256).parse()?;
        Ok(Self { variant: name, subject: digest.try_into()?, claim })
    }
}

/// Returns the beginning of a text that somebody else wrote.
fn shown(text: &str) -> String {
    text.chars().take(200).collect()
}

impl FromStr for BuilderId {
    type Err = ParseBuilderIdError;

    fn from_str(s: &str) -> Result<Self, ParseBuilderIdError> {
        let readable = s.len() <= 200 && s.chars().all(|c| c.is_ascii_graphic());
        match s.split_once(':') {
            Some((scheme, rest)) if readable && !scheme.is_empty() && !rest.is_empty() => {
                Ok(Self(s.to_owned()))
            }
            _ => Err(ParseBuilderIdError(shown(s))),
        }
    }
}

impl TryFrom<String> for BuilderId {
    type Error = ParseBuilderIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<BuilderId> for String {
    fn from(id: BuilderId) -> Self {
        id.0
    }
}

impl fmt::Display for BuilderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests;
