//! Hashes in order, spilled to disk beyond a bound.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// The bytes of one [`Hashed`] on disk.
const WIDTH: usize = 16;

/// A row's number among the sound rows, behind the hash of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hashed {
    pub(crate) hash: u64,
    pub(crate) row: u64,
}

impl Hashed {
    fn to_bytes(self) -> [u8; WIDTH] {
        let mut bytes = [0; WIDTH];
        bytes[..8].copy_from_slice(&self.hash.to_le_bytes());
        bytes[8..].copy_from_slice(&self.row.to_le_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Self {
        let half =
            |bytes: &[u8]| bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        Self { hash: half(&bytes[..8]), row: half(&bytes[8..WIDTH]) }
    }
}

/// Takes hashes in any order and gives them back in order.
pub(crate) struct Sorter<'a> {
    folder: &'a Path,
    capacity: usize,
    held: Vec<Hashed>,
    spilled: Option<File>,
    /// Where each sorted run in the file ends, in hashes.
    ends: Vec<u64>,
}

impl<'a> Sorter<'a> {
    /// Holds about `memory` bytes and puts what is beyond into a nameless file in `folder`.
    pub(crate) fn new(memory: usize, folder: &'a Path) -> Self {
        let capacity = (memory / WIDTH).max(16);
        Self { folder, capacity, held: Vec::new(), spilled: None, ends: Vec::new() }
    }

    #[inline]
    pub(crate) fn push(&mut self, hashed: Hashed) -> io::Result<()> {
        if self.held.len() >= self.capacity {
            self.spill()?;
        }
        self.held.push(hashed);
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        self.held.sort_unstable();
        let file = match &mut self.spilled {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(self.folder)?),
        };
        let mut out = io::BufWriter::with_capacity(1 << 16, file);
        for hashed in &self.held {
            out.write_all(&hashed.to_bytes())?;
        }
        out.flush()?;
        let before = self.ends.last().copied().unwrap_or_default();
        self.ends.push(before + self.held.len() as u64);
        self.held.clear();
        Ok(())
    }

    /// Returns everything in order.
    pub(crate) fn sorted(mut self) -> io::Result<Sorted> {
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
pub(crate) struct Sorted {
    held: std::vec::IntoIter<Hashed>,
    file: Option<File>,
    runs: Vec<Run>,
    heads: BinaryHeap<Reverse<(Hashed, usize)>>,
    share: usize,
}

struct Run {
    next: u64,
    end: u64,
    buffer: Vec<u8>,
    at: usize,
}

impl Sorted {
    /// Returns the next, none at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Hashed>> {
        if self.file.is_none() {
            return Ok(self.held.next());
        }
        let Some(Reverse((hashed, run))) = self.heads.pop() else { return Ok(None) };
        self.advance(run)?;
        Ok(Some(hashed))
    }

    /// Puts the next of a run among the heads.
    fn advance(&mut self, index: usize) -> io::Result<()> {
        let (Some(file), Some(run)) = (&self.file, self.runs.get_mut(index)) else { return Ok(()) };
        if run.at == run.buffer.len() {
            let count = usize::try_from(run.end - run.next).unwrap_or(usize::MAX).min(self.share);
            run.buffer.resize(count * WIDTH, 0);
            file.read_exact_at(&mut run.buffer, run.next * WIDTH as u64)?;
            run.next += count as u64;
            run.at = 0;
        }
        if run.at < run.buffer.len() {
            let hashed = Hashed::read(&run.buffer[run.at..]);
            run.at += WIDTH;
            self.heads.push(Reverse((hashed, index)));
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
            let sort = |memory| {
                let folder = std::env::temp_dir();
                let mut sorter = Sorter::new(memory, &folder);
                for (row, hash) in hashes.iter().enumerate() {
                    sorter.push(Hashed { hash: *hash, row: row as u64 }).unwrap();
                }
                let mut sorted = sorter.sorted().unwrap();
                std::iter::from_fn(|| sorted.next().unwrap()).collect::<Vec<_>>()
            };
            let spilled = sort(1);
            prop_assert!(spilled.is_sorted());
            prop_assert_eq!(spilled, sort(1 << 20));
        }
    }
}
