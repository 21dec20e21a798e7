//! Findings as a page shows them.

use plimsoll_core::finding::with_next;
use plimsoll_core::{Finding, Severity};

/// A row of the table of findings.
pub(crate) struct FindingRow<'a> {
    pub(crate) of: &'a Finding,
    pub(crate) class: &'static str,
    pub(crate) place: String,
    /// What to do, where it is to be said.
    pub(crate) next: Option<&'a str>,
}

/// Returns findings as rows.
pub(crate) fn rows<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<FindingRow<'a>> {
    let row = |(finding, next): (&'a Finding, Option<&'a str>)| FindingRow {
        of: finding,
        class: match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "none",
        },
        place: place(finding),
        next,
    };
    with_next(findings).map(row).collect()
}

/// Returns file and line, where there are any.
pub(super) fn place(finding: &Finding) -> String {
    match (&finding.path, finding.line) {
        (Some(path), Some(line)) => format!("{path}:{line}"),
        (Some(path), None) => path.clone(),
        _ => String::new(),
    }
}
