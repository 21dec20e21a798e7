//! ONNX Runtime: found or fetched when it is needed, checked, and loaded once.

pub mod accepted;
mod find;
mod hash;
mod install;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

pub use accepted::{Build, PINNED};
pub use find::{FindError, Found, Library, Origin, Search, find};
pub use install::{InstallError, install};
use ort::environment::Environment;
use plimsoll_core::Digest;

/// The library in this process: there can be one only, and it stays.
static LOADED: Mutex<Loaded> = Mutex::new(Loaded { library: None, runtime: None });

struct Loaded {
    /// The library whose code is in the process, even if it could not be used.
    library: Option<Library>,
    runtime: Option<Runtime>,
}

/// ONNX Runtime, loaded. Clones are the same one.
#[derive(Clone)]
pub struct Runtime {
    environment: Environment,
    library: Arc<Library>,
}

/// The library was found but cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadRuntimeError {
    /// It cannot be linked.
    #[error("{} is no library that this program can load: {reason}", path.display())]
    Unloadable {
        /// The file.
        path: PathBuf,
        /// What the linker says.
        reason: String,
    },
    /// It is too old.
    #[error(
        "{} is ONNX Runtime {found}, at least 1.{} is needed (accepted: {})",
        path.display(),
        ort::MINOR_VERSION,
        accepted::versions()
    )]
    TooOld {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: String,
    },
    /// It does not start.
    #[error("{} was loaded but does not start: {reason}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What it says.
        reason: String,
    },
    /// Another one is loaded.
    #[error(
        "{} ({wanted}) cannot be loaded beside {} ({loaded}), which this process uses",
        path.display(),
        in_use.display()
    )]
    Another {
        /// The file that was asked for.
        path: PathBuf,
        /// Its digest.
        wanted: Digest,
        /// The file that is loaded.
        in_use: PathBuf,
        /// Its digest.
        loaded: Digest,
    },
}

impl Runtime {
    /// Loads a library, or returns it where it is loaded.
    ///
    /// # Errors
    /// It cannot be linked, is too old, does not start, or another one is loaded.
    pub fn load(library: &Library) -> Result<Self, LoadRuntimeError> {
        // A panic in here has left nothing half done that the next call could not see.
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(present) = &loaded.library
            && present.digest != library.digest
        {
            return Err(LoadRuntimeError::Another {
                path: library.path.clone(),
                wanted: library.digest,
                in_use: present.path.clone(),
                loaded: present.digest,
            });
        }
        if let Some(runtime) = &loaded.runtime {
            return Ok(runtime.clone());
        }
        // The bindings assert what a library that only looks like ONNX Runtime does not hold.
        let linked = catch_unwind(AssertUnwindSafe(|| ort::init_from(&library.path)));
        let builder = match linked {
            Ok(Ok(builder)) => builder,
            Ok(Err(ort::LoadDynamicError::BadVersion { version_str, path })) => {
                return Err(LoadRuntimeError::TooOld { path, found: version_str });
            }
            Ok(Err(error)) => return Err(unloadable(library, error.to_string())),
            Err(_) => return Err(unloadable(library, "it has no usable interface".to_owned())),
        };
        loaded.library = Some(library.clone());
        let broken = |reason| LoadRuntimeError::Broken { path: library.path.clone(), reason };
        let started = catch_unwind(AssertUnwindSafe(|| {
            builder.with_name("plimsoll").with_telemetry(false).with_logger(logger()).build()
        }));
        let environment = match started {
            Ok(Ok(environment)) => environment,
            Ok(Err(error)) => return Err(broken(error.to_string())),
            Err(_) => return Err(broken("its interface is another version's".to_owned())),
        };
        environment.set_log_level(ort::logging::LogLevel::Error);
        let runtime = Self { environment, library: Arc::new(library.clone()) };
        loaded.runtime = Some(runtime.clone());
        Ok(runtime)
    }

    /// Returns the library that it is.
    pub fn library(&self) -> &Library {
        &self.library
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }
}

/// Writes what evidence records: `onnxruntime 1.31.1`, with the digest where it is no accepted build.
impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.library.version();
        write!(f, "onnxruntime {}", version.as_deref().unwrap_or("of unknown version"))?;
        if self.library.build().is_none() {
            write!(f, " ({})", self.library.digest)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("library", &self.library).finish_non_exhaustive()
    }
}

fn unloadable(library: &Library, reason: String) -> LoadRuntimeError {
    LoadRuntimeError::Unloadable { path: library.path.clone(), reason }
}

/// Keeps the library off the terminal: what goes wrong is returned as an error as well.
fn logger() -> ort::logging::LoggerFunction {
    Arc::new(|_level, _category, _id, _location, message| {
        tracing::debug!(target: "onnxruntime", "{message}");
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_models::runtime_for_tests;

    #[test]
    fn a_file_that_is_no_library_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("libonnxruntime.so.9");
        std::fs::write(&path, "no library").unwrap();
        let search = Search {
            named: Some(&path),
            cache: folder.path(),
            environments: &[],
            programs: &[],
            offline: true,
        };
        let library = find(&search).unwrap().library;
        let error = Runtime::load(&library).unwrap_err();
        // Which of the two depends on the tests that ran before in this process.
        assert!(
            matches!(error, LoadRuntimeError::Unloadable { .. } | LoadRuntimeError::Another { .. }),
            "{error}"
        );
    }

    #[test]
    fn one_library_is_loaded_however_often_it_is_asked_for() {
        let Some(runtime) = runtime_for_tests() else { return };
        let again = Runtime::load(runtime.library()).unwrap();
        assert_eq!(again.library(), runtime.library());
        assert_eq!(runtime.to_string(), "onnxruntime 1.31.1");
        let other = Library { digest: Digest::sha256(b"other"), ..runtime.library().clone() };
        let error = Runtime::load(&other).unwrap_err();
        assert!(matches!(error, LoadRuntimeError::Another { .. }));
    }
}
