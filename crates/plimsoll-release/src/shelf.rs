//! Where the bundles of a registry lie: one folder each, found by its subject.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use plimsoll_core::lifecycle::Subject;
use plimsoll_core::{Timestamp, Variant};

use crate::bundle::{Bundle, OpenBundleError, UNFINISHED};

/// How old something unfinished is before nobody can be writing it any more.
const FORSAKEN: Duration = Duration::from_hours(24);

/// The bundles of a registry: `FOLDER/VARIANT/<64 digits of the subject>`.
#[derive(Clone, Debug)]
pub struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// Keeps bundles below `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Returns where the bundle of `subject` lies, or would lie.
    pub fn place(&self, variant: &Variant, subject: Subject) -> PathBuf {
        self.folder.join(variant.to_string()).join(subject.digest().hex())
    }

    /// Tells whether the bundle is there; a bundle is put there wholly or not at all.
    pub fn holds(&self, variant: &Variant, subject: Subject) -> bool {
        self.place(variant, subject).is_dir()
    }

    /// Opens the bundle of `subject`; none of it is believed before it is verified.
    pub fn open(&self, variant: &Variant, subject: Subject) -> Result<Bundle, OpenBundleError> {
        Bundle::open(&self.place(variant, subject))
    }

    /// Removes what processes left behind that were killed while they wrote a bundle of `variant`.
    ///
    /// What cannot be removed stays: it is never taken for a bundle.
    pub fn tidy(&self, variant: &Variant, now: Timestamp) {
        let entries = fs::read_dir(self.folder.join(variant.to_string())).into_iter().flatten();
        for entry in entries.flatten() {
            let name = entry.file_name();
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            let Ok(Ok(since)) = modified.map(|at| at.duration_since(UNIX_EPOCH)) else { continue };
            let now = Duration::from_millis(u64::try_from(now.as_millis()).unwrap_or(0));
            let is_old = now.checked_sub(since).is_some_and(|age| age > FORSAKEN);
            if is_old && name.to_string_lossy().starts_with(UNFINISHED) {
                _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Returns the folder that all of them lie in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_goes_when_nobody_can_be_writing_it() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path().to_owned());
        let variant: Variant = "bike-demand".parse().unwrap();
        let (left, whole) =
            (folder.path().join("bike-demand/.bundle-x1"), folder.path().join("bike-demand/ab"));
        for bundle in [&left, &whole] {
            fs::create_dir_all(bundle.join("blobs")).unwrap();
        }
        let written = fs::metadata(&left).unwrap().modified().unwrap();
        let written = i64::try_from(written.duration_since(UNIX_EPOCH).unwrap().as_millis());
        let after =
            |hours: i64| Timestamp::from_millis(*written.as_ref().unwrap() + hours * 3_600_000);
        shelf.tidy(&variant, after(23));
        assert!(left.exists());
        shelf.tidy(&variant, after(25));
        assert!(!left.exists() && whole.exists());
    }
}
