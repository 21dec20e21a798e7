//! The ways in which data go wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde::Serialize;

use super::sheet::{Column, Sheet};
use crate::integrity::kind::ColumnKind;
use crate::sketch::hash::mixed;

/// A way in which data go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mutation {
    /// A word stands in a twentieth of the cells of a column of numbers, dates or booleans.
    TypeBreak,
    /// A twentieth of the numbers of a column lie far beyond its largest.
    RangeBreak,
    /// A fifth of the cells of a column are empty.
    Nulls,
    /// A column has another name.
    RenamedColumn,
    /// A column is gone.
    DroppedColumn,
    /// There is a column more.
    AddedColumn,
    /// Two neighbouring columns have each other's cells.
    SwappedColumns,
    /// A tenth of the rows are there twice.
    DuplicatedRows,
    /// All numbers of a column are a thousand times as large: metres for kilometres.
    LargerUnit,
    /// All numbers of a column are a thousandth: kilometres for metres.
    SmallerUnit,
    /// In a twentieth of the cells of a column UTF-8 was read as Latin-1; where there are ASCII
    /// characters only, the first is lost.
    EncodingDamage,
    /// The label is that of other rows.
    ShuffledTarget,
    /// Numbers are one standard deviation greater, or half of the most frequent values another
    /// one of the column.
    ShiftedDistribution,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::TypeBreak,
        Self::RangeBreak,
        Self::Nulls,
        Self::RenamedColumn,
        Self::DroppedColumn,
        Self::AddedColumn,
        Self::SwappedColumns,
        Self::DuplicatedRows,
        Self::LargerUnit,
        Self::SmallerUnit,
        Self::EncodingDamage,
        Self::ShuffledTarget,
        Self::ShiftedDistribution,
    ];

    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TypeBreak => "type-break",
            Self::RangeBreak => "range-break",
            Self::Nulls => "nulls",
            Self::RenamedColumn => "renamed-column",
            Self::DroppedColumn => "dropped-column",
            Self::AddedColumn => "added-column",
            Self::SwappedColumns => "swapped-columns",
            Self::DuplicatedRows => "duplicated-rows",
            Self::LargerUnit => "larger-unit",
            Self::SmallerUnit => "smaller-unit",
            Self::EncodingDamage => "encoding-damage",
            Self::ShuffledTarget => "shuffled-target",
            Self::ShiftedDistribution => "shifted-distribution",
        }
    }

    /// Says what would catch it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::TypeBreak => "`type` of the column, in a schema",
            Self::RangeBreak => "`min` and `max` of the column, in a schema",
            Self::Nulls => "a column that is not `nullable`, or `allow` of its `missing-values`",
            Self::RenamedColumn | Self::DroppedColumn => "the column in a schema, not `optional`",
            Self::AddedColumn => "`additional: false` in a schema",
            Self::SwappedColumns => "types, ranges, values or patterns that tell the two apart",
            Self::DuplicatedRows => "`unique` of the columns that tell rows apart",
            Self::LargerUnit => "`max` of the column in a schema, or `--train`",
            Self::SmallerUnit => "`min` of the column in a schema, or `--train`",
            Self::EncodingDamage => "`pattern` or `values` of the column, in a schema",
            Self::ShuffledTarget => "`--train` with `--label`: how features go with the label",
            Self::ShiftedDistribution => "`--train`, so that drift is looked for",
        }
    }
}

/// There is no such mutation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no mutation `{0}`; they are {names}", names = Mutation::ALL.map(Mutation::as_str).join(", "))]
pub struct UnknownMutation(String);

impl FromStr for Mutation {
    type Err = UnknownMutation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|mutation| mutation.as_str() == text);
        named.ok_or_else(|| UnknownMutation(text.to_owned()))
    }
}

/// A mutation of a column, or of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) mutation: Mutation,
    pub(super) column: Option<usize>,
}

/// Returns those of `mutations` that change something, in the first `most` columns.
pub(super) fn plans(
    sheet: &Sheet,
    mutations: &BTreeSet<Mutation>,
    label: Option<usize>,
    most: usize,
) -> Vec<Plan> {
    let mut plans = Vec::new();
    for mutation in mutations.iter().copied() {
        match mutation {
            Mutation::AddedColumn | Mutation::DuplicatedRows => {
                plans.push(Plan { mutation, column: None });
            }
            Mutation::ShuffledTarget => {
                plans.extend(label.map(|at| Plan { mutation, column: Some(at) }));
            }
            _ => {
                let columns = (0..sheet.columns().min(most)).map(Some);
                plans.extend(columns.map(|column| Plan { mutation, column }));
            }
        }
    }
    plans.retain(|plan| plan.applies(sheet) && plan.apply(sheet) != *sheet);
    plans
}

