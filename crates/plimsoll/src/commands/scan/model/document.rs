//! What `plimsoll scan model` shows.

mod text;

use plimsoll_core::gate::{Excused, Waived};
use plimsoll_core::{Code, Digest, Finding, Severity};
use plimsoll_scan::model::{self, FileReport};
use serde::Serialize;

use super::super::waivers::Waivers;
use super::convert::Conversion;
use crate::error::CommandError;
use crate::{sarif, ui};

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
    /// What became of files that are not in a safe form, where that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conversions: Vec<Conversion>,
    /// What is to be said of the waivers.
    #[serde(skip)]
    said: Vec<Finding>,
    #[serde(skip)]
    waivers: String,
    /// Whether only what is wrong is shown.
    #[serde(skip)]
    is_quiet: bool,
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
    pub(super) fn of(
        mut files: Vec<File>,
        conversions: Vec<Conversion>,
        waivers: &Waivers,
    ) -> Self {
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
        let waivers = waivers.file.clone();
        Self { verdict, findings, files, conversions, said, waivers, is_quiet: false }
    }

    /// Shows only what is wrong.
    pub(super) fn quietly(self) -> Self {
        Self { is_quiet: true, ..self }
    }

    pub(super) fn passes(&self) -> bool {
        self.verdict == Verdict::Pass
    }

    pub(super) fn sarif(&self) -> Result<String, CommandError> {
        let seen = self.files.iter().flat_map(|file| &file.findings);
        let seen = seen.map(|seen| sarif::Finding {
            of: &seen.finding,
            properties: None,
            security: Some(security(seen.verdict)),
        });
        let said = self.said.iter();
        let said =
            said.map(|finding| sarif::Finding { of: finding, properties: None, security: None });
        sarif::write(seen.chain(said))
    }
}

/// Returns how bad a verdict is as CVSS rates: code that runs on loading is critical, what could be one medium.
fn security(verdict: model::Verdict) -> f64 {
    match verdict {
        model::Verdict::Safe => 0.1,
        model::Verdict::Unknown => 5.5,
        model::Verdict::Unsafe => 9.8,
    }
}

impl ui::Document for Document {
    const SCHEMA: &'static str = "plimsoll.scan-model/v1";
}
