//! Text that is no text: nothing but signs, and characters that nobody wrote.

use plimsoll_core::{Code, Severity};
use serde::{Deserialize, Serialize};

use crate::example::shown;
use crate::integrity::frame::{Answer, Examine, Subject, about, seen_at};
use crate::integrity::kind::ColumnKind;
use crate::integrity::marks::Mark;
use crate::integrity::say;

/// Looks for cells of text with neither a letter nor a digit: `###`, `!!`.
///
/// Signs that stand for no value (`?`, `-`) are not meant. Where more than 5 % of a column's cells
/// are like that, signs are its values, and nothing is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SpecialCharacters {
    /// How much a finding weighs.
    pub severity: Severity,
}

/// Looks for characters that nobody wrote: replacement and control characters, and letters of UTF-8
/// that were read as Latin-1 (`MÃ¼ller`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DamagedText {
    /// How much a finding weighs.
    pub severity: Severity,
}

impl Default for SpecialCharacters {
    fn default() -> Self {
        Self { severity: Severity::Warning }
    }
}

impl Default for DamagedText {
    fn default() -> Self {
        Self { severity: Severity::Warning }
    }
}

/// The most cells with nothing but signs that are an accident.
const FEW: f64 = 0.05;

impl Examine for SpecialCharacters {
    const CODE: Code = Code::of("integrity.special-characters");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        marked(subject, &Self::CODE, self.severity, Mark::Symbols, FEW, "holds nothing but signs")
    }
}

impl Examine for DamagedText {
    const CODE: Code = Code::of("integrity.damaged-text");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let says = "holds characters of a wrong encoding, or none that are written,";
        marked(subject, &Self::CODE, self.severity, Mark::Damaged, 1.0, says)
    }
}

fn marked(
    subject: Subject<'_>,
    code: &Code,
    severity: Severity,
    mark: Mark,
    most: f64,
    says: &str,
) -> Answer {
    let facts = subject.facts;
    let texts: Vec<_> = facts
        .columns
        .iter()
        .filter(|column| column.lengths.count() > 0 && column.kind() != ColumnKind::Opaque)
        .collect();
    if texts.is_empty() {
        return Answer::Idle("no column holds text".to_owned());
    }
    let mut findings = Vec::new();
    for column in &texts {
        let tally = column.marked(mark);
        let Some(rows) = tally.count() else { continue };
        if say::share(rows.get(), column.filled()) > most {
            continue;
        }
        let message = format!(
            "column `{}` {says} in {}{}",
            shown(&column.name),
            say::of_rows(rows.get(), facts.sound),
            say::examples(column, tally),
        );
        let mut finding = about(code.clone(), severity, &column.name, message);
        finding.value = Some(say::share(rows.get(), facts.sound));
        findings.push(seen_at(finding, tally.first()));
    }
    Answer::Looked { says: format!("{} of text", say::columns(texts.len())), findings }
}
