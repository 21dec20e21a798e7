//! The base that Plimsoll makes itself: the few files of a system that the programs in an image need.
//!
//! Which they are is read from the programs: the loader and the libraries that they name, and what those
//! name in turn. They are taken from the machine that packages, looked up where the loader itself looks,
//! and written down with their SHA-256 and the Debian package that they are of. There is no shell in it,
//! no package manager, nobody that can log in, and nothing that a server of models does not use.

mod debian;
mod fit;
mod foreign;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;
use serde::Serialize;

pub use self::fit::UnfitBaseError;
pub use self::foreign::{Foreign, Place, ReadBaseError};
use crate::elf::{Elf, ElfError};
use crate::tree::{Content, ROOT, Tree};

/// Who serves: no name that can log in, as in other images that have no root.
pub const USER: u64 = 65532;

/// Where the server keeps what it keeps.
pub const HOME: &str = "var/lib/plimsoll";

/// Where the loaders of glibc look by themselves, on Debian and on Fedora.
const FOLDERS: [&str; 6] =
    ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib64", "usr/lib64", "lib", "usr/lib"];

/// The largest library that is taken; those of a system have a few megabytes.
const LARGEST: u64 = 256 * 1024 * 1024;

/// The most libraries; a server needs nine.
const MOST: usize = 64;

const PASSWD: &str = "root:x:0:0:root:/nonexistent:/nonexistent\nplimsoll:x:65532:65532:plimsoll:/var/lib/plimsoll:/nonexistent\n";
const GROUP: &str = "root:x:0:\nplimsoll:x:65532:\n";

/// The files of a system that programs need.
#[derive(Clone, Debug)]
pub struct Base {
    files: BTreeMap<String, (BaseFile, Vec<u8>)>,
    release: Vec<u8>,
    packages: Vec<debian::Package>,
}

/// What an image stands on.
#[derive(Clone, Copy, Debug)]
pub enum Ground<'a> {
    /// A base that is made here.
    Made(&'a Base),
    /// An image of somebody else's.
    Foreign(&'a Foreign),
}

/// A file of a base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct BaseFile {
    /// Where it lies in the image.
    pub path: String,
    /// Its SHA-256.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
    /// The Debian package that it is of, where one says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
}

/// There is no base for the programs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MakeBaseError {
    /// A program or a library could not be read.
    #[error("{path} could not be read")]
    Unreadable {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program or a library is something else.
    #[error("{path} cannot run in an image for linux/amd64: {reason}")]
    Form {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A library is nowhere.
    #[error(
        "`{name}`, which {by} needs, is in none of the folders of this machine's loader ({looked})"
    )]
    Missing {
        /// The library.
        name: String,
        /// Who needs it.
        by: String,
        /// Where it was looked for.
        looked: String,
    },
    /// A library is older than the programs need.
    #[error("{by} needs {version} of `{name}`, which {path} does not have")]
    TooOld {
        /// Who needs it.
        by: String,
        /// What is needed.
        version: String,
        /// The library.
        name: String,
        /// Its file.
        path: PathBuf,
    },
    /// The programs ask for different loaders, or for none.
    #[error("the programs name {0} loaders (expected one: a program for linux/amd64 with glibc)")]
    Loaders(usize),
    /// They need more libraries than a server of models does.
    #[error("the programs need more than {MOST} libraries")]
    TooMany,
}

/// A library that was found.
struct Found {
    elf: Elf,
    path: PathBuf,
}

