//! Rows out of Parquet.

mod cost;
mod longest;
mod page;

use std::fs::File;
use std::sync::Arc;

use arrow::datatypes::{DataType, Fields, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::Length;

use self::cost::{Cost, cost};
use self::longest::longest;
use super::guard::guarded;
use super::source::Piece;
use super::stored::Stored;
use super::{BATCH_ROWS, Field, MAX_COLUMNS, Strings};
use crate::example::{grouped, shown};

/// The largest description of a file's columns and row groups that is read.
const MAX_FOOTER: u64 = 16 << 20;

/// How many bytes of pages are held at once. Columns that need more together are read in passes.
pub(super) const MAX_PAGES: u64 = 48 << 20;

/// How many bytes of values a batch holds, give or take.
const BATCH_BYTES: u64 = 8 << 20;

/// How many bytes a batch takes at most where every row has the longest text of a dictionary.
const LONGEST_BYTES: u64 = 64 << 20;

/// A reader of Parquet; it is opened with the first batch, when the columns are known.
pub(super) struct ParquetRows {
    file: Stored,
    metadata: ArrowReaderMetadata,
    /// The one row group that is read, if not all are.
    group: Option<usize>,
    strings: Strings,
    wanted: Arc<[usize]>,
    reader: Option<ParquetRecordBatchReader>,
    expected: u64,
    read: u64,
    ended: bool,
}

/// Returns how many rows a row group claims.
fn rows_of(group: &RowGroupMetaData) -> Result<u64, String> {
    u64::try_from(group.num_rows())
        .map_err(|_| "a row group claims a negative number of rows".to_owned())
}

impl ParquetRows {
    /// Reads the footer of `file`.
    pub(super) fn open(file: File) -> Result<(Self, Vec<Field>), String> {
        let file = Stored::new(file).map_err(|error| error.to_string())?;
        check_footer(&file)?;
        let options = ArrowReaderOptions::new();
        let metadata = guarded(|| {
            ArrowReaderMetadata::load(&file, options).map_err(|error| error.to_string())
        })?;
        let fields = metadata.schema().fields();
        if fields.len() > MAX_COLUMNS {
            let count = fields.len();
            return Err(format!("it has {count} columns, at most {MAX_COLUMNS} are read"));
        }
        let columns: Vec<_> = fields
            .iter()
            .map(|field| Field { name: field.name().clone(), data_type: field.data_type().clone() })
            .collect();
        let expected = u64::try_from(metadata.metadata().file_metadata().num_rows())
            .map_err(|_| "its footer claims a negative number of rows".to_owned())?;
        // Asked here, so that whoever reads it, whole or in parts, hears the same.
        let mut found = 0_u64;
        for group in metadata.metadata().row_groups() {
            found = found.saturating_add(rows_of(group)?);
        }
        if found != expected {
            let (found, expected) = (grouped(found), grouped(expected));
            return Err(format!("its row groups have {found} rows, its footer claims {expected}"));
        }
        let wanted = (0..columns.len()).collect();
        let rows = Self {
            file,
            metadata,
            group: None,
            strings: Strings::Plain,
            wanted,
            reader: None,
            expected,
            read: 0,
            ended: false,
        };
        Ok((rows, columns))
    }

    /// Returns a reader for each row group, with how many rows come before it.
    pub(super) fn parts(self) -> Result<Vec<(u64, Self)>, String> {
        debug_assert!(self.reader.is_none());
        let mut parts = Vec::new();
        let mut before = 0_u64;
        for (at, group) in self.metadata.metadata().row_groups().iter().enumerate() {
            let rows = rows_of(group)?;
            let part = Self {
                file: self.file.clone(),
                metadata: self.metadata.clone(),
                group: Some(at),
                strings: self.strings,
                wanted: Arc::clone(&self.wanted),
                reader: None,
                expected: rows,
                read: 0,
                ended: false,
            };
            parts.push((before, part));
            before = before.saturating_add(rows);
        }
        Ok(parts)
    }

    /// Returns how many bytes of pages a column takes in memory at once.
    pub(super) fn pages(&self, column: usize) -> Result<u64, String> {
        let pages = self.cost(&[column])?.pages;
        if pages <= MAX_PAGES {
            return Ok(pages);
        }
        let name = shown(self.metadata.schema().field(column).name());
        let (pages, limit) = (grouped(pages), grouped(MAX_PAGES));
        Err(format!(
            "column `{name}` has pages of {pages} bytes, at most {limit} are read; write it with \
             smaller pages"
        ))
    }

    fn cost(&self, columns: &[usize]) -> Result<Cost, String> {
        guarded(|| cost(&self.file, self.groups(), self.leaves(columns)))
    }

    /// Reads on with the columns at `wanted` alone.
    pub(super) fn project(&mut self, wanted: &[usize], strings: Strings) {
        debug_assert!(self.reader.is_none());
        self.wanted = wanted.into();
        self.strings = strings;
    }

    /// Returns how many rows were read so far.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// Returns the next rows, none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, String> {
        if self.ended {
            return Ok(None);
        }
        // After an error or a panic nothing more is read.
        self.ended = true;
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => self.start()?,
        };
        let batch: Result<_, String> = guarded(|| match reader.next() {
            Some(Ok(batch)) => Ok(Some(batch)),
            Some(Err(error)) => Err(error.to_string()),
            None => Ok(None),
        });
        let Some(batch) = batch.map_err(|reason| self.after(&reason))? else {
            if self.read != self.expected {
                let (read, expected) = (grouped(self.read), grouped(self.expected));
                let of = self.group.map(|group| format!("row group {} of ", group + 1));
                let of = of.unwrap_or_default();
                return Err(format!("{of}it has {read} rows, its footer claims {expected}"));
            }
            return Ok(None);
        };
        self.read += batch.num_rows() as u64;
        self.reader = Some(reader);
        self.ended = false;
        // The library returns columns in the order of the file, and each once.
        let mut order = self.wanted.to_vec();
        order.sort_unstable();
        let place = |column: &usize| order.binary_search(column).ok();
        let columns = self.wanted.iter().filter_map(place);
        let columns = columns.map(|at| batch.column(at).clone()).collect();
        Ok(Some(Piece::of_rows(columns, batch.num_rows())))
    }

    fn start(&self) -> Result<ParquetRecordBatchReader, String> {
        let rows = self.batch_rows()?;
        let metadata = match self.strings {
            Strings::Plain => self.metadata.clone(),
            Strings::Dictionaries => self.with_dictionaries()?,
        };
        guarded(|| {
            let file = self.file.clone();
            let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
            let schema = self.metadata.metadata().file_metadata().schema_descr();
            let mask = ProjectionMask::roots(schema, self.wanted.iter().copied());
            if let Some(group) = self.group {
                builder = builder.with_row_groups(vec![group]);
            }
            let reader = builder.with_projection(mask).with_batch_size(rows).build();
            reader.map_err(|error| shown_error(&error.to_string()))
        })
    }

    /// Returns how many rows are decoded at once.
    fn batch_rows(&self) -> Result<usize, String> {
        let (mut value, mut shared) = (0_u64, 0_u64);
        for &column in self.wanted.iter() {
            self.pages(column)?;
            let cost = self.cost(&[column])?;
            value = value.saturating_add(cost.value);
            if cost.dictionary > LONGEST_BYTES / BATCH_ROWS as u64 {
                for leaf in self.leaves(&[column]) {
                    let longest = guarded(|| longest(&self.file, self.groups(), leaf));
                    shared = shared.saturating_add(longest.map_err(|error| self.after(&error))?);
                }
            }
        }
        let rows = (BATCH_BYTES / value.max(1)).min(LONGEST_BYTES / shared.max(1));
        Ok(usize::try_from(rows).unwrap_or(BATCH_ROWS).clamp(1, BATCH_ROWS))
    }

    fn groups(&self) -> &[RowGroupMetaData] {
        let groups = self.metadata.metadata().row_groups();
        self.group.map_or(groups, |group| &groups[group..=group])
    }

    /// Returns the places of what is stored of some columns.
    fn leaves(&self, columns: &[usize]) -> Vec<usize> {
        let schema = self.metadata.metadata().file_metadata().schema_descr();
        let leaves = 0..schema.num_columns();
        leaves.filter(|&leaf| columns.contains(&schema.get_column_root_idx(leaf))).collect()
    }

    /// Asks for strings as dictionaries where every page is written with one: elsewhere each batch
    /// would come with a dictionary of its own.
    fn with_dictionaries(&self) -> Result<ArrowReaderMetadata, String> {
        let schema = self.metadata.schema();
        let mut fields = schema.fields().to_vec();
        for &at in self.wanted.iter() {
            if is_string(fields[at].data_type()) {
                let data_type = if self.cost(&[at])?.coded {
                    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
                } else {
                    DataType::Utf8
                };
                fields[at] = Arc::new(fields[at].as_ref().clone().with_data_type(data_type));
            }
        }
        let schema = Schema::new_with_metadata(Fields::from(fields), schema.metadata().clone());
        let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
        guarded(|| {
            let metadata = Arc::clone(self.metadata.metadata());
            ArrowReaderMetadata::try_new(metadata, options)
                .map_err(|error| shown_error(&error.to_string()))
        })
    }

    fn after(&self, reason: &str) -> String {
        format!("after {} rows: {}", grouped(self.read), shown_error(reason))
    }
}

