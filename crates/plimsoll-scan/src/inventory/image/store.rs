//! Where the blobs of an image lie: in the folder of a layout, in an archive, or with the caller.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;

use super::brought::{Blobs, Role};
use super::budget::Budget;
use super::manifest::LayerBlob;
use super::tar::{EntryKind, Tar};
use super::unpack::unpacked;
use crate::inventory::Content;
use crate::inventory::error::Problem;

/// The most bytes of a manifest, an index or a configuration.
pub(super) const MOST_OF_DOCUMENT: u64 = 4 * 1024 * 1024;

/// The most bytes of all that may be one of these in an archive.
const MOST_OF_DOCUMENTS: u64 = 64 * 1024 * 1024;

/// How many links of an archive are followed: older `docker save` links layers that are the same.
const MOST_LINKS: usize = 16;

/// Where blobs lie.
pub(in crate::inventory) enum Store<'a> {
    /// In a folder, each in a file.
    Folder(PathBuf),
    /// In an archive, which is read from its start each time.
    Archive(Archive<'a>),
    /// With the caller, who brings what is asked for.
    Brought(&'a dyn Blobs),
}

/// An archive and what of it was small enough to be kept.
pub(in crate::inventory) struct Archive<'a> {
    content: &'a mut dyn Content,
    documents: BTreeMap<String, Vec<u8>>,
    links: BTreeMap<String, String>,
}

/// Tells whether a folder is that of a layout.
pub(in crate::inventory) fn is_layout(folder: &Path) -> bool {
    folder.join("oci-layout").is_file()
        || (folder.join("blobs").is_dir() && folder.join("index.json").is_file())
        || folder.join("manifest.json").is_file()
}

impl<'a> Store<'a> {
    /// Opens a folder.
    pub(in crate::inventory) fn of_folder(folder: &Path) -> Result<Self, Problem> {
        Ok(Self::Folder(fs::canonicalize(folder).map_err(Problem::Unreadable)?))
    }

    /// Opens an archive, and keeps what may be a manifest.
    pub(in crate::inventory) fn of_archive(content: &'a mut dyn Content) -> Result<Self, Problem> {
        let (mut documents, mut links, mut bytes) = (BTreeMap::new(), BTreeMap::new(), 0);
        let budget = Budget::default();
        content.rewind().map_err(Problem::Unreadable)?;
        let mut tar = Tar::new(unpacked(BufReader::new(&mut *content))?, &budget);
        while let Some(entry) = tar.next()? {
            match entry.kind {
                EntryKind::Hard(target) => _ = links.insert(entry.path, target),
                EntryKind::Symbolic(target) => {
                    let target = beside(&entry.path, &target);
                    links.insert(entry.path, target);
                }
                EntryKind::File if entry.size <= MOST_OF_DOCUMENT && !entry.is_sparse => {
                    let first = tar.read(1)?;
                    if first != b"{" && first != b"[" {
                        continue;
                    }
                    let document = [first, tar.read(entry.size)?].concat();
                    bytes += entry.size;
                    if bytes > MOST_OF_DOCUMENTS {
                        let what = "bytes of manifests in the archive";
                        return Err(Problem::TooLarge { what, limit: MOST_OF_DOCUMENTS });
                    }
                    documents.insert(entry.path, document);
                }
                _ => {}
            }
        }
        drop(tar);
        Ok(Self::Archive(Archive { content, documents, links }))
    }

    /// Returns the name under which a file lies that may be named by a link.
    pub(super) fn real(&self, name: &str) -> String {
        match self {
            Self::Archive(archive) => archive.real(name).to_owned(),
            Self::Folder(_) | Self::Brought(_) => name.to_owned(),
        }
    }

    /// Returns a small file; `None` where there is none of that name.
    pub(super) fn document(&self, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        match self {
            Self::Archive(archive) => Ok(archive.documents.get(archive.real(name)).cloned()),
            // Nothing but digests names what is brought.
            Self::Brought(_) => Ok(None),
            Self::Folder(root) => {
                let Some(file) = open(root, name)? else { return Ok(None) };
                let mut bytes = Vec::new();
                let read = file.take(MOST_OF_DOCUMENT + 1).read_to_end(&mut bytes);
                read.map_err(Problem::Unreadable)?;
                if bytes.len() as u64 > MOST_OF_DOCUMENT {
                    let what = "bytes of a manifest";
                    return Err(Problem::TooLarge { what, limit: MOST_OF_DOCUMENT });
                }
                Ok(Some(bytes))
            }
        }
    }

