//! Several files as one table: the columns that they have in common.

mod differences;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, TimeUnit};
use plimsoll_core::Finding;

use self::differences::Differences;
use super::input::Input;
use super::source::Source;
use super::{Field, Format, MAX_COLUMNS, ReadError, Strings};
use crate::example::shown;
use crate::schema::ColumnType;
use crate::typed::stored_as;

/// The files of a table, looked at; the first says which columns there are.
pub(crate) struct Files {
    pub(super) inputs: Arc<[Input]>,
    pub(super) columns: Arc<[Field]>,
    pub(super) format: Format,
    /// Which of them lack a column, or store one as another type. Their rows are left out.
    unfit: Vec<bool>,
    /// What is said about those, and about columns that the first file does not have.
    pub(super) findings: Vec<Finding>,
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("inputs", &self.inputs).finish_non_exhaustive()
    }
}

/// A file that was opened, and where it has the columns of the table.
pub(super) struct Opened {
    pub(super) source: Source,
    pub(super) places: Vec<usize>,
}

impl Files {
    /// Looks at the columns of each of `inputs`, of which there is one at least, and returns the
    /// first opened.
    pub(super) fn survey(inputs: Arc<[Input]>) -> Result<(Self, Opened), ReadError> {
        let (mut source, mut columns) = Source::open(&inputs[0])?;
        let format = source.format();
        let mut unfit = vec![false; inputs.len()];
        let mut differences = Differences::default();
        let mut known: HashSet<String> = HashSet::new();
        for (input, unfit) in inputs.iter().zip(&mut unfit).skip(1) {
            let (other, found) = Source::open(input)?;
            if other.format() != format {
                let (is, first) = (other.format().name(), inputs[0].shown());
                let reason = format!(
                    "it is {is}, and {first} is {}; files of one table have one form",
                    format.name(),
                );
                return Err(ReadError::Unreadable { path: input.path().to_owned(), reason });
            }
            if format == Format::Json {
                known.extend(columns.iter().map(|column| column.name.clone()));
                columns.extend(found.into_iter().filter(|field| !known.contains(&field.name)));
                continue;
            }
            let places = places(&columns, &found);
            let shown = input.shown();
            for (column, place) in columns.iter_mut().zip(&places) {
                let Some(place) = place else {
                    differences.missing(&column.name, &shown);
                    *unfit = true;
                    continue;
                };
                let stored = &found[*place].data_type;
                if let Some(data_type) = common(&column.data_type, stored) {
                    column.data_type = data_type;
                } else {
                    differences.stored(column, stored, &shown);
                    *unfit = true;
                }
            }
            for (at, field) in found.iter().enumerate() {
                if !places.contains(&Some(at)) {
                    differences.unknown(&field.name, &shown);
                }
            }
        }
        if columns.len() > MAX_COLUMNS {
            let reason = format!("the files have more than {MAX_COLUMNS} keys together");
            return Err(ReadError::Unreadable { path: inputs[0].path().to_owned(), reason });
        }
        source.widen(&columns);
        let findings = differences.findings(&inputs);
        let places = (0..columns.len()).collect();
        let files = Self { inputs, columns: columns.into(), format, unfit, findings };
        Ok((files, Opened { source, places }))
    }

    /// Opens the file at `at`; none if its rows are left out.
    pub(super) fn open(&self, at: usize) -> Result<Option<Opened>, ReadError> {
        if self.unfit[at] {
            return Ok(None);
        }
        let input = &self.inputs[at];
        let (mut source, mut found) = Source::open(input)?;
        let changed = || ReadError::Unreadable {
            path: input.path().to_owned(),
            reason: "its columns changed while it was read".to_owned(),
        };
        if self.format == Format::Json {
            let known: HashSet<&str> =
                self.columns.iter().map(|column| column.name.as_str()).collect();
            if !found.iter().all(|field| known.contains(field.name.as_str())) {
                return Err(changed());
            }
            source.widen(&self.columns);
            found = self.columns.to_vec();
        }
        let places: Option<Vec<usize>> = places(&self.columns, &found).into_iter().collect();
        match places {
            Some(places) if source.format() == self.format => Ok(Some(Opened { source, places })),
            _ => Err(changed()),
        }
    }

    /// Tells whether rows of a file are left out.
    pub(super) fn leave_out(&self) -> bool {
        self.unfit.contains(&true)
    }

    /// Returns the name of the file at `at`, if it is one of several.
    pub(super) fn name_among(&self, at: usize) -> Option<Arc<str>> {
        (self.inputs.len() > 1).then(|| self.inputs[at].shown())
    }

    /// Returns cells of the column at `place` as the type that all files have in common.
    pub(super) fn in_common(
        &self,
        place: usize,
        strings: Strings,
        cells: ArrayRef,
    ) -> Result<ArrayRef, String> {
        let column = &self.columns[place];
        let is_text = || stored_as(&column.data_type) == Some(ColumnType::String);
        if *cells.data_type() == column.data_type || (strings == Strings::Dictionaries && is_text())
        {
            return Ok(cells);
        }
        let exactly = CastOptions { safe: false, ..CastOptions::default() };
        cast_with_options(&cells, &column.data_type, &exactly).map_err(|error| {
            let (name, data_type) = (shown(&column.name), &column.data_type);
            format!("column `{name}` cannot be read as {data_type} like other files: {error}")
        })
    }
}

/// Finds each column of a table among the `found` ones of a file. Of a name that is there several
/// times the first goes with the first.
fn places(columns: &[Field], found: &[Field]) -> Vec<Option<usize>> {
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, field) in found.iter().enumerate().rev() {
        by_name.entry(&field.name).or_default().push(at);
    }
    columns.iter().map(|column| by_name.get_mut(column.name.as_str())?.pop()).collect()
}

/// Returns the type that holds what both hold, if they are of one kind.
fn common(one: &DataType, other: &DataType) -> Option<DataType> {
    if one == other || *other == DataType::Null {
        return Some(one.clone());
    }
    if *one == DataType::Null {
        return Some(other.clone());
    }
    let kind = stored_as(one)?;
    if stored_as(other)? != kind {
        return None;
    }
    let is_nanoseconds =
        |data_type: &DataType| matches!(data_type, DataType::Timestamp(TimeUnit::Nanosecond, _));
    Some(match kind {
        ColumnType::Integer => DataType::Int64,
        ColumnType::Number => DataType::Float64,
        ColumnType::String => DataType::Utf8,
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Date => DataType::Date32,
        ColumnType::Timestamp if is_nanoseconds(one) || is_nanoseconds(other) => {
            DataType::Timestamp(TimeUnit::Nanosecond, None)
        }
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
    })
}
