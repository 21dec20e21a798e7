//! The tables of an ELF file, as far as they are needed to find sections and what lies at an address.

/// The most sections and segments that are looked at.
const MOST_ENTRIES: usize = 65_536;

/// A segment that is loaded holds initialized data where it may be written and not run.
const LOADED: u64 = 1;
const RUN: u64 = 1;
const WRITTEN: u64 = 2;

/// Section without bytes in the file.
const NO_BITS: u64 = 8;

/// An ELF file whose tables were found.
#[derive(Debug)]
pub(super) struct Elf<'b> {
    bytes: &'b [u8],
    is_wide: bool,
    is_big_endian: bool,
    sections: Vec<Section<'b>>,
    segments: Vec<Segment>,
}

#[derive(Debug)]
struct Section<'b> {
    name: &'b [u8],
    bytes: &'b [u8],
}

#[derive(Debug)]
struct Segment {
    flags: u64,
    address: u64,
    offset: u64,
    size: u64,
}

impl<'b> Elf<'b> {
    /// Finds the tables; `None` where it is no ELF file or they lie outside of it.
    pub(super) fn parse(bytes: &'b [u8]) -> Option<Self> {
        if bytes.get(..4)? != b"\x7fELF" {
            return None;
        }
        let is_wide = match bytes.get(4)? {
            1 => false,
            2 => true,
            _ => return None,
        };
        let is_big_endian = match bytes.get(5)? {
            1 => false,
            2 => true,
            _ => return None,
        };
        let (sections, segments) = (Vec::new(), Vec::new());
        let mut elf = Self { bytes, is_wide, is_big_endian, sections, segments };
        elf.segments = elf.read_segments()?;
        elf.sections = elf.read_sections()?;
        Some(elf)
    }

    /// Returns the number of `size` bytes at an offset.
    fn number(&self, at: u64, size: usize) -> Option<u64> {
        let start = usize::try_from(at).ok()?;
        let bytes = self.bytes.get(start..start.checked_add(size)?)?;
        Some(number(bytes, self.is_big_endian))
    }

    /// Returns the number at one of two offsets, as wide as an address.
    fn word(&self, base: u64, narrow: u64, wide: u64) -> Option<u64> {
        if self.is_wide {
            self.number(base.checked_add(wide)?, 8)
        } else {
            self.number(base.checked_add(narrow)?, 4)
        }
    }

    fn half(&self, narrow: u64, wide: u64) -> Option<u64> {
        self.number(if self.is_wide { wide } else { narrow }, 2)
    }

    fn read_segments(&self) -> Option<Vec<Segment>> {
        let table = self.word(0, 28, 32)?;
        let (size, count) = (self.half(42, 54)?, self.half(44, 56)?);
        let mut segments = Vec::new();
        for number in 0..count.min(MOST_ENTRIES as u64) {
            let at = table.checked_add(number.checked_mul(size)?)?;
            if self.number(at, 4)? != LOADED {
                continue;
            }
            segments.push(Segment {
                flags: self.number(at.checked_add(if self.is_wide { 4 } else { 24 })?, 4)?,
                offset: self.word(at, 4, 8)?,
                address: self.word(at, 8, 16)?,
                size: self.word(at, 16, 32)?,
            });
        }
        Some(segments)
    }

    fn read_sections(&self) -> Option<Vec<Section<'b>>> {
        let table = self.word(0, 32, 40)?;
        let (size, count, names) = (self.half(46, 58)?, self.half(48, 60)?, self.half(50, 62)?);
        if table == 0 || count == 0 {
            return Some(Vec::new());
        }
        let place = |number: u64| table.checked_add(number.checked_mul(size)?);
        let (names, _) = self.range(place(names)?)?;
        let mut sections = Vec::new();
        for number in 0..count {
            let at = place(number)?;
            let (bytes, kind) = self.range(at)?;
            let start = usize::try_from(self.number(at, 4)?).ok()?;
            let name = names.get(start..).unwrap_or_default();
            let end = name.iter().position(|byte| *byte == 0).unwrap_or(0);
            let name = name.get(..end)?;
            let bytes = if kind == NO_BITS { &[] } else { bytes };
            sections.push(Section { name, bytes });
        }
        Some(sections)
    }

    /// Returns the bytes of the section whose header is at an offset, and its kind.
    fn range(&self, header: u64) -> Option<(&'b [u8], u64)> {
        let kind = self.number(header.checked_add(4)?, 4)?;
        if kind == NO_BITS {
            return Some((&[], kind));
        }
        let (offset, size) = (self.word(header, 16, 24)?, self.word(header, 20, 32)?);
        Some((self.slice(offset, size)?, kind))
    }

    fn slice(&self, offset: u64, size: u64) -> Option<&'b [u8]> {
        let start = usize::try_from(offset).ok()?;
        self.bytes.get(start..start.checked_add(usize::try_from(size).ok()?)?)
    }

    /// Returns the bytes of the first section of a name.
    pub(super) fn section(&self, name: &str) -> Option<&'b [u8]> {
        let section = self.sections.iter().find(|section| section.name == name.as_bytes())?;
        Some(section.bytes)
    }

    /// Returns the bytes of the first segment that holds data.
    pub(super) fn data(&self) -> Option<&'b [u8]> {
        let is_data = |it: &&Segment| it.flags & (RUN | WRITTEN) == WRITTEN;
        let segment = self.segments.iter().find(is_data)?;
        self.slice(segment.offset, segment.size)
    }

    /// Returns `size` bytes at an address.
    pub(super) fn at(&self, address: u64, size: u64) -> Option<&'b [u8]> {
        let holds =
            |it: &&Segment| address.checked_sub(it.address).is_some_and(|inside| inside < it.size);
        let segment = self.segments.iter().find(holds)?;
        let inside = address.checked_sub(segment.address)?;
        if size > segment.size.checked_sub(inside)? {
            return None;
        }
        self.slice(segment.offset.checked_add(inside)?, size)
    }

    /// Returns the number of `size` bytes at an address.
    pub(super) fn number_at(&self, address: u64, size: u64) -> Option<u64> {
        Some(number(self.at(address, size)?, self.is_big_endian))
    }
}

/// Returns the number that at most eight bytes are.
pub(super) fn number(bytes: &[u8], is_big_endian: bool) -> u64 {
    let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    if is_big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
}
