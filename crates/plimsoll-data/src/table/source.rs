//! The rows of one file.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::csv::{CsvReader, HeaderError};
use super::flaw::Flaws;
use super::input::{Content, Input};
use super::parquet::ParquetRows;
use super::{Field, Format, ReadError, Strings};

/// A file that was opened, at its first row or behind it.
pub(super) enum Source {
    Csv(Box<CsvReader>),
    Parquet(Box<ParquetRows>),
}

/// Some rows of one file.
pub(super) struct Piece {
    pub(super) columns: Vec<ArrayRef>,
    pub(super) rows: usize,
    /// The line of each, where there are lines.
    pub(super) lines: Option<Vec<u64>>,
}

impl Source {
    /// Opens `input` and reads its columns' names and types.
    pub(super) fn open(input: &Input) -> Result<(Self, Vec<Field>), ReadError> {
        let path = input.path();
        let unreadable = |reason| ReadError::Unreadable { path: path.to_owned(), reason };
        match input.open()? {
            Content::Csv { text, tabs } => {
                let reader = CsvReader::open(text, tabs).map_err(|error| match error {
                    HeaderError::Io(source) => ReadError::of(path, source),
                    HeaderError::Bad(reason) => unreadable(reason),
                })?;
                let text = |name: &String| Field { name: name.clone(), data_type: DataType::Utf8 };
                let columns = reader.header.iter().map(text).collect();
                Ok((Self::Csv(Box::new(reader)), columns))
            }
            Content::Parquet(file) => {
                let (rows, columns) = ParquetRows::open(file).map_err(unreadable)?;
                Ok((Self::Parquet(Box::new(rows)), columns))
            }
        }
    }

    pub(super) fn format(&self) -> Format {
        match self {
            Self::Csv(_) => Format::Csv,
            Self::Parquet(_) => Format::Parquet,
        }
    }

    /// Reads on with the columns at `wanted` alone, before the first rows.
    pub(super) fn project(&mut self, wanted: &[usize], strings: Strings) {
        match self {
            Self::Csv(reader) => reader.project(wanted.to_vec()),
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
                }))
            }
            Self::Parquet(rows) => {
                let unreadable = |reason| ReadError::Unreadable { path: path.to_owned(), reason };
                let rows = rows.next().map_err(unreadable)?;
                Ok(rows.map(|(columns, rows)| Piece { columns, rows, lines: None }))
            }
        }
    }

    /// Returns how many rows were read so far, damaged ones included.
    pub(super) fn rows(&self) -> u64 {
        match self {
            Self::Csv(reader) => reader.rows,
            Self::Parquet(rows) => rows.read(),
        }
    }

    /// Returns what was wrong with them.
    pub(super) fn flaws(&self) -> Option<&Flaws> {
        match self {
            Self::Csv(reader) => Some(&reader.flaws),
            Self::Parquet(_) => None,
        }
    }

    /// Returns how many bytes of pages the column at `place` takes in memory; none of text.
    pub(super) fn pages(&self, input: &Input, place: usize) -> Result<u64, ReadError> {
        match self {
            Self::Csv(_) => Ok(0),
            Self::Parquet(rows) => rows
                .pages(place)
                .map_err(|reason| ReadError::Unreadable { path: input.path().to_owned(), reason }),
        }
    }
}
