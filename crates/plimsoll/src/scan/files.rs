//! Files of others that were copied into the repository, and those of them that go into the model.

use std::collections::BTreeSet;

use plimsoll_core::evidence::{ScanInput, ScannedPackage};
use plimsoll_core::ports::ScanRequest;
use plimsoll_core::{Finding, Severity};
use plimsoll_scan::license::copied::{self, Tree};
use plimsoll_scan::license::propagate::{Edge, Kind, Node, Relation, propagate};
use plimsoll_scan::license::{self, Court, JudgedFile};

use super::Places;
use super::lineage::CONFLICT;
use crate::commands::scan::licenses::finding_of_file;
use crate::error::{CommandError, Kind as ErrorKind};

/// What others made of the repository's files.
pub(super) struct Copied {
    tree: Tree,
    /// The files that steps see, by their paths.
    code: BTreeSet<String>,
}

/// Looks at the repository's files. What is declared as data is judged as that.
pub(super) fn copied(request: &ScanRequest, places: Places<'_>) -> Result<Copied, CommandError> {
    let code: BTreeSet<String> = request.code.iter().map(ToString::to_string).collect();
    let mut tree = copied::walk(places.root, &code)
        .map_err(|error| CommandError::new(ErrorKind::Usage, error))?;
    let is_declared = |path: &str| {
        request.lineage.iter().any(|reaching| {
            let declared = &reaching.declared;
            let is_card = declared.card.as_ref().is_some_and(|card| card.as_str() == path);
            let inside = path.strip_prefix(declared.path.as_str());
            is_card || inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    tree.found.retain(|found| !is_declared(&found.path));
    Ok(Copied { tree, code })
}

impl Copied {
    /// Returns how many there are.
    pub(super) fn count(&self) -> usize {
        self.tree.found.len()
    }

    /// Returns what was read, pinned.
    pub(super) fn input(&self) -> ScanInput {
        let name = "files that say something of licenses".to_owned();
        ScanInput { name, digest: self.tree.digest, age_days: None }
    }

    /// Returns what the policy says against them. Of what steps see, the way to the model is told.
    pub(super) fn findings(
        &self,
        request: &ScanRequest,
        court: Court<'_>,
    ) -> Result<Vec<Finding>, CommandError> {
        let (code, others): (Vec<_>, Vec<_>) =
            self.tree.found.iter().partition(|found| self.code.contains(&found.path));
        let judged = others.iter().map(|found| court.judge_file(found));
        let mut findings: Vec<Finding> =
            judged.filter_map(|judged| finding_of_file(&judged)).collect();
        for found in code {
            let judged = court.judge_file(found);
            findings.extend(conflict(found, &judged, request, court)?);
        }
        Ok(findings)
    }

    /// Returns what was judged, as evidence has it.
    pub(super) fn listed(&self, court: Court<'_>) -> Vec<ScannedPackage> {
        let listed = |found: &license::Copied| {
            let judged = court.judge_file(found);
            ScannedPackage {
                ecosystem: "file".to_owned(),
                name: judged.path,
                version: Some(judged.digest.to_string()),
                license: judged.license.as_ref().map(ToString::to_string),
                state: judged.state.to_string(),
                verdict: judged.verdict.to_string(),
            }
        };
        self.tree.found.iter().map(listed).collect()
    }
}

/// Follows the terms of a file that steps see to the model that they make.
fn conflict(
    found: &license::Copied,
    judged: &JudgedFile,
    request: &ScanRequest,
    court: Court<'_>,
) -> Result<Option<Finding>, CommandError> {
    let Some(alone) = finding_of_file(judged) else { return Ok(None) };
    let model =
        Node { kind: Kind::Model, name: request.name.to_string(), version: None, terms: None };
    let file = Node {
        kind: Kind::Copied,
        name: found.path.clone(),
        version: Some(found.digest.to_string()),
        terms: Some(found.terms.clone()),
    };
    let edge = Edge { what: 0, relation: Relation::DerivedFrom, from: 1 };
    let followed = propagate(&[model, file], &[edge], court)
        .map_err(|error| CommandError::usage(format!("the lineage cannot be followed: {error}")))?;
    let Some(conflict) = followed.conflicts.into_iter().next() else { return Ok(Some(alone)) };
    let finding = Finding::new(CONFLICT, Severity::Error, conflict.message);
    let Finding { path, line, subject, next, .. } = alone;
    Ok(Some(Finding { path, line, subject, next, ..finding }))
}
