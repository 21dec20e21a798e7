//! A bundle as it lies there: its files, none of which is believed yet.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{CWD, Dir, Mode, OFlags, openat};

use super::{BLOBS, INDEX_FILE, LAYOUT_FILE, MOST_FILES, archive};
use crate::encryption::ENDING;

/// The files of a bundle, opened. They stay the same files when somebody puts others in their
/// place; what is written into them later is found by their digests.
#[derive(Debug)]
pub struct Bundle {
    pub(super) files: BTreeMap<String, Section>,
}

/// A file, or a file in an archive.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) file: Arc<File>,
    pub(crate) offset: u64,
    pub(crate) size: u64,
}

/// A bundle could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenBundleError {
    /// It could not be read.
    #[error("the bundle could not be read")]
    Unreadable(#[source] io::Error),
    /// It holds something that no bundle has.
    #[error("the bundle has a `{0}` that does not belong to it")]
    Stray(String),
    /// A link, a pipe or a folder stands where a file should be.
    #[error("`{0}` of the bundle is no regular file")]
    NoFile(String),
    /// It holds more files than a bundle can have.
    #[error("the bundle has more than {MOST_FILES} files")]
    TooMany,
    /// The tar file is not as Plimsoll writes one.
    #[error("the bundle is no tar file as Plimsoll writes one (the entry at byte {at} differs)")]
    Archive {
        /// Where it differs.
        at: u64,
    },
}

impl Bundle {
    /// Opens the bundle at `path`, a folder or a tar file.
    pub fn open(path: &Path) -> Result<Self, OpenBundleError> {
        let opened = openat(CWD, path, READ, Mode::empty()).map_err(unreadable)?;
        let metadata = rustix::fs::fstat(&opened).map_err(unreadable)?;
        let kind = rustix::fs::FileType::from_raw_mode(metadata.st_mode);
        let files = if kind.is_dir() {
            folder(&opened)?
        } else {
            let shown = path.display().to_string();
            archive::files(
                &Section::of(opened).map_err(|_| OpenBundleError::NoFile(shown))?,
                MOST_FILES,
            )?
        };
        if let Some((stray, _)) = files.iter().find(|(name, _)| !belongs(name)) {
            return Err(OpenBundleError::Stray(stray.chars().take(100).collect()));
        }
        Ok(Self { files: files.into_iter().collect() })
    }
}

// Opening a pipe would wait for its writer.
pub(crate) const READ: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);
pub(crate) const INSIDE: OFlags = READ.union(OFlags::NOFOLLOW);

fn unreadable(error: rustix::io::Errno) -> OpenBundleError {
    OpenBundleError::Unreadable(error.into())
}

/// Tells whether a bundle may have a file of this name.
fn belongs(name: &str) -> bool {
    let digits = name.strip_prefix(BLOBS).map(|name| name.strip_suffix(ENDING).unwrap_or(name));
    let is_digest = |digits: &str| format!("sha256:{digits}").parse::<plimsoll_core::Digest>();
    matches!(name, LAYOUT_FILE | INDEX_FILE) || digits.is_some_and(|name| is_digest(name).is_ok())
}

fn folder(root: &OwnedFd) -> Result<Vec<(String, Section)>, OpenBundleError> {
    let mut files = Vec::new();
    for name in names(root, MOST_FILES)? {
        if name == "blobs" {
            continue;
        }
        let file = inside(root, &name, &name)?;
        files.push((name, file));
    }
    let blobs = subfolder(root, "blobs")?;
    if let Some(stray) = names(&blobs, MOST_FILES)?.into_iter().find(|name| name != "sha256") {
        return Err(OpenBundleError::Stray(format!("blobs/{stray}")));
    }
    let blobs = subfolder(&blobs, "sha256")?;
    for name in names(&blobs, MOST_FILES)? {
        let shown = format!("{BLOBS}{name}");
        let file = inside(&blobs, &name, &shown)?;
        files.push((shown, file));
    }
    Ok(files)
}

fn subfolder(folder: &OwnedFd, name: &str) -> Result<OwnedFd, OpenBundleError> {
    openat(folder, name, INSIDE | OFlags::DIRECTORY, Mode::empty()).map_err(unreadable)
}

/// Returns the names in a folder, at most `most`.
pub(crate) fn names(folder: impl AsFd, most: usize) -> Result<Vec<String>, OpenBundleError> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == "." || name == ".." {
            continue;
        }
        if names.len() == most {
            return Err(OpenBundleError::TooMany);
        }
        names.push(name);
    }
    Ok(names)
}

pub(crate) fn inside(
    folder: &OwnedFd,
    name: &str,
    shown: &str,
) -> Result<Section, OpenBundleError> {
    let no_file = || OpenBundleError::NoFile(shown.chars().take(100).collect());
    let opened = openat(folder, name, INSIDE, Mode::empty()).map_err(|error| match error {
        rustix::io::Errno::LOOP => no_file(),
        error => unreadable(error),
    })?;
    Section::of(opened).map_err(|_| no_file())
}

/// What was opened is no regular file.
pub(crate) struct NoFile;

impl Section {
    pub(crate) fn of(opened: OwnedFd) -> Result<Self, NoFile> {
        let file = File::from(opened);
        match file.metadata() {
            Ok(metadata) if metadata.is_file() => {
                Ok(Self { file: Arc::new(file), offset: 0, size: metadata.len() })
            }
            _ => Err(NoFile),
        }
    }

    /// Returns a reader of the content.
    pub(crate) fn reader(&self) -> SectionReader<'_> {
        SectionReader { section: self, at: 0 }
    }
}

pub(crate) struct SectionReader<'a> {
    section: &'a Section,
    at: u64,
}

impl Read for SectionReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.section.size - self.at).unwrap_or(usize::MAX);
        let wanted = left.min(into.len());
        let read = self.section.file.read_at(&mut into[..wanted], self.section.offset + self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
