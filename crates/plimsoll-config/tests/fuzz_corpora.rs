//! What was once fed to the fuzz targets is read on.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]

#[path = "../../../fuzz/src/config.rs"]
pub mod config;

#[path = "../../../fuzz/src/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn project() {
    replay("project", config::project);
}

#[test]
fn schema() {
    replay("schema", config::schema);
}
