//! What `plimsoll scan licenses` shows.

use std::fmt;

use plimsoll_core::{Code, Finding, Severity};
use plimsoll_scan::inventory::NotAudited;
use plimsoll_scan::license::{Intent, JudgedPackage, State, Verdict};
use serde::Serialize;

use super::super::named::{Packages, Source};
use crate::error::CommandError;
use crate::ui::{Cell, Paint, Table, paint};
use crate::{sarif, ui};

/// A license is not allowed.
const DENIED: Code = Code::of("license.denied");
/// A person has to look at a license.
const REVIEW: Code = Code::of("license.review");
/// What a package's license is cannot be told for certain.
const AMBIGUOUS: Code = Code::of("license.ambiguous");
/// Nothing tells what a package's license is.
const UNKNOWN: Code = Code::of("license.unknown");
/// Something is named that no license can be told of.
const NOT_AUDITED: Code = Code::of("license.not-audited");

/// What was found.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Document {
    verdict: &'static str,
    intent: Intent,
    sources: Vec<Source>,
    packages: Vec<JudgedPackage>,
    findings: Vec<Finding>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

impl Document {
    pub(super) fn of(intent: Intent, named: Packages, packages: Vec<JudgedPackage>) -> Self {
        let mut findings: Vec<Finding> = packages.iter().filter_map(finding).collect();
        findings.extend(not_audited(&named.not_audited, &packages));
        let is_unread = findings.iter().any(|finding| finding.code == NOT_AUDITED);
        let verdict = match (findings.is_empty(), is_unread) {
            (true, _) => "pass",
            (false, false) => "block",
            (false, true) => "error",
        };
        Self { verdict, intent, sources: named.sources, packages, findings, notes: named.notes }
    }

    pub(super) fn passes(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn sarif(&self) -> Result<String, CommandError> {
        let findings = self.findings.iter();
        sarif::write(findings.map(|finding| sarif::Finding {
            of: finding,
            properties: None,
            security: None,
        }))
    }
}

/// Returns what is to be said of what is named and has no terms at all. A package without a version has
/// some nevertheless.
pub(crate) fn not_audited(named: &[NotAudited], packages: &[JudgedPackage]) -> Vec<Finding> {
    let is_package = |one: &&NotAudited| {
        packages.iter().any(|package| {
            package.name == one.name && Some(&package.ecosystem) == one.ecosystem.as_ref()
        })
    };
    let found = named.iter().filter(|one| !is_package(one)).map(|one| {
        let message = format!("{}: {}", one.name, one.why);
        let mut finding = Finding::new(NOT_AUDITED, Severity::Error, message);
        finding.subject = Some(one.name.clone());
        finding.path = Some(one.place.path.clone());
        finding.line = one.place.line;
        finding
    });
    found.collect()
}

/// Returns what is to be said of a package that is not allowed.
pub(crate) fn finding(package: &JudgedPackage) -> Option<Finding> {
    if package.verdict == Verdict::Allow {
        return None;
    }
    let name = match &package.version {
        Some(version) => format!("{} {version}", package.name),
        None => package.name.clone(),
    };
    let (code, message) = match (package.state, package.verdict) {
        (State::Known, verdict) => {
            let license = package.license.as_ref().map(ToString::to_string).unwrap_or_default();
            let code = if verdict == Verdict::Review { REVIEW } else { DENIED };
            (code, format!("{name} comes under {license}: {}", package.rule))
        }
        (State::Ambiguous, _) => {
            let candidates: Vec<String> =
                package.candidates.iter().map(ToString::to_string).collect();
            let among = if candidates.is_empty() {
                String::new()
            } else {
                format!(" ({})", candidates.join(", or "))
            };
            (AMBIGUOUS, format!("the license of {name} is ambiguous{among}: {}", package.reason))
        }
        (State::Unknown, _) => {
            (UNKNOWN, format!("the license of {name} is not known: {}", package.reason))
        }
    };
    let mut finding = Finding::new(code, Severity::Error, message);
    finding.subject = Some(name);
    finding.path = Some(package.path.clone());
    finding.line = package.line;
    finding.next.clone_from(&package.next);
    Some(finding)
}

impl ui::Document for Document {
    const SCHEMA: &'static str = "plimsoll.scan-licenses/v1";
}

fn colour(verdict: Verdict) -> Paint {
    match verdict {
        Verdict::Allow => Paint::Good,
        Verdict::Review => Paint::Warning,
        Verdict::Deny => Paint::Bad,
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for source in &self.sources {
            writeln!(f, "{}: {} packages", source.path, source.packages)?;
        }
        for note in &self.notes {
            writeln!(f, "{}", paint(Paint::Faint, note))?;
        }
        let mut table = Table::new(&["verdict", "package", "license", "rule"]);
        for package in &self.packages {
            let license = match &package.license {
                Some(license) => license.to_string(),
                None => package.state.to_string(),
            };
            let version = package.version.as_deref().unwrap_or_default();
            table.row([
                Cell::painted(colour(package.verdict), package.verdict),
                Cell::from(&format!("{} {version}", package.name)),
                Cell::from(&license),
                Cell::from(&package.rule),
            ]);
        }
        if !table.is_empty() {
            write!(f, "\n{table}")?;
        }
        crate::view::verdict::write_findings(f, &self.findings)?;
        let of = |verdict| self.packages.iter().filter(|it| it.verdict == verdict).count();
        let (allowed, review, denied) =
            (of(Verdict::Allow), of(Verdict::Review), of(Verdict::Deny));
        let word = if self.passes() { Paint::Good } else { Paint::Bad };
        writeln!(
            f,
            "\n{}: of {} packages {allowed} are allowed, {review} to be looked at, {denied} denied ({})",
            paint(word, self.verdict),
            self.packages.len(),
            self.intent,
        )
    }
}
