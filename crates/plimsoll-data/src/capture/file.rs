//! Parquet files of one's own: read in batches, written whole or not at all.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, RowGroupMetaData};
use parquet::file::properties::WriterProperties;
use parquet::file::statistics::Statistics;
use tempfile::NamedTempFile;

/// How a file's name ends while it is written.
pub(super) const UNFINISHED: &str = ".tmp";

/// How many rows a batch holds at most.
const BATCH_ROWS: u64 = 16_384;

/// How many bytes a batch holds, about, where rows are of one size.
const BATCH_BYTES: u64 = 16 << 20;

/// How many rows are described by one entry of statistics.
const GROUP_ROWS: usize = 131_072;

/// How many bytes a row group has at most, about.
const GROUP_BYTES: usize = 32 << 20;

/// A file of captures or labels cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The system refuses.
    #[error("{} cannot be read or written", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is in the file is not what was written there.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A later version of the program wrote the file.
    #[error("{} has format `{found}`, which this version does not read (it reads `{known}`)", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The format that it names.
        found: String,
        /// The format that is read.
        known: &'static str,
    },
}

impl FileError {
    /// Returns an error at `path` for what the system said.
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    /// Returns an error at `path` for what the library said.
    pub(super) fn library(path: &Path) -> impl FnOnce(Failure) -> Self {
        move |failure| match failure {
            Failure::Io(source) => Self::Io { path: path.to_owned(), source },
            Failure::Other(reason) => Self::Damaged { path: path.to_owned(), reason },
        }
    }
}

/// What the library says of a file.
#[derive(Debug)]
pub(super) enum Failure {
    Io(io::Error),
    Other(String),
}

impl From<ParquetError> for Failure {
    fn from(error: ParquetError) -> Self {
        match error {
            ParquetError::External(source) => match source.downcast::<io::Error>() {
                Ok(source) => Self::Io(*source),
                Err(source) => Self::Other(source.to_string()),
            },
            error => Self::Other(error.to_string()),
        }
    }
}

impl From<ArrowError> for Failure {
    fn from(error: ArrowError) -> Self {
        match error {
            ArrowError::IoError(_, source) => Self::Io(source),
            error => Self::Other(error.to_string()),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Runs the library, which is known to panic at some damaged files (apache/arrow-rs#9742).
fn guarded<T>(run: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_| Err(Failure::Other("the Parquet reader gave up on it".to_owned())))
}

/// An open Parquet file.
#[derive(Debug)]
pub(super) struct Stored {
    path: PathBuf,
    file: File,
    metadata: ArrowReaderMetadata,
}

impl Stored {
    /// Opens the file at `path`, whose `key` has to name the format `known`; `None` where there is
    /// no file.
    pub(super) fn open(
        path: &Path,
        key: &str,
        known: &'static str,
    ) -> Result<Option<Self>, FileError> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(FileError::io(path))?,
        };
        let metadata = guarded(|| Ok(ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())?));
        let metadata = metadata.map_err(FileError::library(path))?;
        let stored = Self { path: path.to_owned(), file, metadata };
        let found = stored.value(key).unwrap_or_default();
        if found != known {
            let (path, found) = (path.to_owned(), found.to_owned());
            return Err(FileError::Version { path, found, known });
        }
        Ok(Some(stored))
    }

    /// Returns what the file says under `key`.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        let pairs = self.metadata.metadata().file_metadata().key_value_metadata()?;
        pairs.iter().find(|pair| pair.key == key)?.value.as_deref()
    }

    /// Returns where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns its columns.
    pub(super) fn schema(&self) -> &SchemaRef {
        self.metadata.schema()
    }

    /// Hands over its rows, batch by batch, without the row groups in which the integers of
    /// `column` are all outside of `within`.
    pub(super) fn read(
        self,
        within: Option<(&str, i32, i32)>,
        mut take: impl FnMut(RecordBatch) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        let Self { path, file, metadata } = self;
        let rows = batch_rows(&metadata);
        let groups =
            within.map(|(column, first, last)| overlapping(&metadata, column, first, last));
        let reader = guarded(|| {
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
            let builder = match groups {
                Some(groups) => builder.with_row_groups(groups),
                None => builder,
            };
            Ok(builder.with_batch_size(rows).build()?)
        });
        let mut reader = reader.map_err(FileError::library(&path))?;
        loop {
            let batch = guarded(|| Ok(reader.next().transpose()?));
            match batch.map_err(FileError::library(&path))? {
                Some(batch) => take(batch)?,
                None => return Ok(()),
            }
        }
    }
}

