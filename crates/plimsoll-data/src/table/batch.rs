//! Rows as they are handed out.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use crate::example::Place;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text with a header: comma, semicolon or tab between cells.
    Csv,
    /// Parquet.
    Parquet,
}

impl Format {
    /// Tells whether cells are text, so that a type is what all cells of a column say.
    pub fn is_text(self) -> bool {
        self == Self::Csv
    }

    /// Returns the form's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Parquet => "Parquet",
        }
    }
}

/// A column as the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type; of text files always text.
    pub data_type: DataType,
}

/// How strings are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strings {
    /// As the file says.
    Plain,
    /// Of Parquet as `Dictionary(Int32, Utf8)` where all pages of a part are written with one
    /// dictionary, which all batches of the part then share; else as `Utf8`.
    Dictionaries,
}

/// Some rows.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The columns that were asked for, in that order; of CSV as text, empty cells null.
    pub columns: Vec<ArrayRef>,
    /// How many rows there are.
    pub rows: usize,
    /// How many sound rows of the table came before.
    pub first: u64,
    pub(super) origin: Origin,
}

/// Where the rows of a batch are.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// The line of each, where there are lines.
    pub(super) lines: Option<Vec<u64>>,
    /// How many rows of the file came before.
    pub(super) before: u64,
    /// The file, if it is one of several.
    pub(super) file: Option<Arc<str>>,
}

impl Batch {
    /// Returns where the row at `index` of this batch is.
    pub fn place(&self, index: usize) -> Place {
        let place = match &self.origin.lines {
            Some(lines) => Place::Line(lines[index]),
            None => Place::Row(self.origin.before + index as u64 + 1),
        };
        match &self.origin.file {
            Some(file) => place.in_file(file),
            None => place,
        }
    }
}
