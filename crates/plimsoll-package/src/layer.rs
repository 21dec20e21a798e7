//! Writing a layer: sorted, of nobody's time, the same bytes for the same files.

use std::fmt;
use std::io::{self, Read, Write};

use plimsoll_core::Digest;
use tar::{EntryType, Header};

use crate::compress::{Compression, Compressor};
use crate::document::Descriptor;
use crate::hashed::Hashed;
use crate::layout::{Layout, LayoutError};
use crate::tree::{Content, Kind, ROOT, Tree};

/// What a layer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LayerKind {
    /// What the programs need of a system.
    Base,
    /// ONNX Runtime.
    Runtime,
    /// Plimsoll.
    Program,
    /// Whose signatures count.
    Trust,
    /// The model.
    Bundle,
}

impl fmt::Display for LayerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Base => "base",
            Self::Runtime => "runtime",
            Self::Program => "program",
            Self::Trust => "trust",
            Self::Bundle => "bundle",
        })
    }
}

/// A layer that is written.
#[derive(Clone, Debug)]
pub struct Layer {
    /// What it holds.
    pub kind: LayerKind,
    /// Its blob.
    pub descriptor: Descriptor,
    /// What it hashes to when it is unpacked.
    pub unpacked: Digest,
    /// How many bytes it has when it is unpacked, where it was made here.
    pub unpacked_bytes: Option<u64>,
}

impl Layer {
    /// Writes `tree` as a layer into `layout`.
    ///
    /// # Errors
    /// A file cannot be read or is not what it was, or the layout cannot be written.
    pub(crate) fn write(
        kind: LayerKind,
        tree: &Tree<'_>,
        compression: Compression,
        layout: &Layout,
    ) -> Result<Self, LayoutError> {
        // Of a model and of a trust file nothing lies about that was not asked for.
        let is_shared = matches!(kind, LayerKind::Base | LayerKind::Runtime | LayerKind::Program);
        let kept = layout.kept().filter(|_| is_shared);
        if let Some(kept) = kept {
            let unwritable = |source| layout.unwritable(source);
            let mut tar = Hashed::new(io::sink());
            write_tar(tree, &mut tar).map_err(unwritable)?;
            let (_, unpacked, size) = tar.finish().map_err(unwritable)?;
            if let Some(descriptor) = kept.take(&unpacked, compression, layout) {
                return Ok(Self { kind, descriptor, unpacked, unpacked_bytes: Some(size) });
            }
        }
        let mut unpacked = None;
        let descriptor = layout.blob(compression.media_type(), |to| {
            let mut tar = Hashed::new(Compressor::new(compression, to)?);
            write_tar(tree, &mut tar)?;
            let (compressor, digest, size) = tar.finish()?;
            compressor.finish()?;
            unpacked = Some((digest, size));
            Ok(())
        })?;
        let (unpacked, unpacked_bytes) = unpacked.ok_or(LayoutError::Unfinished)?;
        if let Some(kept) = kept {
            kept.keep(&layout.file_of(&descriptor.digest), &unpacked, compression);
        }
        Ok(Self { kind, descriptor, unpacked, unpacked_bytes: Some(unpacked_bytes) })
    }
}

fn write_tar(tree: &Tree<'_>, to: &mut dyn Write) -> io::Result<()> {
    let mut tar = tar::Builder::new(to);
    let passed = tree.passed();
    let mut paths: Vec<&str> = passed.clone();
    paths.extend(tree.nodes.keys().map(String::as_str));
    // A folder sorts before what lies in it, so that it is there first.
    paths.sort_unstable();
    for path in paths {
        let Some(node) = tree.nodes.get(path) else {
            tar.append_data(&mut folder(0o755, ROOT), format!("{path}/"), io::empty())?;
            continue;
        };
        match &node.kind {
            Kind::Folder => {
                let mut header = folder(node.mode, node.owner);
                tar.append_data(&mut header, format!("{path}/"), io::empty())?;
            }
            Kind::File(content) => {
                let mut header = header(EntryType::Regular, node.mode, node.owner);
                header.set_size(content.size);
                let mut exact = Exact::of(path, content)?;
                tar.append_data(&mut header, path, &mut exact)?;
                exact.finish()?;
            }
        }
    }
    tar.finish()
}

fn folder(mode: u32, owner: u64) -> Header {
    header(EntryType::Directory, mode, owner)
}

fn header(kind: EntryType, mode: u32, owner: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(owner);
    header.set_gid(owner);
    header.set_mtime(0);
    header.set_size(0);
    header
}

/// A file that is read: exactly as long as it was said to be, and with the bytes that it had.
struct Exact<'p, 'a> {
    path: &'p str,
    content: &'p Content<'a>,
    from: io::Take<Box<dyn Read + 'a>>,
    hashed: Hashed<io::Sink>,
}

impl<'p, 'a> Exact<'p, 'a> {
    fn of(path: &'p str, content: &'p Content<'a>) -> io::Result<Self> {
        // One byte more than there may be tells that there are more.
        let from = (content.open)()?.take(content.size.saturating_add(1));
        Ok(Self { path, content, from, hashed: Hashed::new(io::sink()) })
    }

    fn finish(self) -> io::Result<()> {
        let (_, digest, size) = self.hashed.finish()?;
        let changed = size != self.content.size
            || self.content.digest.is_some_and(|expected| expected != digest);
        if changed {
            return Err(io::Error::other(format!("`{}` was changed meanwhile", self.path)));
        }
        Ok(())
    }
}

impl Read for Exact<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        self.hashed.write_all(&into[..read])?;
        Ok(read)
    }
}
