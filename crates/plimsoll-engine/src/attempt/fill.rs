//! Filling an attempt's folder with what the step declares, and with nothing else.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use plimsoll_core::event::{OutputKind, StepFailure};
use plimsoll_core::{Digest, RepoPath};

use super::Problem;
use super::object::{Objects, mode};
use crate::tree::{HashError, WorkingTree};

/// The size from which a file of the working tree is linked, not copied.
const LINKED_FROM: u64 = 8 << 20;

/// A file that a step reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InputFile {
    pub path: RepoPath,
    pub digest: Digest,
    pub bytes: u64,
    pub executable: bool,
    pub from: Origin,
}

/// Where an input's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// In the working tree.
    Tree,
    /// In the object store.
    Store,
}

/// A file that a step reads in place, and how it looked before.
#[derive(Debug)]
pub(crate) struct Linked {
    path: RepoPath,
    real: PathBuf,
    look: Look,
}

type Look = (u64, u64, i64, i64, i64, i64);

impl Linked {
    /// Tells whether the file looks as it did.
    pub(crate) fn check(&self) -> Result<(), StepFailure> {
        match look(&self.real) {
            Ok(now) if now == self.look => Ok(()),
            _ => Err(StepFailure::ChangedInput { path: self.path.clone() }),
        }
    }
}

fn look(real: &Path) -> io::Result<Look> {
    let found = fs::metadata(real)?;
    let (modified, changed) =
        ((found.mtime(), found.mtime_nsec()), (found.ctime(), found.ctime_nsec()));
    Ok((found.len(), found.ino(), modified.0, modified.1, changed.0, changed.1))
}

/// Where inputs come from.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a> {
    pub root: &'a Path,
    pub tree: &'a Mutex<WorkingTree>,
    pub objects: &'a Objects,
}

/// Brings `inputs` into `folder` and returns those that were only linked.
pub(crate) fn fill(
    folder: &Path,
    inputs: &[InputFile],
    sources: Sources<'_>,
) -> Result<Vec<Linked>, Problem> {
    let mut linked = Vec::new();
    for input in inputs {
        let to = input.path.below(folder);
        let unwritten =
            |source| Problem::io(format!("`{}` cannot be given to the step", input.path), &source);
        if let Some(above) = to.parent() {
            fs::create_dir_all(above).map_err(unwritten)?;
        }
        match input.from {
            Origin::Store => sources
                .objects
                .fetch(&input.digest, mode(input.executable), &to)
                .map_err(|error| Problem::fetch(&input.path, error))?,
            Origin::Tree if input.bytes > LINKED_FROM => {
                linked.push(link(input, &to, sources)?);
            }
            Origin::Tree => copy(input, &to, sources.root)?,
        }
    }
    Ok(linked)
}

fn link(input: &InputFile, to: &Path, sources: Sources<'_>) -> Result<Linked, Problem> {
    let path = &input.path;
    let failed = |source| Problem::io(format!("`{path}` cannot be given to the step"), &source);
    let real = path.below(sources.root).canonicalize().map_err(|error| gone(path, &error))?;
    // Before the hash: a change in between is then seen by one of the two.
    let look = look(&real).map_err(|error| gone(path, &error))?;
    let mut tree = sources.tree.lock().unwrap_or_else(PoisonError::into_inner);
    match tree.hash(path) {
        Ok(hashed) if hashed.digest == input.digest => {}
        Ok(_) | Err(HashError::Changed { .. } | HashError::Missing { .. }) => {
            return Err(changed(path));
        }
        Err(error) => return Err(Problem::of(&error)),
    }
    drop(tree);
    symlink(&real, to).map_err(failed)?;
    Ok(Linked { path: path.clone(), real, look })
}

/// Copies a file and makes sure that what arrives is what the key was made of.
fn copy(input: &InputFile, to: &Path, root: &Path) -> Result<(), Problem> {
    let path = &input.path;
    let mut from = File::open(path.below(root)).map_err(|error| gone(path, &error))?;
    let mode = if input.executable { 0o777 } else { 0o666 };
    let failed = |source| Problem::io(format!("`{path}` cannot be given to the step"), &source);
    let mut file =
        File::options().write(true).create_new(true).mode(mode).open(to).map_err(failed)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; usize::try_from(input.bytes.clamp(1, 256 << 10)).unwrap_or(1)];
    loop {
        match from.read(&mut buffer).map_err(failed)? {
            0 => break,
            read => {
                hasher.update(&buffer[..read]);
                file.write_all(&buffer[..read]).map_err(failed)?;
            }
        }
    }
    if Digest::from(hasher.finalize()) == input.digest { Ok(()) } else { Err(changed(path)) }
}

fn changed(path: &RepoPath) -> Problem {
    Problem::Step(StepFailure::ChangedInput { path: path.clone() })
}

fn gone(path: &RepoPath, error: &io::Error) -> Problem {
    if error.kind() == io::ErrorKind::NotFound {
        changed(path)
    } else {
        Problem::io(format!("`{path}` cannot be read"), error)
    }
}

/// Returns the file that `hashed` says lies at `path`.
pub(crate) fn file_of(path: &RepoPath, hashed: &crate::tree::Hashed) -> InputFile {
    InputFile {
        path: path.clone(),
        digest: hashed.digest,
        bytes: hashed.bytes,
        executable: hashed.kind == OutputKind::Executable,
        from: Origin::Tree,
    }
}
