//! A table held against its schema, in one pass.

mod column;
mod layout;

use std::io;
use std::path::{Path, PathBuf};

use plimsoll_core::{Finding, Severity};

use self::column::ColumnCheck;
use self::layout::Found;
use crate::code;
use crate::example::{grouped, rows_in_words, shown};
use crate::schema::{RowLimits, TableSchema};
use crate::table::{ReadError, Table};
use crate::typed::{Typed, typed};
use crate::unique::{ConfirmError, Keys, Repeats, Sorter, confirm};

/// How to validate.
#[derive(Clone, Debug)]
pub struct Options {
    /// The file's name in findings.
    pub shown_as: String,
    /// Where what does not fit in memory is put.
    pub folder: PathBuf,
    /// How many bytes of hashes are held for uniqueness.
    pub memory: usize,
}

impl Options {
    /// Names the file `shown_as`, spills into `folder` and holds 32 MiB.
    pub fn new(shown_as: impl Into<String>, folder: impl Into<PathBuf>) -> Self {
        Self { shown_as: shown_as.into(), folder: folder.into(), memory: 32 << 20 }
    }
}

/// What validation saw.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// How many rows were read, damaged ones included.
    pub rows: u64,
    /// What was wrong; nothing means valid.
    pub findings: Vec<Finding>,
}

impl Checked {
    /// Tells whether nothing was wrong.
    pub fn is_valid(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity < Severity::Error)
    }
}

/// Validation did not come to an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ValidateError {
    /// The file cannot be read; one that can be but is damaged has findings instead.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Hashes cannot be put aside.
    #[error("cannot put hashes of keys aside in {}", folder.display())]
    Spill {
        /// Where.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody wrote to the file meanwhile.
    #[error("{} changed while it was read; validate it again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
}

/// Holds the file at `path` against `schema`.
///
/// Every cell is read once, in bounded memory; rows that seem to repeat a unique key are read
/// again. A file that is no table, or none any more, has a finding that says so.
pub fn validate(
    path: &Path,
    schema: &TableSchema,
    options: &Options,
) -> Result<Checked, ValidateError> {
    let mut checked = match Table::open(path) {
        Ok(mut table) => check(path, &mut table, schema, options)?,
        Err(error) => Checked { rows: 0, findings: vec![broken(error)?] },
    };
    for finding in &mut checked.findings {
        finding.path = Some(options.shown_as.clone());
    }
    Ok(checked)
}

fn check(
    path: &Path,
    table: &mut Table,
    schema: &TableSchema,
    options: &Options,
) -> Result<Checked, ValidateError> {
    let spill = |source| ValidateError::Spill { folder: options.folder.clone(), source };
    let (found, mut findings) = layout::columns(table, schema);
    let mut uniques = uniques(&found, schema, options);
    table.project(&found.iter().map(|found| found.place).collect::<Vec<_>>());
    let mut broken_off = None;
    let format = table.format();
    let mut columns: Vec<_> =
        found.iter().map(|found| ColumnCheck::new(found.name, found.rule)).collect();
    let mut sound = 0;
    while broken_off.is_none() {
        let batch = match table.next_batch() {
            Ok(Some(batch)) => batch,
            Ok(None) => break,
            Err(error) => {
                broken_off = Some(broken(error)?);
                break;
            }
        };
        sound += batch.rows as u64;
        let values: Vec<Typed> = (batch.columns.iter().zip(&found))
            .map(|(cells, found)| typed(cells, format, found.rule.domain.column_type()))
            .collect();
        for (at, (column, values)) in columns.iter_mut().zip(&values).enumerate() {
            column.take(&batch, at, values);
        }
        for unique in &mut uniques {
            let keys = unique.places.iter().map(|&at| (&batch.columns[at], &values[at]));
            let keys = Keys::new(keys);
            unique.sorter.take(&keys, batch.first, batch.rows).map_err(spill)?;
        }
    }
    findings.extend(table.damage());
    findings.extend(columns.iter().flat_map(|column| column.findings(sound)));
    let whole = broken_off.is_none();
    findings.extend(broken_off);
    if whole {
        if !table.broke_off() {
            findings.extend(row_count(table.rows(), schema.rows));
        }
        for unique in uniques {
            let columns: Vec<_> = unique.places.iter().map(|&at| &found[at]).collect();
            findings.extend(repeated(path, unique.sorter, &columns, sound, &options.folder)?);
        }
    }
    Ok(Checked { rows: table.rows(), findings })
}

