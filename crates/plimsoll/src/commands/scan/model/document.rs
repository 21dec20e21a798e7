//! What `plimsoll scan model` shows.

use std::fmt;

use plimsoll_core::gate::{Excused, Waived};
use plimsoll_core::{Code, Digest, Finding, Severity};
use plimsoll_scan::model::{self, FileReport};
use serde::Serialize;

use super::super::waivers::Waivers;
use crate::error::CommandError;
use crate::ui::{Cell, Paint, Table, paint};
use crate::{sarif, ui, view};

/// A file could not be opened, or was not followed.
const UNREADABLE: Code = Code::of("model.unreadable");

/// Whether everything that was scanned may be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    /// Every file is safe, or answered for.
    Pass,
    /// Some are not.
    Block,
}

/// What was found, file by file; the findings of all files stand at the top too.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Document {
    verdict: Verdict,
    findings: Vec<Finding>,
    files: Vec<File>,
    /// What is to be said of the waivers.
    #[serde(skip)]
    said: Vec<Finding>,
    #[serde(skip)]
    waivers: String,
}

/// A file that was scanned.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct File {
    path: String,
    verdict: model::Verdict,
    formats: Vec<String>,
    /// Of what is not safe: what a waiver has to name.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
    findings: Vec<Seen>,
    /// How many more were found than are told.
    #[serde(skip_serializing_if = "is_zero")]
    more: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waived: Vec<Waived>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Something in a file that is not known to be safe: a finding, and where in the file.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Seen {
    #[serde(flatten)]
    finding: Finding,
    verdict: model::Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opcode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    global: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<String>,
}

/// Returns what is to be said of something in the file `path`. Only what is not known has a subject,
/// which a waiver has to name: the very bytes.
pub(crate) fn finding(seen: &model::Finding, path: &str, digest: Option<Digest>) -> Finding {
    let code = Code::try_from(seen.code.clone()).unwrap_or(UNREADABLE);
    let mut finding = Finding::new(code, Severity::Error, seen.message.clone());
    finding.path = Some(path.to_owned());
    // What is known to act is answered for by nobody.
    if let (model::Verdict::Unknown, Some(digest)) = (seen.verdict, digest) {
        let subject = match &seen.global {
            Some(global) => format!("{global} in {digest}"),
            None => digest.to_string(),
        };
        finding.subject = Some(subject);
        finding.next = Some("allow it by a waiver that names this code and subject".to_owned());
    }
    finding
}

impl Seen {
    fn of(seen: model::Finding, path: &str, digest: Option<Digest>) -> Self {
        let finding = finding(&seen, path, digest);
        Self {
            finding,
            verdict: seen.verdict,
            member: seen.member,
            offset: seen.offset,
            opcode: seen.opcode,
            global: seen.global,
            call: seen.call,
        }
    }
}

impl File {
    /// Tells of a file that was scanned.
    pub(super) fn of(report: FileReport, digest: Option<Digest>) -> Self {
        let path = report.path;
        let findings = report.findings.into_iter().map(|it| Seen::of(it, &path, digest)).collect();
        Self {
            path,
            verdict: report.verdict,
            formats: report.formats,
            digest,
            findings,
            more: report.more,
            waived: Vec::new(),
        }
    }

    /// Tells of something that could not be scanned.
    pub(super) fn unread(path: &str, why: &str) -> Self {
        let unread = model::Finding::new(UNREADABLE.as_str(), model::Verdict::Unknown, why);
        Self {
            path: path.to_owned(),
            verdict: model::Verdict::Unknown,
            formats: Vec::new(),
            digest: None,
            findings: vec![Seen::of(unread, path, None)],
            more: 0,
            waived: Vec::new(),
        }
    }

    fn passes(&self) -> bool {
        self.verdict == model::Verdict::Safe || self.findings.is_empty() && self.more == 0
    }
}

