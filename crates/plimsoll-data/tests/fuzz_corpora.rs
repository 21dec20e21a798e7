//! What was once fed to the fuzz targets is read on.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]

use std::fs;
use std::path::Path;

#[path = "../../../fuzz/src/data.rs"]
pub mod data;

/// Runs every file of a corpus through its target.
fn replay(corpus: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(corpus);
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    plimsoll_data::hush_caught_panics();
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let done = std::panic::catch_unwind(|| target(&bytes));
        assert!(done.is_ok(), "{} ends in the panic above", file.display());
    }
}

#[test]
fn csv() {
    replay("csv", data::csv);
}

#[test]
fn json_lines() {
    replay("json_lines", data::json_lines);
}

#[test]
fn parquet() {
    replay("parquet", data::parquet);
}

#[test]
fn arrow() {
    replay("arrow", data::arrow);
}

#[test]
fn gzip_csv() {
    replay("gzip_csv", data::gzip_csv);
}

#[test]
fn zstd_csv() {
    replay("zstd_csv", data::zstd_csv);
}

#[test]
fn schema() {
    replay("schema", data::schema);
}

#[test]
fn expression() {
    replay("expression", data::expression);
}

#[test]
fn profile() {
    replay("profile", data::profile);
}

#[test]
fn digests() {
    replay("digests", data::digests);
}
