//! Going through a folder, links followed, in a fixed order.

use std::fs::{self, DirEntry, FileType};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::HashError;
use super::place::{self, Place};

/// What of a folder is wanted.
pub(super) trait Wanted {
    /// Tells whether to go into the folder `path`, found at `real`.
    fn enters(&mut self, path: &str, real: &Path) -> bool;

    /// Tells whether to take the file `path`.
    fn takes(&mut self, path: &str) -> bool;
}

/// All that is there.
pub(super) struct Everything;

impl Wanted for Everything {
    fn enters(&mut self, _: &str, _: &Path) -> bool {
        true
    }

    fn takes(&mut self, _: &str) -> bool {
        true
    }
}

/// A walk through a folder that yields its files.
pub(super) struct Walk {
    root: PathBuf,
    folders: Vec<Folder>,
    /// The files of the folder that was entered last, in reverse order.
    files: Vec<Place>,
}

struct Folder {
    path: String,
    real: PathBuf,
    /// The real folders of the links that were followed to get here.
    through: Option<Rc<Followed>>,
}

struct Followed {
    from: PathBuf,
    before: Option<Rc<Self>>,
}

impl Walk {
    pub(super) fn of_root(root: &Path) -> Self {
        let folder = Folder { path: String::new(), real: root.to_owned(), through: None };
        Self { root: root.to_owned(), folders: vec![folder], files: Vec::new() }
    }

    pub(super) fn of(root: &Path, folder: Place) -> Self {
        let folder = Folder { path: folder.path, real: folder.real, through: None };
        Self { root: root.to_owned(), folders: vec![folder], files: Vec::new() }
    }

    /// Returns the next file that is wanted.
    pub(super) fn next(&mut self, wanted: &mut impl Wanted) -> Result<Option<Place>, HashError> {
        loop {
            if let Some(file) = self.files.pop() {
                return Ok(Some(file));
            }
            let Some(folder) = self.folders.pop() else {
                return Ok(None);
            };
            for (entry, kind) in entries(&folder)? {
                self.look_at(&folder, &entry, kind, wanted)?;
            }
            self.files.reverse();
        }
    }

    fn look_at(
        &mut self,
        folder: &Folder,
        entry: &DirEntry,
        kind: FileType,
        wanted: &mut impl Wanted,
    ) -> Result<(), HashError> {
        let name = entry.file_name();
        let shown = name.to_string_lossy();
        let path = match folder.path.as_str() {
            "" => shown.clone().into_owned(),
            parent => format!("{parent}/{shown}"),
        };
        let real = entry.path();
        let enters = (kind.is_dir() || kind.is_symlink()) && wanted.enters(&path, &real);
        let takes = !kind.is_dir() && wanted.takes(&path);
        if !enters && !takes {
            return Ok(());
        }
        if name.to_str().is_none() {
            return Err(HashError::NotUtf8 { shown: path });
        }
        if kind.is_dir() {
            self.folders.push(Folder { path, real, through: folder.through.clone() });
            return Ok(());
        }
        if !kind.is_symlink() {
            let metadata = entry.metadata().map_err(|error| place::unreadable(&path, error))?;
            self.files.push(Place { path, real, metadata });
            return Ok(());
        }
        let is_folder = real.is_dir();
        if (is_folder && !enters) || (!is_folder && !takes) {
            return Ok(());
        }
        let target = place::follow(&self.root, &path, &real)?;
        if !is_folder {
            let metadata =
                fs::metadata(&target).map_err(|error| place::unreadable(&path, error))?;
            self.files.push(Place { path, real: target, metadata });
            return Ok(());
        }
        let through =
            Rc::new(Followed { from: folder.real.clone(), before: folder.through.clone() });
        let mut followed = Some(&through);
        while let Some(hop) = followed {
            // What leads to a folder around a link that was followed leads to that link again.
            if hop.from.starts_with(&target) {
                return Err(HashError::Loop { link: path });
            }
            followed = hop.before.as_ref();
        }
        self.folders.push(Folder { path, real: target, through: Some(through) });
        Ok(())
    }
}

fn entries(folder: &Folder) -> Result<Vec<(DirEntry, FileType)>, HashError> {
    let shown = if folder.path.is_empty() { "." } else { &folder.path };
    let failed = |error| place::unreadable(shown, error);
    let mut entries = Vec::new();
    for entry in folder.real.read_dir().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        entries.push((entry, kind));
    }
    entries.sort_by_cached_key(|(entry, _)| entry.file_name());
    Ok(entries)
}
