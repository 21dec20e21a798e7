//! Columns whose values together must be in one row only.

use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use plimsoll_core::Finding;

use super::found::Found;
use super::layout::Matched;
use super::{Options, ValidateError};
use crate::code;
use crate::example::shown;
use crate::schema::{UniqueRule, Weight};
use crate::tables::Tables;
use crate::unique::{ConfirmError, Keys, Repeats, Sorter, confirm};

/// A key that must be unique.
pub(super) struct Key<'a> {
    columns: Vec<Matched<'a>>,
    weight: Weight,
    /// The places of its columns among those that are read.
    pub(super) at: Vec<usize>,
    sorter: Mutex<Sorter<'a>>,
}

impl<'a> Key<'a> {
    /// Returns the key of a rule, `None` where a column of it is not among those `matched`.
    pub(super) fn of(
        rule: &UniqueRule,
        matched: &[Matched<'a>],
        memory: usize,
        options: &'a Options,
    ) -> Option<Self> {
        let place = |name: &String| matched.iter().position(|column| column.name == name);
        let at: Vec<usize> = rule.columns.iter().map(place).collect::<Option<_>>()?;
        Some(Self {
            columns: at.iter().map(|&at| matched[at]).collect(),
            weight: rule.weight,
            at,
            sorter: Mutex::new(Sorter::new(memory, &options.folder)),
        })
    }

    /// Takes in the keys of some rows, in any order; `hashes` is room for them.
    pub(super) fn take(
        &self,
        keys: &Keys<'_>,
        rows: usize,
        hashes: &mut Vec<u64>,
    ) -> io::Result<()> {
        keys.hashes(rows, hashes);
        self.sorter.lock().unwrap_or_else(PoisonError::into_inner).extend(hashes)
    }

    /// Returns what is to be said if too many of `rows` rows repeat an earlier one.
    pub(super) fn repeated(
        self,
        tables: &Tables,
        rows: u64,
        folder: &Path,
        examples: usize,
    ) -> Result<Option<Found>, ValidateError> {
        let columns = self.columns;
        let types: Vec<_> =
            columns.iter().map(|column| (column.place, column.rule.domain.column_type())).collect();
        let sorter = self.sorter.into_inner().unwrap_or_else(PoisonError::into_inner);
        let repeats = confirm(sorter, tables, &types, rows, examples);
        let Repeats { tally, more } = repeats.map_err(|error| match error {
            ConfirmError::Spill(source) => {
                ValidateError::Spill { folder: folder.to_owned(), source }
            }
            ConfirmError::Read(error) => ValidateError::Read(error),
            ConfirmError::Changed => ValidateError::Changed { path: tables.path() },
        })?;
        let count = tally.count().map_or(0, u64::from);
        if self.weight.allow.covers(count, rows) && !more {
            return Ok(None);
        }
        let subject = subject(columns.iter().map(|column| column.name));
        let (noun, repeat) =
            if types.len() == 1 { ("column", "repeats") } else { ("columns", "repeat") };
        let least = if more { "at least " } else { "" };
        let message = format!(
            "{noun} {} {repeat} an earlier row in {least}{}{}{}",
            in_quotes(columns.iter().map(|column| column.name)),
            tally.of(rows),
            self.weight.allow.said(),
            tally.examples(),
        );
        let finding = Finding::new(code::UNIQUE, self.weight.severity, message);
        let finding = Finding { subject: Some(subject), ..finding };
        Ok(Some(Found::of_rows(finding, &tally, rows)))
    }
}

/// Names columns for a program: `a, b`.
pub(super) fn subject<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// Names columns for a person: `` `a`, `b` ``.
pub(super) fn in_quotes<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{}`", shown(name))).collect();
    names.join(", ")
}
