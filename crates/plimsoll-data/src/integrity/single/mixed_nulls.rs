//! Columns that write "no value" in several ways.

use plimsoll_core::{Code, Severity};
use serde::{Deserialize, Serialize};

use crate::example::{Place, grouped, shown};
use crate::integrity::column::Column;
use crate::integrity::frame::{Answer, Examine, Subject, about, seen_at};
use crate::integrity::kind::ColumnKind;
use crate::integrity::marks::Mark;
use crate::integrity::say;

/// Looks for columns that write "no value" in more than one way.
///
/// An empty cell, one with nothing but blanks, `NA`, `null` and `nan` always count. So do signs like
/// `?` and `-` where the column's other values are not signs as well, and words like `unknown` where
/// they are numbers, dates or booleans: in a column of text those may be values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MixedNulls {
    /// How much a finding weighs.
    pub severity: Severity,
    /// How many ways are accepted in a column.
    pub max_ways: usize,
}

impl Default for MixedNulls {
    fn default() -> Self {
        Self { severity: Severity::Warning, max_ways: 1 }
    }
}

/// A way to write "no value": its name, how many rows, and the first of them.
type Way<'a> = (String, u64, Option<&'a Place>);

impl Examine for MixedNulls {
    const CODE: Code = Code::of("integrity.mixed-nulls");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let facts = subject.facts;
        let mut findings = Vec::new();
        for column in &facts.columns {
            let ways = ways(column);
            if ways.len() <= self.max_ways {
                continue;
            }
            let said: Vec<String> =
                ways.iter().map(|(way, rows, _)| format!("{way} in {}", grouped(*rows))).collect();
            let message = format!(
                "column `{}` says that there is no value in {} ways: {} of {} rows",
                shown(&column.name),
                ways.len(),
                said.join(", "),
                grouped(facts.sound),
            );
            let mut finding = about(Self::CODE, self.severity, &column.name, message);
            finding.value = Some(ways.len() as f64);
            finding.limit = Some(self.max_ways as f64);
            // The rarest way is the one to look for.
            let rarest =
                ways.iter().min_by_key(|(_, rows, _)| *rows).and_then(|(_, _, place)| *place);
            findings.push(seen_at(finding, rarest));
        }
        Answer::Looked { says: say::columns(facts.columns.len()), findings }
    }
}

fn ways(column: &Column) -> Vec<Way<'_>> {
    let kind = column.kind();
    let symbols = column.marked(Mark::Symbols).count().map_or(0, u64::from);
    let mut ways = Vec::new();
    for (way, tally) in [("empty", &column.missing), ("blank", &column.blank)] {
        if let Some(rows) = tally.count() {
            ways.push((way.to_owned(), rows.get(), tally.first()));
        }
    }
    for spelling in &column.spellings {
        let counts = match spelling.mark {
            Mark::NullSign => column.filled() > symbols,
            Mark::NullWord => {
                matches!(kind, ColumnKind::Number | ColumnKind::Boolean | ColumnKind::Moment)
            }
            _ => true,
        };
        if let Some(rows) = spelling.tally.count().filter(|_| counts) {
            ways.push((format!("`{}`", shown(&spelling.text)), rows.get(), spelling.tally.first()));
        }
    }
    ways
}
