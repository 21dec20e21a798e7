//! HDF5, as Keras keeps models and weights in: objects with attributes, joined by links.
//!
//! Every object that can be reached is visited. Its attributes are judged where they are configurations; links,
//! data and filters that lead to other files or to libraries are findings (CVE-2025-9905, CVE-2026-1669). What
//! the weights are is never read. Configurations that no reader reaches are looked for in all bytes.

mod attribute;
mod file;
mod group;
mod header;
mod heap;
mod storage;
mod tree;
mod walk;

use std::io::Read;

use memchr::memmem::Finder;

use self::file::File;
use super::content::Content;
use super::look::Look;
use super::protobuf::Span;
use super::report::{Finding, Verdict};
use super::window::Unread;

/// Tells whether a content is one: its mark is at the start, or behind a block of the user's.
pub(crate) fn is(content: &Content) -> bool {
    file::find(content).is_some()
}

/// Whether nothing but zeros follows the mark: no reader can open it, and there is nothing in it to be found.
fn is_blank(content: &Content) -> bool {
    // No superblock is smaller.
    const SMALLEST: u64 = 48;
    const LARGEST: u64 = 1 << 20;
    let rest = content.part(8, LARGEST);
    (SMALLEST..=LARGEST).contains(&content.length())
        && rest.head(1 << 20).is_ok_and(|rest| rest.iter().all(|byte| *byte == 0))
}

/// Looks at a file of HDF5.
pub(crate) fn look(content: &Content, look: &mut Look) {
    look.read_as("hdf5");
    if is_blank(content) {
        return;
    }
    let mut judged = Vec::new();
    // What could not be followed may hold what a reader still finds, so that the search comes in any case.
    if let Err(error) = visit(content, &mut judged, look) {
        error.tell("HDF5", look);
    }
    if let Err(error) = search(content, &judged, look) {
        error.tell("HDF5", look);
    }
}

fn visit(content: &Content, judged: &mut Vec<Span>, look: &mut Look) -> Result<(), Unread> {
    let mut file = File::open(content, look)?;
    walk::walk(&mut file, judged, look)
}

/// Looks for configurations outside of those that were judged.
fn search(content: &Content, judged: &[Span], look: &mut Look) -> Result<(), Unread> {
    const PIECE: usize = 256 << 10;
    const MARKS: [&str; 3] = ["__lambda__", "\"Lambda\"", "\"class_name\""];
    let finders = MARKS.map(|mark| Finder::new(mark.as_bytes()));
    let overlap = MARKS.iter().map(|mark| mark.len() - 1).max().unwrap_or_default();
    let mut reader = content.reader();
    let mut held: Vec<u8> = Vec::with_capacity(PIECE + overlap);
    let mut start = 0;
    loop {
        let before = held.len();
        reader.by_ref().take(PIECE as u64).read_to_end(&mut held)?;
        let is_end = held.len() == before;
        for (finder, mark) in finders.iter().zip(MARKS) {
            for found in finder.find_iter(&held) {
                let at = start + found as u64;
                if judged.iter().any(|span| (span.start..span.end).contains(&at)) {
                    continue;
                }
                let message = format!(
                    "`{mark}` is in bytes that no attribute leads to: a configuration that is not judged"
                );
                look.found(Finding::new("model.hidden-bytes", Verdict::Unknown, message).at(at));
                // One says it; more would drown the rest.
                return Ok(());
            }
        }
        if is_end {
            return Ok(());
        }
        let keep = held.len().min(overlap);
        start += (held.len() - keep) as u64;
        held.drain(..held.len() - keep);
    }
}

#[cfg(test)]
mod tests;
