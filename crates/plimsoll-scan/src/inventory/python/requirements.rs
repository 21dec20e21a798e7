//! `requirements.txt`.

mod line;
mod via;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use self::line::{Line, hashes_of, logical_lines};
use self::via::Notes;
use super::requirement::{Requirement, is_archive};
use super::{normalized, package};
use crate::inventory::error::{InventoryError, Problem};
use crate::inventory::gather::{Gathering, without_credentials};
use crate::inventory::text_of;
use crate::package::{FileHash, Locked, Place, Required};

/// How deep files may name each other.
const DEEPEST_INCLUDE: usize = 16;

/// How many files may be named.
const MOST_INCLUDES: usize = 256;

/// Opens a file that another one names (`-r`, `-c`), given its path beside the one that names it.
///
/// Nothing is opened here that a file asks for: the caller decides what a file may name.
pub type Include<'a> = &'a mut dyn FnMut(&str) -> io::Result<Vec<u8>>;

/// What a file is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    /// What it names is installed.
    Required,
    /// What it names is of that version where something else requires it.
    Constraint,
}

struct Wanted {
    name: String,
    pin: Result<String, String>,
    hashes: Vec<FileHash>,
    place: Place,
}

/// Requirements of one file and of those that it names.
struct Requirements<'a> {
    include: Include<'a>,
    seen: BTreeSet<(String, Role)>,
    wanted: Vec<Wanted>,
    constraints: BTreeMap<String, BTreeSet<String>>,
    /// What notes in the file tell.
    notes: Option<Notes>,
}

/// Reads a requirements file.
///
/// # Errors
/// A file that it names cannot be read, or they name each other too deeply.
pub(in crate::inventory) fn read_requirements(
    text: &str,
    path: &str,
    include: Include<'_>,
    gathering: &mut Gathering<'_>,
) -> Result<(), InventoryError> {
    let lines = logical_lines(text).map_err(|problem| problem.of(path))?;
    read_noted(lines, via::notes(text), path, include, gathering)
}

/// Reads the lines of a requirements file, which may stand in another file (`pip:` of conda).
///
/// # Errors
/// Like [`read_requirements`].
pub(in crate::inventory) fn read_lines(
    lines: impl IntoIterator<Item = (u64, String)>,
    path: &str,
    include: Include<'_>,
    gathering: &mut Gathering<'_>,
) -> Result<(), InventoryError> {
    read_noted(lines, None, path, include, gathering)
}

fn read_noted(
    lines: impl IntoIterator<Item = (u64, String)>,
    notes: Option<Notes>,
    path: &str,
    include: Include<'_>,
    gathering: &mut Gathering<'_>,
) -> Result<(), InventoryError> {
    let seen = BTreeSet::from([(path.to_owned(), Role::Required)]);
    let (wanted, constraints) = (Vec::new(), BTreeMap::new());
    let mut requirements = Requirements { include, seen, wanted, constraints, notes };
    requirements.read(lines, path, Role::Required, 0, gathering)?;
    requirements.settle(gathering);
    Ok(())
}

