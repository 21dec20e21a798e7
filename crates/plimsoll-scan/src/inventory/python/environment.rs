//! An environment on disk: the folder that packages are installed in, or the root of a venv.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::installed::{add_installed, wanted};
use crate::inventory::error::{InventoryError, Problem};
use crate::inventory::files::{Files, Kept};
use crate::inventory::gather::Gathering;

/// How many entries of folders are looked at.
const MOST_ENTRIES: u64 = 1_000_000;

/// How deep licence texts may lie beside the metadata.
const DEEPEST: usize = 8;

/// Reads what is installed in a folder with `*.dist-info`, or in a venv or conda environment.
///
/// Links are followed inside the folder only: what lies outside is somebody else's to name.
///
/// # Errors
/// Nothing is installed there, a folder cannot be read, or it is larger than what is read.
pub(in crate::inventory) fn read_environment(
    root: &Path,
    path: &str,
    gathering: &mut Gathering<'_>,
) -> Result<(), InventoryError> {
    let walked = walk(root).map_err(|problem| problem.of(path))?;
    add_installed(&walked, path.trim_end_matches('/'), gathering);
    if gathering.is_empty() {
        let message = "no `*.dist-info` is in it, nor in its `lib/python3*/site-packages` (an environment is the folder that packages are installed in, or the root of a venv)";
        return Err(Problem::form(None, message).of(path));
    }
    Ok(())
}

fn walk(root: &Path) -> Result<Files, Problem> {
    let root = fs::canonicalize(root).map_err(Problem::Unreadable)?;
    let mut walk = Walk { root: &root, files: Files::default(), seen: BTreeSet::new(), entries: 0 };
    let mut folders = BTreeSet::from([root.clone()]);
    for library in ["lib", "lib64", "Lib"] {
        let library = root.join(library);
        folders.insert(library.join("site-packages"));
        for (name, entry) in walk.entries(&library)? {
            if name.starts_with("python") {
                folders.insert(entry.join("site-packages"));
                folders.insert(entry.join("dist-packages"));
            }
        }
    }
    for folder in folders {
        if let Some(folder) = walk.real(&folder) {
            walk.look(&folder)?;
        }
    }
    Ok(walk.files)
}

struct Walk<'r> {
    root: &'r Path,
    files: Files,
    /// Folders that were looked into: `lib64` is a link to `lib`, and a link may lead to where it lies.
    seen: BTreeSet<PathBuf>,
    entries: u64,
}

impl Walk<'_> {
    /// Returns where a path leads, if that is inside.
    fn real(&self, path: &Path) -> Option<PathBuf> {
        fs::canonicalize(path).ok().filter(|real| real.starts_with(self.root))
    }

    /// Returns the names in a folder, in order; none where it is none.
    fn entries(&mut self, folder: &Path) -> Result<Vec<(String, PathBuf)>, Problem> {
        let read = match fs::read_dir(folder) {
            Ok(read) => read,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(Vec::new());
            }
            Err(error) => return Err(Problem::Unreadable(error)),
        };
        let mut entries = Vec::new();
        for entry in read {
            self.entries += 1;
            if self.entries > MOST_ENTRIES {
                return Err(Problem::TooLarge { what: "entries of folders", limit: MOST_ENTRIES });
            }
            let entry = entry.map_err(Problem::Unreadable)?;
            entries.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
        }
        entries.sort();
        Ok(entries)
    }

    /// Looks at the names in a folder that packages are installed in.
    fn look(&mut self, folder: &Path) -> Result<(), Problem> {
        if !self.seen.insert(folder.to_owned()) {
            return Ok(());
        }
        for (name, path) in self.entries(folder)? {
            let describes = [".dist-info", ".egg-info", ".egg"].iter().any(|it| name.ends_with(it));
            if describes || name == "conda-meta" {
                self.take(&path, 0)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, path: &Path, depth: usize) -> Result<(), Problem> {
        let name = self.name(path);
        let Some(real) = self.real(path) else {
            let away = Kept::Named("it is a link that leads out of the environment or nowhere");
            if name.ends_with(".dist-info") {
                self.files.insert(format!("{name}/METADATA"), away)?;
            } else if wanted(&name).is_some() {
                self.files.insert(name, away)?;
            }
            return Ok(());
        };
        let metadata = fs::metadata(&real).map_err(Problem::Unreadable)?;
        if metadata.is_dir() {
            if name.ends_with(".dist-info") {
                // So that one without metadata is seen at all.
                self.files.insert(format!("{name}/"), Kept::Named("it is a folder"))?;
            }
            if !self.seen.insert(real) {
                return Ok(());
            }
            if depth < DEEPEST {
                for (_, entry) in self.entries(path)? {
                    self.take(&entry, depth + 1)?;
                }
            }
            return Ok(());
        }
        let Some(limit) = wanted(&name).filter(|_| metadata.is_file()) else { return Ok(()) };
        let kept = read_up_to(&real, limit).map_err(Problem::Unreadable)?;
        self.files.insert(name, kept)
    }

    fn name(&self, path: &Path) -> String {
        let inside = path.strip_prefix(self.root).unwrap_or(path);
        let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
        parts.join("/")
    }
}

fn read_up_to(path: &Path, limit: u64) -> io::Result<Kept> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    let is_whole = bytes.len() as u64 <= limit;
    Ok(if is_whole { Kept::Whole(bytes) } else { Kept::Named("it is larger than what is read") })
}
