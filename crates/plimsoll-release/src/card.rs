//! The model card: the page that people read before they use a model, written from facts and from
//! what its owners say.
//!
//! Markdown with the metadata that Hugging Face's hub reads. The source is shipped in the bundle
//! and part of its subject, so it holds nothing that differs between two makings of the same:
//! no run, commit, time or number, and nothing that the gate found beside another model. What the
//! release adds stands under it ([`released`]).

mod front;
mod owner;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use plimsoll_core::event::RunStart;
use plimsoll_core::evidence::{Evaluation, Measured, Part};
use plimsoll_core::gate::{Verdict, Waived};
use plimsoll_core::lifecycle::Released;
use plimsoll_core::number;
use plimsoll_core::project::{DatasetKind, Features, PersonalData, Task};
use plimsoll_core::signature::Signature;
use plimsoll_core::{Digest, Finding};

use owner::Owner;

/// What a card is written from.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What the repository declares, and what the model was made of.
    pub start: &'a RunStart,
    /// What it takes and gives.
    pub signature: &'a Signature,
    /// What was measured.
    pub evaluation: &'a Evaluation,
    /// What the gate says.
    pub verdict: &'a Verdict,
}

/// Returns the source of the card.
///
/// # Errors
/// A number has no JSON.
pub fn source(facts: &Facts<'_>) -> Result<String, serde_json::Error> {
    let mut text = String::from("---\n");
    // YAML takes JSON as it is, so no value can be read as something else than it is.
    for (key, value) in front::matter(facts) {
        _ = writeln!(text, "{key}: {}", serde_json::to_string(&value)?);
    }
    text += "---\n\n";
    let Facts { start, evaluation, .. } = facts;
    let project = &start.project;
    let owner = Owner::of(facts);
    // Writing to a string does not fail.
    _ = writeln!(text, "# {}\n\n{}", project.model, purpose(facts));
    owner.summary(&mut text);
    if !project.owners.is_empty() {
        _ = writeln!(text, "\nOwners: {}.", plain(&project.owners.join(", ")));
    }
    owner.sections(&mut text);
    text += "\n## Interface\n";
    owner.below(&mut text, "interface");
    interface(&mut text, facts);
    data(&mut text, facts, &owner);
    text += "\n## Evaluation\n";
    owner.below(&mut text, "evaluation");
    text.push('\n');
    let part = &evaluation.overall;
    let blocks = part.blocks.map(|blocks| format!(" in {blocks} blocks")).unwrap_or_default();
    _ = writeln!(
        text,
        "On the {} rows{blocks} of the test set (`{}`), with 95 % confidence intervals.\n",
        part.rows, evaluation.on,
    );
    text += "| rows | metric | value | interval | baseline |\n|---|---|---|---|---|\n";
    table(&mut text, "all", part, Some(&evaluation.baseline.metrics));
    for (name, part) in &evaluation.slices {
        table(&mut text, &format!("{name} ({} rows)", part.rows), part, None);
    }
    _ = writeln!(text, "\nThe baseline always predicts {}.", plain(&evaluation.baseline.name));
    text += "\n## Gate\n\n";
    for judged in &facts.verdict.rules {
        _ = writeln!(text, "- `{}`", judged.rule.demand);
    }
    text += "\nA limit holds when the worse end of the interval is within it.\n";
    if !evaluation.findings.is_empty() {
        text += "\n## Findings\n\n";
        evaluation.findings.iter().for_each(|finding| text += &line(finding));
    }
    Ok(text)
}

/// Returns the whole card of a version: its source, and what its release adds.
pub fn released(source: &str, released: &Released, verdict: &Verdict, at: &str) -> String {
    let candidate = &released.candidate;
    let lineage = &candidate.lineage;
    let mut text = source.to_owned() + "\n## Release\n\n| fact | value |\n|---|---|\n";
    let mut row = |name: &str, value: String| _ = writeln!(text, "| {name} | {value} |");
    row("version", format!("`{}`", released.version));
    row("released", at.to_owned());
    row("number", format!("{} ({})", released.bump, plain(&released.because)));
    row("subject", format!("`{}`", candidate.subject));
    row("commit", format!("`{}`", lineage.commit));
    row("run", format!("`{}`", lineage.run));
    row("verdict", format!("`{}`", candidate.judgement.verdict));
    if let Some(parent) = &lineage.parent {
        row("follows", format!("`{parent}`"));
    }
    if let Some(cause) = &lineage.cause {
        row("cause", plain(&cause.summary));
        row("evidence", format!("`{}`", cause.evidence));
    }
    for (name, digest) in &lineage.data {
        row(&format!("data.{name}"), format!("`{digest}`"));
    }
    // A verdict repeats what the evaluation found.
    let lines = verdict.findings.iter().map(line).filter(|line| !source.contains(line.as_str()));
    let lines: String = lines.collect();
    if !lines.is_empty() {
        text += "\nFound when it was judged:\n\n";
        text += &lines;
    }
    if !verdict.waived.is_empty() {
        text += "\nFound and accepted:\n\n";
    }
    for Waived { finding, waiver } in &verdict.waived {
        let (owner, reason) = (plain(&waiver.owner), plain(&waiver.reason));
        let message = plain(&finding.message);
        let (code, until) = (&finding.code, waiver.expires);
        _ = writeln!(text, "- `{code}`: {message} ({owner}, until {until}: {reason})");
    }
    text
}

