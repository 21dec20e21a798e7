//! Where the story takes place: a repository and a home of its own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::city::City;
use crate::error::CommandError;
use crate::example;

/// Says that a folder is the demo's, so that it may be emptied.
const MARK: &str = ".plimsoll-demo";

/// What is kept from one telling to the next, since making it takes long and it is the same.
const KEPT: &str = "environments";

/// The folders of the story.
pub(super) struct Place {
    /// All of it.
    pub folder: PathBuf,
    /// The model's repository.
    pub repository: PathBuf,
    /// `PLIMSOLL_HOME`.
    pub home: PathBuf,
}

impl Place {
    /// Makes `folder` ready: what an earlier telling left there goes.
    ///
    /// # Errors
    /// It is not the demo's, or cannot be written to.
    pub(super) fn prepare(folder: &Path, city: &City) -> Result<Self, CommandError> {
        let unwritten = |error: io::Error| {
            CommandError::world(format!("{} could not be written: {error}", folder.display()))
        };
        let is_empty = match fs::read_dir(folder) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(error) => return Err(unwritten(error)),
        };
        if !is_empty && !folder.join(MARK).exists() {
            let message = format!("{} is not empty, and no demo's", folder.display());
            return Err(
                CommandError::usage(message).hint("name a new folder: `plimsoll demo FOLDER`")
            );
        }
        fs::create_dir_all(folder).map_err(unwritten)?;
        fs::write(folder.join(MARK), "The folder of `plimsoll demo`: it may be removed.\n")
            .map_err(unwritten)?;
        let folder = folder.canonicalize().map_err(unwritten)?;
        let place =
            Self { repository: folder.join("bike-demand"), home: folder.join("home"), folder };
        place.empty().map_err(unwritten)?;
        place.fill(city).map_err(unwritten)?;
        Ok(place)
    }

    fn empty(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path == self.home {
                for entry in fs::read_dir(&self.home)? {
                    let path = entry?.path();
                    if !path.ends_with(KEPT) {
                        remove(&path)?;
                    }
                }
            } else if !path.ends_with(MARK) {
                remove(&path)?;
            }
        }
        Ok(())
    }

    fn fill(&self, city: &City) -> io::Result<()> {
        fs::create_dir_all(&self.home)?;
        example::write(&self.repository)?;
        fs::write(self.repository.join("data/hour.csv"), &city.history)?;
        fs::write(self.repository.join("data/later.csv"), &city.later)?;
        if city.is_given {
            let file = self.repository.join("plimsoll.yaml");
            let text = fs::read_to_string(&file)?;
            let source = "    source: https://archive.ics.uci.edu/dataset/275";
            let lines = text.lines().map(|line| match line.trim_start() {
                line if line.starts_with("license: CC0-1.0") => "    license: CC-BY-4.0",
                line if line.starts_with("source: simulate.py") => source,
                _ => line,
            });
            fs::write(&file, lines.collect::<Vec<_>>().join("\n") + "\n")?;
        }
        Ok(())
    }
}

fn remove(path: &Path) -> io::Result<()> {
    if path.is_dir() && !path.is_symlink() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}
