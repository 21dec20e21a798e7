//! XML that somebody else wrote: bounded, and without what makes a reader open files.

use std::io::{self, BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::Event;

use super::content::{Content, ContentReader};
use super::look::Look;
use super::report::{Finding, Verdict};

/// How much may come between two elements.
const LONGEST_PIECE: u64 = 16 << 20;

/// Returns what reads a document, element by element: empty ones begin and end.
pub(super) fn reader(content: &Content) -> Reader<BufReader<Pieces<ContentReader>>> {
    let pieces = Pieces { inner: content.reader(), since: 0 };
    let mut reader = Reader::from_reader(BufReader::new(pieces));
    reader.config_mut().expand_empty_elements = true;
    reader
}

/// Judges what no model needs: document types, instructions, entities.
pub(super) fn judge(event: &Event<'_>, at: u64, look: &mut Look) {
    match event {
        Event::DocType(_) => {
            let message = "a document type may read files and grow without a bound";
            look.found(Finding::new("model.external-data", Verdict::Unsafe, message).at(at));
        }
        Event::PI(_) => {
            let message = "an instruction to whoever processes the XML";
            look.found(Finding::new("model.hidden-bytes", Verdict::Unknown, message).at(at));
        }
        Event::GeneralRef(name) => {
            let known = ["lt", "gt", "amp", "apos", "quot"];
            if !name.starts_with('#') && !known.contains(&name.as_ref()) {
                let message = "an entity that is not one of XML's own";
                look.found(Finding::new("model.external-data", Verdict::Unsafe, message).at(at));
            }
        }
        _ => {}
    }
}

/// Judges the entities in an attribute.
pub(super) fn entities(text: &str, at: u64, look: &mut Look) {
    const KNOWN: [&str; 6] = ["#", "lt;", "gt;", "amp;", "apos;", "quot;"];
    let is_known = |part: &str| KNOWN.iter().any(|known| part.starts_with(known));
    if !text.split('&').skip(1).all(is_known) {
        let message = "an entity that is not one of XML's own";
        look.found(Finding::new("model.external-data", Verdict::Unsafe, message).at(at));
    }
}

/// Refuses what goes on for long without an element, which would be held whole.
pub(super) struct Pieces<R> {
    inner: R,
    since: u64,
}

impl<R: Read> Read for Pieces<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let read = buffer.get(..count).unwrap_or_default();
        self.since = match memchr::memrchr(b'<', read) {
            Some(last) => (count - last) as u64,
            None => self.since.saturating_add(count as u64),
        };
        if self.since > LONGEST_PIECE {
            let what = format!("more than {LONGEST_PIECE} bytes without an element");
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        Ok(count)
    }
}
