//! Rows out of Parquet.

mod cost;
mod page;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::ArrayRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};

use self::cost::{Cost, cost};
use super::{BATCH_ROWS, Field, MAX_COLUMNS};
use crate::example::{grouped, shown};

/// The largest description of a file's columns and row groups that is read.
const MAX_FOOTER: u64 = 16 << 20;

/// How many bytes of pages are held at once. Columns that need more together are read in passes.
const MAX_PAGES: u64 = 48 << 20;

/// How many bytes of values a batch holds, give or take.
const BATCH_BYTES: u64 = 8 << 20;

/// A reader of Parquet; it is opened with the first batch, when the columns are known.
pub(super) struct ParquetRows {
    file: File,
    metadata: ArrowReaderMetadata,
    wanted: Vec<usize>,
    reader: Option<ParquetRecordBatchReader>,
    expected: u64,
    read: u64,
    ended: bool,
}

impl ParquetRows {
    /// Reads the footer of `file`.
    pub(super) fn open(mut file: File) -> Result<(Self, Vec<Field>), String> {
        check_footer(&mut file)?;
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
        let wanted = (0..columns.len()).collect();
        let rows = Self { file, metadata, wanted, reader: None, expected, read: 0, ended: false };
        Ok((rows, columns))
    }

    /// Parts columns into groups that can be read within bounds, the first with those `together`.
    pub(super) fn passes(
        &self,
        together: &[usize],
        others: &[usize],
    ) -> Result<Vec<Vec<usize>>, String> {
        let mut passes = Vec::new();
        let mut pass = together.to_vec();
        let mut held = 0;
        for &column in together {
            held += self.pages(column)?;
        }
        for &column in others {
            let pages = self.pages(column)?;
            if held + pages > MAX_PAGES && !pass.is_empty() {
                passes.push(std::mem::take(&mut pass));
                held = 0;
            }
            held += pages;
            pass.push(column);
        }
        passes.push(pass);
        Ok(passes)
    }

    fn pages(&self, column: usize) -> Result<u64, String> {
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
        let metadata = self.metadata.metadata();
        let schema = metadata.file_metadata().schema_descr();
        let leaves = (0..schema.num_columns())
            .filter(|&leaf| columns.contains(&schema.get_column_root_idx(leaf)));
        guarded(|| cost(&self.file, metadata, leaves))
    }

    /// Reads on with the columns at `wanted` alone.
    pub(super) fn project(&mut self, wanted: &[usize]) {
        debug_assert!(self.reader.is_none());
        wanted.clone_into(&mut self.wanted);
    }

    /// Returns the next rows, none at the end.
    pub(super) fn next(&mut self) -> Result<Option<(Vec<ArrayRef>, usize)>, String> {
        if self.ended {
            return Ok(None);
        }
        // After an error or a panic nothing more is read.
        self.ended = true;
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => self.start()?,
        };
        let batch = guarded(|| match reader.next() {
            Some(Ok(batch)) => Ok(Some(batch)),
            Some(Err(error)) => Err(error.to_string()),
            None => Ok(None),
        });
        let Some(batch) = batch.map_err(|reason| self.after(&reason))? else {
            if self.read != self.expected {
                let (read, expected) = (grouped(self.read), grouped(self.expected));
                return Err(format!("it has {read} rows, its footer claims {expected}"));
            }
            return Ok(None);
        };
        self.read += batch.num_rows() as u64;
        self.reader = Some(reader);
        self.ended = false;
        // The library returns columns in the order of the file, and each once.
        let mut order = self.wanted.clone();
        order.sort_unstable();
        let place = |column: &usize| order.binary_search(column).ok();
        let columns = self.wanted.iter().filter_map(place);
        Ok(Some((columns.map(|at| batch.column(at).clone()).collect(), batch.num_rows())))
    }

    fn start(&self) -> Result<ParquetRecordBatchReader, String> {
        let file = self.file.try_clone().map_err(|error| error.to_string())?;
        let value = self.cost(&self.wanted)?.value.max(1);
        let rows = usize::try_from(BATCH_BYTES / value).unwrap_or(BATCH_ROWS).clamp(1, BATCH_ROWS);
        guarded(|| {
            let builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
            let schema = self.metadata.metadata().file_metadata().schema_descr();
            let mask = ProjectionMask::roots(schema, self.wanted.iter().copied());
            let reader = builder.with_projection(mask).with_batch_size(rows).build();
            reader.map_err(|error| shown_error(&error.to_string()))
        })
    }

    fn after(&self, reason: &str) -> String {
        format!("after {} rows: {}", grouped(self.read), shown_error(reason))
    }
}

/// Looks at the ends of the file before the library does: a truncated one is named as such, and a
/// footer that would fill the memory is not read.
fn check_footer(file: &mut File) -> Result<(), String> {
    let said = |error: std::io::Error| error.to_string();
    let length = file.seek(SeekFrom::End(0)).map_err(said)?;
    let truncated = || "it is truncated: it begins like Parquet but has no footer".to_owned();
    if length < 12 {
        return Err(truncated());
    }
    let mut tail = [0; 8];
    file.seek(SeekFrom::End(-8)).map_err(said)?;
    file.read_exact(&mut tail).map_err(said)?;
    file.rewind().map_err(said)?;
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

/// Runs the library, which is known to panic at some damaged files (apache/arrow-rs#9742).
fn guarded<T>(run: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    // What was being read is dropped after a panic and never used again.
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_| Err("it is damaged (the Parquet reader gave up on it)".to_owned()))
}

fn shown_error(reason: &str) -> String {
    let mut lines = reason.lines();
    lines
        .next()
        .map(|line| line.split(' ').map(shown).collect::<Vec<_>>().join(" "))
        .unwrap_or_default()
}
