//! How much of an image is read at most, all layers together.

use std::cell::Cell;
use std::io::{self, Read};

use crate::inventory::error::Problem;
use crate::inventory::files::MOST_KEPT;

/// The most bytes that layers unpack to.
pub(super) const MOST_UNPACKED: u64 = 64 * 1024 * 1024 * 1024;

/// The most entries of layers, extended headers included.
pub(super) const MOST_ENTRIES: u64 = 4_000_000;

/// What was used up so far.
#[derive(Debug)]
pub(super) struct Budget {
    unpacked: Cell<u64>,
    entries: Cell<u64>,
    kept: Cell<u64>,
    most_unpacked: u64,
    is_spent: Cell<bool>,
}

impl Default for Budget {
    fn default() -> Self {
        Self::of(MOST_UNPACKED)
    }
}

impl Budget {
    /// Starts with other bytes than [`MOST_UNPACKED`].
    pub(super) fn of(most_unpacked: u64) -> Self {
        Self {
            unpacked: Cell::new(0),
            entries: Cell::new(0),
            kept: Cell::new(0),
            most_unpacked,
            is_spent: Cell::new(false),
        }
    }

    /// Counts an entry.
    pub(super) fn entry(&self) -> Result<(), Problem> {
        self.entries.set(self.entries.get() + 1);
        if self.entries.get() > MOST_ENTRIES {
            return Err(Problem::TooLarge { what: "entries in layers", limit: MOST_ENTRIES });
        }
        Ok(())
    }

    /// Counts bytes that are kept.
    pub(super) fn keep(&self, bytes: usize) -> Result<(), Problem> {
        self.kept.set(self.kept.get().saturating_add(bytes as u64));
        if self.kept.get() > MOST_KEPT {
            return Err(Problem::TooLarge {
                what: "bytes of package descriptions",
                limit: MOST_KEPT,
            });
        }
        Ok(())
    }

    /// Says what an error of a [`Counted`] reader means.
    pub(super) fn problem(&self, error: io::Error) -> Problem {
        if self.is_spent.get() {
            Problem::TooLarge { what: "unpacked bytes of layers", limit: self.most_unpacked }
        } else {
            Problem::Unreadable(error)
        }
    }
}

/// A reader that counts what comes out of it.
pub(super) struct Counted<'b, R> {
    pub(super) reader: R,
    pub(super) budget: &'b Budget,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        let unpacked = self.budget.unpacked.get().saturating_add(read as u64);
        self.budget.unpacked.set(unpacked);
        if unpacked > self.budget.most_unpacked {
            self.budget.is_spent.set(true);
            return Err(io::Error::other("more than is read"));
        }
        Ok(read)
    }
}
