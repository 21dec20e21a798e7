//! The working tree as bytes: what its files hash to, and which of them are code.
//!
//! A file is read once: the index under `.plimsoll/` remembers what it hashed to, and vouches for
//! it as long as size, inode, mtime and ctime are those of that reading.

mod code;
mod error;
mod index;
mod place;
mod read;
mod walk;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plimsoll_core::event::{OutputKind, Tree, TreeEntry};
use plimsoll_core::{Digest, RepoPath};

pub use error::{HashError, OpenTreeError, SaveTreeError};

use code::Patterns;
use index::{Index, Record};
use place::{Place, Stamp};
use read::Reader;
use walk::Walk;

/// The files of a repository, with what is known of their content.
#[derive(Debug)]
pub struct WorkingTree {
    root: PathBuf,
    index: Index,
    reader: Reader,
}

/// What a path holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashed {
    /// A file's digest; of a folder the digest of its [`Tree`] as JSON.
    pub digest: Digest,
    /// The size of all files in it.
    pub bytes: u64,
    /// What it is.
    pub kind: OutputKind,
    /// The files in it, of a folder only.
    pub tree: Option<Tree>,
}

/// What became of the index when the tree was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It was written.
    Written,
    /// It already says the same.
    Unchanged,
    /// The repository cannot be written to, so the next run reads the files again.
    ReadOnly,
}

impl WorkingTree {
    /// Opens the repository at `root` with the index that is there.
    ///
    /// A damaged index, or one of another version, counts as none: it is only a memory.
    ///
    /// # Errors
    /// There is no such folder, or it cannot be looked at.
    pub fn open(root: &Path) -> Result<Self, OpenTreeError> {
        let failed = |source| OpenTreeError { root: root.to_owned(), source };
        let root = root.canonicalize().map_err(failed)?;
        // Lists it, so that a file or a closed folder is refused here and not later file by file.
        root.read_dir().map_err(failed)?;
        let index = Index::load(&root);
        Ok(Self { root, index, reader: Reader::new() })
    }

    /// Returns the repository's folder, links resolved.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns what `path` holds, reading only what the index does not vouch for.
    ///
    /// Links are followed as long as they stay inside the repository.
    ///
    /// # Errors
    /// It is not there, cannot be read, changes meanwhile, leads out, or holds what has no bytes.
    pub fn hash(&mut self, path: &RepoPath) -> Result<Hashed, HashError> {
        let place = Place::find(&self.root, path.as_str())?;
        if place.metadata.is_dir() { self.hash_folder(place) } else { self.hash_file(&place) }
    }

    /// Returns the code files: those that `patterns` match, without what steps write.
    ///
    /// `*` stays within one folder, `**` crosses them. Names that begin with a dot are matched by
    /// patterns with a part that does; `.git`, `.plimsoll`, `__pycache__` and Python environments
    /// are never entered. Nor is what lies in `outputs`.
    ///
    /// # Errors
    /// A pattern is badly formed or matches nothing, or a file that it matches has no digest.
    pub fn code(
        &mut self,
        patterns: &[String],
        outputs: &[RepoPath],
    ) -> Result<BTreeMap<RepoPath, Hashed>, HashError> {
        let mut code = BTreeMap::new();
        if patterns.is_empty() {
            return Ok(code);
        }
        let mut patterns = Patterns::parse(patterns, outputs)?;
        let mut walk = Walk::of_root(&self.root);
        while let Some(place) = walk.next(&mut patterns)? {
            let path = place.path.parse().map_err(|problem| {
                let folder = "the repository".to_owned();
                HashError::Name { folder, problem }
            })?;
            code.insert(path, self.hash_file(&place)?);
        }
        patterns.refuse_unmatched(&self.root)?;
        Ok(code)
    }

    /// Takes note that `path` was just filled with what `hashed` says.
    ///
    /// # Errors
    /// What lies there has another size or is not there.
    pub fn remember(&mut self, path: &RepoPath, hashed: &Hashed) -> Result<(), HashError> {
        let Some(tree) = &hashed.tree else {
            return self.remember_file(path.as_str(), hashed.digest, hashed.bytes);
        };
        for (inside, entry) in &tree.0 {
            self.remember_file(&format!("{path}/{inside}"), entry.digest, entry.bytes)?;
        }
        Ok(())
    }

    /// Writes the index, where it says something new.
    ///
    /// Several processes may do so at once: the last one wins, whole. Nothing is lost by a power
    /// cut but time, so nothing waits for the disk.
    ///
    /// # Errors
    /// The disk is full, or fails.
    pub fn save(&mut self) -> Result<Saved, SaveTreeError> {
        self.index.save(&self.root)
    }

    fn hash_file(&mut self, place: &Place) -> Result<Hashed, HashError> {
        let stamp = Stamp::of(&place.metadata);
        let digest = if let Some(digest) = self.index.lookup(&place.path, &stamp) {
            digest
        } else {
            let digest = self.reader.digest(place)?;
            self.index.record(&self.root, &place.path, Record { stamp, digest });
            digest
        };
        let kind = if place.is_executable() { OutputKind::Executable } else { OutputKind::File };
        Ok(Hashed { digest, bytes: place.metadata.len(), kind, tree: None })
    }

    fn hash_folder(&mut self, folder: Place) -> Result<Hashed, HashError> {
        let shown = folder.path.clone();
        let mut tree = Tree::default();
        let mut bytes = 0;
        let mut walk = Walk::of(&self.root, folder);
        while let Some(place) = walk.next(&mut walk::Everything)? {
            let hashed = self.hash_file(&place)?;
            let inside = &place.path[shown.len() + 1..];
            let inside = inside.parse().map_err(|problem| {
                let folder = format!("`{shown}`");
                HashError::Name { folder, problem }
            })?;
            let executable = hashed.kind == OutputKind::Executable;
            let entry = TreeEntry { digest: hashed.digest, bytes: hashed.bytes, executable };
            tree.0.insert(inside, entry);
            bytes += hashed.bytes;
        }
        let digest = Digest::of_json(&tree)
            .map_err(|error| HashError::Unreadable { path: shown, source: error.into() })?;
        Ok(Hashed { digest, bytes, kind: OutputKind::Folder, tree: Some(tree) })
    }

    fn remember_file(&mut self, path: &str, digest: Digest, bytes: u64) -> Result<(), HashError> {
        let place = Place::find(&self.root, path)?;
        place.refuse_special()?;
        if place.metadata.len() != bytes {
            return Err(HashError::Changed { path: path.to_owned() });
        }
        let stamp = Stamp::of(&place.metadata);
        self.index.record(&self.root, path, Record { stamp, digest });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
