//! Versions and aliases, one method per transition.

use std::error::Error;

use async_trait::async_trait;

use crate::approval::{Approval, ApprovalRecord};
use crate::audit::{AuditEntry, AuditFault, KeepCheckpointError, KeptCheckpoint, Occasion, Sealed};
use crate::lifecycle::{
    AliasMove, Candidate, MoveAliasError, Release, ReleaseError, Released, Subject, YankError,
    Yanked,
};
use crate::weights::WeightsUse;
use crate::{Alias, Digest, ModelName, Number, Reference, Timestamp, Variant, Version};

/// Where versions and aliases are kept, one method per transition: the rule sits inside.
///
/// An adapter asks [`crate::lifecycle`] in the transaction that records its answer together with
/// the audit entry, so two processes get two numbers or one version, and a transition that was
/// broken off has not happened.
#[async_trait]
pub trait Registry: Send + Sync {
    /// Releases `candidate`; the same content always gets the same version.
    ///
    /// A `requested` number that is not the computed one is refused.
    async fn release(
        &self,
        candidate: &Candidate,
        requested: Option<&Number>,
        occasion: &Occasion,
    ) -> Result<Release, ReleaseError>;

    /// Points an alias elsewhere, provided that it still points where it is believed to.
    async fn move_alias(
        &self,
        change: &AliasMove,
        occasion: &Occasion,
    ) -> Result<(), MoveAliasError>;

    /// Takes a version back: it stays readable, its number stays used, no alias may point at it.
    async fn yank(&self, version: &Version, occasion: &Occasion) -> Result<(), YankError>;

    /// Records what a person says of a bundle, whether or not it is a version, and returns the entry
    /// that tells of it; the same statement always has the same one.
    async fn approve(&self, approval: &Approval, occasion: &Occasion)
    -> Result<u64, RegistryError>;

    /// Records what is done with the encrypted weights of a version, known here or not, and returns
    /// the entry that tells of it. What was not recorded must not be done.
    async fn record_weights(
        &self,
        used: &WeightsUse,
        occasion: &Occasion,
    ) -> Result<u64, RegistryError>;

    /// Returns what was said of the bundle `subject`, of whichever variant, in its order.
    async fn approvals(&self, subject: Subject) -> Result<Vec<ApprovalRecord>, RegistryError>;

    /// Returns the version that `reference` names.
    async fn resolve(&self, reference: &Reference) -> Result<VersionRecord, ResolveVersionError>;

    /// Returns every version of every variant of `model`, the last released first.
    async fn versions(&self, model: &ModelName) -> Result<Vec<VersionRecord>, RegistryError>;

    /// Returns every variant that has a version, sorted.
    async fn variants(&self) -> Result<Vec<VariantRow>, RegistryError>;

    /// Returns the entries behind `after` in order, of `model` or of all, at most `limit`.
    async fn audit(
        &self,
        model: Option<&ModelName>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditRow>, RegistryError>;

    /// Returns the last entry with its seal; `None` where there is none.
    async fn last_entry(&self) -> Result<Option<Sealed>, RegistryError>;

    /// Keeps a signed checkpoint, once however often it is told, provided that the log has that entry.
    async fn keep_checkpoint(&self, checkpoint: &KeptCheckpoint)
    -> Result<(), KeepCheckpointError>;

    /// Returns the checkpoints of entries behind `after` in order, those of about `limit` entries.
    async fn checkpoints(
        &self,
        after: u64,
        limit: u32,
    ) -> Result<Vec<KeptCheckpoint>, RegistryError>;

    /// Looks at every entry and holds what is kept against what they tell.
    async fn verify_audit(&self) -> Result<AuditReport, RegistryError>;
}

/// A version as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRecord {
    /// What was released; never changes.
    pub released: Released,
    /// When it was released.
    pub at: Timestamp,
    /// Who took it back, when and why; `None` while nobody did.
    pub yanked: Option<Yanked>,
    /// What points at it, sorted.
    pub aliases: Vec<Alias>,
}

/// A variant in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantRow {
    /// Its name.
    pub variant: Variant,
    /// How many versions it has, yanked ones too.
    pub versions: u64,
    /// How many of them were yanked.
    pub yanked: u64,
    /// The highest version that was not yanked.
    pub newest: Option<Number>,
    /// Where its aliases point, sorted.
    pub aliases: Vec<(Alias, Number)>,
}

/// An entry of the audit log with its seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// The entry.
    pub entry: AuditEntry,
    /// Its stored form and seal.
    pub sealed: Sealed,
}

/// What a look at the whole audit log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditReport {
    /// How many entries there are.
    pub entries: u64,
    /// The digest at the end: kept elsewhere, it proves that all of this was there.
    pub head: Digest,
    /// What is wrong, in the order of the log; at most [`AuditReport::SHOWN`].
    pub faults: Vec<AuditFault>,
    /// How many faults there are.
    pub found: u64,
}

impl AuditReport {
    /// How many faults are told of one by one.
    pub const SHOWN: usize = 100;

    /// Takes faults in, as many as are told of.
    pub fn add(&mut self, faults: Vec<AuditFault>) {
        self.found += faults.len() as u64;
        let room = Self::SHOWN.saturating_sub(self.faults.len());
        self.faults.extend(faults.into_iter().take(room));
    }
}

/// The registry did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// What is stored is not what was written.
    #[error("the registry is damaged ({problem})")]
    Damaged {
        /// What is wrong.
        problem: String,
    },
    /// A newer program wrote it.
    #[error("{what} was written by a newer version of Plimsoll: update this one to read it")]
    Newer {
        /// What it cannot read.
        what: String,
    },
    /// The registry did not answer.
    #[error("the registry is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

/// No version was found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveVersionError {
    /// The variant has no version.
    #[error("{variant} has no version{}", meant(nearest.as_ref()))]
    UnknownVariant {
        /// The variant.
        variant: Variant,
        /// One that was perhaps meant.
        nearest: Option<Variant>,
    },
    /// The variant has no such version.
    #[error("{version} was never released{}", newest.as_ref().map(|newest| format!(" (the highest version is {newest})")).unwrap_or_default())]
    UnknownVersion {
        /// The version.
        version: Box<Version>,
        /// The highest that was not yanked.
        newest: Option<Number>,
    },
    /// The alias points nowhere.
    #[error("no version of {variant} is {alias}{}", known_aliases(known))]
    UnknownAlias {
        /// The variant.
        variant: Variant,
        /// The alias.
        alias: Alias,
        /// The aliases that point somewhere.
        known: Vec<Alias>,
    },
    /// The registry could not be read.
    #[error(transparent)]
    Read(#[from] RegistryError),
}

fn meant(nearest: Option<&Variant>) -> String {
    nearest.map(|nearest| format!(" (did you mean {nearest}?)")).unwrap_or_default()
}

fn known_aliases(known: &[Alias]) -> String {
    let known: Vec<&str> = known.iter().map(Alias::as_str).collect();
    if known.is_empty() { String::new() } else { format!(" (aliases: {})", known.join(", ")) }
}
