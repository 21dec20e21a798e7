//! Objects, to and from files, on a thread that may block.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use plimsoll_core::Digest;
use plimsoll_core::event::{OutputKind, Tree};
use plimsoll_core::ports::{Damaged, FileMode, ObjectStore, OpenError, PutError, RestoreError};
use tokio::io::AsyncReadExt;
use tokio::runtime::Handle;

use crate::tree::Hashed;

/// The largest list of a folder's files that is read: about a million files.
const LARGEST_TREE: u64 = 256 << 20;

/// The object store as threads see it that may block. None of its methods may be called elsewhere.
#[derive(Clone)]
pub(crate) struct Objects {
    store: Arc<dyn ObjectStore>,
    runtime: Handle,
}

/// An object was not read or not brought into a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// The store does not have it whole.
    #[error(transparent)]
    Damaged(#[from] Damaged),
    /// The store does not have it, or does not answer.
    #[error(transparent)]
    Open(OpenError),
    /// It could not be read or written on.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is not what it should be.
    #[error("object {0} is no {1}")]
    Strange(Digest, &'static str),
}

impl From<OpenError> for FetchError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Damaged(damaged) => Self::Damaged(damaged),
            other => Self::Open(other),
        }
    }
}

impl From<RestoreError> for FetchError {
    fn from(error: RestoreError) -> Self {
        match error {
            RestoreError::Object(error) => error.into(),
            RestoreError::File { source, .. } => Self::Io(source),
            other => Self::Io(io::Error::other(other)),
        }
    }
}

impl Objects {
    pub(crate) fn new(store: Arc<dyn ObjectStore>, runtime: Handle) -> Self {
        Self { store, runtime }
    }

    /// Stores the bytes of the file at `path`.
    pub(crate) fn put_file(&self, path: &Path) -> Result<Digest, PutError> {
        self.runtime.block_on(self.store.put_file(path))
    }

    /// Stores `bytes`.
    pub(crate) fn put(&self, bytes: Vec<u8>) -> Result<Digest, PutError> {
        self.runtime.block_on(self.store.put(&mut io::Cursor::new(bytes)))
    }

    /// Tells whether the object `digest` is there, as far as the store can tell.
    pub(crate) fn has(&self, digest: &Digest) -> bool {
        self.runtime.block_on(self.store.contains(digest)).unwrap_or(false)
    }

    /// Writes the object `digest` to the file `to`, whole or not at all.
    pub(crate) fn fetch(
        &self,
        digest: &Digest,
        mode: FileMode,
        to: &Path,
    ) -> Result<(), FetchError> {
        Ok(self.runtime.block_on(self.store.restore(digest, to, mode))?)
    }

    /// Writes an output to the new file or folder `to`.
    pub(crate) fn fetch_output(&self, output: &Hashed, to: &Path) -> Result<(), FetchError> {
        let Some(tree) = &output.tree else {
            let executable = output.kind == OutputKind::Executable;
            return self.fetch(&output.digest, mode(executable), to);
        };
        fs::create_dir(to)?;
        for (path, entry) in &tree.0 {
            let file = path.below(to);
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder)?;
            }
            self.fetch(&entry.digest, mode(entry.executable), &file)?;
        }
        Ok(())
    }
}

/// Returns the mode of a file that may be executed, or not.
pub(crate) fn mode(executable: bool) -> FileMode {
    if executable { FileMode::Executable } else { FileMode::Plain }
}

/// Reads the list of a folder's files.
pub(crate) async fn read_tree(
    store: &dyn ObjectStore,
    digest: &Digest,
) -> Result<Tree, FetchError> {
    let bytes = read(store, digest, LARGEST_TREE).await?;
    let strange = |_| FetchError::Strange(*digest, "list of a folder's files");
    serde_json::from_slice(&bytes).map_err(strange)
}

/// Reads an object whole, if it has at most `largest` bytes.
pub(crate) async fn read(
    store: &dyn ObjectStore,
    digest: &Digest,
    largest: u64,
) -> Result<Vec<u8>, FetchError> {
    let mut content = store.open(digest, None).await?.take(largest + 1);
    let mut bytes = Vec::new();
    content.read_to_end(&mut bytes).await.map_err(unpack)?;
    if bytes.len() as u64 > largest {
        let problem = format!("object {digest} has more than {largest} bytes");
        return Err(io::Error::other(problem).into());
    }
    Ok(bytes)
}

/// Tells damage from other trouble with reading.
fn unpack(error: io::Error) -> FetchError {
    let damaged = error.get_ref().and_then(|source| source.downcast_ref::<Damaged>());
    match damaged {
        Some(Damaged { expected, problem }) => {
            FetchError::Damaged(Damaged { expected: *expected, problem: problem.clone() })
        }
        None => FetchError::Io(error),
    }
}
