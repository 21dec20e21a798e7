//! Where a database can be kept.

use std::fmt::Write as _;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::OpenDatabaseError;

/// A folder that no database can be kept in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnfitPlace {
    /// Its file system is on another machine.
    #[error(
        "it lies on a network file system ({0}), where processes of several machines cannot share a database; name a folder of this machine with PLIMSOLL_HOME"
    )]
    Network(&'static str),
    /// Its file system has no locks.
    #[error("its file system does not keep locks; name another folder with PLIMSOLL_HOME")]
    NoLocks,
    /// Its path is not UTF-8.
    #[error("its path is not UTF-8; name another folder with PLIMSOLL_HOME")]
    NotUtf8,
}

/// Makes the home and an empty file for the database where they are not there yet, so that nobody
/// else ever may read them, and returns the file.
pub(super) fn prepare(home: &Path, name: &str) -> Result<PathBuf, OpenDatabaseError> {
    let unmade = |path: &Path| {
        let path = path.to_path_buf();
        move |source| OpenDatabaseError::Unmade { path, source }
    };
    let unfit = |source| OpenDatabaseError::Unfit { folder: home.to_path_buf(), source };
    let home = &std::path::absolute(home).map_err(unmade(home))?;
    let path = home.join(name);
    let create = |path: &Path| {
        OpenOptions::new().read(true).append(true).create_new(true).mode(0o600).open(path)
    };
    let mut created = create(&path);
    if matches!(&created, Err(error) if error.kind() == io::ErrorKind::NotFound) {
        let mut folders = DirBuilder::new();
        folders.recursive(true).mode(0o700).create(home).map_err(unmade(home))?;
        created = create(&path);
    }
    match created {
        Ok(file) if !keeps_locks(&file, &path).map_err(unmade(&path))? => {
            return Err(unfit(UnfitPlace::NoLocks));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(unmade(&path)(error)),
    }
    match network(home).map_err(unmade(home))? {
        Some(kind) => Err(unfit(UnfitPlace::Network(kind))),
        None => Ok(path),
    }
}

/// Tells whether a lock that one holds is refused to another.
fn keeps_locks(file: &File, path: &Path) -> io::Result<bool> {
    let other = File::open(path)?;
    if flock(file, FlockOperation::NonBlockingLockExclusive).is_err() {
        // Held by another process, which is an answer, or not possible at all.
        return Ok(flock(&other, FlockOperation::NonBlockingLockExclusive)
            == Err(rustix::io::Errno::WOULDBLOCK));
    }
    Ok(flock(&other, FlockOperation::NonBlockingLockExclusive).is_err())
}

/// Returns the kind of network file system that `folder` lies on.
#[cfg(target_os = "linux")]
fn network(folder: &Path) -> io::Result<Option<&'static str>> {
    // `statfs(2)` and the kernel's `magic.h`.
    const KINDS: [(u64, &str); 9] = [
        (0x6969, "NFS"),
        (0x517b, "SMB"),
        (0xff53_4d42, "SMB"),
        (0xfe53_4d42, "SMB"),
        (0x0102_1997, "9P"),
        (0x5346_414f, "AFS"),
        (0x00c3_6400, "Ceph"),
        (0x0bd0_0bd0, "Lustre"),
        (0x4750_4653, "GPFS"),
    ];
    let found = rustix::fs::statfs(folder)?.f_type;
    // The field is signed on some machines, 32 bits wide on others: these hold its bits.
    let magic = found.cast_unsigned() & 0xffff_ffff;
    Ok(KINDS.into_iter().find(|(known, _)| *known == magic).map(|(_, kind)| kind))
}

/// Elsewhere the locks decide alone.
#[cfg(not(target_os = "linux"))]
fn network(_: &Path) -> io::Result<Option<&'static str>> {
    Ok(None)
}

/// Writes the path as an address, in which `?`, `#` and `%` would mean something else.
pub(super) fn url(path: &Path) -> Result<String, OpenDatabaseError> {
    if path.to_str().is_none() {
        let folder = path.parent().unwrap_or(path).to_path_buf();
        return Err(OpenDatabaseError::Unfit { folder, source: UnfitPlace::NotUtf8 });
    }
    let mut url = "sqlite://".to_owned();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(byte) {
            url.push(char::from(*byte));
        } else {
            _ = write!(url, "%{byte:02X}");
        }
    }
    Ok(url + "?mode=rw")
}
