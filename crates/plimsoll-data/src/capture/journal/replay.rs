//! A journal read from its beginning to its last whole record.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use plimsoll_core::Timestamp;

use super::super::record::{Column, Element, Record};
use super::format::{
    FRAME_HEAD, HEAD, Head, LAYOUT, Layout, LayoutColumn, MAGIC, MAX_PAYLOAD, PREAMBLE, RECORD,
    Take, VERSION,
};

/// How many bytes are read at once.
const WINDOW: usize = 1 << 20;

/// How a journal begins.
#[derive(Debug)]
pub(crate) enum Beginning {
    /// It can be read.
    Sound(Box<Replay>),
    /// The process ended before its first flush, so there are no records.
    Torn {
        /// How many bytes there are.
        bytes: u64,
    },
    /// It is no journal, or one of a later version.
    Foreign,
}

/// A journal that is being read.
#[derive(Debug)]
pub(crate) struct Replay {
    bytes: Bytes,
    head: Head,
    at: u64,
    layouts: HashMap<u32, Layout>,
    torn_records: u64,
    torn_bytes: u64,
}

impl Replay {
    /// Reads the beginning of `file`, and later nothing beyond its present length.
    pub(crate) fn open(file: File) -> io::Result<Beginning> {
        let length = file.metadata()?.len();
        let mut bytes = Bytes { file, length, window: Vec::new(), start: 0 };
        let known = usize::try_from(length).unwrap_or(PREAMBLE).min(PREAMBLE);
        let preamble = bytes.get(0, known)?.unwrap_or_default();
        let (magic, version) = preamble.split_at(known.min(MAGIC.len()));
        // After a loss of power a file can have its length and zeros instead of its content.
        let lost = preamble.iter().all(|byte| *byte == 0);
        if !lost && (!MAGIC.starts_with(magic) || !VERSION.to_le_bytes().starts_with(version)) {
            return Ok(Beginning::Foreign);
        }
        let mut replay = Self {
            bytes,
            head: Head { nonce: 0, hour: 0, variant: String::new(), id: None, time: None },
            at: PREAMBLE as u64,
            layouts: HashMap::new(),
            torn_records: 0,
            torn_bytes: 0,
        };
        let head = if lost { None } else { replay.frame(replay.at)? };
        let Some((head, end)) = head.and_then(|(frame, end)| Some((read_head(frame)?, end))) else {
            return Ok(Beginning::Torn { bytes: length });
        };
        replay.head = head;
        replay.at = end;
        Ok(Beginning::Sound(Box::new(replay)))
    }

    /// Returns what the journal says of itself.
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// Returns how many records were broken off or damaged so far, and how many bytes of them.
    pub(crate) fn torn(&self) -> (u64, u64) {
        (self.torn_records, self.torn_bytes)
    }

    /// Returns the next whole record and how many bytes it takes, none at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<(Record, usize)>> {
        while self.at < self.bytes.length {
            let Some((frame, end)) = self.bytes.frame(self.at)? else {
                self.skip()?;
                continue;
            };
            let (kind, payload) = (frame[0], Take(&frame[1..]));
            let length = frame.len() + FRAME_HEAD;
            match kind {
                LAYOUT => match read_layout(payload) {
                    Some((number, layout)) => _ = self.layouts.insert(number, layout),
                    None => self.tear(length),
                },
                RECORD => match read_record(payload, &self.layouts) {
                    Some(record) => {
                        self.at = end;
                        return Ok(Some((record, length)));
                    }
                    // Its layout was damaged, so its values have no names.
                    None => self.tear(length),
                },
                _ => self.tear(length),
            }
            self.at = end;
        }
        Ok(None)
    }

    fn frame(&mut self, at: u64) -> io::Result<Option<(&[u8], u64)>> {
        self.bytes.frame(at)
    }

    fn tear(&mut self, length: usize) {
        self.torn_records += 1;
        self.torn_bytes += length as u64;
    }

    /// Goes on to the next whole frame behind a damaged one, or to the end.
    fn skip(&mut self) -> io::Result<()> {
        let start = self.at;
        self.at += 1;
        while self.at < self.bytes.length && self.bytes.frame(self.at)?.is_none() {
            self.at += 1;
        }
        self.torn_records += 1;
        self.torn_bytes += self.at - start;
        Ok(())
    }
}

