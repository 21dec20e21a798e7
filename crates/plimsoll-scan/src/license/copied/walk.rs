//! Every file of a folder.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use plimsoll_core::Digest;
use serde::Serialize;

use super::{MAX_LOOKED_AT, Tree, looked_at};

/// The most files that are looked at.
pub const MAX_FILES: usize = 200_000;

/// How deep folders may stand in each other.
const MAX_DEPTH: usize = 64;

/// The longest notebook that is read, in bytes; pictures make them long.
const MAX_NOTEBOOK: usize = 32 * 1024 * 1024;

/// How many things that were not looked at are named; more are counted by nobody, as the folder is named then.
const MAX_SKIPPED: usize = 10_000;

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
    #[error("{path} cannot be read: {error}")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// A file of patterns cannot be read.
    #[error("{path} cannot be read: {error}")]
    Patterns {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: ignore::Error,
    },
    /// There are more files than are meant to be.
    #[error("{0} has more than {MAX_FILES} files that may say something of licenses")]
    TooManyFiles(PathBuf),
    /// Folders stand too deep in each other.
    #[error("{0} lies deeper than {MAX_DEPTH} folders")]
    TooDeep(PathBuf),
    /// More was skipped than is named.
    #[error("more than {MAX_SKIPPED} files and folders of {0} cannot be looked at")]
    TooManySkipped(PathBuf),
}

/// The patterns that hold in a folder: its own, and those of the folders around it.
struct Patterns {
    own: Option<Gitignore>,
    around: Option<Rc<Patterns>>,
}

impl Patterns {
    fn of(folder: &Path, around: Option<Rc<Self>>) -> Result<Rc<Self>, WalkError> {
        let path = folder.join(".gitignore");
        let own = if path.is_file() {
            let mut builder = GitignoreBuilder::new(folder);
            if let Some(error) = builder.add(&path) {
                return Err(WalkError::Patterns { path, error });
            }
            let built = builder.build();
            Some(built.map_err(|error| WalkError::Patterns { path, error })?)
        } else {
            None
        };
        Ok(Rc::new(Self { own, around }))
    }

    fn ignores(&self, path: &Path, is_folder: bool) -> bool {
        let matched = self.own.as_ref().map(|own| own.matched(path, is_folder));
        match matched {
            Some(matched) if matched.is_ignore() => true,
            Some(matched) if matched.is_whitelist() => false,
            _ => self.around.as_ref().is_some_and(|around| around.ignores(path, is_folder)),
        }
    }
}

/// Looks at every file of a folder, without following links.
///
/// What is no part of a repository is skipped, and said so: what its `.gitignore` files name, the store of git and
/// the like, environments (with `pyvenv.cfg`), `node_modules`, caches (with `CACHEDIR.TAG`). Files in `always`, by
/// their paths from the folder, are looked at in any case.
///
/// # Errors
/// Something cannot be read, or there is too much of it.
pub fn walk(root: &Path, always: &BTreeSet<String>) -> Result<Tree, WalkError> {
    let (mut files, mut looked, mut skipped) = (0, Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    let mut open = vec![(root.to_owned(), 0, None)];
    while let Some((folder, depth, around)) = open.pop() {
        if depth > MAX_DEPTH {
            return Err(WalkError::TooDeep(folder));
        }
        let patterns = Patterns::of(&folder, around)?;
        let unreadable = |error| WalkError::Unreadable { path: folder.clone(), error };
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(unreadable)?);
            let name = shown(root, &path);
            let reason = if kind.is_symlink() {
                Some("a link, which is not followed")
            } else if !kind.is_dir() && !kind.is_file() {
                Some("neither a file nor a folder")
            } else if kind.is_dir() && not_of_repository(&path).is_some() {
                not_of_repository(&path)
            } else if patterns.ignores(&path, kind.is_dir()) && !always.contains(&name) {
                Some("named by a .gitignore")
            } else {
                None
            };
            if let Some(reason) = reason {
                if skipped.len() >= MAX_SKIPPED {
                    return Err(WalkError::TooManySkipped(root.to_owned()));
                }
                skipped.push(Skipped { path: name, reason: reason.to_owned() });
            } else if kind.is_dir() {
                open.push((path, depth + 1, Some(Rc::clone(&patterns))));
            } else {
                if files >= MAX_FILES {
                    return Err(WalkError::TooManyFiles(root.to_owned()));
                }
                files += 1;
                seen.insert(name.clone());
                looked.extend(look_at(&path, &name)?);
            }
        }
    }
    // They may lie in folders that are skipped as a whole.
    for name in always.iter().filter(|name| !seen.contains(*name)) {
        files += 1;
        looked.extend(look_at(&root.join(name), name)?);
    }
    looked.sort_by(|a: &super::Looked, b| a.path.cmp(&b.path));
    skipped.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Tree::of(files, &looked, skipped))
}

/// Reads the beginning of a file, and all of it where that says something: its digest is that of every byte.
fn look_at(path: &Path, name: &str) -> Result<Option<super::Looked>, WalkError> {
    let failed = |error| WalkError::Unreadable { path: path.to_owned(), error };
    let is_notebook = path.extension().is_some_and(|it| it.eq_ignore_ascii_case("ipynb"));
    let most = if is_notebook { MAX_NOTEBOOK } else { MAX_LOOKED_AT };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most as u64).read_to_end(&mut bytes))
        .map_err(failed)?;
    let mut looked = looked_at(name, &bytes, Digest::blake3(&[]));
    if let Some(looked) = looked.as_mut().filter(|looked| !looked.found.is_empty()) {
        let digest = if bytes.len() < most {
            Digest::blake3(&bytes)
        } else {
            let mut hasher = blake3::Hasher::new();
            File::open(path)
                .and_then(|file| hasher.update_reader(file).map(|_| ()))
                .map_err(failed)?;
            Digest::from(hasher.finalize())
        };
        looked.digest = digest;
        looked.found.iter_mut().for_each(|said| said.digest = digest);
    }
    Ok(looked.filter(|looked| !looked.found.is_empty() || looked.text.is_some()))
}

fn not_of_repository(folder: &Path) -> Option<&'static str> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    match name.as_ref() {
        ".git" | ".hg" | ".svn" | ".jj" => return Some("the store of a version control"),
        ".plimsoll" => return Some("what Plimsoll can make again"),
        "__pycache__" => return Some("a cache of Python"),
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
