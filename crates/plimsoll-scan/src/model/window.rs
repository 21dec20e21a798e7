//! A view that moves over a content, so that formats read numbers and texts without holding the whole.

use std::io;

use super::content::Content;
use super::look::{Exhausted, Look, printable};

/// How much is read at once.
const PIECE: usize = 64 << 10;

/// The longest run of bytes that is ever held for one value.
const LONGEST: usize = 4 << 20;

/// A file, or a part of one, could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unread {
    /// The bytes are not to be had.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// They are not what the format prescribes, or more than is read of it.
    #[error("{what} (at byte {at})")]
    Broken { what: String, at: u64 },
    /// A limit was reached; a finding says so already.
    #[error("a limit was reached")]
    Exhausted,
}

impl From<Exhausted> for Unread {
    fn from(_: Exhausted) -> Self {
        Self::Exhausted
    }
}

impl Unread {
    /// Makes the error that `what` stands at byte `at`.
    pub(crate) fn broken(what: impl Into<String>, at: u64) -> Self {
        Self::Broken { what: what.into(), at }
    }

    /// Keeps the finding that a file cannot be read as `format`.
    pub(crate) fn tell(&self, format: &str, look: &mut Look) {
        if !matches!(self, Self::Exhausted) {
            let why = printable(&self.to_string());
            look.unknown("model.unreadable", format!("cannot be read as {format}: {why}"));
        }
    }
}

/// Which byte of a number comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// The lowest one.
    Little,
    /// The highest one.
    Big,
}

/// Reads small values at any place of a content.
pub(crate) struct Window {
    content: Content,
    start: u64,
    held: Vec<u8>,
}

impl Window {
    pub(crate) fn new(content: &Content) -> Self {
        Self { content: content.clone(), start: 0, held: Vec::new() }
    }

    /// Returns how many bytes the content has.
    pub(crate) fn length(&self) -> u64 {
        self.content.length()
    }

    /// Returns `count` bytes from `at` on.
    pub(crate) fn bytes(&mut self, at: u64, count: usize) -> Result<&[u8], Unread> {
        let ends = || Unread::broken("it ends in the middle of a value", at);
        if count > LONGEST {
            return Err(Unread::broken(format!("a value of {count} bytes is too long"), at));
        }
        let end = at.checked_add(count as u64).filter(|end| *end <= self.content.length());
        let end = end.ok_or_else(ends)?;
        if at < self.start || end > self.start + self.held.len() as u64 {
            self.held = self.content.read_at(at, count.max(PIECE))?;
            self.start = at;
        }
        let from = usize::try_from(at - self.start).map_err(|_| ends())?;
        self.held.get(from..from + count).ok_or_else(ends)
    }

    /// Returns the unsigned number of `N` bytes (at most 8) at `at`.
    pub(crate) fn number<const N: usize>(&mut self, at: u64, order: Order) -> Result<u64, Unread> {
        let bytes = self.bytes(at, N)?;
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        Ok(match order {
            Order::Big => bytes.iter().fold(0, add),
            Order::Little => bytes.iter().rev().fold(0, add),
        })
    }

    /// Returns the byte at `at`.
    pub(crate) fn byte(&mut self, at: u64) -> Result<u8, Unread> {
        Ok(self.bytes(at, 1)?.first().copied().unwrap_or_default())
    }

    /// Returns the text of `length` bytes at `at`, which has to be UTF-8 and at most `most` bytes long.
    pub(crate) fn text(&mut self, at: u64, length: u64, most: usize) -> Result<String, Unread> {
        let count = usize::try_from(length).ok().filter(|count| *count <= most);
        let Some(count) = count else {
            return Err(Unread::broken(format!("a text of {length} bytes is too long"), at));
        };
        let bytes = self.bytes(at, count)?.to_vec();
        String::from_utf8(bytes).map_err(|_| Unread::broken("a text is not UTF-8", at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_are_read_anywhere_and_never_behind_the_end() {
        let mut bytes = vec![0; PIECE];
        bytes.extend_from_slice(b"\x01\x02\x03\x04text");
        let end = bytes.len() as u64;
        let mut window = Window::new(&Content::of_bytes(bytes));
        assert_eq!(window.number::<4>(end - 8, Order::Little).unwrap(), 0x0403_0201);
        assert_eq!(window.number::<4>(end - 8, Order::Big).unwrap(), 0x0102_0304);
        assert_eq!(window.text(end - 4, 4, 4).unwrap(), "text");
        assert_eq!(window.byte(0).unwrap(), 0);
        assert!(window.number::<8>(end - 4, Order::Big).is_err());
        assert!(window.text(end - 4, u64::MAX, 100).is_err());
        assert!(window.bytes(u64::MAX, 2).is_err());
    }
}
