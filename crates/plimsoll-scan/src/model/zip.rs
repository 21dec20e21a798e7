//! Zip archives, read as leniently as the most lenient loader does: whatever some reader would take for a
//! member is looked at, and where two readers would read two things, that is a finding.

mod directory;

use std::io::Read;

use self::directory::{Directory, Entry, local, read};
use super::content::Content;
use super::globals::{self, Condition, Judged};
use super::keras::archive::Member;
use super::look::{Look, printable};
use super::report::{Finding, Verdict};
use super::{keras, skops, tar, torch};

pub(super) use self::directory::is;

/// Largest member whose checksum is held against what is read.
const CHECKED: u64 = 16 << 20;

/// What a file is beside an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// Nothing: every byte has to be the archive's.
    Nothing,
    /// Something that another reader reads to the last byte: an archive that lies in it, near its end, is
    /// found by readers too.
    Whole,
}

pub(super) fn look(content: &Content, beside: Beside, look: &mut Look) {
    let directory = match read(content, look) {
        Ok(directory) => directory,
        // The end of an archive that was cut out of another file is no archive to anybody.
        Err(_) if beside == Beside::Whole => return,
        Err(why) => {
            look.read_as("zip");
            look.unknown("model.unreadable", format!("the archive cannot be read: {why}"));
            unlisted(content, look);
            return;
        }
    };
    look.read_as("zip");
    for ambiguity in &directory.ambiguities {
        look.unknown("model.ambiguous", format!("the archive {ambiguity}"));
    }
    if beside == Beside::Nothing {
        gaps(content, &directory, look);
    }
    let archive = torch::Archive::of(&directory.entries.iter().map(|entry| entry.name.as_str()));
    if archive.is_torch() {
        look.read_as("torch");
    }
    if archive.is_keras() {
        look.read_as("keras");
    }
    for entry in &directory.entries {
        if look.member().is_err() {
            return;
        }
        member(content, entry, &archive, look);
    }
}

/// Returns the members of an archive by their names, each unpacked.
///
/// # Errors
/// Something in it can be read in two ways, or is packed as no framework packs it.
pub(super) fn members(
    content: &Content,
    look: &mut Look,
) -> Result<Vec<(String, Content)>, String> {
    let directory = read(content, look)?;
    if !directory.ambiguities.is_empty() {
        return Err("the archive can be read in two ways".to_owned());
    }
    let mut members = Vec::new();
    for entry in directory.entries {
        let shown = printable(&entry.name);
        if !entry.ambiguities.is_empty() || look.member().is_err() {
            return Err(format!("`{shown}` can be read in two ways"));
        }
        let packed = content.part(entry.start, entry.packed);
        let unpacked = match entry.method {
            0 => packed,
            8 => match look.unpack(&mut flate2::read::DeflateDecoder::new(packed.reader())) {
                Ok((unpacked, None)) => unpacked,
                Ok((_, Some(error))) | Err(error) => return Err(format!("`{shown}`: {error}")),
            },
            other => return Err(format!("`{shown}` is packed by method {other}")),
        };
        if entry.unpacked != Some(unpacked.length()) {
            return Err(format!("`{shown}` is cut off"));
        }
        members.push((entry.name, unpacked));
    }
    Ok(members)
}

fn member(content: &Content, entry: &Entry, archive: &torch::Archive, look: &mut Look) {
    let name = printable(&entry.name);
    for message in &entry.ambiguities {
        look.unknown("model.ambiguous", format!("`{name}` {message}"));
    }
    if tar::leaves(&entry.name) {
        let message =
            format!("`{name}` would be written outside of the folder that it is unpacked into");
        look.acts("model.archive-path", message);
    }
    if entry.is_link {
        look.unknown(
            "model.archive-path",
            format!("`{name}` is a link, through which others can be written"),
        );
    }
    if entry.name.ends_with('/') && entry.packed == 0 {
        return;
    }
    let packed = content.part(entry.start, entry.packed);
    if packed.length() < entry.packed {
        look.unknown("model.unreadable", format!("`{name}` is cut off"));
    }
    let is_tensor = archive.is_tensor(&entry.name);
    look.inside(&entry.name, |look| match entry.method {
        0 => inner(&packed, entry, archive, is_tensor, look),
        8 if is_tensor => {
            // Of numbers only the first are looked at, so that nothing has to be unpacked.
            let mut head = Vec::new();
            flate2::read::DeflateDecoder::new(packed.reader())
                .take(64 << 10)
                .read_to_end(&mut head)
                .ok();
            inner(&Content::of_bytes(head), entry, archive, is_tensor, look);
        }
        8 => {
            unpacked(&mut flate2::read::DeflateDecoder::new(packed.reader()), entry, archive, look);
        }
        12 => unpacked(&mut bzip2::read::BzDecoder::new(packed.reader()), entry, archive, look),
        93 => match zstd::stream::read::Decoder::new(packed.reader()) {
            Ok(mut stream) => unpacked(&mut stream, entry, archive, look),
            Err(error) => {
                look.unknown("model.unreadable", format!("it cannot be unpacked: {error}"));
            }
        },
        other => {
            let message = format!("it is packed by a method that is not known ({other})");
            look.unknown("model.unreadable", message);
        }
    });
}

