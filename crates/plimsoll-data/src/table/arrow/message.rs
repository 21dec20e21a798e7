//! A message of Arrow's IPC formats, with the bytes that belong to it.
//!
//! The library takes sizes as they are claimed, so they are looked at first: a message of some
//! hundred bytes may claim buffers of any length.

use arrow::buffer::{Buffer, MutableBuffer};
use arrow::ipc::{Block, Message, MessageHeader, RecordBatch, root_as_message};

use super::super::source::Failure;
use crate::example::grouped;

/// The longest description of a message, and of a file.
pub(super) const MAX_METADATA: u64 = 16 << 20;

/// How many bytes a record batch takes at most, packed and unpacked.
pub(super) const MAX_BODY: u64 = 256 << 20;

/// How many rows a record batch has at most: columns of nothing but empty cells take no bytes.
const MAX_ROWS: i64 = 16 << 20;

/// What a message begins with since version 0.15 of the format; its length comes behind it.
pub(super) const CONTINUATION: [u8; 4] = [0xff; 4];

/// A message that was looked at.
pub(super) struct Whole {
    bytes: Buffer,
    metadata: usize,
    /// How many bytes its body takes unpacked.
    pub(super) unpacked: u64,
}

impl Whole {
    /// Takes a message, whose first `metadata` bytes describe the others.
    pub(super) fn of(bytes: MutableBuffer, metadata: usize) -> Result<Self, Failure> {
        let unpacked = unpacked(&parse(&bytes[..metadata])?, &bytes[metadata..])?;
        if unpacked > MAX_BODY {
            return Err(too_large(unpacked));
        }
        Ok(Self { bytes: bytes.into(), metadata, unpacked })
    }

    /// Returns what the message says.
    pub(super) fn message(&self) -> Result<Message<'_>, Failure> {
        parse(&self.bytes[..self.metadata])
    }

    /// Returns the message as the library takes it.
    pub(super) fn block(&self) -> (Block, &Buffer) {
        let body = i64::try_from(self.bytes.len() - self.metadata).unwrap_or(i64::MAX);
        let metadata = i32::try_from(self.metadata).unwrap_or(i32::MAX);
        (Block::new(0, metadata, body), &self.bytes)
    }
}

/// Reads what describes a message, behind its length.
pub(super) fn parse(bytes: &[u8]) -> Result<Message<'_>, Failure> {
    let damaged = || Failure::from("the description of a message is damaged");
    let described = bytes.strip_prefix(&CONTINUATION).unwrap_or(bytes);
    root_as_message(described.get(4..).ok_or_else(damaged)?).map_err(|_| damaged())
}

/// Says that so many bytes are not read.
pub(super) fn too_large(bytes: u64) -> Failure {
    let (bytes, limit) = (grouped(bytes), grouped(MAX_BODY));
    Failure::Bad(format!(
        "a record batch takes {bytes} bytes, at most {limit} are read; write it with fewer rows in \
         each batch"
    ))
}

/// Returns how many bytes the body of a message takes in memory, and refuses what does not lie in
/// it.
fn unpacked(message: &Message<'_>, body: &[u8]) -> Result<u64, Failure> {
    let batch = match message.header_type() {
        MessageHeader::RecordBatch => message.header_as_record_batch(),
        MessageHeader::DictionaryBatch => {
            message.header_as_dictionary_batch().and_then(|dictionary| dictionary.data())
        }
        _ => None,
    };
    let Some(batch) = batch else { return Ok(0) };
    if !(0..=MAX_ROWS).contains(&batch.length()) {
        let (rows, limit) = (batch.length(), grouped(MAX_ROWS.unsigned_abs()));
        return Err(Failure::Bad(format!(
            "a record batch has {rows} rows, at most {limit} are read"
        )));
    }
    buffers(&batch, body).ok_or_else(|| "a buffer lies beyond its record batch".into())
}

fn buffers(batch: &RecordBatch<'_>, body: &[u8]) -> Option<u64> {
    let is_packed = batch.compression().is_some();
    let mut total = 0_u64;
    for buffer in batch.buffers()? {
        let from = usize::try_from(buffer.offset()).ok()?;
        let length = usize::try_from(buffer.length()).ok()?;
        let bytes = body.get(from..from.checked_add(length)?)?;
        let taken = match bytes.first_chunk::<8>() {
            Some(claimed) if is_packed => match i64::from_le_bytes(*claimed) {
                // What does not get smaller is stored as it is.
                -1 => bytes.len() as u64 - 8,
                claimed => u64::try_from(claimed).ok()?,
            },
            _ => bytes.len() as u64,
        };
        total = total.saturating_add(taken);
    }
    Some(total)
}
