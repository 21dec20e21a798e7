//! What `plimsoll data selftest` prints.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use plimsoll_data::selftest::{Mutation, Options, Outcome, Selftest, Trial, Tried};
use serde::Serialize;

use crate::ui::{Cell, Document, Paint, Table, paint};

/// How many columns a line names.
const NAMED: usize = 5;

/// What copies are held against besides the checks of `plimsoll data check`.
#[derive(Serialize)]
pub(super) struct HeldAgainst {
    #[serde(rename = "schema-file", skip_serializing_if = "Option::is_none")]
    pub(super) schema: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) train: Option<String>,
}

impl fmt::Display for HeldAgainst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}, ")?;
        }
        if let Some(train) = &self.train {
            write!(f, "{train}, ")?;
        }
        f.write_str("the checks of `plimsoll data check`")
    }
}

/// The document: `plimsoll.data-selftest/v1`.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Report {
    verdict: &'static str,
    path: String,
    #[serde(flatten)]
    held: HeldAgainst,
    /// How many rows the copies were made of.
    rows: usize,
    /// How many rows the table has.
    of_rows: u64,
    /// How many columns were damaged.
    columns: usize,
    /// How many columns the table has.
    of_columns: usize,
    /// The codes of what is found without a mutation.
    before: Vec<String>,
    caught: usize,
    warned: usize,
    missed: usize,
    mutations: Vec<Tried>,
    /// What was to be tried and fits no column.
    not_applicable: Vec<Mutation>,
}

impl Report {
    pub(super) fn new(
        path: String,
        held: HeldAgainst,
        trial: &Trial,
        options: &Options,
        tried: Selftest,
    ) -> Self {
        let count = |outcome| tried.tried.iter().filter(|tried| tried.outcome == outcome).count();
        let missed = count(Outcome::Missed);
        let fits = |mutation: &Mutation| tried.tried.iter().any(|t| t.mutation == *mutation);
        Self {
            verdict: if missed == 0 && !tried.tried.is_empty() { "pass" } else { "block" },
            path,
            held,
            rows: trial.rows(),
            of_rows: trial.of_rows(),
            columns: trial.columns(),
            of_columns: trial.of_columns(),
            before: tried.before,
            caught: count(Outcome::Caught),
            warned: count(Outcome::Warned),
            missed,
            not_applicable: options.mutations.iter().copied().filter(|m| !fits(m)).collect(),
            mutations: tried.tried,
        }
    }

    /// Tells whether everything that was tried is noticed, and something was.
    pub(super) fn passes(&self) -> bool {
        self.verdict == "pass"
    }

    fn by_mutation(&self) -> BTreeMap<Mutation, Vec<&Tried>> {
        let mut all: BTreeMap<Mutation, Vec<&Tried>> = BTreeMap::new();
        for tried in &self.mutations {
            all.entry(tried.mutation).or_default().push(tried);
        }
        all
    }
}

impl Document for Report {
    const SCHEMA: &'static str = "plimsoll.data-selftest/v1";
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.mutations.len();
        writeln!(
            f,
            "{}: {} ({} of {all} mutations missed; {} caught, {} warned of; {} of {} rows, {} of {} columns)",
            self.path,
            self.verdict,
            self.missed,
            self.caught,
            self.warned,
            self.rows,
            self.of_rows,
            self.columns,
            self.of_columns,
        )?;
        writeln!(f, "  held against {}", self.held)?;
        let by_mutation = self.by_mutation();
        let mut table = Table::new(&["mutation", "tried", "caught", "warned", "missed", "by"]);
        for (mutation, tried) in &by_mutation {
            table.row(row(*mutation, tried));
        }
        for mutation in &self.not_applicable {
            let rest = ["", "", ""].map(Cell::from);
            table.row([Cell::from(mutation.as_str()), Cell::from("none")].into_iter().chain(rest));
        }
        write!(f, "{table}")?;
        for (mutation, tried) in &by_mutation {
            missed(f, *mutation, tried)?;
        }
        if !self.before.is_empty() {
            let codes = self.before.join(", ");
            writeln!(
                f,
                "  found without any mutation, and no catch where it is found again: {codes}"
            )?;
        }
        Ok(())
    }
}

fn row(mutation: Mutation, tried: &[&Tried]) -> Vec<Cell> {
    let count = |outcome| tried.iter().filter(|tried| tried.outcome == outcome).count();
    let painted = |shade, count: usize| {
        if count == 0 { Cell::from("") } else { Cell::painted(shade, count) }
    };
    let mut by: BTreeMap<&str, usize> = BTreeMap::new();
    for code in tried.iter().flat_map(|tried| &tried.by) {
        *by.entry(code).or_default() += 1;
    }
    let mut by: Vec<(&str, usize)> = by.into_iter().collect();
    by.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let most: Vec<&str> = by.iter().take(3).map(|(code, _)| *code).collect();
    let more = if by.len() > 3 { ", …" } else { "" };
    vec![
        Cell::from(mutation.as_str()),
        Cell::from(tried.len().to_string()),
        painted(Paint::Good, count(Outcome::Caught)),
        painted(Paint::Warning, count(Outcome::Warned)),
        painted(Paint::Bad, count(Outcome::Missed)),
        Cell::from(format!("{}{more}", most.join(", "))),
    ]
}

/// Writes in which columns a mutation is missed, and what would catch it.
fn missed(f: &mut fmt::Formatter<'_>, mutation: Mutation, tried: &[&Tried]) -> fmt::Result {
    let missed = tried.iter().filter(|tried| tried.outcome == Outcome::Missed);
    let (hidden, plain): (Vec<&Tried>, Vec<&Tried>) =
        missed.partition(|tried| !tried.hidden_by.is_empty());
    if !plain.is_empty() {
        write_missed(f, mutation, &plain)?;
        writeln!(f, "      next: {}", mutation.remedy())?;
    }
    if !hidden.is_empty() {
        write_missed(f, mutation, &hidden)?;
        let codes: BTreeSet<&str> =
            hidden.iter().flat_map(|tried| tried.hidden_by.iter().map(String::as_str)).collect();
        let codes = codes.into_iter().collect::<Vec<_>>().join(", ");
        writeln!(
            f,
            "      next: correct what is found there without it too ({codes}), and try again"
        )?;
    }
    Ok(())
}

fn write_missed(f: &mut fmt::Formatter<'_>, mutation: Mutation, missed: &[&Tried]) -> fmt::Result {
    let columns: Vec<String> =
        missed.iter().filter_map(|tried| Some(format!("`{}`", tried.column.as_ref()?))).collect();
    let named = columns.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = columns.len().saturating_sub(NAMED);
    let place = match (columns.len(), more) {
        (0, _) => String::new(),
        (_, 0) => format!(" of {named}"),
        _ => format!(" of {named} and {more} more"),
    };
    writeln!(f, "  {}: {}{place}", paint(Paint::Bad, "missed"), mutation.as_str())
}
