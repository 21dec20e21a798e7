//! A bundle that is there, put into one file.

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::write::parent;
use super::{Bundle, UNFINISHED, WriteBundleError, archive};

impl Bundle {
    /// Writes the files of the bundle to the new tar file `path`: wholly, or not at all.
    ///
    /// The same bundle gives the same bytes. Nothing is checked here; whoever opens the file does.
    pub fn pack(&self, path: &Path) -> Result<(), WriteBundleError> {
        let unwritable = |source| WriteBundleError::Unwritable { path: path.to_owned(), source };
        let temporary = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .permissions(Permissions::from_mode(0o644))
            .tempfile_in(parent(path))
            .map_err(unwritable)?;
        let mut to = BufWriter::new(temporary.as_file());
        for (name, section) in &self.files {
            let size = section.size;
            let header = archive::header(name, size).ok_or_else(|| {
                unwritable(io::Error::other(format!("`{name}` of {size} bytes has no tar header")))
            })?;
            to.write_all(&header).map_err(unwritable)?;
            let copied = io::copy(&mut section.reader(), &mut to).map_err(unwritable)?;
            if copied != size {
                let problem = format!("`{name}` was changed meanwhile");
                return Err(unwritable(io::Error::other(problem)));
            }
            archive::pad(&mut to, size).map_err(unwritable)?;
        }
        archive::end(&mut to).and_then(|()| to.flush()).map_err(unwritable)?;
        drop(to);
        temporary.as_file().sync_all().map_err(unwritable)?;
        temporary.persist_noclobber(path).map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => WriteBundleError::Exists(path.to_owned()),
            _ => unwritable(error.error),
        })?;
        File::open(parent(path)).and_then(|folder| folder.sync_all()).map_err(unwritable)
    }
}
