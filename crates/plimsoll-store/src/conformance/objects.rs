//! The suite of [`ObjectStore`].

use std::fs;
use std::io::{self, Cursor};
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::pin::Pin;
use std::task::{Context, Poll};

use plimsoll_core::Digest;
use plimsoll_core::ports::{Damaged, FileMode, ObjectStore, OpenError, PutError, RestoreError};
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

use super::conformance;
use crate::{FolderObjects, MemoryObjects};

/// A store whose objects can be damaged behind its back.
trait Fragile: ObjectStore {
    fn damage(&self, digest: &Digest);
}

impl Fragile for MemoryObjects {
    fn damage(&self, digest: &Digest) {
        Self::damage(self, digest);
    }
}

impl Fragile for FolderObjects {
    fn damage(&self, digest: &Digest) {
        let path = self.path(digest).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        // The last byte of the content or, of a compressed one, something in the middle of it.
        let place = bytes.len() - 1 - bytes.len() / 3;
        bytes[place] ^= 1;
        fs::remove_file(&path).unwrap();
        fs::write(&path, bytes).unwrap();
    }
}

fn folder() -> FolderObjects {
    FolderObjects::open(&tempfile::tempdir().unwrap().keep()).unwrap()
}

conformance! {
    [
        what_is_put_is_found putting_twice_is_putting_once a_range_is_exact
        damage_is_never_end_of_file half_a_put_is_none a_dropped_put_is_none
        what_was_never_put_is_missing a_file_is_stored_like_its_content
        a_restored_file_replaces_the_old_one a_damaged_object_is_not_restored
        many_may_put_the_same_at_once
    ]
    {
        memory => MemoryObjects::default();
        folder => folder();
    }
}

/// Contents around the sizes at which stores change how they go about it.
fn contents() -> Vec<Vec<u8>> {
    let mut contents = Vec::new();
    for length in [0, 1, 4095, 4096, 100_000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_500_000] {
        let text = "season,hour,temperature\n".bytes().cycle().take(length).collect::<Vec<_>>();
        let mut noise = vec![0; length];
        blake3::Hasher::new().update(b"noise").finalize_xof().fill(&mut noise);
        contents.extend([text, noise]);
    }
    contents
}

async fn read(
    store: &dyn Fragile,
    digest: &Digest,
    range: Option<Range<u64>>,
) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    store.open(digest, range).await.unwrap().read_to_end(&mut bytes).await?;
    Ok(bytes)
}

async fn what_is_put_is_found(store: &dyn Fragile) {
    for content in contents() {
        let digest = store.put(&mut Cursor::new(content.clone())).await.unwrap();
        assert_eq!(digest, Digest::blake3(&content));
        assert!(store.contains(&digest).await.unwrap());
        assert!(read(store, &digest, None).await.unwrap() == content, "{} bytes", content.len());
    }
}

async fn putting_twice_is_putting_once(store: &dyn Fragile) {
    for content in contents() {
        let first = store.put(&mut Cursor::new(content.clone())).await.unwrap();
        let second = store.put(&mut Cursor::new(content.clone())).await.unwrap();
        assert_eq!(first, second);
        assert!(read(store, &second, None).await.unwrap() == content);
    }
}

async fn a_range_is_exact(store: &dyn Fragile) {
    for content in contents() {
        let digest = store.put(&mut Cursor::new(content.clone())).await.unwrap();
        let length = content.len() as u64;
        let ranges = [
            0..0,
            0..1,
            1..5,
            4090..4100,
            length / 2..length,
            length.saturating_sub(3)..length + 10,
            length + 5..length + 9,
            0..u64::MAX,
            u64::MAX - 1..u64::MAX,
        ];
        for range in ranges {
            let start = usize::try_from(range.start.min(length)).unwrap();
            let end = usize::try_from(range.end.min(length)).unwrap();
            let found = read(store, &digest, Some(range.clone())).await.unwrap();
            assert!(found == content[start..end], "{range:?} of {length} bytes");
        }
    }
}

async fn damage_is_never_end_of_file(store: &dyn Fragile) {
    for content in contents().into_iter().filter(|content| !content.is_empty()) {
        let digest = store.put(&mut Cursor::new(content.clone())).await.unwrap();
        store.damage(&digest);
        let mut opened = store.open(&digest, None).await.unwrap();
        for _ in 0..3 {
            // However often it is asked, it does not end well.
            let error = opened.read_to_end(&mut Vec::new()).await.unwrap_err();
            let damaged = error.get_ref().and_then(|source| source.downcast_ref::<Damaged>());
            assert_eq!(damaged.map(|damaged| damaged.expected), Some(digest));
        }
    }
}

