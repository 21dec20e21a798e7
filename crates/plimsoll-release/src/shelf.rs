//! Where the bundles of a registry lie: one folder each, found by its subject.

use std::path::{Path, PathBuf};

use plimsoll_core::Variant;
use plimsoll_core::lifecycle::Subject;

use crate::bundle::{Bundle, OpenBundleError};

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

    /// Returns the folder that all of them lie in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}
