//! What the files of a model hash to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;

use super::FileName;
use crate::hashed;

/// The most files of a model.
const MOST_FILES: usize = 100_000;

/// The most folders in one another.
const DEEPEST: usize = 64;

/// What becomes of symbolic links to files. Links to folders are refused always: `model-signing`
/// leaves out what is behind them, so that nobody would vouch for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// They are refused.
    Refused,
    /// What is behind them is signed under the name of the link.
    Followed,
}

/// How the files of a model are gone through.
#[derive(Clone, Debug)]
pub struct Walk {
    /// Files and folders that are not looked at.
    pub ignored: BTreeSet<FileName>,
    /// What becomes of links.
    pub links: Links,
}

/// The files of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFiles {
    /// The SHA-256 of each.
    pub files: BTreeMap<FileName, Digest>,
    /// Their size together.
    pub bytes: u64,
    /// What is there and was not looked at.
    pub ignored: BTreeSet<FileName>,
}

/// The files of a model were not gone through.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadFilesError {
    /// Something could not be read.
    #[error("{path} could not be read")]
    Unreadable {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is elsewhere.
    #[error("{0} is a symbolic link (its target is signed in its place with --allow-symlinks)")]
    Link(PathBuf),
    /// A folder is elsewhere.
    #[error("{0} is a symbolic link to something that is no file (a signature covers files only)")]
    LinkElsewhere(PathBuf),
    /// It is neither a file nor a folder.
    #[error("{0} is neither a file nor a folder")]
    Special(PathBuf),
    /// The format has no spelling for a name.
    #[error("the name of {0:?} cannot be signed (it is no UTF-8, or has a control character)")]
    Name(PathBuf),
    /// There are too many.
    #[error("{0} has more than {MOST_FILES} files")]
    TooMany(PathBuf),
    /// They lie too deep.
    #[error("{0} lies in more than {DEEPEST} folders of the model")]
    TooDeep(PathBuf),
}

impl ModelFiles {
    /// Hashes the file `model`, or all files in the folder.
    pub fn read(model: &Path, walk: &Walk) -> Result<Self, ReadFilesError> {
        let mut found = Found {
            model,
            walk,
            files: Self { files: BTreeMap::new(), bytes: 0, ignored: BTreeSet::new() },
        };
        // Who names the model may name it by a link.
        let metadata = fs::metadata(model).map_err(unreadable(model))?;
        if metadata.is_dir() {
            found.folder(model, &FileName::of_model(), 1)?;
        } else {
            found.file(model, FileName::of_model(), Links::Followed)?;
        }
        Ok(found.files)
    }
}

struct Found<'a> {
    model: &'a Path,
    walk: &'a Walk,
    files: ModelFiles,
}

impl Found<'_> {
    fn folder(
        &mut self,
        folder: &Path,
        name: &FileName,
        depth: usize,
    ) -> Result<(), ReadFilesError> {
        if depth > DEEPEST {
            return Err(ReadFilesError::TooDeep(folder.to_owned()));
        }
        for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
            let entry = entry.map_err(unreadable(folder))?;
            let path = entry.path();
            let own = entry.file_name().into_string().ok();
            let name = own.and_then(|own| name.join(&own).ok());
            let Some(name) = name else { return Err(ReadFilesError::Name(path)) };
            if self.walk.ignored.contains(&name) {
                self.files.ignored.insert(name);
                continue;
            }
            let kind = entry.file_type().map_err(unreadable(&path))?;
            if kind.is_dir() {
                self.folder(&path, &name, depth + 1)?;
            } else {
                self.file(&path, name, self.walk.links)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: FileName, links: Links) -> Result<(), ReadFilesError> {
        if self.files.files.len() >= MOST_FILES {
            return Err(ReadFilesError::TooMany(self.model.to_owned()));
        }
        let is_link = fs::symlink_metadata(path).map_err(unreadable(path))?.is_symlink();
        if is_link && links == Links::Refused {
            return Err(ReadFilesError::Link(path.to_owned()));
        }
        let target = fs::metadata(path).map_err(unreadable(path))?;
        if !target.is_file() {
            let refused =
                if is_link { ReadFilesError::LinkElsewhere } else { ReadFilesError::Special };
            return Err(refused(path.to_owned()));
        }
        let mut file = open(path, links).map_err(unreadable(path))?;
        let hashed = hashed::copy(&mut file, &mut io::sink());
        let (digest, bytes) = hashed.map_err(unreadable(path))?;
        self.files.bytes += bytes;
        self.files.files.insert(name, digest);
        Ok(())
    }
}

/// Opens a regular file; what took its place since it was looked at is refused.
fn open(path: &Path, links: Links) -> io::Result<File> {
    // Opening a pipe would wait for its writer.
    let mut flags = rustix::fs::OFlags::NONBLOCK;
    if links == Links::Refused {
        flags |= rustix::fs::OFlags::NOFOLLOW;
    }
    let flags = flags.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> ReadFilesError {
    let path = path.to_owned();
    move |source| ReadFilesError::Unreadable { path, source }
}
