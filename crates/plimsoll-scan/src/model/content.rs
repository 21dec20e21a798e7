//! Bytes that can be read from anywhere, without holding them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use plimsoll_core::Digest;

/// Something that can be read at any place.
pub trait ReadAt: Send + Sync {
    /// Reads some bytes from `offset` on; none at the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl ReadAt for File {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        FileExt::read_at(self, buffer, offset)
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|from| self.get(from..)).unwrap_or(&[]);
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

/// Bytes of a known length: a file, a part of one, or what was unpacked of one.
///
/// A part shares the bytes of the whole, so that taking one costs nothing.
#[derive(Clone)]
pub struct Content {
    bytes: Arc<dyn ReadAt>,
    start: u64,
    length: u64,
}

impl Content {
    /// Takes an opened file. What is added to it later is not seen.
    pub fn of_file(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { bytes: Arc::new(file), start: 0, length })
    }

    /// Takes bytes that are held already.
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        let length = bytes.len() as u64;
        Self { bytes: Arc::new(bytes), start: 0, length }
    }

    /// Returns how many bytes there are.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Returns a part of it, cut off where the whole ends.
    #[must_use]
    pub fn part(&self, start: u64, length: u64) -> Self {
        let start = start.min(self.length);
        let length = length.min(self.length - start);
        Self { bytes: Arc::clone(&self.bytes), start: self.start.saturating_add(start), length }
    }

    /// Reads at most `count` bytes from `offset` on; fewer only where the content ends.
    pub fn read_at(&self, offset: u64, count: usize) -> io::Result<Vec<u8>> {
        let rest = self.length.saturating_sub(offset);
        let count = usize::try_from(rest).map_or(count, |rest| rest.min(count));
        let mut bytes = Vec::new();
        let mut from = self.reader_at(offset);
        from.by_ref().take(count as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Returns the first bytes, at most `count`.
    pub fn head(&self, count: usize) -> io::Result<Vec<u8>> {
        self.read_at(0, count)
    }

    /// Returns the BLAKE3 digest of all bytes.
    pub fn digest(&self) -> io::Result<Digest> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(self.reader())?;
        Ok(Digest::from(hasher.finalize()))
    }

    /// Returns a reader from the start on, without a buffer of its own.
    pub fn reader(&self) -> ContentReader {
        self.reader_at(0)
    }

    /// Returns a reader from `offset` on.
    pub fn reader_at(&self, offset: u64) -> ContentReader {
        ContentReader { content: self.clone(), position: offset.min(self.length) }
    }
}

/// Reads a [`Content`]; what is skipped by seeking costs nothing.
pub struct ContentReader {
    content: Content,
    position: u64,
}

impl Read for ContentReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.content.length - self.position;
        let most = usize::try_from(rest).map_or(buffer.len(), |rest| rest.min(buffer.len()));
        // The sum cannot overflow: the part lies within what can be addressed.
        let offset = self.content.start.saturating_add(self.position);
        let count = self.content.bytes.read_at(offset, &mut buffer[..most])?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for ContentReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.content.length.checked_add_signed(by),
        };
        let target = target.ok_or(io::ErrorKind::InvalidInput)?;
        self.position = target.min(self.content.length);
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_where_the_whole_does() {
        let whole = Content::of_bytes(b"0123456789".to_vec());
        let part = whole.part(3, 4);
        assert_eq!(part.read_at(0, 100).unwrap(), b"3456");
        assert_eq!(part.part(2, u64::MAX).read_at(1, 8).unwrap(), b"6");
        assert_eq!(whole.part(20, 5).length(), 0);
        let mut reader = part.reader();
        reader.seek(SeekFrom::Current(2)).unwrap();
        assert_eq!(io::read_to_string(reader).unwrap(), "56");
    }
}
