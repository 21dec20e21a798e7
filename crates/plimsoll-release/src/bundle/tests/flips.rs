use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::{BLOBS, INDEX_FILE, LAYOUT_FILE, Sample, trust, verify};

/// Changes bits of one byte of `path`, tries, and puts the byte back.
fn verifies_with_a_flip(path: &Path, at: u64, bits: u8, bundle: &Path) -> bool {
    let file = fs::File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ bits], at).unwrap();
    let verified = verify(bundle, &trust()).is_ok();
    file.write_all_at(&byte, at).unwrap();
    verified
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let blobs = fs::read_dir(folder.join(BLOBS)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = blobs.collect();
    files.extend([folder.join(INDEX_FILE), folder.join(LAYOUT_FILE)]);
    files.sort();
    files
}

thread_local! {
    static SAMPLE: Sample = Sample::new();
}

proptest! {
    #[test]
    fn no_changed_byte_of_any_file_verifies(
        file: prop::sample::Index,
        at: prop::sample::Index,
        bits in 1_u8..,
    ) {
        SAMPLE.with(|sample| {
            let files = files_of(&sample.path());
            let file = file.get(&files);
            let size = usize::try_from(fs::metadata(file).unwrap().len()).unwrap();
            let at = at.index(size) as u64;
            let verified = verifies_with_a_flip(file, at, bits, &sample.path());
            prop_assert!(!verified, "byte {at} of {} with {bits}", file.display());
            Ok(())
        })?;
    }

    #[test]
    fn no_changed_byte_of_the_archive_verifies(at: prop::sample::Index, bits in 1_u8..) {
        SAMPLE.with(|sample| {
            let tar = sample.tar();
            let size = usize::try_from(fs::metadata(&tar).unwrap().len()).unwrap();
            let at = at.index(size) as u64;
            prop_assert!(!verifies_with_a_flip(&tar, at, bits, &tar), "byte {at} with {bits}");
            Ok(())
        })?;
    }
}
