//! Every file of a folder.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Copied, MAX_LOOKED_AT, look};

/// The most files that are looked at.
pub const MAX_FILES: usize = 200_000;

/// How deep folders may stand in each other.
const MAX_DEPTH: usize = 64;

/// The longest notebook that is read, in bytes; pictures make them long.
const MAX_NOTEBOOK: usize = 32 * 1024 * 1024;

/// What was seen in a folder.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tree {
    /// How many files were looked at.
    pub files: usize,
    /// What they say, by path and line.
    pub found: Vec<Copied>,
    /// What was not looked at.
    pub skipped: Vec<Skipped>,
}

/// A file or folder that was not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Skipped {
    /// Which one.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// A folder was not looked at to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WalkError {
    /// It cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// There are more files than are meant to be.
    #[error("{0} has more than {MAX_FILES} files")]
    TooManyFiles(PathBuf),
    /// Folders stand too deep in each other.
    #[error("{0} lies deeper than {MAX_DEPTH} folders")]
    TooDeep(PathBuf),
}

/// Looks at every file of a folder, without following links.
///
/// What is no part of a repository is skipped, and said so: the store of git and the like, environments
/// (with `pyvenv.cfg`), `node_modules`, caches (with `CACHEDIR.TAG`).
///
/// # Errors
/// Something cannot be read, or there is too much of it.
pub fn walk(root: &Path) -> Result<Tree, WalkError> {
    let mut tree = Tree::default();
    let mut open = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return Err(WalkError::TooDeep(folder));
        }
        let unreadable = |error| WalkError::Unreadable { path: folder.clone(), error };
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let failed = |error| WalkError::Unreadable { path: path.clone(), error };
            let kind = fs::symlink_metadata(&path).map_err(failed)?.file_type();
            let name = shown(root, &path);
            let mut skip = |reason: &str| {
                tree.skipped.push(Skipped { path: name.clone(), reason: reason.to_owned() });
            };
            if kind.is_symlink() {
                skip("a link, which is not followed");
            } else if kind.is_dir() {
                match not_of_repository(&path) {
                    Some(reason) => skip(reason),
                    None => open.push((path, depth + 1)),
                }
            } else if !kind.is_file() {
                skip("neither a file nor a folder");
            } else {
                if tree.files >= MAX_FILES {
                    return Err(WalkError::TooManyFiles(root.to_owned()));
                }
                tree.files += 1;
                let is_notebook =
                    path.extension().is_some_and(|it| it.eq_ignore_ascii_case("ipynb"));
                let most = if is_notebook { MAX_NOTEBOOK } else { MAX_LOOKED_AT };
                let bytes = beginning(&path, most).map_err(failed)?;
                tree.found.extend(look(&name, &bytes));
            }
        }
    }
    tree.found.sort_by(|a, b| (&a.path, a.cell, a.line).cmp(&(&b.path, b.cell, b.line)));
    tree.skipped.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(tree)
}

fn beginning(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn not_of_repository(folder: &Path) -> Option<&'static str> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    match name.as_ref() {
        ".git" | ".hg" | ".svn" | ".jj" => return Some("the store of a version control"),
        ".plimsoll" => return Some("what Plimsoll can make again"),
        "node_modules" => return Some("installed packages, which are judged as packages"),
        _ => {}
    }
    if folder.join("pyvenv.cfg").is_file() {
        return Some("installed packages, which are judged as packages");
    }
    folder.join("CACHEDIR.TAG").is_file().then_some("a cache (it has a CACHEDIR.TAG)")
}

fn shown(root: &Path, path: &Path) -> String {
    let inner = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = inner.components().map(|it| it.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}
