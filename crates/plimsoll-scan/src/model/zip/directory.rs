//! The directory of a zip archive (PKWARE APPNOTE 6.3.10), and what its members say of themselves.

use super::super::content::Content;
use super::super::look::Look;

const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
const CENTRAL: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";

/// The end of an archive and the longest comment after it.
const TAIL: u64 = 22 + 65_535;

/// Largest directory that is read, of some 200,000 members; models have a few thousand. Each takes three times
/// as much while it is looked at.
const LARGEST: u64 = 16 << 20;

/// A member.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) method: u16,
    pub(super) checksum: u32,
    /// Where its packed bytes begin, and how many they are.
    pub(super) start: u64,
    pub(super) packed: u64,
    /// How many bytes they unpack to; none where that is not said.
    pub(super) unpacked: Option<u64>,
    pub(super) is_link: bool,
    /// What it says of itself in two ways.
    pub(super) ambiguities: Vec<String>,
}

/// What an archive names.
pub(super) struct Directory {
    pub(super) entries: Vec<Entry>,
    /// Which bytes are accounted for.
    pub(super) spans: Vec<(u64, u64)>,
    /// Where the archive's comment begins, which reaches to the end.
    pub(super) comment: u64,
    /// What the archive says of itself in two ways.
    pub(super) ambiguities: Vec<&'static str>,
}

