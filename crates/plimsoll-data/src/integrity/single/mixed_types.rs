//! Columns in which a few cells are of another type than the rest.

use plimsoll_core::{Code, Severity};
use serde::{Deserialize, Serialize};

use crate::example::{Place, shown};
use crate::integrity::column::Column;
use crate::integrity::frame::{Answer, Examine, Subject, about, seen_at};
use crate::integrity::kind::{CellKind, ColumnKind};
use crate::integrity::marks::Mark;
use crate::integrity::say;

/// Looks for a few cells of another type than the rest of their column.
///
/// A column whose cells are nearly all (90 %) numbers, dates or booleans holds something else; blanks,
/// signs like `?`, which readers do not take for empty cells, and infinite numbers are something
/// else. Or a column of
/// text without any digit holds a few (at most 5 %) numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MixedTypes {
    /// How much a finding weighs.
    pub severity: Severity,
}

impl Default for MixedTypes {
    fn default() -> Self {
        Self { severity: Severity::Warning }
    }
}

/// The most numbers in a column of text that are an accident rather than its nature.
const FEW: f64 = 0.05;

impl Examine for MixedTypes {
    const CODE: Code = Code::of("integrity.mixed-types");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let facts = subject.facts;
        let mut findings = Vec::new();
        for column in &facts.columns {
            let Some(others) = Others::of(column) else { continue };
            let message = format!(
                "column `{}` holds {}, and something else in {}{}",
                shown(&column.name),
                others.holds,
                say::of_rows(others.rows, facts.sound),
                say::for_example(
                    column,
                    others.examples.iter().map(|(place, value)| (*place, *value))
                ),
            );
            let mut finding = about(Self::CODE, self.severity, &column.name, message);
            finding.value = Some(say::share(others.rows, facts.sound));
            findings.push(seen_at(finding, others.examples.first().map(|(place, _)| *place)));
        }
        Answer::Looked { says: say::columns(facts.columns.len()), findings }
    }
}

/// Cells that are not of their column's type.
struct Others<'a> {
    holds: &'static str,
    rows: u64,
    examples: Vec<(&'a Place, &'a str)>,
}

impl<'a> Others<'a> {
    fn of(column: &'a Column) -> Option<Self> {
        let (holds, own) = match column.kind() {
            ColumnKind::Number => ("numbers", CellKind::Number),
            ColumnKind::Boolean => ("booleans", CellKind::Boolean),
            ColumnKind::Moment => ("dates", CellKind::Moment),
            ColumnKind::Text => return Self::numbers_in_text(column),
            ColumnKind::Empty | ColumnKind::Opaque => return None,
        };
        let kinds =
            [CellKind::Number, CellKind::Boolean, CellKind::Moment, CellKind::Code, CellKind::Text];
        let mut others = Self { holds, rows: 0, examples: Vec::new() };
        for kind in kinds.into_iter().filter(|kind| *kind != own) {
            others.rows += column.kinds.count(kind);
            others
                .examples
                .extend(column.kinds.examples(kind).iter().map(|(place, text)| (place, &**text)));
        }
        let infinite = (own == CellKind::Number).then_some(&column.infinite);
        for tally in infinite.into_iter().chain([&column.blank]) {
            others.rows += tally.count().map_or(0, u64::from);
            others.examples.extend(tally.examples_seen().take(3));
        }
        for spelling in column.spellings.iter().filter(|spelling| spelling.mark == Mark::NullSign) {
            others.rows += spelling.tally.count().map_or(0, u64::from);
            let places = spelling.tally.examples_seen().take(3);
            others.examples.extend(places.map(|(place, _)| (place, &*spelling.text)));
        }
        (others.rows > 0).then_some(others)
    }

    fn numbers_in_text(column: &'a Column) -> Option<Self> {
        let rows = column.kinds.count(CellKind::Number);
        let is_without_digits =
            column.marked(Mark::Digit).count().is_none() && column.kinds.count(CellKind::Code) == 0;
        let few = rows > 0 && say::share(rows, column.filled()) <= FEW;
        (few && is_without_digits).then(|| Self {
            holds: "text without any digit",
            rows,
            examples: column
                .kinds
                .examples(CellKind::Number)
                .iter()
                .map(|(place, text)| (place, &**text))
                .collect(),
        })
    }
}
