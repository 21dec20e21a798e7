//! GGUF: metadata, places of tensors, tensors.
//!
//! The metadata holds the template of the chat, which loaders render (CVE-2024-34359). The rest is data, of
//! which every byte has to belong to something. Tensors are never read.

mod metadata;
mod tensors;

use super::content::Content;
use super::look::Look;
use super::window::{Order, Unread, Window};

/// What a file begins with.
const MAGIC: &[u8; 4] = b"GGUF";

/// Tells whether a file that begins with `head` is one.
pub(crate) fn is(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// Looks at a GGUF file.
pub(crate) fn look(content: &Content, look: &mut Look) {
    look.read_as("gguf");
    let mut read = || -> Result<(), Unread> {
        let mut file = File::open(content)?;
        let alignment = metadata::read(&mut file, look)?;
        tensors::read(&mut file, alignment, look)
    };
    if let Err(error) = read() {
        error.tell("GGUF", look);
    }
}

/// A file that is read from its start to its end.
struct File {
    window: Window,
    at: u64,
    order: Order,
    /// Lengths and counts have four bytes in the first version, eight since.
    is_first: bool,
    tensors: u64,
    entries: u64,
}

impl File {
    fn open(content: &Content) -> Result<Self, Unread> {
        let mut window = Window::new(content);
        let little = window.number::<4>(4, Order::Little)?;
        let big = window.number::<4>(4, Order::Big)?;
        let (order, version) = match (little, big) {
            (1..=3, _) => (Order::Little, little),
            (_, 1..=3) => (Order::Big, big),
            _ => return Err(Unread::broken(format!("the version {little} is not known"), 4)),
        };
        let is_first = version == 1;
        let mut file = Self { window, at: 8, order, is_first, tensors: 0, entries: 0 };
        file.tensors = file.size()?;
        file.entries = file.size()?;
        Ok(file)
    }

    /// Returns the next number of `N` bytes.
    fn number<const N: usize>(&mut self) -> Result<u64, Unread> {
        let value = self.window.number::<N>(self.at, self.order)?;
        self.at += N as u64;
        Ok(value)
    }

    /// Returns the next length or count.
    fn size(&mut self) -> Result<u64, Unread> {
        if self.is_first { self.number::<4>() } else { self.number::<8>() }
    }

    /// Passes over bytes.
    fn skip(&mut self, count: u64) -> Result<(), Unread> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.window.length());
        self.at = end.ok_or_else(|| Unread::broken("a value is longer than the file", self.at))?;
        Ok(())
    }

    /// Returns the next text.
    fn text(&mut self, most: usize) -> Result<String, Unread> {
        let length = self.size()?;
        let text = self.window.text(self.at, length, most)?;
        self.skip(length)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests;
