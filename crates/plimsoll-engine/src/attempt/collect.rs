//! Taking a step's outputs out of its attempt's folder into the store.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use plimsoll_core::RepoPath;
use plimsoll_core::event::{OutputKind, StepFailure, Tree, TreeEntry};
use plimsoll_core::project::Step;

use super::Problem;
use super::metrics::metrics;
use super::object::Objects;
use crate::tree::Hashed;

/// How many undeclared files are named.
const NAMED: usize = 5;

/// What a step wrote.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    /// Each output, stored.
    pub outputs: Vec<Stored>,
    /// The numbers of the metrics file.
    pub metrics: BTreeMap<String, f64>,
}

/// An output that is in the store.
#[derive(Debug)]
pub(crate) struct Stored {
    pub path: RepoPath,
    pub hashed: Hashed,
    /// Whether what lies in the attempt's folder can be moved to where it belongs: it has no links
    /// in it and shares its bytes with nothing.
    pub movable: bool,
}

/// Stores everything that `step` declares to write.
pub(crate) fn collect(folder: &Path, step: &Step, objects: &Objects) -> Result<Collected, Problem> {
    let unread = |error| Problem::io("the attempt's folder cannot be read".to_owned(), &error);
    let folder = folder.canonicalize().map_err(unread)?;
    let is_missing = |path: &&RepoPath| path.below(&folder).symlink_metadata().is_err();
    let missing: Vec<RepoPath> = step.outputs.iter().filter(is_missing).cloned().collect();
    if !missing.is_empty() {
        return Err(StepFailure::MissingOutput { paths: missing }.into());
    }
    let mut collected = Collected::default();
    if let Some(path) = &step.metrics {
        let bad = |problem| StepFailure::BadMetrics { path: path.clone(), problem };
        let file =
            inside(&folder, &path.below(&folder)).map_err(|_| bad("was not written".to_owned()))?;
        let bytes = fs::read(file).map_err(|error| bad(format!("cannot be read ({error})")))?;
        collected.metrics = metrics(&bytes).map_err(bad)?;
    }
    for path in step.written() {
        let real = inside(&folder, &path.below(&folder)).map_err(|why| refused(path, &why))?;
        let mut movable = real == path.below(&folder);
        let hashed = store(path, &folder, &real, objects, &mut movable)?;
        collected.outputs.push(Stored { path: path.clone(), hashed, movable });
    }
    Ok(collected)
}

/// Resolves links, which may not lead out of the attempt's folder: what they name would not last.
fn inside(folder: &Path, path: &Path) -> Result<PathBuf, String> {
    let real = path.canonicalize().map_err(|error| format!("cannot be read ({error})"))?;
    if real.starts_with(folder) && real != folder {
        Ok(real)
    } else {
        Err(format!("is a link out of the step's folder, to {}", real.display()))
    }
}

fn refused(path: &RepoPath, why: &str) -> Problem {
    let message = format!("its output `{path}` {why} (write the file itself)");
    Problem::Step(StepFailure::Io { message, transient: false })
}

fn store(
    path: &RepoPath,
    folder: &Path,
    real: &Path,
    objects: &Objects,
    movable: &mut bool,
) -> Result<Hashed, Problem> {
    let unread = |error| Problem::io(format!("its output `{path}` cannot be read"), &error);
    let metadata = fs::metadata(real).map_err(unread)?;
    if metadata.is_file() {
        *movable &= metadata.nlink() == 1;
        return store_file(path, real, &metadata, objects);
    }
    if !metadata.is_dir() {
        return Err(refused(path, "is neither a file nor a folder"));
    }
    let mut tree = Tree::default();
    let mut bytes = 0;
    let mut folders = vec![(real.to_owned(), String::new())];
    let mut inner_folders = Vec::new();
    while let Some((at, above)) = folders.pop() {
        for entry in fs::read_dir(&at).map_err(unread)? {
            let entry = entry.map_err(unread)?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                let why = format!("holds {}, whose name is not UTF-8", name.display());
                return Err(refused(path, &why));
            };
            let name = if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") };
            let real = inside(folder, &entry.path())
                .map_err(|why| refused(path, &format!("holds `{name}`, which {why}")))?;
            let metadata = fs::metadata(&real).map_err(unread)?;
            let is_link = entry.file_type().map_err(unread)?.is_symlink();
            if metadata.is_dir() && !is_link {
                inner_folders.push(real.clone());
                folders.push((real, name));
            } else if metadata.is_file() {
                *movable &= !is_link && metadata.nlink() == 1;
                let inner =
                    name.parse().map_err(|error: plimsoll_core::path::ParsePathError| {
                        refused(path, &format!("holds a file that cannot be kept: {error}"))
                    })?;
                let hashed = store_file(path, &real, &metadata, objects)?;
                let executable = hashed.kind == OutputKind::Executable;
                bytes += hashed.bytes;
                let (digest, bytes) = (hashed.digest, hashed.bytes);
                tree.0.insert(inner, TreeEntry { digest, bytes, executable });
            } else {
                return Err(refused(
                    path,
                    &format!("holds `{name}`, which is neither a file nor a folder"),
                ));
            }
        }
    }
    if *movable {
        remove_empty(&inner_folders).map_err(unread)?;
    }
    let json = serde_json::to_vec(&tree).map_err(|error| unread(error.into()))?;
    let digest = objects.put(json).map_err(|error| Problem::put(path, &error))?;
    Ok(Hashed { digest, bytes, kind: OutputKind::Folder, tree: Some(tree) })
}

/// Removes those of `folders` that hold no file: a tree does not name them, so what is moved into
/// place must not have them either. Inner folders come after those that hold them.
fn remove_empty(folders: &[PathBuf]) -> io::Result<()> {
    for folder in folders.iter().rev() {
        match fs::remove_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            other => other?,
        }
    }
    Ok(())
}

fn store_file(
    path: &RepoPath,
    real: &Path,
    metadata: &Metadata,
    objects: &Objects,
) -> Result<Hashed, Problem> {
    let digest = objects.put_file(real).map_err(|error| Problem::put(path, &error))?;
    let executable = metadata.mode() & 0o100 != 0;
    let kind = if executable { OutputKind::Executable } else { OutputKind::File };
    Ok(Hashed { digest, bytes: metadata.len(), kind, tree: None })
}

/// Says which files the step wrote without declaring them; `None` where there are none.
pub(crate) fn dropped(folder: &Path, step: &Step, seen: &BTreeSet<RepoPath>) -> Option<String> {
    let mut found: Vec<String> = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(at) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder.join(&at)) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if at.is_empty() { name.clone() } else { format!("{at}/{name}") };
            let parsed = path.parse::<RepoPath>().ok();
            let is_declared = parsed.as_ref().is_some_and(|path| {
                seen.contains(path) || step.written().any(|output| path.is_within(output))
            });
            // Python's own, which says nothing about the step.
            if is_declared || name == "__pycache__" {
                continue;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                _ => found.push(path),
            }
        }
    }
    if found.is_empty() {
        return None;
    }
    found.sort();
    let named: Vec<String> =
        found.iter().take(NAMED).map(|path| format!("`{}`", path.escape_debug())).collect();
    let more = match found.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "step `{}` wrote {}{more}, which it does not declare: dropped (add to outputs what is to be kept)",
        step.name,
        named.join(", ")
    ))
}
