//! How what comes from elsewhere is scanned.

use std::collections::BTreeMap;

use plimsoll_core::gate::{Origin, Transition, Weight};
use plimsoll_core::scans::{LicensePolicy, Scans, Vulnerabilities};

use super::Draft;
use crate::node::Node;
use crate::params;
use crate::schema::format;

impl Draft<'_, '_, '_> {
    /// Reads `scan:`; in a policy its files are not looked for.
    pub(crate) fn scan(&mut self, from: Origin) -> Option<Scans> {
        let node = self.root.get("scan")?;
        let mut scans = Scans {
            intent: self.deserialized(node.get("intent")).unwrap_or_default(),
            ..Scans::default()
        };
        scans.locks = self.files_of(node.get("locks"), from, "a lock");
        if let Some(licenses) = node.get("licenses") {
            let line = u64::try_from(licenses.place.line).unwrap_or(u64::MAX);
            let rules = params::value(licenses, self.report)?;
            scans.licenses.push(LicensePolicy { from, line, rules });
        }
        if let Some(limits) = node.get("vulnerabilities") {
            let usual = Vulnerabilities::default();
            let days = limits.get("max-age").and_then(Node::text).and_then(format::days);
            scans.vulnerabilities = Vulnerabilities {
                severity: self.deserialized(limits.get("severity")).unwrap_or_default(),
                ignore_unfixed: self.deserialized(limits.get("ignore-unfixed")).unwrap_or_default(),
                max_age_days: days.unwrap_or(usual.max_age_days),
                vex: self.files_of(limits.get("vex"), from, "a file of statements"),
            };
        }
        Some(scans)
    }

    fn files_of(
        &mut self,
        list: Option<&Node>,
        from: Origin,
        what: &str,
    ) -> Vec<plimsoll_core::RepoPath> {
        let mut files = Vec::new();
        for node in list.map(Node::items).unwrap_or_default() {
            if from == Origin::Policy {
                let message = "a policy names no files: those of repositories differ";
                self.report.advise(node.place, message, "let repositories name them");
                continue;
            }
            let Some(named) = self.path(Some(node)) else { continue };
            self.must_be_file(&named, what, "correct the path, or add the file");
            files.push(named.path);
        }
        files
    }
}

/// Reads what a rule does at transitions.
pub(crate) fn modes(node: Option<&Node>) -> BTreeMap<Transition, Weight> {
    let mut modes = BTreeMap::new();
    for entry in node.map(Node::entries).unwrap_or_default() {
        let weight = match entry.value.text() {
            Some("block") => Weight::Error,
            Some("warn") => Weight::Warning,
            Some("observe") => Weight::Note,
            _ => continue,
        };
        if let Ok(transition) = entry.key.parse() {
            modes.insert(transition, weight);
        }
    }
    modes
}
