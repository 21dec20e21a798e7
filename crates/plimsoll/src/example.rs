//! The example repository, embedded: `init` writes it, `demo` tells its story.

use std::fs;
use std::io;
use std::path::Path;

macro_rules! files {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../../examples/bike-demand/", $path)))),+]
    };
}

/// The files of `examples/bike-demand`, by path.
pub(crate) const BIKE_DEMAND: &[(&str, &[u8])] = files![
    ".gitattributes",
    ".gitignore",
    "README.md",
    "data/README.md",
    "data/hour.csv",
    "data/later.csv",
    "params.yaml",
    "plimsoll.lock",
    "plimsoll.yaml",
    "requirements.lock",
    "requirements.txt",
    "schemas/hour.yaml",
    "simulate.py",
    "split.py",
    "train.py",
];

/// Writes the example into `folder`, which is made where it is not there.
///
/// What is measured of it for its README (`figures/`) stays with the source.
pub(crate) fn write(folder: &Path) -> io::Result<()> {
    for (path, bytes) in BIKE_DEMAND {
        let file = folder.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&file, bytes)?;
    }
    Ok(())
}

/// Returns the bytes of one file of the example.
pub(crate) fn file(path: &str) -> Option<&'static [u8]> {
    BIKE_DEMAND.iter().find(|(name, _)| *name == path).map(|(_, bytes)| *bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_example_is_embedded() {
        fn walk(folder: &Path, below: &Path, all: &mut Vec<String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let shown = path.strip_prefix(below).unwrap().to_str().unwrap().to_owned();
                let skipped = ["figures", "build", ".plimsoll", "__pycache__"];
                match path.is_dir() {
                    _ if skipped.contains(&shown.as_str()) => {}
                    true => walk(&path, below, all),
                    false => all.push(shown),
                }
            }
        }
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/bike-demand");
        let mut there = Vec::new();
        walk(&source, &source, &mut there);
        there.sort();
        let mut embedded: Vec<&str> = BIKE_DEMAND.iter().map(|(path, _)| *path).collect();
        embedded.sort_unstable();
        assert_eq!(embedded, there);
    }
}
