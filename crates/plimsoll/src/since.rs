//! What was said of a version since it was made: each word with its signed statement.

use plimsoll_core::Digest;
use plimsoll_core::Timestamp;
use plimsoll_core::approval::ApprovalRecord;
use plimsoll_core::audit::{AuditEntry, Transition};
use plimsoll_core::history::{Happened, Happening};
use plimsoll_core::ports::VersionRecord;
use plimsoll_core::reproduction::Reproduced;
use plimsoll_release::statement::ClaimKind;

use crate::error::CommandError;
use crate::ports::{Catalogue, Ports};
use crate::{approvals, evidence};

/// How many entries of the audit log are asked for at once.
const AT_ONCE: u32 = 1000;

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
        let deployments = deployments(record, catalogue).await?;
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

async fn deployments(
    record: &VersionRecord,
    catalogue: &Catalogue,
) -> Result<Vec<(AuditEntry, Option<Vec<u8>>)>, CommandError> {
    let version = &record.released.version;
    let mut deployments = Vec::new();
    let mut after = 0;
    loop {
        let rows = catalogue.registry.audit(Some(&version.variant.model), after, AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(deployments) };
        after = last.entry.sequence;
        for row in rows {
            let Transition::AliasMoved { variant, to: Some(to), statement, .. } = &row.entry.what
            else {
                continue;
            };
            if (variant, to) != (&version.variant, &version.number) {
                continue;
            }
            let bytes = match statement {
                Some(statement) => {
                    Some(approvals::statement(statement, &*catalogue.objects).await?)
                }
                None => None,
            };
            deployments.push((row.entry, bytes));
        }
    }
}
