//! What `plimsoll data check` shows.

use std::fmt;

use plimsoll_core::Finding;
use plimsoll_data::integrity::{CheckReport, Checked, Outcome};
use serde::Serialize;

use crate::error::CommandError;
use crate::junit::{Case, CaseResult};
use crate::ui::{Cell, Paint, Table, paint};
use crate::{junit, sarif, ui, view};

/// Whether data are what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
    /// Nothing that is found blocks.
    Pass,
    /// Something does.
    Block,
    /// Something could not be checked, which is never a pass.
    Error,
}

impl Verdict {
    fn of(outcome: Outcome, strict: bool) -> Self {
        match outcome {
            Outcome::Warning if strict => Self::Block,
            Outcome::NotApplicable | Outcome::Pass | Outcome::Warning => Self::Pass,
            Outcome::Block => Self::Block,
            Outcome::Error => Self::Error,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Block => "block",
            Self::Error => "error",
        }
    }
}

/// What was found, file by file; the findings of all files stand at the top too.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Document {
    verdict: Verdict,
    rows: u64,
    findings: Vec<Finding>,
    files: Vec<File>,
}

/// A file that was checked.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct File {
    path: String,
    verdict: Verdict,
    rows: u64,
    checks: Vec<CheckReport>,
    findings: Vec<Finding>,
}

impl File {
    /// Judges what was found in a table; `strict` lets warnings block.
    pub(super) fn of(path: String, checked: Checked, strict: bool) -> Self {
        let verdict = Verdict::of(checked.outcome(), strict);
        Self {
            path,
            verdict,
            rows: checked.rows,
            checks: checked.checks,
            findings: checked.findings,
        }
    }
}

impl Document {
    pub(super) fn of(files: Vec<File>) -> Self {
        Self {
            verdict: files.iter().map(|file| file.verdict).max().unwrap_or(Verdict::Error),
            rows: files.iter().map(|file| file.rows).sum(),
            findings: files.iter().flat_map(|file| file.findings.iter().cloned()).collect(),
            files,
        }
    }

    pub(super) fn passes(&self) -> bool {
        self.verdict == Verdict::Pass
    }

    pub(super) fn sarif(&self) -> Result<String, CommandError> {
        sarif::write(self.findings.iter().map(|finding| sarif::Finding {
            of: finding,
            properties: None,
            security: None,
        }))
    }

    pub(super) fn junit(&self, strict: bool) -> String {
        let suites: Vec<(&str, Vec<Case>)> =
            self.files.iter().map(|file| (file.path.as_str(), cases(file, strict))).collect();
        junit::document("plimsoll data check", &suites)
    }
}

/// Returns a test case for each check, and one for each finding about the file itself.
fn cases(file: &File, strict: bool) -> Vec<Case> {
    let case = |name: &str, result| Case { name: name.to_owned(), seconds: 0.0, result };
    let said = |code: &plimsoll_core::Code| {
        let own = file.findings.iter().filter(|finding| finding.code == *code);
        own.map(|finding| finding.message.clone()).collect::<Vec<_>>().join("\n")
    };
    let mut cases = Vec::new();
    for check in &file.checks {
        let result = match check.outcome {
            Outcome::NotApplicable => CaseResult::Skipped(check.says.clone()),
            Outcome::Warning if strict => CaseResult::Failed(said(&check.check)),
            Outcome::Pass | Outcome::Warning => CaseResult::Passed,
            Outcome::Block => CaseResult::Failed(said(&check.check)),
            Outcome::Error => CaseResult::Errored(check.says.clone()),
        };
        cases.push(case(check.check.as_str(), result));
    }
    // What is wrong with the file itself; a check that could not run is a case already.
    let not_run = |finding: &Finding| finding.code.as_str() == "check.not-run";
    let is_case = |finding: &&Finding| {
        file.checks.iter().any(|check| {
            let could_not = check.outcome == Outcome::Error && not_run(finding);
            check.check == finding.code || (could_not && finding.message.starts_with(&check.says))
        })
    };
    for finding in file.findings.iter().filter(|finding| !is_case(finding)) {
        let message = finding.message.clone();
        let result = if not_run(finding) {
            CaseResult::Errored(message)
        } else {
            CaseResult::Failed(message)
        };
        cases.push(case(finding.code.as_str(), result));
    }
    cases
}

impl ui::Document for Document {
    const SCHEMA: &'static str = "plimsoll.data-check/v1";
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, file) in self.files.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            let verdict = if file.verdict == Verdict::Pass { Paint::Good } else { Paint::Bad };
            let verdict = paint(verdict, file.verdict.as_str());
            writeln!(f, "{}: {verdict} ({} rows; {})", file.path, file.rows, counted(file))?;
            let mut table = Table::new(&["check", "result", "what"]);
            for check in &file.checks {
                let outcome = Cell::painted(colour(check.outcome), check.outcome.as_str());
                table.row([Cell::from(&check.check), outcome, Cell::from(&check.says)]);
            }
            if !table.is_empty() {
                write!(f, "{table}")?;
            }
            view::verdict::write_findings(f, &file.findings)?;
        }
        Ok(())
    }
}

fn colour(outcome: Outcome) -> Paint {
    match outcome {
        Outcome::NotApplicable => Paint::Faint,
        Outcome::Pass => Paint::Good,
        Outcome::Warning => Paint::Warning,
        Outcome::Block | Outcome::Error => Paint::Bad,
    }
}

fn counted(file: &File) -> String {
    let of = |outcome| file.checks.iter().filter(|check| check.outcome == outcome).count();
    let outcomes =
        [Outcome::Error, Outcome::Block, Outcome::Warning, Outcome::Pass, Outcome::NotApplicable];
    let said = outcomes.into_iter().map(|outcome| (of(outcome), outcome.as_str()));
    let said = said.filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    said.collect::<Vec<_>>().join(", ")
}
