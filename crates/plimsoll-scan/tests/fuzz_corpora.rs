//! What was once fed to the fuzz targets is read on. Those of models are the files of `fixtures`.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]

use std::path::Path;

#[path = "../../../fuzz/src/scan.rs"]
pub mod scan;

#[path = "../../../fuzz/src/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn inventory() {
    replay("inventory", scan::inventory);
}

#[test]
fn advisories() {
    replay("advisories", scan::advisories);
}

#[test]
fn vex() {
    replay("vex", scan::vex);
}

#[test]
fn license() {
    replay("license", scan::license);
}

#[test]
fn model() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for folder in [
        "attacks",
        "coreml",
        "hdf5",
        "modelfiles/benign",
        "modelfiles/malicious",
        "openvino",
        "tensorflow",
        "xgboost",
    ] {
        for entry in std::fs::read_dir(fixtures.join(folder)).unwrap() {
            scan::model(&std::fs::read(entry.unwrap().path()).unwrap());
        }
    }
}
