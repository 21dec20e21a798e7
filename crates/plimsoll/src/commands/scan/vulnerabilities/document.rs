//! What `plimsoll scan vulnerabilities` shows.

use std::collections::BTreeSet;
use std::fmt;

use plimsoll_core::gate::{Excused, Waived};
use plimsoll_core::{Code, Digest, Finding, Severity, Timestamp};
use plimsoll_scan::inventory;
use plimsoll_scan::vulnerability::{Audit, Rating, State, VulnerablePackage};
use serde::Serialize;

use super::super::advisories::Held;
use super::super::named::{Packages, Source};
use super::super::waivers::Waivers;
use crate::error::CommandError;
use crate::ui::{Cell, Paint, Table, paint};
use crate::{sarif, ui, view};

/// An advisory concerns a package.
const ADVISORY: Code = Code::of("vulnerability.advisory");
/// A package could not be judged.
const NOT_AUDITED: Code = Code::of("vulnerability.not-audited");
/// An advisory could not be read.
const UNREADABLE: Code = Code::of("vulnerability.unreadable-advisory");
/// A database is older than it may be.
const OLD: Code = Code::of("vulnerability.old-database");

/// Whether the packages may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    /// Nothing blocks.
    Pass,
    /// Something does.
    Block,
    /// Something could not be judged, which is never a pass.
    Error,
}

/// What was found.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Document {
    verdict: Verdict,
    sources: Vec<Source>,
    databases: Vec<Held>,
    packages: usize,
    findings: Vec<Seen>,
    /// The names of those that could not be judged.
    not_audited: BTreeSet<String>,
    unjudged: Vec<NotAudited>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Finding>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waived: Vec<Waived>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    #[serde(skip)]
    waivers_file: String,
}

/// A vulnerability that a package has, and whether it is answered for.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Seen {
    code: Code,
    message: String,
    subject: Option<String>,
    next: Option<String>,
    #[serde(flatten)]
    found: VulnerablePackage,
    is_waived: bool,
    #[serde(skip)]
    finding: Finding,
}

/// A package that could not be judged.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct NotAudited {
    code: Code,
    subject: Option<String>,
    package: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    why: String,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    is_waived: bool,
    #[serde(skip)]
    finding: Finding,
}

impl Document {
    pub(super) fn of(
        packages: Packages,
        audit: Audit,
        max_age: Option<u32>,
        now: Timestamp,
        waivers: &Waivers,
    ) -> Self {
        let databases: Vec<Held> = audit
            .databases
            .into_iter()
            .map(|used| Held::of(used.digest, used.contents, now))
            .collect();
        let mut findings: Vec<Seen> = audit.findings.into_iter().map(Seen::of).collect();
        let mut not_audited: Vec<NotAudited> = Vec::new();
        for one in packages.not_audited {
            not_audited.push(NotAudited::of(
                one.name,
                one.version,
                one.why,
                &one.place.path,
                one.place.line,
            ));
        }
        for one in audit.not_audited {
            not_audited.push(NotAudited::of(
                one.package,
                one.version,
                one.why,
                &one.path,
                one.line,
            ));
        }
        let problems = problems(&databases, max_age);
        let mut notes = packages.notes;
        for unused in audit.unused_statements {
            let (vulnerability, status) = (unused.vulnerability, unused.status);
            let origin = unused.origin;
            notes.push(format!(
                "{origin}: what is said of {vulnerability} ({status}) concerns nothing that was found"
            ));
        }

        let counts = findings.iter().filter(|seen| seen.found.blocks()).map(|seen| &seen.finding);
        let all = counts
            .chain(not_audited.iter().map(|one| &one.finding))
            .chain(&problems)
            .cloned()
            .collect();
        let Excused { left, waived, said } = waivers.excuse(all);
        let is_waived = |finding: &Finding| waived.iter().any(|waived| waived.finding == *finding);
        for seen in &mut findings {
            seen.is_waived = is_waived(&seen.finding);
        }
        for one in &mut not_audited {
            one.is_waived = is_waived(&one.finding);
        }
        let is_error = left.iter().any(|finding| finding.code != ADVISORY);
        let verdict = match (left.is_empty(), is_error) {
            (true, _) => Verdict::Pass,
            (false, false) => Verdict::Block,
            (false, true) => Verdict::Error,
        };
        let problems = problems.into_iter().filter(|problem| left.contains(problem));
        Self {
            verdict,
            sources: packages.sources,
            databases,
            packages: packages.list.len(),
            findings,
            not_audited: not_audited.iter().map(|one| one.package.clone()).collect(),
            unjudged: not_audited,
            problems: problems.chain(said).collect(),
            waived,
            notes,
            waivers_file: waivers.file.clone(),
        }
    }

    pub(crate) fn passes(&self) -> bool {
        self.verdict == Verdict::Pass
    }

    /// Returns how many packages were judged.
    pub(crate) fn packages(&self) -> usize {
        self.packages
    }

