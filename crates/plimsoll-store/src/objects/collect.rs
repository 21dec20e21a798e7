//! Removing what nothing refers to.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use plimsoll_core::event::Tree;
use plimsoll_core::ports::OpenError;
use plimsoll_core::{Digest, Timestamp};
use rustix::fs::FlockOperation;

use super::FolderObjects;
use super::layout::{named, sorted};
use super::reader::Reader;
use super::restore::unreadable;
use crate::Roots;

/// What to collect.
#[derive(Clone, Copy, Debug)]
pub struct Collection {
    /// The present.
    pub now: Timestamp,
    /// How long an object is kept after it was last stored: until then the run that stored it may
    /// not have recorded it yet.
    pub grace: Duration,
    /// Whether anything is removed.
    pub deletion: Deletion,
}

impl Collection {
    /// The grace period where nobody names another one.
    pub const GRACE: Duration = Duration::from_hours(1);
}

/// Whether a collection removes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// What nothing refers to is removed.
    Delete,
    /// It is counted only.
    DryRun,
}

/// What a collection did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// How many objects something refers to.
    pub kept: u64,
    /// How large their files are.
    pub kept_bytes: u64,
    /// How many objects nothing refers to, but they are too new.
    pub young: u64,
    /// How large their files are.
    pub young_bytes: u64,
    /// How many objects went.
    pub deleted: u64,
    /// How large their files were.
    pub deleted_bytes: u64,
    /// How many half-stored files of processes that are gone went.
    pub unfinished: u64,
    /// Folders that something refers to and that are not there: their files are not known.
    pub missing_folders: Vec<Digest>,
}

/// Nothing more was collected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError {
    /// Which files a folder has is not known, so they might go; nothing did.
    #[error("nothing was collected, because the files of folder {digest} are not known")]
    Folder {
        /// The folder's object.
        digest: Digest,
        /// Why.
        source: OpenError,
    },
    /// The store could not be listed or an object not be removed.
    #[error("`{}` could not be collected", place.display())]
    Store {
        /// Where.
        place: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl FolderObjects {
    /// Removes the objects that `roots` do not reach, once they are older than the grace period.
    /// Blocks the calling thread.
    ///
    /// It is safe beside running processes: what they stored or touched lately is young, and an
    /// object's age is looked at a last time while nobody can touch it.
    ///
    /// # Errors
    /// A folder among the roots cannot be read, and then nothing is removed; or the store cannot
    /// be read or written.
    pub fn collect(&self, roots: &Roots, what: &Collection) -> Result<Collected, CollectError> {
        let failed = |place: &Path, source| CollectError::Store { place: place.into(), source };
        let layout = &*self.layout;
        let mut collected = Collected::default();
        let reached = self.reached(roots, &mut collected)?;
        for shard in layout.shards().map_err(|error| failed(&layout.addressed(), error))? {
            if !shard.is_dir() {
                continue;
            }
            let mut candidates = Vec::new();
            for path in sorted(&shard).map_err(|error| failed(&shard, error))? {
                let Some(digest) = named(&path) else { continue };
                let found = present(&path).map_err(|error| failed(&path, error))?;
                let Some(metadata) = found else { continue };
                if reached.contains(&digest) {
                    collected.kept += 1;
                    collected.kept_bytes += metadata.len();
                } else if what.is_young(&metadata) {
                    collected.young += 1;
                    collected.young_bytes += metadata.len();
                } else {
                    candidates.push(path);
                }
            }
            self.remove(&candidates, what, &mut collected)?;
        }
        let aside = sorted(&layout.damaged()).map_err(|error| failed(&layout.damaged(), error))?;
        self.remove(&aside, what, &mut collected)?;
        if what.deletion == Deletion::Delete {
            let removed = layout.remove_unfinished();
            collected.unfinished = removed.map_err(|error| failed(&layout.incoming(), error))?;
        }
        Ok(collected)
    }

    /// Removes those of `paths` that are still old when nobody can touch them any more.
    pub(super) fn remove(
        &self,
        paths: &[PathBuf],
        what: &Collection,
        collected: &mut Collected,
    ) -> Result<(), CollectError> {
        if paths.is_empty() {
            return Ok(());
        }
        let failed = |place: &Path, source| CollectError::Store { place: place.into(), source };
        let locked = self.layout.lock(FlockOperation::LockExclusive);
        let _exclusive = locked.map_err(|error| failed(&self.layout.addressed(), error))?;
        for path in paths {
            let found = present(path).map_err(|error| failed(path, error))?;
            let Some(metadata) = found else { continue };
            if what.is_young(&metadata) {
                collected.young += 1;
                collected.young_bytes += metadata.len();
                continue;
            }
            if what.deletion == Deletion::Delete {
                fs::remove_file(path).map_err(|error| failed(path, error))?;
            }
            collected.deleted += 1;
            collected.deleted_bytes += metadata.len();
        }
        Ok(())
    }

    /// Returns every object that the roots are or lead to.
    fn reached(
        &self,
        roots: &Roots,
        collected: &mut Collected,
    ) -> Result<BTreeSet<Digest>, CollectError> {
        let mut reached = roots.objects.clone();
        reached.extend(&roots.folders);
        for digest in &roots.folders {
            match self.tree(digest) {
                Ok(tree) => reached.extend(tree.0.values().map(|entry| entry.digest)),
                Err(OpenError::Missing(_)) => collected.missing_folders.push(*digest),
                Err(source) => return Err(CollectError::Folder { digest: *digest, source }),
            }
        }
        Ok(reached)
    }

    fn tree(&self, digest: &Digest) -> Result<Tree, OpenError> {
        let mut bytes = Vec::new();
        let mut reader = Reader::open(&self.layout, digest, None)?;
        reader.read_to_end(&mut bytes).map_err(unreadable)?;
        serde_json::from_slice(&bytes).map_err(|error| OpenError::Unavailable(error.into()))
    }
}

impl Collection {
    fn is_young(&self, metadata: &Metadata) -> bool {
        let stored = metadata.mtime().saturating_mul(1000) + metadata.mtime_nsec() / 1_000_000;
        let stored = Timestamp::from_millis(stored);
        // What was stored since the collection began is young however short the grace period is.
        // A clock that went backwards makes everything young, which loses nothing.
        stored > self.now || u128::from(self.now.millis_since(stored)) < self.grace.as_millis()
    }
}

fn present(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
