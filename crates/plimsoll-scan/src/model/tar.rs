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
        let stated = number(&block[148..156])?;
        // Old writers summed up signed bytes, and readers take either sum. The checksum counts as blanks.
        let others = || block.iter().enumerate().filter(|(at, _)| !(148..156).contains(at));
        let blanks = 8 * i64::from(b' ');
        let sum: i64 = others().map(|(_, byte)| i64::from(*byte)).sum();
        let signed: i64 = others().map(|(_, byte)| i64::from(byte.cast_signed())).sum();
        if ![sum + blanks, signed + blanks].contains(&stated) {
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
        // Of less than nothing the archive does not say where it goes on.
        let size = u64::try_from(number(&block[124..136])?).unwrap_or(u64::MAX);
        Some(Self { name, link: text(&block[157..257]), kind: block[156], size })
    }
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

/// Reads a number as `tarfile` does: in bytes behind one of 128 or 255, else as Python reads octal digits.
fn number(field: &[u8]) -> Option<i64> {
    if let [first @ (0x80 | 0xff), bytes @ ..] = field {
        let sign = if *first == 0xff { -1 } else { 0 };
        return bytes.iter().try_fold(sign, |number: i64, byte| {
            number.checked_mul(256)?.checked_add(i64::from(*byte))
        });
    }
    // What stands behind the first zero is left out; blanks may stand on both sides.
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    let text =
        std::str::from_utf8(&field[..end]).ok()?.trim().replace('_', "").to_ascii_lowercase();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(&text)),
    };
    let digits = digits.strip_prefix("0o").unwrap_or(digits);
    if text.is_empty() { Some(0) } else { i64::from_str_radix(&format!("{sign}{digits}"), 8).ok() }
}

/// Looks at its members; returns whether it could be read to the last byte.
pub(super) fn look(content: &Content, look: &mut Look) -> bool {
    look.read_as("tar");
    match members(content, look) {
        Ok(()) => true,
        Err((at, why)) => {
            let message = format!("the tape archive cannot be read to its end: {why}");
            look.found(Finding::new("model.unreadable", Verdict::Unknown, message).at(at));
            false
        }
    }
}

/// Where an archive cannot be read on, and why.
type Broken = (u64, String);

fn members(content: &Content, look: &mut Look) -> Result<(), Broken> {
    let broken = |at: u64, why: &str| Err((at, why.to_owned()));
    let mut at = 0;
    let mut extended = Extended::default();
    let mut zeros = 0;
    while zeros < 2 {
        let block = content.read_at(at, 512).map_err(|error| (at, error.to_string()))?;
        let Some(block) = block.first_chunk::<512>() else {
            return broken(at, "it ends in the middle");
        };
        let start = at;
        at += BLOCK;
        if block.iter().all(|byte| *byte == 0) {
            zeros += 1;
            continue;
        }
        if zeros > 0 {
            return broken(start, "something follows after its end");
        }
        let Some(mut header) = Header::of(block) else {
            return broken(start, "a header is damaged");
        };
        if look.member().is_err() {
            return broken(start, "it has too many members");
        }
        let is_extension = matches!(header.kind, b'L' | b'K' | b'x' | b'X' | b'g');
        if !is_extension {
            let Extended { name, size } = std::mem::take(&mut extended);
            header.name = name.unwrap_or(header.name);
            header.size = size.unwrap_or(header.size);
        }
        let inner = content.part(at, header.size);
        if inner.length() < header.size {
            return broken(at, "its last member is cut off");
        }
        let padded = header.size.div_ceil(BLOCK).saturating_mul(BLOCK);
        at = at.saturating_add(padded);
        if !is_extension {
            member(&header, &inner, look);
            continue;
        }
        if header.size > LONGEST_NAME {
            return broken(start, "a header takes more bytes than any name");
        }
        let bytes = inner.read_at(0, usize::try_from(header.size).unwrap_or(0));
        let bytes = bytes.map_err(|error| (start, error.to_string()))?;
        match header.kind {
            b'L' => extended.name = Some(text(&bytes)),
            b'x' | b'X' => extended.take(&bytes).map_err(|why| (start, why))?,
            b'g' => {
                let mut global = Extended::default();
                global.take(&bytes).map_err(|why| (start, why))?;
                if global.name.is_some() || global.size.is_some() {
                    return broken(start, "a header changes all that follow");
                }
            }
            // The long name of a link's target: what is a link is told anyway.
            _ => {}
        }
    }
    rest(content, at, look)
}

