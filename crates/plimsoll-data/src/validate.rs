//! A table held against its schema, in one pass.

mod column;
mod found;
mod key;
mod layout;
mod pass;
mod reference;
mod row_check;
mod rules;

use std::io;
use std::path::PathBuf;

use plimsoll_core::{Finding, Severity, Timestamp};

use self::found::Found;
use self::layout::{Matched, layout};
use self::pass::Pass;
use self::rules::Rules;
use crate::code;
use crate::example::{self, Affected, grouped, rows_in_words};
use crate::schema::{EnvironmentError, RowLimits, TableSchema};
use crate::table::{ReadError, Table};
use crate::tables::Tables;

/// How to validate.
#[derive(Clone, Debug)]
pub struct Options {
    /// The file's name in findings.
    pub shown_as: String,
    /// Where what does not fit in memory is put.
    pub folder: PathBuf,
    /// How many bytes of hashes are held for uniqueness and for keys of other files.
    pub memory: usize,
    /// What time it is. Without it, what depends on the time cannot be evaluated.
    pub clock: Option<Timestamp>,
    /// Where the table is used; the first environment of the schema if `None`.
    pub environment: Option<String>,
    /// The folder that the schema's references start from.
    pub base: PathBuf,
    /// How many rows a finding shows.
    pub examples: usize,
}

impl Options {
    /// Names the file `shown_as`, spills into `folder` and holds 64 MiB.
    pub fn new(shown_as: impl Into<String>, folder: impl Into<PathBuf>) -> Self {
        Self {
            shown_as: shown_as.into(),
            folder: folder.into(),
            memory: 64 << 20,
            clock: None,
            environment: None,
            base: PathBuf::new(),
            examples: example::SHOWN,
        }
    }
}

/// What validation saw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checked {
    /// How many rows were read, damaged ones included.
    pub rows: u64,
    /// What was wrong; nothing means valid.
    pub findings: Vec<Finding>,
    /// The rows that each finding is about, where it is about rows.
    pub affected: Vec<Option<Affected>>,
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
    /// The schema knows no such environment.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
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
    let schema = schema.in_environment(options.environment.as_deref())?;
    let (rows, found) = match tables.open() {
        Ok(table) => check(&tables, table, &schema, options)?,
        Err(error) => (0, vec![broken(error)?.into()]),
    };
    let mut checked = Checked { rows, ..Checked::default() };
    for Found { finding, affected } in found {
        checked.findings.push(finding);
        checked.affected.push(affected);
    }
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
    table: Table,
    schema: &TableSchema,
    options: &Options,
) -> Result<(u64, Vec<Found>), ValidateError> {
    let layout = layout(&table, schema);
    let mut findings: Vec<Found> = layout.findings.iter().cloned().map(Found::new).collect();
    let rules = Rules::new(schema, &layout, options);
    let (together, others): (Vec<_>, Vec<_>) =
        layout.matched.iter().partition(|column| rules.needs(column.name));
    let places =
        |columns: &[&Matched<'_>]| columns.iter().map(|column| column.place).collect::<Vec<_>>();
    let passes = match table.passes(&places(&together), &places(&others)) {
        Ok(passes) => passes,
        Err(error) => {
            findings.push(broken(error)?.into());
            return Ok((0, findings));
        }
    };
    let now = options.clock.map(micros);
    let pass = |places: &[usize]| -> Pass<'_> {
        let columns = layout.matched.iter().filter(|column| places.contains(&column.place));
        Pass::new(columns.copied().collect(), now, options)
    };
    let (first, more) = passes.split_first().map_or((&[][..], &[][..]), |(a, b)| (&a[..], b));
    let mut first = pass(first);
    let unevaluated = rules.join(&mut first, schema, now, options);
    let (first, mut seen) = first.over(table, options)?;
    let mut of_columns = seen.of_columns(&first);
    for places in more {
        let (pass, also) = pass(places).over(tables.open()?, options)?;
        if also.broken_off.is_none() && seen.broken_off.is_none() && also.sound != seen.sound {
            return Err(ValidateError::Changed { path: tables.path() });
        }
        of_columns.extend(also.of_columns(&pass));
        seen.broken_off = seen.broken_off.or(also.broken_off);
    }
    of_columns.sort_by_key(|(place, _)| *place);
    findings.extend(seen.damage.into_iter().map(Found::new));
    findings.extend(of_columns.into_iter().map(|(_, found)| found));
    if let Some(broken_off) = seen.broken_off {
        findings.push(broken_off.into());
        return Ok((seen.rows, findings));
    }
    if !seen.is_partial {
        findings.extend(row_count(seen.rows, schema.rows).map(Found::new));
    }
    let Pass { keys, checks, references, .. } = first;
    for key in keys {
        findings.extend(key.repeated(tables, seen.sound, &options.folder, options.examples)?);
    }
    for (plan, state) in checks.iter().zip(&seen.checks) {
        findings.extend(state.findings(plan, seen.sound));
    }
    for (plan, state) in references.into_iter().zip(seen.references) {
        findings.extend(plan.found(state, tables)?);
    }
    findings.extend(unevaluated);
    Ok((seen.rows, findings))
}

fn micros(moment: Timestamp) -> i64 {
    moment.as_millis().saturating_mul(1000)
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
        ..Finding::new(code::ROWS, limits.severity, message)
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
pub(crate) fn broken(error: ReadError) -> Result<Finding, ReadError> {
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
