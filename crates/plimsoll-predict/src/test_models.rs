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
#[expect(clippy::print_stderr, reason = "a test says why it is skipped")]
pub(crate) fn runtime_for_tests() -> Option<Runtime> {
    let cache = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/test-cache"));
    #[expect(clippy::disallowed_methods, reason = "a test has nobody to hand it in")]
    let path = std::env::var_os("PATH");
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
