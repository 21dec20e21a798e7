//! Heaps of the later style, in which groups keep many links, and objects many attributes: blocks whose sizes
//! double from row to row.

use std::collections::HashSet;

use super::file::File;
use super::header::Message;
use super::tree::{bytes_of, records, size_of};
use crate::model::look::Look;
use crate::model::protobuf::Span;
use crate::model::window::Unread;

/// How deep blocks of blocks may lie in one another: each is at least twice as large as what is in it.
const DEEPEST: usize = 64;

/// What trees lead to the objects of a heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Indexed {
    /// Links, by the hash of their name or by when they were made.
    Links,
    /// Attributes, likewise.
    Attributes,
}

/// Returns where the objects lie that a message of links or attributes leads to, and the flags of attributes;
/// none where they are not in a heap. A count of `count_size` bytes comes before the heap where it is kept.
///
/// Readers go by either of two trees, so that what any of them leads to is returned.
pub(super) fn objects(
    file: &mut File,
    message: Message,
    count_size: u64,
    of: Indexed,
    look: &mut Look,
) -> Result<Vec<(Span, u8)>, Unread> {
    let flags = file.window.byte(message.at + 1)?;
    let heap_at = message.at + 2 + if flags & 1 == 0 { 0 } else { count_size };
    let Some(heap) = file.address(heap_at)? else { return Ok(Vec::new()) };
    let heap = Heap::open(file, heap)?;
    let trees = if flags & 2 == 0 { 1 } else { 2 };
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for tree in 1..=trees {
        let place = heap_at + tree * file.address_size;
        let at = file.address(place)?;
        let at = at.ok_or_else(|| Unread::broken("no tree leads into a heap", place))?;
        // A hash, or when a link was made, before its name; flags, when it was made and a hash behind that of
        // an attribute.
        let kinds = match of {
            Indexed::Links => [(5, heap.id_size + 4), (6, heap.id_size + 8)],
            Indexed::Attributes => [(8, heap.id_size + 9), (9, heap.id_size + 5)],
        };
        let (kind, records) = records(file, at, &kinds, look)?;
        let before = match kind {
            5 => 4,
            6 => 8,
            _ => 0,
        };
        for record in records {
            let id = record + before;
            let flags =
                if of == Indexed::Links { 0 } else { file.window.byte(id + heap.id_size)? };
            let span = heap.object(file, id, look)?;
            if seen.insert((span.start, span.end)) {
                found.push((span, flags));
            }
        }
    }
    Ok(found)
}

/// A heap.
struct Heap {
    id_size: u64,
    /// Bytes of an offset, and of a length, in the name of an object.
    offset_size: u64,
    length_size: u64,
    /// How many blocks a row has, as a power of two.
    width: u32,
    /// The size of a block of the first row, and of the largest one that holds objects, as powers of two.
    first: u32,
    largest: u32,
    root: Option<u64>,
    /// How many rows the root has; with none it is a block of objects itself.
    rows: u64,
    /// The tree of objects that are too large for blocks.
    huge: Option<u64>,
}

impl Heap {
    /// Reads the heap at `at`.
    fn open(file: &mut File, at: u64) -> Result<Self, Unread> {
        file.expect(at, *b"FRHP")?;
        let version = file.window.byte(at + 4)?;
        let filters = file.sized(at + 7, 2)?;
        if version != 0 || filters != 0 {
            let what =
                format!("a heap of the version {version} went by filters of {filters} bytes");
            return Err(Unread::broken(what, at));
        }
        let id_size = file.sized(at + 5, 2)?;
        let most = file.sized(at + 10, 4)?;
        let (address, length) = (file.address_size, file.length_size);
        let huge = file.address(at + 14 + length)?;
        // Ten lengths and two addresses stand before the table of blocks.
        let table = at + 14 + 10 * length + 2 * address;
        let [width, bits] = [table, table + 2 + 2 * length].map(|at| file.sized(at, 2));
        let [first, largest] = [table + 2, table + 2 + length].map(|at| file.length(at));
        let (width, bits, first, largest) = (width?, bits?, first?, largest?);
        let is_power = [width, first, largest].iter().all(|it| it.is_power_of_two());
        // A name says at least of which kind it is, and a row of blocks is no longer than what can be counted.
        let row = first.checked_ilog2().unwrap_or(64) + width.checked_ilog2().unwrap_or(64);
        if !is_power || largest < first || bits > 64 || row >= 64 || id_size == 0 {
            return Err(Unread::broken("the blocks of a heap have odd sizes", at));
        }
        let root_at = table + 6 + 2 * length;
        Ok(Self {
            id_size,
            offset_size: bits.div_ceil(8),
            length_size: u64::from(largest.ilog2()).div_ceil(8).min(size_of(most)),
            width: width.ilog2(),
            first: first.ilog2(),
            largest: largest.ilog2(),
            root: file.address(root_at)?,
            rows: file.sized(root_at + address, 2)?,
            huge,
        })
    }

