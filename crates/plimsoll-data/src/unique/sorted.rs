//! Hashes in order, spilled to disk beyond a bound.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// A hash, perhaps with what is to be known of its row.
pub(crate) trait Item: Copy + Ord {
    /// Itself on disk.
    type Bytes: AsRef<[u8]>;

    /// How many bytes that is.
    const WIDTH: usize = size_of::<Self::Bytes>();

    /// Returns itself as bytes.
    fn to_bytes(self) -> Self::Bytes;

    /// Reads what the first bytes hold, nothing of too few.
    fn read(bytes: &[u8]) -> Option<Self>;
}

impl Item for u64 {
    type Bytes = [u8; 8];

    fn to_bytes(self) -> [u8; 8] {
        self.to_le_bytes()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().map(|bytes| Self::from_le_bytes(*bytes))
    }
}

/// A hash and what is to be known of its row, in 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hashed {
    pub(crate) hash: u64,
    pub(crate) row: u64,
}

impl Item for Hashed {
    type Bytes = [u8; 16];

    fn to_bytes(self) -> [u8; 16] {
        (u128::from(self.hash) << 64 | u128::from(self.row)).to_be_bytes()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (hash, rest) = bytes.split_first_chunk()?;
        let row = rest.first_chunk()?;
        Some(Self { hash: u64::from_be_bytes(*hash), row: u64::from_be_bytes(*row) })
    }
}

/// Takes hashes in any order and gives them back in order.
pub(crate) struct Sorter<'a, T = u64> {
    folder: &'a Path,
    capacity: usize,
    held: Vec<T>,
    spilled: Option<File>,
    /// Where each sorted run in the file ends, in hashes.
    ends: Vec<u64>,
}

impl<'a, T: Item> Sorter<'a, T> {
    /// Holds about `memory` bytes and puts what is beyond into a nameless file in `folder`.
    pub(crate) fn new(memory: usize, folder: &'a Path) -> Self {
        let capacity = (memory / T::WIDTH).max(16);
        Self { folder, capacity, held: Vec::new(), spilled: None, ends: Vec::new() }
    }

    /// Takes some hashes.
    pub(crate) fn extend(&mut self, hashes: &[T]) -> io::Result<()> {
        let mut rest = hashes;
        while !rest.is_empty() {
            if self.held.len() >= self.capacity {
                self.spill()?;
            }
            let (some, more) = rest.split_at(rest.len().min(self.capacity - self.held.len()));
            self.held.extend_from_slice(some);
            rest = more;
        }
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        self.held.sort_unstable();
        let file = match &mut self.spilled {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(self.folder)?),
        };
        let mut out = io::BufWriter::with_capacity(1 << 16, file);
        for hash in &self.held {
            out.write_all(hash.to_bytes().as_ref())?;
        }
        out.flush()?;
        let before = self.ends.last().copied().unwrap_or_default();
        self.ends.push(before + self.held.len() as u64);
        self.held.clear();
        Ok(())
    }

    /// Returns everything in order.
    pub(crate) fn sorted(mut self) -> io::Result<Sorted<T>> {
        if self.spilled.is_some() {
            self.spill()?;
            self.held = Vec::new();
        }
        self.held.sort_unstable();
        let share = (self.capacity / (self.ends.len() + 1)).clamp(16, 1 << 16);
        let mut sorted = Sorted {
            held: self.held.into_iter(),
            file: self.spilled,
            runs: Vec::new(),
            heads: BinaryHeap::new(),
            share,
        };
        let mut from = 0;
        for (run, end) in self.ends.into_iter().enumerate() {
            sorted.runs.push(Run { next: from, end, buffer: Vec::new(), at: 0 });
            from = end;
            sorted.advance(run)?;
        }
        Ok(sorted)
    }
}

/// Hashes in order.
pub(crate) struct Sorted<T = u64> {
    held: std::vec::IntoIter<T>,
    file: Option<File>,
    runs: Vec<Run>,
    heads: BinaryHeap<Reverse<(T, usize)>>,
    share: usize,
}

struct Run {
    next: u64,
    end: u64,
    buffer: Vec<u8>,
    at: usize,
}

impl<T: Item> Sorted<T> {
    /// Returns the next, none at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<T>> {
        if self.file.is_none() {
            return Ok(self.held.next());
        }
        let Some(Reverse((hash, run))) = self.heads.pop() else { return Ok(None) };
        self.advance(run)?;
        Ok(Some(hash))
    }

    /// Puts the next of a run among the heads.
    fn advance(&mut self, index: usize) -> io::Result<()> {
        let (Some(file), Some(run)) = (&self.file, self.runs.get_mut(index)) else { return Ok(()) };
        if run.at == run.buffer.len() {
            let count = usize::try_from(run.end - run.next).unwrap_or(usize::MAX).min(self.share);
            run.buffer.resize(count * T::WIDTH, 0);
            file.read_exact_at(&mut run.buffer, run.next * T::WIDTH as u64)?;
            run.next += count as u64;
            run.at = 0;
        }
        if let Some(hash) = T::read(&run.buffer[run.at..]) {
            run.at += T::WIDTH;
            self.heads.push(Reverse((hash, index)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_tiny_bound_gives_the_same_order(hashes in prop::collection::vec(0..50_u64, 0..400)) {
            let sort = |memory, piece| {
                let folder = std::env::temp_dir();
                let mut sorter = Sorter::new(memory, &folder);
                hashes.chunks(piece).for_each(|some| sorter.extend(some).unwrap());
                let mut sorted = sorter.sorted().unwrap();
                std::iter::from_fn(|| sorted.next().unwrap()).collect::<Vec<_>>()
            };
            let mut expected = hashes.clone();
            expected.sort_unstable();
            prop_assert_eq!(&sort(1, 7), &expected);
            prop_assert_eq!(sort(1 << 20, 100), expected);
        }

        #[test]
        fn what_is_known_of_rows_stays_with_their_hashes(hashes in prop::collection::vec(any::<u64>(), 0..200)) {
            let folder = std::env::temp_dir();
            let mut rows: Vec<Hashed> =
                hashes.iter().map(|hash| Hashed { hash: hash % 9, row: *hash }).collect();
            let mut sorter = Sorter::new(1, &folder);
            sorter.extend(&rows).unwrap();
            let mut sorted = sorter.sorted().unwrap();
            let found: Vec<_> = std::iter::from_fn(|| sorted.next().unwrap()).collect();
            rows.sort_unstable();
            prop_assert_eq!(found, rows);
        }
    }
}
