//! Looking for ONNX Runtime's library on this machine, and fetching it where it is not.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;

use super::accepted::{self, Build};
use super::hash::Memory;
use super::install::{self, InstallError};

/// Where to look, in this order.
#[derive(Clone, Copy, Debug)]
pub struct Search<'s> {
    /// The library that the user names, `--onnxruntime`, `PLIMSOLL_ORT_LIB` or `ORT_DYLIB_PATH`.
    /// Whatever it is, it is taken.
    pub named: Option<&'s Path>,
    /// The folder for what can be fetched again.
    pub cache: &'s Path,
    /// Python environments whose packages may hold it: the folders with `lib/python3.*`.
    pub environments: &'s [PathBuf],
    /// The folders of `PATH`, for a pip or uv that fetches it.
    pub programs: &'s [PathBuf],
    /// Whether fetching is forbidden.
    pub offline: bool,
}

/// A library on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// The file.
    pub path: PathBuf,
    /// Its SHA-256.
    pub digest: Digest,
    /// How it came to be chosen.
    pub origin: Origin,
}

impl Library {
    /// Returns the build that it is, if it is an accepted one.
    pub fn build(&self) -> Option<&'static Build> {
        build_of(&self.digest)
    }

    /// Returns its version: the accepted build's, else what its file name says.
    pub fn version(&self) -> Option<String> {
        if let Some(build) = self.build() {
            return Some(build.version.to_owned());
        }
        let resolved = fs::canonicalize(&self.path).ok()?;
        let name = resolved.file_name()?.to_str()?;
        let rest = name.strip_prefix("libonnxruntime.")?;
        let version = rest.trim_start_matches("so.").trim_end_matches(".dylib");
        let is_version = version.contains('.') && version.starts_with(|c: char| c.is_ascii_digit());
        is_version.then(|| version.to_owned())
    }
}

/// How a library came to be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The user named it.
    Named,
    /// It was fetched earlier.
    Cache,
    /// It is in a Python environment of the project.
    Environment,
    /// It was fetched now.
    Fetched,
}

/// A library, and what was passed over on the way to it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The library.
    pub library: Library,
    /// What was skipped and why, a sentence each.
    pub notes: Vec<String>,
}

/// No library can be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// The named one is not there.
    #[error("ONNX Runtime was named as {}, which cannot be read: {error}", path.display())]
    Named {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// There is none, and none may be fetched.
    #[error(
        "ONNX Runtime {wanted} is not on this machine and fetching is forbidden (looked in {looked})"
    )]
    Offline {
        /// The versions that would do.
        wanted: String,
        /// Where it was looked for, and what was skipped.
        looked: String,
    },
    /// It could not be fetched.
    #[error(transparent)]
    Install(#[from] InstallError),
}

impl FindError {
    /// Returns what to do.
    pub fn next(&self) -> &'static str {
        match self {
            Self::Named { .. } => {
                "name the file `libonnxruntime.so.*` itself, or name none to have it found or fetched"
            }
            Self::Offline { .. } => {
                "run `plimsoll runtime install` while online, or name a library with `--onnxruntime PATH`"
            }
            Self::Install(error) => error.next(),
        }
    }
}

/// Finds a library, fetching it into the cache where that is allowed.
///
/// # Errors
/// The named library cannot be read, or there is none and none can be fetched.
pub fn find(search: &Search<'_>) -> Result<Found, FindError> {
    let folder = install::folder(search.cache);
    let mut memory = Memory::open(&folder);
    if let Some(path) = search.named {
        let digest = absolute_digest(&mut memory, path);
        let unreadable = |error| FindError::Named { path: path.to_owned(), error };
        let (path, digest) = digest.map_err(unreadable)?;
        let library = Library { path, digest, origin: Origin::Named };
        return Ok(Found { library, notes: Vec::new() });
    }
    let mut notes = Vec::new();
    if let Some(library) = cached(&mut memory, search.cache, &mut notes) {
        return Ok(Found { library, notes });
    }
    for path in search.environments.iter().flat_map(|environment| libraries_in(environment)) {
        match memory.digest(&path) {
            Ok(digest) if build_of(&digest).is_some() => {
                let library = Library { path, digest, origin: Origin::Environment };
                return Ok(Found { library, notes });
            }
            Ok(digest) => notes.push(format!(
                "{} was skipped: its {digest} is not on the list of accepted builds ({})",
                path.display(),
                accepted::versions(),
            )),
            Err(error) => {
                notes.push(format!("{} was skipped: {error}", path.display()));
            }
        }
    }
    if search.offline {
        let mut looked = vec![folder.display().to_string()];
        looked.extend(search.environments.iter().map(|path| path.display().to_string()));
        looked.extend(notes);
        let wanted = accepted::versions();
        return Err(FindError::Offline { wanted, looked: looked.join(", ") });
    }
    let library = install::install(search.cache, search.programs)?;
    Ok(Found { library, notes })
}