    /// Returns where the object lies whose name is at `id`.
    fn object(&self, file: &mut File, id: u64, look: &mut Look) -> Result<Span, Unread> {
        /// Names that are longer say how long a small object is in another way.
        const LONGEST_ID: u64 = 17;
        let first = file.window.byte(id)?;
        match first >> 4 {
            0 => {
                let offset = bytes_of(file, id + 1, self.offset_size)?;
                let length = bytes_of(file, id + 1 + self.offset_size, self.length_size)?;
                self.managed(file, offset, length)
            }
            1 => self.huge(file, id, look),
            2 if self.id_size <= LONGEST_ID => {
                let length = u64::from(first & 0x0f) + 1;
                if length >= self.id_size {
                    return Err(Unread::broken("an object is longer than its name", id));
                }
                Ok(Span { start: id + 1, end: id + 1 + length })
            }
            _ => Err(Unread::broken("an object of a heap is of a kind that is not known", id)),
        }
    }

    /// Finds an object by where it lies among all blocks, as if they lay one behind the other.
    fn managed(&self, file: &mut File, offset: u64, length: u64) -> Result<Span, Unread> {
        let nowhere = |at| Unread::broken("an object of a heap is nowhere", at);
        let mut block = self.root.ok_or_else(|| nowhere(0))?;
        let mut rows = self.rows;
        let mut offset = offset;
        if rows == 0 {
            return within(file, block, (offset, length), 1 << self.first);
        }
        // Behind letters, version, the heap's address and the place of the block among all.
        let children = 5 + file.address_size + self.offset_size;
        for _ in 0..DEEPEST {
            file.expect(block, *b"FHIB")?;
            // Two rows have blocks of the first size; each row after that holds as much as all before it.
            let in_row = self.first + self.width;
            let row = if offset >> in_row == 0 { 0 } else { offset.ilog2() - in_row + 1 };
            let size = self.first + row.saturating_sub(1);
            let inside = if row == 0 { offset } else { offset - (1 << offset.ilog2()) };
            let column = inside >> size;
            if u64::from(row) >= rows {
                return Err(nowhere(block));
            }
            let place =
                block + children + ((u64::from(row) << self.width) + column) * file.address_size;
            block = file.address(place)?.ok_or_else(|| nowhere(place))?;
            offset = inside - (column << size);
            if size <= self.largest {
                return within(file, block, (offset, length), 1 << size);
            }
            rows = u64::from((size + 1).checked_sub(in_row).ok_or_else(|| nowhere(place))?);
        }
        Err(nowhere(block))
    }

    /// Finds an object that is too large for blocks by its number.
    fn huge(&self, file: &mut File, id: u64, look: &mut Look) -> Result<Span, Unread> {
        let at = self.huge.ok_or_else(|| Unread::broken("a heap has no large objects", id))?;
        let size = (self.id_size - 1).min(file.length_size);
        let number = bytes_of(file, id + 1, size)?;
        // Those with their place in the name, and those that went by filters, are of other kinds.
        let record_size = file.address_size + 2 * file.length_size;
        let (_, found) = records(file, at, &[(1, record_size)], look)?;
        for record in found {
            let length_at = record + file.address_size;
            if file.length(length_at + file.length_size)? != number {
                continue;
            }
            let start = file.address(record)?;
            let start = start.ok_or_else(|| Unread::broken("a large object is nowhere", record))?;
            let end = start.checked_add(file.length(length_at)?);
            let end = end.filter(|end| *end <= file.window.length());
            let end = end
                .ok_or_else(|| Unread::broken("a large object is longer than the file", record))?;
            return Ok(Span { start, end });
        }
        Err(Unread::broken(format!("the large object {number} is not in its heap"), id))
    }
}

/// Returns where an object lies in a block of objects.
fn within(
    file: &mut File,
    block: u64,
    (offset, length): (u64, u64),
    size: u64,
) -> Result<Span, Unread> {
    file.expect(block, *b"FHDB")?;
    let end = offset.checked_add(length).filter(|end| *end <= size);
    let end = end.and_then(|end| block.checked_add(end)).filter(|end| *end <= file.window.length());
    let end = end.ok_or_else(|| Unread::broken("an object is longer than its block", block))?;
    Ok(Span { start: block + offset, end })
}
