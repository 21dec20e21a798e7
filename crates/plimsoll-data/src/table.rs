//! A file with rows and columns, read batch by batch.

mod csv;
mod flaw;
mod parquet;

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use plimsoll_core::Finding;

use self::csv::{CsvReader, HeaderError};
use self::parquet::ParquetRows;
use crate::example::{Place, shown};

/// How many rows a batch holds at most.
const BATCH_ROWS: usize = 8192;

/// How many columns are read at most.
const MAX_COLUMNS: usize = 10_000;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text with a header: comma, semicolon or tab between cells.
    Csv,
    /// Parquet.
    Parquet,
}

/// A column as the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type; of CSV always text.
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
    /// How many sound rows came before.
    pub first: u64,
    lines: Option<Vec<u64>>,
}

impl Batch {
    /// Returns where the row at `index` of this batch is in the file.
    pub fn place(&self, index: usize) -> Place {
        match &self.lines {
            Some(lines) => Place::Line(lines[index]),
            None => Place::Row(self.first + index as u64 + 1),
        }
    }
}

/// A file is not read as a table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It cannot be opened.
    #[error("cannot open {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be read on.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds no bytes.
    #[error("{} is empty (0 bytes)", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// It is no table, or a damaged one.
    #[error("{} cannot be read as a table: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Some of its rows are damaged.
    #[error("{} has damaged rows: {}", path.display(), .findings[0].message)]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with them; at least one.
        findings: Vec<Finding>,
    },
    /// A column that was asked for is not there, or there twice.
    #[error("{} has {} column `{name}`{}", path.display(), times(*found), meant(.nearest.as_deref()))]
    Column {
        /// The file.
        path: PathBuf,
        /// The column.
        name: String,
        /// How often it is there.
        found: usize,
        /// The column that was probably meant.
        nearest: Option<String>,
    },
}

fn times(found: usize) -> String {
    if found == 0 { "no".to_owned() } else { format!("{found} times the") }
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(" (is `{}` meant?)", shown(name))).unwrap_or_default()
}

enum Source {
    Csv(Box<CsvReader>),
    Parquet(Box<ParquetRows>),
}

/// An open file with rows and columns.
pub struct Table {
    path: PathBuf,
    columns: Arc<[Field]>,
    source: Source,
    /// How many sound rows come before the first of these.
    before: u64,
    sound: u64,
}

