//! What was said of a version since it was made: each word with its signed statement.

use plimsoll_core::approval::ApprovalRecord;
use plimsoll_core::audit::{AuditEntry, Transition};
use plimsoll_core::history::{Happened, Happening};
use plimsoll_core::ports::{RegistryError, VersionRecord};
use plimsoll_core::reproduction::Reproduced;
use plimsoll_core::{Digest, Timestamp, Version};
use plimsoll_release::statement::ClaimKind;

use crate::error::CommandError;
use crate::ports::{Catalogue, Ports};
use crate::{approvals, evidence};

/// What was said of a version since it was made.
pub(crate) struct Since {
    pub approvals: Vec<(ApprovalRecord, Vec<u8>)>,
    /// Entries that let an alias point at it; of some nobody signed a statement.
    pub deployments: Vec<(AuditEntry, Option<Vec<u8>>)>,
    pub reproductions: Vec<Again>,
}

/// That a version came out again, or did not.
pub(crate) struct Again {
    pub at: Timestamp,
    pub answer: Reproduced,
    pub message: String,
    pub evidence: Vec<u8>,
    pub statement: Vec<u8>,
}

impl Since {
    pub(crate) async fn of(
        record: &VersionRecord,
        catalogue: &Catalogue,
        ports: &Ports,
    ) -> Result<Self, CommandError> {
        let released = &record.released;
        let (version, subject) = (&released.version, released.candidate.subject);
        let mut approvals = Vec::new();
        for said in catalogue.registry.approvals(subject).await? {
            if said.approval.variant == version.variant {
                let statement = &said.approval.statement;
                let bytes = approvals::statement(statement, &*catalogue.objects).await?;
                approvals.push((said, bytes));
            }
        }
        let mut deployments = Vec::new();
        for entry in self::deployments(version, catalogue).await? {
            let bytes = match entry.what.statement() {
                Some(statement) => {
                    Some(approvals::statement(statement, &*catalogue.objects).await?)
                }
                None => None,
            };
            deployments.push((entry, bytes));
        }
        let mut reproductions = Vec::new();
        for Happening { at, what, .. } in catalogue.history.of(&version.variant.model).await? {
            let Happened::Reproduced { version: of, evidence, statement, answer, message } = what
            else {
                continue;
            };
            if of != *version {
                continue;
            }
            let bytes = |digest: Digest| async move {
                let objects = catalogue.objects_with(&digest, ports).await?;
                evidence::bytes(&*objects, &digest).await
            };
            let (evidence, statement) = (bytes(evidence).await?, bytes(statement).await?);
            reproductions.push(Again { at, answer, message, evidence, statement });
        }
        Ok(Self { approvals, deployments, reproductions })
    }

    /// Returns the signed statements.
    pub(crate) fn statements(&self) -> impl Iterator<Item = (ClaimKind, &[u8])> {
        let approvals = self.approvals.iter().map(|(_, it)| (ClaimKind::Approval, &it[..]));
        let deployments = self.deployments.iter().filter_map(|(_, it)| it.as_deref());
        let deployments = deployments.map(|it| (ClaimKind::Deployment, it));
        let reproductions = self.reproductions.iter();
        let reproductions = reproductions.map(|it| (ClaimKind::Reproduction, &it.statement[..]));
        approvals.chain(deployments).chain(reproductions)
    }
}

/// Returns the entries of the audit log that let an alias point at `version`, in their order.
pub(crate) async fn deployments(
    version: &Version,
    catalogue: &Catalogue,
) -> Result<Vec<AuditEntry>, RegistryError> {
    let rows = catalogue.entries(Some(&version.variant.model)).await?;
    let is_one = |entry: &AuditEntry| match &entry.what {
        Transition::AliasMoved { variant, to: Some(to), .. } => {
            (variant, to) == (&version.variant, &version.number)
        }
        _ => false,
    };
    Ok(rows.into_iter().map(|row| row.entry).filter(is_one).collect())
}
