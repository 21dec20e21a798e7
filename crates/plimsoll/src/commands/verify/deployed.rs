//! Statements that a version was deployed: who signed them, and whether that counts.

use std::fmt;

use plimsoll_core::audit::{AuditEntry, Transition};
use plimsoll_core::lifecycle::Subject;
use plimsoll_core::{Alias, Digest, Version};
use plimsoll_release::deployment::{Deployed, deployed};
use plimsoll_release::trust::Trust;
use serde::Serialize;

use crate::error::CommandError;
use crate::ports::{Catalogue, Ports};
use crate::ui::{Paint, paint};
use crate::{approvals, since, view};

/// An entry by which an alias was pointed at a version, and who stands for it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Deployment {
    at: String,
    entry: u64,
    alias: Alias,
    /// Who did it, as the log has it.
    who: String,
    statement: Option<Digest>,
    /// What the trust file calls the key; `None` where no statement may be believed.
    signer: Option<String>,
    /// Whose yes it rested on, by that statement.
    approved: Vec<String>,
    /// Why it may not be believed.
    problem: Option<String>,
}

/// Returns every deployment of `version`, the newest first. What may not be believed is no fault of the
/// version: it is listed with the reason.
pub(super) async fn all(
    version: &Version,
    subject: Subject,
    trust: &Trust,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Vec<Deployment>, CommandError> {
    let mut all = Vec::new();
    for entry in since::deployments(version, catalogue).await? {
        let Transition::AliasMoved { alias, statement, .. } = &entry.what else { continue };
        let signed = signed(&entry, statement.as_ref(), subject, trust, catalogue, ports).await;
        let (signed, problem) = match signed {
            Ok(signed) => (Some(signed), None),
            Err(problem) => (None, Some(problem)),
        };
        let (by, approved) = signed.unzip();
        all.push(Deployment {
            at: view::rfc3339(entry.at),
            entry: entry.sequence,
            alias: alias.clone(),
            who: entry.who.to_string(),
            statement: *statement,
            signer: by,
            approved: approved.unwrap_or_default(),
            problem,
        });
    }
    all.reverse();
    Ok(all)
}

/// Returns who signed the statement of an entry and whose yes it names, or why it may not be believed.
async fn signed(
    entry: &AuditEntry,
    statement: Option<&Digest>,
    subject: Subject,
    trust: &Trust,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<(String, Vec<String>), String> {
    let Some(statement) = statement else { return Err("nobody signed it".to_owned()) };
    let bytes = approvals::statement(statement, &*catalogue.objects).await;
    let bytes = bytes.map_err(|error| error.to_string())?;
    match deployed(trust, entry, subject, &bytes, ports.clock.now()) {
        Ok(Deployed::Signed { by, deployment }) => {
            let approved = deployment.approvals.into_iter().map(|approver| approver.by);
            Ok((by, approved.collect()))
        }
        Ok(Deployed::Stranger(why)) => Err(format!("its statement {why}")),
        Err(error) => Err(error.to_string()),
    }
}

impl fmt::Display for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "as {} on {} by {}", self.alias, self.at, self.who)?;
        let Some(signer) = &self.signer else {
            let problem = self.problem.as_deref().unwrap_or("may not be believed");
            return write!(f, ": {}", paint(Paint::Warning, problem));
        };
        write!(f, ", signed by {signer}")?;
        if !self.approved.is_empty() {
            write!(f, ", approved by {}", self.approved.join(" and "))?;
        }
        Ok(())
    }
}
