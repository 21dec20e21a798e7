//! What a folder has that names packages.

use std::path::{Path, PathBuf};

use plimsoll_package::registry::ImageReference;

use crate::commands::scan::remote::advice;
use crate::error::CommandError;

/// How locks are called in a folder that is no environment.
const LOCKS: &[&str] = &[
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "pylock.toml",
    "requirements.lock",
    "conda-lock.yml",
    "environment.yml",
    "environment.yaml",
    "Cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "go.mod",
    "go.sum",
];

/// What is done about a folder that names no packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bare {
    Refused,
    Allowed,
}

/// Returns what a path names: itself, or the locks in a folder that has some.
pub(super) fn within(path: &Path, folder: &Path, bare: Bare) -> Result<Vec<PathBuf>, CommandError> {
    let full = folder.join(path);
    if !full.exists() {
        let shown = path.display().to_string();
        let error = CommandError::usage(format!("there is no file or folder {shown}"));
        return Err(if shown.parse::<ImageReference>().is_ok() {
            error.hint(format!("an image of a registry is named by `--image {shown}`"))
        } else if shown.contains(':') {
            // With a tag, as images are named by those who leave the registry out.
            error.hint(advice(&shown, "--image "))
        } else {
            error
        });
    }
    if !full.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    if is_installed(&full) || is_image(&full) {
        found.push(path.to_owned());
    }
    let unread =
        |error| CommandError::usage(format!("{} could not be read: {error}", path.display()));
    for entry in std::fs::read_dir(&full).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        if is_lock(&entry.file_name().to_string_lossy()) && entry.path().is_file() {
            found.push(path.join(entry.file_name()));
        }
    }
    found.sort();
    if found.is_empty() && bare == Bare::Refused {
        let message = format!("{} holds no lock, no environment and no image", path.display());
        return Err(CommandError::usage(message).hint(
            "name the file that names packages, or say what it is: --requirements, --lock, --sbom",
        ));
    }
    Ok(found)
}

/// Whether a folder is neither an environment nor an image.
pub(super) fn is_repository(folder: &Path) -> bool {
    folder.is_dir() && !is_installed(folder) && !is_image(folder)
}

/// Whether a folder is the layout of an image.
fn is_image(folder: &Path) -> bool {
    folder.join("oci-layout").is_file()
}

/// Whether a file of that name in a folder is a lock.
fn is_lock(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default();
    let of_python = name.starts_with("requirements") && ending == "txt"
        || name.starts_with("pylock.") && ending == "toml";
    of_python || LOCKS.contains(&name)
}

/// Whether packages of Python are installed in a folder, itself or as a virtual environment.
fn is_installed(folder: &Path) -> bool {
    if folder.join("pyvenv.cfg").is_file() {
        return true;
    }
    std::fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.ends_with(".dist-info") || name.ends_with(".egg-info")
    })
}