impl Plan {
    /// Tells whether this can go wrong with such a column.
    fn applies(self, sheet: &Sheet) -> bool {
        let Some(at) = self.column else { return true };
        let kind = sheet.kind(at);
        match self.mutation {
            Mutation::TypeBreak => {
                matches!(kind, ColumnKind::Number | ColumnKind::Boolean | ColumnKind::Moment)
            }
            Mutation::RangeBreak | Mutation::LargerUnit | Mutation::SmallerUnit => {
                kind == ColumnKind::Number
            }
            Mutation::EncodingDamage => kind == ColumnKind::Text,
            Mutation::SwappedColumns => at + 1 < sheet.columns(),
            Mutation::ShiftedDistribution => {
                kind == ColumnKind::Number || kind == ColumnKind::Text && repeats(&sheet.0[at])
            }
            _ => true,
        }
    }

    /// Returns a damaged copy.
    pub(super) fn apply(self, sheet: &Sheet) -> Sheet {
        let mut damaged = sheet.clone();
        let rows = sheet.rows();
        let Some(at) = self.column else {
            if self.mutation == Mutation::AddedColumn {
                let cells = (0..rows).map(|row| Some((row % 7).to_string())).collect();
                damaged.0.push(Column { name: "plimsoll_added".to_owned(), cells });
            } else {
                let again: Vec<usize> = (0..rows).filter(|row| is_hit(*row, 10)).collect();
                let again = if again.is_empty() { vec![0] } else { again };
                for column in &mut damaged.0 {
                    let copies: Vec<_> =
                        again.iter().map(|row| column.cells[*row].clone()).collect();
                    column.cells.extend(copies);
                }
            }
            return damaged;
        };
        let numbers = sheet.numbers(at);
        let ends = numbers.iter().copied().fold(None, |ends: Option<(f64, f64)>, number| {
            Some(ends.map_or((number, number), |(low, high)| (low.min(number), high.max(number))))
        });
        let cells = &mut damaged.0[at].cells;
        match self.mutation {
            Mutation::TypeBreak => hit(cells, 20, |_| Some("broken".to_owned())),
            Mutation::Nulls => hit(cells, 5, |_| None),
            Mutation::EncodingDamage => hit(cells, 20, |cell| Some(misread(cell))),
            Mutation::RangeBreak => {
                let (low, high) = ends.unwrap_or_default();
                // Whole numbers stay whole, so that it is the range alone that breaks.
                let beyond = (high + 10.0 * (high - low).max(high.abs()).max(1.0)).ceil();
                hit(cells, 20, |_| Some(beyond.to_string()));
            }
            Mutation::LargerUnit => each(cells, |number| number * 1000.0),
            Mutation::SmallerUnit => each(cells, |number| number / 1000.0),
            Mutation::ShiftedDistribution if sheet.kind(at) == ColumnKind::Number => {
                let (spread, is_whole) =
                    (deviation(&numbers), numbers.iter().all(|x| x.fract() == 0.0));
                let by = if is_whole { spread.ceil() } else { spread };
                each(cells, |number| number + by);
            }
            Mutation::ShiftedDistribution => {
                let counts = counts(&sheet.0[at]);
                if let [.., (_, second), (_, first)] = counts.as_slice() {
                    for (row, cell) in cells.iter_mut().enumerate() {
                        if cell.as_deref() == Some(first) && is_hit(row, 2) {
                            *cell = Some((*second).to_owned());
                        }
                    }
                }
            }
            Mutation::RenamedColumn => damaged.0[at].name.push_str("_renamed"),
            Mutation::DroppedColumn => _ = damaged.0.remove(at),
            Mutation::SwappedColumns => {
                let next = std::mem::take(&mut damaged.0[at + 1].cells);
                damaged.0[at + 1].cells = std::mem::replace(&mut damaged.0[at].cells, next);
            }
            Mutation::ShuffledTarget => {
                let mut order: Vec<usize> = (0..rows).collect();
                order.sort_by_key(|row| mixed(*row as u64));
                let cells: Vec<_> =
                    order.iter().map(|row| sheet.0[at].cells[*row].clone()).collect();
                damaged.0[at].cells = cells;
            }
            Mutation::AddedColumn | Mutation::DuplicatedRows => {}
        }
        damaged
    }
}

/// Tells whether a row is one of about `of` that are hit; always the same ones.
fn is_hit(row: usize, of: u64) -> bool {
    mixed(row as u64 + 1).is_multiple_of(of)
}

/// Changes about one of `of` filled cells, and one at least.
fn hit(cells: &mut [Option<String>], of: u64, change: impl Fn(&str) -> Option<String>) {
    let filled = |row: &usize| cells[*row].is_some();
    let mut rows: Vec<usize> = (0..cells.len()).filter(filled).collect();
    let first = rows.first().copied();
    rows.retain(|row| is_hit(*row, of));
    for row in if rows.is_empty() { first.into_iter().collect() } else { rows } {
        if let Some(text) = &cells[row] {
            cells[row] = change(text);
        }
    }
}

/// Returns what Latin-1 makes of a text in UTF-8, or a text of ASCII without its first character.
fn misread(text: &str) -> String {
    if text.is_ascii() {
        return text
            .chars()
            .enumerate()
            .map(|(at, c)| if at == 0 { '\u{fffd}' } else { c })
            .collect();
    }
    text.bytes().map(char::from).collect()
}

