//! Columns whose values together must be in one row only.

use std::path::Path;

use plimsoll_core::{Finding, Severity};

use super::layout::Found;
use super::{Options, ValidateError};
use crate::code;
use crate::example::shown;
use crate::schema::TableSchema;
use crate::tables::Tables;
use crate::unique::{ConfirmError, Repeats, Sorter, confirm};

/// A key that must be unique.
pub(super) struct Key<'a> {
    columns: Vec<Found<'a>>,
    /// The places of its columns among those that are read.
    pub(super) at: Vec<usize>,
    pub(super) sorter: Sorter<'a>,
}

impl<'a> Key<'a> {
    /// Returns the keys whose columns are all there; what is not there is a finding already.
    pub(super) fn of(found: &[Found<'a>], schema: &TableSchema, options: &'a Options) -> Vec<Self> {
        let memory = options.memory / schema.unique.len().max(1);
        let place = |name: &String| found.iter().position(|found| found.name == name);
        let whole = schema.unique.iter();
        let whole =
            whole.filter_map(|names| names.iter().map(place).collect::<Option<Vec<usize>>>());
        whole
            .map(|at| Self {
                columns: at.iter().map(|&at| found[at]).collect(),
                at,
                sorter: Sorter::new(memory, &options.folder),
            })
            .collect()
    }

    /// Returns what is to be said if any of `rows` rows repeats an earlier one.
    pub(super) fn repeated(
        self,
        tables: &Tables,
        rows: u64,
        folder: &Path,
    ) -> Result<Option<Finding>, ValidateError> {
        let columns = self.columns;
        let types: Vec<_> =
            columns.iter().map(|found| (found.place, found.rule.domain.column_type())).collect();
        let repeats = confirm(self.sorter, tables, &types, rows).map_err(|error| match error {
            ConfirmError::Spill(source) => {
                ValidateError::Spill { folder: folder.to_owned(), source }
            }
            ConfirmError::Read(error) => ValidateError::Read(error),
            ConfirmError::Changed => ValidateError::Changed { path: tables.path() },
        })?;
        let Repeats { tally, more } = repeats;
        if tally.count().is_none() && !more {
            return Ok(None);
        }
        let subject = columns.iter().map(|found| found.name).collect::<Vec<_>>().join(", ");
        let names: Vec<_> =
            columns.iter().map(|found| format!("`{}`", shown(found.name))).collect();
        let names = names.join(", ");
        let (columns, repeat) =
            if types.len() == 1 { ("column", "repeats") } else { ("columns", "repeat") };
        let least = if more { "at least " } else { "" };
        let message = format!(
            "{columns} {names} {repeat} an earlier row in {least}{}{}",
            tally.of(rows),
            tally.examples(),
        );
        Ok(Some(Finding {
            line: tally.first_line(),
            path: tally.first_file(),
            subject: Some(subject),
            ..Finding::new(code::UNIQUE, Severity::Error, message)
        }))
    }
}
