//! Records as bytes of a journal.

use super::super::record::{Column, Record, Values};
use super::super::writer::AppendError;
use super::format::{
    FRAME_HEAD, HEAD, Head, LAYOUT, Layout, LayoutColumn, MAGIC, MAX_PAYLOAD, Put, RECORD, VERSION,
};

/// How many layouts are known at once. A number that is given again means the newer layout.
const MAX_LAYOUTS: usize = 256;

/// Writes records as frames, each layout once.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    layouts: Vec<Layout>,
    /// The layout of the record before, which nearly always is that of the next.
    last: usize,
}

impl Encoder {
    /// Appends `record` to `bytes`, which are left as they were where it cannot be recorded.
    pub(super) fn encode(
        &mut self,
        record: &Record,
        bytes: &mut Vec<u8>,
    ) -> Result<(), AppendError> {
        for columns in [&record.inputs, &record.context, &record.outputs] {
            columns.iter().try_for_each(|column| check(column, record.rows))?;
        }
        let start = bytes.len();
        let layout = self.layout(record, bytes);
        let before = bytes.len();
        let written = frame(bytes, RECORD, |bytes| {
            bytes.number(u32::try_from(layout).unwrap_or_default());
            bytes.wide(record.received_at.as_millis());
            bytes.number(record.latency_us);
            bytes.number(record.rows);
            bytes.text(&record.request_id);
            for columns in [&record.inputs, &record.context, &record.outputs] {
                for column in columns {
                    values(&column.values, bytes);
                }
            }
        });
        if written > MAX_PAYLOAD || before - start > MAX_PAYLOAD {
            bytes.truncate(start);
            if before > start {
                self.layouts.pop();
                self.last = 0;
            }
            return Err(AppendError::TooLarge { bytes: written, limit: MAX_PAYLOAD });
        }
        Ok(())
    }

    /// Returns the number of the record's layout, which is written where it is new.
    fn layout(&mut self, record: &Record, bytes: &mut Vec<u8>) -> usize {
        if self.layouts.get(self.last).is_some_and(|layout| layout.fits(record)) {
            return self.last;
        }
        if let Some(known) = self.layouts.iter().position(|layout| layout.fits(record)) {
            self.last = known;
            return known;
        }
        if self.layouts.len() == MAX_LAYOUTS {
            self.layouts.clear();
        }
        let layout = Layout::of(record);
        self.last = self.layouts.len();
        frame(bytes, LAYOUT, |bytes| {
            bytes.number(u32::try_from(self.last).unwrap_or_default());
            bytes.text(&layout.version);
            for columns in [&layout.inputs, &layout.context, &layout.outputs] {
                bytes.number(u32::try_from(columns.len()).unwrap_or(u32::MAX));
                for LayoutColumn { name, element, width } in columns {
                    bytes.text(name);
                    bytes.push(element.code());
                    bytes.number(*width);
                }
            }
        });
        self.layouts.push(layout);
        self.last
    }
}

fn check(column: &Column, rows: u32) -> Result<(), AppendError> {
    let (found, expected) = (column.values.len(), u64::from(rows) * u64::from(column.width));
    if found as u64 == expected && column.width > 0 {
        return Ok(());
    }
    Err(AppendError::Uneven { column: column.name.as_ref().to_owned(), found, expected })
}

fn values(values: &Values, bytes: &mut Vec<u8>) {
    match values {
        Values::Float32(values) => {
            for value in values {
                bytes.extend_from_slice(&value.to_le_bytes());
            }
        }
        Values::Float64(values) => {
            for value in values {
                bytes.extend_from_slice(&value.to_le_bytes());
            }
        }
        Values::Int64(values) => {
            for value in values {
                bytes.wide(*value);
            }
        }
        Values::Bool(values) => bytes.extend(values.iter().map(|value| u8::from(*value))),
        Values::Text(values) => {
            for value in values {
                bytes.text(value);
            }
        }
    }
}

/// Appends a frame whose payload `write` appends, and returns how long the payload is.
fn frame(bytes: &mut Vec<u8>, kind: u8, write: impl FnOnce(&mut Vec<u8>)) -> usize {
    let start = bytes.len();
    bytes.extend_from_slice(&[0; FRAME_HEAD]);
    bytes.push(kind);
    write(bytes);
    let payload = &bytes[start + FRAME_HEAD..];
    let (length, checksum) = (payload.len(), crc32fast::hash(payload));
    let head = &mut bytes[start..start + FRAME_HEAD];
    head[..4].copy_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    head[4..].copy_from_slice(&checksum.to_le_bytes());
    length
}

/// Returns what a journal begins with.
pub(super) fn preamble(head: &Head) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.number(VERSION);
    frame(&mut bytes, HEAD, |bytes| {
        bytes.extend_from_slice(&head.nonce.to_le_bytes());
        bytes.wide(head.hour);
        bytes.text(&head.variant);
        for column in [&head.id, &head.time] {
            bytes.push(u8::from(column.is_some()));
            bytes.text(column.as_deref().unwrap_or_default());
        }
    });
    bytes
}
