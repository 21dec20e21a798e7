//! What the checks of a table would not catch: a copy is damaged in known ways, one at a time.
//!
//! A mutation is caught where a check says something about the damaged copy that it does not say
//! about the copy as it is. So data that are not clean can be tried as well: what is wrong with them
//! already counts for nothing. Which checks are meant is the caller's: they are a function of
//! tables. Copies are CSV files of a bounded number of rows.

mod mutation;
mod sheet;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use plimsoll_core::{Finding, Severity};
use serde::Serialize;

use crate::table::ReadError;
use crate::tables::Tables;

use self::mutation::{Plan, plans};
use self::sheet::Sheet;

pub use self::mutation::{Mutation, UnknownMutation};

/// How a table is tried.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many rows, drawn from the whole table, a copy has at most.
    pub rows: usize,
    /// How many columns are damaged at most, from the first on.
    pub columns: usize,
    /// What is tried.
    pub mutations: BTreeSet<Mutation>,
    /// The column that a model is to predict, which is shuffled.
    pub label: Option<String>,
    /// Where copies are put.
    pub folder: PathBuf,
}

impl Options {
    /// Tries all mutations on 5,000 rows and 50 columns, and puts copies into `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            rows: 5_000,
            columns: 50,
            mutations: BTreeSet::from(Mutation::ALL),
            label: None,
            folder: folder.into(),
        }
    }
}

/// A table could not be tried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelftestError {
    /// The table cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is nothing to damage.
    #[error("the table has no rows, so that there is nothing to damage")]
    Empty,
    /// There is no such column.
    #[error("there is no column `{0}`")]
    Column(String),
    /// A copy cannot be written.
    #[error("cannot put a copy aside in {}", folder.display())]
    Copy {
        /// Where.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Whether a mutation was caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A check blocks.
    Caught,
    /// A check warns, and nothing blocks.
    Warned,
    /// No check says anything new.
    Missed,
}

impl Outcome {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Caught => "caught",
            Self::Warned => "warned",
            Self::Missed => "missed",
        }
    }
}

/// A mutation and what the checks made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tried {
    /// What was done.
    pub mutation: Mutation,
    /// To which column; absent where it was done to rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Whether it was caught.
    pub outcome: Outcome,
    /// The codes of the new findings that decided, sorted.
    pub by: Vec<String>,
    /// Of a missed one the codes of what is found in its column, and without it as well: what is
    /// wrong already may hide what else would be found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hidden_by: Vec<String>,
}

/// What the checks of a table would catch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selftest {
    /// The codes of what is found without a mutation, sorted.
    pub before: Vec<String>,
    /// Every mutation.
    pub tried: Vec<Tried>,
}

/// A sample of a table and the ways in which it is going to be damaged.
#[derive(Debug)]
pub struct Trial {
    sheet: Sheet,
    plans: Vec<Plan>,
    folder: PathBuf,
    of_rows: u64,
    columns: usize,
}

impl Trial {
    /// Draws rows of `tables`.
    ///
    /// # Errors
    /// The table cannot be read or has no rows, or the label is none of its columns.
    pub fn new(tables: &Tables, options: &Options) -> Result<Self, SelftestError> {
        let (sheet, of_rows) = Sheet::draw(tables, options.rows)?;
        if sheet.rows() == 0 {
            return Err(SelftestError::Empty);
        }
        let place =
            |name: &String| sheet.place(name).ok_or_else(|| SelftestError::Column(name.clone()));
        let label = options.label.as_ref().map(place).transpose()?;
        let plans = plans(&sheet, &options.mutations, label, options.columns);
        let columns = sheet.columns().min(options.columns);
        Ok(Self { sheet, plans, folder: options.folder.clone(), of_rows, columns })
    }

    /// How many rows the copies are made of.
    pub fn rows(&self) -> usize {
        self.sheet.rows()
    }

    /// How many rows the table has.
    pub fn of_rows(&self) -> u64 {
        self.of_rows
    }

    /// How many columns are damaged.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// How many columns the table has.
    pub fn of_columns(&self) -> usize {
        self.sheet.columns()
    }

    /// How many copies [`Trial::run`] holds against the checks: a damaged one for each mutation,
    /// after the whole one.
    pub fn copies(&self) -> usize {
        1 + self.plans.len()
    }

