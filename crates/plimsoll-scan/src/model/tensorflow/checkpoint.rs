//! Checkpoints of TensorFlow: an index, and files of nothing but the bytes of tensors.
//!
//! The index is a table of names in blocks, as `LevelDB` writes them; the bytes of a tensor are where its entry
//! says. Neither runs anything. What is left to find is bytes that belong to no tensor.

use super::message;
use crate::model::content::Content;
use crate::model::look::{Look, printable};
use crate::model::protobuf::{self, Seen, Shape, Span, Visit};
use crate::model::window::{Order, Unread, Window};

/// What the index ends with.
const MAGIC: u64 = 0xdb47_7524_8b80_fb57;

/// How long the end is: two places, filled up, and the mark.
const FOOTER: u64 = 48;

/// How many tensors a checkpoint may have.
const MOST_TENSORS: usize = 1 << 20;

/// The longest block of the index.
const LONGEST_BLOCK: u64 = 1 << 20;

/// A tensor: which file has it, from where on, and how many bytes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Tensor {
    shard: u64,
    offset: u64,
    size: u64,
}

/// Tells whether a content is the index of a checkpoint.
pub(crate) fn is_index(content: &Content) -> bool {
    let Some(at) = content.length().checked_sub(8).filter(|at| *at >= FOOTER - 8) else {
        return false;
    };
    Window::new(content).number::<8>(at, Order::Little).is_ok_and(|magic| magic == MAGIC)
}

/// Returns the index that a file of tensors belongs to, and its number: `v.data-00000-of-00001` has `v.index`.
pub(crate) fn index_of(name: &str) -> Option<(String, u64)> {
    let (stem, numbers) = name.rsplit_once(".data-")?;
    let (number, count) = numbers.split_once("-of-")?;
    let is_number = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(number) && is_number(count)).then_some(())?;
    Some((format!("{stem}.index"), number.parse().ok()?))
}

/// Looks at an index.
pub(crate) fn look_at_index(index: &Content, look: &mut Look) {
    look.read_as("tensorflow-checkpoint-index");
    if let Err(error) = tensors(index, look) {
        error.tell("the index of a checkpoint", look);
    }
}

/// Looks at a file of tensors, of which the index says what is where.
pub(crate) fn look_at_data(data: &Content, index: &Content, number: u64, look: &mut Look) {
    look.read_as("tensorflow-checkpoint-data");
    let mut tensors = match tensors(index, look) {
        Ok(tensors) => tensors,
        Err(error) => return error.tell("the index of a checkpoint", look),
    };
    tensors.retain(|tensor| tensor.shard == number);
    tensors.sort_unstable();
    let mut covered = 0;
    for tensor in tensors {
        let Some(end) = tensor.offset.checked_add(tensor.size) else {
            look.unknown("model.unreadable", "a tensor of the checkpoint is too long");
            return;
        };
        if tensor.offset != covered {
            let (low, high) = (tensor.offset.min(covered), tensor.offset.max(covered));
            let what = if tensor.offset > covered {
                "belong to no tensor"
            } else {
                "belong to two tensors"
            };
            look.unknown("model.hidden-bytes", format!("bytes {low} to {high} {what}"));
        }
        covered = covered.max(end);
    }
    let length = data.length();
    if covered < length {
        let count = length - covered;
        look.unknown(
            "model.hidden-bytes",
            format!("{count} bytes behind the last tensor belong to none"),
        );
    } else if covered > length {
        look.unknown(
            "model.unreadable",
            format!("the tensors need {covered} bytes, and there are {length}"),
        );
    }
}

/// Reads all entries of an index.
fn tensors(index: &Content, look: &mut Look) -> Result<Vec<Tensor>, Unread> {
    let mut window = Window::new(index);
    let footer = index.length().checked_sub(FOOTER).filter(|_| is_index(index));
    let footer = footer.ok_or_else(|| Unread::broken("it has no end", index.length()))?;
    let mut rest = Span { start: footer, end: footer + 40 };
    // Of the names of filters, which there are none of, and of the blocks.
    let _ = place(&mut window, &mut rest)?;
    let blocks = place(&mut window, &mut rest)?;
    let mut tensors = Vec::new();
    for (_, handle) in entries(&mut window, blocks, look)? {
        let mut rest = handle;
        let block = place(&mut window, &mut rest)?;
        for (name, value) in entries(&mut window, block, look)? {
            if name.is_empty() {
                continue;
            }
            if tensors.len() >= MOST_TENSORS {
                return Err(Unread::broken(
                    format!("more than {MOST_TENSORS} tensors"),
                    value.start,
                ));
            }
            let mut entry = Entry::default();
            let content = index.part(value.start, value.length());
            let read = protobuf::walk(&content, &message::BUNDLE_ENTRY, &mut entry, look);
            read.map_err(|error| {
                let name = printable(&String::from_utf8_lossy(&name));
                Unread::broken(format!("the entry of `{name}` is not right: {error}"), value.start)
            })?;
            // A tensor in slices has its bytes under the names of these.
            tensors.extend(entry.tensor.filter(|tensor| tensor.size > 0));
        }
    }
    Ok(tensors)
}

#[derive(Default)]
struct Entry {
    tensor: Option<Tensor>,
}

impl Visit for Entry {
    fn leave(&mut self, shape: &'static Shape, seen: &Seen, _: &mut Look) -> Result<(), Unread> {
        if std::ptr::eq(shape, &raw const message::BUNDLE_ENTRY) {
            let (shard, offset, size) = (seen.integer(3), seen.integer(4), seen.integer(5));
            self.tensor = Some(Tensor { shard, offset, size });
        }
        Ok(())
    }
}

