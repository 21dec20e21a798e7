//! The page for who approves and who audits: the verdict first, then why, then everything.

use askama::Template;
use plimsoll_core::audit::{AuditEntry, Transition};
use plimsoll_core::card::{Facts, Standing};
use plimsoll_core::event::RunStart;
use plimsoll_core::evidence::{Evaluation, Validation};
use plimsoll_core::gate::{Verdict, Waived};
use plimsoll_core::lifecycle::Released;
use plimsoll_core::project::{DatasetKind, PersonalData};
use plimsoll_core::record::RunRecord;
use plimsoll_core::{DatasetName, Digest, Finding, Severity};

use super::finding::{self, FindingRow};
use super::headline::Headline;
use super::tried::Tried;
use super::{EvaluationView, Report, ReportError, RuleRow, prose, provenance, tried};

/// Everything that the page shows. Times are text, so that the same dossier is the same everywhere.
#[derive(Clone, Copy, Debug)]
pub struct DossierReport<'a> {
    /// The version.
    pub released: &'a Released,
    /// When it was released, in UTC.
    pub at: &'a str,
    /// The run that made it.
    pub record: &'a RunRecord,
    /// What was signed.
    pub verdict: &'a Verdict,
    /// What was measured.
    pub evaluation: &'a Evaluation,
    /// The validated datasets.
    pub validations: &'a [(DatasetName, Validation)],
    /// What is said, by whom, in which file.
    pub statements: &'a [[String; 3]],
    /// What the audit log tells of the model, each with its time in UTC.
    pub audit: &'a [(AuditEntry, String)],
    /// Other parts.
    pub parts: &'a [DossierPart],
    /// The files beside the page: name, size, SHA-256.
    pub files: &'a [(String, u64, Digest)],
}

/// A part of a dossier as a table of its own: a bill of materials, approvals, scans.
#[derive(Clone, Debug)]
pub struct DossierPart {
    /// The anchor.
    pub id: String,
    /// The heading.
    pub title: String,
    /// What it is, in a sentence.
    pub text: String,
    /// The names of the columns.
    pub head: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

/// Returns the page.
pub fn dossier_html(report: &DossierReport<'_>) -> Result<String, ReportError> {
    Ok(Page::of(report).render()?)
}

#[derive(Template)]
#[template(path = "dossier.html")]
struct Page<'a> {
    version: String,
    at: &'a str,
    owners: String,
    headline: Headline,
    facts: Vec<[String; 3]>,
    links: Vec<[String; 2]>,
    rules: Vec<RuleRow<'a>>,
    findings: Vec<FindingRow<'a>>,
    waived: &'a [Waived],
    summary: String,
    sections: Vec<SectionRow>,
    evaluation: Option<EvaluationView<'a>>,
    tried: Tried<'a>,
    datasets: Vec<DatasetRow>,
    parts: &'a [DossierPart],
    provenance: Vec<[String; 2]>,
    steps: Vec<[String; 3]>,
    params: Vec<[String; 2]>,
    statements: &'a [[String; 3]],
    audit: Vec<[String; 5]>,
    files: Vec<[String; 3]>,
}

/// A section that the owners wrote.
struct SectionRow {
    name: String,
    title: String,
    word: &'static str,
    class: &'static str,
    changes: Vec<String>,
    html: String,
}

struct DatasetRow {
    name: String,
    license: String,
    personal: String,
    source: String,
    checked: String,
    digest: String,
}

