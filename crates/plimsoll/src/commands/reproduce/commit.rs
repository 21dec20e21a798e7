//! The files of the commit, in a folder of their own, and the project among them.

use std::path::{Path, PathBuf};

use plimsoll_config::PROJECT_FILE;
use plimsoll_core::Digest;
use plimsoll_engine::reproduce::Place;

use super::origin::Origin;
use crate::error::{CommandError, Kind};
use crate::ports::{GitError, PastCommit, Ports};
use crate::project::Declared;

/// The largest `plimsoll.yaml` that is looked at.
const LARGEST: u64 = 4 * 1024 * 1024;

/// How many of several projects are named.
const NAMED: usize = 5;

const NAME_ONE: &str = "`--repository PATH|URL` names a repository that has it";

/// A commit that was written out.
pub(super) struct Written {
    /// The project at that commit.
    pub declared: Declared,
    /// Where the project lies in the repository at hand; `None` of one that was fetched.
    pub elsewhere: Option<PathBuf>,
}

impl Written {
    /// Returns the project's folder.
    pub(super) fn root(&self) -> &Path {
        &self.declared.root
    }
}

/// Writes the commit's files below `place` and finds the project that the run was made of.
pub(super) fn write_out(
    origin: &Origin,
    named: Option<&str>,
    place: &Place,
    ports: &Ports,
) -> Result<Written, CommandError> {
    let (commit, past) = (find(origin, named, place, ports)?, &origin.past);
    let files = place.folder().join("files");
    let index = place.folder().join("index");
    commit.write_out(&files, &index)?;
    // Git needed it; nobody else does.
    _ = std::fs::remove_file(index);
    let folder = project(&commit, &files, &past.declared)?;
    let Some(folder) = folder else {
        let message = format!(
            "no {PROJECT_FILE} at commit {} is the one that {} was made of ({})",
            past.commit, past.version, past.declared
        );
        return Err(CommandError::new(Kind::No, message));
    };
    let declared = Declared::of_commit(&files.join(&folder))?;
    let elsewhere = commit.top().map(|top| top.join(folder));
    Ok(Written { declared, elsewhere })
}

/// Finds the commit: where a person says, else in the repository around, else where the run was made.
fn find(
    origin: &Origin,
    named: Option<&str>,
    place: &Place,
    ports: &Ports,
) -> Result<PastCommit, CommandError> {
    let hash = origin.past.commit.to_string();
    let advised = |error: GitError| match error {
        GitError::NoCommit { .. } | GitError::NoRepository(_) => {
            CommandError::new(Kind::Usage, error).hint(NAME_ONE)
        }
        other => other.into(),
    };
    if let Some(named) = named {
        let folder = ports.folder.join(named);
        if folder.exists() {
            return PastCommit::find(&folder, &hash).map_err(advised);
        }
        if !named.contains(':') {
            let message = format!("there is no repository {named}");
            return Err(CommandError::usage(message));
        }
        let into = place.folder().join("repository");
        return PastCommit::fetch(named, &hash, &into).map_err(advised);
    }
    match PastCommit::find(&ports.folder, &hash) {
        Ok(found) => Ok(found),
        Err(error) => {
            let made_in = origin.repository.as_ref().filter(|folder| folder.is_dir());
            let found = made_in.and_then(|folder| PastCommit::find(folder, &hash).ok());
            found.ok_or_else(|| advised(error))
        }
    }
}

/// Returns the folder of the project whose file has the digest `declared`: the one that was asked
/// from where several have.
fn project(
    commit: &PastCommit,
    files: &Path,
    declared: &Digest,
) -> Result<Option<String>, CommandError> {
    let mut found = Vec::new();
    for path in commit.files_called(PROJECT_FILE)? {
        let file = files.join(&path);
        let is_small = file.symlink_metadata().is_ok_and(|it| it.is_file() && it.len() <= LARGEST);
        let bytes = std::fs::read(&file).ok().filter(|_| is_small);
        if bytes.is_some_and(|bytes| Digest::blake3(&bytes) == *declared) {
            let folder = path.strip_suffix(PROJECT_FILE).unwrap_or(&path);
            found.push(folder.trim_end_matches('/').to_owned());
        }
    }
    if let Some(asked) = found.iter().find(|folder| *folder == commit.prefix()) {
        return Ok(Some(asked.clone()));
    }
    match &found[..] {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        several => {
            let shown = |folder: &String| format!("`{folder}/{PROJECT_FILE}`");
            let named: Vec<String> = several.iter().take(NAMED).map(shown).collect();
            let message = format!(
                "the commit has {} equal files, of which the version was made of one: {}",
                several.len(),
                named.join(", ")
            );
            Err(CommandError::usage(message).hint("call it in the folder of the right one"))
        }
    }
}
