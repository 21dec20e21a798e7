//! Entries of a tar, one after another, as the tools that unpack images read them.
//!
//! Headers are read by the crate `tar`; walking over them is not, since it reads names as long as they
//! claim to be, and an archive may claim anything.

use std::borrow::Cow;
use std::io::{self, Read};

use ::tar::Header;

use super::budget::{Budget, Counted};
use crate::inventory::error::Problem;

const BLOCK: usize = 512;

/// The longest path, as Linux has it, and how many parts it may have.
const LONGEST_PATH: usize = 4096;
const MOST_PARTS: usize = 256;

/// The most bytes of an extended header, which holds a long name.
const MOST_OF_EXTENSION: u64 = 1024 * 1024;

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    /// A file with content.
    File,
    /// Another name of a file.
    Hard(String),
    /// A symbolic link, as it is written.
    Symbolic(String),
    /// A folder.
    Folder,
    /// A device or a pipe.
    Other,
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its path without `.`, `..` and a `/` in front.
    pub(super) path: String,
    /// What it is.
    pub(super) kind: EntryKind,
    /// Whether anybody may run it, or that is not known.
    pub(super) may_run: bool,
    /// How many bytes of content follow.
    pub(super) size: u64,
    /// Whether what follows is only the parts of the content that are not zero.
    pub(super) is_sparse: bool,
}

/// What extended headers say of the next entry.
#[derive(Default)]
struct Extension {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    is_sparse: bool,
}

/// A tar that is being read.
pub(super) struct Tar<'b, R> {
    reader: Counted<'b, R>,
    /// What is left of the content of the entry, and what fills its last block.
    unread: u64,
    padding: u64,
}

impl<'b, R: Read> Tar<'b, R> {
    pub(super) fn new(reader: R, budget: &'b Budget) -> Self {
        Self { reader: Counted { reader, budget }, unread: 0, padding: 0 }
    }

    /// Goes to the next entry whose path is none of the archive itself; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, Problem> {
        let mut extension = Extension::default();
        loop {
            self.skip()?;
            let Some(block) = self.block()? else { return Ok(None) };
            if block.iter().all(|byte| *byte == 0) {
                return Ok(None);
            }
            self.reader.budget.entry()?;
            let header = Header::from_byte_slice(&block);
            check_sum(header, &block)?;
            let size = header.entry_size().map_err(|_| broken("a size that is no number"))?;
            match header.entry_type().as_byte() {
                b'L' => extension.path = Some(name(self.extension(size)?)),
                b'K' => extension.link = Some(name(self.extension(size)?)),
                b'x' | b'X' => {
                    let records = self.extension(size)?;
                    extended(&records, &mut extension)?;
                }
                b'g' => self.announce(size),
                _ => {
                    let entry = self.entry(header, size, std::mem::take(&mut extension))?;
                    if !entry.path.is_empty() {
                        return Ok(Some(entry));
                    }
                }
            }
        }
    }

    fn entry(
        &mut self,
        header: &Header,
        size: u64,
        extension: Extension,
    ) -> Result<Entry, Problem> {
        let path = extension.path.unwrap_or_else(|| header.path_bytes().into_owned());
        let link = extension.link.or_else(|| header.link_name_bytes().map(Cow::into_owned));
        let link = || String::from_utf8_lossy(&link.clone().unwrap_or_default()).into_owned();
        let written = String::from_utf8_lossy(&path);
        let byte = header.entry_type().as_byte();
        let kind = match byte {
            b'1' => EntryKind::Hard(normal(&link())?),
            b'2' => {
                is_short(&link())?;
                EntryKind::Symbolic(link())
            }
            b'5' => EntryKind::Folder,
            b'3' | b'4' | b'6' => EntryKind::Other,
            // Before there was a type for it, a folder was a name that ends so.
            0 if written.ends_with('/') => EntryKind::Folder,
            _ => EntryKind::File,
        };
        let size = extension.size.unwrap_or(size);
        let size = if kind == EntryKind::File { size } else { 0 };
        let mut is_sparse = extension.is_sparse;
        if byte == b'S' {
            is_sparse = true;
            let gnu = header.as_gnu().ok_or_else(|| broken("sparse content of no known form"))?;
            let mut goes_on = gnu.is_extended();
            while goes_on {
                let block = self.block()?.ok_or_else(too_early)?;
                self.reader.budget.entry()?;
                goes_on = block.get(504) == Some(&1);
            }
        }
        self.announce(size);
        let may_run = header.mode().map_or(true, |mode| mode & 0o111 != 0);
        Ok(Entry { path: normal(&written)?, kind, may_run, size, is_sparse })
    }

    fn announce(&mut self, size: u64) {
        self.unread = size;
        self.padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
    }

    fn skip(&mut self) -> Result<(), Problem> {
        let size = self.unread.saturating_add(std::mem::take(&mut self.padding));
        self.unread = 0;
        let budget = self.reader.budget;
        let skipped = io::copy(&mut self.reader.by_ref().take(size), &mut io::sink());
        if skipped.map_err(|error| budget.problem(error))? < size {
            return Err(too_early());
        }
        Ok(())
    }

    /// Reads a block; `None` where nothing is left.
    fn block(&mut self) -> Result<Option<[u8; BLOCK]>, Problem> {
        let mut block = Vec::with_capacity(BLOCK);
        let budget = self.reader.budget;
        let read = self.reader.by_ref().take(BLOCK as u64).read_to_end(&mut block);
        match read.map_err(|error| budget.problem(error))? {
            0 => Ok(None),
            _ => block.try_into().map(Some).map_err(|_| too_early()),
        }
    }

    fn extension(&mut self, size: u64) -> Result<Vec<u8>, Problem> {
        if size > MOST_OF_EXTENSION {
            let what = "bytes of the name of an entry";
            return Err(Problem::TooLarge { what, limit: MOST_OF_EXTENSION });
        }
        self.announce(size);
        self.read(size)
    }

    /// Reads at most `most` further bytes of the content.
    pub(super) fn read(&mut self, most: u64) -> Result<Vec<u8>, Problem> {
        let mut bytes = Vec::new();
        self.read_onto(&mut bytes, most)?;
        Ok(bytes)
    }

    /// Reads at most `most` further bytes of the content, behind those in `bytes`.
    pub(super) fn read_onto(&mut self, bytes: &mut Vec<u8>, most: u64) -> Result<(), Problem> {
        let size = most.min(self.unread);
        let budget = self.reader.budget;
        let read = self.reader.by_ref().take(size).read_to_end(bytes);
        let read = read.map_err(|error| budget.problem(error))? as u64;
        self.unread -= read;
        if read < size {
            return Err(too_early());
        }
        Ok(())
    }

    /// Returns the content as a reader.
    pub(super) fn content(&mut self) -> Content<'_, 'b, R> {
        Content(self)
    }

    /// Returns what follows the end of the archive.
    pub(super) fn rest(self) -> Counted<'b, R> {
        self.reader
    }
}

