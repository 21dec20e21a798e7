//! Whether another base has what the programs need: a loader, libraries, and those new enough.
//!
//! Otherwise the image would be made, scanned and pushed, and end with its first start.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use plimsoll_core::Digest;

use super::{FOLDERS, Foreign, LARGEST, lacking};
use crate::compress::decompressed;
use crate::elf::{Elf, ElfError};
use crate::layout::Layout;

/// The most bytes of a layer that are looked through.
const LONGEST_LAYER: u64 = 64 * 1024 * 1024 * 1024;

/// The most files and links that are kept in mind; a whole system has some thousand libraries.
const MOST: usize = 200_000;

/// How many links a path may go through, as in Linux.
const MOST_LINKS: usize = 40;

/// What marks a file of a lower layer as removed, and all of a folder.
const REMOVED: &str = ".wh.";
const ALL_REMOVED: &str = ".wh..wh..opq";

/// A base lacks what the programs need, or it could not be found out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnfitBaseError {
    /// A program could not be read.
    #[error("{path} could not be read")]
    Program {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program is something else.
    #[error("{path} cannot run in an image for linux/amd64: {reason}")]
    Form {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A layer could not be looked through.
    #[error("layer {digest} of the base could not be read")]
    Layer {
        /// Which.
        digest: Digest,
        /// Why.
        source: io::Error,
    },
    /// There is no loader.
    #[error(
        "the base has no `{loader}`, the loader that {by} asks for (one with glibc is needed, such as Debian's; Alpine's and empty ones have none)"
    )]
    NoLoader {
        /// Where it should be.
        loader: String,
        /// Who asks for it.
        by: String,
    },
    /// A library is not there.
    #[error("the base has no `{name}`, which {by} needs, in any of {}", looked())]
    Missing {
        /// The library.
        name: String,
        /// Who needs it.
        by: String,
    },
    /// A library is older than the programs need.
    #[error(
        "{by} needs {version} of `{name}`, which that of the base does not have: it is too old"
    )]
    TooOld {
        /// Who needs it.
        by: String,
        /// What is needed.
        version: String,
        /// The library.
        name: String,
    },
}

fn looked() -> String {
    FOLDERS.map(|folder| format!("/{folder}")).join(", ")
}

/// What lies at a path.
#[derive(Debug)]
enum Node {
    /// A link to there, from the root where it begins with `/`.
    Link(String),
    /// A library, `None` where it is something else.
    File(Option<Box<Elf>>),
}

/// What the layers make of the folders in which libraries are.
#[derive(Debug, Default)]
struct Libraries(BTreeMap<String, Node>);

impl Foreign {
    /// Refuses a base without what `programs` need to start; its layers are in `layout`.
    ///
    /// # Errors
    /// The loader or a library is not there, or is too old; or the layers could not be looked through.
    pub fn check(&self, layout: &Layout, programs: &[&Path]) -> Result<(), UnfitBaseError> {
        let mut libraries = Libraries::default();
        for (layer, _) in self.layers() {
            let digest = layer.digest;
            let failed = |source| UnfitBaseError::Layer { digest, source };
            let file = File::open(layout.file_of(&digest)).map_err(failed)?;
            let content = decompressed(&layer.media_type, file).map_err(failed)?;
            libraries.add(content.take(LONGEST_LAYER)).map_err(failed)?;
        }
        libraries.hold(programs)
    }
}

