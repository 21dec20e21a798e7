//! Files that an inventory needs, out of a folder or an image, in memory.

use std::collections::BTreeMap;

use super::binary::Build;
use super::error::Problem;

/// The most bytes of files that are kept at a time.
pub(super) const MOST_KEPT: u64 = 256 * 1024 * 1024;

/// The most bytes of a licence text.
pub(super) const MOST_OF_LICENSE: u64 = 1024 * 1024;

/// The most bytes of a file that describes one package.
pub(super) const MOST_OF_DESCRIPTION: u64 = 16 * 1024 * 1024;

/// What is kept of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// All of its bytes.
    Whole(Vec<u8>),
    /// What it says it was built from.
    Built(Vec<Build>),
    /// That it is there; why nothing else is kept.
    Named(&'static str),
}

impl Kept {
    /// Returns the bytes, where they are kept.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Whole(bytes) => Some(bytes),
            Self::Built(_) | Self::Named(_) => None,
        }
    }

    /// Returns about how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Whole(bytes) => bytes.len(),
            Self::Built(builds) => builds.iter().map(Build::size).sum(),
            Self::Named(_) => 0,
        }
    }
}

/// Files by their path with `/`, without one in front.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    files: BTreeMap<String, Kept>,
    bytes: u64,
}

impl Files {
    /// Keeps a file, in place of one of the same path.
    ///
    /// # Errors
    /// All files together are larger than [`MOST_KEPT`].
    pub(super) fn insert(&mut self, path: String, kept: Kept) -> Result<(), Problem> {
        self.remove(&path);
        self.bytes += (kept.size() + path.len()) as u64;
        self.files.insert(path, kept);
        if self.bytes > MOST_KEPT {
            return Err(Problem::TooLarge {
                what: "bytes of package descriptions",
                limit: MOST_KEPT,
            });
        }
        Ok(())
    }

    /// Forgets a file.
    pub(super) fn remove(&mut self, path: &str) {
        if let Some(before) = self.files.remove(path) {
            self.bytes = self.bytes.saturating_sub((before.size() + path.len()) as u64);
        }
    }

    /// Returns a file.
    pub(super) fn get(&self, path: &str) -> Option<&Kept> {
        self.files.get(path)
    }

    /// Returns all files, in the order of their paths.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Kept)> {
        self.files.iter().map(|(path, kept)| (path.as_str(), kept))
    }

    /// Returns the files in a folder, each with its path from there.
    pub(super) fn within<'f>(&'f self, folder: &str) -> impl Iterator<Item = (&'f str, &'f Kept)> {
        let start = format!("{folder}/");
        let length = start.len();
        let files = self.files.range(start.clone()..);
        files
            .take_while(move |(path, _)| path.starts_with(&start))
            .map(move |(path, kept)| (path.get(length..).unwrap_or_default(), kept))
    }
}
