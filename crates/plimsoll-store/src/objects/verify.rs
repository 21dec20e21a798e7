//! Looking at every object again.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;
use plimsoll_core::ports::{Damaged, OpenError};
use rustix::fs::FlockOperation;

use super::layout::{Layout, named, sorted};
use super::reader::{Reader, UnknownFormat};
use super::restore::unreadable;
use super::{BLOCK, FolderObjects};

/// What is done with an object that is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDamage {
    /// It is named.
    Report,
    /// It is named and moved to `damaged/`, so that storing its content again heals the store.
    SetAside,
}

/// One object that was looked at.
#[derive(Debug)]
pub struct Checked<'a> {
    /// Which object.
    pub digest: Digest,
    /// How large its file is.
    pub bytes: u64,
    /// What is wrong with it.
    pub damage: Option<&'a Damaged>,
}

/// What the store holds.
#[derive(Debug, Default)]
pub struct Verified {
    /// How many objects were looked at.
    pub objects: u64,
    /// How large their files are together.
    pub bytes: u64,
    /// Those that do not hold what their address says.
    pub damaged: Vec<Damaged>,
    /// How many of these were set aside.
    pub set_aside: u64,
    /// Files between the objects that are none.
    pub foreign: Vec<PathBuf>,
}

/// The store could not be looked at.
#[derive(Debug, thiserror::Error)]
#[error("`{}` could not be checked", place.display())]
pub struct VerifyError {
    place: PathBuf,
    source: io::Error,
}

impl FolderObjects {
    /// Reads every object, hashes it, and names those that are damaged. Blocks the calling thread.
    ///
    /// `checked` is told of each object in the order of their addresses. Others may read, store
    /// and collect meanwhile.
    ///
    /// # Errors
    /// A folder of the store cannot be listed, or an object not be set aside.
    pub fn verify(
        &self,
        on_damage: OnDamage,
        mut checked: impl FnMut(&Checked<'_>),
    ) -> Result<Verified, VerifyError> {
        let layout = &*self.layout;
        let failed = |place: &Path, source| VerifyError { place: place.to_path_buf(), source };
        let mut verified = Verified::default();
        let mut block = vec![0; BLOCK];
        for shard in layout.shards().map_err(|error| failed(&layout.addressed(), error))? {
            if !shard.is_dir() {
                verified.foreign.push(shard);
                continue;
            }
            for path in sorted(&shard).map_err(|error| failed(&shard, error))? {
                let Some(digest) = named(&path) else {
                    verified.foreign.push(path);
                    continue;
                };
                let bytes = match fs::symlink_metadata(&path) {
                    Ok(metadata) => metadata.len(),
                    // Collected since the folder was listed.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(error) => return Err(failed(&path, error)),
                };
                let Examined::Here(damage) = examine(layout, &digest, &mut block) else { continue };
                verified.objects += 1;
                verified.bytes += bytes;
                checked(&Checked { digest, bytes, damage: damage.as_ref().map(|found| &found.0) });
                let Some((damaged, may_be_moved)) = damage else { continue };
                if on_damage == OnDamage::SetAside && may_be_moved {
                    let moved = set_aside(layout, &digest, &path, &mut block);
                    verified.set_aside += moved.map_err(|error| failed(&path, error))?;
                }
                verified.damaged.push(damaged);
            }
        }
        Ok(verified)
    }
}

enum Examined {
    Gone,
    /// It is there, perhaps damaged, and then perhaps surely so.
    Here(Option<(Damaged, bool)>),
}

fn examine(layout: &Layout, digest: &Digest, block: &mut [u8]) -> Examined {
    let mut read = || {
        let mut reader = Reader::open(layout, digest, None)?;
        loop {
            match reader.read(block) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(error)),
            }
        }
    };
    let unsound = |problem| Damaged { expected: *digest, problem };
    match read() {
        Ok(()) => Examined::Here(None),
        Err(OpenError::Missing(_)) => Examined::Gone,
        Err(OpenError::Damaged(damaged)) => Examined::Here(Some((damaged, true))),
        // A newer version may have written it, and a disk may answer better another time.
        Err(OpenError::Unavailable(error)) => {
            let problem = match error.downcast_ref::<UnknownFormat>() {
                Some(unknown) => {
                    let format = unknown.format;
                    format!("it is stored in format {format}, and this version reads 0 and 1")
                }
                None => format!("it cannot be read: {error}"),
            };
            Examined::Here(Some((unsound(problem), false)))
        }
        Err(error) => Examined::Here(Some((unsound(error.to_string()), false))),
    }
}

/// Moves the object away, if it is still damaged while nobody can store it.
fn set_aside(layout: &Layout, digest: &Digest, path: &Path, block: &mut [u8]) -> io::Result<u64> {
    fs::create_dir_all(layout.damaged())?;
    let _exclusive = layout.lock(FlockOperation::LockExclusive)?;
    match examine(layout, digest, block) {
        Examined::Here(Some((_, true))) => {
            fs::rename(path, layout.damaged().join(digest.hex()))?;
            if let Some(shard) = path.parent() {
                File::open(shard)?.sync_all()?;
            }
            Ok(1)
        }
        _ => Ok(0),
    }
}
