//! Changes to the repository that somebody might make, and that must not pass.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::CommandError;

/// A change that must be refused. Dropped, it is taken back.
pub(super) struct Change {
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl Drop for Change {
    fn drop(&mut self) {
        for (path, bytes) in &self.files {
            // The next telling begins anew anyway.
            _ = fs::write(path, bytes);
        }
    }
}

impl Change {
    /// Takes the hour of the day from what the model is given.
    pub(super) fn without_hour(repository: &Path) -> Result<Self, CommandError> {
        Self::to_features(repository, |line| match line.trim() {
            "- hr" => Vec::new(),
            _ => vec![line.to_owned()],
        })
    }

    /// Gives the model a part of the answer.
    pub(super) fn with_registered(repository: &Path) -> Result<Self, CommandError> {
        Self::to_features(repository, |line| match line.trim() {
            "- windspeed" => vec![line.to_owned(), line.replace("windspeed", "registered")],
            _ => vec![line.to_owned()],
        })
    }

    fn to_features(
        repository: &Path,
        edit: impl Fn(&str) -> Vec<String>,
    ) -> Result<Self, CommandError> {
        let files = ["params.yaml", "plimsoll.yaml"].map(|name| repository.join(name));
        Self::make(files, |text| text.lines().flat_map(&edit).collect::<Vec<_>>().join("\n") + "\n")
    }

    /// Delivers a month of temperatures in degrees instead of shares.
    pub(super) fn in_degrees(repository: &Path) -> Result<Self, CommandError> {
        let file = repository.join("data/hour.csv");
        // A run locks what it found, so that is taken back too.
        let lock = Self::make([repository.join("plimsoll.lock")], str::to_owned)?;
        let mut change = Self::make([file], |text| {
            let names: Vec<&str> = text.lines().next().unwrap_or_default().split(',').collect();
            let at = names.iter().position(|name| *name == "temp").unwrap_or_default();
            let month = names.iter().position(|name| *name == "mnth").unwrap_or_default();
            let row = |line: &str| {
                let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
                if cells.get(month).is_some_and(|month| month == "12")
                    && let Some(cell) = cells.get_mut(at)
                    && let Ok(share) = cell.parse::<f64>()
                {
                    *cell = format!("{:.1}", share * 47.0 - 8.0);
                }
                cells.join(",")
            };
            text.lines().map(row).collect::<Vec<_>>().join("\n") + "\n"
        })?;
        change.files.extend(lock.files.clone());
        Ok(change)
    }

    fn make<const N: usize>(
        paths: [PathBuf; N],
        edit: impl Fn(&str) -> String,
    ) -> Result<Self, CommandError> {
        let mut files = Vec::new();
        for path in paths {
            let failed = |error: std::io::Error| {
                CommandError::world(format!("{} could not be changed: {error}", path.display()))
            };
            let before = fs::read(&path).map_err(failed)?;
            let text = edit(&String::from_utf8_lossy(&before));
            fs::write(&path, text).map_err(failed)?;
            files.push((path, before));
        }
        Ok(Self { files })
    }
}

/// Copies the bundle at `from` to the new folder `to` and turns one bit of its model.
pub(super) fn tamper(from: &Path, to: &Path) -> std::io::Result<()> {
    fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                copy(&entry.path(), &target)?;
            } else {
                fs::copy(entry.path(), &target)?;
            }
        }
        Ok(())
    }
    copy(from, to)?;
    let blobs = to.join("blobs/sha256");
    let mut largest = (0, PathBuf::new());
    for entry in fs::read_dir(blobs)? {
        let entry = entry?;
        largest = largest.max((entry.metadata()?.len(), entry.path()));
    }
    let mut bytes = fs::read(&largest.1)?;
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    fs::write(&largest.1, bytes)
}
