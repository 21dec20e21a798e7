//! What was found, for people and for programs.

use std::fmt;

use plimsoll_core::{Finding, Severity};
use plimsoll_data::{Affected, Checked, Example};
use serde::Serialize;

use crate::sarif;
use crate::ui::{Document, Paint, paint};
use crate::view;

/// What was found, file by file; with one file its rows and findings stand at the top too.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Validated {
    pub(super) valid: bool,
    rows: u64,
    findings: Vec<Found>,
    pub(super) files: Vec<File>,
}

/// A file, or several that are one table.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct File {
    pub(super) path: String,
    rows: u64,
    pub(super) findings: Vec<Found>,
}

/// A finding with the rows that it is about.
#[derive(Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Found {
    #[serde(flatten)]
    pub(super) finding: Finding,
    #[serde(skip_serializing_if = "Option::is_none")]
    affected: Option<Rows>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Rows {
    count: u64,
    of: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<f64>,
    examples: Vec<Row>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(rename = "row", skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
}

impl From<Affected> for Rows {
    fn from(affected: Affected) -> Self {
        let share = affected.share().map(plimsoll_core::Share::get);
        let row = |Example { place, value }: Example| Row {
            file: place.file().map(str::to_owned),
            line: place.line(),
            number: place.row(),
            value,
        };
        let Affected { count, of, examples } = affected;
        Self { count, of, share, examples: examples.into_iter().map(row).collect() }
    }
}

impl File {
    pub(super) fn of(path: String, checked: Checked) -> Self {
        let findings = checked.findings.into_iter().zip(checked.affected);
        let found = |(finding, affected): (_, Option<Affected>)| Found {
            finding,
            affected: affected.map(Rows::from),
        };
        Self { path, rows: checked.rows, findings: findings.map(found).collect() }
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|found| found.finding.severity == severity).count()
    }

    fn is_valid(&self, strict: bool) -> bool {
        self.count(Severity::Error) == 0 && !(strict && self.count(Severity::Warning) > 0)
    }
}

impl Validated {
    /// Takes all files; `strict` lets warnings fail too.
    pub(super) fn of(files: Vec<File>, strict: bool) -> Self {
        Self {
            valid: files.iter().all(|file| file.is_valid(strict)),
            rows: files.iter().map(|file| file.rows).sum(),
            findings: files.iter().flat_map(|file| file.findings.iter().cloned()).collect(),
            files,
        }
    }

    /// Returns the findings as SARIF has them.
    pub(super) fn results(&self) -> impl Iterator<Item = sarif::Finding<'_>> {
        self.findings.iter().map(|found| sarif::Finding {
            of: &found.finding,
            properties: found.affected.as_ref().map(|rows| (rows.count, rows.of)),
            security: None,
        })
    }
}

impl Document for Validated {
    const SCHEMA: &'static str = "plimsoll.data-validate/v1";
}

impl fmt::Display for Validated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            let (errors, warnings) = (file.count(Severity::Error), file.count(Severity::Warning));
            let state = match (errors, warnings) {
                (0, 0) => paint(Paint::Good, "valid".to_owned()).to_string(),
                (0, warnings) if self.valid => {
                    paint(Paint::Good, format!("valid, {warnings} warning(s)")).to_string()
                }
                (0, warnings) => {
                    paint(Paint::Bad, format!("not valid, {warnings} warning(s)")).to_string()
                }
                (errors, _) => {
                    paint(Paint::Bad, format!("not valid, {errors} finding(s)")).to_string()
                }
            };
            writeln!(f, "{}: {state} ({} rows)", file.path, file.rows)?;
            view::verdict::write_findings(f, file.findings.iter().map(|found| &found.finding))?;
        }
        Ok(())
    }
}
