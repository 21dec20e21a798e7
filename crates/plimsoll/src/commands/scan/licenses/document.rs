//! What `plimsoll scan licenses` shows.

use std::fmt;

use plimsoll_core::gate::{Excused, Waived};
use plimsoll_core::{Code, Finding, Severity};
use plimsoll_scan::inventory::NotAudited;
use plimsoll_scan::license::{Dependency, Expression, Intent, JudgedPackage, State, Verdict};
use serde::Serialize;

use super::super::named::{Packages, Source};
use super::super::waivers::Waivers;
use super::files::{self, Copied, Folder};
use crate::error::CommandError;
use crate::ui::{Cell, Paint, Table, paint};
use crate::{sarif, ui, view};

/// How many findings are told in text before they are only counted.
const MOST_TOLD: usize = 100;

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
    /// The folders whose files were looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    folders: Vec<Folder>,
    /// What others made of their files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    copied: Vec<Copied>,
    findings: Vec<Finding>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waived: Vec<Waived>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    #[serde(skip)]
    waivers: String,
}

impl Document {
    pub(super) fn of(
        intent: Intent,
        named: Packages,
        packages: Vec<JudgedPackage>,
        mut folders: Vec<Folder>,
        waivers: &Waivers,
    ) -> Self {
        let copied: Vec<Copied> = folders.iter_mut().flat_map(Folder::take).collect();
        let mut findings: Vec<Finding> = packages.iter().filter_map(finding).collect();
        findings.extend(not_audited(&named.not_audited, &packages));
        findings.extend(copied.iter().filter_map(Copied::finding));
        let Excused { left, waived, said } = waivers.excuse(findings);
        let is_unread = left.iter().any(|finding| finding.code == NOT_AUDITED);
        let verdict = match (left.is_empty(), is_unread) {
            (true, _) => "pass",
            (false, false) => "block",
            (false, true) => "error",
        };
        let waivers = waivers.file.clone();
        let findings = left.into_iter().chain(said).collect();
        let (sources, notes) = (named.sources, named.notes);
        Self {
            verdict,
            intent,
            sources,
            packages,
            folders,
            copied,
            findings,
            waived,
            notes,
            waivers,
        }
    }

    pub(super) fn passes(&self) -> bool {
        self.verdict == "pass"
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
    let name = match &package.version {
        Some(version) => format!("{} {version}", package.name),
        None => package.name.clone(),
    };
    let JudgedPackage { verdict, state, license, candidates, rule, reason, .. } = package;
    let refused = Refused { verdict: *verdict, state: *state, license, candidates, rule, reason };
    let (code, mut message) = refused.said(&name)?;
    if package.dependency == Dependency::Transitive {
        let way = package.through.join(" -> ");
        message = format!("{message}; it came by {way} -> {}", package.name);
    }
    let mut finding = Finding::new(code, Severity::Error, message);
    finding.subject = Some(name);
    finding.path = Some(package.path.clone());
    finding.line = package.line;
    finding.next.clone_from(&package.next);
    Some(finding)
}

/// Why something is not allowed.
pub(super) struct Refused<'r> {
    pub verdict: Verdict,
    pub state: State,
    pub license: &'r Option<Expression>,
    pub candidates: &'r [Expression],
    pub rule: &'r str,
    pub reason: &'r str,
}

impl Refused<'_> {
    /// Returns the code and the message for what is called `name`; `None` where it is allowed.
    pub(super) fn said(&self, name: &str) -> Option<(Code, String)> {
        if self.verdict == Verdict::Allow {
            return None;
        }
        Some(match (self.state, self.verdict) {
            (State::Known, verdict) => {
                let license = self.license.as_ref().map(ToString::to_string).unwrap_or_default();
                let code = if verdict == Verdict::Review { REVIEW } else { DENIED };
                (code, format!("{name} comes under {license}: {}", self.rule))
            }
            (State::Ambiguous, _) => {
                let candidates: Vec<String> =
                    self.candidates.iter().map(ToString::to_string).collect();
                let among = if candidates.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", candidates.join(", or "))
                };
                let reason = self.reason;
                (AMBIGUOUS, format!("the license of {name} is ambiguous{among}: {reason}"))
            }
            (State::Unknown, _) => {
                (UNKNOWN, format!("the license of {name} is not known: {}", self.reason))
            }
        })
    }
}

impl ui::Document for Document {
    const SCHEMA: &'static str = "plimsoll.scan-licenses/v1";
}

pub(super) fn colour(verdict: Verdict) -> Paint {
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
        for folder in &self.folders {
            writeln!(f, "{folder}")?;
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
        let table = files::table(&self.copied);
        if !table.is_empty() {
            write!(f, "\n{table}")?;
        }
        view::verdict::write_findings(f, self.findings.iter().take(MOST_TOLD))?;
        if let Some(more) = self.findings.len().checked_sub(MOST_TOLD).filter(|more| *more > 0) {
            writeln!(f, "  and {more} more, which `--json` tells")?;
        }
        for Waived { finding, waiver } in &self.waived {
            let head = format!("waived[{}]", finding.code);
            writeln!(f, "{} {}", paint(Paint::Warning, head), finding.message)?;
            let (owner, reason, expires) = (&waiver.owner, &waiver.reason, waiver.expires);
            let place = format!("{}:{}", self.waivers, waiver.line);
            writeln!(f, "    by {owner} until {expires} ({place}): {reason}")?;
        }
        let verdicts = || {
            let packages = self.packages.iter().map(|it| it.verdict);
            packages.chain(self.copied.iter().map(Copied::verdict))
        };
        let of = |verdict| verdicts().filter(|it| *it == verdict).count();
        let (allowed, review, denied) =
            (of(Verdict::Allow), of(Verdict::Review), of(Verdict::Deny));
        let word = if self.passes() { Paint::Good } else { Paint::Bad };
        let (packages, copied) = (self.packages.len(), self.copied.len());
        let what = match self.folders.len() {
            0 => format!("{packages} packages"),
            _ => format!("{packages} packages and {copied} copied files or folders"),
        };
        writeln!(
            f,
            "\n{}: of {what} {allowed} are allowed, {review} to be looked at, {denied} denied ({})",
            paint(word, self.verdict),
            self.intent,
        )
    }
}
