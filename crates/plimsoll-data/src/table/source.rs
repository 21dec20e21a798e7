//! The rows of one file.

use std::io;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::csv::CsvReader;
use super::flaw::Flaws;
use super::input::{Content, Input};
use super::json::{JsonReader, Kinds};
use super::parquet::ParquetRows;
use super::{Field, Format, ReadError, Strings};

/// The columns of a text cannot be read, so that there is no table.
#[derive(Debug, thiserror::Error)]
pub(super) enum HeaderError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("{0}")]
    Bad(String),
}

/// A file that was opened, at its first row or behind it.
pub(super) enum Source {
    Csv(Box<CsvReader>),
    Json(Box<JsonReader>),
    Parquet(Box<ParquetRows>),
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

impl Source {
    /// Opens `input` and reads its columns' names and types.
    pub(super) fn open(input: &Input) -> Result<(Self, Vec<Field>), ReadError> {
        let path = input.path();
        let unreadable = |reason| ReadError::Unreadable { path: path.to_owned(), reason };
        let headless = |error| match error {
            HeaderError::Io(source) => ReadError::of(path, source),
            HeaderError::Bad(reason) => unreadable(reason),
        };
        let text = |name: &String| Field { name: name.clone(), data_type: DataType::Utf8 };
        match input.open()? {
            Content::Csv { text: bytes, tabs } => {
                let reader = CsvReader::open(bytes, tabs).map_err(headless)?;
                let columns = reader.header.iter().map(text).collect();
                Ok((Self::Csv(Box::new(reader)), columns))
            }
            Content::Json(bytes) => {
                let reader = JsonReader::open(bytes).map_err(headless)?;
                let columns = reader.names().iter().map(text).collect();
                Ok((Self::Json(Box::new(reader)), columns))
            }
            Content::Parquet(file) => {
                let (rows, columns) = ParquetRows::open(file).map_err(unreadable)?;
                Ok((Self::Parquet(Box::new(rows)), columns))
            }
        }
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
        }
    }

    /// Reads on with the columns at `wanted` alone, before the first rows.
    pub(super) fn project(&mut self, wanted: &[usize], strings: Strings) {
        match self {
            Self::Csv(reader) => reader.project(wanted.to_vec()),
            Self::Json(reader) => reader.project(wanted.to_vec()),
            Self::Parquet(rows) => rows.project(wanted, strings),
        }
    }

    /// Returns the next sound rows, none at the end.
    pub(super) fn next(&mut self, input: &Input) -> Result<Option<Piece>, ReadError> {
        let path = input.path();
        match self {
            Self::Csv(reader) => {
                let text = reader.next().map_err(|error| ReadError::of(path, error))?;
                Ok(text.map(|text| Piece {
                    columns: text.columns,
                    rows: text.lines.len(),
                    lines: Some(text.lines),
                    kinds: Vec::new(),
                }))
            }
            Self::Json(reader) => {
                let text = reader.next().map_err(|error| ReadError::of(path, error))?;
                Ok(text.map(|text| Piece {
                    columns: text.columns,
                    rows: text.lines.len(),
                    lines: Some(text.lines),
                    kinds: text.kinds,
                }))
            }
            Self::Parquet(rows) => {
                let unreadable = |reason| ReadError::Unreadable { path: path.to_owned(), reason };
                let rows = rows.next().map_err(unreadable)?;
                Ok(rows.map(|(columns, rows)| Piece {
                    columns,
                    rows,
                    lines: None,
                    kinds: Vec::new(),
                }))
            }
        }
    }

    /// Returns how many rows were read so far, damaged ones included.
    pub(super) fn rows(&self) -> u64 {
        match self {
            Self::Csv(reader) => reader.rows,
            Self::Json(reader) => reader.rows,
            Self::Parquet(rows) => rows.read(),
        }
    }

    /// Returns what was wrong with them.
    pub(super) fn flaws(&self) -> Option<&Flaws> {
        match self {
            Self::Csv(reader) => Some(&reader.flaws),
            Self::Json(reader) => Some(&reader.flaws),
            Self::Parquet(_) => None,
        }
    }

    /// Returns how many bytes of pages the column at `place` takes in memory; none of text.
    pub(super) fn pages(&self, input: &Input, place: usize) -> Result<u64, ReadError> {
        match self {
            Self::Csv(_) | Self::Json(_) => Ok(0),
            Self::Parquet(rows) => rows
                .pages(place)
                .map_err(|reason| ReadError::Unreadable { path: input.path().to_owned(), reason }),
        }
    }
}
