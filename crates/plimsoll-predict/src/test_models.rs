//! The models of `fixtures/onnx`, for tests.

use std::fs;
use std::path::PathBuf;

/// Returns the bytes of a committed model.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    fs::read(folder().join(format!("{name}.onnx"))).unwrap()
}

/// Returns the folder with the committed models.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/onnx"))
}
