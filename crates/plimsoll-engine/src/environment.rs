//! What steps run with: an environment made from a lock file, or the Python that is there.
//!
//! One virtual environment for each lock file and interpreter, made once, where it stays: scripts in
//! it name its folder. It counts as made when its last file, the marker, is there. Finding one that
//! is made starts no process.

mod advice;
mod build;
mod child;
mod error;
mod installer;
mod interpreter;
mod redact;
mod requirements;
mod shim;
mod stamp;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use plimsoll_core::event::Environment;
use plimsoll_core::{Digest, RepoPath};

pub use advice::InstallCause;
pub use error::PrepareError;

use interpreter::{Interpreter, Packages};

/// Where steps get Python from, as [`plimsoll_core::project::Python`] declares it.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// Nothing is declared.
    Undeclared,
    /// What is there.
    System,
    /// An environment made from a lock file with hashes.
    Lock {
        /// The file's path, for messages.
        path: &'a RepoPath,
        /// Its content.
        bytes: &'a [u8],
    },
}

/// Whether the installer may use the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// It may.
    Allowed,
    /// It may not: what is not cached or in a local folder is missing.
    Forbidden,
}

/// What an environment is prepared from.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Where Python comes from.
    pub source: Source<'a>,
    /// The repository's folder: version managers choose an interpreter by it.
    pub repository: &'a Path,
    /// The folder that keeps environments.
    pub environments: &'a Path,
    /// The folders of PATH, in order.
    pub search: &'a [PathBuf],
    /// The variables that interpreter and installer see: the user's own, so that proxies, indexes
    /// and certificates are theirs.
    pub variables: &'a BTreeMap<String, String>,
    /// Whether the installer may use the network.
    pub network: Network,
}

/// An environment that steps can run with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// What it is, for cache keys and records.
    pub identity: Environment,
    /// The folders that go before those of PATH.
    pub path_prefix: Vec<PathBuf>,
    /// The variables that steps see because of it.
    pub variables: BTreeMap<String, String>,
}

/// Says what [`prepare`] would prepare, and makes nothing.
///
/// # Errors
/// There is no interpreter.
pub fn identify(request: &Request<'_>, cancel: &AtomicBool) -> Result<Environment, PrepareError> {
    Ok(look(request, cancel)?.0)
}

/// Prepares what steps run with; where it is there already, nothing is started.
///
/// What the installer says goes to `progress`, line by line. It blocks; once `cancel` is set, it
/// stops what it started and returns [`PrepareError::Cancelled`]. Several processes may ask for one
/// environment at once: it is made once.
///
/// # Errors
/// There is no interpreter, the lock file is none, or the installer failed.
pub fn prepare(
    request: &Request<'_>,
    progress: &mut dyn FnMut(&str),
    cancel: &AtomicBool,
) -> Result<Prepared, PrepareError> {
    let (identity, interpreter) = look(request, cancel)?;
    let mut path_prefix = Vec::new();
    let mut variables = BTreeMap::new();
    match (request.source, interpreter) {
        (Source::Lock { path, bytes }, Some(interpreter)) => {
            let lock = build::Lock { path, bytes, identity: &identity };
            let folder = build::environment(request, &lock, &interpreter, progress, cancel)?;
            path_prefix.push(folder.join("bin"));
            variables.insert("VIRTUAL_ENV".to_owned(), folder.to_string_lossy().into_owned());
        }
        (Source::System, Some(interpreter)) => {
            // A shim asks variables that steps do not see, so they are given what it led to.
            path_prefix.extend(interpreter.behind_shim().map(Path::to_owned));
        }
        _ => {}
    }
    Ok(Prepared { identity, path_prefix, variables })
}

/// Returns the folder of an environment that was made and is whole, to look at; `None` where it is not
/// there. Nothing is made or started.
pub fn kept(environments: &Path, identity: &Environment) -> Option<PathBuf> {
    build::kept(environments, identity)
}

/// Returns what the environment is, and the interpreter where one is needed.
fn look(
    request: &Request<'_>,
    cancel: &AtomicBool,
) -> Result<(Environment, Option<Interpreter>), PrepareError> {
    let platform = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
    let mut identity = Environment {
        python: String::new(),
        interpreter: String::new(),
        platform,
        packages: BTreeMap::new(),
    };
    let interpreter = match request.source {
        Source::Undeclared => {
            "none".clone_into(&mut identity.python);
            return Ok((identity, None));
        }
        Source::System => {
            "system".clone_into(&mut identity.python);
            let interpreter = Interpreter::find(request, Packages::Listed, cancel)?;
            identity.packages = interpreter.packages();
            interpreter
        }
        Source::Lock { bytes, .. } => {
            identity.python = Digest::blake3(bytes).to_string();
            Interpreter::find(request, Packages::Ignored, cancel)?
        }
    };
    identity.interpreter = interpreter.name();
    Ok((identity, Some(interpreter)))
}

#[cfg(test)]
mod tests;
