//! Go's build information in an ELF file (`debug/buildinfo`).

use super::Build;
use super::elf::{Elf, number};

/// What it starts with; at a multiple of 16.
const MAGIC: &[u8; 14] = b"\xff Go buildinf:";
const ALIGNMENT: usize = 16;
const HEADER: usize = 32;

/// The most bytes of a text in it.
const MOST_OF_TEXT: u64 = 16 * 1024 * 1024;

/// Marks that stand in front of and behind the lines about modules.
const MARK: usize = 16;

/// Returns what Go wrote, or that it cannot be made out; `None` where it wrote nothing.
pub(super) fn build_of(elf: &Elf<'_>) -> Option<Build> {
    let named = elf.section(".go.buildinfo");
    let header = named.and_then(find).or_else(|| elf.data().and_then(find));
    let Some(header) = header else {
        return named
            .map(|_| Build::Unreadable("its section `.go.buildinfo` holds no build information"));
    };
    let read = if header.get(15).is_some_and(|flags| flags & 2 != 0) {
        written_out(header)
    } else {
        pointed_at(elf, header)
    };
    let Some((version, modules)) = read else {
        return Some(Build::Unreadable("its build information of Go lies outside of it"));
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(Build::Go { version: text(version), modules: text(between_marks(modules)) })
}

fn find(bytes: &[u8]) -> Option<&[u8]> {
    let at = (0..bytes.len().saturating_sub(HEADER - 1))
        .step_by(ALIGNMENT)
        .find(|at| bytes.get(*at..).is_some_and(|rest| rest.starts_with(MAGIC)))?;
    bytes.get(at..)
}

/// Since Go 1.18: both texts follow the header, each after its length.
fn written_out(header: &[u8]) -> Option<(&[u8], &[u8])> {
    let (version, rest) = text(header.get(HEADER..)?)?;
    let (modules, _) = text(rest)?;
    Some((version, modules))
}

/// Takes a text and its length, seven bits to the byte, off the front.
fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut length, mut shift, mut at) = (0_u64, 0_u32, 0);
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        length |= u64::from(byte & 0x7f).checked_shl(shift).filter(|_| shift < 63)?;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let length = usize::try_from(length).ok().filter(|it| *it as u64 <= MOST_OF_TEXT)?;
    bytes.get(at..)?.split_at_checked(length)
}

/// Before Go 1.18: two addresses of texts, each an address and a length.
fn pointed_at<'b>(elf: &Elf<'b>, header: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let width = usize::from(*header.get(14)?);
    if width != 4 && width != 8 {
        return None;
    }
    let (size, is_big_endian) = (width as u64, header.get(15)? & 1 != 0);
    let text = |at: usize| {
        let address = number(header.get(at..at.checked_add(width)?)?, is_big_endian);
        if address == 0 {
            return Some(&[][..]);
        }
        let start = elf.number_at(address, size)?;
        match elf.number_at(address.checked_add(size)?, size)? {
            0 => Some(&[][..]),
            length if length <= MOST_OF_TEXT => elf.at(start, length),
            _ => None,
        }
    };
    Some((text(16)?, text(16 + width)?))
}

/// Takes the marks off; what has none says nothing of modules.
fn between_marks(modules: &[u8]) -> &[u8] {
    let end = modules.len().saturating_sub(MARK);
    let is_marked = modules.len() > 2 * MARK && modules.get(end - 1) == Some(&b'\n');
    modules.get(MARK..end).filter(|_| is_marked).unwrap_or_default()
}
