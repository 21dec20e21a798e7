//! Making an environment once, whoever else wants it at the same time.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use plimsoll_core::event::Environment;
use plimsoll_core::{Digest, RepoPath};
use serde::{Deserialize, Serialize};

use super::installer::Installer;
use super::interpreter::Interpreter;
use super::{PrepareError, Request, requirements};

/// The version of how environments are made: a new one makes all anew.
const FORMAT: u32 = 1;

/// The file that is written last.
const MARKER: &str = "plimsoll-environment.json";

/// How often a held lock is tried again.
const RETRY: Duration = Duration::from_millis(50);

/// A lock file and the environment that it asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lock<'a> {
    pub(super) path: &'a RepoPath,
    pub(super) bytes: &'a [u8],
    pub(super) identity: &'a Environment,
}

#[derive(PartialEq, Serialize, Deserialize)]
struct Marker {
    format: u32,
    environment: Environment,
}

/// Returns the folder of the environment that `lock` asks for, made if it is not there.
pub(super) fn environment(
    request: &Request<'_>,
    lock: &Lock<'_>,
    interpreter: &Interpreter,
    progress: &mut dyn FnMut(&str),
    cancel: &AtomicBool,
) -> Result<PathBuf, PrepareError> {
    let marker = Marker { format: FORMAT, environment: lock.identity.clone() };
    let failed = |path: &Path, verb| {
        let path = path.to_owned();
        move |source| PrepareError::Io { path, verb, source }
    };
    let written = marker.written().map_err(failed(Path::new(MARKER), "written"))?;
    let name = &name_of(&written);
    let folder = request.environments.join(name);
    if is_made(&folder, &marker) {
        return Ok(folder);
    }
    requirements::check(lock.path, lock.bytes)?;
    fs::create_dir_all(request.environments).map_err(failed(request.environments, "made"))?;
    let lock_path = request.environments.join(format!("{name}.lock"));
    let _held = hold(&lock_path, progress, cancel)?;
    if is_made(&folder, &marker) {
        return Ok(folder);
    }
    remove(&folder).map_err(failed(&folder, "removed"))?;
    let installer = Installer::choose(request);
    let with = if installer == Installer::Pip { "pip" } else { "uv" };
    progress(&format!("making the environment of {} with {with}", lock.path));
    let made = installer.install(request, lock, interpreter, &folder, progress, cancel);
    if let Err(error) = made {
        // It would be removed before the next try; until then it only fills the disk.
        _ = remove(&folder);
        return Err(error);
    }
    settle(&folder);
    let path = folder.join(MARKER);
    fs::write(&path, written).map_err(failed(&path, "written"))?;
    Ok(folder)
}

impl Marker {
    fn written(&self) -> io::Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(io::Error::from)
    }
}

/// Returns what the folder of an environment is called, by its marker.
fn name_of(written: &[u8]) -> String {
    Digest::blake3(written).hex()[..32].to_owned()
}

/// Returns the folder of an environment that is whole; `None` where it is not there.
pub(super) fn kept(environments: &Path, identity: &Environment) -> Option<PathBuf> {
    let marker = Marker { format: FORMAT, environment: identity.clone() };
    let folder = environments.join(name_of(&marker.written().ok()?));
    is_made(&folder, &marker).then_some(folder)
}

/// Tells whether the environment in `folder` is whole and its interpreter still there.
fn is_made(folder: &Path, wanted: &Marker) -> bool {
    let marker = fs::read(folder.join(MARKER)).ok();
    let marker = marker.and_then(|bytes| serde_json::from_slice::<Marker>(&bytes).ok());
    marker.is_some_and(|marker| marker == *wanted) && folder.join("bin/python").exists()
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Brings everything to the disk, so that no power cut leaves a marker on half an environment.
#[cfg(target_os = "linux")]
fn settle(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        // Not every file system knows how; then nothing is worse than without it.
        _ = rustix::fs::syncfs(folder);
    }
}

/// Elsewhere there is no call for one file system, and a damaged environment can be deleted.
#[cfg(not(target_os = "linux"))]
fn settle(_: &Path) {}

/// Waits until no other process makes this environment. The lock is freed with the file, however
/// the process ends.
fn hold(
    path: &Path,
    progress: &mut dyn FnMut(&str),
    cancel: &AtomicBool,
) -> Result<File, PrepareError> {
    let failed = |verb| move |source| PrepareError::Io { path: path.to_owned(), verb, source };
    let open = File::options().read(true).write(true).create(true).truncate(false).open(path);
    let file = open.map_err(failed("opened"))?;
    let mut is_said = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(source)) => return Err(failed("locked")(source)),
            Err(TryLockError::WouldBlock) => {}
        }
        if cancel.load(Ordering::Relaxed) {
            return Err(PrepareError::Cancelled);
        }
        if !is_said {
            progress("waiting for another process, which makes this environment");
            is_said = true;
        }
        thread::sleep(RETRY);
    }
}