impl Document {
    /// Brings files together, and takes what is excused out of them. A waiver has to name the very bytes, and
    /// the name that they ask for.
    pub(super) fn of(mut files: Vec<File>, waivers: &Waivers) -> Self {
        let seen = files.iter().flat_map(|file| &file.findings);
        let can_be_excused = seen.filter(|it| it.verdict == model::Verdict::Unknown);
        let can_be_excused = can_be_excused.map(|it| it.finding.clone()).collect();
        let Excused { waived, said, .. } = waivers.excuse(can_be_excused);
        for file in &mut files {
            for waived in &waived {
                let before = file.findings.len();
                file.findings.retain(|seen| seen.finding != waived.finding);
                if file.findings.len() < before {
                    file.waived.push(waived.clone());
                }
            }
        }
        let verdict = if files.iter().all(File::passes) { Verdict::Pass } else { Verdict::Block };
        let seen = files.iter().flat_map(|file| &file.findings);
        let mut findings: Vec<Finding> = seen.map(|seen| seen.finding.clone()).collect();
        findings.extend(said.iter().cloned());
        Self { verdict, findings, files, said, waivers: waivers.file.clone() }
    }

    pub(super) fn passes(&self) -> bool {
        self.verdict == Verdict::Pass
    }

    pub(super) fn sarif(&self) -> Result<String, CommandError> {
        sarif::write(
            self.findings.iter().map(|finding| sarif::Finding { finding, properties: None }),
        )
    }
}

impl ui::Document for Document {
    const SCHEMA: &'static str = "plimsoll.scan-model/v1";
}

fn colour(verdict: model::Verdict) -> Paint {
    match verdict {
        model::Verdict::Safe => Paint::Good,
        model::Verdict::Unknown => Paint::Warning,
        model::Verdict::Unsafe => Paint::Bad,
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&["verdict", "file", "read as"]);
        for file in &self.files {
            let verdict = Cell::painted(colour(file.verdict), file.verdict);
            table.row([verdict, Cell::from(&file.path), Cell::from(&file.formats.join(", "))]);
        }
        write!(f, "{table}")?;
        for file in self.files.iter().filter(|file| !file.findings.is_empty()) {
            writeln!(f)?;
            let verdict = paint(colour(file.verdict), file.verdict);
            writeln!(f, "{} is {verdict}", file.path)?;
            for seen in &file.findings {
                write_seen(f, seen)?;
            }
            if file.more > 0 {
                writeln!(f, "  and {} more", file.more)?;
            }
            let is_unknown = |seen: &Seen| seen.verdict == model::Verdict::Unknown;
            if let Some(seen) = file.findings.iter().find(|seen| is_unknown(seen))
                && let Some(subject) = &seen.finding.subject
            {
                writeln!(f, "  next: what is unknown can be allowed by a waiver, for example")?;
                let code = &seen.finding.code;
                writeln!(
                    f,
                    "        {{ finding: {code}, subject: \"{subject}\", owner: …, reason: …, expires: … }}"
                )?;
            }
        }
        for file in &self.files {
            for Waived { finding, waiver } in &file.waived {
                let head = format!("waived[{}]", finding.code);
                writeln!(f, "{} {}: {}", paint(Paint::Warning, head), file.path, finding.message)?;
                let (owner, reason, expires) = (&waiver.owner, &waiver.reason, waiver.expires);
                let place = format!("{}:{}", self.waivers, waiver.line);
                writeln!(f, "    by {owner} until {expires} ({place}): {reason}")?;
            }
        }
        view::verdict::write_findings(f, &self.said)?;
        let of = |verdict| self.files.iter().filter(|file| file.verdict == verdict).count();
        let verdicts = [model::Verdict::Unsafe, model::Verdict::Unknown, model::Verdict::Safe];
        let counts: Vec<String> = verdicts
            .into_iter()
            .filter(|verdict| of(*verdict) > 0)
            .map(|verdict| format!("{} {verdict}", of(verdict)))
            .collect();
        let (colour, word) =
            if self.passes() { (Paint::Good, "pass") } else { (Paint::Bad, "block") };
        writeln!(f, "\n{}: {}", paint(colour, word), counts.join(", "))
    }
}

fn write_seen(f: &mut fmt::Formatter<'_>, seen: &Seen) -> fmt::Result {
    let head = format!("{}[{}]", seen.verdict, seen.finding.code);
    writeln!(f, "  {} {}", paint(colour(seen.verdict), head), seen.finding.message)?;
    if let Some(call) = &seen.call {
        writeln!(f, "      {}", paint(Paint::Strong, call))?;
    }
    let place = [
        seen.member.clone().map(|member| format!("in {member}")),
        seen.offset.map(|offset| format!("at byte {offset}")),
        seen.opcode.clone().map(|opcode| format!("({opcode})")),
    ];
    let place: Vec<String> = place.into_iter().flatten().collect();
    if place.is_empty() { Ok(()) } else { writeln!(f, "      {}", place.join(" ")) }
}