/// Returns how many rows are read at once.
fn batch_rows(metadata: &ArrowReaderMetadata) -> usize {
    let sum = |of: fn(&RowGroupMetaData) -> i64| -> u64 {
        let groups = metadata.metadata().row_groups().iter();
        groups.map(|group| u64::try_from(of(group)).unwrap_or(0)).sum()
    };
    let each = sum(RowGroupMetaData::total_byte_size) / sum(RowGroupMetaData::num_rows).max(1);
    let rows = (BATCH_BYTES / each.max(1)).clamp(1, BATCH_ROWS);
    usize::try_from(rows).unwrap_or(1)
}

/// Returns the row groups that may hold a value from `first` to `last` in `column`.
fn overlapping(metadata: &ArrowReaderMetadata, column: &str, first: i32, last: i32) -> Vec<usize> {
    let metadata = metadata.metadata();
    let columns = metadata.file_metadata().schema_descr();
    let place = (0..columns.num_columns()).find(|&at| columns.column(at).name() == column);
    let may = |group: &usize| {
        let statistics = place.and_then(|at| metadata.row_group(*group).column(at).statistics());
        match statistics {
            Some(Statistics::Int32(values)) => {
                values.max_opt().is_none_or(|max| *max >= first)
                    && values.min_opt().is_none_or(|min| *min <= last)
            }
            _ => true,
        }
    };
    (0..metadata.num_row_groups()).filter(may).collect()
}

/// Returns how files are written: the same rows with the same program give the same bytes.
fn properties(pairs: &[(&str, String)]) -> WriterProperties {
    let pair = |(key, value): &(&str, String)| KeyValue::new((*key).to_owned(), value.clone());
    WriterProperties::builder()
        .set_created_by("plimsoll".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_max_row_group_bytes(Some(GROUP_BYTES))
        .set_key_value_metadata(Some(pairs.iter().map(pair).collect()))
        .build()
}

/// A file that has no name yet. Dropping it removes it.
pub(super) struct Unfinished {
    path: PathBuf,
    file: NamedTempFile,
    writer: ArrowWriter<File>,
}

impl Unfinished {
    /// Begins the file that will be at `path`, for its owner alone.
    pub(super) fn begin(
        path: &Path,
        schema: SchemaRef,
        pairs: &[(&str, String)],
    ) -> Result<Self, FileError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let file = tempfile::Builder::new().prefix(".").suffix(UNFINISHED).tempfile_in(folder);
        let file = file.map_err(FileError::io(path))?;
        let sink = file.as_file().try_clone().map_err(FileError::io(path))?;
        let writer = ArrowWriter::try_new(sink, schema, Some(properties(pairs)));
        let writer = writer.map_err(Failure::from).map_err(FileError::library(path))?;
        Ok(Self { path: path.to_owned(), file, writer })
    }

    /// Adds rows.
    pub(super) fn write(&mut self, rows: &RecordBatch) -> Result<(), FileError> {
        self.writer.write(rows).map_err(Failure::from).map_err(FileError::library(&self.path))
    }

    /// Gives the file its name, after which it outlives a loss of power. What had the name before
    /// is gone.
    pub(super) fn finish(self) -> Result<(), FileError> {
        let Self { path, file, writer } = self;
        writer.close().map_err(Failure::from).map_err(FileError::library(&path))?;
        file.as_file().sync_all().map_err(FileError::io(&path))?;
        file.persist(&path).map_err(|error| FileError::io(&path)(error.error))?;
        sync_folder(path.parent().unwrap_or(Path::new(".")))
    }
}

/// Makes what was named or removed in `folder` outlive a loss of power.
pub(super) fn sync_folder(folder: &Path) -> Result<(), FileError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(FileError::io(folder))
}

/// Returns `rows` as a Parquet file in memory.
pub(super) fn bytes(rows: &RecordBatch, pairs: &[(&str, String)]) -> Result<Vec<u8>, ArrowError> {
    let external = |error: ParquetError| ArrowError::ParquetError(error.to_string());
    let mut bytes = Vec::new();
    let properties = Some(properties(pairs));
    let mut writer =
        ArrowWriter::try_new(&mut bytes, rows.schema(), properties).map_err(external)?;
    writer.write(rows).map_err(external)?;
    writer.close().map_err(external)?;
    Ok(bytes)
}