/// Whether it is a zip archive: by its beginning, or by its end, which is what readers go by.
pub(in crate::model) fn is(content: &Content, head: &[u8]) -> bool {
    head.starts_with(LOCAL) || head.starts_with(END) || end(content).is_some()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// Where the directory is.
struct Located {
    start: u64,
    size: u64,
    count: u64,
    /// Where the records of the archive's end begin, and where they end.
    end: u64,
    after: u64,
    /// How many bytes stand before the archive, which it does not count.
    before: u64,
    ambiguities: Vec<&'static str>,
}

/// The end of an archive.
struct End {
    at: u64,
    record: Vec<u8>,
    /// Whether there is another one, to whose comment all that follows belongs.
    is_in_a_comment: bool,
}

/// Finds the end of the archive: the last one, as readers do that do not ask whether its comment fits.
fn end(content: &Content) -> Option<End> {
    let from = content.length().saturating_sub(TAIL);
    let tail = content.read_at(from, usize::try_from(TAIL).ok()?).ok()?;
    let mut last: Option<End> = None;
    for at in (0..tail.len().saturating_sub(21)).rev() {
        if tail.get(at..at + 4) != Some(END) {
            continue;
        }
        let comment = usize::from(u16_at(&tail, at + 20)?);
        let fits = at + 22 + comment == tail.len();
        match &mut last {
            None => {
                let record = tail.get(at..at + 22)?.to_vec();
                last = Some(End { at: from + at as u64, record, is_in_a_comment: false });
            }
            Some(last) => last.is_in_a_comment |= fits,
        }
    }
    last
}

fn locate(content: &Content) -> Option<Located> {
    let End { at: end_at, record: end, is_in_a_comment } = end(content)?;
    let mut ambiguities = Vec::new();
    if is_in_a_comment {
        ambiguities.push("has two ends, of which one is the comment of the other");
    }
    let mut count = u64::from(u16_at(&end, 10)?);
    let mut size = u64::from(u32_at(&end, 12)?);
    let mut start = u64::from(u32_at(&end, 16)?);
    let mut first = end_at;
    if let Some(locator_at) = end_at.checked_sub(20) {
        let locator = content.read_at(locator_at, 20).ok()?;
        if locator.starts_with(LOCATOR_64) {
            let stated = u64_at(&locator, 8)?;
            // Behind something else, the record stands right before its locator.
            let behind = locator_at.checked_sub(56);
            let record_at = [Some(stated), behind]
                .into_iter()
                .flatten()
                .find(|at| content.read_at(*at, 4).is_ok_and(|bytes| bytes == END_64));
            if let Some(record_at) = record_at {
                let record = content.read_at(record_at, 56).ok()?;
                if Some(record_at) != behind {
                    ambiguities
                        .push("has an end of which some readers look for one half elsewhere");
                }
                let small = [(count, 0xffff), (size, 0xffff_ffff), (start, 0xffff_ffff)];
                let large = [u64_at(&record, 32)?, u64_at(&record, 40)?, u64_at(&record, 48)?];
                if small.iter().zip(large).any(|((it, most), large)| it != most && *it != large) {
                    ambiguities.push("says where its directory is in two ways");
                }
                count = u64_at(&record, 32)?;
                size = u64_at(&record, 40)?;
                start = u64_at(&record, 48)?;
                first = record_at;
            }
        }
    }
    // The directory stands right before its end; what is missing then stands before the archive.
    let mut before = first.checked_sub(size)?.saturating_sub(start);
    let is_directory = |at| content.read_at(at, 4).is_ok_and(|bytes| bytes == CENTRAL);
    if before > 0 && is_directory(start) {
        ambiguities.push("has a directory that does not stand before its end");
        // Some readers ask for nothing else than what is there.
        if !is_directory(start.saturating_add(before)) {
            before = 0;
        }
    }
    Some(Located { ambiguities, start, size, count, end: first, after: end_at + 22, before })
}

/// Reads the directory, and the header of every member.
pub(super) fn read(content: &Content, look: &mut Look) -> Result<Directory, String> {
    let located = locate(content).ok_or("it has no directory")?;
    if located.size > LARGEST {
        let size = located.size;
        return Err(format!("its directory says that it takes {size} bytes (at most {LARGEST})"));
    }
    let start = located.start.saturating_add(located.before);
    let size = usize::try_from(located.size).map_err(|_| "its directory is too large")?;
    let bytes = content.read_at(start, size).map_err(|error| error.to_string())?;
    let mut directory = Directory {
        comment: located.after,
        ambiguities: located.ambiguities,
        entries: Vec::new(),
        spans: vec![(start, start.saturating_add(located.size)), (located.end, located.after)],
    };
    let mut at = 0;
    while at < bytes.len() {
        if look.steps(1).is_err() {
            return Ok(directory);
        }
        let (entry, span, next) = entry(content, &bytes, at, located.before).ok_or_else(|| {
            format!("its directory is damaged after {} members", directory.entries.len())
        })?;
        directory.entries.push(entry);
        directory.spans.push(span);
        at = next;
    }
    let found = directory.entries.len() as u64;
    if found != located.count && found & 0xffff != located.count {
        return Err(format!("it says that it has {} members, and names {found}", located.count));
    }
    Ok(directory)
}

/// Reads the member whose entry begins at `at`; returns it, the bytes that it takes, and where the next begins.
fn entry(
    content: &Content,
    bytes: &[u8],
    at: usize,
    before: u64,
) -> Option<(Entry, (u64, u64), usize)> {
    if bytes.get(at..at + 4) != Some(CENTRAL) {
        return None;
    }
    let flags = u16_at(bytes, at + 8)?;
    let method = u16_at(bytes, at + 10)?;
    let checksum = u32_at(bytes, at + 16)?;
    let mut packed = u64::from(u32_at(bytes, at + 20)?);
    let mut unpacked = u64::from(u32_at(bytes, at + 24)?);
    let name_length = usize::from(u16_at(bytes, at + 28)?);
    let extra_length = usize::from(u16_at(bytes, at + 30)?);
    let comment_length = usize::from(u16_at(bytes, at + 32)?);
    let attributes = u32_at(bytes, at + 38)?;
    let mut header = u64::from(u32_at(bytes, at + 42)?);
    let name = bytes.get(at + 46..at + 46 + name_length)?;
    let extra = bytes.get(at + 46 + name_length..at + 46 + name_length + extra_length)?;
    let next = at + 46 + name_length + extra_length + comment_length;
    large_sizes(extra, &mut unpacked, &mut packed, &mut header);
    header = header.saturating_add(before);

    let mut ambiguities = Vec::new();
    let local = content.read_at(header, 30).ok()?;
    let mut start = header.saturating_add(30);
    if local.starts_with(LOCAL) {
        let local_name = usize::from(u16_at(&local, 26)?);
        let local_extra = usize::from(u16_at(&local, 28)?);
        let stated = content.read_at(start, local_name).ok()?;
        start = start.saturating_add((local_name + local_extra) as u64);
        if stated != name {
            ambiguities.push(format!(
                "is called `{}` where it lies",
                super::printable(&String::from_utf8_lossy(&stated))
            ));
        }
        let more = content.read_at(start.saturating_sub(local_extra as u64), local_extra).ok()?;
        if [extra, &more[..]].iter().any(|extra| is_renamed(extra, name)) {
            ambiguities.push("has another name for those who read it in Unicode".to_owned());
        }
        if u16_at(&local, 8)? != method {
            ambiguities.push("is packed in another way where it lies".to_owned());
        }
        let stated = u64::from(u32_at(&local, 18)?);
        let is_later = flags & 8 != 0;
        if !is_later && stated != packed && stated != 0xffff_ffff {
            ambiguities.push(format!("takes {packed} bytes, and {stated} where it lies"));
        }
    } else {
        ambiguities.push("does not lie where the directory says".to_owned());
    }
    if method == 0 && packed != unpacked {
        ambiguities.push(format!("is not packed, and takes {packed} bytes for {unpacked}"));
    }
    if flags & 1 != 0 {
        ambiguities.push("says that it is encrypted, which some readers do not look at".to_owned());
    }
    // The kind of a file of Unix, in the upper half: a symbolic link.
    let is_link = (attributes >> 16) & 0o170_000 == 0o120_000;
    let name = String::from_utf8_lossy(name).into_owned();
    let span = (header, start.saturating_add(packed));
    let unpacked = Some(unpacked);
    let entry = Entry { name, method, checksum, start, packed, unpacked, is_link, ambiguities };
    Some((entry, span, next))
}

/// Reads the member whose own header begins at `at`; returns it, and where it ends.
///
/// Its size is what its header says; one that says it later is taken to reach to the end.
pub(super) fn local(content: &Content, at: u64) -> Option<(Entry, u64)> {
    let header = content.read_at(at, 30).ok()?;
    if !header.starts_with(LOCAL) {
        return None;
    }
    let flags = u16_at(&header, 6)?;
    let name_length = usize::from(u16_at(&header, 26)?);
    let extra_length = u64::from(u16_at(&header, 28)?);
    let name = content.read_at(at.checked_add(30)?, name_length).ok()?;
    let start = at.checked_add(30 + name_length as u64 + extra_length)?;
    let stated = u64::from(u32_at(&header, 18)?);
    let rest = content.length().checked_sub(start)?;
    let packed = if flags & 8 != 0 || stated > rest { rest } else { stated };
    let entry = Entry {
        name: String::from_utf8_lossy(&name).into_owned(),
        method: u16_at(&header, 8)?,
        checksum: u32_at(&header, 14)?,
        start,
        packed,
        unpacked: None,
        is_link: false,
        ambiguities: vec!["is not in the directory".to_owned()],
    };
    Some((entry, start.saturating_add(packed)))
}

/// Whether a member has another name in the field for names in Unicode (APPNOTE 4.6.9).
fn is_renamed(extra: &[u8], name: &[u8]) -> bool {
    const UNICODE_PATH: u16 = 0x7075;
    let mut at = 0;
    while let (Some(kind), Some(length)) = (u16_at(extra, at), u16_at(extra, at + 2)) {
        let next = at + 4 + usize::from(length);
        // A version and a checksum stand before the name.
        if kind == UNICODE_PATH && extra.get(at + 9..next) != Some(name) {
            return true;
        }
        at = next;
    }
    false
}

/// Takes sizes that do not fit into 32 bits from where they are then.
fn large_sizes(extra: &[u8], unpacked: &mut u64, packed: &mut u64, header: &mut u64) {
    let mut at = 0;
    while let (Some(kind), Some(length)) = (u16_at(extra, at), u16_at(extra, at + 2)) {
        let field = at + 4;
        if kind == 1 {
            let mut from = field;
            for size in [unpacked, packed, header] {
                if *size == 0xffff_ffff
                    && let Some(large) = u64_at(extra, from)
                {
                    *size = large;
                    from += 8;
                }
            }
            return;
        }
        at = field + usize::from(length);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::model::{Limits, Verdict, scan};

    #[test]
    fn a_directory_that_memory_could_not_hold_is_not_read() {
        let mut file = tempfile::tempfile().unwrap();
        let size = u32::try_from(LARGEST).unwrap() + 1;
        file.write_all(&vec![0; usize::try_from(size).unwrap()]).unwrap();
        let [size, start] = [size, 0].map(u32::to_le_bytes);
        let end = [END, &[0; 8], &size, &start, &[0; 2]].concat();
        file.write_all(&end).unwrap();
        let report = scan("a.zip", &Content::of_file(file).unwrap(), Limits::default());
        assert_eq!(report.verdict, Verdict::Unknown);
        let said = &report.findings[0].message;
        assert!(said.contains("says that it takes 16777217 bytes (at most 16777216)"), "{said}");
    }
}