/// The content of an entry; one that ends too early is an error.
pub(super) struct Content<'t, 'b, R>(&'t mut Tar<'b, R>);

impl<R: Read> Read for Content<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.0.unread).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..most).filter(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        let read = self.0.reader.read(buffer)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.0.unread -= read as u64;
        Ok(read)
    }
}

fn broken(what: &str) -> Problem {
    Problem::form(None, format!("no tar: an entry has {what}"))
}

fn too_early() -> Problem {
    Problem::form(None, "the tar ends in the middle of an entry")
}

fn check_sum(header: &Header, block: &[u8]) -> Result<(), Problem> {
    let sum = |byte: fn(u8) -> i64| -> i64 {
        let field = 148..156;
        let bytes = block.iter().enumerate();
        bytes.map(|(at, it)| byte(if field.contains(&at) { b' ' } else { *it })).sum()
    };
    let (unsigned, signed) = (sum(i64::from), sum(|byte| i64::from(byte.cast_signed())));
    let written = header.cksum().map_err(|_| broken("a checksum that is no number"))?;
    // Some old tools added signed bytes.
    if i64::from(written) == unsigned || i64::from(written) == signed {
        return Ok(());
    }
    Err(broken("a wrong checksum"))
}

fn name(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    bytes.truncate(end);
    bytes
}

/// Reads the records `LENGTH KEY=VALUE` of an extended header of POSIX.
fn extended(mut records: &[u8], extension: &mut Extension) -> Result<(), Problem> {
    let malformed = || broken("an extended header that is not well formed");
    while !records.is_empty() {
        let blank = records.iter().position(|byte| *byte == b' ').ok_or_else(malformed)?;
        let (length, _) = records.split_at(blank);
        let length = std::str::from_utf8(length).ok().and_then(|it| it.parse::<usize>().ok());
        let length = length.filter(|length| *length > blank + 1).ok_or_else(malformed)?;
        let (record, rest) = records.split_at_checked(length).ok_or_else(malformed)?;
        let record = record.get(blank + 1..length - 1).ok_or_else(malformed)?;
        let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(malformed)?;
        let (key, value) = record.split_at(equals);
        let value = value.get(1..).unwrap_or_default();
        match key {
            b"path" => extension.path = Some(value.to_vec()),
            b"linkpath" => extension.link = Some(value.to_vec()),
            b"size" => {
                let size = std::str::from_utf8(value).ok().and_then(|it| it.parse().ok());
                extension.size = Some(size.ok_or_else(malformed)?);
            }
            b"GNU.sparse.name" => {
                extension.path = Some(value.to_vec());
                extension.is_sparse = true;
            }
            _ if key.starts_with(b"GNU.sparse.") => extension.is_sparse = true,
            _ => {}
        }
        records = rest;
    }
    Ok(())
}

/// Refuses paths that no system would unpack, and that would take long to follow.
fn is_short(path: &str) -> Result<(), Problem> {
    if path.len() > LONGEST_PATH {
        return Err(Problem::TooLarge { what: "bytes of a path", limit: LONGEST_PATH as u64 });
    }
    if path.split('/').count() > MOST_PARTS {
        return Err(Problem::TooLarge { what: "parts of a path", limit: MOST_PARTS as u64 });
    }
    Ok(())
}

/// Returns a path without empty parts and `.`.
///
/// # Errors
/// It leads out of the archive.
pub(super) fn normal(path: &str) -> Result<String, Problem> {
    is_short(path)?;
    let mut normal = String::with_capacity(path.len());
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part == ".." {
            let path: String = path.chars().take(200).collect();
            return Err(Problem::form(
                None,
                format!("the entry `{path}` leads out of the archive"),
            ));
        }
        if !normal.is_empty() {
            normal.push('/');
        }
        normal.push_str(part);
    }
    Ok(normal)
}

#[cfg(test)]
mod tests;