    /// Returns a small blob; `None` where there is none of that digest.
    pub(super) fn blob(&self, digest: &Digest, role: Role) -> Result<Option<Vec<u8>>, Problem> {
        let Self::Brought(blobs) = self else {
            return self.document(&format!("blobs/sha256/{}", digest.hex()));
        };
        let bytes = match role {
            Role::Manifest => blobs.manifest(digest),
            Role::Config => blobs.config(digest),
        };
        let bytes = bytes.map_err(Problem::Unreadable)?;
        if bytes.as_ref().is_some_and(|bytes| bytes.len() as u64 > MOST_OF_DOCUMENT) {
            let what = "bytes of a manifest";
            return Err(Problem::TooLarge { what, limit: MOST_OF_DOCUMENT });
        }
        Ok(bytes)
    }

    /// Hands these layers to `take`, each with its name, in whatever order they lie.
    ///
    /// # Errors
    /// One is missing, or `take` refuses it.
    pub(super) fn layers(
        &mut self,
        wanted: &[&LayerBlob],
        take: &mut dyn FnMut(&str, &mut dyn Read) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        match self {
            Self::Folder(root) => {
                for layer in wanted {
                    let name = &layer.name;
                    let mut file = open(root, name)?.ok_or_else(|| missing(name))?;
                    take(name, &mut file)?;
                }
                Ok(())
            }
            Self::Archive(archive) => archive.layers(wanted, take),
            Self::Brought(blobs) => {
                for layer in wanted {
                    let digest = layer.digest.as_ref().and_then(|digest| digest.parse().ok());
                    let (Some(digest), Some(size)) = (digest, layer.size) else {
                        return Err(missing(&layer.name));
                    };
                    let mut blob = blobs.layer(&digest, size).map_err(Problem::Unreadable)?;
                    take(&layer.name, &mut blob)?;
                }
                Ok(())
            }
        }
    }
}

impl Archive<'_> {
    /// Returns the name that a name leads to.
    fn real<'n>(&'n self, name: &'n str) -> &'n str {
        let next = |name: &&'n str| self.links.get(*name).map(String::as_str);
        std::iter::successors(Some(name), next).take(MOST_LINKS).last().unwrap_or(name)
    }

    fn layers(
        &mut self,
        wanted: &[&LayerBlob],
        take: &mut dyn FnMut(&str, &mut dyn Read) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let mut missing_yet: BTreeMap<String, &str> = BTreeMap::new();
        for layer in wanted {
            missing_yet.insert(self.real(&layer.name).to_owned(), &layer.name);
        }
        let budget = Budget::default();
        self.content.rewind().map_err(Problem::Unreadable)?;
        let mut tar = Tar::new(unpacked(BufReader::new(&mut *self.content))?, &budget);
        while let Some(entry) = tar.next()? {
            if missing_yet.is_empty() {
                break;
            }
            if entry.kind != EntryKind::File || entry.is_sparse {
                continue;
            }
            if let Some(name) = missing_yet.remove(&entry.path) {
                take(name, &mut tar.content())?;
            }
        }
        match missing_yet.values().next() {
            Some(name) => Err(missing(name)),
            None => Ok(()),
        }
    }
}

fn missing(name: &str) -> Problem {
    Problem::form(None, format!("its layer {name} is missing"))
}

/// Opens a file of a folder; one that leads out of it, or is none, is not there.
fn open(root: &Path, name: &str) -> Result<Option<File>, Problem> {
    let Ok(real) = fs::canonicalize(root.join(name)) else { return Ok(None) };
    if !real.starts_with(root) || !real.is_file() {
        return Ok(None);
    }
    File::open(real).map(Some).map_err(Problem::Unreadable)
}

/// Returns the path that a link means, which stays inside.
fn beside(path: &str, target: &str) -> String {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop(),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}
