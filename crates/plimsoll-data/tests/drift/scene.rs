//! Small tables, and what is said of them.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_data::Tables;
use plimsoll_data::drift::{Given, Options, Report, drift};
use plimsoll_data::profile;
use plimsoll_stats::drift::decide::Answer;

/// A folder of files.
pub(crate) struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of text and returns it as a side.
    pub(crate) fn csv(&self, name: &str, text: &str) -> Given {
        fs::write(self.path(name), text).unwrap();
        self.file(name)
    }

    pub(crate) fn file(&self, name: &str) -> Given {
        side(name, &self.path(name))
    }

    /// Profiles a file with its blocks, and reads the stored profile.
    pub(crate) fn with_blocks(&self, name: &str, block: &str) -> Given {
        let options = profile::Options { block: Some(block), ..profile::Options::default() };
        let side = Given::files(name, Tables::file(&self.path(name)), &options).unwrap();
        self.stored(&side)
    }

    /// Stores the profile of a side and reads it back.
    pub(crate) fn stored(&self, side: &Given) -> Given {
        let path = self.path("stored.profile");
        fs::write(&path, side.profile().to_bytes().unwrap()).unwrap();
        Given::stored("stored.profile", &path).unwrap()
    }
}

pub(crate) fn side(name: &str, path: &Path) -> Given {
    Given::files(name, Tables::file(path), &profile::Options::default()).unwrap()
}

pub(crate) fn compare(reference: &Given, current: &Given, options: &Options) -> Report {
    drift(reference, current, options).unwrap()
}

/// Returns the columns with this answer, by name.
pub(crate) fn with(report: &Report, answer: Answer) -> Vec<&str> {
    let columns = report.columns.iter().filter(|column| column.answer == answer);
    let mut names: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
    names.sort_unstable();
    names
}

/// Returns a header and so many rows.
pub(crate) fn lines(header: &str, rows: u32, row: impl Fn(u32) -> String) -> String {
    let rows = (0..rows).map(row);
    let all: Vec<String> = std::iter::once(header.to_owned()).chain(rows).collect();
    all.join("\n") + "\n"
}

/// Returns a number from 0 to 1 for each row, by which nothing follows from anything.
pub(crate) fn unit(row: u32, purpose: &str) -> f64 {
    use plimsoll_stats::random::{Random, Seed};
    Random::new(Seed::from(11), purpose).unit(u64::from(row))
}
