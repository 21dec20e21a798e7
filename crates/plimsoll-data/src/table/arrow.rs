//! Rows out of Arrow's IPC formats, that of files and that of streams.

mod file;
mod message;
mod stream;

use std::collections::HashMap;
use std::fs::File;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema};
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::FileDecoder;
use arrow::ipc::{Endianness, MessageHeader, MetadataVersion};

use self::file::{Blocks, Footer};
use self::message::{MAX_BODY, Whole};
use super::guard::guarded;
use super::input::Bytes;
use super::source::{Failure, Piece};
use super::stored::Stored;
use super::{BATCH_BYTES, BATCH_ROWS, Field, MAX_COLUMNS, Strings};
use crate::example::{grouped, shown};

/// Where messages come from.
enum Messages {
    Stream(Bytes),
    File(Blocks),
}

impl Messages {
    fn next(&mut self) -> Result<Option<Whole>, Failure> {
        match self {
            Self::Stream(input) => stream::next(input),
            Self::File(blocks) => blocks.next(),
        }
    }
}

/// A reader of record batches.
pub(super) struct ArrowRows {
    messages: Messages,
    schema: Arc<Schema>,
    version: MetadataVersion,
    decoder: FileDecoder,
    /// How many bytes each dictionary takes.
    dictionaries: HashMap<i64, u64>,
    strings: Strings,
    /// The batch that rows are handed out of.
    batch: Option<RecordBatch>,
    at: usize,
    /// How many rows of it are handed out at once.
    step: usize,
    read: u64,
    ended: bool,
}

impl ArrowRows {
    /// Reads the schema of a stream, which stands at its beginning.
    pub(super) fn stream(mut input: Bytes) -> Result<(Self, Vec<Field>), Failure> {
        let whole = stream::next(&mut input)?.ok_or("it has no schema")?;
        let (schema, version) = guarded(|| {
            let message = whole.message()?;
            let schema = message.header_as_schema().ok_or("it does not begin with a schema")?;
            little(schema.endianness())?;
            let schema = try_fb_to_schema(schema).map_err(|error| damaged(&error))?;
            Ok::<_, Failure>((schema, message.version()))
        })?;
        Self::of(Messages::Stream(input), schema, version)
    }

    /// Reads the footer of a file.
    pub(super) fn file(file: File) -> Result<(Self, Vec<Field>), Failure> {
        let Footer { schema, version, blocks } = Footer::read(Stored::new(file)?)?;
        Self::of(Messages::File(blocks), schema, version)
    }

    fn of(
        messages: Messages,
        schema: Schema,
        version: MetadataVersion,
    ) -> Result<(Self, Vec<Field>), Failure> {
        let columns = fields(&schema)?;
        let schema = Arc::new(schema);
        let rows = Self {
            messages,
            decoder: FileDecoder::new(Arc::clone(&schema), version),
            schema,
            version,
            dictionaries: HashMap::new(),
            strings: Strings::Plain,
            batch: None,
            at: 0,
            step: 1,
            read: 0,
            ended: false,
        };
        Ok((rows, columns))
    }

    /// Reads on with the columns at `wanted` alone.
    pub(super) fn project(&mut self, wanted: &[usize], strings: Strings) {
        let (schema, version) = (Arc::clone(&self.schema), self.version);
        self.decoder = FileDecoder::new(schema, version).with_projection(wanted.to_vec());
        self.strings = strings;
    }