impl Base {
    /// Brings together what `programs` need of the system below `root`, the root of a file system.
    ///
    /// # Errors
    /// A file is not there, is for another machine, or is older than one that needs it.
    pub fn of(root: &Path, programs: &[&Path]) -> Result<Self, MakeBaseError> {
        let mut waiting: VecDeque<(String, String)> = VecDeque::new();
        let mut wishes: Vec<(String, Elf)> = Vec::new();
        for path in programs {
            let shown = path.display().to_string();
            let elf = parse(path, open(path)?)?;
            waiting.extend(elf.needed.iter().map(|name| (name.clone(), shown.clone())));
            wishes.push((shown, elf));
        }
        let loaders: BTreeSet<&String> =
            wishes.iter().filter_map(|(_, elf)| elf.loader.as_ref()).collect();
        let count = loaders.len();
        let [loader] = <[&String; 1]>::try_from(Vec::from_iter(loaders))
            .map_err(|_| MakeBaseError::Loaders(count))?;
        let loader = loader.trim_start_matches('/').to_owned();

        let mut base =
            Self { files: BTreeMap::new(), release: release(root), packages: Vec::new() };
        let mut found: BTreeMap<String, Found> = BTreeMap::new();
        let name = loader.rsplit('/').next().unwrap_or(&loader).to_owned();
        found.insert(name, base.take(root, &root.join(&loader), &loader)?);
        while let Some((name, by)) = waiting.pop_front() {
            if found.contains_key(&name) {
                continue;
            }
            if found.len() == MOST {
                return Err(MakeBaseError::TooMany);
            }
            let (path, place) = look(root, &name, &by)?;
            let taken = base.take(root, &path, &place)?;
            let shown = path.display().to_string();
            waiting.extend(taken.elf.needed.iter().map(|next| (next.clone(), shown.clone())));
            wishes.push((shown, taken.elf.clone()));
            found.insert(name, taken);
        }
        for (by, elf) in &wishes {
            satisfied(by, elf, &found)?;
        }
        base.attribute(root)?;
        Ok(base)
    }

    /// Takes the file `path` as `place` of the image.
    fn take(&mut self, root: &Path, path: &Path, place: &str) -> Result<Found, MakeBaseError> {
        // A link out of `root` would name a file of another system.
        let real = real(root, path)?;
        let mut bytes = Vec::new();
        let unreadable = |source| MakeBaseError::Unreadable { path: path.to_owned(), source };
        open(&real)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > LARGEST {
            let reason = format!("it has more than {LARGEST} bytes");
            return Err(MakeBaseError::Form { path: path.to_owned(), reason });
        }
        let elf = parse(path, io::Cursor::new(&bytes))?;
        let file = BaseFile {
            path: place.to_owned(),
            digest: Digest::sha256(&bytes),
            bytes: bytes.len() as u64,
            package: None,
        };
        self.files.insert(place.to_owned(), (file, bytes));
        Ok(Found { elf, path: real })
    }

    /// Notes which packages the files are of.
    fn attribute(&mut self, root: &Path) -> Result<(), MakeBaseError> {
        let database = debian::Database::open(root)?;
        for (file, _) in self.files.values_mut() {
            let real = real(root, &root.join(&file.path))?;
            let inside = real.strip_prefix(root).unwrap_or(&real).to_owned();
            if let Some(package) = database.owner(&[Path::new(&file.path), &inside])? {
                file.package = Some(package.shown());
                self.packages.push(package);
            }
        }
        self.packages.sort();
        self.packages.dedup();
        Ok(())
    }

    /// Returns the files, with what they hash to.
    pub fn files(&self) -> impl Iterator<Item = &BaseFile> {
        self.files.values().map(|(file, _)| file)
    }

    /// Returns the files that no package says that it has.
    pub fn unattributed(&self) -> impl Iterator<Item = &BaseFile> {
        self.files().filter(|file| file.package.is_none())
    }

    /// Returns what the list of the files hashes to: two bases with the same one are the same.
    ///
    /// # Errors
    /// The list has no JSON.
    pub fn digest(&self) -> Result<Digest, serde_json::Error> {
        Ok(Digest::sha256(&self.list()?))
    }

    /// Returns the list of the files that stands in the image.
    fn list(&self) -> Result<Vec<u8>, serde_json::Error> {
        let files = self.files().collect();
        serde_json::to_vec_pretty(&List { schema: "plimsoll.base/v1", files })
    }