impl Libraries {
    /// Lays a layer over those so far.
    fn add(&mut self, layer: impl Read) -> io::Result<()> {
        // What a layer removes is of the layers below, wherever in the layer that is said.
        let mut below = std::mem::take(&mut self.0);
        let mut own = BTreeMap::new();
        let mut archive = tar::Archive::new(layer);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let Some(path) = plain(&entry.path()?) else { continue };
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
            if name == ALL_REMOVED {
                remove(&mut below, folder, false);
                continue;
            }
            if let Some(name) = name.strip_prefix(REMOVED) {
                let gone =
                    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
                remove(&mut below, &gone, true);
                continue;
            }
            let kind = entry.header().entry_type();
            if kind.is_dir() {
                // A folder in the place of a link or a file.
                below.remove(&path);
                continue;
            }
            remove(&mut below, &path, true);
            let node = match kind {
                tar::EntryType::Symlink if is_way(&path) => {
                    entry.link_name()?.map(|to| Node::Link(to.to_string_lossy().into_owned()))
                }
                tar::EntryType::Link if is_way(&path) => {
                    entry.link_name()?.map(|to| Node::Link(format!("/{}", to.to_string_lossy())))
                }
                tar::EntryType::Regular | tar::EntryType::Continuous
                    if is_way(&path) && name.contains(".so") && entry.size() <= LARGEST =>
                {
                    let mut bytes = Vec::new();
                    entry.read_to_end(&mut bytes)?;
                    Some(Node::File(Elf::read(io::Cursor::new(bytes)).ok().map(Box::new)))
                }
                _ => None,
            };
            if let Some(node) = node {
                own.insert(path, node);
            }
            if below.len() + own.len() > MOST {
                return Err(io::Error::other(format!("it has more than {MOST} libraries")));
            }
        }
        below.extend(own);
        self.0 = below;
        Ok(())
    }

    /// Returns the library that a path is in the end.
    fn find(&self, path: &str) -> Option<&Elf> {
        let mut waiting: VecDeque<String> = parts(path).collect();
        let (mut at, mut links) = (Vec::<String>::new(), 0);
        while let Some(part) = waiting.pop_front() {
            if part == ".." {
                at.pop();
                continue;
            }
            at.push(part);
            match self.0.get(&at.join("/")) {
                Some(Node::Link(to)) => {
                    links += 1;
                    if links > MOST_LINKS {
                        return None;
                    }
                    at.pop();
                    if to.starts_with('/') {
                        at.clear();
                    }
                    for part in parts(to).collect::<Vec<_>>().into_iter().rev() {
                        waiting.push_front(part);
                    }
                }
                Some(Node::File(elf)) => return elf.as_deref().filter(|_| waiting.is_empty()),
                None => {}
            }
        }
        None
    }

    /// Finds a library where the loader looks.
    fn look(&self, name: &str) -> Option<&Elf> {
        let is_name = !name.is_empty() && !name.contains('/');
        let mut folders = FOLDERS.iter().filter(|_| is_name);
        folders.find_map(|folder| self.find(&format!("{folder}/{name}")))
    }

    /// Refuses what lacks something that `programs` or their libraries need.
    fn hold(&self, programs: &[&Path]) -> Result<(), UnfitBaseError> {
        let mut waiting: VecDeque<(String, Elf)> = VecDeque::new();
        for path in programs {
            let unread = |source| UnfitBaseError::Program { path: path.to_path_buf(), source };
            let elf = Elf::read(File::open(path).map_err(unread)?);
            let elf = elf.map_err(|error: ElfError| UnfitBaseError::Form {
                path: path.to_path_buf(),
                reason: error.to_string(),
            })?;
            waiting.push_back((path.display().to_string(), elf));
        }
        let mut known: BTreeMap<String, &Elf> = BTreeMap::new();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        while let Some((by, elf)) = waiting.pop_front() {
            if let Some(loader) = &elf.loader {
                let Some(found) = self.find(loader) else {
                    return Err(UnfitBaseError::NoLoader { loader: loader.clone(), by });
                };
                let name = loader.rsplit('/').next().unwrap_or(loader);
                known.insert(name.to_owned(), found);
            }
            for name in &elf.needed {
                let found = known.get(name).copied().or_else(|| self.look(name));
                let Some(found) = found else {
                    return Err(UnfitBaseError::Missing { name: name.clone(), by });
                };
                known.insert(name.clone(), found);
                if seen.insert(name.clone()) {
                    waiting.push_back((name.clone(), found.clone()));
                }
            }
            let found = |name: &str| known.get(name).copied();
            if let Some((name, version)) = lacking(&elf, found) {
                let (name, version) = (name.to_owned(), version.to_owned());
                return Err(UnfitBaseError::TooOld { by, version, name });
            }
        }
        Ok(())
    }
}

/// Returns the path from the root without `.` and `..`; `None` for one that is no text or leads out.
fn plain(path: &Path) -> Option<String> {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::RootDir | Component::CurDir => {}
            Component::ParentDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

fn parts(path: &str) -> impl Iterator<Item = String> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned)
}

/// Tells whether a path leads to a library: it is one of the folders, on the way to one, or in one.
fn is_way(path: &str) -> bool {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    FOLDERS.iter().any(|known| {
        *known == folder
            || *known == path
            || known.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
    })
}

/// Forgets what lies below `path`, and with `itself` what lies there.
fn remove(nodes: &mut BTreeMap<String, Node>, path: &str, itself: bool) {
    if itself {
        nodes.remove(path);
    }
    let below = if path.is_empty() { String::new() } else { format!("{path}/") };
    let first = nodes.range(below.clone()..).take_while(|(name, _)| name.starts_with(&below));
    let gone: Vec<String> = first.map(|(name, _)| name.clone()).collect();
    for name in gone {
        nodes.remove(&name);
    }
}

#[cfg(test)]
mod tests;
