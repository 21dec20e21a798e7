//! One pass over the rows, with as many columns as can be held.

use plimsoll_core::Finding;

use super::column::ColumnCheck;
use super::key::Key;
use super::layout::Found;
use super::{Options, ValidateError, broken};
use crate::schema::TableSchema;
use crate::table::Table;
use crate::typed::Typed;
use crate::unique::Keys;

/// What one pass over some columns saw.
pub(super) struct Pass<'a> {
    /// How many sound rows there are.
    pub(super) sound: u64,
    /// What is wrong in columns, with the place of each.
    pub(super) findings: Vec<(usize, Finding)>,
    /// The keys whose columns are all in the pass.
    pub(super) keys: Vec<Key<'a>>,
    /// Why the pass did not come to the end.
    pub(super) broken_off: Option<Finding>,
}

impl<'a> Pass<'a> {
    /// Reads `found` columns of `table`, which stands at its beginning.
    pub(super) fn over(
        table: &mut Table,
        found: &[Found<'a>],
        schema: &TableSchema,
        options: &'a Options,
    ) -> Result<Self, ValidateError> {
        let spill = |source| ValidateError::Spill { folder: options.folder.clone(), source };
        table.project(&found.iter().map(|found| found.place).collect::<Vec<_>>());
        let mut columns: Vec<_> =
            found.iter().map(|found| ColumnCheck::new(found.name, found.rule)).collect();
        let keys = Key::of(found, schema, options);
        let mut pass = Self { sound: 0, findings: Vec::new(), keys, broken_off: None };
        loop {
            let batch = match table.next_batch() {
                Ok(Some(batch)) => batch,
                Ok(None) => break,
                Err(error) => {
                    pass.broken_off = Some(broken(error)?);
                    break;
                }
            };
            pass.sound += batch.rows as u64;
            let values: Vec<Typed> = (found.iter().enumerate())
                .map(|(at, found)| batch.typed(at, found.rule.domain.column_type()))
                .collect();
            for (at, (column, values)) in columns.iter_mut().zip(&values).enumerate() {
                column.take(&batch, at, values);
            }
            for key in &mut pass.keys {
                let cells = key.at.iter().map(|&at| (&batch.columns[at], &values[at]));
                key.sorter.take(&Keys::new(cells), batch.first, batch.rows).map_err(spill)?;
            }
        }
        for (column, found) in columns.iter().zip(found) {
            let findings = column.findings(pass.sound).into_iter();
            pass.findings.extend(findings.map(|finding| (found.place, finding)));
        }
        Ok(pass)
    }
}
