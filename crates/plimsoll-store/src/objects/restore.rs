//! Writing an object to a file of the working tree.

use std::fs::Permissions;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use plimsoll_core::Digest;
use plimsoll_core::ports::{Damaged, FileMode, OpenError, RestoreError};

use super::BLOCK;
use super::layout::Layout;
use super::reader::Reader;

/// Writes the object beside `path`, checks it, and gives it its name. Blocks the calling thread.
///
/// It is not flushed: what is in a working tree can be restored again.
pub(super) fn restore(
    layout: &Layout,
    digest: &Digest,
    path: &Path,
    mode: FileMode,
) -> Result<(), RestoreError> {
    let unwritten = |source| RestoreError::File { path: path.to_path_buf(), source };
    let mut reader = Reader::open(layout, digest, None)?;
    let bits = match mode {
        FileMode::Plain => 0o666,
        FileMode::Executable => 0o777,
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    // The mask of the process takes from these bits what the user wants taken.
    builder.prefix(".plimsoll-").permissions(Permissions::from_mode(bits));
    let mut file = builder.tempfile_in(folder.unwrap_or(Path::new("."))).map_err(unwritten)?;
    let mut block = vec![0; BLOCK];
    loop {
        match reader.read(&mut block) {
            Ok(0) => break,
            Ok(read) => file.as_file_mut().write_all(&block[..read]).map_err(unwritten)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error).into()),
        }
    }
    file.persist(path).map(|_| ()).map_err(|error| unwritten(error.error))
}

/// Takes [`Damaged`] out of the error that a reading ended in.
pub(super) fn unreadable(error: io::Error) -> OpenError {
    match error.downcast::<Damaged>() {
        Ok(damaged) => damaged.into(),
        Err(error) => OpenError::Unavailable(error.into()),
    }
}
