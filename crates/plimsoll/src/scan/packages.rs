//! The packages that a model is made with.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

use plimsoll_core::evidence::ScanInput;
use plimsoll_core::ports::{Packages, ScanRequest};
use plimsoll_scan::inventory::{self, Input, Inventory, NotAudited, Reading, Told};
use plimsoll_scan::package::{Locked, Place, Published};
use plimsoll_scan::{Ecosystem, Package};

use super::Places;
use crate::error::{CommandError, Kind};
use crate::subject::digest_of;

/// What a fresh virtual environment holds by itself.
pub(crate) const OF_ENVIRONMENTS: &[&str] = &["pip", "setuptools", "wheel"];

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// Every package, each once.
    pub list: Vec<Package>,
    /// What is named and is no package that can be judged.
    pub not_audited: Vec<NotAudited>,
    /// What was read, pinned.
    pub inputs: Vec<ScanInput>,
    /// Whether the terms of the packages can be known at all.
    pub has_terms: bool,
}

/// Reads the environment and the locks that are named beside it.
pub(super) fn read(request: &ScanRequest, places: Places<'_>) -> Result<Read, CommandError> {
    let mut all = Read { has_terms: true, ..Read::default() };
    match &request.packages {
        Packages::Undeclared if request.settings.locks.is_empty() => {
            return Err(CommandError::usage(
                "nothing says which packages the model is made with, so none can be judged",
            )
            .hint("add `python: requirements.lock` or `scan: { locks: [...] }` to plimsoll.yaml"));
        }
        Packages::Undeclared => {}
        Packages::System(packages) => {
            all.has_terms = false;
            all.list.extend(packages.iter().map(|(name, version)| of_python(name, version)));
        }
        Packages::Environment { folder, lock, file, digest } => {
            let named = one(lock.as_str(), file, places, Some(Told::Requirements))?;
            let locked: BTreeMap<String, Vec<String>> = named
                .packages
                .into_iter()
                .map(|package| (folded(&package.name), package.locked.asked_by))
                .collect();
            let mut installed = folder_of(folder)?;
            let is_own = |name: &str| {
                OF_ENVIRONMENTS.contains(&folded(name).as_str())
                    && !locked.contains_key(&folded(name))
            };
            installed.packages.retain(|it| !is_own(&it.name));
            // Who installs a lock asks for all of it; whom it was made for only the lock tells.
            for package in &mut installed.packages {
                if let Some(asked_by) = locked.get(&folded(&package.name)) {
                    package.locked.asked_by.clone_from(asked_by);
                }
            }
            all.list.extend(installed.packages);
            all.not_audited
                .extend(installed.not_audited.into_iter().filter(|it| !is_own(&it.name)));
            let name = lock.to_string();
            all.inputs.push(ScanInput { name, digest: *digest, age_days: None });
        }
    }
    for lock in &request.settings.locks {
        let file = lock.below(places.root);
        let inventory = one(lock.as_str(), &file, places, None)?;
        all.list.extend(inventory.packages);
        all.not_audited.extend(inventory.not_audited);
        let digest = digest_of(&file, lock.as_str())?;
        all.inputs.push(ScanInput { name: lock.to_string(), digest, age_days: None });
    }
    if all.list.is_empty() && all.not_audited.is_empty() {
        let message = "no package is named by what the model is made with, so none can be judged";
        return Err(CommandError::usage(message).hint(
            "name the locks by `scan: { locks: [...] }`, or leave the rule out where there are none",
        ));
    }
    all.list.sort();
    all.list.dedup();
    all.not_audited.sort();
    all.not_audited.dedup();
    Ok(all)
}

/// Reads what is installed in an environment.
fn folder_of(folder: &Path) -> Result<Inventory, CommandError> {
    let mut include = refuse;
    let told = Some(Told::Environment);
    let how = Reading { told, include: &mut include, platform: None };
    inventory::read("environment", Input::Folder(folder), how)
        .map_err(|error| CommandError::new(Kind::World, error))
}

/// Reads one lock.
fn one(
    shown: &str,
    file: &Path,
    places: Places<'_>,
    told: Option<Told>,
) -> Result<Inventory, CommandError> {
    let mut content = File::open(file)
        .map_err(|error| CommandError::world(format!("{shown} could not be opened: {error}")))?;
    let mut include = |named: &str| {
        let is_plain = Path::new(named)
            .components()
            .all(|part| matches!(part, std::path::Component::Normal(_)));
        if !is_plain {
            return Err(io::Error::other("it lies outside of the folder of what names it"));
        }
        plimsoll_config::read(&places.root.join(named)).map_err(io::Error::other)
    };
    let how = Reading { told, include: &mut include, platform: None };
    inventory::read(shown, Input::File(&mut content), how)
        .map_err(|error| CommandError::new(Kind::Usage, error))
}

fn refuse(_: &str) -> io::Result<Vec<u8>> {
    Err(io::Error::other("an environment names no files"))
}

/// Returns a name as Python's index compares it.
fn folded(name: &str) -> String {
    let mut folded = String::new();
    for character in name.chars() {
        match character {
            '-' | '_' | '.' if folded.ends_with('-') => {}
            '-' | '_' | '.' => folded.push('-'),
            _ => folded.extend(character.to_lowercase()),
        }
    }
    folded
}

fn of_python(name: &str, version: &str) -> Package {
    Package {
        ecosystem: Ecosystem::PyPI,
        name: name.to_owned(),
        version: Some(version.to_owned()),
        source: None,
        published: Published::default(),
        locked: Locked::default(),
        place: Place { path: "python: system".to_owned(), line: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_the_index_does() {
        assert_eq!(folded("Ruamel._yaml"), "ruamel-yaml");
        assert_eq!(folded("scikit-learn"), "scikit-learn");
    }
}
