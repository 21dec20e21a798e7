//! Headers of objects: lists of messages, in one block or in several.

use super::file::File;
use crate::model::look::Look;
use crate::model::window::{Order, Unread};

/// How many blocks a header may be spread over.
const MOST_BLOCKS: usize = 4096;

/// How many messages a header may have.
const MOST_MESSAGES: usize = 1 << 16;

/// A continuation of the header.
const CONTINUATION: u16 = 0x10;

/// A message of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// What kind it is: `0x0C` an attribute.
    pub(super) kind: u16,
    /// Where its content begins in the file.
    pub(super) at: u64,
    /// How long its content is.
    pub(super) size: u64,
    /// It is not here but somewhere else, which the content says.
    pub(super) is_shared: bool,
}

/// How the messages of a header are written.
#[derive(Clone, Copy)]
enum Style {
    First,
    /// Messages may be numbered in the order of their creation.
    Second {
        is_numbered: bool,
    },
}

/// Returns the messages of the object at `address`.
pub(super) fn messages(
    file: &mut File,
    address: u64,
    look: &mut Look,
) -> Result<Vec<Message>, Unread> {
    let at = file.place(address, address)?;
    let (style, first) = if file.window.bytes(at, 4)? == b"OHDR" {
        second(file, at)?
    } else {
        let version = file.window.byte(at)?;
        if version != 1 {
            return Err(Unread::broken(format!("an object has the version {version}"), at));
        }
        (Style::First, (at + 16, file.sized(at + 8, 4)?))
    };
    let mut messages = Vec::new();
    let mut blocks = vec![first];
    let mut next = 0;
    while let Some((start, length)) = blocks.get(next).copied() {
        next += 1;
        let before = messages.len();
        block(file, start, length, style, &mut messages, look)?;
        for place in before..messages.len() {
            let Some(message) = messages.get(place).copied() else { break };
            if message.kind != CONTINUATION {
                continue;
            }
            let start = file.address(message.at)?;
            let start =
                start.ok_or_else(|| Unread::broken("a header goes on nowhere", message.at))?;
            let length = file.length(message.at + file.address_size)?;
            // The letters before and the checksum behind the messages of a later style.
            let inner = match style {
                Style::First => Some((start, length)),
                Style::Second { .. } => {
                    file.expect(start, *b"OCHK")?;
                    length.checked_sub(8).map(|length| (start + 4, length))
                }
            };
            let inner = inner.ok_or_else(|| Unread::broken("a header's block is short", start))?;
            if blocks.len() >= MOST_BLOCKS || blocks.contains(&inner) {
                return Err(Unread::broken("a header goes on without an end", start));
            }
            blocks.push(inner);
        }
    }
    Ok(messages)
}

fn second(file: &mut File, at: u64) -> Result<(Style, (u64, u64)), Unread> {
    let version = file.window.byte(at + 4)?;
    if version != 2 {
        return Err(Unread::broken(format!("an object has the version {version}"), at));
    }
    let flags = file.window.byte(at + 5)?;
    let mut place = at + 6;
    place += if flags & 0x20 == 0 { 0 } else { 16 };
    place += if flags & 0x10 == 0 { 0 } else { 4 };
    let width = 1 << (flags & 3);
    let length = file.sized(place, width)?;
    Ok((Style::Second { is_numbered: flags & 4 != 0 }, (place + width, length)))
}

fn block(
    file: &mut File,
    start: u64,
    length: u64,
    style: Style,
    messages: &mut Vec<Message>,
    look: &mut Look,
) -> Result<(), Unread> {
    let end = start.checked_add(length).filter(|end| *end <= file.window.length());
    let end = end.ok_or_else(|| Unread::broken("a header is longer than the file", start))?;
    let head = match style {
        Style::First => 8,
        Style::Second { is_numbered: false } => 4,
        Style::Second { is_numbered: true } => 6,
    };
    let mut at = start;
    while end - at >= head {
        look.steps(1)?;
        let (kind, size, flags) = match style {
            Style::First => (
                file.window.number::<2>(at, Order::Little)?,
                file.sized(at + 2, 2)?,
                file.window.byte(at + 4)?,
            ),
            Style::Second { .. } => (
                file.window.number::<1>(at, Order::Little)?,
                file.sized(at + 1, 2)?,
                file.window.byte(at + 3)?,
            ),
        };
        let content = at + head;
        at = content + size;
        if at > end {
            return Err(Unread::broken("a message is longer than its header", content));
        }
        if messages.len() >= MOST_MESSAGES {
            let what = format!("an object has more than {MOST_MESSAGES} messages");
            return Err(Unread::broken(what, content));
        }
        let kind = u16::try_from(kind).unwrap_or(u16::MAX);
        messages.push(Message { kind, at: content, size, is_shared: flags & 2 != 0 });
    }
    Ok(())
}