fn line(finding: &Finding) -> String {
    format!("- {} `{}`: {}\n", finding.severity, finding.code, plain(&finding.message))
}

fn purpose(facts: &Facts<'_>) -> String {
    let target = &facts.evaluation.target;
    match facts.start.project.task {
        Task::Regression => format!("Predicts `{target}`, a number (regression)."),
        Task::Binary => format!("Predicts `{target}`, one of two classes."),
        Task::Multiclass => format!("Predicts `{target}`, one of several classes."),
    }
}

fn interface(text: &mut String, facts: &Facts<'_>) {
    let signature = facts.signature;
    *text += "\n| end | name | what |\n|---|---|---|\n";
    for (end, fields) in [("input", &signature.inputs), ("output", &signature.outputs)] {
        for field in fields {
            _ = writeln!(text, "| {end} | `{}` | {} |", plain(&field.name), field.kind);
        }
    }
    for (input, columns) in &signature.columns {
        let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
        _ = writeln!(text, "\nColumns of `{}`: {}.", plain(input), plain(&columns.join(", ")));
    }
    if let Some(evaluate) = &facts.start.project.evaluate
        && evaluate.features == Features::Inputs
    {
        *text += "\nEach input takes the column of its name.\n";
    }
}

fn data(text: &mut String, facts: &Facts<'_>, owner: &Owner<'_>) {
    let mut said = String::new();
    owner.below(&mut said, "data");
    if facts.start.data.is_empty() && said.is_empty() {
        return;
    }
    *text += "\n## Data\n";
    *text += &said;
    if facts.start.data.is_empty() {
        return;
    }
    *text += "\n| dataset | license | personal data | source | digest |\n|---|---|---|---|---|\n";
    for (name, pin) in &facts.start.data {
        let declared = facts.start.project.data.get(name);
        let license = declared.and_then(|dataset| dataset.license.clone());
        let personal = declared.and_then(|dataset| dataset.personal_data);
        let personal = personal.map_or("not declared", PersonalData::as_str);
        let is_base = declared.is_some_and(|dataset| dataset.kind == DatasetKind::BaseModel);
        let what = if is_base { " (base model)" } else { "" };
        let source = pin.source.clone().unwrap_or_else(|| "not declared".to_owned());
        _ = writeln!(
            text,
            "| {name}{what} | {} | {personal} | {} | `{}` |",
            plain(&license.unwrap_or_else(|| "not declared".to_owned())),
            plain(&source),
            short(&pin.digest)
        );
    }
}

fn table(
    text: &mut String,
    rows: &str,
    part: &Part,
    baseline: Option<&BTreeMap<plimsoll_core::evidence::Metric, f64>>,
) {
    for Measured { metric, value, interval, reason } in &part.metrics {
        let value = value.map_or_else(|| "none".to_owned(), number::show);
        let interval = interval.as_ref().map(|interval| {
            format!("[{}, {}]", number::show(interval.low), number::show(interval.high))
        });
        let interval = interval.or_else(|| reason.as_deref().map(plain)).unwrap_or_default();
        let baseline = baseline.and_then(|all| all.get(metric)).map(|value| number::show(*value));
        let baseline = baseline.unwrap_or_default();
        _ = writeln!(text, "| {rows} | {} | {value} | {interval} | {baseline} |", metric.label());
    }
}

/// Returns a text that somebody else wrote so that it stays within its line and cell.
fn plain(text: &str) -> String {
    printable(text).replace('|', "\\|").replace('<', "&lt;")
}

/// Returns a text without what neither YAML nor a line of Markdown holds.
fn printable(text: &str) -> String {
    let harmless = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(harmless).collect()
}

fn short(digest: &Digest) -> String {
    digest.short()
}

#[cfg(test)]
mod tests;
