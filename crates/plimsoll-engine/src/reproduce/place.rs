//! The folder that a past run is done again in, and what became of those of dead processes.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use plimsoll_core::RunId;

use crate::attempt::end_strays_below;

/// The ending of the file that says by its lock that a folder is in use.
const LOCK: &str = "lock";

/// The folder of one reproduction. It is removed when this is dropped, unless it is kept; when the
/// process is killed, by the next one.
#[derive(Debug)]
pub struct Place {
    folder: PathBuf,
    /// The lock and its file; `None` where the folder is a person's own.
    held: Option<(File, PathBuf)>,
}

/// There is no folder to do a run again in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// It could not be made.
    #[error("{} could not be made", folder.display())]
    Io {
        /// Which.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is in use.
    #[error("{} is there already and not an empty folder", .0.display())]
    Taken(PathBuf),
}

impl Place {
    /// Makes a folder for the run `id` below `above`, and removes those there whose process is gone.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn below(above: &Path, id: &RunId) -> Result<Self, PlaceError> {
        let folder = above.join(id.to_string());
        let failed = |source| PlaceError::Io { folder: folder.clone(), source };
        fs::create_dir_all(above).map_err(failed)?;
        sweep(above);
        // The lock first: a folder without one that is held counts as forsaken.
        let path = folder.with_added_extension(LOCK);
        let lock = File::create_new(&path).map_err(failed)?;
        lock.lock().map_err(failed)?;
        fs::create_dir(&folder).map_err(failed)?;
        Ok(Self { folder: folder.canonicalize().map_err(failed)?, held: Some((lock, path)) })
    }

    /// Takes the folder `kept`, which stays: a new or an empty one.
    ///
    /// # Errors
    /// It cannot be made, or has something in it.
    pub fn kept(kept: &Path) -> Result<Self, PlaceError> {
        let failed = |source| PlaceError::Io { folder: kept.to_owned(), source };
        fs::create_dir_all(kept).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                PlaceError::Taken(kept.to_owned())
            }
            _ => failed(error),
        })?;
        if fs::read_dir(kept).map_err(failed)?.next().is_some() {
            return Err(PlaceError::Taken(kept.to_owned()));
        }
        Ok(Self { folder: kept.canonicalize().map_err(failed)?, held: None })
    }

    /// Returns the folder, links resolved.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((_lock, path)) = &self.held {
            // What stays is removed by the next one.
            if fs::remove_dir_all(&self.folder).is_ok() {
                _ = fs::remove_file(path);
            }
        }
    }
}

/// Removes folders whose process is gone, and ends what runs in them. What cannot be removed is only
/// in the way, so nothing fails of it.
fn sweep(above: &Path) {
    for entry in fs::read_dir(above).into_iter().flatten().flatten() {
        let folder = entry.path();
        if !folder.is_dir() {
            continue;
        }
        let path = folder.with_added_extension(LOCK);
        let lock = match File::open(&path) {
            Ok(lock) => Some(lock),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(_) => continue,
        };
        if let Some(Err(TryLockError::WouldBlock | TryLockError::Error(_))) =
            lock.as_ref().map(File::try_lock)
        {
            continue;
        }
        if let Ok(real) = folder.canonicalize() {
            end_strays_below(&real);
        }
        match fs::remove_dir_all(&folder) {
            Ok(()) => _ = fs::remove_file(&path),
            Err(error) => {
                tracing::warn!(folder = %folder.display(), %error, "a forsaken reproduction stays");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> RunId {
        RunId::from_bytes([byte; 16])
    }

    #[test]
    fn a_folder_goes_with_its_reproduction_and_a_kept_one_stays() {
        let home = tempfile::tempdir().unwrap();
        let above = home.path().join("reproductions");
        let place = Place::below(&above, &id(1)).unwrap();
        fs::write(place.folder().join("x"), "").unwrap();
        drop(place);
        assert_eq!(fs::read_dir(&above).unwrap().count(), 0);

        let kept = home.path().join("kept");
        let place = Place::kept(&kept).unwrap();
        fs::write(place.folder().join("x"), "").unwrap();
        drop(place);
        assert!(kept.join("x").exists());
        assert!(matches!(Place::kept(&kept), Err(PlaceError::Taken(_))));
        assert!(matches!(Place::kept(&kept.join("x")), Err(PlaceError::Taken(_))));
    }

    #[test]
    fn what_a_killed_process_left_is_removed_with_what_runs_in_it_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let above = home.path().canonicalize().unwrap();
        let alive = Place::below(&above, &id(1)).unwrap();
        let dead = above.join(id(2).to_string());
        fs::create_dir(&dead).unwrap();
        // A dead process holds no lock, but its file stays.
        fs::write(dead.with_added_extension(LOCK), "").unwrap();
        fs::create_dir(above.join(id(3).to_string())).unwrap();
        let sleeps = |folder: &Path| {
            std::process::Command::new("sleep")
                .arg("60")
                .env("PLIMSOLL_ATTEMPT", folder.join("files/.plimsoll/attempts/x/train-1"))
                .spawn()
                .unwrap()
        };
        let (mut left, mut other) = (sleeps(&dead), sleeps(alive.folder()));
        std::thread::sleep(std::time::Duration::from_millis(100));
        let next = Place::below(&above, &id(4)).unwrap();
        assert!(alive.folder().exists() && next.folder().exists());
        assert_eq!(fs::read_dir(&above).unwrap().count(), 4, "two folders and their locks");
        if cfg!(target_os = "linux") {
            assert!(!left.wait().unwrap().success());
            assert!(other.try_wait().unwrap().is_none(), "another's process was ended");
        }
        _ = left.kill();
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