    /// Returns the layer.
    ///
    /// # Errors
    /// Its list has no JSON.
    pub(crate) fn tree<'t>(&self) -> Result<Tree<'t>, serde_json::Error> {
        let mut tree = Tree::default();
        for (path, (_, bytes)) in &self.files {
            tree.program(path, Content::bytes(bytes.clone()));
        }
        tree.file("usr/share/plimsoll/base.json", Content::bytes(self.list()?));
        for package in &self.packages {
            let (status, copyright) = package.places();
            tree.file(&status, Content::bytes(package.stanza.clone().into_bytes()));
            if !package.copyright.is_empty() {
                tree.file(&copyright, Content::bytes(package.copyright.clone()));
            }
        }
        if !self.release.is_empty() {
            tree.file("etc/os-release", Content::bytes(self.release.clone()));
        }
        tree.file("etc/passwd", Content::bytes(PASSWD.into()));
        tree.file("etc/group", Content::bytes(GROUP.into()));
        tree.folder("tmp", 0o1777, ROOT);
        Ok(tree)
    }
}

/// What stands in an image of what its base is made of.
#[derive(Serialize)]
struct List<'b> {
    schema: &'static str,
    files: Vec<&'b BaseFile>,
}

fn open(path: &Path) -> Result<File, MakeBaseError> {
    File::open(path).map_err(|source| MakeBaseError::Unreadable { path: path.to_owned(), source })
}

fn parse(path: &Path, file: impl io::Read + io::Seek) -> Result<Elf, MakeBaseError> {
    Elf::read(file).map_err(|error: ElfError| {
        let reason = error.to_string();
        MakeBaseError::Form { path: path.to_owned(), reason }
    })
}

/// Returns the file that a path is in the end, which must lie below `root`.
fn real(root: &Path, path: &Path) -> Result<PathBuf, MakeBaseError> {
    let unreadable = |source| MakeBaseError::Unreadable { path: path.to_owned(), source };
    let real = path.canonicalize().map_err(unreadable)?;
    let root = root.canonicalize().map_err(unreadable)?;
    if real.starts_with(&root) {
        return Ok(real);
    }
    Err(unreadable(io::Error::other(format!("it is a link out of {}", root.display()))))
}

/// Finds a library where the loader looks, and where that is in the image.
fn look(root: &Path, name: &str, by: &str) -> Result<(PathBuf, String), MakeBaseError> {
    let is_name = !name.contains('/') && name != ".." && !name.is_empty();
    for folder in FOLDERS.iter().filter(|_| is_name) {
        let path = root.join(folder).join(name);
        if path.is_file() {
            // `/lib` is a link to `usr/lib` almost everywhere; the image has no such links.
            let folder = real(root, &root.join(folder))?;
            let root = real(root, root)?;
            let inside = folder.strip_prefix(&root).unwrap_or(&folder);
            return Ok((path, inside.join(name).display().to_string()));
        }
    }
    let looked = FOLDERS.map(|folder| format!("/{folder}")).join(", ");
    Err(MakeBaseError::Missing { name: name.to_owned(), by: by.to_owned(), looked })
}

/// Refuses a library that lacks what `elf` needs of it: it would end the program when it starts.
fn satisfied(by: &str, elf: &Elf, found: &BTreeMap<String, Found>) -> Result<(), MakeBaseError> {
    match lacking(elf, |name| found.get(name).map(|library| &library.elf)) {
        Some((name, version)) => Err(MakeBaseError::TooOld {
            by: by.to_owned(),
            version: version.to_owned(),
            name: name.to_owned(),
            path: found.get(name).map(|library| library.path.clone()).unwrap_or_default(),
        }),
        None => Ok(()),
    }
}

/// Returns a library that `elf` needs a version of which it does not have, and that version.
fn lacking<'a>(
    elf: &'a Elf,
    found: impl Fn(&str) -> Option<&'a Elf>,
) -> Option<(&'a str, &'a str)> {
    elf.wants.iter().find_map(|(name, versions)| {
        let version = versions.difference(&found(name)?.offers).next()?;
        Some((name.as_str(), version.as_str()))
    })
}

/// Returns what says which system it is, by which advisories name its packages.
fn release(root: &Path) -> Vec<u8> {
    let places = ["etc/os-release", "usr/lib/os-release"];
    let read = |place: &str| {
        let mut bytes = Vec::new();
        File::open(root.join(place)).ok()?.take(64 * 1024).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    };
    places.into_iter().find_map(read).unwrap_or_default()
}

#[cfg(test)]
mod tests;
