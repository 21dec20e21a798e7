//! What a check is and what it answers.

use plimsoll_core::{Code, Finding, Severity};
use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::reference::Reference;
use crate::example::Place;

/// What checks look at: a file, and the training data that it is compared with.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The file.
    pub(crate) facts: &'a Facts,
    /// The training data, where there are any.
    pub(crate) reference: Option<&'a Reference>,
}

impl<'a> Subject<'a> {
    /// Returns the training data, or what a check that needs them answers.
    pub(crate) fn training(self) -> Result<&'a Reference, Answer> {
        self.reference.ok_or_else(|| Answer::Idle("no training data are named".to_owned()))
    }
}

/// A check of a file: its configuration is the type, and it only looks at what a pass learned.
pub(crate) trait Examine {
    /// The code of its findings, which is its name as well.
    const CODE: Code;

    /// Looks at `subject`.
    fn examine(&self, subject: Subject<'_>) -> Answer;
}

/// What a check answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// It looked.
    Looked {
        /// What it measured, in a few words.
        says: String,
        /// What is wrong.
        findings: Vec<Finding>,
    },
    /// It has nothing to look at here, for a reason that is nobody's fault.
    Idle(String),
    /// It was to look and could not.
    Unable(String),
}

impl Answer {
    /// Makes the answer of a check that found nothing.
    pub(crate) fn nothing(says: impl Into<String>) -> Self {
        Self::Looked { says: says.into(), findings: Vec::new() }
    }
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It has nothing to look at here.
    NotApplicable,
    /// Nothing is wrong.
    Pass,
    /// Something is worth looking at.
    Warning,
    /// Something is wrong.
    Block,
    /// It could not look, which is never a pass.
    Error,
}

impl Outcome {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotApplicable => "not applicable",
            Self::Pass => "pass",
            Self::Warning => "warning",
            Self::Block => "block",
            Self::Error => "error",
        }
    }
}

/// A check and how it ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CheckReport {
    /// Its name, the code of its findings.
    pub check: Code,
    /// How it ended.
    pub outcome: Outcome,
    /// What it measured, or why it did not.
    pub says: String,
    /// How many findings it has.
    pub findings: usize,
}

/// Makes a finding about a column.
pub(crate) fn about(code: Code, severity: Severity, column: &str, message: String) -> Finding {
    Finding { subject: Some(column.to_owned()), ..Finding::new(code, severity, message) }
}

/// Puts a finding where it was seen.
pub(crate) fn seen_at(finding: Finding, place: Option<&Place>) -> Finding {
    Finding {
        line: place.and_then(Place::line),
        path: place.and_then(Place::file).map(str::to_owned).or(finding.path),
        ..finding
    }
}
