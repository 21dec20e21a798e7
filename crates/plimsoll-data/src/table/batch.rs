//! Rows as they are handed out.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use arrow::util::display::array_value_to_string;

use super::json::{Kind, Kinds};
use crate::example::{Place, quoted, shown};
use crate::infer::Candidates;
use crate::schema::ColumnType;
use crate::typed::{Typed, typed, typed_json};

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text with a header: comma, semicolon or tab between cells.
    Csv,
    /// Text with an object of JSON on each line.
    Json,
    /// Parquet.
    Parquet,
    /// Arrow's IPC formats, of files and of streams.
    Arrow,
}

impl Format {
    /// Tells whether cells are text, so that a type is what all cells of a column say.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Csv | Self::Json)
    }

    /// Returns the form's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON lines",
            Self::Parquet => "Parquet",
            Self::Arrow => "Arrow",
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
    /// As `Dictionary(Int32, Utf8)`: of Parquet where all pages of a part are written with one
    /// dictionary, which all batches of the part then share, else as `Utf8`; of Arrow where the
    /// file stores a dictionary.
    Dictionaries,
}

/// Some rows.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The columns that were asked for, in that order; of CSV and JSON as text, empty cells null.
    pub columns: Vec<ArrayRef>,
    /// How many rows there are.
    pub rows: usize,
    /// How many sound rows of the table came before.
    pub first: u64,
    pub(super) format: Format,
    pub(super) kinds: Vec<Kinds>,
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
    /// Returns what the cell at `row` of the column at `at` is in JSON; none of other forms, and
    /// nothing that means anything of an empty cell.
    pub fn kind(&self, at: usize, row: usize) -> Option<Kind> {
        self.kinds.get(at).map(|kinds| kinds.at(row))
    }

    /// Reads the column at `at`, which can be of `column_type`, as that type.
    pub(crate) fn typed(&self, at: usize, column_type: ColumnType) -> Typed {
        let cells = &self.columns[at];
        match self.kinds.get(at) {
            Some(kinds) => typed_json(cells, kinds, column_type),
            None => typed(cells, self.format, column_type),
        }
    }

    /// Takes the cells of the column at `at` into what its type can be.
    pub(crate) fn narrow(&self, at: usize, candidates: &mut Candidates) {
        candidates.see(&self.columns[at], self.kinds.get(at));
    }

    /// Returns the cell at `row` of the column at `at` for a person: text in quotes, and what is no
    /// text in JSON as it is.
    pub(crate) fn cell(&self, at: usize, row: usize) -> String {
        let text = array_value_to_string(&self.columns[at], row).unwrap_or_default();
        match self.kind(at, row) {
            None | Some(Kind::Text) => quoted(&text),
            Some(_) => shown(&text),
        }
    }

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
