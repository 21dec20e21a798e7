//! Which files are scanned.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::CommandError;

/// Something below what was named.
pub(super) enum Found {
    /// A file.
    File { path: PathBuf, shown: String },
    /// Something that is not looked into, and why.
    NotFollowed { shown: String, why: String },
}

impl Found {
    pub(super) fn shown(&self) -> &str {
        match self {
            Self::File { shown, .. } | Self::NotFollowed { shown, .. } => shown,
        }
    }
}

/// How deep folders are gone into.
const DEEPEST: usize = 64;

/// How many files are scanned at once.
const MOST: usize = 1 << 20;

/// Returns the files that are named, and those in the folders that are, in the order of their names.
///
/// Links to files are followed, as loaders follow them; links to folders within a folder are not, and are
/// said. The folder `.git` is left out: no loader reads models from there.
pub(super) fn files(named: &[PathBuf], folder: &Path) -> Result<Vec<Found>, CommandError> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for name in named {
        let path = folder.join(name);
        let shown = name.display().to_string();
        if !path.exists() {
            return Err(CommandError::usage(format!("there is no file or folder {shown}")));
        }
        let before = found.len();
        go_into(&path, &shown, 0, &mut found)?;
        if found.len() == before {
            return Err(CommandError::usage(format!(
                "there is no file in {shown}, so nothing to scan"
            )));
        }
    }
    found.retain(|one| seen.insert(one.shown().to_owned()));
    Ok(found)
}

fn go_into(
    path: &Path,
    shown: &str,
    depth: usize,
    found: &mut Vec<Found>,
) -> Result<(), CommandError> {
    if found.len() >= MOST {
        return Err(CommandError::usage(format!("there are more than {MOST} files"))
            .hint("scan the folders of models one by one"));
    }
    let not_followed =
        |why: &str| Found::NotFollowed { shown: shown.to_owned(), why: why.to_owned() };
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => {
            found.push(not_followed(&format!("it leads to nothing that can be read: {error}")));
            return Ok(());
        }
    };
    if metadata.is_file() {
        found.push(Found::File { path: path.to_owned(), shown: shown.to_owned() });
        return Ok(());
    }
    if !metadata.is_dir() {
        found.push(not_followed("it is no file: a device, a pipe or a socket"));
        return Ok(());
    }
    if depth > 0 && path.is_symlink() {
        found.push(not_followed("it is a link to a folder, which is not followed"));
        return Ok(());
    }
    if depth > DEEPEST {
        found.push(not_followed("folders are not gone into that deep"));
        return Ok(());
    }
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => {
            found.push(not_followed(&format!("the folder could not be read: {error}")));
            return Ok(());
        }
    };
    let mut paths = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => paths.push(entry.path()),
            Err(error) => {
                found.push(not_followed(&format!("the folder could not be read: {error}")));
            }
        }
    }
    paths.sort();
    for path in paths {
        let Some(name) = path.file_name() else { continue };
        if name == ".git" {
            continue;
        }
        let shown = Path::new(shown).join(name).display().to_string();
        go_into(&path, &shown, depth + 1, found)?;
    }
    Ok(())
}
