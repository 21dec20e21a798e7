//! What was found as `JUnit` XML: a suite for each file, a case for each rule.

use std::collections::BTreeMap;

use plimsoll_core::Severity;
use plimsoll_data::TableSchema;

use super::document::{File, Found, Validated};
use crate::junit::{Case, CaseResult, document};

/// The case of what is about the whole table.
const TABLE: &str = "table";

/// Returns the document; a case fails where a finding of it makes the file invalid.
pub(super) fn write(validated: &Validated, schema: &TableSchema, strict: bool) -> String {
    let suites: Vec<(&str, Vec<Case>)> = validated
        .files
        .iter()
        .map(|file| (file.path.as_str(), cases(file, schema, strict)))
        .collect();
    document("plimsoll data validate", &suites)
}

fn cases(file: &File, schema: &TableSchema, strict: bool) -> Vec<Case> {
    let mut names = vec![TABLE.to_owned()];
    names.extend(schema.columns.keys().map(|name| format!("column {name}")));
    names.extend(schema.keys().iter().map(|key| format!("unique {}", key.columns.join(", "))));
    names.extend(schema.checks.iter().map(|check| format!("check {}", check.name)));
    let references = schema.references.iter();
    names.extend(references.map(|one| format!("reference {}", one.columns.join(", "))));
    let mut found: BTreeMap<String, Vec<&Found>> =
        names.iter().map(|name| (name.clone(), Vec::new())).collect();
    for one in &file.findings {
        let name = case_of(one, &names);
        // What is wrong with a column that no rule knows is about the table.
        found.entry(name).or_default().push(one);
    }
    let case = |name: String| {
        let found = found.remove(&name).unwrap_or_default();
        Case { result: result(&found, strict), name, seconds: 0.0 }
    };
    names.into_iter().map(case).collect()
}

/// Returns the case that a finding belongs to.
fn case_of(found: &Found, names: &[String]) -> String {
    let Some(subject) = &found.finding.subject else { return TABLE.to_owned() };
    let kinds: &[&str] = match found.finding.code.as_str() {
        "data.check" | "data.check-idle" => &["check"],
        "data.unique" => &["unique"],
        "data.reference" => &["reference"],
        "data.not-evaluated" => &["check", "unique", "reference", "column"],
        _ => &["column"],
    };
    let names =
        kinds.iter().map(|kind| format!("{kind} {subject}")).find(|name| names.contains(name));
    names.unwrap_or_else(|| TABLE.to_owned())
}

fn result(found: &[&Found], strict: bool) -> CaseResult {
    let least = if strict { Severity::Warning } else { Severity::Error };
    let fails = |found: &&&Found| found.finding.severity >= least;
    let messages: Vec<String> = found
        .iter()
        .filter(fails)
        .map(|found| format!("{}: {}", found.finding.code, found.finding.message))
        .collect();
    let is_error = |found: &&Found| found.finding.code.as_str() == "data.not-evaluated";
    match messages.is_empty() {
        true => CaseResult::Passed,
        false if found.iter().any(is_error) => CaseResult::Errored(messages.join("\n")),
        false => CaseResult::Failed(messages.join("\n")),
    }
}