impl Requirements<'_> {
    fn read(
        &mut self,
        lines: impl IntoIterator<Item = (u64, String)>,
        path: &str,
        role: Role,
        depth: usize,
        gathering: &mut Gathering<'_>,
    ) -> Result<(), InventoryError> {
        for (number, text) in lines {
            match Line::parse(&text) {
                Line::Nothing => {}
                Line::Requirement(asked) => {
                    self.require(asked, hashes_of(&text), role, number, gathering);
                }
                Line::Editable(target) if target.contains("://") => {
                    self.require(target, Vec::new(), role, number, gathering);
                }
                Line::Editable(target) => gathering.own(target),
                Line::Include(inner, target) => {
                    let role = if role == Role::Constraint { role } else { inner };
                    self.include(target, path, role, depth, number, gathering)?;
                }
                Line::Index(index) => gathering.note(format!(
                    "{path}, line {number}: packages may come from {}, where a name may stand for another package",
                    without_credentials(index),
                )),
                Line::Unknown => {
                    let why = "the line is no requirement and no option that is known";
                    gathering.not_audited(&text, why, Some(number));
                }
            }
        }
        Ok(())
    }

    fn require(
        &mut self,
        text: &str,
        hashes: Vec<FileHash>,
        role: Role,
        line: u64,
        gathering: &mut Gathering<'_>,
    ) {
        let place = gathering.at(Some(line));
        match (Requirement::parse(text), role) {
            (Some(Requirement::Named { name, pin }), Role::Required) => {
                self.wanted.push(Wanted { name, pin, hashes, place });
            }
            (Some(Requirement::Named { name, pin }), Role::Constraint) => {
                let pins = self.constraints.entry(normalized(&name)).or_default();
                pins.extend(pin.ok());
            }
            (Some(Requirement::Address { name: Some(name), address }), _) => {
                let from = without_credentials(&address);
                let why = format!("it comes from {from}, which says nothing of its version");
                gathering.unpinned(package(&name, None, place), why);
            }
            (Some(Requirement::Address { name: None, address }), _) => {
                let why = "it is an address, which says nothing of name and version";
                gathering.not_audited(&address, why, Some(line));
            }
            (Some(Requirement::Path(path)), _) if is_archive(&path) => {
                let why = "it is a file of its own, of which nothing is known";
                gathering.not_audited(&path, why, Some(line));
            }
            (Some(Requirement::Path(path)), _) => gathering.own(&path),
            (None, _) => gathering.not_audited(text, "it is no requirement (PEP 508)", Some(line)),
        }
    }

    fn include(
        &mut self,
        target: &str,
        path: &str,
        role: Role,
        depth: usize,
        line: u64,
        gathering: &mut Gathering<'_>,
    ) -> Result<(), InventoryError> {
        if target.contains("://") {
            let why = "it is another file at an address, and nothing is fetched";
            gathering.not_audited(target, why, Some(line));
            return Ok(());
        }
        let target = beside(path, target);
        if !self.seen.insert((target.clone(), role)) {
            return Ok(());
        }
        for (is_over, what, limit) in [
            (depth >= DEEPEST_INCLUDE, "levels of files that name each other", DEEPEST_INCLUDE),
            (self.seen.len() > MOST_INCLUDES, "files that name each other", MOST_INCLUDES),
        ] {
            if is_over {
                return Err(Problem::TooLarge { what, limit: limit as u64 }.of(path));
            }
        }
        let bytes = (self.include)(&target);
        let bytes = bytes.map_err(|error| Problem::Unreadable(error).of(&target))?;
        let text = text_of(&bytes).map_err(|problem| problem.of(&target))?;
        let lines = logical_lines(text).map_err(|problem| problem.of(&target))?;
        gathering.within(&target, |inner| self.read(lines, &target, role, depth + 1, inner))
    }

    /// Decides which versions are meant: a constraint fixes what a requirement leaves open.
    fn settle(self, gathering: &mut Gathering<'_>) {
        // The notes are those of one file, and of what other files name they say nothing.
        let notes = self.notes.as_ref().filter(|_| self.seen.len() == 1);
        let is_named: BTreeSet<String> =
            self.wanted.iter().map(|wanted| normalized(&wanted.name)).collect();
        for Wanted { name, pin, hashes, place } in self.wanted {
            let pins = self.constraints.get(&normalized(&name));
            let constrained = pins.filter(|pins| pins.len() == 1).and_then(BTreeSet::first);
            let (version, why) = match (&pin, constrained) {
                (Ok(version), _) | (Err(_), Some(version)) => (Some(version.as_str()), None),
                (Err(why), None) => (None, Some(why)),
            };
            let mut package = package(&name, version, place);
            let requires = notes.map(|notes| {
                let needed = notes.needs.get(&normalized(&name)).into_iter().flatten();
                needed.map(|name| Required::any(name)).collect()
            });
            // Without notes whoever wrote the file asks for all of it.
            let by = match notes {
                Some(notes) => notes.askers(&normalized(&name), &is_named),
                None => vec![package.place.path.clone()],
            };
            package.locked = Locked::of(hashes, requires);
            package.locked.asked_by = by;
            match why {
                None => gathering.add(package),
                Some(why) => gathering.unpinned(package, why.as_str()),
            }
        }
    }
}

/// Returns the path that `target` means where `path` names it, without `.` and `..` where it can be.
pub(super) fn beside(path: &str, target: &str) -> String {
    let folder = path.rfind('/').map_or("", |end| &path[..end]);
    let whole = if target.starts_with('/') || folder.is_empty() && !path.starts_with('/') {
        target.to_owned()
    } else {
        format!("{folder}/{target}")
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => _ = parts.pop(),
            _ => parts.push(part),
        }
    }
    let root = if whole.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests;