impl<'a> Page<'a> {
    fn of(report: &DossierReport<'a>) -> Self {
        let DossierReport { released, record, verdict, evaluation, validations, .. } = *report;
        let of_run = Report {
            record,
            started: report.at,
            evaluation: Some(evaluation),
            verdict: Some(verdict),
            validations,
        };
        let start = &record.start;
        let invalid = validations.iter().flat_map(|(_, validation)| &validation.findings);
        let is_told = |finding: &&Finding| {
            verdict.findings.contains(finding)
                || verdict.waived.iter().any(|it| it.finding == **finding)
        };
        let invalid = invalid.filter(|finding| !is_told(finding));
        let (summary, sections) = owners(start, evaluation);
        let waived = &verdict.waived;
        let mut page = Self {
            version: released.version.to_string(),
            at: report.at,
            owners: start.project.owners.join(", "),
            headline: Headline::of(&of_run),
            facts: facts(report),
            links: Vec::new(),
            rules: verdict.rules.iter().map(RuleRow::of).collect(),
            findings: finding::rows(verdict.findings.iter().chain(invalid)),
            waived,
            summary,
            sections,
            evaluation: Some(EvaluationView::of(evaluation, &verdict.rules)),
            tried: tried(evaluation),
            datasets: datasets(start, validations),
            parts: report.parts,
            provenance: provenance(&of_run),
            steps: steps(record),
            params: start.params.iter().map(|(k, v)| [k.clone(), v.to_string()]).collect(),
            statements: report.statements,
            audit: report.audit.iter().map(audit).collect(),
            files: report.files.iter().map(file).collect(),
        };
        page.links = page.anchors();
        page
    }

    fn anchors(&self) -> Vec<[String; 2]> {
        let has_owners = !self.sections.is_empty() || !self.summary.is_empty();
        let view = self.evaluation.as_ref();
        let before = [
            ("gate", "Gate", !self.rules.is_empty()),
            ("findings", "Findings", !self.findings.is_empty()),
            ("waived", "Waived", !self.waived.is_empty()),
            ("owners", "What the owners say", has_owners),
            ("evaluation", "Evaluation", view.is_some()),
            ("slices", "Slices", view.is_some_and(|view| !view.forests.is_empty())),
            ("plots", "Plots", view.is_some_and(|view| !view.plots.is_empty())),
            ("data", "Data", true),
        ];
        let after = [
            ("provenance", "Provenance", true),
            ("statements", "Statements", true),
            ("audit", "Audit log", true),
            ("files", "Files", true),
        ];
        let own = |(id, title, is_there): (&str, &str, bool)| {
            is_there.then(|| [id.to_owned(), title.to_owned()])
        };
        let parts = self.parts.iter().map(|part| [part.id.clone(), part.title.clone()]);
        before
            .into_iter()
            .filter_map(own)
            .chain(parts)
            .chain(after.into_iter().filter_map(own))
            .collect()
    }
}

/// Returns what somebody in a hurry asks first.
fn facts(report: &DossierReport<'_>) -> Vec<[String; 3]> {
    let released = report.released;
    let lineage = &released.candidate.lineage;
    let signers: std::collections::BTreeSet<&str> =
        report.statements.iter().map(|statement| statement[1].as_str()).collect();
    let signers = signers.into_iter().collect::<Vec<_>>().join(", ");
    let license = report.record.start.project.license.clone();
    let blocking = |finding: &&Finding| finding.severity != Severity::Info;
    let open = report.verdict.findings.iter().filter(blocking).count();
    let parent = lineage
        .parent
        .as_ref()
        .map_or_else(|| "the first version".to_owned(), |parent| format!("follows {parent}"));
    let mut facts = vec![
        ["number".to_owned(), format!("{} ({})", released.version.number, released.bump), parent],
        ["license".to_owned(), license.unwrap_or_else(|| "not declared".to_owned()), String::new()],
        [
            "findings".to_owned(),
            if open == 0 { "none".to_owned() } else { format!("{open}, none blocks") },
            format!("{} waived", report.verdict.waived.len()),
        ],
        [
            "made by".to_owned(),
            format!("run {}", lineage.run.short()),
            format!("commit {}", lineage.commit.as_str().get(..12).unwrap_or_default()),
        ],
        [
            "signed by".to_owned(),
            signers,
            format!("subject {}", released.candidate.subject.short()),
        ],
    ];
    if let Some(cause) = &lineage.cause {
        facts.push(["cause".to_owned(), cause.summary.clone(), cause.evidence.short()]);
    }
    facts
}

