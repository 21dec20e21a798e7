//! Locks that the kernel frees when their holder dies: one per cache key, one per running run.
//!
//! A lock file is empty and only its `flock` counts. It is removed by its holder before the lock is
//! let go; whoever waited for it then sees that the name is gone and starts over, so two processes
//! never hold "the same" lock on two files.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use plimsoll_core::{Digest, RunId};

/// The first and the longest pause between two looks at a lock that another process holds.
const PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(200));

/// How often a run's lock is tried: a process that lists live runs holds each for a moment.
const TRIES: u32 = 4;

/// A lock could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The file could not be made or locked.
    #[error("the lock {} could not be taken", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Two holders at once were possible.
    #[error("locks do not exclude each other in {} (a network file system?)", folder.display())]
    Unreliable {
        /// Where.
        folder: PathBuf,
    },
}

/// The folder in which the locks of one home lie.
#[derive(Clone, Debug)]
pub struct Locks {
    folder: PathBuf,
}

/// A lock that is held until it is dropped, or its process ends.
#[derive(Debug)]
#[must_use = "a lock that is dropped is free again"]
pub struct Held {
    path: PathBuf,
    file: File,
}

impl Locks {
    /// Opens the locks below `home`.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn below(home: &Path) -> Result<Self, LockError> {
        let folder = home.join("locks");
        match fs::create_dir_all(&folder) {
            Ok(()) => Ok(Self { folder }),
            Err(source) => Err(LockError::Io { path: folder, source }),
        }
    }

    /// Tries to become the one that computes what `key` stands for; `None` while another does.
    ///
    /// # Errors
    /// The lock file cannot be made or locked.
    pub fn try_key(&self, key: &Digest) -> Result<Option<Held>, LockError> {
        try_take(self.folder.join(key.hex()))
    }

    /// Waits until this process is the one that computes what `key` stands for.
    ///
    /// Dropping the future gives up waiting.
    ///
    /// # Errors
    /// The lock file cannot be made or locked.
    pub async fn key(&self, key: &Digest) -> Result<Held, LockError> {
        let (mut pause, longest) = PAUSES;
        loop {
            if let Some(held) = self.try_key(key)? {
                return Ok(held);
            }
            tokio::time::sleep(pause).await;
            pause = longest.min(pause * 2);
        }
    }

    /// Tries to become the owner of `run`; `None` while another process is.
    ///
    /// # Errors
    /// The lock file cannot be made or locked, or locks do not exclude each other here.
    pub fn try_run(&self, run: &RunId) -> Result<Option<Held>, LockError> {
        let path = self.folder.join(format!("run-{run}"));
        let mut taken = try_take(path.clone())?;
        for _ in 1..TRIES {
            if taken.is_some() {
                break;
            }
            std::thread::sleep(PAUSES.0);
            taken = try_take(path.clone())?;
        }
        let Some(held) = taken else { return Ok(None) };
        // A second look at the same file is refused wherever `flock` works.
        let again = File::open(&held.path).map(|file| file.try_lock());
        match again {
            Ok(Err(TryLockError::WouldBlock)) => Ok(Some(held)),
            Ok(Ok(())) => Err(LockError::Unreliable { folder: self.folder.clone() }),
            Ok(Err(TryLockError::Error(source))) | Err(source) => {
                Err(LockError::Io { path: held.path.clone(), source })
            }
        }
    }

    /// Tells whether a process owns a run whose id begins with `short`.
    ///
    /// # Errors
    /// The locks cannot be read.
    pub fn is_owned(&self, short: &str) -> Result<bool, LockError> {
        let unread = |source| LockError::Io { path: self.folder.clone(), source };
        let prefix = format!("run-{short}");
        for entry in fs::read_dir(&self.folder).map_err(unread)? {
            let path = entry.map_err(unread)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.starts_with(&prefix) && try_take(path)?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the runs that a process owns just now, in order of their ids.
    ///
    /// # Errors
    /// The locks cannot be read.
    pub fn live_runs(&self) -> Result<Vec<RunId>, LockError> {
        let unread = |path: &Path| {
            let path = path.to_owned();
            move |source| LockError::Io { path, source }
        };
        let mut live = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(unread(&self.folder))? {
            let path = entry.map_err(unread(&self.folder))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let run = name.strip_prefix("run-").and_then(|id| id.parse().ok());
            let Some(run) = run else { continue };
            let file = match File::open(&path) {
                Ok(file) => file,
                // Its owner ended since.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(unread(&path)(error)),
            };
            // Shared, so that two who look do not take each other for owners.
            match file.try_lock_shared() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => live.push(run),
                Err(TryLockError::Error(error)) => return Err(unread(&path)(error)),
            }
        }
        live.sort_unstable();
        Ok(live)
    }

    /// Removes the files of keys whose holders died.
    ///
    /// # Errors
    /// The locks cannot be read.
    pub fn sweep(&self) -> Result<(), LockError> {
        let unread = |source| LockError::Io { path: self.folder.clone(), source };
        for entry in fs::read_dir(&self.folder).map_err(unread)? {
            let path = entry.map_err(unread)?.path();
            let is_run =
                path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"run-"));
            if !is_run {
                drop(try_take(path)?);
            }
        }
        Ok(())
    }
}