/// Content that breaks off after so many bytes, with an error or by never answering again.
struct Broken {
    left: usize,
    with: fn() -> Poll<io::Result<()>>,
}

impl AsyncRead for Broken {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let given = self.left.min(buffer.remaining()).min(10_000);
        if given == 0 {
            return (self.with)();
        }
        buffer.put_slice(&vec![7; given]);
        self.left -= given;
        Poll::Ready(Ok(()))
    }
}

async fn half_a_put_is_none(store: &dyn Fragile) {
    for left in [0, 10, 1 << 20, 2_500_000] {
        let reset = || Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        let error = store.put(&mut Broken { left, with: reset }).await.unwrap_err();
        let PutError::Content(error) = error else { panic!("{error}") };
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        assert!(!store.contains(&Digest::blake3(&vec![7; left])).await.unwrap());
    }
}

async fn a_dropped_put_is_none(store: &dyn Fragile) {
    for left in [0, 10, 1 << 20, 2_500_000] {
        let mut content = Broken { left, with: || Poll::Pending };
        let put = store.put(&mut content);
        let waited = tokio::time::timeout(std::time::Duration::from_millis(50), put).await;
        assert!(waited.is_err());
        assert!(!store.contains(&Digest::blake3(&vec![7; left])).await.unwrap());
    }
}

async fn what_was_never_put_is_missing(store: &dyn Fragile) {
    // An address of the other kind is one that nothing is stored under.
    for digest in [Digest::blake3(b"never"), Digest::sha256(b"never")] {
        assert!(!store.contains(&digest).await.unwrap());
        let missing = store.open(&digest, None).await.map(|_| ()).unwrap_err();
        assert!(matches!(missing, OpenError::Missing(missing) if missing == digest));
        let target = tempfile::tempdir().unwrap();
        let target = target.path().join("file");
        let missing = store.restore(&digest, &target, FileMode::Plain).await.unwrap_err();
        assert!(matches!(missing, RestoreError::Object(OpenError::Missing(_))));
        assert!(!target.exists());
    }
}

async fn a_file_is_stored_like_its_content(store: &dyn Fragile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("with a space");
    for content in contents() {
        fs::write(&path, &content).unwrap();
        let digest = store.put_file(&path).await.unwrap();
        assert_eq!(digest, Digest::blake3(&content));
        assert!(read(store, &digest, None).await.unwrap() == content);
        assert_eq!(store.put_file(&path).await.unwrap(), digest);
    }
    let absent = store.put_file(&folder.path().join("absent")).await.unwrap_err();
    assert!(matches!(absent, PutError::Content(_)));
}

async fn a_restored_file_replaces_the_old_one(store: &dyn Fragile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    for content in contents() {
        let digest = store.put(&mut Cursor::new(content.clone())).await.unwrap();
        for (mode, executable) in [(FileMode::Plain, 0), (FileMode::Executable, 0o100)] {
            store.restore(&digest, &path, mode).await.unwrap();
            assert!(fs::read(&path).unwrap() == content);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o100, executable);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o600, 0o600);
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

async fn a_damaged_object_is_not_restored(store: &dyn Fragile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    fs::write(&path, "the one before").unwrap();
    for content in contents().into_iter().filter(|content| !content.is_empty()) {
        let digest = store.put(&mut Cursor::new(content.clone())).await.unwrap();
        store.damage(&digest);
        let error = store.restore(&digest, &path, FileMode::Plain).await.unwrap_err();
        let RestoreError::Object(OpenError::Damaged(damaged)) = error else { panic!("{error}") };
        assert_eq!(damaged.expected, digest);
        assert_eq!(fs::read(&path).unwrap(), b"the one before");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

async fn many_may_put_the_same_at_once(store: &dyn Fragile) {
    let content = vec![7; 2_500_000];
    let puts = (0..4).map(|_| async {
        store.put(&mut Broken { left: content.len(), with: || Poll::Ready(Ok(())) }).await
    });
    for put in all(puts).await {
        assert_eq!(put.unwrap(), Digest::blake3(&content));
    }
    assert!(read(store, &Digest::blake3(&content), None).await.unwrap() == content);
}

/// Drives all of `futures` at once.
async fn all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        for (future, output) in futures.iter_mut().zip(&mut outputs) {
            if output.is_none()
                && let Poll::Ready(done) = future.as_mut().poll(context)
            {
                *output = Some(done);
            }
        }
        if outputs.iter().all(Option::is_some) {
            Poll::Ready(outputs.iter_mut().filter_map(Option::take).collect())
        } else {
            Poll::Pending
        }
    })
    .await
}
