//! Columns that say nothing.

use plimsoll_core::{Code, Severity};
use serde::{Deserialize, Serialize};

use crate::example::{grouped, rows_in_words, shown};
use crate::integrity::frame::{Answer, Examine, Subject, about};
use crate::integrity::kind::{CellKind, ColumnKind};
use crate::integrity::say;

/// Looks for columns with one value in every row, or with none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SingleValue {
    /// How much a finding weighs.
    pub severity: Severity,
    /// With fewer rows nothing is said.
    pub min_rows: u64,
}

impl Default for SingleValue {
    fn default() -> Self {
        Self { severity: Severity::Warning, min_rows: 20 }
    }
}

impl Examine for SingleValue {
    const CODE: Code = Code::of("integrity.single-value");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let facts = subject.facts;
        if facts.sound < self.min_rows {
            let (rows, least) = (rows_in_words(facts.sound), grouped(self.min_rows));
            return Answer::Idle(format!("{rows}, at least {least} are needed"));
        }
        let mut findings = Vec::new();
        for column in &facts.columns {
            let name = shown(&column.name);
            let said = match column.kind() {
                ColumnKind::Opaque => continue,
                ColumnKind::Empty if column.kinds.count(CellKind::NullLike) > 0 => {
                    let word = column.spellings.first().map_or("", |spelling| &spelling.text);
                    format!("says that there is no value (`{}`)", shown(word))
                }
                ColumnKind::Empty => "is empty".to_owned(),
                _ if column.filled() < facts.sound || column.dictionary.len() > 1 => continue,
                _ if column.is_personal() => "holds the same value".to_owned(),
                _ => {
                    let value = column.dictionary.values().next();
                    let value = value.map_or("", |(_, value)| &value.text);
                    format!("holds `{}`", shown(value))
                }
            };
            let rows = rows_in_words(facts.sound);
            let message = format!("column `{name}` {said} in all {rows}, so that it tells nothing");
            findings.push(about(Self::CODE, self.severity, &column.name, message));
        }
        Answer::Looked { says: say::columns(facts.columns.len()), findings }
    }
}
