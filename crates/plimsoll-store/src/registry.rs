//! Versions and aliases in the database, each transition with its audit entry in one transaction.

mod approval;
mod checkpoint;
mod lookup;
pub(crate) mod projection;
mod stored;
mod transition;
mod verify;

use async_trait::async_trait;
use plimsoll_core::approval::{Approval, ApprovalRecord};
use plimsoll_core::audit::{KeepCheckpointError, KeptCheckpoint, Occasion, Sealed};
use plimsoll_core::lifecycle::{
    AliasMove, Candidate, MoveAliasError, Release, ReleaseError, Subject, YankError,
};
use plimsoll_core::ports::{
    AuditReport, AuditRow, Registry, RegistryError, ResolveVersionError, VariantRow, VersionRecord,
};
use plimsoll_core::weights::WeightsUse;
use plimsoll_core::{ModelName, Number, Reference, Version};

use crate::{Database, Roots};

/// The registry in the database of a home. A clone is the same.
#[derive(Clone, Debug)]
pub struct SqliteRegistry {
    database: Database,
}

impl SqliteRegistry {
    /// Keeps versions in `database`.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Returns every object that some version or entry names, for
    /// [`crate::FolderObjects::collect`].
    ///
    /// # Errors
    /// One cannot be read, not even as JSON: what it names would be collected.
    pub async fn referenced(&self) -> Result<Roots, RegistryError> {
        self.roots().await
    }
}

#[async_trait]
impl Registry for SqliteRegistry {
    async fn release(
        &self,
        candidate: &Candidate,
        requested: Option<&Number>,
        occasion: &Occasion,
    ) -> Result<Release, ReleaseError> {
        self.release_in_one(candidate, requested, occasion).await
    }

    async fn move_alias(
        &self,
        change: &AliasMove,
        occasion: &Occasion,
    ) -> Result<(), MoveAliasError> {
        self.move_in_one(change, occasion).await
    }

    async fn yank(&self, version: &Version, occasion: &Occasion) -> Result<(), YankError> {
        self.yank_in_one(version, occasion).await
    }

    async fn approve(
        &self,
        approval: &Approval,
        occasion: &Occasion,
    ) -> Result<u64, RegistryError> {
        self.approve_in_one(approval, occasion).await
    }

    async fn record_weights(
        &self,
        used: &WeightsUse,
        occasion: &Occasion,
    ) -> Result<u64, RegistryError> {
        self.record_weights_in_one(used, occasion).await
    }

    async fn approvals(&self, subject: Subject) -> Result<Vec<ApprovalRecord>, RegistryError> {
        self.said_of(subject).await
    }

    async fn resolve(&self, reference: &Reference) -> Result<VersionRecord, ResolveVersionError> {
        self.only_version(reference).await
    }

    async fn versions(&self, model: &ModelName) -> Result<Vec<VersionRecord>, RegistryError> {
        self.records("model = $1", &[model.as_str()]).await
    }

    async fn variants(&self) -> Result<Vec<VariantRow>, RegistryError> {
        self.variant_rows().await
    }

    async fn audit(
        &self,
        model: Option<&ModelName>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditRow>, RegistryError> {
        self.entries(model, after, limit).await
    }

    async fn last_entry(&self) -> Result<Option<Sealed>, RegistryError> {
        self.newest_entry().await
    }

    async fn keep_checkpoint(
        &self,
        checkpoint: &KeptCheckpoint,
    ) -> Result<(), KeepCheckpointError> {
        self.keep_in_one(checkpoint).await
    }

    async fn checkpoints(
        &self,
        after: u64,
        limit: u32,
    ) -> Result<Vec<KeptCheckpoint>, RegistryError> {
        self.kept_checkpoints(after, limit).await
    }

    async fn verify_audit(&self) -> Result<AuditReport, RegistryError> {
        self.verified().await
    }
}

#[cfg(test)]
mod tests;
