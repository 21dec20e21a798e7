//! The licenses that a scan of the run read, as its evidence has them.

use std::collections::BTreeMap;

use plimsoll_core::Digest;
use plimsoll_core::evidence::{ScanName, Scanned, ScannedPackage};
use plimsoll_core::record::RunRecord;
use plimsoll_scan::bom::{Component, Stated};
use plimsoll_scan::license::Expression;

/// What stands for a license where nobody else's work is in the data.
pub(super) const OWN: &str = "own";

/// What was judged, by ecosystem, name and version.
#[derive(Debug, Default)]
pub(super) struct Judged(BTreeMap<(String, String, Option<String>), Stated>);

impl Judged {
    /// Returns where the evidence of a run's licenses is, if they were scanned.
    pub(super) fn evidence_of(record: &RunRecord) -> Option<Digest> {
        record.scans.get(&ScanName::Licenses).map(|(digest, _)| *digest)
    }

    /// Reads what a scan judged.
    pub(super) fn of(scanned: &Scanned) -> Self {
        let entry = |one: &ScannedPackage| {
            let ScannedPackage { ecosystem, name, version, license, state, .. } = one;
            let known = license.as_deref().filter(|license| *license != OWN);
            let stated = match (state.as_str(), known.map(Expression::parse)) {
                ("known", Some(Ok(license))) => Stated::Concluded(license),
                ("ambiguous", _) => {
                    let reason = "what was published left several open when it was judged";
                    Stated::Ambiguous { candidates: Vec::new(), reason: reason.to_owned() }
                }
                _ => Stated::Unknown,
            };
            ((ecosystem.clone(), name.clone(), version.clone()), stated)
        };
        Self(scanned.packages.iter().map(entry).collect())
    }

    /// Returns what was judged of a dataset (`dataset`) or base model (`base-model`) with this content.
    pub(super) fn of_data(&self, kind: &str, name: &str, digest: &Digest) -> Option<&Stated> {
        self.0.get(&(kind.to_owned(), name.to_owned(), Some(digest.to_string())))
    }

    /// Tells the licenses of packages of which nothing was published here, and whether it told any.
    pub(super) fn tell(&self, packages: &mut [Component]) -> bool {
        let mut has_told = false;
        for component in packages.iter_mut().filter(|it| it.license == Stated::Unknown) {
            let package = &component.package;
            let key =
                (package.ecosystem.to_string(), package.name.clone(), package.version.clone());
            if let Some(stated) = self.0.get(&key) {
                component.license = stated.clone();
                has_told = true;
            }
        }
        has_told
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_scan::package::{Ecosystem, Package, Place};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_judged_is_told_where_nothing_else_is() {
        let package = |name: &str, license: Option<&str>, state: &str| {
            json!({"ecosystem": "PyPI", "name": name, "version": "1", "license": license,
                   "state": state, "verdict": "allow"})
        };
        let scanned: Scanned = serde_json::from_value(json!({
            "schema": "plimsoll.scanned/v1", "scan": "licenses", "state": "answered",
            "summary": "", "count": 4, "inputs": [],
            "packages": [
                package("known", Some("MIT"), "known"), package("open", None, "ambiguous"),
                package("odd", Some("no license at all"), "known"), package("own", Some("own"), "known"),
            ],
        }))
        .unwrap();
        let judged = Judged::of(&scanned);
        let mut packages: Vec<Component> = ["known", "open", "odd", "own", "new"]
            .into_iter()
            .map(|name| {
                let version = Some("1".to_owned());
                Component::of(Package::new(Ecosystem::PyPI, name, version, Place::default()))
            })
            .collect();
        assert!(judged.tell(&mut packages));
        let states: Vec<String> =
            packages.iter().map(|it| it.license.state().to_string()).collect();
        assert_eq!(states, ["known", "ambiguous", "unknown", "unknown", "unknown"]);
        assert!(!Judged::default().tell(&mut packages));
    }
}