fn unpacked(stream: &mut dyn Read, entry: &Entry, archive: &torch::Archive, look: &mut Look) {
    match look.unpack(stream) {
        Ok((content, broken)) => {
            if let Some(error) = broken {
                look.unknown(
                    "model.unreadable",
                    format!("it cannot be unpacked to its end: {error}"),
                );
            }
            if entry.unpacked.is_some_and(|stated| stated != content.length()) {
                let length = content.length();
                let message = format!("it unpacks to {length} bytes, and says something else");
                look.unknown("model.ambiguous", message);
            }
            inner(&content, entry, archive, false, look);
        }
        Err(error) => look.unknown("model.unreadable", format!("it cannot be unpacked: {error}")),
    }
}

fn inner(
    content: &Content,
    entry: &Entry,
    archive: &torch::Archive,
    is_tensor: bool,
    look: &mut Look,
) {
    if is_tensor {
        torch::look_at_tensor(content, look);
        return;
    }
    if content.length() <= CHECKED {
        checksum(content, entry, look);
    }
    if archive.is_keras() {
        match keras::archive::member(&entry.name) {
            Member::Config => return keras::look(content, look),
            Member::Other | Member::Out => {
                let message = "it is no member that Keras writes";
                look.unknown("model.unrecognized", message);
            }
            Member::Metadata | Member::Weights | Member::Asset => {}
        }
    }
    if entry.name == "schema.json" && is_skops(content) {
        let judge = |module: &str, name: &str, how| match globals::judge(module, name) {
            // Zones of time are called with their name, which is no path.
            Judged::Kept if how == skops::Use::Called && module != "zoneinfo" => Verdict::Unknown,
            judged if judged.is_harmless_class() => Verdict::Safe,
            // Keeps a function that is a node of its own.
            Judged::Conditional(Condition::Partial) => Verdict::Safe,
            Judged::Unsafe(_) => Verdict::Unsafe,
            _ => Verdict::Unknown,
        };
        return skops::look(content, &judge, look);
    }
    archive.look_at_member(content, &entry.name, look);
}

/// Whether a schema is that of skops: its nodes name loaders.
fn is_skops(schema: &Content) -> bool {
    const AHEAD: usize = 1 << 20;
    schema.head(AHEAD).is_ok_and(|head| memchr::memmem::find(&head, b"\"__loader__\"").is_some())
}

fn checksum(content: &Content, entry: &Entry, look: &mut Look) {
    let bytes = content.head(usize::try_from(CHECKED).unwrap_or(0)).unwrap_or_default();
    if crc32fast::hash(&bytes) != entry.checksum {
        let message = "its checksum is wrong, so that some readers refuse it and others do not";
        look.unknown("model.ambiguous", message);
    }
}

/// Looks at what lies between the members, where the directory names nothing.
fn gaps(content: &Content, directory: &Directory, look: &mut Look) {
    let mut spans: Vec<(u64, u64)> = directory.spans.clone();
    spans.sort_unstable();
    spans.push((content.length(), content.length()));
    let mut at = 0;
    for (start, end) in spans {
        if start > at {
            let gap = content.part(at, start - at);
            let is_comment = at == directory.comment && is_text(&gap);
            let is_descriptor = at > 0 && at < directory.comment && is_descriptor(&gap);
            if !is_descriptor && !is_comment && !is_zero(&gap, look) {
                let length = gap.length();
                let message = format!("{length} bytes are part of no member");
                look.found(Finding::new("model.hidden-bytes", Verdict::Unknown, message).at(at));
                look.inside(&format!("bytes {at} to {start}"), |look| {
                    super::look_for_programs(&gap, look);
                });
            }
        } else if start < at && end > start {
            let message = "two members share bytes".to_owned();
            look.found(Finding::new("model.ambiguous", Verdict::Unknown, message).at(start));
        }
        at = at.max(end);
    }
}

/// Whether it is what follows a member of which the sizes were not known before: a checksum and sizes of 32 or
/// 64 bits, with or without a signature.
fn is_descriptor(gap: &Content) -> bool {
    let is_signed = || gap.head(4).is_ok_and(|bytes| bytes == b"PK\x07\x08");
    match gap.length() {
        12 | 20 => true,
        16 | 24 => is_signed(),
        _ => false,
    }
}

/// Looks at members that lie one after the other, as readers find them that do not wait for the directory.
/// Returns whether there are any.
fn unlisted(content: &Content, look: &mut Look) -> bool {
    let archive = torch::Archive::of(&std::iter::empty());
    let mut at = 0;
    let mut has_some = false;
    while let Some((entry, end)) = local(content, at) {
        has_some = true;
        if look.member().is_err() {
            break;
        }
        member(content, &entry, &archive, look);
        at = end;
    }
    has_some
}

/// Whether it is a text, as a comment is: at most as long as one can be.
fn is_text(gap: &Content) -> bool {
    const LONGEST: usize = 65_535;
    gap.length() <= LONGEST as u64
        && gap.head(LONGEST).is_ok_and(|bytes| {
            std::str::from_utf8(&bytes)
                .is_ok_and(|text| text.chars().all(|it| !it.is_control() || it.is_whitespace()))
        })
}

/// Whether there is nothing but zeros: padding.
fn is_zero(gap: &Content, look: &mut Look) -> bool {
    const PIECE: usize = 64 << 10;
    let mut at = 0;
    loop {
        if look.steps(1).is_err() {
            return false;
        }
        match gap.read_at(at, PIECE) {
            Ok(piece) if piece.is_empty() => return true,
            Ok(piece) if piece.iter().all(|byte| *byte == 0) => at += piece.len() as u64,
            _ => return false,
        }
    }
}
