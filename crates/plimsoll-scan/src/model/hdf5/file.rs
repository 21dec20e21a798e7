//! The superblock, and how addresses and lengths are written.

use crate::model::content::Content;
use crate::model::look::Look;
use crate::model::protobuf::Span;
use crate::model::window::{Order, Unread, Window};

/// What every file begins with, or what follows the user's block.
pub(super) const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";

/// An opened file: its bytes, and how wide addresses are.
pub(super) struct File {
    content: Content,
    pub(super) window: Window,
    /// Where the superblock is, which addresses count from.
    base: u64,
    /// How many bytes an address has.
    pub(super) address_size: u64,
    /// How many bytes a length has.
    pub(super) length_size: u64,
    /// The header of the root group.
    pub(super) root: u64,
}

/// Finds the mark: at the start, at 512, and at every power of two after it.
pub(super) fn find(content: &Content) -> Option<u64> {
    let mut at = 0;
    while at < content.length() {
        if content.read_at(at, SIGNATURE.len()).ok()? == SIGNATURE {
            return Some(at);
        }
        at = if at == 0 { 512 } else { at.checked_mul(2)? };
    }
    None
}

impl File {
    /// Reads the superblock.
    pub(super) fn open(content: &Content, look: &mut Look) -> Result<Self, Unread> {
        let base = find(content).ok_or_else(|| Unread::broken("it has no signature", 0))?;
        if base > 0 {
            look.unknown(
                "model.hidden-bytes",
                format!("{base} bytes of something else are before what HDF5 reads"),
            );
        }
        let mut window = Window::new(content);
        let version = window.byte(base + 8)?;
        let sizes_at = match version {
            0 | 1 => base + 13,
            2 | 3 => base + 9,
            _ => {
                return Err(Unread::broken(
                    format!("the version {version} is not known"),
                    base + 8,
                ));
            }
        };
        let address_size = u64::from(window.byte(sizes_at)?);
        let length_size = u64::from(window.byte(sizes_at + 1)?);
        if ![2, 4, 8].contains(&address_size) || ![2, 4, 8].contains(&length_size) {
            return Err(Unread::broken("addresses have an odd width", sizes_at));
        }
        let mut file =
            Self { content: content.clone(), window, base, address_size, length_size, root: 0 };
        let addresses_at = match version {
            0 => base + 24,
            1 => base + 28,
            _ => base + 12,
        };
        let nth = |number: u64| addresses_at + number * address_size;
        let stated_base = file.raw_address(nth(0))?;
        if stated_base != Some(base) && stated_base != Some(0) {
            look.unknown(
                "model.ambiguous",
                "its addresses count from elsewhere than from its start",
            );
        }
        let end = file.raw_address(nth(2))?;
        let root = if version < 2 {
            if file.raw_address(nth(3))?.is_some() {
                look.unknown("model.external-data", "it is spread over several files");
            }
            // The entry of the root group begins with the offset of its name.
            file.raw_address(nth(5))?
        } else {
            if file.raw_address(nth(1))?.is_some() {
                file.extension(nth(1), look)?;
            }
            file.raw_address(nth(3))?
        };
        file.root = root.ok_or_else(|| Unread::broken("it has no root group", addresses_at))?;
        file.judge_end(end, look);
        Ok(file)
    }

    /// The end that it states, from the start of the whole file, is where a writer went on; what is behind
    /// belongs to nobody.
    fn judge_end(&self, end: Option<u64>, look: &mut Look) {
        let length = self.window.length();
        match end {
            Some(end) if end < length => {
                let count = length - end;
                look.unknown("model.hidden-bytes", format!("{count} bytes are behind its end"));
            }
            Some(end) if end > length => {
                let missing = end - length;
                look.unknown("model.unreadable", format!("its last {missing} bytes are missing"));
            }
            Some(_) => {}
            None => look.unknown("model.unreadable", "it does not say where it ends"),
        }
    }

    /// A superblock's extension is an object of its own, which only writers of big files make.
    fn extension(&mut self, at: u64, look: &mut Look) -> Result<(), Unread> {
        let Some(address) = self.raw_address(at)? else { return Ok(()) };
        for message in super::header::messages(self, address, look)? {
            // Settings of B-trees, free space and shared messages; 0x14 names a driver.
            if message.kind == 0x14 {
                look.unknown("model.external-data", "it is spread over several files");
            }
        }
        Ok(())
    }

    /// Returns the address that is written at a place of the file; none where it is undefined.
    pub(super) fn raw_address(&mut self, at: u64) -> Result<Option<u64>, Unread> {
        let value = self.sized(at, self.address_size)?;
        let undefined = u64::MAX >> (64 - 8 * self.address_size);
        Ok((value != undefined).then_some(value))
    }

    /// Returns the place in the file that an address at `at` means.
    pub(super) fn address(&mut self, at: u64) -> Result<Option<u64>, Unread> {
        let Some(address) = self.raw_address(at)? else { return Ok(None) };
        self.place(address, at).map(Some)
    }

    /// Returns the place in the file that an address means.
    pub(super) fn place(&self, address: u64, at: u64) -> Result<u64, Unread> {
        let place = self.base.checked_add(address).filter(|place| *place < self.window.length());
        place.ok_or_else(|| Unread::broken("an address is behind the end", at))
    }

    /// Returns the length that is written at a place of the file.
    pub(super) fn length(&mut self, at: u64) -> Result<u64, Unread> {
        self.sized(at, self.length_size)
    }

    /// Returns the number of `size` bytes at a place of the file.
    pub(super) fn sized(&mut self, at: u64, size: u64) -> Result<u64, Unread> {
        match size {
            1 => self.window.number::<1>(at, Order::Little),
            2 => self.window.number::<2>(at, Order::Little),
            4 => self.window.number::<4>(at, Order::Little),
            8 => self.window.number::<8>(at, Order::Little),
            _ => Err(Unread::broken(format!("a number has {size} bytes"), at)),
        }
    }

    /// Takes the four letters that a structure begins with.
    pub(super) fn expect(&mut self, at: u64, letters: [u8; 4]) -> Result<(), Unread> {
        if self.window.bytes(at, 4)? == letters {
            return Ok(());
        }
        let shown = String::from_utf8_lossy(&letters);
        Err(Unread::broken(format!("`{shown}` is not where it should be"), at))
    }

    /// Returns a part of the file.
    pub(super) fn part(&self, span: Span) -> Content {
        self.content.part(span.start, span.length())
    }

    /// Returns the bytes of a name up to its NUL.
    pub(super) fn name(&mut self, at: u64, most: usize) -> Result<String, Unread> {
        let rest = usize::try_from(self.window.length().saturating_sub(at)).unwrap_or(usize::MAX);
        let bytes = self.window.bytes(at, most.min(rest))?;
        let end = bytes.iter().position(|byte| *byte == 0);
        let end = end.ok_or_else(|| Unread::broken("a name does not end", at))?;
        Ok(String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned())
    }
}