/// A key that must be unique: the places of its columns among those that are read.
struct Unique<'a> {
    places: Vec<usize>,
    sorter: Sorter<'a>,
}

/// Returns the keys whose columns are all there; what is not there is a finding already.
fn uniques<'a>(found: &[Found<'_>], schema: &TableSchema, options: &'a Options) -> Vec<Unique<'a>> {
    let memory = options.memory / schema.unique.len().max(1);
    let place = |name: &String| found.iter().position(|found| found.name == name);
    let whole = schema
        .unique
        .iter()
        .filter_map(|names| names.iter().map(place).collect::<Option<Vec<_>>>());
    whole.map(|places| Unique { places, sorter: Sorter::new(memory, &options.folder) }).collect()
}

fn repeated(
    path: &Path,
    sorter: Sorter<'_>,
    columns: &[&Found<'_>],
    rows: u64,
    folder: &Path,
) -> Result<Option<Finding>, ValidateError> {
    let types: Vec<_> =
        columns.iter().map(|found| (found.place, found.rule.domain.column_type())).collect();
    let repeats = confirm(sorter, path, &types, rows).map_err(|error| match error {
        ConfirmError::Spill(source) => ValidateError::Spill { folder: folder.to_owned(), source },
        ConfirmError::Read(error) => ValidateError::Read(error),
        ConfirmError::Changed => ValidateError::Changed { path: path.to_owned() },
    })?;
    let Repeats { tally, more } = repeats;
    if tally.count().is_none() && !more {
        return Ok(None);
    }
    let subject = columns.iter().map(|found| found.name).collect::<Vec<_>>().join(", ");
    let names: Vec<_> = columns.iter().map(|found| format!("`{}`", shown(found.name))).collect();
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
        subject: Some(subject),
        ..Finding::new(code::UNIQUE, Severity::Error, message)
    }))
}

fn row_count(rows: u64, limits: RowLimits) -> Option<Finding> {
    #[expect(clippy::cast_precision_loss, reason = "shown beside the exact text")]
    let finding = |limit: u64, message| Finding {
        limit: Some(limit as f64),
        value: Some(rows as f64),
        ..Finding::new(code::ROWS, Severity::Error, message)
    };
    let said = format!("there {} {}", if rows == 1 { "is" } else { "are" }, rows_in_words(rows));
    match limits {
        _ if rows == 0 => {
            let message = "there are no rows, so nothing could be checked";
            Some(Finding::new(code::EMPTY, Severity::Error, message))
        }
        RowLimits { min: Some(min), .. } if rows < min => {
            Some(finding(min, format!("{said}, at least {} expected", grouped(min))))
        }
        RowLimits { max: Some(max), .. } if rows > max => {
            Some(finding(max, format!("{said}, at most {} accepted", grouped(max))))
        }
        RowLimits { .. } => None,
    }
}

/// Makes a finding of an error that is about the file's content, and passes on the others.
fn broken(error: ReadError) -> Result<Finding, ReadError> {
    match error {
        ReadError::Empty { .. } => {
            Ok(Finding::new(code::EMPTY, Severity::Error, "the file is empty (0 bytes)"))
        }
        ReadError::Unreadable { reason, .. } => {
            let message = format!("the file cannot be read as a table: {reason}");
            Ok(Finding::new(code::UNREADABLE, Severity::Error, message))
        }
        other => Err(other),
    }
}