fn each(cells: &mut [Option<String>], change: impl Fn(f64) -> f64) {
    for cell in cells.iter_mut().flatten() {
        if let Some(number) = crate::integrity::cell::Cell::of_text(cell).number() {
            *cell = change(number).to_string();
        }
    }
}

/// Returns how often each value is there, the rarest first.
fn counts(column: &Column) -> Vec<(usize, &str)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for cell in column.cells.iter().flatten() {
        *counts.entry(cell).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().map(|(text, count)| (count, text)).collect();
    counts.sort_unstable();
    counts
}

/// Tells whether values are categories: there are more than one, and each is there twice on average.
fn repeats(column: &Column) -> bool {
    let counts = counts(column);
    counts.len() > 1 && 2 * counts.len() <= column.cells.len()
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand rows")]
fn deviation(numbers: &[f64]) -> f64 {
    let count = numbers.len().max(1) as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    (numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let column = |name: &str, cell: &dyn Fn(usize) -> String| Column {
            name: name.to_owned(),
            cells: (0..200).map(|row| Some(cell(row))).collect(),
        };
        Sheet(vec![
            column("x", &|row| (row % 10).to_string()),
            column("city", &|row| ["Bonn", "Ulm"][row % 2].to_owned()),
            column("same", &|_| "1".to_owned()),
        ])
    }

    fn damaged(mutation: Mutation, column: Option<usize>) -> Sheet {
        Plan { mutation, column }.apply(&sheet())
    }

    #[test]
    fn a_mutation_does_what_it_says_and_nothing_else() {
        let moved = damaged(Mutation::ShiftedDistribution, Some(0));
        let mean = |sheet: &Sheet| sheet.numbers(0).iter().sum::<f64>() / 200.0;
        assert!((mean(&moved) - mean(&sheet()) - 3.0).abs() < 1e-9);
        assert_eq!(moved.0[1..], sheet().0[1..]);
        let units = damaged(Mutation::LargerUnit, Some(0));
        assert!((mean(&units) - 1000.0 * mean(&sheet())).abs() < 1e-9);
        let broken = damaged(Mutation::RangeBreak, Some(0)).numbers(0);
        let beyond = broken.iter().filter(|number| **number > 9.0).count();
        assert!((3..25).contains(&beyond), "{beyond}");
        assert_eq!(damaged(Mutation::DroppedColumn, Some(1)).columns(), 2);
        let swapped = damaged(Mutation::SwappedColumns, Some(0));
        assert_eq!((&swapped.0[0].cells, swapped.name(0)), (&sheet().0[1].cells, "x"));
        let rows = damaged(Mutation::DuplicatedRows, None).rows();
        assert!((205..240).contains(&rows), "{rows}");
        let mut shuffled = damaged(Mutation::ShuffledTarget, Some(0));
        assert_ne!(shuffled, sheet());
        shuffled.0[0].cells.sort();
        let mut sorted = sheet();
        sorted.0[0].cells.sort();
        assert_eq!(shuffled, sorted);
    }

    #[test]
    fn what_changes_nothing_is_not_tried() {
        let all = BTreeSet::from(Mutation::ALL);
        let planned = plans(&sheet(), &all, Some(2), 50);
        let has = |mutation, column| planned.contains(&Plan { mutation, column });
        assert!(has(Mutation::TypeBreak, Some(0)) && !has(Mutation::TypeBreak, Some(1)));
        assert!(has(Mutation::EncodingDamage, Some(1)) && !has(Mutation::EncodingDamage, Some(0)));
        // All of its cells are alike, so that their order cannot be another.
        assert!(!has(Mutation::ShuffledTarget, Some(2)));
        assert!(!has(Mutation::SwappedColumns, Some(2)));
        let first = plans(&sheet(), &all, None, 1);
        assert!(first.iter().all(|plan| plan.column.is_none_or(|at| at < 1)));
        let one = BTreeSet::from([Mutation::Nulls]);
        assert!(plans(&sheet(), &one, None, 50).iter().all(|plan| one.contains(&plan.mutation)));
    }

    #[test]
    fn a_text_is_damaged_as_encodings_damage_it() {
        assert_eq!(misread("Köln"), "KÃ¶ln");
        assert_eq!(misread("Ulm"), "\u{fffd}lm");
        assert_eq!(misread(""), "");
    }

    #[test]
    fn a_single_row_is_damaged_too() {
        let one = |mutation, column| {
            let sheet =
                Sheet(vec![Column { name: "x".to_owned(), cells: vec![Some("1".to_owned())] }]);
            Plan { mutation, column }.apply(&sheet) != sheet
        };
        for mutation in [Mutation::TypeBreak, Mutation::Nulls, Mutation::RangeBreak] {
            assert!(one(mutation, Some(0)), "{mutation:?}");
        }
        assert!(one(Mutation::DuplicatedRows, None));
    }

    #[test]
    fn names_are_read_back() {
        for mutation in Mutation::ALL {
            assert_eq!(mutation.as_str().parse(), Ok(mutation));
            assert_eq!(serde_json::to_value(mutation).unwrap(), mutation.as_str());
        }
        assert!("type".parse::<Mutation>().is_err());
    }
}
