//! Where the values of a dataset are, and by which filters they went.

use super::attribute;
use super::file::File;
use super::group::elsewhere;
use super::header::Message;
use crate::model::look::Look;
use crate::model::report::{Finding, Verdict};
use crate::model::window::{Order, Unread};

/// Filters that the library brings, and the one that `h5py` does: none, deflate, shuffle, Fletcher 32, szip,
/// n-bit, scale and offset, LZF.
const FILTERS: [u64; 7] = [1, 2, 3, 4, 5, 6, 32_000];

/// Takes in a message of a dataset.
pub(super) fn judge(file: &mut File, message: Message, look: &mut Look) -> Result<(), Unread> {
    match message.kind {
        0x07 => external(file, message, look),
        0x08 => layout(file, message, look),
        0x0b => filters(file, message, look),
        _ => Ok(()),
    }
}

/// Values in files of other formats.
fn external(file: &mut File, message: Message, look: &mut Look) -> Result<(), Unread> {
    let count = file.window.number::<2>(message.at + 6, Order::Little)?;
    let heap = file.address(message.at + 8)?;
    let heap = heap.ok_or_else(|| Unread::broken("names of files are nowhere", message.at))?;
    file.expect(heap, *b"HEAP")?;
    let names = file.address(heap + 8 + 2 * file.length_size)?;
    let names = names.ok_or_else(|| Unread::broken("names of files are nowhere", heap))?;
    for slot in 0..count {
        look.steps(1)?;
        let slot = message.at + 8 + file.address_size + slot * 3 * file.length_size;
        let offset = file.length(slot)?;
        let at =
            names.checked_add(offset).ok_or_else(|| Unread::broken("a name is nowhere", slot))?;
        let name = file.name(at, 4096)?;
        elsewhere("a dataset", &name, slot, look);
    }
    Ok(())
}

fn layout(file: &mut File, message: Message, look: &mut Look) -> Result<(), Unread> {
    let version = file.window.byte(message.at)?;
    match version {
        1..=3 => return Ok(()),
        4 | 5 => {}
        _ => return Err(Unread::broken(format!("a layout has the version {version}"), message.at)),
    }
    // Compact, contiguous, in chunks; or put together from others.
    if file.window.byte(message.at + 1)? != 3 {
        return Ok(());
    }
    let heap = file.raw_address(message.at + 2)?;
    let number = file.sized(message.at + 2 + file.address_size, 4)?;
    let Some(heap) = heap else { return Ok(()) };
    let sources = attribute::heap_object(file, heap, number, u64::MAX, look)?;
    // A version and a count, then the first source's file; `.` is this one.
    let name = file.name(sources.start + 1 + file.length_size, 4096)?;
    if name == "." {
        let message = "a dataset is put together from others, which is not followed";
        look.unknown("model.external-data", message);
    } else {
        elsewhere("a dataset", &name, message.at, look);
    }
    Ok(())
}

fn filters(file: &mut File, message: Message, look: &mut Look) -> Result<(), Unread> {
    let version = file.window.byte(message.at)?;
    let count = file.window.byte(message.at + 1)?;
    let mut at = match version {
        1 => message.at + 8,
        2 => message.at + 2,
        _ => return Err(Unread::broken(format!("filters have the version {version}"), message.at)),
    };
    for _ in 0..count {
        look.steps(1)?;
        let id = file.window.number::<2>(at, Order::Little)?;
        // The later style leaves the name's length away where the filter is one of the library's.
        let has_name = version == 1 || id >= 256;
        let name = if has_name { file.sized(at + 2, 2)? } else { 0 };
        let after_name = at + if has_name { 4 } else { 2 };
        let values = file.sized(after_name + 2, 2)?;
        at = after_name + 4 + if version == 1 { name.next_multiple_of(8) } else { name };
        at += 4 * if version == 1 { values.next_multiple_of(2) } else { values };
        if !FILTERS.contains(&id) {
            let message =
                format!("a dataset went by the filter {id}: reading it loads a library for it");
            look.found(Finding::new("model.filter", Verdict::Unknown, message).at(at));
        }
        if at > message.at + message.size {
            return Err(Unread::broken("filters are longer than their message", message.at));
        }
    }
    Ok(())
}
