//! All objects of a file.

use std::collections::HashSet;

use super::attribute::{self, Attribute};
use super::file::File;
use super::header::{self, Message};
use super::heap::{self, Indexed};
use super::{group, storage};
use crate::model::keras;
use crate::model::look::{Look, printable};
use crate::model::pickle::{self, Outcome, Reader};
use crate::model::protobuf::Span;
use crate::model::report::{Finding, Verdict};
use crate::model::window::Unread;

/// How many objects a file may have.
const MOST_OBJECTS: usize = 1 << 20;

/// How the values of attributes are written that a reader unpickles.
const PICKLED: [&[u8]; 6] = [b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"(l", b"(d"];

/// Longest attribute that is followed as a pickle.
const LONGEST_PICKLE: u64 = 16 << 20;

/// Visits every object that the root leads to. Adds to `judged` where the configurations lie that were.
pub(super) fn walk(file: &mut File, judged: &mut Vec<Span>, look: &mut Look) -> Result<(), Unread> {
    let mut open = vec![file.root];
    let mut seen = HashSet::new();
    while let Some(address) = open.pop() {
        if !seen.insert(address) {
            continue;
        }
        if seen.len() > MOST_OBJECTS {
            return Err(Unread::broken(format!("more than {MOST_OBJECTS} objects"), address));
        }
        for message in header::messages(file, address, look)? {
            if message.is_shared && matches!(message.kind, 0x06 | 0x07 | 0x08 | 0x0b | 0x0c) {
                is_shared(look);
                continue;
            }
            match message.kind {
                0x02 | 0x06 | 0x11 => open.extend(group::links(file, message, look)?),
                0x07 | 0x08 | 0x0b => storage::judge(file, message, look)?,
                0x0c => {
                    let attribute = attribute::read(file, message, look)?;
                    judge(file, &attribute, judged, look)?;
                }
                0x15 => in_heap(file, message, judged, look)?,
                // Nothing, shapes, types, what fills gaps, comments, times, counts, free space.
                0x00
                | 0x01
                | 0x03..=0x05
                | 0x09
                | 0x0a
                | 0x0d..=0x10
                | 0x12..=0x14
                | 0x16..=0x18 => {}
                kind => {
                    let message =
                        format!("an object has a message of the kind {kind}, which is not known");
                    look.unknown("model.hidden-bytes", message);
                }
            }
        }
    }
    Ok(())
}

/// Judges the attributes that are kept in a heap, because they are many or long.
fn in_heap(
    file: &mut File,
    message: Message,
    judged: &mut Vec<Span>,
    look: &mut Look,
) -> Result<(), Unread> {
    for (span, flags) in heap::objects(file, message, 2, Indexed::Attributes, look)? {
        if flags & 2 != 0 {
            is_shared(look);
            continue;
        }
        let message = Message { kind: 0x0c, at: span.start, size: span.length(), is_shared: false };
        let attribute = attribute::read(file, message, look)?;
        judge(file, &attribute, judged, look)?;
    }
    Ok(())
}

fn is_shared(look: &mut Look) {
    let message = "an object shares what it is made of with others, which is not followed";
    look.unknown("model.unreadable", message);
}

/// Judges the texts of an attribute: by what they are, whatever it is called.
fn judge(
    file: &mut File,
    attribute: &Attribute,
    judged: &mut Vec<Span>,
    look: &mut Look,
) -> Result<(), Unread> {
    let name = printable(&attribute.name);
    for span in &attribute.texts {
        look.steps(1)?;
        let count = usize::try_from(span.length().min(64)).unwrap_or(64);
        let begin = file.window.bytes(span.start, count)?.to_vec();
        let first = begin.iter().find(|byte| !byte.is_ascii_whitespace());
        // PyTables takes a text that ends in a dot for a pickle, if it is one.
        let end = trimmed(file, *span, look)?;
        let text = file.part(Span { start: span.start, end });
        let ends_in_dot = end > span.start && file.window.byte(end - 1)? == b'.';
        let mut is_pickle = false;
        if ends_in_dot && text.length() <= LONGEST_PICKLE {
            look.inside(&format!("@{}", attribute.name), |look| {
                is_pickle = pickle::look(&text, Reader::Python, look) != Outcome::Other;
            });
        }
        if is_pickle || PICKLED.iter().any(|mark| begin.starts_with(mark)) {
            let message =
                format!("the attribute `{name}` looks like a pickle, which some readers load");
            look.found(
                Finding::new("model.pickle-hidden", Verdict::Unknown, message).at(span.start),
            );
        }
        if attribute.name == "PSEUDOATOM" && begin.starts_with(b"object") {
            let message = "the rows of a dataset are pickles, which PyTables loads";
            look.unknown("model.pickle-hidden", message);
        }
        if first == Some(&b'{') || attribute.name.ends_with("_config") {
            look.inside(&format!("@{}", attribute.name), |look| keras::look(&text, look));
            judged.push(*span);
        }
    }
    Ok(())
}

/// Texts of a fixed length are filled up with NUL.
fn trimmed(file: &mut File, span: Span, look: &mut Look) -> Result<u64, Unread> {
    const BLOCK: u64 = 16 * 1024;
    let mut end = span.end;
    while end > span.start {
        let start = span.start.max(end.saturating_sub(BLOCK));
        // As much as the instructions of a pickle of this length may cost.
        look.steps(end - start)?;
        let block = file.window.bytes(start, usize::try_from(end - start).unwrap_or(0))?;
        match block.iter().rposition(|byte| *byte != 0) {
            Some(last) => return Ok(start + last as u64 + 1),
            None => end = start,
        }
    }
    Ok(end)
}
