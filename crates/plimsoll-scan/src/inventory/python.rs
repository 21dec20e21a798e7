//! Python: requirements, the locks of its tools, and what is installed.

mod environment;
mod installed;
mod locks;
mod metadata;
mod project;
mod pylock;
mod relations;
mod requirement;
mod requirements;

use crate::package::{Ecosystem, Package, Place};

pub(super) use self::environment::read_environment;
pub(super) use self::installed::{add_installed, wanted};
pub(super) use self::locks::{read_pdm, read_pipfile, read_poetry, read_uv, version_is};
pub(super) use self::project::ask_project;
pub(super) use self::pylock::read_pylock;
pub(super) use self::requirements::{read_lines, read_requirements};

pub use self::requirements::Include;

/// Returns a name as the index compares it (PEP 503): lower case, runs of `-`, `_`, `.` are one `-`.
pub(crate) fn normalized(name: &str) -> String {
    let mut normalized = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            '-' | '_' | '.' if normalized.ends_with('-') => {}
            '-' | '_' | '.' => normalized.push('-'),
            _ => normalized.push(letter.to_ascii_lowercase()),
        }
    }
    normalized
}

fn package(name: &str, version: Option<&str>, place: Place) -> Package {
    Package::new(Ecosystem::PyPI, name, version.map(str::to_owned), place)
}
