//! The SHA-256 of a library, remembered while the file stays what it was.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

/// A file and what it hashed to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Remembered {
    /// Device, inode, size, and times of change in nanoseconds. The time of the inode's change
    /// cannot be set back by whoever may write the file.
    seen: [i128; 5],
    digest: Digest,
}

/// Digests of files that were hashed before.
pub(super) struct Memory {
    file: PathBuf,
    known: BTreeMap<PathBuf, Remembered>,
}

impl Memory {
    /// Opens the memory in `folder`; an absent or unreadable one is empty.
    pub(super) fn open(folder: &Path) -> Self {
        let file = folder.join("digests.json");
        let read = fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self { file, known: read.unwrap_or_default() }
    }

    /// Returns the digest of the file at `path`.
    pub(super) fn digest(&mut self, path: &Path) -> io::Result<Digest> {
        let file = File::open(path)?;
        let seen = seen(&file)?;
        if let Some(known) = self.known.get(path).filter(|known| known.seen == seen) {
            return Ok(known.digest);
        }
        let digest = hash(&file)?;
        self.known.insert(path.to_owned(), Remembered { seen, digest });
        // It only saves time: a cache that cannot be written costs 60 ms at the next start.
        if let Err(error) = self.save() {
            tracing::debug!(%error, path = %self.file.display(), "digests were not remembered");
        }
        Ok(digest)
    }

    fn save(&self) -> io::Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
        temporary.write_all(&serde_json::to_vec(&self.known)?)?;
        temporary.persist(&self.file)?;
        Ok(())
    }
}

fn seen(file: &File) -> io::Result<[i128; 5]> {
    let metadata = file.metadata()?;
    let nanoseconds = |s: i64, ns: i64| i128::from(s) * 1_000_000_000 + i128::from(ns);
    Ok([
        i128::from(metadata.dev()),
        i128::from(metadata.ino()),
        i128::from(metadata.size()),
        nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
    ])
}

/// Returns the SHA-256 of what `content` yields.
pub(super) fn hash(mut content: impl Read) -> io::Result<Digest> {
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match content.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => hasher.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    format!("sha256:{}", hex::encode(hasher.finalize())).parse().map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_hashed_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library");
        let write = |text: &str| {
            let next = folder.path().join("next");
            fs::write(&next, text).unwrap();
            fs::rename(next, &path).unwrap();
        };
        write("one");
        let first = Memory::open(folder.path()).digest(&path).unwrap();
        assert_eq!(first, Digest::sha256(b"one"));
        let mut again = Memory::open(folder.path());
        assert_eq!(again.known.len(), 1);
        assert_eq!(again.digest(&path).unwrap(), first);
        write("two");
        assert_eq!(again.digest(&path).unwrap(), Digest::sha256(b"two"));
        fs::write(folder.path().join("digests.json"), "no json").unwrap();
        assert_eq!(Memory::open(folder.path()).digest(&path).unwrap(), Digest::sha256(b"two"));
    }
}