/// Takes the lock on the file at `path`; `None` while somebody else holds it.
fn try_take(path: PathBuf) -> Result<Option<Held>, LockError> {
    let refused = |source| LockError::Io { path: path.clone(), source };
    loop {
        let open = File::options().write(true).create(true).truncate(false).open(&path);
        let file = open.map_err(refused)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(source)) => return Err(refused(source)),
        }
        // The file may have been removed by its holder between opening and locking.
        let mine = file.metadata().map_err(refused)?;
        match fs::metadata(&path) {
            Ok(there) if there.ino() == mine.ino() && there.dev() == mine.dev() => {
                return Ok(Some(Held { path, file }));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(refused(source)),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // A file that stays is no harm: it is empty and the next holder takes it over.
        _ = fs::remove_file(&self.path);
        _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn a_key_has_one_holder_and_is_free_again_after_it() {
        let home = tempfile::tempdir().unwrap();
        let locks = Locks::below(home.path()).unwrap();
        let (key, other) = (Digest::blake3(b"1"), Digest::blake3(b"2"));
        let held = locks.try_key(&key).unwrap().unwrap();
        assert!(locks.try_key(&key).unwrap().is_none());
        assert!(locks.try_key(&other).unwrap().is_some(), "another key is free");
        drop(held);
        assert!(locks.try_key(&key).unwrap().is_some());
        assert_eq!(fs::read_dir(home.path().join("locks")).unwrap().count(), 0);
    }

    #[test]
    fn an_owner_is_found_by_the_short_id() {
        let home = tempfile::tempdir().unwrap();
        let locks = Locks::below(home.path()).unwrap();
        let run = RunId::from_bytes([7; 16]);
        let held = locks.try_run(&run).unwrap().unwrap();
        assert!(locks.try_run(&run).unwrap().is_none());
        assert!(locks.is_owned(&run.short()).unwrap());
        drop(held);
        assert!(!locks.is_owned(&run.short()).unwrap());
    }

    #[test]
    fn a_run_is_live_while_it_is_held() {
        let home = tempfile::tempdir().unwrap();
        let locks = Locks::below(home.path()).unwrap();
        let [dead, first, second] = [1, 2, 3].map(|byte| RunId::from_bytes([byte; 16]));
        // Left by a process that was killed.
        fs::write(home.path().join(format!("locks/run-{dead}")), "").unwrap();
        let _key = locks.try_key(&Digest::blake3(b"1")).unwrap().unwrap();
        let later = locks.try_run(&second).unwrap().unwrap();
        let held = locks.try_run(&first).unwrap().unwrap();
        assert_eq!(locks.live_runs().unwrap(), [first, second]);
        drop((held, later));
        assert_eq!(locks.live_runs().unwrap(), []);
        assert!(locks.try_run(&dead).unwrap().is_some(), "looking takes nothing");
    }

    #[test]
    fn many_threads_never_hold_a_key_at_once() {
        let home = tempfile::tempdir().unwrap();
        let locks = Locks::below(home.path()).unwrap();
        let (key, inside) = (Digest::blake3(b"key"), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let mut taken = 0;
                    while taken < 50 {
                        let Some(held) = locks.try_key(&key).unwrap() else {
                            std::thread::yield_now();
                            continue;
                        };
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(held);
                        taken += 1;
                    }
                });
            }
        });
    }
}
