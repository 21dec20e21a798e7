//! What objects in a folder promise beyond the port.

mod full;
mod kept;

use std::fs::{self, File, FileTimes};
use std::io::Cursor;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

use plimsoll_core::Digest;
use plimsoll_core::ports::{ObjectStore, OpenError};
use rustix::fs::{FlockOperation, flock};
use tokio::io::AsyncReadExt;

use super::*;

fn store() -> (tempfile::TempDir, FolderObjects) {
    let folder = tempfile::tempdir().unwrap();
    let objects = FolderObjects::open(folder.path()).unwrap();
    (folder, objects)
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

fn text(length: usize) -> Vec<u8> {
    "season,hour,temperature\n".bytes().cycle().take(length).collect()
}

/// Makes the object's file as old as it would be after `age`.
fn make_old(objects: &FolderObjects, digest: &Digest, age: Duration) {
    let file = File::open(objects.path(digest).unwrap()).unwrap();
    let modified = file.metadata().unwrap().modified().unwrap() - age;
    file.set_times(FileTimes::new().set_modified(modified)).unwrap();
}

fn modified(objects: &FolderObjects, digest: &Digest) -> SystemTime {
    fs::metadata(objects.path(digest).unwrap()).unwrap().modified().unwrap()
}

#[test]
fn reads_what_the_first_version_stored() {
    let (folder, objects) = store();
    let fixtures = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/objects-v1"));
    for (name, content) in [("raw", text(100)), ("zstd", text(100_000))] {
        let digest = Digest::blake3(&content);
        let path = objects.path(&digest).unwrap();
        assert_eq!(path, folder.path().join("blake3").join(&digest.hex()[..2]).join(digest.hex()));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(fixtures.join(name), &path).unwrap();
        let mut found = Vec::new();
        let mut reader = Reader::open(&objects.layout, &digest, None).unwrap();
        reader.read_to_end(&mut found).unwrap();
        assert!(found == content, "{name}");
    }
}

#[test]
fn stored_files_are_read_only_and_small_where_it_pays() {
    let (_folder, objects) = store();
    let digest = objects.put_bytes(&text(1_000_000)).unwrap();
    let metadata = fs::metadata(objects.path(&digest).unwrap()).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o222, 0);
    assert!(metadata.len() < 100_000, "{} bytes", metadata.len());
}

#[test]
fn a_format_of_a_later_version_is_refused_by_name() {
    let (_folder, objects) = store();
    let digest = objects.put_bytes(b"weights").unwrap();
    let path = objects.path(&digest).unwrap();
    fs::remove_file(&path).unwrap();
    fs::write(&path, b"\x02weights").unwrap();
    let error = Reader::open(&objects.layout, &digest, None).err().unwrap();
    let OpenError::Unavailable(error) = error else { panic!("{error}") };
    assert_eq!(error.downcast_ref::<UnknownFormat>().unwrap().format, 2);
    assert!(error.to_string().contains("is stored in format 2"), "{error}");
}

#[tokio::test]
async fn storing_again_writes_nothing_and_makes_it_young() {
    let (folder, objects) = store();
    for length in [10, 3_000_000] {
        let digest = objects.put(&mut Cursor::new(text(length))).await.unwrap();
        let inode = fs::metadata(objects.path(&digest).unwrap()).unwrap().ino();
        let path = folder.path().join("file");
        fs::write(&path, text(length)).unwrap();
        let hour = Duration::from_hours(1);
        make_old(&objects, &digest, hour);
        let old = modified(&objects, &digest);
        objects.put(&mut Cursor::new(text(length))).await.unwrap();
        assert!(modified(&objects, &digest) > old + hour / 2);
        make_old(&objects, &digest, hour);
        objects.put_file(&path).await.unwrap();
        assert!(modified(&objects, &digest) > old + hour / 2);
        assert_eq!(fs::metadata(objects.path(&digest).unwrap()).unwrap().ino(), inode);
        assert_eq!(files(&folder.path().join("incoming")), 0);
    }
}

#[tokio::test]
async fn what_a_killed_process_left_is_never_seen_and_removed_at_the_next_opening() {
    let (folder, objects) = store();
    let incoming = folder.path().join("incoming");
    fs::write(incoming.join("left"), b"\x00half of the wei").unwrap();
    let writing = Incoming::begin(&objects.layout, b"weights").unwrap();
    assert_eq!(files(&incoming), 2);

    let reopened = FolderObjects::open(folder.path()).unwrap();
    assert_eq!(reopened.verify(OnDamage::Report, |_| ()).unwrap().objects, 0);
    // What another process is still writing stays.
    assert_eq!(files(&incoming), 1);
    drop(writing);
    assert_eq!(files(&incoming), 0);
}

#[tokio::test]
async fn puts_that_broke_off_leave_no_file() {
    let (folder, objects) = store();
    let mut content =
        tokio::io::AsyncReadExt::chain(Cursor::new(text(2_000_000)), tokio_test_error());
    assert!(objects.put(&mut content).await.is_err());
    assert_eq!(files(&folder.path().join("incoming")), 0);
    let put = async {
        let (mut reader, _writer) = tokio::io::duplex(1 << 20);
        objects.put(&mut reader).await
    };
    assert!(tokio::time::timeout(Duration::from_millis(20), put).await.is_err());
    assert_eq!(files(&folder.path().join("incoming")), 0);
}

/// A reader that only fails: a folder cannot be read.
fn tokio_test_error() -> tokio::fs::File {
    tokio::fs::File::from_std(File::open("/").unwrap())
}

#[tokio::test]
async fn a_put_waits_for_what_removes_and_is_found_then() {
    let (_folder, objects) = store();
    // The second time the object is there and only touched.
    for _ in 0..2 {
        let exclusive = objects.layout.lock(FlockOperation::LockExclusive).unwrap();
        let putting = objects.clone();
        let put = tokio::spawn(async move { putting.put(&mut Cursor::new(text(100))).await });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!put.is_finished());
        flock(&exclusive, FlockOperation::Unlock).unwrap();
        let digest = put.await.unwrap().unwrap();
        let mut found = String::new();
        objects.open(&digest, None).await.unwrap().read_to_string(&mut found).await.unwrap();
        assert_eq!(found.len(), 100);
    }
}
