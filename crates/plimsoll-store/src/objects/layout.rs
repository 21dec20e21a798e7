//! Where the files of the store lie, and the lock that puts and collections share.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;
use plimsoll_core::digest::Algorithm;
use plimsoll_core::ports::OpenError;
use rustix::fs::{AtFlags, CWD, FlockOperation, Timespec, Timestamps, UTIME_NOW, flock, utimensat};

/// The store was not opened.
#[derive(Debug, thiserror::Error)]
#[error("the object store `{}` could not be opened", place.display())]
pub struct OpenObjectsError {
    place: PathBuf,
    source: io::Error,
}

/// The folders of a store.
#[derive(Debug)]
pub(super) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(super) fn open(root: &Path) -> Result<Self, OpenObjectsError> {
        let layout = Self { root: root.to_path_buf() };
        let opened = || {
            let mut folders = DirBuilder::new();
            folders.recursive(true).mode(0o700);
            folders.create(layout.addressed())?;
            folders.create(layout.incoming())?;
            layout.remove_unfinished()
        };
        match opened() {
            Ok(_) => Ok(layout),
            Err(source) => Err(OpenObjectsError { place: root.to_path_buf(), source }),
        }
    }

    /// Returns what messages call the store.
    pub(super) fn place(&self) -> String {
        format!("the object store `{}`", self.root.display())
    }

    /// Returns the folder with a folder of objects for each first byte of the hash.
    pub(super) fn addressed(&self) -> PathBuf {
        self.root.join("blake3")
    }

    /// Returns the folder that objects are written in before they have a name.
    pub(super) fn incoming(&self) -> PathBuf {
        self.root.join("incoming")
    }

    /// Returns the folder that damaged objects are moved to.
    pub(super) fn damaged(&self) -> PathBuf {
        self.root.join("damaged")
    }

    /// Returns where the object is; `None` for a digest that is no address here.
    pub(super) fn path(&self, digest: &Digest) -> Option<PathBuf> {
        let hex = digest.hex();
        (digest.algorithm() == Algorithm::Blake3)
            .then(|| self.addressed().join(&hex[..2]).join(hex))
    }

    /// Tells whether the object is there.
    pub(super) fn holds(&self, digest: &Digest) -> Result<bool, OpenError> {
        let Some(path) = self.path(digest) else { return Ok(false) };
        match fs::symlink_metadata(&path) {
            Ok(metadata) => Ok(metadata.is_file()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(OpenError::Unavailable(error.into())),
        }
    }

    /// Makes the object look new where it is there, so that no collection takes it before what
    /// refers to it is recorded, and tells whether it was.
    pub(super) fn touch(&self, digest: &Digest) -> io::Result<bool> {
        let Some(path) = self.path(digest) else { return Ok(false) };
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        let times = Timestamps { last_access: now, last_modification: now };
        let _shared = self.lock(FlockOperation::LockShared)?;
        match utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(()) => Ok(true),
            Err(rustix::io::Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits for the lock of the store: shared while an object is given its name or is touched,
    /// exclusive while one is looked at a last time and removed. The kernel frees it with the file.
    pub(super) fn lock(&self, operation: FlockOperation) -> io::Result<File> {
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).open(self.root.join(".lock"))?;
        flock(&file, operation)?;
        Ok(file)
    }

    /// Removes what was being stored by processes that are gone, and returns how many files.
    ///
    /// Who stores holds the lock of the file, which ends with the process, however that ended.
    pub(super) fn remove_unfinished(&self) -> io::Result<u64> {
        let mut removed = 0;
        for entry in fs::read_dir(self.incoming())? {
            let path = entry?.path();
            // It may be gone by now: then it has its name, or another process removed it.
            let Ok(file) = File::open(&path) else { continue };
            if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()
                && fs::remove_file(&path).is_ok()
            {
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Returns the folders of objects that are there, in order.
    pub(super) fn shards(&self) -> io::Result<Vec<PathBuf>> {
        sorted(&self.addressed())
    }
}

/// Returns the paths in a folder, in order; none where it is not there.
pub(super) fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Returns the digest that a file of the store is named by.
pub(super) fn named(path: &Path) -> Option<Digest> {
    let name = path.file_name()?.to_str()?;
    let digest: Digest = format!("blake3:{name}").parse().ok()?;
    let shard = path.parent()?.file_name()?.to_str()?;
    (shard == &name[..2]).then_some(digest)
}