/// Looks at the ends of the file before the library does: a truncated one is named as such, and a
/// footer that would fill the memory is not read.
fn check_footer(file: &Stored) -> Result<(), String> {
    let length = file.len();
    let truncated = || "it is truncated: it begins like Parquet but has no footer".to_owned();
    if length < 12 {
        return Err(truncated());
    }
    let mut tail = [0; 8];
    file.read_at(&mut tail, length - 8).map_err(|error| error.to_string())?;
    let [a, b, c, d, magic @ ..] = tail;
    match &magic {
        b"PAR1" => {}
        b"PARE" => return Err("it is encrypted".to_owned()),
        _ => return Err(truncated()),
    }
    let footer = u64::from(u32::from_le_bytes([a, b, c, d]));
    if footer > length - 12 {
        return Err(format!("its footer claims {} bytes, the file has {length}", grouped(footer)));
    }
    if footer > MAX_FOOTER {
        let limit = grouped(MAX_FOOTER);
        return Err(format!("its footer has {} bytes, at most {limit} are read", grouped(footer)));
    }
    Ok(())
}

fn is_string(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, value) => value.is_string(),
        data_type => data_type.is_string(),
    }
}

fn shown_error(reason: &str) -> String {
    if let Some((_, codec)) = reason.split_once("Disabled feature at compile time: ") {
        let codec = shown(codec);
        return format!(
            "its pages are compressed with {codec}, which is not read; write it with zstd"
        );
    }
    let mut lines = reason.lines();
    lines
        .next()
        .map(|line| line.split(' ').map(shown).collect::<Vec<_>>().join(" "))
        .unwrap_or_default()
}