fn owners(start: &RunStart, evaluation: &Evaluation) -> (String, Vec<SectionRow>) {
    let Some(card) = &start.project.card else { return (String::new(), Vec::new()) };
    let facts = Facts::of(start, evaluation);
    let row = |section: &plimsoll_core::card::Section| {
        let standing = card.standing(section, &facts);
        let (word, class) = match &standing {
            Standing::Current => ("", "none"),
            Standing::Unconfirmed => ("unconfirmed", "none"),
            Standing::Stale(_) => ("stale", "warning"),
            Standing::Empty => ("empty", "warning"),
            Standing::Placeholder(_) => ("placeholder", "warning"),
        };
        let changes = match &standing {
            Standing::Stale(changes) => changes.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        };
        SectionRow {
            name: section.name.to_string(),
            title: section.title.clone(),
            word,
            class,
            changes,
            html: prose::draw(&section.text),
        }
    };
    (prose::draw(&card.written.summary), card.written.sections.iter().map(row).collect())
}

fn datasets(start: &RunStart, validations: &[(DatasetName, Validation)]) -> Vec<DatasetRow> {
    let missing = || "not declared".to_owned();
    let row = |(name, pin): (&DatasetName, &plimsoll_core::event::DatasetPin)| {
        let declared = start.project.data.get(name);
        let personal = declared.and_then(|dataset| dataset.personal_data);
        let is_base = declared.is_some_and(|dataset| dataset.kind == DatasetKind::BaseModel);
        let checked = validations.iter().find(|(of, _)| of == name).map(|(_, validation)| {
            let wrong = validation.findings.iter();
            let wrong = wrong.filter(|finding| finding.severity == Severity::Error).count();
            format!("{} rows, {wrong} error(s)", validation.rows)
        });
        DatasetRow {
            name: if is_base { format!("{name} (base model)") } else { name.to_string() },
            license: declared.and_then(|it| it.license.clone()).unwrap_or_else(missing),
            personal: personal.map_or_else(missing, |it| PersonalData::as_str(it).to_owned()),
            source: pin.source.clone().unwrap_or_else(missing),
            checked: checked.unwrap_or_else(|| "not checked".to_owned()),
            digest: pin.digest.short(),
        }
    };
    start.data.iter().map(row).collect()
}

fn steps(record: &RunRecord) -> Vec<[String; 3]> {
    let row = |step: &plimsoll_core::record::StepRecord| {
        let command = step.parts.as_ref().map(|parts| parts.command.clone()).unwrap_or_default();
        let outputs = step.outputs.iter();
        let outputs = outputs.map(|it| format!("{} {}", it.path, it.digest.short()));
        [step.name.to_string(), command, outputs.collect::<Vec<_>>().join(", ")]
    };
    record.steps.iter().map(row).collect()
}

fn audit((entry, at): &(AuditEntry, String)) -> [String; 5] {
    let number = |number: &Option<plimsoll_core::Number>| {
        number.as_ref().map_or_else(|| "nowhere".to_owned(), ToString::to_string)
    };
    let what = match &entry.what {
        Transition::Released { version, bump, .. } => format!("{version} was released ({bump})"),
        Transition::AliasMoved { variant, alias, from, to, .. } => {
            format!("{alias} of {variant} moved from {} to {}", number(from), number(to))
        }
        Transition::Yanked { version } => format!("{version} was taken back"),
        Transition::Encrypted(encryption) => {
            let count = encryption.recipients.len();
            format!("the weights of {} were encrypted to {count} key(s)", encryption.version)
        }
        Transition::KeyUsed(used) => {
            format!("{} key(s) were used on the weights of {}", used.keys.len(), used.version)
        }
        Transition::Approval(approval) => {
            let (by, subject) = (&approval.by, approval.subject.short());
            format!("{by} {} {subject}", approval.decision.done())
        }
    };
    let (who, why) = (entry.who.to_string(), entry.why.to_string());
    [entry.sequence.to_string(), at.clone(), who, what, why]
}

fn file((name, bytes, digest): &(String, u64, Digest)) -> [String; 3] {
    [name.clone(), bytes.to_string(), digest.hex()]
}
