//! The rows of one file.

use std::io;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::arrow::ArrowRows;
use super::csv::CsvReader;
use super::flaw::Flaws;
use super::input::{Content, Input};
use super::json::{JsonReader, Kinds};
use super::parquet::ParquetRows;
use super::{Field, Format, ReadError, Strings};

/// A file that was opened, at its first row or behind it.
pub(super) enum Source {
    Csv(Box<CsvReader>),
    Json(Box<JsonReader>),
    Parquet(Box<ParquetRows>),
    Arrow(Box<ArrowRows>),
}

/// Some rows of one file.
pub(super) struct Piece {
    pub(super) columns: Vec<ArrayRef>,
    pub(super) rows: usize,
    /// The line of each, where there are lines.
    pub(super) lines: Option<Vec<u64>>,
    /// What the cells of each column are, of JSON.
    pub(super) kinds: Vec<Kinds>,
}

impl Piece {
    /// Takes rows that stand on these lines.
    pub(super) fn of_text(columns: Vec<ArrayRef>, lines: Vec<u64>) -> Self {
        Self { columns, rows: lines.len(), lines: Some(lines), kinds: Vec::new() }
    }

    /// Takes rows that stand on no lines.
    pub(super) fn of_rows(columns: Vec<ArrayRef>, rows: usize) -> Self {
        Self { columns, rows, lines: None, kinds: Vec::new() }
    }
}

/// A file is not read, or not read on.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("{0}")]
    Bad(String),
}

impl Failure {
    /// Says which file it is about.
    fn of(self, input: &Input) -> ReadError {
        let path = input.path();
        match self {
            Self::Io(source) => ReadError::of(path, source),
            Self::Bad(reason) => ReadError::Unreadable { path: path.to_owned(), reason },
        }
    }
}

impl From<&'static str> for Failure {
    fn from(reason: &'static str) -> Self {
        Self::Bad(reason.to_owned())
    }
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self::Bad(reason)
    }
}

impl Source {
    /// Opens `input` and reads its columns' names and types.
    pub(super) fn open(input: &Input) -> Result<(Self, Vec<Field>), ReadError> {
        Self::read(input.open()?).map_err(|failure| failure.of(input))
    }

    fn read(content: Content) -> Result<(Self, Vec<Field>), Failure> {
        let text = |name: &String| Field { name: name.clone(), data_type: DataType::Utf8 };
        Ok(match content {
            Content::Csv { text: bytes, tabs } => {
                let reader = CsvReader::open(bytes, tabs)?;
                let columns = reader.header.iter().map(text).collect();
                (Self::Csv(Box::new(reader)), columns)
            }
            Content::Json(bytes) => {
                let reader = JsonReader::open(bytes)?;
                let columns = reader.names().iter().map(text).collect();
                (Self::Json(Box::new(reader)), columns)
            }
            Content::Parquet(file) => {
                let (rows, columns) = ParquetRows::open(file)?;
                (Self::Parquet(Box::new(rows)), columns)
            }
            Content::ArrowFile(file) => {
                let (rows, columns) = ArrowRows::file(file)?;
                (Self::Arrow(Box::new(rows)), columns)
            }
            Content::ArrowStream(bytes) => {
                let (rows, columns) = ArrowRows::stream(bytes)?;
                (Self::Arrow(Box::new(rows)), columns)
            }
        })
    }

    /// Takes `columns`, in which its own are, for its own: in JSON a key that is nowhere in a file
    /// is an empty cell in all its rows.
    pub(super) fn widen(&mut self, columns: &[Field]) {
        if let Self::Json(reader) = self {
            reader.demand(columns.iter().map(|column| column.name.clone()).collect());
        }
    }

    pub(super) fn format(&self) -> Format {
        match self {
            Self::Csv(_) => Format::Csv,
            Self::Json(_) => Format::Json,
            Self::Parquet(_) => Format::Parquet,
            Self::Arrow(_) => Format::Arrow,
        }
    }

    /// Reads on with the columns at `wanted` alone, before the first rows.
    pub(super) fn project(&mut self, wanted: &[usize], strings: Strings) {
        match self {
            Self::Csv(reader) => reader.project(wanted.to_vec()),
            Self::Json(reader) => reader.project(wanted.to_vec()),
            Self::Parquet(rows) => rows.project(wanted, strings),
            Self::Arrow(rows) => rows.project(wanted, strings),
        }
    }

    /// Returns the next sound rows of `input`, none at the end.
    pub(super) fn next(&mut self, input: &Input) -> Result<Option<Piece>, ReadError> {
        let piece = match self {
            Self::Csv(reader) => reader.next().map_err(Failure::Io),
            Self::Json(reader) => reader.next().map_err(Failure::Io),
            Self::Parquet(rows) => rows.next().map_err(Failure::Bad),
            Self::Arrow(rows) => rows.next(),
        };
        piece.map_err(|failure| failure.of(input))
    }

    /// Returns how many rows were read so far, damaged ones included.
    pub(super) fn rows(&self) -> u64 {
        match self {
            Self::Csv(reader) => reader.rows,
            Self::Json(reader) => reader.rows,
            Self::Parquet(rows) => rows.read(),
            Self::Arrow(rows) => rows.read(),
        }
    }

    /// Returns what was wrong with them.
    pub(super) fn flaws(&self) -> Option<&Flaws> {
        match self {
            Self::Csv(reader) => Some(&reader.flaws),
            Self::Json(reader) => Some(&reader.flaws),
            Self::Parquet(_) | Self::Arrow(_) => None,
        }
    }

    /// Returns how many bytes of pages the column at `place` takes in memory; none where there are
    /// no pages.
    pub(super) fn pages(&self, input: &Input, place: usize) -> Result<u64, ReadError> {
        match self {
            Self::Csv(_) | Self::Json(_) | Self::Arrow(_) => Ok(0),
            Self::Parquet(rows) => {
                rows.pages(place).map_err(|reason| Failure::Bad(reason).of(input))
            }
        }
    }
}
