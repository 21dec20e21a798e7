//! Tape archives (POSIX.1-1988 `ustar`, with GNU's and PAX' long names).

use super::content::Content;
use super::look::{Look, printable};
use super::report::{Finding, Verdict};

const BLOCK: u64 = 512;

/// Longest name that is read.
const LONGEST_NAME: u64 = 64 << 10;

/// Whether the first block is one of a tape archive: its checksum is right.
pub(super) fn is(head: &[u8]) -> bool {
    head.first_chunk::<512>().is_some_and(|block| Header::of(block).is_some())
}

struct Header {
    name: String,
    link: String,
    kind: u8,
    size: u64,
}

impl Header {
    fn of(block: &[u8; 512]) -> Option<Self> {
        let stated = octal(&block[148..156])?;
        let sum: u64 = block
            .iter()
            .enumerate()
            .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) })
            .sum();
        if stated != sum || block[0] == 0 {
            return None;
        }
        let mut name = text(&block[..100]);
        // PAX and ustar put the front of a long name here, GNU something else.
        if block[257..263] == *b"ustar\0" {
            let prefix = text(&block[345..500]);
            if !prefix.is_empty() {
                name = format!("{prefix}/{name}");
            }
        }
        let size = if block[124] & 0x80 == 0 {
            octal(&block[124..136])?
        } else {
            let large: [u8; 8] = block[128..136].try_into().ok()?;
            u64::from_be_bytes(large)
        };
        Some(Self { name, link: text(&block[157..257]), kind: block[156], size })
    }
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim_matches([' ', '\0']);
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

pub(super) fn look(content: &Content, look: &mut Look) {
    look.read_as("tar");
    let mut at = 0;
    let mut long_name = None;
    let mut zeros = 0;
    while zeros < 2 {
        let block = match content.read_at(at, 512) {
            Ok(block) => block,
            Err(error) => return unreadable(look, at, &format!("it could not be read: {error}")),
        };
        let Some(block) = block.first_chunk::<512>() else {
            return unreadable(look, at, "it ends in the middle");
        };
        at += BLOCK;
        if block.iter().all(|byte| *byte == 0) {
            zeros += 1;
            continue;
        }
        if zeros > 0 {
            return unreadable(look, at - BLOCK, "something follows after its end");
        }
        let Some(mut header) = Header::of(block) else {
            return unreadable(look, at - BLOCK, "a header is damaged");
        };
        if look.member().is_err() {
            return;
        }
        let inner = content.part(at, header.size);
        if inner.length() < header.size {
            unreadable(look, at, "its last member is cut off");
        }
        let padded = header.size.div_ceil(BLOCK).saturating_mul(BLOCK);
        at = at.saturating_add(padded);
        match header.kind {
            b'L' | b'x' | b'X' if header.size <= LONGEST_NAME => {
                let bytes =
                    inner.head(usize::try_from(LONGEST_NAME).unwrap_or(0)).unwrap_or_default();
                long_name = if header.kind == b'L' { Some(text(&bytes)) } else { pax_path(&bytes) };
                continue;
            }
            b'K' | b'g' | b'x' | b'X' | b'L' => continue,
            _ => {}
        }
        if let Some(name) = long_name.take() {
            header.name = name;
        }
        member(&header, &inner, look);
    }
    rest(content, at, look);
}

fn member(header: &Header, inner: &Content, look: &mut Look) {
    let name = printable(&header.name);
    if leaves(&header.name) {
        let message =
            format!("`{name}` would be written outside of the folder that it is unpacked into");
        look.acts("model.archive-path", message);
    }
    match header.kind {
        0 | b'0' | b'7' | b'S' => {
            look.inside(&header.name, |look| super::look_at(inner, &header.name, look));
        }
        b'5' => {}
        b'1' | b'2' => {
            let target = printable(&header.link);
            if leaves(&header.link) {
                let message = format!("`{name}` is a link out of the archive, to `{target}`");
                look.acts("model.archive-path", message);
            } else {
                let message = format!(
                    "`{name}` is a link to `{target}`, through which others can be written"
                );
                look.unknown("model.archive-path", message);
            }
        }
        b'3' | b'4' | b'6' => look.acts("model.archive-path", format!("`{name}` is a device")),
        other => {
            let message = format!("`{name}` is of a kind that is not known ({other:#04x})");
            look.unknown("model.unreadable", message);
        }
    }
}

/// What lies after the end: zeros up to a full record, or something hidden.
fn rest(content: &Content, from: u64, look: &mut Look) {
    /// GNU tar fills up to records of 10 KiB; more than that is looked at too, in pieces.
    const PIECE: usize = 64 << 10;
    let mut at = from;
    while let Ok(piece) = content.read_at(at, PIECE) {
        if piece.is_empty() || look.steps(1).is_err() {
            return;
        }
        if let Some(first) = piece.iter().position(|byte| *byte != 0) {
            return unreadable(look, at + first as u64, "something follows after its end");
        }
        at += piece.len() as u64;
    }
}

fn unreadable(look: &mut Look, at: u64, why: &str) {
    let message = format!("the tape archive cannot be read to its end: {why}");
    look.found(Finding::new("model.unreadable", Verdict::Unknown, message).at(at));
}

/// Returns the path of a PAX header: lines of `length key=value`.
fn pax_path(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().find_map(|line| line.split_once(" path=")).map(|(_, path)| path.to_owned())
}

/// Whether a name of a member leads out of the folder that it is unpacked into.
pub(super) fn leaves(name: &str) -> bool {
    let name = name.replace('\\', "/");
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    name.starts_with('/') || has_drive || name.split('/').any(|part| part == "..")
}
