//! A set of digests in as few bytes as its false matches allow.
//!
//! Digests are cut to their leading bits, sorted, and the gaps between them are written in Rice
//! codes (Golomb 1966, Rice 1979; as sets of keys: Putze, Sanders and Singler 2007). With
//! `log2 n + 24` bits a digest of another row is in the set with a chance of at most 2^-24, and a
//! row takes about 3.2 bytes. The order stays, so that two files are compared in one walk and in
//! bounded memory, however many rows they have.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

/// How many bits of a gap are written as they are: gaps are about 2^24 wide.
const PLAIN: u32 = 24;

/// How many bytes are read at a time.
const PIECE: usize = 1 << 16;

/// The chance that a row that is not in the set matches one that is.
pub(crate) const FALSE_MATCH: f64 = 1.0 / (1_u32 << PLAIN) as f64;

/// Returns how many leading bits are kept of the digests of so many rows.
pub(crate) fn bits_for(rows: u64) -> u32 {
    (rows.max(2).next_power_of_two().ilog2() + PLAIN).min(64)
}

/// Writes digests that come in order.
pub(crate) struct Writer<W: Write> {
    out: W,
    /// How many bits of a digest are kept.
    bits: u32,
    last: Option<u64>,
    count: u64,
    /// Bits that are no whole byte yet, the first of them the highest.
    held: u64,
    held_bits: u32,
    bytes: u64,
}

impl<W: Write> Writer<W> {
    /// Keeps so many leading bits of each digest.
    pub(crate) fn new(out: W, bits: u32) -> Self {
        Self { out, bits, last: None, count: 0, held: 0, held_bits: 0, bytes: 0 }
    }

    /// Adds a digest that is no less than the last one.
    pub(crate) fn push(&mut self, digest: u64) -> io::Result<()> {
        let value = digest >> (64 - self.bits);
        let gap = match self.last {
            Some(last) if last == value => return Ok(()),
            Some(last) => value - last - 1,
            None => value,
        };
        self.last = Some(value);
        self.count += 1;
        for _ in 0..gap >> PLAIN {
            self.bit(true)?;
        }
        self.bit(false)?;
        for at in (0..PLAIN).rev() {
            self.bit(gap >> at & 1 == 1)?;
        }
        Ok(())
    }

    fn bit(&mut self, bit: bool) -> io::Result<()> {
        self.held = self.held << 1 | u64::from(bit);
        self.held_bits += 1;
        if self.held_bits == 64 {
            self.out.write_all(&self.held.to_be_bytes())?;
            self.bytes += 8;
            self.held_bits = 0;
        }
        Ok(())
    }

    /// Writes what is left and returns how many digests and how many bytes there are.
    pub(crate) fn finish(mut self) -> io::Result<(W, u64, u64)> {
        while !self.held_bits.is_multiple_of(8) {
            self.bit(true)?;
        }
        let bytes = self.held_bits as usize / 8;
        if bytes > 0 {
            let held = self.held << (64 - self.held_bits);
            self.out.write_all(&held.to_be_bytes()[..bytes])?;
        }
        self.out.flush()?;
        Ok((self.out, self.count, self.bytes + bytes as u64))
    }
}

/// A set of digests in a file.
#[derive(Debug)]
pub(crate) struct CodedSet {
    /// The file.
    pub(crate) file: File,
    /// Where the set begins in it, and how many bytes it has.
    pub(crate) at: u64,
    pub(crate) bytes: u64,
    /// How many digests there are.
    pub(crate) count: u64,
    /// How many leading bits of a digest are kept.
    pub(crate) bits: u32,
}

impl CodedSet {
    /// Reads the digests, cut to their leading bits, in order.
    pub(crate) fn walk(&self) -> Walk<'_> {
        Walk { set: self, piece: Vec::new(), at: 0, read: 0, bit: 0, left: self.count, last: None }
    }
}

/// Digests in order.
pub(crate) struct Walk<'a> {
    set: &'a CodedSet,
    piece: Vec<u8>,
    at: usize,
    read: u64,
    bit: u32,
    left: u64,
    last: Option<u64>,
}

impl Walk<'_> {
    /// Returns the next, none at the end.
    ///
    /// # Errors
    /// The file cannot be read, or does not hold what a writer wrote.
    pub(crate) fn next(&mut self) -> io::Result<Option<u64>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let mut gap = 0_u64;
        while self.next_bit()? {
            gap += 1;
        }
        for _ in 0..PLAIN {
            gap = gap << 1 | u64::from(self.next_bit()?);
        }
        let value = match self.last {
            Some(last) => last.checked_add(gap).and_then(|value| value.checked_add(1)),
            None => Some(gap),
        };
        let in_range = |value: &u64| self.set.bits == 64 || value >> self.set.bits == 0;
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the digests are damaged");
        self.last = Some(value.filter(in_range).ok_or_else(damaged)?);
        Ok(self.last)
    }

    fn next_bit(&mut self) -> io::Result<bool> {
        if self.bit == 0 && self.at == self.piece.len() {
            self.fill()?;
        }
        let byte = self.piece[self.at];
        let bit = byte >> (7 - self.bit) & 1 == 1;
        self.bit = (self.bit + 1) % 8;
        if self.bit == 0 {
            self.at += 1;
        }
        Ok(bit)
    }

    fn fill(&mut self) -> io::Result<()> {
        let left = usize::try_from(self.set.bytes - self.read).unwrap_or(usize::MAX).min(PIECE);
        if left == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the digests are cut off"));
        }
        self.piece.resize(left, 0);
        self.set.file.read_exact_at(&mut self.piece, self.set.at + self.read)?;
        self.read += left as u64;
        self.at = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn coded(digests: &[u64], bits: u32) -> CodedSet {
        let mut writer = Writer::new(tempfile::tempfile().unwrap(), bits);
        for digest in digests {
            writer.push(*digest).unwrap();
        }
        let (file, count, bytes) = writer.finish().unwrap();
        CodedSet { file, at: 0, bytes, count, bits }
    }

    fn walk(set: &CodedSet) -> io::Result<Vec<u64>> {
        let mut walk = set.walk();
        let mut all = Vec::new();
        while let Some(value) = walk.next()? {
            all.push(value);
        }
        Ok(all)
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(mut digests in prop::collection::vec(any::<u64>(), 0..300), bits in 25_u32..=36) {
            digests.sort_unstable();
            let set = coded(&digests, bits);
            let mut expected: Vec<u64> = digests.iter().map(|digest| digest >> (64 - bits)).collect();
            expected.dedup();
            prop_assert_eq!(walk(&set).unwrap(), expected);
        }
    }

    #[test]
    fn a_row_takes_about_three_bytes() {
        let mut digests: Vec<u64> = (0..4096).map(crate::integrity::digest::spread).collect();
        digests.sort_unstable();
        let set = coded(&digests, bits_for(4096));
        assert!((set.bytes as f64 / 4096.0 - 3.2).abs() < 0.1, "{}", set.bytes);
    }

    #[test]
    fn a_damaged_set_is_an_error() {
        let digests: Vec<u64> = (0..100).map(|at| at << 50).collect();
        let whole = coded(&digests, 40);
        let cut = CodedSet { bytes: whole.bytes / 2, ..coded(&digests, 40) };
        assert!(walk(&cut).is_err());
        let narrow = CodedSet { bits: 30, ..whole };
        assert!(walk(&narrow).is_err());
    }
}
