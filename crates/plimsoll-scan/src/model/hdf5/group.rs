//! What a group leads to.

use std::collections::HashSet;

use super::file::File;
use super::header::Message;
use super::heap::{self, Indexed};
use crate::model::look::{Look, printable};
use crate::model::place::way_out;
use crate::model::report::{Finding, Verdict};
use crate::model::window::{Order, Unread};

/// How deep the tree of a group may be.
const DEEPEST: usize = 32;

/// The longest name of a link.
const LONGEST_NAME: u64 = 64 << 10;

/// Takes in a message that says where a group's links are. Returns the addresses of what they lead to.
pub(super) fn links(
    file: &mut File,
    message: Message,
    look: &mut Look,
) -> Result<Vec<u64>, Unread> {
    match message.kind {
        0x02 => link_info(file, message, look),
        0x06 => link(file, message, look).map(|address| address.into_iter().collect()),
        0x11 => symbol_table(file, message, look),
        _ => Ok(Vec::new()),
    }
}

/// Reads the links that are kept in a heap, because they are many.
fn link_info(file: &mut File, message: Message, look: &mut Look) -> Result<Vec<u64>, Unread> {
    let mut found = Vec::new();
    for (span, _) in heap::objects(file, message, 8, Indexed::Links, look)? {
        let message = Message { kind: 0x06, at: span.start, size: span.length(), is_shared: false };
        found.extend(link(file, message, look)?);
    }
    Ok(found)
}

/// Reads a link of the later style.
fn link(file: &mut File, message: Message, look: &mut Look) -> Result<Option<u64>, Unread> {
    let at = message.at;
    let flags = file.window.byte(at + 1)?;
    let mut place = at + 2;
    let mut kind = 0;
    if flags & 8 != 0 {
        kind = file.window.byte(place)?;
        place += 1;
    }
    place += if flags & 4 == 0 { 0 } else { 8 };
    place += u64::from(flags & 16 != 0);
    let width = 1 << (flags & 3);
    let length = file.sized(place, width)?;
    if length > LONGEST_NAME {
        return Err(Unread::broken("a link has a long name", place));
    }
    place += width + length;
    match kind {
        0 => {
            let address = file.raw_address(place)?;
            Ok(Some(address.ok_or_else(|| Unread::broken("a link leads nowhere", place))?))
        }
        // A path in the same file: what it names is reached, or is not there.
        1 => Ok(None),
        64 => {
            let name = file.name(place + 3, 4096)?;
            elsewhere("a link", &name, at, look);
            Ok(None)
        }
        _ => {
            let message =
                format!("a link of the kind {kind} is followed by a program of somebody's");
            look.found(Finding::new("model.external-data", Verdict::Unknown, message).at(at));
            Ok(None)
        }
    }
}

/// Tells of something that is read from another file.
pub(super) fn elsewhere(what: &str, name: &str, at: u64, look: &mut Look) {
    let shown = printable(name);
    let (verdict, why) = match way_out(name) {
        Some(why) => (Verdict::Unsafe, why),
        None => (Verdict::Unknown, "is not a part of this file"),
    };
    let message = format!("{what} is read from another file: `{shown}` {why}");
    look.found(Finding::new("model.external-data", verdict, message).at(at));
}

/// Reads the links of the earlier style: a tree of nodes, and a heap of names.
fn symbol_table(file: &mut File, message: Message, look: &mut Look) -> Result<Vec<u64>, Unread> {
    let mut found = Vec::new();
    let Some(tree) = file.address(message.at)? else { return Ok(found) };
    let mut open = vec![(tree, 0)];
    let mut seen = HashSet::new();
    while let Some((at, depth)) = open.pop() {
        look.steps(1)?;
        if depth > DEEPEST || !seen.insert(at) {
            return Err(Unread::broken("the tree of a group has no end", at));
        }
        if file.window.bytes(at, 4)? == b"SNOD" {
            symbols(file, at, &mut found, look)?;
            continue;
        }
        file.expect(at, *b"TREE")?;
        if file.window.byte(at + 4)? != 0 {
            return Err(Unread::broken("the tree of a group is one of another kind", at));
        }
        let count = file.window.number::<2>(at + 6, Order::Little)?;
        // Behind both neighbours: a key, then a child and a key each.
        let children = at + 8 + 2 * file.address_size + file.length_size;
        for child in 0..count {
            let place = children + child * (file.address_size + file.length_size);
            let child = file.address(place)?;
            open.push((
                child.ok_or_else(|| Unread::broken("a tree leads nowhere", place))?,
                depth + 1,
            ));
        }
    }
    Ok(found)
}

fn symbols(file: &mut File, at: u64, found: &mut Vec<u64>, look: &mut Look) -> Result<(), Unread> {
    let count = file.window.number::<2>(at + 6, Order::Little)?;
    let size = 2 * file.address_size + 24;
    for entry in 0..count {
        look.steps(1)?;
        let entry = at + 8 + entry * size;
        let cached = file.sized(entry + 2 * file.address_size, 4)?;
        // 2 is a symbolic link, whose header is nowhere.
        if cached == 2 {
            continue;
        }
        let address = file.raw_address(entry + file.address_size)?;
        found.push(address.ok_or_else(|| Unread::broken("a link leads nowhere", entry))?);
    }
    Ok(())
}
