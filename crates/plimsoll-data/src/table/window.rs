//! The part of a text that is held in memory.

use std::io;

use super::input::Bytes;

/// How many bytes are read at once.
const READ: usize = 256 << 10;

/// A text, of which some bytes are held.
pub(super) struct Window {
    input: Bytes,
    buffer: Vec<u8>,
    from: usize,
    to: usize,
    /// Where `from` is in the text.
    offset: u64,
    at_end: bool,
    /// How often more was read.
    fills: u64,
}

impl Window {
    pub(super) fn new(input: Bytes) -> Self {
        Self { input, buffer: vec![0; READ], from: 0, to: 0, offset: 0, at_end: false, fills: 0 }
    }

    /// Returns the bytes that are held.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.from..self.to]
    }

    /// Returns the bytes that are held from the place at `offset` on, which was passed since more
    /// was read for the last time.
    #[inline]
    pub(super) fn bytes_from(&self, offset: u64) -> &[u8] {
        let passed = usize::try_from(self.offset - offset).unwrap_or(self.from);
        &self.buffer[self.from - passed..self.to]
    }

    /// Returns how often more was read: each time all bytes were moved.
    pub(super) fn fills(&self) -> u64 {
        self.fills
    }

    /// Returns where the first byte that is held is in the text.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Tells whether the last byte that is held is that of the text.
    pub(super) fn at_end(&self) -> bool {
        self.at_end
    }

    /// Goes on behind the first `used` bytes.
    #[inline]
    pub(super) fn pass(&mut self, used: usize) {
        self.from += used;
        self.offset += used as u64;
    }

    /// Goes on behind a byte order mark, and refuses that of another encoding.
    pub(super) fn pass_mark(&mut self) -> Result<(), &'static str> {
        match self.bytes() {
            [0xef, 0xbb, 0xbf, ..] => {
                self.pass(3);
                Ok(())
            }
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Err("it is UTF-16, not UTF-8; save it as UTF-8"),
            _ => Ok(()),
        }
    }

    /// Reads more behind what is held.
    pub(super) fn fill(&mut self) -> io::Result<()> {
        self.fills += 1;
        self.buffer.copy_within(self.from..self.to, 0);
        (self.from, self.to) = (0, self.to - self.from);
        if self.to == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        } else if self.to < READ / 2 && self.buffer.len() > READ {
            // What was needed for one long row is not held for all others.
            self.buffer.truncate(READ);
            self.buffer.shrink_to_fit();
        }
        while self.to < self.buffer.len() && !self.at_end {
            match self.input.read(&mut self.buffer[self.to..]) {
                Ok(0) => self.at_end = true,
                Ok(read) => self.to += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_grows_for_a_long_row_and_shrinks_again() {
        let text: Vec<u8> = (0..1_000_000_u32).map(|at| at.to_le_bytes()[0]).collect();
        let mut window = Window::new(Box::new(io::Cursor::new(text.clone())));
        window.fill().unwrap();
        window.fill().unwrap();
        window.fill().unwrap();
        assert_eq!((window.bytes(), window.at_end()), (&text[..], true));
        window.pass(999_990);
        window.fill().unwrap();
        assert_eq!((window.bytes(), window.offset()), (&text[999_990..], 999_990));
        assert_eq!(window.buffer.len(), READ);
    }

    #[test]
    fn marks_are_passed_or_refused() {
        let bytes = |text: &'static [u8]| {
            let mut window = Window::new(Box::new(text));
            window.fill().unwrap();
            window.pass_mark().map(|()| (window.bytes().to_vec(), window.offset()))
        };
        assert_eq!(bytes(b"\xef\xbb\xbfa"), Ok((b"a".to_vec(), 3)));
        assert_eq!(bytes(b"a"), Ok((b"a".to_vec(), 0)));
        assert!(bytes(b"\xff\xfea\0").is_err());
    }
}
