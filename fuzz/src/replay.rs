//! Reading on what was once fed to a target.

use std::fs;
use std::path::Path;

/// Runs every file of a corpus through its target, and says which one ends in a panic.
pub(crate) fn replay(corpus: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(corpus);
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let done = std::panic::catch_unwind(|| target(&bytes));
        assert!(done.is_ok(), "{} ends in the panic above", file.display());
    }
}