    /// Returns which databases they were held against.
    pub(crate) fn databases(&self) -> impl Iterator<Item = Digest> + '_ {
        self.databases.iter().map(|database| database.digest)
    }

    pub(super) fn sarif(&self) -> Result<String, CommandError> {
        let seen = self.findings.iter().filter(|seen| seen.found.blocks() && !seen.is_waived);
        let seen = seen.map(|seen| sarif::Finding {
            of: &seen.finding,
            properties: None,
            security: Some(security(&seen.found)),
        });
        let not_audited = self.unjudged.iter().filter(|one| !one.is_waived);
        let others = not_audited.map(|one| &one.finding).chain(&self.problems);
        let others = others.map(|finding| sarif::Finding {
            of: finding,
            properties: None,
            security: Some(UNRATED),
        });
        sarif::write(seen.chain(others))
    }
}

/// Returns everything that is to be said of packages, what could not be judged, and the databases.
pub(crate) fn findings(
    unjudged: Vec<inventory::NotAudited>,
    audit: Audit,
    max_age: Option<u32>,
    now: Timestamp,
) -> Vec<Finding> {
    let held = audit.databases.into_iter();
    let held: Vec<Held> = held.map(|used| Held::of(used.digest, used.contents, now)).collect();
    let mut findings: Vec<Finding> =
        audit.findings.into_iter().map(|found| Seen::of(found).finding).collect();
    findings.extend(unjudged.into_iter().map(|one| {
        NotAudited::of(one.name, one.version, one.why, &one.place.path, one.place.line).finding
    }));
    findings.extend(
        audit.not_audited.into_iter().map(|one| {
            NotAudited::of(one.package, one.version, one.why, &one.path, one.line).finding
        }),
    );
    findings.extend(problems(&held, max_age));
    findings
}

/// How bad it is that something could not be judged: between what can wait and what cannot.
const UNRATED: f64 = 5.5;

/// Returns how bad an advisory is, from 0.1 to 10: its score, or the middle of its rating.
fn security(found: &VulnerablePackage) -> f64 {
    found.score.unwrap_or(match found.severity {
        // What nobody rated may be the worst.
        Rating::Critical | Rating::Unknown => 9.5,
        Rating::High => 8.0,
        Rating::Medium => 5.5,
        Rating::Low => 2.0,
        Rating::None => 0.1,
    })
}

/// What is wrong with the databases themselves.
fn problems(databases: &[Held], max_age: Option<u32>) -> Vec<Finding> {
    let mut problems = Vec::new();
    for database in databases {
        for unread in &database.unreadable_records {
            let message = format!(
                "advisory {} of {} could not be read: {}",
                unread.entry, unread.export, unread.why
            );
            let mut finding = Finding::new(UNREADABLE, Severity::Error, message);
            finding.subject = Some(unread.entry.clone());
            finding.next =
                Some("get the export again: what cannot be read may concern a package".to_owned());
            problems.push(finding);
        }
        let listed = database.unreadable_records.len() as u64;
        if database.unreadable > listed {
            let more = database.unreadable - listed;
            let message = format!("{more} more advisories could not be read");
            problems.push(Finding::new(UNREADABLE, Severity::Error, message));
        }
        let Some(most) = max_age else { continue };
        let message = match database.age_days {
            Some(days) if days <= i64::from(most) => continue,
            Some(days) => {
                format!("the database {} is {days} days old (at most {most})", database.digest)
            }
            None => format!(
                "nobody knows how old the database {} is (at most {most} days)",
                database.digest
            ),
        };
        let mut finding = Finding::new(OLD, Severity::Error, message);
        finding.limit = Some(f64::from(most));
        finding.subject = Some(database.digest.to_string());
        finding.next = Some("plimsoll database update".to_owned());
        problems.push(finding);
    }
    problems
}

impl Seen {
    fn of(found: VulnerablePackage) -> Self {
        let (id, package, version) = (&found.id, &found.package, &found.version);
        let summary = if found.summary.is_empty() { "no summary" } else { &found.summary };
        let message = format!("{package} {version} has {id} ({}): {summary}", found.severity);
        let mut finding = Finding::new(ADVISORY, Severity::Error, message);
        if !found.blocks() {
            finding.severity = Severity::Info;
        }
        finding.subject = Some(format!("{id} in {package} {version}"));
        finding.path = Some(found.path.clone());
        finding.line = found.line;
        finding.value = found.score;
        finding.next = Some(match found.fixed_in.as_slice() {
            [] => "there is no fixed version yet: replace it, or agree on a waiver".to_owned(),
            fixes => format!("go to {package} {}", fixes.join(" or ")),
        });
        Self {
            code: ADVISORY,
            message: finding.message.clone(),
            subject: finding.subject.clone(),
            next: finding.next.clone(),
            found,
            is_waived: false,
            finding,
        }
    }
}

