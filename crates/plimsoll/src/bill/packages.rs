//! The packages of a run's environment: what is installed where it is still kept, else what its lock says.

use std::collections::BTreeMap;
use std::io::{self, Cursor};
use std::path::Path;

use plimsoll_core::event::Environment;
use plimsoll_core::record::RunRecord;
use plimsoll_core::{Digest, RepoPath};
use plimsoll_engine::environment;
use plimsoll_scan::bom::Component;
use plimsoll_scan::inventory::{self, Input, Inventory, NotAudited, Reading, Told};
use plimsoll_scan::package::{Ecosystem, Package, Place};

use super::judged::Judged;
use crate::error::{CommandError, Kind};
use crate::ports;
use crate::scan::packages::OF_ENVIRONMENTS;

/// How many names a note lists before it only counts.
const MOST_LISTED: usize = 10;

/// What was found of packages.
#[derive(Default)]
pub(super) struct Listed {
    pub packages: Vec<Component>,
    /// What cannot be listed.
    pub gaps: Vec<String>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// Returns the lock file that a run used: of its commit, else of its repository as it is.
pub(super) fn lock_of(record: &RunRecord, path: &RepoPath) -> Result<Vec<u8>, CommandError> {
    let start = &record.start;
    let folder = Path::new(&start.repository);
    let is_it = |bytes: &Vec<u8>| Digest::blake3(bytes).to_string() == start.environment.python;
    let hash = start.commit.as_ref().and_then(|commit| commit.hash.as_deref());
    if let (Some(hash), true) = (hash, folder.is_dir())
        && let Some(bytes) = ports::file_at(folder, hash, path)?.filter(is_it)
    {
        return Ok(bytes);
    }
    let here = plimsoll_config::read(&path.below(folder)).ok();
    here.filter(is_it).ok_or_else(|| {
        let run = record.id.short();
        let message = format!("{path} is not any more what run {run} used, at its commit or now");
        CommandError::new(Kind::No, message).hint("run again: every step is cached")
    })
}

/// Lists the packages of an environment made from a lock.
pub(super) fn of_lock(
    path: &RepoPath,
    lock: &[u8],
    identity: &Environment,
    environments: &Path,
    judged: &Judged,
) -> Result<Listed, CommandError> {
    let lock = &mut Cursor::new(lock);
    let locked = read(path.as_str(), Input::File(lock), Some(Told::Requirements))?;
    let mut listed = Listed::default();
    listed.notes.extend(locked.notes);
    let Some(folder) = environment::kept(environments, identity) else {
        listed.take(locked.packages, &locked.not_audited);
        let licenses = if judged.tell(&mut listed.packages) {
            "licenses are those that the scan of its run read"
        } else {
            "no license of a package was read"
        };
        listed.notes.push(format!(
            "the environment of {path} is not in the home any more, so that {licenses} (`plimsoll run` makes it again)"
        ));
        return Ok(listed);
    };
    let installed = read("environment", Input::Folder(&folder), Some(Told::Environment))?;
    let mut by_name: BTreeMap<(String, Option<String>), Package> =
        locked.packages.into_iter().map(|package| (key(&package), package)).collect();
    // What makes environments is in each, and is none of the model's unless the lock names it.
    let is_locked = |package: &Package| by_name.contains_key(&key(package));
    let mut packages = installed.packages;
    packages.retain(|it| is_locked(it) || !OF_ENVIRONMENTS.contains(&&*it.name.to_lowercase()));
    for package in &mut packages {
        if let Some(locked) = by_name.remove(&key(package)) {
            package.locked.hashes = locked.locked.hashes;
        }
    }
    listed.take(packages, &installed.not_audited);
    if !by_name.is_empty() {
        let names: Vec<String> = by_name.values().take(MOST_LISTED).map(shown).collect();
        let more = by_name.len().saturating_sub(MOST_LISTED);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let (names, platform) = (names.join(", "), &identity.platform);
        listed
            .notes
            .push(format!("locked and not installed on {platform}, so not listed: {names}{more}"));
    }
    Ok(listed)
}

/// Lists the packages that were there when a run used the Python of the machine.
pub(super) fn of_system(identity: &Environment, judged: &Judged) -> Listed {
    let packages = identity.packages.iter().map(|(name, version)| {
        Package::new(Ecosystem::PyPI, name, Some(version.clone()), Place::default())
    });
    let mut listed = Listed::default();
    listed.take(packages.collect(), &[]);
    if !listed.packages.is_empty() {
        judged.tell(&mut listed.packages);
        let note = "the run used the Python of its machine, of which only names and versions are recorded (`python:` with a lock file tells licenses, hashes and relations)";
        listed.notes.push(note.to_owned());
    }
    listed
}

/// Says that nobody declared which packages there are, which is not the same as there being none.
pub(super) fn undeclared() -> Listed {
    let gap = "no `python` is declared, so nothing says which packages the model is made with";
    Listed { gaps: vec![gap.to_owned()], ..Listed::default() }
}

/// Adds the packages of the locks that the project names beside that of its Python, as the commit has
/// them.
pub(super) fn add_locks(
    record: &RunRecord,
    judged: &Judged,
    listed: &mut Listed,
) -> Result<(), CommandError> {
    let start = &record.start;
    let folder = Path::new(&start.repository);
    let hash = start.commit.as_ref().and_then(|commit| commit.hash.as_deref());
    for lock in start.project.scan.iter().flat_map(|scan| &scan.locks) {
        let hash = hash.filter(|_| folder.is_dir());
        // A repository that lost the commit is a gap, like one that is gone.
        let bytes = hash.and_then(|hash| ports::file_at(folder, hash, lock).ok().flatten());
        let Some(bytes) = bytes else {
            let gap = format!("the packages of {lock}: it is not to be had at the run's commit");
            listed.gaps.push(gap);
            continue;
        };
        let named = read(lock.as_str(), Input::File(&mut Cursor::new(bytes)), None)?;
        listed.take(named.packages, &named.not_audited);
        judged.tell(&mut listed.packages);
    }
    Ok(())
}

impl Listed {
    fn take(&mut self, packages: Vec<Package>, not_audited: &[NotAudited]) {
        self.packages.extend(packages.into_iter().map(Component::of));
        self.gaps.extend(not_audited.iter().map(gap));
    }
}

/// Says what cannot be listed, or not for certain.
pub(crate) fn gap(one: &NotAudited) -> String {
    let version = one.version.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
    format!("{}{version}: {}", one.name, one.why)
}

/// Returns what a package of an index is the same by.
fn key(package: &Package) -> (String, Option<String>) {
    (package.purl(), package.version.clone())
}

fn shown(package: &Package) -> String {
    let version = package.version.as_deref().unwrap_or("?");
    format!("{} {version}", package.name)
}

fn read(path: &str, input: Input<'_>, told: Option<Told>) -> Result<Inventory, CommandError> {
    // A lock that names another file is refused when its environment is made.
    let mut include = |_: &str| Err(io::ErrorKind::NotFound.into());
    let how = Reading { told, include: &mut include, platform: None };
    inventory::read(path, input, how).map_err(|error| CommandError::new(Kind::No, error))
}
