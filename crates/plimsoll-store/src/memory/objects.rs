//! Objects in memory.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use async_trait::async_trait;
use plimsoll_core::Digest;
use plimsoll_core::ports::{
    Content, Damaged, FileMode, ObjectStore, OpenError, PutError, RestoreError,
};
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

/// Objects in memory. A clone sees the same objects.
#[derive(Clone, Debug, Default)]
pub struct MemoryObjects {
    objects: Arc<Mutex<BTreeMap<Digest, Arc<[u8]>>>>,
}

impl MemoryObjects {
    /// Changes the bytes of the object, as a broken disk would.
    pub fn damage(&self, digest: &Digest) {
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = objects.get_mut(digest) {
            *bytes = bytes.iter().map(|byte| byte ^ 1).chain([0]).collect();
        }
    }

    fn keep(&self, bytes: &[u8]) -> Digest {
        let digest = Digest::blake3(bytes);
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.entry(digest).or_insert_with(|| bytes.into());
        digest
    }

    fn found(&self, digest: &Digest) -> Result<Arc<[u8]>, OpenError> {
        let objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.get(digest).cloned().ok_or(OpenError::Missing(*digest))
    }
}

#[async_trait]
impl ObjectStore for MemoryObjects {
    async fn put(&self, content: &mut Content) -> Result<Digest, PutError> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).await.map_err(PutError::Content)?;
        Ok(self.keep(&bytes))
    }

    async fn open(
        &self,
        digest: &Digest,
        range: Option<Range<u64>>,
    ) -> Result<Box<Content>, OpenError> {
        let bytes = self.found(digest)?;
        let place = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let (at, end) = match &range {
            Some(range) => (place(range.start), place(range.end)),
            None => (0, bytes.len()),
        };
        let actual = Digest::blake3(&bytes);
        let is_damaged = range.is_none() && actual != *digest;
        let problem = is_damaged.then(|| format!("its bytes hash to {actual}"));
        Ok(Box::new(Reading { expected: *digest, bytes, at, end, problem }))
    }

    async fn contains(&self, digest: &Digest) -> Result<bool, OpenError> {
        Ok(self.found(digest).is_ok())
    }

    async fn put_file(&self, path: &Path) -> Result<Digest, PutError> {
        let bytes = tokio::fs::read(path).await.map_err(PutError::Content)?;
        Ok(self.keep(&bytes))
    }

    async fn restore(
        &self,
        digest: &Digest,
        path: &Path,
        mode: FileMode,
    ) -> Result<(), RestoreError> {
        let bytes = self.found(digest)?;
        let actual = Digest::blake3(&bytes);
        if actual != *digest {
            let problem = format!("its bytes hash to {actual}");
            return Err(OpenError::from(Damaged { expected: *digest, problem }).into());
        }
        let bits = match mode {
            FileMode::Plain => 0o666,
            FileMode::Executable => 0o777,
        };
        let written = || {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(bits).open(path)?;
            io::Write::write_all(&mut file, &bytes)
        };
        written().map_err(|source| RestoreError::File { path: path.to_path_buf(), source })
    }
}

struct Reading {
    expected: Digest,
    bytes: Arc<[u8]>,
    at: usize,
    end: usize,
    problem: Option<String>,
}

impl AsyncRead for Reading {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let left = self.end.saturating_sub(self.at);
        if let (0, Some(problem)) = (left, &self.problem) {
            let damaged = Damaged { expected: self.expected, problem: problem.clone() };
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, damaged)));
        }
        let given = left.min(buffer.remaining());
        buffer.put_slice(&self.bytes[self.at..self.at + given]);
        self.at += given;
        Poll::Ready(Ok(()))
    }
}
