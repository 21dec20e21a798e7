//! What was said of a version since it was made, as parts of its dossier.

use std::collections::BTreeMap;

use plimsoll_core::approval::ApprovalRecord;
use plimsoll_core::audit::{AuditEntry, Sealed, Transition};
use plimsoll_evaluate::report::DossierPart;
use plimsoll_release::dossier::{Draft, file};

use super::gather::Gathered;
use super::parts::add;
use super::utc;
use crate::error::CommandError;
use crate::ports::Catalogue;

/// How many checkpoints of the audit log are taken, the newest.
const CHECKPOINTS: usize = 100;

/// How many checkpoints are asked for at once.
const AT_ONCE: u32 = 1000;

/// Returns the newest checkpoints up to the first that covers everything that the log tells of the
/// model, by their entries.
pub(super) async fn checkpoints(
    model: &str,
    audit: &[(AuditEntry, Sealed)],
    catalogue: &Catalogue,
) -> Result<BTreeMap<u64, Vec<u8>>, CommandError> {
    let own = || audit.iter().filter(|(entry, _)| entry.what.model().as_str() == model);
    let sequence = |row: &(AuditEntry, Sealed)| row.1.sequence;
    let (first, last) = (own().next(), own().next_back());
    let (first, last) = (first.map_or(0, sequence), last.map_or(0, sequence));
    let mut kept = BTreeMap::new();
    let mut after = first.saturating_sub(1);
    loop {
        let found = catalogue.registry.checkpoints(after, AT_ONCE).await?;
        let Some(end) = found.last().map(|found| found.sequence) else { return Ok(kept) };
        after = end;
        for checkpoint in found {
            let covers_all = checkpoint.sequence >= last;
            kept.insert(checkpoint.sequence, checkpoint.statement.into_bytes());
            if kept.len() > CHECKPOINTS {
                kept.pop_first();
            }
            if covers_all {
                return Ok(kept);
            }
        }
    }
}

/// What people said of it.
pub(super) fn approvals(
    of: &Gathered,
    to: &mut Draft,
    shown: &mut Vec<DossierPart>,
) -> Result<(), CommandError> {
    let mut rows = Vec::new();
    for (said, statement) in &of.since.approvals {
        add(to, &file::approval(said.entry), statement.clone())?;
        let ApprovalRecord { entry, at, why, approval } = said;
        let (by, done) = (approval.by.to_string(), approval.decision.done().to_owned());
        rows.push(vec![utc(*at), by, done, why.to_string(), entry.to_string()]);
    }
    let text = "Each is a signed statement about this very content and verdict.";
    let head = ["when", "who", "said", "why", "entry"];
    shown.extend(table("approvals", "Approvals", text, &head, rows));
    Ok(())
}

/// Where it was deployed.
pub(super) fn deployments(
    of: &Gathered,
    to: &mut Draft,
    shown: &mut Vec<DossierPart>,
) -> Result<(), CommandError> {
    let mut rows = Vec::new();
    for (entry, statement) in &of.since.deployments {
        let Transition::AliasMoved { alias, from, .. } = &entry.what else { continue };
        if let Some(statement) = statement {
            add(to, &file::deployment(entry.sequence), statement.clone())?;
        }
        let from = from.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
        let signed = if statement.is_some() { "yes" } else { "no" };
        rows.push(vec![
            utc(entry.at),
            alias.to_string(),
            from,
            entry.who.to_string(),
            entry.why.to_string(),
            signed.to_owned(),
        ]);
    }
    let text = "Every time that an alias, which servers follow, was pointed at this version.";
    let head = ["when", "alias", "instead of", "who", "why", "signed"];
    shown.extend(table("deployments", "Deployments", text, &head, rows));
    Ok(())
}

/// Whether it came out again.
pub(super) fn reproductions(
    of: &Gathered,
    to: &mut Draft,
    shown: &mut Vec<DossierPart>,
) -> Result<(), CommandError> {
    let mut rows = Vec::new();
    for (again, place) in of.since.reproductions.iter().zip(1..) {
        add(to, &file::reproduction(place), again.statement.clone())?;
        add(to, &file::reproduction_evidence(place), again.evidence.clone())?;
        rows.push(vec![utc(again.at), again.answer.to_string(), again.message.clone()]);
    }
    let text = "The version made anew from its commit, data and environment.";
    shown.extend(table("reproductions", "Made again", text, &["when", "answer", "what"], rows));
    Ok(())
}

/// Returns a table of the page; `None` where it would be empty.
fn table(
    id: &str,
    title: &str,
    text: &str,
    head: &[&str],
    rows: Vec<Vec<String>>,
) -> Option<DossierPart> {
    (!rows.is_empty()).then(|| DossierPart {
        id: id.to_owned(),
        title: title.to_owned(),
        text: text.to_owned(),
        head: head.iter().map(|&head| head.to_owned()).collect(),
        rows,
    })
}
