//! What was once fed to the fuzz targets is read on.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]

#[path = "../../../fuzz/src/data.rs"]
pub mod data;

#[path = "../../../fuzz/src/replay.rs"]
mod replay;

/// As [`replay::replay`]; panics that are caught and told are not printed.
fn replay(corpus: &str, target: fn(&[u8])) {
    plimsoll_data::hush_caught_panics();
    replay::replay(corpus, target);
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
