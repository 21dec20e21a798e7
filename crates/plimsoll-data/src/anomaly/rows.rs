//! Rows that are far from the rest.

use std::collections::BTreeMap;

use plimsoll_core::{Code, Finding, Severity, number};
use serde::{Deserialize, Serialize};

use super::limits::{Limit, limits};
use crate::example::{Place, grouped, rows_in_words, shown};
use crate::integrity::facts::Facts;
use crate::integrity::frame::{Answer, Examine, Subject, seen_at};
use crate::integrity::kind::ColumnKind;
use crate::integrity::say;
use crate::integrity::values::Values;
use crate::table::{Batch, ReadError};
use crate::tables::Tables;

/// Looks for rows with numbers that are farther off than the tail of their column reaches.
///
/// The limits are those of [`limits`], at a chance that lets `false_rows` rows be beyond any of them
/// in the whole file if there are no outliers. They are learned from rows drawn at random (up to
/// 50,000); every row is held against them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct OutlierRows {
    /// How much a finding weighs.
    pub severity: Severity,
    /// How many rows may be found in a file without outliers, on average.
    pub false_rows: f64,
    /// With fewer rows nothing is said.
    pub min_rows: u64,
}

impl Default for OutlierRows {
    fn default() -> Self {
        Self { severity: Severity::Warning, false_rows: 0.01, min_rows: 500 }
    }
}

/// The fewest values of a column that are measured rather than chosen from a few.
const FEWEST_VALUES: usize = 10;

/// How many rows a message shows, and how many values of each.
const SHOWN: usize = 5;
const SHOWN_VALUES: usize = 3;

/// How many rows beyond their limits are held; more are counted.
const MOST_HELD: usize = 10_000;

/// Rows beyond their limits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outliers {
    /// How many columns have limits.
    pub(crate) columns: usize,
    /// Those that are held, by the number of the row in the table.
    held: BTreeMap<u64, Outlier>,
    /// How many more there are.
    more: u64,
}

/// A row beyond its limits.
#[derive(Clone, Debug)]
struct Outlier {
    place: Place,
    /// What is beyond: the column's place, the number, and its distance in the column's units.
    beyond: Vec<(usize, f64, f64)>,
    /// How many limits off it is, by its columns together.
    times: f64,
}

impl OutlierRows {
    /// Returns the rows of a file that was looked at that are beyond their limits.
    pub(crate) fn find(&self, facts: &Facts, tables: &Tables) -> Result<Outliers, ReadError> {
        let mut outliers = Outliers::default();
        if facts.sound < self.min_rows {
            return Ok(outliers);
        }
        let limits = self.limits(facts);
        outliers.columns = limits.len();
        if limits.is_empty() {
            return Ok(outliers);
        }
        let places: Vec<usize> = limits.iter().map(|(at, _)| facts.layout.kept[*at]).collect();
        for pass in tables.open()?.passes(&[], &places)? {
            let mut table = tables.open()?;
            table.project(&pass);
            let of = |place: &usize| places.iter().position(|other| other == place);
            let of_pass: Vec<_> = pass.iter().filter_map(of).map(|at| &limits[at]).collect();
            while let Some(batch) = table.next_batch()? {
                outliers.take(&batch, &of_pass);
            }
        }
        Ok(outliers)
    }

    fn limits(&self, facts: &Facts) -> Vec<(usize, Vec<Limit>)> {
        let is_measured = |at: &usize| {
            let column = &facts.columns[*at];
            column.kind() == ColumnKind::Number && column.dictionary.len() >= FEWEST_VALUES
        };
        let roles =
            |at: &usize| facts.layout.is_feature(*at) || facts.layout.label.at() == Some(at);
        let columns: Vec<usize> =
            (0..facts.columns.len()).filter(roles).filter(is_measured).collect();
        let chance =
            self.false_rows / (2.0 * columns.len().max(1) as f64 * facts.sound.max(1) as f64);
        let of = |at: usize| {
            let numbers: Vec<f64> =
                facts.sample.column(at).iter().filter_map(|cell| cell.number()).collect();
            (at, limits(&numbers, chance))
        };
        columns.into_iter().map(of).filter(|(_, limits)| !limits.is_empty()).collect()
    }
}