/// Returns the newest accepted library of the cache, and notes damaged ones.
pub(super) fn cached(
    memory: &mut Memory,
    cache: &Path,
    notes: &mut Vec<String>,
) -> Option<Library> {
    for build in accepted::for_this_machine() {
        let path = install::folder(cache).join(build.version).join(build.file);
        match memory.digest(&path) {
            Ok(digest) if digest.hex() == build.sha256 => {
                return Some(Library { path, digest, origin: Origin::Cache });
            }
            Ok(digest) => notes.push(format!(
                "{} was skipped: it is damaged (its {digest} is not that of ONNX Runtime {})",
                path.display(),
                build.version,
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => notes.push(format!("{} was skipped: {error}", path.display())),
        }
    }
    None
}

/// Returns the accepted build for this machine with this digest.
fn build_of(digest: &Digest) -> Option<&'static Build> {
    accepted::for_this_machine().find(|build| build.sha256 == digest.hex())
}

fn absolute_digest(memory: &mut Memory, path: &Path) -> io::Result<(PathBuf, Digest)> {
    // A relative path would be looked up beside the running program when it is loaded.
    let path = std::path::absolute(path)?;
    if path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    let digest = memory.digest(&path)?;
    Ok((path, digest))
}

/// Returns the libraries in the packages of a Python environment, in the order of their paths.
fn libraries_in(environment: &Path) -> Vec<PathBuf> {
    let pythons = entries(&environment.join("lib"), "python3");
    let folders = pythons.iter().map(|python| python.join("site-packages/onnxruntime/capi"));
    folders.flat_map(|folder| entries(&folder, "libonnxruntime.")).collect()
}

/// Returns the entries of a folder whose names begin with `prefix`, sorted.
pub(super) fn entries(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let named = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(prefix))
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found: Vec<PathBuf> = paths.filter(named).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(cache: &Path) -> Search<'_> {
        Search { named: None, cache, environments: &[], programs: &[], offline: true }
    }

    #[test]
    fn offline_says_where_it_looked_and_what_to_run() {
        let folder = tempfile::tempdir().unwrap();
        let environment = folder.path().join("venv");
        let capi = environment.join("lib/python3.11/site-packages/onnxruntime/capi");
        fs::create_dir_all(&capi).unwrap();
        fs::write(capi.join("libonnxruntime.so.1.19.2"), "an old one").unwrap();
        fs::write(capi.join("libonnxruntime_providers_shared.so"), "no library").unwrap();
        let environments = [environment];
        let search = Search { environments: &environments, ..search(folder.path()) };
        let error = find(&search).unwrap_err();
        let message = error.to_string().replace(&folder.path().display().to_string(), "/f");
        assert!(message.contains("fetching is forbidden (looked in /f/onnxruntime, /f/venv"));
        assert!(message.contains("libonnxruntime.so.1.19.2 was skipped: its sha256:"), "{message}");
        assert!(!message.contains("providers"), "{message}");
        assert!(error.next().contains("plimsoll runtime install"));
    }

    #[test]
    fn a_named_library_is_taken_whatever_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("libonnxruntime.so.1.29.0");
        fs::write(&path, "somebody's own build").unwrap();
        let named = Search { named: Some(&path), ..search(folder.path()) };
        let library = find(&named).unwrap().library;
        assert_eq!((library.origin, library.build()), (Origin::Named, None));
        assert_eq!(library.version().as_deref(), Some("1.29.0"));
        let absent = Search { named: Some(Path::new("/no/such")), ..search(folder.path()) };
        assert!(matches!(find(&absent), Err(FindError::Named { .. })));
        let a_folder = Search { named: Some(folder.path()), ..search(folder.path()) };
        assert!(find(&a_folder).unwrap_err().to_string().ends_with("it is a folder"));
    }

    #[test]
    fn a_damaged_cache_is_never_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let Some(build) = accepted::pinned() else { return };
        let path = folder.path().join("onnxruntime").join(build.version);
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join(build.file), "half a library").unwrap();
        let error = find(&search(folder.path())).unwrap_err().to_string();
        assert!(error.contains("it is damaged"), "{error}");
    }
}
