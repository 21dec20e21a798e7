//! Putting outputs into the working tree, without losing what a person wrote in their places.
//!
//! What the object store holds can be had again. Anything else is moved to `.plimsoll/replaced/`,
//! into a folder that is named by the run, before an output takes its place.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use plimsoll_core::RepoPath;

use super::collect::Stored;
use super::place::{place, private, refuse_outside, shift};
use super::{Problem, Told, Workshop};
use crate::tree::{HashError, Hashed};

/// How many replaced files of a folder are named one by one.
const NAMED: usize = 5;

impl Workshop {
    /// Puts an output that was just made into the working tree.
    pub(super) fn put(
        &self,
        stored: &Stored,
        folder: &Path,
        tell: &dyn Fn(Told),
    ) -> Result<(), Problem> {
        let Stored { path, hashed, .. } = stored;
        if !stored.movable {
            return self.restore(path, hashed, tell);
        }
        self.put_in_place(path, &path.below(folder), hashed, tell)
    }

    /// Puts an output from the store into the working tree.
    pub(crate) fn restore(
        &self,
        path: &RepoPath,
        hashed: &Hashed,
        tell: &dyn Fn(Told),
    ) -> Result<(), Problem> {
        let failed = |error| Problem::io(unplaced(path), &error);
        let incoming = private(&self.root, "incoming").map_err(failed)?;
        let incoming = tempfile::tempdir_in(incoming).map_err(failed)?;
        let new = incoming.path().join("new");
        let fetch = self.objects.fetch_output(hashed, &new);
        fetch.map_err(|error| Problem::fetch(path, error))?;
        self.put_in_place(path, &new, hashed, tell)
    }

    fn put_in_place(
        &self,
        path: &RepoPath,
        new: &Path,
        hashed: &Hashed,
        tell: &dyn Fn(Told),
    ) -> Result<(), Problem> {
        let failed = |error| Problem::io(unplaced(path), &error);
        let moved = fs::symlink_metadata(new).map_err(failed)?.ino();
        self.keep_foreign(path, tell).map_err(failed)?;
        place(&self.root, path, new).map_err(failed)?;
        // Another run may have put its own output here since; then nothing is known of the place.
        let there = path.below(&self.root).symlink_metadata();
        if there.is_ok_and(|there| there.ino() == moved)
            && let Err(error) = self.tree().remember(path, hashed)
        {
            tracing::debug!(%error, "an output that was just placed is read again next time");
        }
        Ok(())
    }

    /// Moves aside whatever lies at `path` and is not in the store.
    fn keep_foreign(&self, path: &RepoPath, tell: &dyn Fn(Told)) -> io::Result<()> {
        refuse_outside(&self.root, path)?;
        let foreign = self.foreign(path)?;
        if foreign.is_empty() {
            return Ok(());
        }
        let kept = self.free_place(path)?;
        let shown = kept.strip_prefix(&self.root).unwrap_or(&kept);
        for (at, inner) in foreign.iter().enumerate() {
            let to = beside(&kept, inner);
            fs::create_dir_all(to.parent().unwrap_or(&kept))?;
            match shift(&beside(&path.below(&self.root), inner), &to) {
                Err(error) if is_absent(&error) => continue,
                other => other?,
            }
            if at < NAMED {
                tell(Told::Note(format!(
                    "`{}` was not written by Plimsoll and had to make place for an output: it is now `{}`",
                    beside(Path::new(path.as_str()), inner).display(),
                    beside(shown, inner).display()
                )));
            }
        }
        if let more @ 1.. = foreign.len().saturating_sub(NAMED) {
            tell(Told::Note(format!(
                "{more} more files of `{path}` had to make place and are now in `{}`",
                shown.display()
            )));
        }
        Ok(())
    }

    /// Returns what lies at `path` and is not in the store, each seen from `path`.
    fn foreign(&self, path: &RepoPath) -> io::Result<Vec<PathBuf>> {
        let top = path.below(&self.root);
        let (mut found, mut unseen) = (Vec::new(), vec![PathBuf::new()]);
        while let Some(inner) = unseen.pop() {
            let at = beside(&top, &inner);
            let kind = match at.symlink_metadata() {
                Err(error) if is_absent(&error) => continue,
                other => other?.file_type(),
            };
            if kind.is_dir() {
                for entry in fs::read_dir(&at)? {
                    unseen.push(inner.join(entry?.file_name()));
                }
            } else if !(kind.is_file() && self.is_known(path, &inner)) {
                found.push(inner);
            }
        }
        found.sort();
        Ok(found)
    }

    /// Tells whether the file `inner` of the output `path` is in the store, or not there any more.
    fn is_known(&self, path: &RepoPath, inner: &Path) -> bool {
        let named = match inner.to_str() {
            Some("") => Some(path.clone()),
            Some(inner) => path.join(inner).ok(),
            None => None,
        };
        let Some(named) = named else { return false };
        let hashed = self.tree().hash(&named);
        match hashed {
            Ok(hashed) => self.objects.has(&hashed.digest),
            Err(error) => matches!(error, HashError::Missing { .. }),
        }
    }

    /// Returns where what lies at `path` can be kept: a place with nothing in it.
    fn free_place(&self, path: &RepoPath) -> io::Result<PathBuf> {
        let folder = private(&self.root, "replaced")?.join(self.run.to_string());
        let first = path.below(&folder);
        let mut kept = first.clone();
        let mut number = 2;
        while kept.symlink_metadata().is_ok() {
            kept = first.with_added_extension(number.to_string());
            number += 1;
        }
        Ok(kept)
    }
}

/// Returns `inner` below `top`; `top` itself where `inner` is empty.
fn beside(top: &Path, inner: &Path) -> PathBuf {
    if inner.as_os_str().is_empty() { top.to_owned() } else { top.join(inner) }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn unplaced(path: &RepoPath) -> String {
    format!("its output `{path}` could not be put into the repository")
}
