//! Objects as files: `blake3/ab/<hex>` below one folder, the first byte of each naming its format.
//!
//! A file appears under its name whole or not at all: it is written in `incoming/`, flushed, and
//! renamed. It is never changed afterwards, only touched by a put of the same content, which keeps
//! it from being collected.

mod collect;
mod format;
mod incoming;
mod layout;
mod reader;
mod restore;
mod streamed;
#[cfg(test)]
mod tests;
mod verify;

use std::fs::File;
use std::io::{self, Read, Seek};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use plimsoll_core::Digest;
use plimsoll_core::ports::{Content, FileMode, ObjectStore, OpenError, PutError, RestoreError};
use tokio::io::AsyncReadExt;
use tokio::task::spawn_blocking;

pub use collect::{CollectError, Collected, Collection, Deletion};
pub use layout::OpenObjectsError;
pub use reader::UnknownFormat;
pub use verify::{Checked, OnDamage, Verified, VerifyError};

use incoming::Incoming;
use layout::Layout;
use reader::Reader;
use streamed::Streamed;

/// How much is read, hashed and written at a time.
const BLOCK: usize = 1 << 20;

/// Objects in a folder of this machine.
#[derive(Clone, Debug)]
pub struct FolderObjects {
    layout: Arc<Layout>,
}

impl FolderObjects {
    /// Opens the store in the folder `objects`, which is made where it is not there yet.
    ///
    /// What processes that are gone had not finished storing is removed.
    ///
    /// # Errors
    /// The folder cannot be made or written to.
    pub fn open(objects: &Path) -> Result<Self, OpenObjectsError> {
        let layout = Layout::open(objects)?;
        Ok(Self { layout: Arc::new(layout) })
    }

    /// Returns where the object is or would be; `None` for a digest that is no BLAKE3.
    pub fn path(&self, digest: &Digest) -> Option<PathBuf> {
        self.layout.path(digest)
    }

    /// Stores `bytes`, which are the whole content. Blocks the calling thread.
    fn put_bytes(&self, bytes: &[u8]) -> Result<Digest, PutError> {
        let digest = Digest::blake3(bytes);
        if self.layout.touch(&digest).map_err(|error| self.unwritten(error))? {
            return Ok(digest);
        }
        let stored = || {
            let mut incoming = Incoming::begin(&self.layout, bytes)?;
            incoming.write(bytes)?;
            incoming.commit()
        };
        stored().map_err(|error| self.unwritten(error))
    }

    /// Stores the content of a file. Blocks the calling thread.
    fn put_whole_file(&self, path: &Path) -> Result<Digest, PutError> {
        let mut file = File::open(path).map_err(PutError::Content)?;
        let mut block = vec![0; BLOCK];
        let head = fill(&mut file, &mut block).map_err(PutError::Content)?;
        if head < BLOCK {
            return self.put_bytes(&block[..head]);
        }
        // Hashing first costs a second reading, from memory as a rule, and saves writing what is
        // there already.
        let mut hasher = blake3::Hasher::new();
        let mut filled = head;
        while filled > 0 {
            hasher.update(&block[..filled]);
            filled = fill(&mut file, &mut block).map_err(PutError::Content)?;
        }
        let digest = Digest::from(hasher.finalize());
        if self.layout.touch(&digest).map_err(|error| self.unwritten(error))? {
            return Ok(digest);
        }
        file.rewind().map_err(PutError::Content)?;
        filled = fill(&mut file, &mut block).map_err(PutError::Content)?;
        let begun = Incoming::begin(&self.layout, &block[..filled]);
        let mut incoming = begun.map_err(|error| self.unwritten(error))?;
        while filled > 0 {
            incoming.write(&block[..filled]).map_err(|error| self.unwritten(error))?;
            filled = fill(&mut file, &mut block).map_err(PutError::Content)?;
        }
        // The address of what was written, should the file have been changed in between.
        incoming.commit().map_err(|error| self.unwritten(error))
    }

    fn unwritten(&self, source: io::Error) -> PutError {
        PutError::Store { place: self.layout.place(), source }
    }
}

#[async_trait]
impl ObjectStore for FolderObjects {
    async fn put(&self, content: &mut Content) -> Result<Digest, PutError> {
        let (mut block, mut filled) = next_block(content, vec![0; BLOCK]).await?;
        if filled < BLOCK {
            let objects = self.clone();
            let stored = spawn_blocking(move || objects.put_bytes(&block[..filled])).await;
            return stored.map_err(|error| self.unwritten(error.into()))?;
        }
        let mut incoming = None;
        while filled > 0 {
            let objects = self.clone();
            let written = spawn_blocking(move || {
                let head = &block[..filled];
                let begun = incoming.map_or_else(|| Incoming::begin(&objects.layout, head), Ok);
                let mut incoming = begun?;
                incoming.write(head)?;
                io::Result::Ok((incoming, block))
            });
            let written = written.await.map_err(io::Error::from).flatten();
            let (going_on, emptied) = written.map_err(|error| self.unwritten(error))?;
            incoming = Some(going_on);
            (block, filled) = next_block(content, emptied).await?;
        }
        let committed = spawn_blocking(move || incoming.map(Incoming::commit)).await;
        let committed = committed.map_err(io::Error::from).and_then(|committed| {
            committed.unwrap_or_else(|| Err(io::Error::other("nothing was written")))
        });
        committed.map_err(|error| self.unwritten(error))
    }

    async fn open(
        &self,
        digest: &Digest,
        range: Option<Range<u64>>,
    ) -> Result<Box<Content>, OpenError> {
        let (objects, digest) = (self.clone(), *digest);
        let opened = spawn_blocking(move || {
            Reader::open(&objects.layout, &digest, range).map(Streamed::begin)
        });
        let streamed = opened.await.map_err(|error| OpenError::Unavailable(error.into()))??;
        Ok(Box::new(streamed))
    }

    async fn contains(&self, digest: &Digest) -> Result<bool, OpenError> {
        // One look at a directory that is in memory as a rule: not worth another thread.
        self.layout.holds(digest)
    }

    async fn put_file(&self, path: &Path) -> Result<Digest, PutError> {
        let (objects, path) = (self.clone(), path.to_path_buf());
        let stored = spawn_blocking(move || objects.put_whole_file(&path)).await;
        stored.map_err(|error| self.unwritten(error.into()))?
    }

    async fn restore(
        &self,
        digest: &Digest,
        path: &Path,
        mode: FileMode,
    ) -> Result<(), RestoreError> {
        let (objects, digest, path) = (self.clone(), *digest, path.to_path_buf());
        let restored =
            spawn_blocking(move || restore::restore(&objects.layout, &digest, &path, mode));
        restored.await.map_err(|error| OpenError::Unavailable(error.into()))?
    }
}

/// Reads until `block` is full or the source ends, and returns how much was read.
fn fill(source: &mut impl Read, block: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < block.len() {
        match source.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

async fn next_block(
    content: &mut Content,
    mut block: Vec<u8>,
) -> Result<(Vec<u8>, usize), PutError> {
    let mut filled = 0;
    while filled < block.len() {
        match content.read(&mut block[filled..]).await.map_err(PutError::Content)? {
            0 => break,
            read => filled += read,
        }
    }
    Ok((block, filled))
}
