//! Small tables for tests of checks, and what is said of them.

use std::fmt::Write;

use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use plimsoll_core::Finding;

use super::{Checked, Demand, Options, Outcome, Reference, Roles, check, check_and_keep, refer};
use crate::Tables;

/// A table in a file that lives as long as it does.
pub(crate) struct Sample(tempfile::NamedTempFile);

impl Sample {
    /// Writes the text of a CSV.
    pub(crate) fn csv(text: &str) -> Self {
        let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        std::fs::write(&file, text).unwrap();
        Self(file)
    }

    /// Writes `rows` rows, each made of its number.
    pub(crate) fn rows(header: &str, rows: u32, row: impl Fn(u32) -> String) -> Self {
        let mut text = format!("{header}\n");
        (0..rows).for_each(|at| writeln!(text, "{}", row(at)).unwrap());
        Self::csv(&text)
    }

    /// Writes a table as Parquet.
    pub(crate) fn parquet(batch: &RecordBatch) -> Self {
        let file = tempfile::Builder::new().suffix(".parquet").tempfile().unwrap();
        let mut writer =
            ArrowWriter::try_new(file.reopen().unwrap(), batch.schema(), None).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
        Self(file)
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        self.0.path()
    }

    pub(crate) fn tables(&self) -> Tables {
        Tables::file(self.path())
    }

    /// Checks the table.
    pub(crate) fn check(&self, roles: &Roles, reference: Option<&Reference>) -> Checked {
        self.check_as(roles, &Demand::default(), reference)
    }

    /// Checks the table as is demanded.
    pub(crate) fn check_as(
        &self,
        roles: &Roles,
        demand: &Demand,
        reference: Option<&Reference>,
    ) -> Checked {
        check(&self.tables(), &options(roles), demand, reference).unwrap()
    }

    /// Keeps what later tables are compared with.
    pub(crate) fn reference(&self, roles: &Roles) -> Reference {
        refer(&self.tables(), &options(roles), None).unwrap()
    }

    /// Keeps it while the table is checked.
    pub(crate) fn kept(&self, roles: &Roles) -> Reference {
        check_and_keep(&self.tables(), &options(roles), &Demand::default(), None)
            .unwrap()
            .1
            .unwrap()
    }
}

fn options(roles: &Roles) -> Options {
    Options { roles: roles.clone(), ..Options::new("t.csv", std::env::temp_dir()) }
}

/// Names a label.
pub(crate) fn label(name: &str) -> Roles {
    Roles { label: Some(name.to_owned()), ..Roles::default() }
}

impl Checked {
    /// Returns how a check ended.
    pub(crate) fn of(&self, code: &str) -> Outcome {
        self.checks.iter().find(|check| check.check.as_str() == code).unwrap().outcome
    }

    /// Returns what a check measured, or why it did not.
    pub(crate) fn says(&self, code: &str) -> &str {
        &self.checks.iter().find(|check| check.check.as_str() == code).unwrap().says
    }

    /// Returns the findings of a check.
    pub(crate) fn found(&self, code: &str) -> Vec<&Finding> {
        self.findings.iter().filter(|finding| finding.code.as_str() == code).collect()
    }

    /// Returns the message of the one finding of a check.
    pub(crate) fn message(&self, code: &str) -> &str {
        let found = self.found(code);
        assert_eq!(found.len(), 1, "{code}: {:?}", self.findings);
        &found[0].message
    }

    /// Returns the codes of all findings.
    pub(crate) fn codes(&self) -> Vec<&str> {
        self.findings.iter().map(|finding| finding.code.as_str()).collect()
    }
}