    /// Holds the whole copy, and then each damaged one, against `check`.
    ///
    /// # Errors
    /// A copy cannot be written, or `check` gives an error: what could not be looked at at all is no
    /// catch.
    pub fn run<E: From<SelftestError>>(
        &self,
        mut check: impl FnMut(&Tables) -> Result<Vec<Finding>, E>,
    ) -> Result<Selftest, E> {
        let mut look = |sheet: &Sheet| -> Result<Vec<Finding>, E> {
            let unwritten = |source| SelftestError::Copy { folder: self.folder.clone(), source };
            let copy = copy(sheet, &self.folder).map_err(unwritten)?;
            check(&Tables::file(copy.path()))
        };
        let before = look(&self.sheet)?;
        let known: BTreeSet<Said> = before.iter().map(Said::of).collect();
        let mut tried = Vec::new();
        for plan in &self.plans {
            let found = look(&plan.apply(&self.sheet))?;
            let (old, new): (Vec<Finding>, Vec<Finding>) =
                found.into_iter().partition(|found| known.contains(&Said::of(found)));
            let (outcome, by) = outcome(&new);
            let column = plan.column.map(|at| self.sheet.name(at).to_owned());
            let hides = |found: &&Finding| {
                let weighs = found.severity != Severity::Info;
                outcome == Outcome::Missed && weighs && column.is_some() && found.subject == column
            };
            let hidden_by: BTreeSet<String> =
                old.iter().filter(hides).map(|found| found.code.to_string()).collect();
            let hidden_by = hidden_by.into_iter().collect();
            tried.push(Tried { mutation: plan.mutation, column, outcome, by, hidden_by });
        }
        let before: BTreeSet<String> = before.iter().map(|found| found.code.to_string()).collect();
        Ok(Selftest { before: before.into_iter().collect(), tried })
    }
}

/// Returns what new findings come to, and the codes that decide.
fn outcome(new: &[Finding]) -> (Outcome, Vec<String>) {
    let of = |severity| -> BTreeSet<String> {
        let codes = new.iter().filter(|found| found.severity == severity);
        codes.map(|found| found.code.to_string()).collect()
    };
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    let (outcome, by) = match (errors.is_empty(), warnings.is_empty()) {
        (false, _) => (Outcome::Caught, errors),
        (true, false) => (Outcome::Warned, warnings),
        (true, true) => (Outcome::Missed, BTreeSet::new()),
    };
    (outcome, by.into_iter().collect())
}

/// What a finding is about, whatever its numbers.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Said(String, Severity, Option<String>);

impl Said {
    fn of(finding: &Finding) -> Self {
        Self(finding.code.to_string(), finding.severity, finding.subject.clone())
    }
}

fn copy(sheet: &Sheet, folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let file = tempfile::Builder::new().suffix(".csv").tempfile_in(folder)?;
    sheet.write(&mut io::BufWriter::new(&file))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use plimsoll_core::Code;

    use super::*;

    fn table() -> (tempfile::NamedTempFile, Options) {
        let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        let mut text = "id,city,y\n".to_owned();
        for at in 0..60 {
            writeln!(text, "{at},{},{}", ["Bonn", "Ulm"][at % 2], at % 3).unwrap();
        }
        std::fs::write(&file, text).unwrap();
        let options = Options { label: Some("y".to_owned()), ..Options::new(std::env::temp_dir()) };
        (file, options)
    }

    /// Says how many rows there are, if not 60, and that something is always wrong.
    fn counting(tables: &Tables) -> Result<Vec<Finding>, SelftestError> {
        let mut table = tables.open()?;
        while table.next_batch()?.is_some() {}
        let found = |code, severity| Finding::new(code, severity, "said");
        let mut findings = vec![found(Code::of("data.type"), Severity::Error)];
        if table.rows() != 60 {
            findings.push(found(Code::of("data.rows"), Severity::Error));
        }
        if table.columns().len() != 3 {
            findings.push(found(Code::of("data.column-unknown"), Severity::Warning));
        }
        Ok(findings)
    }

    #[test]
    fn only_what_is_new_catches_a_mutation() {
        let (file, options) = table();
        let trial = Trial::new(&Tables::file(file.path()), &options).unwrap();
        assert_eq!((trial.rows(), trial.of_rows(), trial.of_columns()), (60, 60, 3));
        let mut looks = 0;
        let report = trial.run(|tables| {
            looks += 1;
            counting(tables)
        });
        let report = report.unwrap();
        assert_eq!((looks, report.before), (trial.copies(), vec!["data.type".to_owned()]));
        for tried in &report.tried {
            let expected = match tried.mutation {
                Mutation::DuplicatedRows => (Outcome::Caught, vec!["data.rows".to_owned()]),
                Mutation::DroppedColumn | Mutation::AddedColumn => {
                    (Outcome::Warned, vec!["data.column-unknown".to_owned()])
                }
                _ => (Outcome::Missed, Vec::new()),
            };
            assert_eq!((tried.outcome, tried.by.clone()), expected, "{tried:?}");
        }
        let done: BTreeSet<Mutation> = report.tried.iter().map(|tried| tried.mutation).collect();
        assert_eq!(done.len(), Mutation::ALL.len(), "{done:?}");
    }

    #[test]
    fn nothing_to_damage_and_a_check_that_fails_are_errors() {
        let (file, options) = table();
        let tables = Tables::file(file.path());
        let none = Options { label: Some("z".to_owned()), ..options.clone() };
        assert!(matches!(Trial::new(&tables, &none), Err(SelftestError::Column(_))));
        let broken = |_: &Tables| Err(SelftestError::Empty);
        assert!(Trial::new(&tables, &options).unwrap().run(broken).is_err());
        std::fs::write(&file, "id,city,y\n").unwrap();
        assert!(matches!(Trial::new(&tables, &options), Err(SelftestError::Empty)));
    }
}
