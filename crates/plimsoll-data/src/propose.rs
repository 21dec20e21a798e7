//! A schema for data that has none yet: a first draft for a person to read.

mod profile;
mod rule;

use plimsoll_core::Finding;

use self::profile::Profile;
use self::rule::rule;
use crate::code;
use crate::example::shown;
use crate::infer::Candidates;
use crate::proposal::{Proposal, Proposed};
use crate::schema::{ColumnType, RowLimits, TableSchema, UniqueRule};
use crate::table::{Format, ReadError, Table};
use crate::tables::Tables;
use crate::text;
use crate::typed::stored_as;
use crate::validate::{Options, ValidateError, validate};

/// How many columns are tried as keys at most.
const MOST_KEYS: usize = 8;

/// No schema can be proposed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProposeError {
    /// The file cannot be read, or has damaged rows.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The draft could not be tried on the file.
    #[error(transparent)]
    Validate(#[from] ValidateError),
    /// A column cannot be described.
    #[error("{file}: column {place} (`{name}`) {reason}")]
    Column {
        /// The file.
        file: String,
        /// Which column, from 1.
        place: usize,
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is nothing to learn from.
    #[error("{file} has no rows to propose a schema from")]
    NoRows {
        /// The file.
        file: String,
    },
    /// There is nothing to describe: Arrow has tables of rows without columns.
    #[error("{file} has no columns to propose a schema for")]
    NoColumns {
        /// The file.
        file: String,
    },
}

/// Proposes a schema for a table, which a path or [`Tables`] names.
///
/// Only what holds for every row is proposed, and the draft was tried on the file: what it says
/// about the file nonetheless is in [`Proposal::findings`].
pub fn propose(tables: impl Into<Tables>, options: &Options) -> Result<Proposal, ProposeError> {
    let file = || options.shown_as.clone();
    let tables = tables.into();
    let table = tables.open()?;
    let names: Vec<String> = table.columns().iter().map(|field| field.name.clone()).collect();
    if names.is_empty() {
        return Err(ProposeError::NoColumns { file: file() });
    }
    let refuse = |place: usize, reason: &str| ProposeError::Column {
        file: file(),
        place: place + 1,
        name: shown(&names[place]),
        reason: reason.to_owned(),
    };
    for (place, name) in names.iter().enumerate() {
        if name.trim().is_empty() {
            return Err(refuse(place, "has no name; give it one in the header"));
        }
    }
    let mut sorted: Vec<usize> = (0..names.len()).collect();
    sorted.sort_by_key(|&place| &names[place]);
    if let Some(pair) = sorted.windows(2).find(|pair| names[pair[0]] == names[pair[1]]) {
        return Err(refuse(pair[1], "has the name of another one; rename it"));
    }
    let format = table.format();
    let types = types(&tables, table, refuse)?;
    let (profiles, rows) = profiles(&tables, &types)?;
    if rows == 0 {
        return Err(ProposeError::NoRows { file: file() });
    }
    if let Some(place) = profiles.iter().position(|profile| profile.wrong > 0) {
        return Err(refuse(
            place,
            if format == Format::Json {
                "holds nested values, or values of several kinds"
            } else {
                "holds values that do not fit in 64 bits"
            },
        ));
    }
    let mut schema = TableSchema {
        rows: RowLimits { min: Some((rows / 2).max(1)), ..RowLimits::default() },
        ..TableSchema::default()
    };
    let mut columns = Vec::new();
    for (name, profile) in names.iter().zip(&profiles) {
        schema.columns.insert(name.clone(), rule(profile));
        columns.push(Proposed { name: name.clone(), comment: profile.comment() });
    }
    let keys = names.iter().zip(&profiles).filter(|(name, profile)| profile.may_be_key(name));
    schema.unique =
        keys.take(MOST_KEYS).map(|(name, _)| UniqueRule::new(vec![name.clone()])).collect();
    let findings = tried(&tables, &mut schema, options)?;
    // A name that is a number is rather a value.
    let headless = names.iter().any(|name| text::number(name).is_some());
    Ok(Proposal { file: file(), rows, schema, columns, findings, headless })
}

/// Tries the schema on the file, drops keys that repeat, and returns what else is found.
fn tried(
    tables: &Tables,
    schema: &mut TableSchema,
    options: &Options,
) -> Result<Vec<Finding>, ValidateError> {
    let checked = validate(tables, schema, options)?;
    let (repeats, others): (Vec<_>, Vec<_>) =
        checked.findings.into_iter().partition(|finding| finding.code == code::UNIQUE);
    let repeats: Vec<_> = repeats.into_iter().filter_map(|finding| finding.subject).collect();
    schema.unique.retain(|key| !repeats.contains(&key.columns.join(", ")));
    Ok(others)
}

fn types(
    tables: &Tables,
    mut table: Table,
    refuse: impl Fn(usize, &str) -> ProposeError,
) -> Result<Vec<ColumnType>, ProposeError> {
    if !table.format().is_text() {
        let stored = table.columns().iter().enumerate().map(|(place, field)| {
            stored_as(&field.data_type).ok_or_else(|| {
                let stored = shown(&field.data_type.to_string());
                refuse(place, &format!("is stored as {stored}, which is not supported"))
            })
        });
        return stored.collect();
    }
    let mut candidates = vec![Candidates::default(); table.columns().len()];
    while let Some(batch) = table.next_batch()? {
        (candidates.iter_mut().enumerate()).for_each(|(at, seen)| batch.narrow(at, seen));
    }
    let findings = table.damage();
    if !findings.is_empty() {
        return Err(ReadError::Damaged { path: tables.path(), findings }.into());
    }
    Ok(candidates.iter().map(Candidates::column_type).collect())
}

fn profiles(tables: &Tables, types: &[ColumnType]) -> Result<(Vec<Profile>, u64), ReadError> {
    let mut profiles: Vec<_> = types.iter().map(|&of| Profile::new(of)).collect();
    let mut rows = 0;
    let every: Vec<usize> = (0..types.len()).collect();
    for pass in tables.open()?.passes(&[], &every)? {
        let mut table = tables.open()?;
        table.project(&pass);
        while let Some(batch) = table.next_batch()? {
            for (at, &place) in pass.iter().enumerate() {
                let profile = &mut profiles[place];
                profile.see(&batch.typed(at, profile.column_type));
            }
        }
        rows = table.rows();
    }
    Ok((profiles, rows))
}
