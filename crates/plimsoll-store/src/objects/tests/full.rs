//! A disk that is full, and one that cannot be written to.

use std::error::Error;
use std::process::Command;

use plimsoll_core::ports::{FileMode, PutError, RestoreError};

use super::*;

/// Runs the test called `child` again in a namespace of its own, in a file system of 1 MiB that
/// `prepare` may change before; says so where the system refuses that.
#[expect(clippy::print_stderr, reason = "whoever reads the test's output sees that it was skipped")]
fn in_small_disk(child: &str, prepare: &str) {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "mount -t tmpfs -o size=1m tmpfs \"$1\" && cd \"$1\" && mkdir objects && {prepare} && \
         exec \"$2\" --exact objects::tests::full::{child} --ignored --nocapture"
    );
    let mut probe = Command::new("unshare");
    probe.args(["-rm", "mount", "-t", "tmpfs", "tmpfs"]).arg(folder.path());
    let allowed = probe.output().is_ok_and(|probe| probe.status.success());
    if !allowed {
        eprintln!("skipped: this system lets nobody mount a small file system (unshare -rm)");
        return;
    }
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", &script, "sh"]).arg(folder.path()).arg(program);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_full_disk_is_named_and_loses_nothing() {
    in_small_disk("child_fills_the_disk", "true");
}

#[test]
fn a_disk_that_cannot_be_written_is_named() {
    in_small_disk("child_cannot_write", "mount -o remount,ro tmpfs .");
}

fn assert_names_the_place(error: &PutError, why: &str) {
    assert!(error.to_string().contains("objects` could not be written"), "{error}");
    assert!(error.source().unwrap().to_string().contains(why), "{error:?}");
}

#[tokio::test]
#[ignore = "runs inside a small file system, started by the test above"]
async fn child_fills_the_disk() {
    let objects = FolderObjects::open(Path::new("objects")).unwrap();
    let small = objects.put(&mut Cursor::new(b"small".to_vec())).await.unwrap();
    let mut noise = vec![0; 3 << 20];
    blake3::Hasher::new().update(b"noise").finalize_xof().fill(&mut noise);
    for length in [noise.len(), 1 << 20] {
        let error = objects.put(&mut Cursor::new(noise[..length].to_vec())).await.unwrap_err();
        assert_names_the_place(&error, "No space left on device");
        assert_eq!(files(Path::new("objects/incoming")), 0);
    }
    // What was removed gave its room back, and what was there is sound.
    objects.put(&mut Cursor::new(noise[..400_000].to_vec())).await.unwrap();
    assert!(objects.verify(OnDamage::Report, |_| ()).unwrap().damaged.is_empty());

    let large = objects.put(&mut Cursor::new(noise[..300_000].to_vec())).await.unwrap();
    fs::write("filler", vec![1; 250_000]).unwrap();
    fs::write("target", "the one before").unwrap();
    let target = Path::new("target");
    let error = objects.restore(&large, target, FileMode::Plain).await.unwrap_err();
    assert!(matches!(error, RestoreError::File { .. }), "{error}");
    assert_eq!(fs::read("target").unwrap(), b"the one before");
    objects.restore(&small, target, FileMode::Plain).await.unwrap();
}

#[tokio::test]
#[ignore = "runs inside a small file system, started by the test above"]
async fn child_cannot_write() {
    let error = FolderObjects::open(Path::new("objects")).unwrap_err();
    assert_eq!(error.to_string(), "the object store `objects` could not be opened");
    assert!(error.source().unwrap().to_string().contains("Read-only file system"), "{error:?}");
}
