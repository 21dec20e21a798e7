//! A table held against its schema, in one pass.

mod column;
mod key;
mod layout;
mod pass;

use std::io;
use std::path::PathBuf;

use plimsoll_core::{Finding, Severity};

use self::layout::Found;
use self::pass::Pass;
use crate::code;
use crate::example::{grouped, rows_in_words};
use crate::schema::{RowLimits, TableSchema};
use crate::table::{ReadError, Table};
use crate::tables::Tables;

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

/// Holds a table, which a path or [`Tables`] names, against `schema`.
///
/// Every cell is read once, in bounded memory; rows that seem to repeat a unique key are read
/// again. A file that is no table, or none any more, has a finding that says so.
pub fn validate(
    tables: impl Into<Tables>,
    schema: &TableSchema,
    options: &Options,
) -> Result<Checked, ValidateError> {
    let tables = tables.into();
    let mut checked = match tables.open() {
        Ok(mut table) => check(&tables, &mut table, schema, options)?,
        Err(error) => Checked { rows: 0, findings: vec![broken(error)?] },
    };
    for finding in &mut checked.findings {
        finding.path = Some(tables.shown(finding.path.take(), &options.shown_as));
        if [code::COLUMN_MISSING, code::COLUMN_UNKNOWN].contains(&finding.code) {
            finding.next = Some(format!("plimsoll data schema {}", in_shell(&options.shown_as)));
        }
    }
    Ok(checked)
}

fn check(
    tables: &Tables,
    table: &mut Table,
    schema: &TableSchema,
    options: &Options,
) -> Result<Checked, ValidateError> {
    let (found, mut findings) = layout::columns(table, schema);
    let in_key = |found: &&Found<'_>| schema.unique.iter().flatten().any(|name| name == found.name);
    let (keys, others): (Vec<_>, Vec<_>) = found.iter().partition(in_key);
    let places = |found: &[&Found<'_>]| found.iter().map(|found| found.place).collect::<Vec<_>>();
    let passes = match table.passes(&places(&keys), &places(&others)) {
        Ok(passes) => passes,
        Err(error) => {
            findings.push(broken(error)?);
            return Ok(Checked { rows: 0, findings });
        }
    };
    let columns = |pass: &[usize]| -> Vec<Found<'_>> {
        found.iter().filter(|found| pass.contains(&found.place)).copied().collect()
    };
    let (first, more) = passes.split_first().map_or((&[][..], &[][..]), |(a, b)| (&a[..], b));
    let mut seen = Pass::over(table, &columns(first), schema, options)?;
    for pass in more {
        let also = Pass::over(&mut tables.open()?, &columns(pass), schema, options)?;
        if also.broken_off.is_none() && seen.broken_off.is_none() && also.sound != seen.sound {
            return Err(ValidateError::Changed { path: tables.path() });
        }
        seen.findings.extend(also.findings);
        seen.broken_off = seen.broken_off.or(also.broken_off);
    }
    seen.findings.sort_by_key(|(place, _)| *place);
    findings.extend(table.damage());
    findings.extend(seen.findings.into_iter().map(|(_, finding)| finding));
    if let Some(broken_off) = seen.broken_off {
        findings.push(broken_off);
        return Ok(Checked { rows: table.rows(), findings });
    }
    if !table.broke_off() {
        findings.extend(row_count(table.rows(), schema.rows));
    }
    for key in seen.keys {
        findings.extend(key.repeated(tables, seen.sound, &options.folder)?);
    }
    Ok(Checked { rows: table.rows(), findings })
}

/// Returns a path as a shell takes it for one word.
fn in_shell(path: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+=:@%".contains(letter);
    if !path.is_empty() && path.chars().all(plain) {
        return path.to_owned();
    }
    format!("'{}'", path.replace('\'', r"'\''"))
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
        ReadError::Empty { path } => {
            let finding = Finding::new(code::EMPTY, Severity::Error, "the file is empty (0 bytes)");
            Ok(Finding { path: Some(path.display().to_string()), ..finding })
        }
        ReadError::Unreadable { path, reason } => {
            let message = format!("the file cannot be read as a table: {reason}");
            let finding = Finding::new(code::UNREADABLE, Severity::Error, message);
            Ok(Finding { path: Some(path.display().to_string()), ..finding })
        }
        other => Err(other),
    }
}
