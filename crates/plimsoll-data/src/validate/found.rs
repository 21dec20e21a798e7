//! A finding with the rows that it is about.

use plimsoll_core::Finding;

use crate::example::{Affected, Tally};

/// A finding on its way.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) finding: Finding,
    pub(super) affected: Option<Affected>,
}

impl Found {
    /// Takes a finding that is about the whole.
    pub(super) fn new(finding: Finding) -> Self {
        Self { finding, affected: None }
    }

    /// Takes a finding about what was counted of `rows` rows, and says where the first is.
    pub(super) fn of_rows(finding: Finding, tally: &Tally, rows: u64) -> Self {
        let finding = Finding { line: tally.first_line(), path: tally.first_file(), ..finding };
        Self { finding, affected: Some(tally.affected(rows)) }
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Finding)) -> Self {
        change(&mut self.finding);
        self
    }
}

impl From<Finding> for Found {
    fn from(finding: Finding) -> Self {
        Self::new(finding)
    }
}