impl NotAudited {
    fn of(
        package: String,
        version: Option<String>,
        why: String,
        path: &str,
        line: Option<u64>,
    ) -> Self {
        let message = format!("{package} could not be judged: {why}");
        let mut finding = Finding::new(NOT_AUDITED, Severity::Error, message);
        // Another version, or another reason, is another thing to answer for.
        let of = version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
        finding.subject = Some(format!("{package}{of}: {why}"));
        finding.path = Some(path.to_owned());
        finding.line = line;
        Self {
            code: NOT_AUDITED,
            subject: finding.subject.clone(),
            package,
            version,
            why,
            path: path.to_owned(),
            line,
            is_waived: false,
            finding,
        }
    }
}

impl ui::Document for Document {
    const SCHEMA: &'static str = "plimsoll.scan-vulnerabilities/v1";
}

fn colour(rating: Rating) -> Paint {
    match rating {
        Rating::None | Rating::Low => Paint::Faint,
        Rating::Medium => Paint::Warning,
        Rating::High | Rating::Critical | Rating::Unknown => Paint::Bad,
    }
}

fn state(seen: &Seen) -> &'static str {
    match seen.found.state {
        State::Affected if seen.is_waived => "waived",
        State::Affected => "blocks",
        State::NotAffected => "not affected (VEX)",
        State::Fixed => "fixed (VEX)",
        State::Informational => "informational",
        State::BelowThreshold => "below threshold",
        State::Unfixed => "no fix yet",
    }
}

/// Returns as much of a summary as fits beside the rest; the JSON document has all of it.
fn beginning(summary: &str) -> String {
    const LONGEST: usize = 80;
    let mut text: String = summary.chars().take(LONGEST).collect();
    if summary.chars().nth(LONGEST).is_some() {
        text.push('…');
    }
    text
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for source in &self.sources {
            writeln!(f, "{}: {} packages", source.path, source.packages)?;
        }
        for database in &self.databases {
            let age = match database.age_days {
                Some(1) => "1 day old".to_owned(),
                Some(days) => format!("{days} days old"),
                None => "of unknown age".to_owned(),
            };
            let (advisories, digest) = (database.advisories, database.digest);
            writeln!(f, "{advisories} advisories, {age}, {}", paint(Paint::Faint, digest))?;
        }
        for note in &self.notes {
            writeln!(f, "{}", paint(Paint::Faint, note))?;
        }
        let mut table = Table::new(&["severity", "package", "advisory", "fixed in", "", "what"]);
        for seen in &self.findings {
            let found = &seen.found;
            let rating = match found.score {
                Some(score) => format!("{} {score:.1}", found.severity),
                None => found.severity.to_string(),
            };
            let fixes = if found.fixed_in.is_empty() {
                "–".to_owned()
            } else {
                found.fixed_in.join(", ")
            };
            table.row([
                Cell::painted(colour(found.severity), rating),
                Cell::from(&format!("{} {}", found.package, found.version)),
                Cell::from(&found.id),
                Cell::from(&fixes),
                Cell::from(state(seen)),
                Cell::from(&beginning(&found.summary)),
            ]);
        }
        if !table.is_empty() {
            write!(f, "\n{table}")?;
        }
        let not_audited: Vec<&NotAudited> =
            self.unjudged.iter().filter(|one| !one.is_waived).collect();
        if !not_audited.is_empty() {
            writeln!(f, "\nnot audited:")?;
            for one in not_audited {
                let version = one.version.as_deref().unwrap_or("");
                let place = match one.line {
                    Some(line) => format!("{}:{line}", one.path),
                    None => one.path.clone(),
                };
                let name = paint(Paint::Bad, &one.package);
                writeln!(f, "  {name} {version} {}: {}", paint(Paint::Faint, place), one.why)?;
            }
        }
        view::verdict::write_findings(f, &self.problems)?;
        for Waived { finding, waiver } in &self.waived {
            let head = format!("waived[{}]", finding.code);
            writeln!(f, "{} {}", paint(Paint::Warning, head), finding.message)?;
            let (owner, reason, expires) = (&waiver.owner, &waiver.reason, waiver.expires);
            let place = format!("{}:{}", self.waivers_file, waiver.line);
            writeln!(f, "    by {owner} until {expires} ({place}): {reason}")?;
        }
        let blocking = self.findings.iter().filter(|it| it.found.blocks() && !it.is_waived).count();
        let unjudged = self.unjudged.iter().filter(|one| !one.is_waived).count();
        let (colour, word) = match self.verdict {
            Verdict::Pass => (Paint::Good, "pass"),
            Verdict::Block => (Paint::Bad, "block"),
            Verdict::Error => (Paint::Bad, "error"),
        };
        let packages = self.packages;
        let problems = self.problems.iter().filter(|it| it.severity == Severity::Error).count();
        let why = if problems == 0 { "" } else { "; the database cannot be relied on" };
        writeln!(
            f,
            "\n{}: {}, {} that block, {unjudged} not audited{why}",
            paint(colour, word),
            counted(packages, "package", "packages"),
            counted(blocking, "vulnerability", "vulnerabilities"),
        )
    }
}

fn counted(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}
