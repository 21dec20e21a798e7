//! Labels: what became true, by the id of the row that was predicted.
//!
//! They are added from files and never changed: every addition is one more file, and the newest
//! label of an id counts. So labels may come late, again, and corrected.

mod source;
mod store;

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use plimsoll_core::Timestamp;

use super::file::FileError;
use super::id::normal_id;
use crate::schema::ColumnType;
use crate::table::ReadError;

/// What became true of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Label {
    /// An integer.
    Integer(i64),
    /// A number that is finite.
    Number(f64),
    /// A truth.
    Boolean(bool),
    /// Text, a class for example.
    Text(String),
}

impl Label {
    /// Tells whether both say the same; 5 and 5.0 do.
    pub fn says(&self, other: &Self) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a number was not more exact either")]
        let equal = |whole: i64, number: f64| (whole as f64).to_bits() == number.to_bits();
        match (self, other) {
            (Self::Integer(whole), Self::Number(number))
            | (Self::Number(number), Self::Integer(whole)) => equal(*whole, *number),
            (same, other) => same == other,
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(label) => write!(f, "{label}"),
            Self::Number(label) => write!(f, "{label}"),
            Self::Boolean(label) => write!(f, "{label}"),
            Self::Text(label) => f.write_str(label),
        }
    }
}

/// A file with labels.
#[derive(Clone, Copy, Debug)]
pub struct LabelFile<'a> {
    /// Where it lies: CSV or Parquet.
    pub path: &'a Path,
    /// The column that names rows.
    pub id: &'a str,
    /// The column with what became true.
    pub target: &'a str,
    /// What every label has to be; what the file's column is where `None`.
    pub kind: Option<ColumnType>,
}

/// What an addition brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// How many rows the file has.
    pub rows: u64,
    /// How many ids had no label before.
    pub new: u64,
    /// How many ids had another label before.
    pub corrected: u64,
    /// How many rows said what was known already.
    pub repeated: u64,
}

/// Labels are not added: none of the file is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddLabelsError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// One column cannot be both.
    #[error("column `{0}` is the id and the label")]
    OneColumn(String),
    /// Rows lack an id or a label, or a label is no finite number or of another type.
    #[error("column `{column}`: {wrong}")]
    Cells {
        /// The column.
        column: String,
        /// How many cells are wrong, which, and how.
        wrong: String,
    },
    /// An id has two labels.
    #[error("id `{id}` has two labels: {first}, {second}{}", others(*.ids))]
    TwoLabels {
        /// The first such id.
        id: String,
        /// Where it is first, and the label there.
        first: String,
        /// Where it is next, and the label there.
        second: String,
        /// How many ids have two labels.
        ids: u64,
    },
    /// The store of labels cannot be read or written.
    #[error(transparent)]
    Store(#[from] FileError),
}

fn others(ids: u64) -> String {
    match ids {
        0 | 1 => String::new(),
        2 => " (and 1 id more)".to_owned(),
        ids => format!(" (and {} ids more)", ids - 1),
    }
}

/// The newest label of every id.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    by_id: HashMap<String, Known>,
}

/// A label and when it was added.
#[derive(Clone, Debug)]
struct Known {
    label: Label,
    added_at: Timestamp,
}

impl Labels {
    /// Reads the labels in `folder`; there are none where the folder is not there.
    pub fn load(folder: &Path) -> Result<Self, FileError> {
        let mut by_id = HashMap::new();
        store::read(folder, |row| {
            by_id.insert(row.id, Known { label: row.label, added_at: row.added_at });
        })?;
        Ok(Self { by_id })
    }

    /// Adds the labels of `file` to the ones in `folder`, which is made where it is not there.
    ///
    /// # Errors
    /// Nothing is added if anything is wrong with the file: a row without id or label, or an id with
    /// two labels.
    pub fn add(
        folder: &Path,
        file: &LabelFile<'_>,
        now: Timestamp,
    ) -> Result<Added, AddLabelsError> {
        let found = source::read(file)?;
        let store = store::Store::lock(folder)?;
        let known = Self::load(folder)?;
        let mut added = Added { rows: found.rows, repeated: found.repeated, ..Added::default() };
        let mut rows = Vec::new();
        for (id, label) in found.labels {
            match known.by_id.get(&id) {
                Some(before) if before.label.says(&label) => {
                    added.repeated += 1;
                    continue;
                }
                Some(_) => added.corrected += 1,
                None => added.new += 1,
            }
            rows.push(store::Row { id, label, added_at: now });
        }
        store.append(&rows)?;
        Ok(added)
    }

    /// Returns the label of a row.
    pub fn get(&self, id: &str) -> Option<&Label> {
        self.by_id.get(normal_id(id)).map(|known| &known.label)
    }

    /// Returns how many ids have a label.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Returns when the newest label that counts was added; `None` where there are none.
    pub fn newest(&self) -> Option<Timestamp> {
        self.by_id.values().map(|known| known.added_at).max()
    }
}

#[cfg(test)]
mod tests;
