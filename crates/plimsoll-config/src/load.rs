//! A repository's configuration, all files of it at once.

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_core::RepoPath;
use plimsoll_core::card::Prose;
use plimsoll_core::project::Project;
use serde_json::{Map, Value};

use crate::project::{FileState, Surroundings, project_of};
use crate::prose::{accepted, prose};
use crate::read::{ReadError, read};
use crate::source::too_large;
use crate::table::{Reader, TableSchema, table};
use crate::{Mistakes, params};

/// The file that a repository is declared in.
pub const PROJECT_FILE: &str = "plimsoll.yaml";

/// What a repository declares, in one piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Repository {
    /// `plimsoll.yaml`.
    pub project: Project,
    /// The parameters; none where no file is named.
    pub params: Map<String, Value>,
    /// The data schemas by path.
    pub schemas: BTreeMap<RepoPath, TableSchema>,
}

/// A repository's configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// `plimsoll.yaml` cannot be read.
    #[error(transparent)]
    Read(ReadError),
    /// Files have mistakes.
    #[error("{0}")]
    Mistakes(Mistakes),
}

/// Reads `plimsoll.yaml` in the folder `root`, and the parameters, data schemas and prose it names.
///
/// `files` tells what lies at a path of the repository, `meaning` what the rules of a data schema
/// mean. The mistakes of all files come together.
pub fn load(
    root: &Path,
    files: &dyn Fn(&RepoPath) -> FileState,
    meaning: Reader<'_>,
) -> Result<Repository, LoadError> {
    let bytes = match read(&root.join(PROJECT_FILE)) {
        Ok(bytes) => bytes,
        Err(ReadError::TooLarge { bytes, .. }) => {
            return Err(LoadError::Mistakes(too_large(PROJECT_FILE, bytes).into()));
        }
        Err(error) => return Err(LoadError::Read(error)),
    };
    let mut values = Map::new();
    let mut in_params = Mistakes::default();
    let mut schemas = BTreeMap::new();
    let mut in_schemas = Mistakes::default();
    let mut in_prose = Mistakes::default();
    let project = project_of(
        PROJECT_FILE,
        &bytes,
        &mut Surroundings {
            files,
            params: &mut |path| match params(path.as_str(), &read_below(root, path)?) {
                Ok(read) => {
                    values.clone_from(&read);
                    Ok(Some(read))
                }
                Err(mistakes) => {
                    in_params.extend(mistakes);
                    Ok(None)
                }
            },
            schema: &mut |path| {
                // Two datasets may share a schema; its mistakes are said once.
                if let Some(read) = schemas.get(path) {
                    return Ok(Option::clone(read));
                }
                let read = table(path.as_str(), &read_below(root, path)?, meaning);
                let read = read.map_err(|mistakes| in_schemas.extend(mistakes)).ok();
                schemas.insert(path.clone(), read.clone());
                Ok(read)
            },
            prose: &mut |path, facts| {
                let written = prose(path, &read_below(root, path)?);
                let written = written.map_err(|mistakes| in_prose.extend(mistakes)).ok();
                let accepted = match facts {
                    None => Some(BTreeMap::new()),
                    Some(facts) => accepted(facts, &read_below(root, facts)?)
                        .map(|accepted| accepted.sections)
                        .map_err(|mistakes| in_prose.extend(mistakes))
                        .ok(),
                };
                let (Some(written), Some(accepted)) = (written, accepted) else {
                    return Ok(None);
                };
                Ok(Some(Prose { path: path.clone(), written, accepted }))
            },
        },
    );
    let mut mistakes = project.as_ref().err().cloned().unwrap_or_default();
    mistakes.extend(in_params);
    mistakes.extend(in_schemas);
    mistakes.extend(in_prose);
    match project {
        Ok(project) if mistakes.is_empty() => {
            let schemas = schemas.into_iter().filter_map(|(path, read)| Some((path, read?)));
            Ok(Repository { project, params: values, schemas: schemas.collect() })
        }
        _ => Err(LoadError::Mistakes(mistakes)),
    }
}

/// Reads a file that the project names.
fn read_below(root: &Path, path: &RepoPath) -> Result<Vec<u8>, ReadError> {
    read(&path.below(root))
}

#[cfg(test)]
mod tests;
