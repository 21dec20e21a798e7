//! The bytes of a pickle, read once from front to back.

use std::io::{self, Read, Seek, SeekFrom};

use super::super::content::ContentReader;

/// Why an instruction could not be read.
#[derive(Debug)]
pub(super) enum ReadError {
    /// The bytes end within it.
    Ended,
    /// It says something that no loader takes.
    Wrong(&'static str),
    /// The bytes could not be had.
    Io(io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// How many bytes are held at once, and so how far one can look ahead.
const AHEAD: usize = 64 << 10;

/// Longest line that is read: longer than any name or number that is one.
const LONGEST_LINE: usize = 32 << 10;

/// A line, or the beginning of a long one.
pub(super) struct Line {
    pub(super) beginning: Vec<u8>,
    pub(super) is_cut: bool,
}

/// Reads instructions and what belongs to them.
pub(super) struct Input<'s> {
    source: &'s mut ContentReader,
    buffer: Vec<u8>,
    from: usize,
    /// The byte that comes next, counted from the start of the source.
    position: u64,
    ended: bool,
}

impl<'s> Input<'s> {
    pub(super) fn new(source: &'s mut ContentReader) -> Self {
        Self { source, buffer: Vec::new(), from: 0, position: 0, ended: false }
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Makes `count` bytes available, at most [`AHEAD`], or all that are left.
    fn fill(&mut self, count: usize) -> io::Result<()> {
        if self.buffer.len() - self.from >= count || self.ended {
            return Ok(());
        }
        self.buffer.drain(..self.from);
        self.from = 0;
        while self.buffer.len() < count {
            let held = self.buffer.len();
            self.buffer.resize(AHEAD, 0);
            let read = self.source.read(&mut self.buffer[held..]);
            self.buffer.truncate(held + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn held(&self) -> &[u8] {
        &self.buffer[self.from..]
    }

    fn advance(&mut self, count: usize) {
        self.from += count;
        self.position += count as u64;
    }

    /// Returns the next bytes without taking them: `count` of them, or all that are left.
    pub(super) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        let count = count.min(AHEAD);
        self.fill(count)?;
        let held = self.held();
        Ok(&held[..held.len().min(count)])
    }

    /// Takes one byte; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<u8>> {
        if self.from == self.buffer.len() {
            self.fill(1)?;
        }
        let byte = self.held().first().copied();
        if byte.is_some() {
            self.advance(1);
        }
        Ok(byte)
    }

    /// Takes `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        self.fill(N)?;
        let bytes = self.held().first_chunk::<N>().copied().ok_or(ReadError::Ended)?;
        self.advance(N);
        Ok(bytes)
    }

    pub(super) fn u8(&mut self) -> Result<u8, ReadError> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn u32(&mut self) -> Result<u32, ReadError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, ReadError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// Takes a line without its end.
    pub(super) fn line(&mut self) -> Result<Vec<u8>, ReadError> {
        let mut wanted = 128;
        loop {
            self.fill(wanted)?;
            let held = self.held();
            if let Some(end) = held.iter().take(LONGEST_LINE).position(|byte| *byte == b'\n') {
                let line = held[..end].to_vec();
                self.advance(end + 1);
                return Ok(line);
            }
            if held.len() >= LONGEST_LINE {
                return Err(ReadError::Wrong("a line is longer than 32 KiB"));
            }
            if self.ended {
                return Err(ReadError::Ended);
            }
            wanted = LONGEST_LINE.min(held.len().max(wanted) * 2);
        }
    }

    /// Takes a line of any length, of which it returns the beginning.
    pub(super) fn long_line(&mut self) -> Result<Line, ReadError> {
        let mut beginning = Vec::new();
        let mut is_cut = false;
        loop {
            self.fill(1)?;
            let held = self.held();
            if held.is_empty() {
                return Err(ReadError::Ended);
            }
            let end = memchr::memchr(b'\n', held);
            let piece = &held[..end.unwrap_or(held.len())];
            let room = LONGEST_LINE - beginning.len();
            is_cut |= piece.len() > room;
            beginning.extend_from_slice(&piece[..piece.len().min(room)]);
            let taken = piece.len() + usize::from(end.is_some());
            self.advance(taken);
            if end.is_some() {
                return Ok(Line { beginning, is_cut });
            }
        }
    }

    /// Takes `count` bytes, of which it returns the first ones, at most `keep`.
    pub(super) fn bytes(&mut self, count: u64, keep: usize) -> Result<Vec<u8>, ReadError> {
        let mut kept = Vec::new();
        let wanted = usize::try_from(count).map_or(keep, |count| count.min(keep));
        while kept.len() < wanted {
            self.fill((wanted - kept.len()).min(AHEAD))?;
            let held = self.held();
            let piece = held.len().min(wanted - kept.len());
            if piece == 0 {
                return Err(ReadError::Ended);
            }
            kept.extend_from_slice(&held[..piece]);
            self.advance(piece);
        }
        self.skip(count - kept.len() as u64)?;
        Ok(kept)
    }

    /// Leaves out `count` bytes.
    pub(super) fn skip(&mut self, count: u64) -> Result<(), ReadError> {
        let held = self.held().len();
        let here = usize::try_from(count).map_or(held, |count| count.min(held));
        self.advance(here);
        let rest = count - here as u64;
        if rest == 0 {
            return Ok(());
        }
        let from = self.source.stream_position()?;
        let skipped = self.source.seek(SeekFrom::Start(from.saturating_add(rest)))? - from;
        self.position += skipped;
        if skipped < rest {
            self.ended = true;
            return Err(ReadError::Ended);
        }
        Ok(())
    }
}
