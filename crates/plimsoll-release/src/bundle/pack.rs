//! A bundle that is there, put into one file.

use std::io;
use std::path::Path;

use super::write::NewTar;
use super::{Bundle, WriteBundleError};

impl Bundle {
    /// Writes the files of the bundle to the new tar file `path`: wholly, or not at all.
    ///
    /// The same bundle gives the same bytes. Nothing is checked here; whoever opens the file does.
    pub fn pack(&self, path: &Path) -> Result<(), WriteBundleError> {
        let unwritable = |source| WriteBundleError::Unwritable { path: path.to_owned(), source };
        let mut tar = NewTar::beside(path)?;
        for (name, section) in &self.files {
            tar.add(name, section.size, |to| {
                let copied = io::copy(&mut section.reader(), to).map_err(unwritable)?;
                if copied == section.size {
                    return Ok(());
                }
                let problem = format!("`{name}` was changed meanwhile");
                Err(unwritable(io::Error::other(problem)))
            })?;
        }
        tar.finish()
    }
}
