//! Bringing what a past run was made of into the folder of its commit: by digest, or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use plimsoll_core::event::Tree;
use plimsoll_core::ports::{FileMode, ObjectStore, OpenError, RestoreError};
use plimsoll_core::project::Project;
use plimsoll_core::reproduction::Past;
use plimsoll_core::{Digest, RepoPath};

use crate::attempt::{FetchError, read_tree};
use crate::plan::{PlanError, Source, digest_of_input, plan};
use crate::tree::{HashError, Hashed, OpenTreeError, WorkingTree};

/// Something that a run was made of and that is nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What: `data.hourly`, or the path of an input.
    pub what: String,
    /// What its bytes must hash to.
    pub digest: Digest,
    /// Its size, where it is known.
    pub bytes: Option<u64>,
    /// Where it came from, as declared.
    pub source: Option<String>,
}

/// Where materials are looked for.
pub struct Elsewhere<'a> {
    /// The stores.
    pub objects: &'a [&'a dyn ObjectStore],
    /// A folder of the same repository, in which files lie at the same paths.
    pub folder: Option<&'a Path>,
}

/// Materials could not be brought to where they belong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FillError {
    /// The project has no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The folder cannot be looked at.
    #[error(transparent)]
    Tree(#[from] OpenTreeError),
    /// A store does not answer, or is damaged.
    #[error(transparent)]
    Objects(#[from] OpenError),
    /// An object could not be written.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The list of a folder's files could not be read.
    #[error("the files of {what} could not be listed: {problem}")]
    List {
        /// Of what.
        what: String,
        /// Why not.
        problem: String,
    },
    /// A file could not be written.
    #[error("`{path}` could not be written")]
    Io {
        /// Which.
        path: RepoPath,
        /// Why.
        source: io::Error,
    },
}

/// What belongs somewhere.
struct Wanted {
    missing: Missing,
    /// Whether the digest is that of an input as a step sees it, executable or not.
    as_input: bool,
}

/// Brings what `past` was made of to its places below `root`, where it is not there with the commit:
/// from a store, else from the folder elsewhere, and only where its bytes are what they were.
///
/// Returns what is nowhere to be found.
///
/// # Errors
/// A store does not answer, or a file cannot be written.
pub async fn fill(
    root: &Path,
    project: &Project,
    past: &Past,
    elsewhere: &Elsewhere<'_>,
) -> Result<Vec<Missing>, FillError> {
    let mut here = WorkingTree::open(root)?;
    let root = here.root().to_owned();
    let mut there = match elsewhere.folder {
        Some(folder) if folder.is_dir() => Some(WorkingTree::open(folder)?),
        _ => None,
    };
    let mut missing = Vec::new();
    for (path, wanted) in wanted(project, past)? {
        if is_it(here.hash(&path), &wanted) {
            continue;
        }
        let restored = restore(&root, &path, &wanted.missing, elsewhere.objects).await?;
        if restored && is_it(here.hash(&path), &wanted) {
            continue;
        }
        if let Some(there) = &mut there
            && is_it(there.hash(&path), &wanted)
        {
            copy(&path.below(there.root()), &path.below(&root))
                .map_err(|source| FillError::Io { path: path.clone(), source })?;
            // It may have been changed in between.
            if is_it(here.hash(&path), &wanted) {
                continue;
            }
        }
        missing.push(wanted.missing);
    }
    Ok(missing)
}

/// Returns what steps and the evaluation read that no step writes, with what it must be.
fn wanted(project: &Project, past: &Past) -> Result<BTreeMap<RepoPath, Wanted>, PlanError> {
    let plan = plan(project, &[])?;
    let mut wanted = BTreeMap::new();
    let planned = plan.steps.iter().map(|planned| (&planned.step.name, &planned.reads));
    for (name, reads) in planned {
        let Some(step) = past.steps.iter().find(|step| step.name == *name) else { continue };
        // A folder in which steps write has no digest without what they wrote.
        for read in reads.iter().filter(|read| read.from == Source::Tree) {
            let Some(digest) = step.inputs.get(&read.path).copied() else { continue };
            let what = format!("`{}`", read.path);
            let missing = Missing { what, digest, bytes: None, source: None };
            wanted.insert(read.path.clone(), Wanted { missing, as_input: true });
        }
    }
    for (name, pin) in &past.data {
        let Some(dataset) = project.data.get(name).filter(|dataset| dataset.live.is_none()) else {
            continue;
        };
        let missing = Missing {
            what: format!("data.{name}"),
            digest: pin.digest,
            bytes: Some(pin.bytes),
            source: pin.source.clone(),
        };
        wanted.insert(dataset.path.clone(), Wanted { missing, as_input: false });
    }
    Ok(wanted)
}

fn is_it(found: Result<Hashed, HashError>, wanted: &Wanted) -> bool {
    found.is_ok_and(|found| {
        let seen =
            if wanted.as_input { digest_of_input(&found.digest, found.kind) } else { found.digest };
        seen == wanted.missing.digest
    })
}

/// Writes an object to its place, and tells whether one of the stores has it.
async fn restore(
    root: &Path,
    path: &RepoPath,
    missing: &Missing,
    stores: &[&dyn ObjectStore],
) -> Result<bool, FillError> {
    let io = |source| FillError::Io { path: path.clone(), source };
    for store in stores {
        if !store.contains(&missing.digest).await? {
            continue;
        }
        let to = path.below(root);
        fs::create_dir_all(to.parent().unwrap_or(root)).map_err(io)?;
        clear(&to).map_err(io)?;
        store.restore(&missing.digest, &to, FileMode::Plain).await?;
        // Of a folder the store has the list of its files under the same digest, and the size that
        // was recorded is that of the files.
        let size = to.metadata().map_err(io)?.len();
        if missing.bytes.is_none_or(|bytes| bytes == size) {
            return Ok(true);
        }
        let listed = |error: FetchError| FillError::List {
            what: missing.what.clone(),
            problem: error.to_string(),
        };
        let tree = read_tree(*store, &missing.digest).await.map_err(listed)?;
        clear(&to).map_err(io)?;
        return restore_all(&to, &tree, *store).await.map(|()| true);
    }
    Ok(false)
}

async fn restore_all(to: &Path, tree: &Tree, store: &dyn ObjectStore) -> Result<(), FillError> {
    for (path, entry) in &tree.0 {
        let file = path.below(to);
        fs::create_dir_all(file.parent().unwrap_or(to))
            .map_err(|source| FillError::Io { path: path.clone(), source })?;
        let mode = if entry.executable { FileMode::Executable } else { FileMode::Plain };
        store.restore(&entry.digest, &file, mode).await?;
    }
    Ok(())
}

/// Removes what lies at `path`: what a large file's place holder left there, say.
fn clear(path: &Path) -> io::Result<()> {
    let removed = match path.symlink_metadata() {
        Ok(there) if there.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Copies a file, or a folder with all that is in it; links are followed, as steps follow them.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    clear(to)?;
    let mut left: Vec<(PathBuf, PathBuf)> = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = left.pop() {
        if from.is_dir() {
            fs::create_dir_all(&to)?;
            for entry in fs::read_dir(&from)? {
                let name = entry?.file_name();
                left.push((from.join(&name), to.join(&name)));
            }
        } else {
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