    /// Returns how many rows were read so far.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// Returns the next rows, none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, Failure> {
        loop {
            if let Some(batch) = &self.batch
                && self.at < batch.num_rows()
            {
                let rows = self.step.min(batch.num_rows() - self.at);
                let columns = batch.columns().iter().map(|cells| cells.slice(self.at, rows));
                let columns = columns.collect();
                self.at += rows;
                self.read += rows as u64;
                return Ok(Some(Piece::of_rows(columns, rows)));
            }
            self.batch = None;
            if self.ended {
                return Ok(None);
            }
            // After an error or a panic nothing more is read.
            self.ended = true;
            let next = self.messages.next().map_err(|error| self.after(error))?;
            let Some(whole) = next else { return Ok(None) };
            self.take(&whole).map_err(|error| self.after(error))?;
            self.ended = false;
        }
    }

    fn take(&mut self, whole: &Whole) -> Result<(), Failure> {
        let (block, bytes) = whole.block();
        let message = whole.message()?;
        match message.header_type() {
            MessageHeader::DictionaryBatch => {
                let Some(dictionary) = message.header_as_dictionary_batch() else { return Ok(()) };
                let held = self.dictionaries.entry(dictionary.id()).or_default();
                *held = if dictionary.isDelta() { *held } else { 0 } + whole.unpacked;
                let held: u64 = self.dictionaries.values().sum();
                if held > MAX_BODY {
                    let (held, limit) = (grouped(held), grouped(MAX_BODY));
                    return Err(Failure::Bad(format!(
                        "its dictionaries take {held} bytes, at most {limit} are read"
                    )));
                }
                let decoder = &mut self.decoder;
                guarded(|| decoder.read_dictionary(&block, bytes).map_err(|error| damaged(&error)))
            }
            MessageHeader::RecordBatch => {
                let batch = guarded(|| {
                    let batch = self.decoder.read_record_batch(&block, bytes);
                    batch.map_err(|error| damaged(&error))
                })?;
                let batch = batch.map(|batch| coded(batch, self.strings)).transpose()?;
                self.step = batch.as_ref().map_or(Ok(1), step)?;
                (self.batch, self.at) = (batch, 0);
                Ok(())
            }
            _ => Err(Failure::Bad("a message is neither rows nor a dictionary".to_owned())),
        }
    }

    fn after(&self, error: Failure) -> Failure {
        match error {
            Failure::Bad(reason) => {
                Failure::Bad(format!("after {} rows: {reason}", grouped(self.read)))
            }
            io @ Failure::Io(_) => io,
        }
    }
}

fn fields(schema: &Schema) -> Result<Vec<Field>, Failure> {
    let count = schema.fields().len();
    if count > MAX_COLUMNS {
        let reason = format!("it has {count} columns, at most {MAX_COLUMNS} are read");
        return Err(Failure::Bad(reason));
    }
    let field = |field: &Arc<arrow::datatypes::Field>| Field {
        name: field.name().clone(),
        data_type: field.data_type().clone(),
    };
    Ok(schema.fields().iter().map(field).collect())
}

/// Brings dictionaries of strings to one form, if they are wanted as such.
fn coded(batch: RecordBatch, strings: Strings) -> Result<RecordBatch, Failure> {
    if strings == Strings::Plain {
        return Ok(batch);
    }
    let form = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let (schema, mut columns, rows) = batch.into_parts();
    let mut fields = schema.fields().to_vec();
    for (column, field) in columns.iter_mut().zip(&mut fields) {
        if let DataType::Dictionary(_, values) = column.data_type()
            && values.is_string()
            && *column.data_type() != form
        {
            *column = guarded(|| cast(column, &form).map_err(|error| damaged(&error)))?;
            *field = Arc::new(field.as_ref().clone().with_data_type(form.clone()));
        }
    }
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
        .map_err(|error| damaged(&error))
}

/// Returns how many rows of a batch are handed out at once: few where cells share a long value,
/// since each that is read as text is then as long.
fn step(batch: &RecordBatch) -> Result<usize, Failure> {
    let longest: usize = batch.columns().iter().map(longest_shared).sum();
    if longest as u64 > MAX_BODY {
        let (longest, limit) = (grouped(longest as u64), grouped(MAX_BODY));
        return Err(Failure::Bad(format!(
            "a row may take {longest} bytes in its dictionaries, at most {limit} are read"
        )));
    }
    Ok((BATCH_BYTES / longest.max(1)).clamp(1, BATCH_ROWS))
}

/// Returns the length of the longest value that several cells of a column can have in common.
fn longest_shared(cells: &ArrayRef) -> usize {
    let longest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or_default();
    if let Some(views) = cells.as_string_view_opt() {
        return longest(&mut views.lengths().map(|length| length as usize));
    }
    let Some(dictionary) = cells.as_any_dictionary_opt() else { return 0 };
    let values = dictionary.values();
    if let Some(text) = values.as_string_opt::<i32>() {
        longest(&mut (0..text.len()).map(|at| text.value(at).len()))
    } else if let Some(text) = values.as_string_opt::<i64>() {
        longest(&mut (0..text.len()).map(|at| text.value(at).len()))
    } else if let Some(views) = values.as_string_view_opt() {
        longest(&mut views.lengths().map(|length| length as usize))
    } else {
        0
    }
}

fn little(endianness: Endianness) -> Result<(), Failure> {
    if endianness == Endianness::Little {
        Ok(())
    } else {
        Err("it is big-endian, which is not read".into())
    }
}

fn damaged(error: &arrow::error::ArrowError) -> Failure {
    let said = error.to_string();
    let line = said.lines().next().unwrap_or_default();
    Failure::Bad(line.split(' ').map(shown).collect::<Vec<_>>().join(" "))
}