impl Table {
    /// Opens the file at `path` and reads its columns' names.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let unopened = |source| ReadError::Open { path: path.to_owned(), source };
        let unreadable = |reason: String| ReadError::Unreadable { path: path.to_owned(), reason };
        // Opening a named pipe would wait for a writer.
        if !std::fs::metadata(path).map_err(unopened)?.is_file() {
            return Err(unopened(io::Error::other("it is no regular file")));
        }
        let mut file = File::open(path).map_err(unopened)?;
        let mut magic = Vec::new();
        file.by_ref().take(4).read_to_end(&mut magic).map_err(unopened)?;
        file.rewind().map_err(unopened)?;
        if magic.is_empty() {
            return Err(ReadError::Empty { path: path.to_owned() });
        }
        if magic == *b"PAR1" {
            let (rows, columns) = ParquetRows::open(file).map_err(unreadable)?;
            let source = Source::Parquet(Box::new(rows));
            let columns = columns.into();
            return Ok(Self { path: path.to_owned(), columns, source, before: 0, sound: 0 });
        }
        if let Some(reason) = no_text(&magic, path) {
            return Err(unreadable(reason));
        }
        let reader = CsvReader::open(file).map_err(|error| match error {
            HeaderError::Io(source) => ReadError::Io { path: path.to_owned(), source },
            HeaderError::Bad(reason) => unreadable(reason),
        })?;
        let names = reader.header.iter();
        let columns =
            names.map(|name| Field { name: name.clone(), data_type: DataType::Utf8 }).collect();
        let source = Source::Csv(Box::new(reader));
        Ok(Self { path: path.to_owned(), columns, source, before: 0, sound: 0 })
    }

    /// Returns the form of the file.
    pub fn format(&self) -> Format {
        match self.source {
            Source::Csv(_) => Format::Csv,
            Source::Parquet(_) => Format::Parquet,
        }
    }

    /// Returns every column of the file, in its order; names may be repeated.
    pub fn columns(&self) -> &[Field] {
        &self.columns
    }

    /// Returns how many rows were read so far, damaged ones included.
    pub fn rows(&self) -> u64 {
        match &self.source {
            Source::Csv(reader) => reader.rows,
            Source::Parquet(_) => self.sound,
        }
    }

    /// Parts columns into groups that can be read in bounded memory, each in a pass of its own:
    /// nearly always one. Those `together` are in the first group.
    pub fn passes(
        &self,
        together: &[usize],
        others: &[usize],
    ) -> Result<Vec<Vec<usize>>, ReadError> {
        match &self.source {
            Source::Csv(_) => Ok(vec![[together, others].concat()]),
            Source::Parquet(rows) => rows
                .passes(together, others)
                .map_err(|reason| ReadError::Unreadable { path: self.path.clone(), reason }),
        }
    }

    /// Reads on with the columns at these places of [`Table::columns`] alone. To be called before
    /// the first batch.
    pub fn project(&mut self, wanted: &[usize]) {
        match &mut self.source {
            Source::Csv(reader) => reader.project(wanted.to_vec()),
            Source::Parquet(rows) => rows.project(wanted),
        }
    }

    /// Parts the file into tables that can be read at the same time, in the order of the rows, with
    /// the columns at `wanted` alone: of Parquet one for each row group (none without rows), of
    /// anything else the file as it is. To be called before the first batch.
    ///
    /// The rows of a batch are counted as those of the whole file ([`Batch::first`],
    /// [`Batch::place`]); [`Table::rows`] and [`Table::damage`] are those of the part. `wanted` is
    /// a pass of [`Table::passes`], so that each part is read in bounded memory.
    pub fn into_parts(self, wanted: &[usize], strings: Strings) -> Result<Vec<Self>, ReadError> {
        let Self { path, columns, source, before, .. } = self;
        match source {
            Source::Csv(mut reader) => {
                reader.project(wanted.to_vec());
                let source = Source::Csv(reader);
                Ok(vec![Self { path, columns, source, before, sound: 0 }])
            }
            Source::Parquet(rows) => {
                let parts = rows.parts(wanted, strings);
                let parts =
                    parts.map_err(|reason| ReadError::Unreadable { path: path.clone(), reason })?;
                let part = |(before, rows)| Self {
                    path: path.clone(),
                    columns: Arc::clone(&columns),
                    source: Source::Parquet(Box::new(rows)),
                    before,
                    sound: 0,
                };
                Ok(parts.into_iter().map(part).collect())
            }
        }
    }

    /// Returns the next sound rows, none at the end. Damaged rows of text are left out and noted
    /// in [`Table::damage`].
    pub fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        let (columns, rows, lines) = match &mut self.source {
            Source::Csv(reader) => {
                let failed = |source| ReadError::Io { path: self.path.clone(), source };
                let Some(text) = reader.next().map_err(failed)? else { return Ok(None) };
                (text.columns, text.lines.len(), Some(text.lines))
            }
            Source::Parquet(rows) => {
                let path = &self.path;
                let failed = |reason| ReadError::Unreadable { path: path.clone(), reason };
                let Some((columns, rows)) = rows.next().map_err(failed)? else { return Ok(None) };
                (columns, rows, None)
            }
        };
        let first = self.before + self.sound;
        self.sound += rows as u64;
        Ok(Some(Batch { columns, rows, first, lines }))
    }

    /// Returns what was wrong with the rows so far: a finding for each kind of damage.
    pub fn damage(&self) -> Vec<Finding> {
        match &self.source {
            Source::Csv(reader) if !reader.flaws.is_empty() => reader.flaws.findings(reader.rows),
            Source::Csv(_) | Source::Parquet(_) => Vec::new(),
        }
    }

    /// Tells whether reading ended before the file did, which is noted as damage.
    pub(crate) fn broke_off(&self) -> bool {
        matches!(&self.source, Source::Csv(reader) if reader.flaws.ended_reading())
    }

    /// Refuses what was read if any row of it was damaged.
    pub(crate) fn ensure_sound(&self) -> Result<(), ReadError> {
        let findings = self.damage();
        if findings.is_empty() {
            Ok(())
        } else {
            Err(ReadError::Damaged { path: self.path.clone(), findings })
        }
    }
}

/// Tells by its first bytes, or by its name, that a file is no text.
fn no_text(magic: &[u8], path: &Path) -> Option<String> {
    let kind = match magic {
        [0x1f, 0x8b, ..] => "compressed (gzip)",
        [b'P', b'K', 3, 4] => "a ZIP archive (or a workbook)",
        [0x28, 0xb5, 0x2f, 0xfd] => "compressed (zstd)",
        b"ARRO" => "an Arrow file",
        _ if path.extension().is_some_and(|name| name.eq_ignore_ascii_case("parquet")) => {
            return Some("it is named Parquet but does not begin like it (`PAR1`)".to_owned());
        }
        _ => return None,
    };
    Some(format!("it is {kind}; CSV and Parquet are read"))
}