/// Reads where a block is: its offset and its size, each a varint.
fn place(window: &mut Window, rest: &mut Span) -> Result<Span, Unread> {
    let start = protobuf::varint(window, rest)?;
    let size = protobuf::varint(window, rest)?;
    let end = start.checked_add(size).filter(|end| *end <= window.length());
    match end {
        Some(end) if size <= LONGEST_BLOCK => Ok(Span { start, end }),
        _ => Err(Unread::broken("a block is longer than the file, or than any", rest.start)),
    }
}

/// Reads the entries of a block: names, of which only what is new is written, and where their values are.
fn entries(
    window: &mut Window,
    block: Span,
    look: &mut Look,
) -> Result<Vec<(Vec<u8>, Span)>, Unread> {
    // Behind a block: how it is packed, and a checksum.
    if window.byte(block.end)? != 0 {
        return Err(Unread::broken("a block is packed", block.end));
    }
    let ends = || Unread::broken("a block is short", block.start);
    let restarts_at = block.end.checked_sub(4).filter(|at| *at >= block.start).ok_or_else(ends)?;
    let restarts = window.number::<4>(restarts_at, Order::Little)?;
    let end = restarts_at.checked_sub(4 * restarts).filter(|end| *end >= block.start);
    let mut rest = Span { start: block.start, end: end.ok_or_else(ends)? };
    let mut entries = Vec::new();
    let mut name: Vec<u8> = Vec::new();
    while rest.start < rest.end {
        look.steps(1)?;
        let shared = protobuf::varint(window, &mut rest)?;
        let added = protobuf::varint(window, &mut rest)?;
        let size = protobuf::varint(window, &mut rest)?;
        let shared = usize::try_from(shared).ok().filter(|shared| *shared <= name.len());
        name.truncate(shared.ok_or_else(ends)?);
        let value = rest.start.checked_add(added).ok_or_else(ends)?;
        let after = value.checked_add(size).filter(|after| *after <= rest.end).ok_or_else(ends)?;
        let count = usize::try_from(added).map_err(|_| ends())?;
        name.extend_from_slice(window.bytes(rest.start, count)?);
        entries.push((name.clone(), Span { start: value, end: after }));
        rest.start = after;
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::look::Limits;
    use crate::model::protobuf::write::{bytes, integer};
    use crate::model::report::FileReport;

    fn varint(value: usize) -> Vec<u8> {
        integer(1, value as u64)[1..].to_vec()
    }

    fn block(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut block = Vec::new();
        for (name, value) in entries {
            block.extend([varint(0), varint(name.len()), varint(value.len())].concat());
            block.extend_from_slice(name.as_bytes());
            block.extend_from_slice(value);
        }
        [block, vec![0; 4], 1_u32.to_le_bytes().to_vec()].concat()
    }

    fn index(tensors: &[(&str, u64, u64)]) -> Vec<u8> {
        let mut entries = vec![("", integer(1, 1))];
        for (name, offset, size) in tensors {
            let entry = [integer(1, 1), bytes(2, []), integer(4, *offset), integer(5, *size)];
            entries.push((name, entry.concat()));
        }
        let data = block(&entries);
        let handle = |start: usize, size: usize| [varint(start), varint(size)].concat();
        let blocks = block(&[("z", handle(0, data.len()))]);
        let start = data.len() + 5;
        let mut footer = [handle(0, 0), handle(start, blocks.len())].concat();
        footer.resize(40, 0);
        [data, vec![0; 5], blocks, vec![0; 5], footer, MAGIC.to_le_bytes().to_vec()].concat()
    }

    fn told(look: impl Fn(&mut Look)) -> Vec<String> {
        let mut seen = Look::new(Limits::default());
        look(&mut seen);
        let FileReport { findings, .. } = seen.report("");
        findings.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn tensors_that_fill_their_file_are_safe() {
        let index = Content::of_bytes(index(&[("a", 0, 8), ("b", 8, 4)]));
        assert!(is_index(&index) && !is_index(&Content::of_bytes(vec![0; 60])));
        assert!(told(|look| look_at_index(&index, look)).is_empty());
        let data = |length: usize| {
            let data = Content::of_bytes(vec![0; length]);
            told(|look| look_at_data(&data, &index, 0, look))
        };
        assert!(data(12).is_empty());
        assert_eq!(data(13), ["model.hidden-bytes"]);
        assert_eq!(data(11), ["model.unreadable"]);
        assert_eq!(index_of("v.data-00000-of-00002"), Some(("v.index".to_owned(), 0)));
        assert_eq!(index_of("v.data-0-of-1"), None);
    }

    #[test]
    fn bytes_of_no_tensor_are_told_and_broken_indexes_are_unreadable() {
        let gap = Content::of_bytes(index(&[("a", 0, 8), ("b", 9, 3)]));
        let data = Content::of_bytes(vec![0; 12]);
        assert_eq!(told(|look| look_at_data(&data, &gap, 0, look)), ["model.hidden-bytes"]);
        let whole = index(&[("a", 0, 8)]);
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0xff;
            let changed = Content::of_bytes(changed);
            told(|look| look_at_index(&changed, look));
        }
        let short = Content::of_bytes(whole[10..].to_vec());
        assert_eq!(told(|look| look_at_index(&short, look)), ["model.unreadable"]);
    }
}
