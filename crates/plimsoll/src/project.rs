//! The repository that a command was called in: found, read, checked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plimsoll_config::{FileState, PROJECT_FILE, Repository};
use plimsoll_core::project::Project;
use plimsoll_core::{Digest, RepoPath};
use serde_json::Value;

use crate::error::{CommandError, Kind};
use crate::schema_file;
use crate::settings::{Settings, find_root};

/// A repository with everything that it declares.
pub(crate) struct Declared {
    /// Its folder.
    pub root: PathBuf,
    /// What `plimsoll.yaml` declares.
    pub project: Project,
    /// The digest of `plimsoll.yaml`.
    pub digest: Digest,
    /// Every parameter by its dotted name.
    pub params: BTreeMap<String, Value>,
}

impl Declared {
    /// Reads the repository that `folder` lies in, with what the organisation demands of it.
    pub(crate) fn judged(folder: &Path, settings: &Settings) -> Result<Self, CommandError> {
        let mut declared = Self::read(folder)?;
        if let Some(policy) = crate::policy::of(settings)? {
            policy.apply(&mut declared.project).map_err(|error| {
                CommandError::new(Kind::Usage, error).hint("name one metric in both")
            })?;
        }
        Ok(declared)
    }

    /// Reads the repository that `folder` lies in, if it lies in one.
    pub(crate) fn around(folder: &Path) -> Result<Option<Self>, CommandError> {
        find_root(folder).map(|_| Self::read(folder)).transpose()
    }

    /// Reads the repository that `folder` lies in.
    pub(crate) fn read(folder: &Path) -> Result<Self, CommandError> {
        Self::looked(folder, look)
    }

    /// Reads the files of a commit, in which data need not lie yet: whatever is not there counts as a
    /// file.
    pub(crate) fn of_commit(folder: &Path) -> Result<Self, CommandError> {
        Self::looked(folder, |root, path| match look(root, path) {
            FileState::Absent => FileState::File,
            found => found,
        })
    }

    fn looked(
        folder: &Path,
        look: impl Fn(&Path, &RepoPath) -> FileState,
    ) -> Result<Self, CommandError> {
        let Some(root) = find_root(folder) else {
            let message = format!("no {PROJECT_FILE} in {} or a folder above it", folder.display());
            let hint = "write one beside the model's code; examples/bike-demand has one to copy";
            return Err(CommandError::usage(message).hint(hint));
        };
        let Repository { project, params, .. } =
            plimsoll_config::load(root, &|path| look(root, path), &schema_file::meaning)?;
        let file = root.join(PROJECT_FILE);
        let bytes = std::fs::read(&file).map_err(|error| {
            CommandError::world(format!("{} could not be read: {error}", file.display()))
        })?;
        let params = plimsoll_engine::params::flatten(&params)
            .map_err(|error| CommandError::new(Kind::Usage, error))?;
        Ok(Self { root: root.to_owned(), project, digest: Digest::blake3(&bytes), params })
    }
}

/// Looks at a path of the repository without following links out of it.
fn look(root: &Path, path: &RepoPath) -> FileState {
    let mut place = root.to_owned();
    let parts: Vec<&str> = path.as_str().split('/').collect();
    for (index, part) in parts.iter().enumerate() {
        place.push(part);
        let Ok(found) = place.symlink_metadata() else {
            return match place.symlink_metadata() {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => FileState::Absent,
                Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
                    FileState::Absent
                }
                _ => FileState::Unreadable,
            };
        };
        if found.is_symlink() {
            let (Ok(target), Ok(real)) = (place.canonicalize(), root.canonicalize()) else {
                return FileState::Unreadable;
            };
            if !target.starts_with(&real) {
                return FileState::Outside;
            }
        }
        let is_last = index + 1 == parts.len();
        let Ok(found) = place.metadata() else { return FileState::Unreadable };
        match (is_last, found.is_dir(), found.is_file()) {
            (false, true, _) => {}
            (true, true, _) => return FileState::Folder,
            (true, _, true) => return FileState::File,
            (false, ..) => return FileState::Absent,
            (true, ..) => return FileState::Unreadable,
        }
    }
    FileState::Absent
}
