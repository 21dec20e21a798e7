//! Layers that were fetched, by their digest, so that an image that is scanned again is not fetched again.

use std::fs::{self, File};
use std::io::{self, Seek as _};
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;

use crate::error::CommandError;
use crate::unfinished::{now, sweep};

/// The most bytes that are left behind; what was not used for longest goes first.
const MOST_KEPT: u64 = 10 * 1024 * 1024 * 1024;

/// How the names of layers begin that are not there as a whole.
const UNFINISHED: &str = ".fetch-";

/// A folder of layers, each a file named by its SHA-256.
#[derive(Debug)]
pub(super) struct KeptLayers {
    folder: PathBuf,
}

impl KeptLayers {
    /// Opens the folder in the cache.
    pub(super) fn open(cache: &Path) -> Result<Self, CommandError> {
        let folder = cache.join("layers");
        fs::create_dir_all(&folder).map_err(|error| {
            let shown = folder.display();
            CommandError::world(format!("{shown} could not be made, for what is fetched: {error}"))
                .hint("`XDG_CACHE_HOME` names another folder")
        })?;
        Ok(Self { folder })
    }

    fn file_of(&self, digest: &Digest) -> PathBuf {
        self.folder.join(digest.hex())
    }

    /// Opens a layer that is there; one that was changed since is not, and is removed.
    pub(super) fn find(&self, digest: &Digest, size: u64) -> io::Result<Option<File>> {
        let path = self.file_of(digest);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if file.metadata()?.len() != size || !hashes_to(&mut file, digest)? {
            fs::remove_file(&path)?;
            return Ok(None);
        }
        // So that it is known which are used. Who may not note it may read it.
        _ = file.set_modified(now());
        Ok(Some(file))
    }

    /// Keeps the layer that `fetch` brings and answers for, and opens it.
    pub(super) fn keep(
        &self,
        digest: &Digest,
        fetch: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> io::Result<File> {
        let mut unfinished =
            tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.folder)?;
        fetch(unfinished.as_file_mut())?;
        let mut file = unfinished.persist(self.file_of(digest)).map_err(|error| error.error)?;
        file.rewind()?;
        Ok(file)
    }

    /// Removes what nobody works on any more, and the layers beyond [`MOST_KEPT`].
    ///
    /// A cache that cannot be tidied is no reason to fail; who reads a layer that goes has it open.
    pub(super) fn tidy(&self) {
        self.tidy_to(MOST_KEPT);
    }

    fn tidy_to(&self, most: u64) {
        sweep(&self.folder, UNFINISHED);
        let mut layers = Vec::new();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let Ok(found) = entry.metadata() else { continue };
            let Ok(used) = found.modified() else { continue };
            if !entry.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes()) {
                layers.push((used, found.len(), entry.path()));
            }
        }
        layers.sort_by_key(|(used, ..)| std::cmp::Reverse(*used));
        let mut kept = 0_u64;
        for (_, size, path) in layers {
            kept = kept.saturating_add(size);
            if kept > most {
                _ = fs::remove_file(path);
            }
        }
    }
}

/// Tells whether a file hashes to a digest, and goes back to its start.
fn hashes_to(file: &mut File, digest: &Digest) -> io::Result<bool> {
    let (found, _) = plimsoll_package::hash(&*file)?;
    file.rewind()?;
    Ok(found == *digest)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::time::Duration;

    use super::*;

    fn kept(layers: &KeptLayers, bytes: &[u8]) -> Digest {
        let digest = Digest::sha256(bytes);
        layers.keep(&digest, |to| to.write_all(bytes)).unwrap();
        digest
    }

    #[test]
    fn a_layer_is_found_as_long_as_it_is_what_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let layers = KeptLayers::open(folder.path()).unwrap();
        let digest = kept(&layers, b"layer");
        let mut text = String::new();
        layers.find(&digest, 5).unwrap().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "layer");
        fs::write(layers.file_of(&digest), "later").unwrap();
        assert!(layers.find(&digest, 5).unwrap().is_none());
        assert!(!layers.file_of(&digest).exists());
    }

    #[test]
    fn what_was_not_fetched_as_a_whole_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let layers = KeptLayers::open(folder.path()).unwrap();
        let digest = Digest::sha256(b"layer");
        let broken = |to: &mut File| {
            to.write_all(b"lay")?;
            Err(io::Error::other("broke off"))
        };
        layers.keep(&digest, broken).unwrap_err();
        assert!(layers.find(&digest, 5).unwrap().is_none());
        assert_eq!(fs::read_dir(&layers.folder).unwrap().count(), 0);
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let layers = KeptLayers::open(folder.path()).unwrap();
        let (old, new) = (kept(&layers, b"older"), kept(&layers, b"newer"));
        let abandoned = layers.folder.join(format!("{UNFINISHED}x"));
        fs::write(&abandoned, "").unwrap();
        let long_ago = now() - Duration::from_hours(48);
        for path in [&layers.file_of(&old), &abandoned] {
            File::options().write(true).open(path).unwrap().set_modified(long_ago).unwrap();
        }
        layers.tidy_to(10);
        assert!(layers.find(&old, 5).unwrap().is_some() && !abandoned.exists());
        let file = File::options().write(true).open(layers.file_of(&old)).unwrap();
        file.set_modified(long_ago).unwrap();
        layers.tidy_to(9);
        assert!(layers.find(&old, 5).unwrap().is_none() && layers.find(&new, 5).unwrap().is_some());
    }
}