fn read_head(frame: &[u8]) -> Option<Head> {
    let mut take = Take(frame);
    if take.byte()? != HEAD {
        return None;
    }
    let nonce = u64::from_le_bytes(take.bytes(8)?.try_into().ok()?);
    let hour = take.wide()?;
    let variant = take.text()?.to_owned();
    let mut column = || {
        let named = take.byte()? != 0;
        let name = take.text()?;
        Some(named.then(|| name.to_owned()))
    };
    Some(Head { nonce, hour, variant, id: column()?, time: column()? })
}

fn read_layout(mut take: Take<'_>) -> Option<(u32, Layout)> {
    let number = take.number()?;
    let version: Arc<str> = take.text()?.into();
    let mut columns = || {
        let count = take.number()?;
        let column = |take: &mut Take<'_>| {
            let name = take.text()?.into();
            let element = Element::from_code(take.byte()?)?;
            Some(LayoutColumn { name, element, width: take.number()? })
        };
        (0..count).map(|_| column(&mut take)).collect::<Option<Vec<_>>>()
    };
    let layout = Layout { version, inputs: columns()?, context: columns()?, outputs: columns()? };
    Some((number, layout))
}

fn read_record(mut take: Take<'_>, layouts: &HashMap<u32, Layout>) -> Option<Record> {
    let layout = layouts.get(&take.number()?)?;
    let received_at = Timestamp::from_millis(take.wide()?);
    let (latency_us, rows) = (take.number()?, take.number()?);
    let request_id = take.text()?.to_owned();
    let mut columns = |columns: &[LayoutColumn]| {
        let column = |column: &LayoutColumn| {
            let count = u64::from(rows).checked_mul(u64::from(column.width))?;
            let values = take.values(column.element, count)?;
            Some(Column { name: column.name.clone(), values, width: column.width })
        };
        columns.iter().map(column).collect::<Option<Vec<_>>>()
    };
    let inputs = columns(&layout.inputs)?;
    let context = columns(&layout.context)?;
    let outputs = columns(&layout.outputs)?;
    let version = layout.version.clone();
    Some(Record { request_id, received_at, latency_us, version, rows, inputs, context, outputs })
}

/// A file of which a part is held.
#[derive(Debug)]
struct Bytes {
    file: File,
    length: u64,
    window: Vec<u8>,
    start: u64,
}

impl Bytes {
    /// Returns the payload of the frame at `at` and where it ends, if it is whole and sound.
    fn frame(&mut self, at: u64) -> io::Result<Option<(&[u8], u64)>> {
        let Some(head) = self.get(at, FRAME_HEAD)? else { return Ok(None) };
        let mut head = Take(head);
        let (Some(length), Some(checksum)) = (head.number(), head.number()) else {
            return Ok(None);
        };
        let length = length as usize;
        // Zeros are what a file has where it was made longer and never written.
        if length == 0 || length > MAX_PAYLOAD {
            return Ok(None);
        }
        // Looked at first, since behind damage this is asked of every byte.
        let kind = self.get(at + FRAME_HEAD as u64, 1)?.and_then(|kind| kind.first().copied());
        if !kind.is_some_and(|kind| matches!(kind, HEAD | LAYOUT | RECORD)) {
            return Ok(None);
        }
        let Some(payload) = self.get(at + FRAME_HEAD as u64, length)? else { return Ok(None) };
        if checksum != crc32fast::hash(payload) {
            return Ok(None);
        }
        Ok(Some((payload, at + (FRAME_HEAD + length) as u64)))
    }

    /// Returns `count` bytes from `at` on, `None` where the file has fewer.
    fn get(&mut self, at: u64, count: usize) -> io::Result<Option<&[u8]>> {
        if at.checked_add(count as u64).is_none_or(|end| end > self.length) {
            return Ok(None);
        }
        let held = self.start + self.window.len() as u64;
        if at < self.start || at + count as u64 > held {
            let left = usize::try_from(self.length - at).unwrap_or(usize::MAX);
            self.window.clear();
            self.window.resize(count.max(WINDOW).min(left), 0);
            self.start = at;
            if let Err(error) = self.file.read_exact_at(&mut self.window, at) {
                self.window.clear();
                // It was made shorter in the meantime.
                let cut = error.kind() == io::ErrorKind::UnexpectedEof;
                return if cut { Ok(None) } else { Err(error) };
            }
        }
        let from = usize::try_from(at - self.start).unwrap_or_default();
        Ok(self.window.get(from..from + count))
    }
}
