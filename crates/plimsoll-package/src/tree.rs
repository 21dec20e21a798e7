//! The files of a layer.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;

use crate::hashed;

/// What belongs to root and to nobody else.
pub(crate) const ROOT: u64 = 0;

/// Files by their path in the image, without a leading slash.
///
/// Folders that are only passed through are made when it is written, for everybody to read.
#[derive(Default)]
pub struct Tree<'a> {
    pub(crate) nodes: BTreeMap<String, Node<'a>>,
}

pub(crate) struct Node<'a> {
    pub(crate) mode: u32,
    pub(crate) owner: u64,
    pub(crate) kind: Kind<'a>,
}

pub(crate) enum Kind<'a> {
    Folder,
    File(Content<'a>),
}

type Open<'a> = Box<dyn Fn() -> io::Result<Box<dyn Read + 'a>> + 'a>;

/// The content of a file: how large it is, what it must hash to, and where it is read from.
pub struct Content<'a> {
    pub(crate) size: u64,
    pub(crate) digest: Option<Digest>,
    pub(crate) open: Open<'a>,
}

impl<'a> Content<'a> {
    /// Takes bytes over.
    pub fn bytes(bytes: Vec<u8>) -> Self {
        let shared: std::rc::Rc<[u8]> = bytes.into();
        let size = shared.len() as u64;
        let open = move || {
            let reader: Box<dyn Read> = Box::new(io::Cursor::new(std::rc::Rc::clone(&shared)));
            Ok(reader)
        };
        Self { size, digest: None, open: Box::new(open) }
    }

    /// Names a file, and hashes it now: what is written later must be the same.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn file(path: &Path) -> io::Result<Self> {
        let (digest, size) = hashed::hash(File::open(path)?)?;
        let path: PathBuf = path.to_owned();
        let open = move || {
            let reader: Box<dyn Read> = Box::new(File::open(&path)?);
            Ok(reader)
        };
        Ok(Self { size, digest: Some(digest), open: Box::new(open) })
    }

    /// Takes over what `open` opens, of `size` bytes that hash to `digest` where that is known.
    pub fn stream(
        size: u64,
        digest: Option<Digest>,
        open: impl Fn() -> io::Result<Box<dyn Read + 'a>> + 'a,
    ) -> Self {
        Self { size, digest, open: Box::new(open) }
    }

    /// Returns what it must hash to, where that is known.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }
}

impl<'a> Tree<'a> {
    /// Adds a folder of its own mode and owner.
    pub fn folder(&mut self, path: &str, mode: u32, owner: u64) {
        self.nodes.insert(path.to_owned(), Node { mode, owner, kind: Kind::Folder });
    }

    /// Adds a file of root's that everybody may read.
    pub fn file(&mut self, path: &str, content: Content<'a>) {
        self.put(path, 0o644, content);
    }

    /// Adds a file of root's that everybody may execute.
    pub fn program(&mut self, path: &str, content: Content<'a>) {
        self.put(path, 0o755, content);
    }

    fn put(&mut self, path: &str, mode: u32, content: Content<'a>) {
        self.nodes.insert(path.to_owned(), Node { mode, owner: ROOT, kind: Kind::File(content) });
    }

    /// Returns the folders that are only passed through.
    pub(crate) fn passed(&self) -> Vec<&str> {
        let parents = self.nodes.keys().flat_map(|path| {
            path.char_indices().filter(|(_, c)| *c == '/').map(|(at, _)| &path[..at])
        });
        let mut parents: Vec<&str> =
            parents.filter(|parent| !self.nodes.contains_key(*parent)).collect();
        parents.sort_unstable();
        parents.dedup();
        parents
    }
}
