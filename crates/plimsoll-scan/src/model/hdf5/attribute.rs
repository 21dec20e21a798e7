//! Attributes, and the texts in them.

use super::file::File;
use super::header::Message;
use crate::model::look::{Look, printable};
use crate::model::protobuf::Span;
use crate::model::window::{Order, Unread};

/// How many texts of one attribute are looked at.
const MOST_TEXTS: u64 = 1 << 20;

/// How many objects a heap may hold.
const MOST_OBJECTS: usize = 1 << 16;

/// An attribute: its name, and where its texts lie in the file.
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) texts: Vec<Span>,
}

/// What a text is written as.
#[derive(Clone, Copy)]
enum Texts {
    /// So many bytes each.
    Fixed(u64),
    /// Elsewhere, each with its own length.
    Heap,
    /// They are no texts.
    None,
}

/// Reads an attribute.
pub(super) fn read(
    file: &mut File,
    message: Message,
    look: &mut Look,
) -> Result<Attribute, Unread> {
    let at = message.at;
    let version = file.window.byte(at)?;
    let flags = file.window.byte(at + 1)?;
    let [name_size, type_size, space_size] = [
        file.window.number::<2>(at + 2, Order::Little)?,
        file.window.number::<2>(at + 4, Order::Little)?,
        file.window.number::<2>(at + 6, Order::Little)?,
    ];
    let (padding, start) = match version {
        1 => (8, at + 8),
        2 => (1, at + 8),
        3 => (1, at + 9),
        _ => return Err(Unread::broken(format!("an attribute has the version {version}"), at)),
    };
    let type_at = start + name_size.next_multiple_of(padding);
    let space_at = type_at + type_size.next_multiple_of(padding);
    let value_at = space_at + space_size.next_multiple_of(padding);
    let end = message.at + message.size;
    if value_at > end {
        return Err(Unread::broken("an attribute is longer than its message", at));
    }
    let name = file.window.bytes(start, usize::try_from(name_size).unwrap_or(usize::MAX))?;
    let name = String::from_utf8_lossy(name).trim_end_matches('\0').to_owned();
    if version > 1 && flags & 3 != 0 {
        // A type that was given a name. Texts are never of one, in what frameworks write.
        let message = format!("the attribute `{}` is of a type that is not read", printable(&name));
        look.unknown("model.unreadable", message);
        return Ok(Attribute { name, texts: Vec::new() });
    }
    let count = elements(file, space_at)?;
    let texts = match text_type(file, type_at)? {
        Texts::None => Vec::new(),
        Texts::Fixed(size) => {
            let whole = count.checked_mul(size).filter(|whole| *whole <= end - value_at);
            if whole.is_none() {
                return Err(Unread::broken("an attribute is longer than its message", at));
            }
            // One span: texts of a list lie one behind the other.
            vec![Span { start: value_at, end: value_at + count * size }]
        }
        Texts::Heap => in_heap(file, value_at, count, look)?,
    };
    Ok(Attribute { name, texts })
}

/// Returns how many values there are.
fn elements(file: &mut File, at: u64) -> Result<u64, Unread> {
    let version = file.window.byte(at)?;
    let rank = u64::from(file.window.byte(at + 1)?);
    let sizes = match version {
        1 => at + 8,
        2 => {
            // Scalar, simple, or none.
            if file.window.byte(at + 3)? == 2 {
                return Ok(0);
            }
            at + 4
        }
        _ => return Err(Unread::broken(format!("a dataspace has the version {version}"), at)),
    };
    let mut count: u64 = 1;
    for side in 0..rank {
        let side = file.length(sizes + side * file.length_size)?;
        count = count
            .checked_mul(side)
            .filter(|count| *count <= MOST_TEXTS)
            .ok_or_else(|| Unread::broken(format!("more than {MOST_TEXTS} values"), at))?;
    }
    Ok(count)
}

fn text_type(file: &mut File, at: u64) -> Result<Texts, Unread> {
    let class = file.window.byte(at)? & 0x0f;
    let size = file.sized(at + 4, 4)?;
    Ok(match class {
        // Opaque bytes are as good as a text to who reads them.
        3 | 5 => Texts::Fixed(size),
        // Texts of their own length each, or lists.
        9 => Texts::Heap,
        _ => Texts::None,
    })
}

/// Returns where texts lie that are in a heap: a length, the address of the heap, and a number each.
fn in_heap(file: &mut File, at: u64, count: u64, look: &mut Look) -> Result<Vec<Span>, Unread> {
    let mut texts = Vec::new();
    for entry in 0..count {
        look.steps(1)?;
        let entry = at + entry * (8 + file.address_size);
        let length = file.sized(entry, 4)?;
        let heap = file.raw_address(entry + 4)?;
        let number = file.sized(entry + 4 + file.address_size, 4)?;
        let Some(heap) = heap.filter(|_| length > 0 && number > 0) else { continue };
        texts.push(heap_object(file, heap, number, length, look)?);
    }
    Ok(texts)
}

/// Finds an object of a global heap.
pub(super) fn heap_object(
    file: &mut File,
    heap: u64,
    number: u64,
    length: u64,
    look: &mut Look,
) -> Result<Span, Unread> {
    let start = file.place(heap, heap)?;
    file.expect(start, *b"GCOL")?;
    let size = file.length(start + 8)?;
    let end = start.checked_add(size).filter(|end| *end <= file.window.length());
    let end = end.ok_or_else(|| Unread::broken("a heap is longer than the file", start))?;
    let mut at = start + 8 + file.length_size;
    for _ in 0..MOST_OBJECTS {
        look.steps(1)?;
        let before = 8 + file.length_size;
        if end.saturating_sub(at) < before {
            break;
        }
        let found = file.window.number::<2>(at, Order::Little)?;
        let size = file.length(at + 8)?;
        let content = at + before;
        if found == number {
            let stop = content.checked_add(size.min(length)).filter(|stop| *stop <= end);
            let stop = stop.ok_or_else(|| Unread::broken("a text is longer than its heap", at))?;
            return Ok(Span { start: content, end: stop });
        }
        // 0 is the space that is left.
        if found == 0 {
            break;
        }
        let after = size.checked_next_multiple_of(8).and_then(|size| content.checked_add(size));
        at = after.ok_or_else(|| Unread::broken("a text is longer than its heap", at))?;
    }
    Err(Unread::broken(format!("the text {number} is not in its heap"), start))
}
