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
    /// Where the first frame behind the head is.
    first: u64,
    at: u64,
    layouts: HashMap<u32, Known>,
    torn_records: u64,
    torn_bytes: u64,
}

/// A layout that was read.
#[derive(Debug)]
struct Known {
    layout: Arc<Layout>,
    /// Whether a record of it was seen.
    is_used: bool,
}

/// What there is in a journal.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// The layouts that records have.
    pub(crate) layouts: Vec<Arc<Layout>>,
    /// How many whole records there are.
    pub(crate) records: u64,
    /// How many rows those have.
    pub(crate) rows: u64,
    /// When the last of them was received.
    pub(crate) last: Option<Timestamp>,
    /// How many records were broken off or damaged.
    pub(crate) torn_records: u64,
    /// How many bytes of them there are.
    pub(crate) torn_bytes: u64,
}

/// A record of a journal.
#[derive(Debug)]
pub(crate) struct Replayed {
    pub(crate) record: Record,
    /// The same for records that look alike.
    pub(crate) layout: Arc<Layout>,
    /// How many bytes it takes.
    pub(crate) bytes: usize,
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
        let head = if lost { None } else { bytes.frame(PREAMBLE as u64)? };
        let Some((head, first)) = head.and_then(|(frame, end)| Some((read_head(frame)?, end)))
        else {
            return Ok(Beginning::Torn { bytes: length });
        };
        let layouts = HashMap::new();
        let replay =
            Self { bytes, head, first, at: first, layouts, torn_records: 0, torn_bytes: 0 };
        Ok(Beginning::Sound(Box::new(replay)))
    }

    /// Returns what the journal says of itself.
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// Looks through the whole journal, of which the next record is the first again afterwards.
    pub(crate) fn survey(&mut self) -> io::Result<Survey> {
        self.rewind();
        let mut survey = Survey::default();
        while let Some((at, length)) = self.advance()? {
            let Some(mut take) = self.bytes.get(at, length)?.map(Take) else { continue };
            let Some(about) = read_about(&mut take) else { continue };
            survey.records += 1;
            survey.rows += u64::from(about.rows);
            survey.last = survey.last.max(Some(about.received_at));
            if let Some(known) = self.layouts.get_mut(&about.layout).filter(|known| !known.is_used)
            {
                known.is_used = true;
                survey.layouts.push(known.layout.clone());
            }
        }
        (survey.torn_records, survey.torn_bytes) = (self.torn_records, self.torn_bytes);
        self.rewind();
        Ok(survey)
    }

    fn rewind(&mut self) {
        self.at = self.first;
        self.layouts.clear();
        (self.torn_records, self.torn_bytes) = (0, 0);
    }

    /// Returns the next whole record, none at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Replayed>> {
        while let Some((at, length)) = self.advance()? {
            let Some(mut take) = self.bytes.get(at, length)?.map(Take) else { continue };
            let Some(about) = read_about(&mut take) else { continue };
            let layout = self.layouts.get(&about.layout).map(|known| known.layout.clone());
            let record =
                layout.and_then(|layout| Some((read_record(take, &about, &layout)?, layout)));
            // What its checksum holds for was written like that, so this is not left out in fact.
            let Some((record, layout)) = record else { continue };
            return Ok(Some(Replayed { record, layout, bytes: length + FRAME_HEAD }));
        }
        Ok(None)
    }

    /// Goes to the next record of a known layout, and returns where its content is and how long.
    fn advance(&mut self) -> io::Result<Option<(u64, usize)>> {
        while self.at < self.bytes.length {
            let start = self.at;
            let Some((frame, end)) = self.bytes.frame(start)? else {
                self.skip()?;
                continue;
            };
            self.at = end;
            let (kind, length) = (frame[0], frame.len());
            let mut take = Take(&frame[1..]);
            match kind {
                LAYOUT => match read_layout(take) {
                    Some((number, layout)) => {
                        let known = Known { layout: Arc::new(layout), is_used: false };
                        self.layouts.insert(number, known);
                    }
                    None => self.tear(length + FRAME_HEAD),
                },
                RECORD if take.number().is_some_and(|at| self.layouts.contains_key(&at)) => {
                    return Ok(Some((start + FRAME_HEAD as u64 + 1, length - 1)));
                }
                // Its layout was damaged, so its values have no names.
                _ => self.tear(length + FRAME_HEAD),
            }
        }
        Ok(None)
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

/// What a record begins with.
struct About {
    layout: u32,
    received_at: Timestamp,
    latency_us: u32,
    rows: u32,
}

fn read_about(take: &mut Take<'_>) -> Option<About> {
    Some(About {
        layout: take.number()?,
        received_at: Timestamp::from_millis(take.wide()?),
        latency_us: take.number()?,
        rows: take.number()?,
    })
}

fn read_record(mut take: Take<'_>, about: &About, layout: &Layout) -> Option<Record> {
    let request_id = take.text()?.to_owned();
    let mut columns = |columns: &[LayoutColumn]| {
        let mut column = |column: &LayoutColumn| {
            let count = u64::from(about.rows).checked_mul(u64::from(column.width))?;
            let values = take.values(column.element, count)?;
            Some(Column { name: column.name.clone(), values, width: column.width })
        };
        let mut read = Vec::with_capacity(columns.len());
        for each in columns {
            read.push(column(each)?);
        }
        Some(read)
    };
    Some(Record {
        request_id,
        received_at: about.received_at,
        latency_us: about.latency_us,
        version: layout.version.clone(),
        rows: about.rows,
        inputs: columns(&layout.inputs)?,
        context: columns(&layout.context)?,
        outputs: columns(&layout.outputs)?,
    })
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
