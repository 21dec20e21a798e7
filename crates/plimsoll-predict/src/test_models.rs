//! The models of `fixtures/onnx` and the library that runs them, for tests.

use std::fs;
use std::path::PathBuf;

use crate::runtime::{self, Runtime, Search};

/// Returns the bytes of a committed model.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    fs::read(folder().join(format!("{name}.onnx"))).unwrap()
}

/// Returns the folder with the committed models.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/onnx"))
}

/// Finds ONNX Runtime, or fetches it through pip into the target folder, where other tests of the
/// workspace find it too. Where that is impossible, says why and returns none.
pub(crate) fn runtime_for_tests() -> Option<Runtime> {
    let cache = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/test-cache"));
    let path = std::env::vars_os().find(|(name, _)| name == "PATH").map(|(_, value)| value);
    let programs: Vec<PathBuf> =
        path.map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let search = Search {
        named: None,
        cache: &cache,
        environments: &[],
        programs: &programs,
        offline: false,
    };
    match runtime::find(&search) {
        Ok(found) => Some(Runtime::load(&found.library).unwrap()),
        Err(error) => {
            eprintln!("skipped, without ONNX Runtime: {error}");
            None
        }
    }
}
