//! Version managers' shims: a `python3` that chooses an interpreter each time it is started.
//!
//! What pyenv, asdf and mise choose by is known, so as long as none of it changes, what a shim led
//! to the last time holds.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::stamp::Stamp;

/// Files that name a version, in the folder of work and those above.
const FILES: [&str; 4] = [".python-version", ".tool-versions", "mise.toml", ".mise.toml"];

/// Variables that name a version or a place.
const VARIABLES: [&str; 6] = [
    "PYENV_VERSION",
    "PYENV_ROOT",
    "ASDF_PYTHON_VERSION",
    "MISE_PYTHON_VERSION",
    "MISE_ENV",
    "HOME",
];

/// Tells whether the `python3` at `found`, which is the file `resolved`, is a shim: a script, or a
/// program of another name.
pub(super) fn is_shim(resolved: &Path) -> bool {
    let name = resolved.file_name().unwrap_or_default().to_string_lossy();
    let mut start = [0; 2];
    let is_script = File::open(resolved)
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok_and(|()| start == *b"#!");
    is_script || !(name.starts_with("python") || name.starts_with("pypy"))
}

/// Returns all that the shim at `found` chooses by.
pub(super) fn choices(
    found: &Path,
    repository: &Path,
    variables: &BTreeMap<String, String>,
) -> (Vec<Stamp>, Vec<(String, String)>) {
    let mut stamps = Vec::new();
    let home = variables.get("HOME").map(Path::new);
    for folder in repository.ancestors().chain(home) {
        stamps.extend(FILES.iter().map(|file| Stamp::of(&folder.join(file))));
    }
    // pyenv keeps its global version, and asdf and pyenv what is installed, beside their shims.
    if let Some(manager) = found.parent().and_then(Path::parent) {
        let kept = ["version", "versions", "installs/python"];
        stamps.extend(kept.iter().map(|file| Stamp::of(&manager.join(file))));
    }
    if let Some(home) = home {
        let kept = [".config/mise/config.toml", ".local/share/mise/installs/python"];
        stamps.extend(kept.iter().map(|file| Stamp::of(&home.join(file))));
    }
    let named = VARIABLES.iter().filter_map(|name| variables.get_key_value(*name));
    (stamps, named.map(|(name, value)| (name.clone(), value.clone())).collect())
}
