//! The files of a bundle, for whoever ships it in another form.

use std::io::Read;

use super::Bundle;

impl Bundle {
    /// Returns the names of the files, in order, with their sizes.
    pub fn files(&self) -> impl Iterator<Item = (&str, u64)> {
        self.files.iter().map(|(name, section)| (name.as_str(), section.size))
    }

    /// Reads a file. Nothing is checked here: a blob is named by what it hashes to.
    pub fn read(&self, name: &str) -> Option<impl Read + '_> {
        self.files.get(name).map(|section| section.reader())
    }
}