/// What headers before a member say of it.
#[derive(Default)]
struct Extended {
    name: Option<String>,
    size: Option<u64>,
}

impl Extended {
    /// Takes in the records of a PAX header: `length key=value`, where a value may hold anything.
    fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        let damaged = || "a header of PAX is damaged".to_owned();
        let mut rest = bytes;
        while !rest.is_empty() && rest.first() != Some(&0) {
            let blank = rest.iter().position(|byte| *byte == b' ').ok_or_else(damaged)?;
            let length = std::str::from_utf8(&rest[..blank]).ok().and_then(|it| it.parse().ok());
            let length: usize = length.filter(|length| *length > blank + 1).ok_or_else(damaged)?;
            let record = rest.get(blank + 1..length).ok_or_else(damaged)?;
            let record = record.strip_suffix(b"\n").ok_or_else(damaged)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(damaged)?;
            let (key, value) = (&record[..equals], String::from_utf8_lossy(&record[equals + 1..]));
            match key {
                b"path" => self.name = Some(value.into_owned()),
                b"size" => self.size = Some(value.parse().map_err(|_| damaged())?),
                key if key.starts_with(b"GNU.sparse") => {
                    return Err(
                        "a member is sparse, which readers unpack in several ways".to_owned()
                    );
                }
                _ => {}
            }
            rest = &rest[length..];
        }
        Ok(())
    }
}

fn member(header: &Header, inner: &Content, look: &mut Look) {
    let name = printable(&header.name);
    if leaves(&header.name) {
        let message =
            format!("`{name}` would be written outside of the folder that it is unpacked into");
        look.acts("model.archive-path", message);
    }
    // Some readers take the next header from there.
    if !matches!(header.kind, 0 | b'0' | b'7') && header.size > 0 {
        let message = format!("`{name}` is no file and has {} bytes", header.size);
        look.unknown("model.ambiguous", message);
    }
    match header.kind {
        0 | b'0' | b'7' => {
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
fn rest(content: &Content, from: u64, look: &mut Look) -> Result<(), Broken> {
    /// GNU tar fills up to records of 10 KiB; more than that is looked at too, in pieces.
    const PIECE: usize = 64 << 10;
    let mut at = from;
    loop {
        let piece = content.read_at(at, PIECE).map_err(|error| (at, error.to_string()))?;
        if piece.is_empty() || look.steps(1).is_err() {
            return Ok(());
        }
        if let Some(first) = piece.iter().position(|byte| *byte != 0) {
            return Err((at + first as u64, "something follows after its end".to_owned()));
        }
        at += piece.len() as u64;
    }
}

/// Whether a name of a member leads out of the folder that it is unpacked into.
pub(super) fn leaves(name: &str) -> bool {
    let name = name.replace('\\', "/");
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    name.starts_with('/') || has_drive || name.split('/').any(|part| part == "..")
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_read_as_python_reads_them() {
        for (field, expected) in [
            (&b"0000644\0"[..], Some(0o644)),
            (b" 644 \0junk", Some(0o644)),
            (b"0o6_44  ", Some(0o644)),
            (b"+644", Some(0o644)),
            (b"-7", Some(-7)),
            (b"\0\0\0", Some(0)),
            (b"\x80\0\0\x01\0", Some(256)),
            (b"\xff\xff\xfe", Some(-2)),
            (b"649", None),
            (b"\x80\xff\xff\xff\xff\xff\xff\xff\xff", None),
        ] {
            assert_eq!(number(field), expected, "{field:?}");
        }
    }
}