impl Outliers {
    fn take(&mut self, batch: &Batch, limits: &[&(usize, Vec<Limit>)]) {
        let values: Vec<Values> = batch.columns.iter().map(Values::of).collect();
        for row in 0..batch.rows {
            let mut beyond = Vec::new();
            let mut times = 0.0;
            for ((at, limits), values) in limits.iter().zip(&values) {
                let Some(number) = values.cell(row).number() else { continue };
                for limit in limits {
                    let off = limit.times(number);
                    if off > 1.0 {
                        beyond.push((*at, number, limit.distance(number)));
                        times += off;
                    }
                }
            }
            if !beyond.is_empty() {
                self.remember(batch.first + row as u64, batch.place(row), beyond, times);
            }
        }
    }

    fn remember(&mut self, row: u64, place: Place, beyond: Vec<(usize, f64, f64)>, times: f64) {
        if let Some(outlier) = self.held.get_mut(&row) {
            outlier.beyond.extend(beyond);
            outlier.times += times;
        } else if self.held.len() < MOST_HELD {
            self.held.insert(row, Outlier { place, beyond, times });
        } else {
            self.more += 1;
        }
    }

    /// Returns how many rows are beyond any limit.
    fn rows(&self) -> u64 {
        self.held.len() as u64 + self.more
    }

    /// Returns those that are farthest off, in their order in the table.
    fn farthest(&self) -> Vec<&Outlier> {
        let mut rows: Vec<(&u64, &Outlier)> = self.held.iter().collect();
        rows.sort_by(|(_, one), (_, other)| other.times.total_cmp(&one.times));
        rows.truncate(SHOWN);
        rows.sort_by_key(|(row, _)| **row);
        rows.into_iter().map(|(_, outlier)| outlier).collect()
    }
}

impl Examine for OutlierRows {
    const CODE: Code = Code::of("anomaly.outlier-rows");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let facts = subject.facts;
        if facts.sound < self.min_rows {
            let (rows, least) = (rows_in_words(facts.sound), grouped(self.min_rows));
            return Answer::Idle(format!("{rows}, at least {least} are needed"));
        }
        let Some(outliers) = &facts.outliers else {
            return Answer::Unable("rows were not held against limits".to_owned());
        };
        if outliers.columns == 0 {
            return Answer::Idle("no column holds enough different numbers".to_owned());
        }
        let says = format!(
            "{} by {} of numbers",
            say::of_rows(outliers.rows(), facts.sound),
            say::columns(outliers.columns)
        );
        if outliers.rows() == 0 {
            return Answer::nothing(says);
        }
        let shown_rows = outliers.farthest();
        let said: Vec<String> = shown_rows.iter().map(|outlier| said(facts, outlier)).collect();
        let message = format!(
            "{} hold numbers that are farther off than the rest of their column explains: {}",
            say::of_rows(outliers.rows(), facts.sound),
            said.join("; "),
        );
        let mut finding = Finding::new(Self::CODE, self.severity, message);
        finding.value = Some(outliers.rows() as f64);
        finding.limit = Some(self.false_rows);
        if let [column] = columns(&shown_rows)[..] {
            finding.subject = Some(facts.columns[column].name.clone());
        }
        let place = shown_rows.first().map(|outlier| &outlier.place);
        Answer::Looked { says, findings: vec![seen_at(finding, place)] }
    }
}

fn said(facts: &Facts, outlier: &Outlier) -> String {
    let values = outlier.beyond.iter().take(SHOWN_VALUES).map(|(at, value, distance)| {
        let column = &facts.columns[*at];
        let name = shown(&column.name);
        let times = number::show(*distance);
        if column.is_personal() {
            format!("`{name}` {times} times the usual distance off")
        } else {
            format!("`{name}` {value} ({times} times the usual distance off)")
        }
    });
    format!("{} {}", outlier.place, values.collect::<Vec<_>>().join(", "))
}

fn columns(rows: &[&Outlier]) -> Vec<usize> {
    let mut columns: Vec<usize> =
        rows.iter().flat_map(|outlier| outlier.beyond.iter().map(|(at, ..)| *at)).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}
