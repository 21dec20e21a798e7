//! What was once fed to the fuzz targets is read on.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]
#![expect(clippy::expect_used, reason = "a target panics where what must hold does not")]

#[path = "../../../fuzz/src/release.rs"]
pub mod release;

#[path = "../../../fuzz/src/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn signature() {
    replay("signature", release::signature);
}

#[test]
fn statement() {
    replay("statement", release::statement);
}

#[test]
fn keys() {
    replay("keys", release::keys);
}

#[test]
fn encrypted() {
    replay("encrypted", release::encrypted);
}
