//! What is installed in a system: which files say so, and what they say.

use super::merged::Merged;
use crate::inventory::binary::{Build, add_builds};
use crate::inventory::error::Problem;
use crate::inventory::files::{Kept, MOST_OF_DESCRIPTION, MOST_OF_LICENSE};
use crate::inventory::gather::Gathering;
use crate::inventory::os_release::OsRelease;
use crate::inventory::{alpine, debian, npm, python, text_of};
use crate::package::Published;

/// The most bytes of a database of packages.
const MOST_OF_DATABASE: u64 = 64 * 1024 * 1024;

const OS_RELEASES: [&str; 2] = ["etc/os-release", "usr/lib/os-release"];
const DPKG: &str = "var/lib/dpkg/status";
const DPKG_PARTS: &str = "var/lib/dpkg/status.d";
const APK: [&str; 2] = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];
const COPYRIGHTS: &str = "usr/share/doc/";

/// Folders whose content is a database of RPM.
const RPM: [&str; 2] = ["var/lib/rpm/", "usr/lib/sysimage/rpm/"];

/// What of a file is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// All of it, at most so many bytes.
    Whole(u64),
    /// That it is there, and why it is not read.
    Named(&'static str),
}

/// Tells what of the file at a path is wanted, whatever it holds.
pub(super) fn wanted(path: &str) -> Option<Want> {
    if OS_RELEASES.contains(&path) {
        return Some(Want::Whole(MOST_OF_LICENSE));
    }
    if path == DPKG || APK.contains(&path) || is_part_of_dpkg(path) {
        return Some(Want::Whole(MOST_OF_DATABASE));
    }
    if path.starts_with(COPYRIGHTS) && path.ends_with("/copyright") {
        return Some(Want::Whole(MOST_OF_LICENSE));
    }
    if let Some(limit) = python::wanted(path) {
        return Some(Want::Whole(limit));
    }
    if npm::is_manifest(path) {
        return Some(Want::Whole(MOST_OF_DESCRIPTION));
    }
    let is_rpm = RPM.iter().any(|folder| path.starts_with(folder))
        && ["Packages", "Packages.db", "rpmdb.sqlite"].iter().any(|name| path.ends_with(name));
    if is_rpm {
        return Some(Want::Named("it is a database of RPM, which is not read"));
    }
    if [".jar", ".war", ".ear"].iter().any(|ending| path.ends_with(ending)) {
        return Some(Want::Named("it is an archive of Java, which is not looked into"));
    }
    let is_gem = path.contains("/specifications/") && path.ends_with(".gemspec");
    is_gem.then_some(Want::Named("it is a package of Ruby, which is not read"))
}

fn is_part_of_dpkg(path: &str) -> bool {
    let inside = path.strip_prefix(DPKG_PARTS).and_then(|rest| rest.strip_prefix('/'));
    inside.is_some_and(|name| !name.contains('/') && !name.ends_with(".md5sums"))
}

/// Takes in everything that is installed.
///
/// # Errors
/// A database of packages cannot be read: of it nothing is known then.
pub(super) fn add_system(merged: &Merged, gathering: &mut Gathering<'_>) -> Result<(), Problem> {
    let release = release(merged);
    add_dpkg(merged, &release, gathering)?;
    for path in APK {
        if let Some(text) = database(merged, path)? {
            let read = |inner: &mut Gathering<'_>| alpine::read_installed(&text, &release, inner);
            gathering.within(path, read).map_err(|problem| inside(path, &problem))?;
        }
    }
    python::add_installed(merged.files(), "", gathering);
    npm::add_manifests(merged.files(), gathering);
    for (path, kept) in merged.files().iter() {
        match kept {
            Kept::Built(builds) => gathering.within(path, |inner| add_program(path, builds, inner)),
            // What is named by another reader is said by that one.
            Kept::Named(why) if python::wanted(path).is_none() && !npm::is_manifest(path) => {
                gathering.within(path, |inner| inner.not_audited(path, *why, None));
            }
            _ => {}
        }
    }
    if gathering.is_empty() {
        let why = "nothing in it says what it is made of: no package database, and no package of Python, npm, Go or Rust";
        gathering.not_audited("the image", why, None);
    }
    Ok(())
}

fn add_program(path: &str, builds: &[Build], gathering: &mut Gathering<'_>) {
    if let Err(problem) = add_builds(builds, gathering) {
        gathering.not_audited(path, problem.to_string(), None);
    }
}

fn release(merged: &Merged) -> OsRelease {
    let text = OS_RELEASES.iter().find_map(|path| merged.open(path)?.bytes());
    text.map(|text| OsRelease::parse(&String::from_utf8_lossy(text))).unwrap_or_default()
}

/// Returns a database; one that is there and cannot be read is no database that is not there.
fn database(merged: &Merged, path: &str) -> Result<Option<String>, Problem> {
    match merged.open(path) {
        Some(Kept::Whole(bytes)) => {
            let text = text_of(bytes).map_err(|problem| inside(path, &problem))?;
            Ok(Some(text.to_owned()))
        }
        Some(Kept::Named(why)) => Err(Problem::form(None, format!("{path}: {why}"))),
        None if !merged.is_link(path) => Ok(None),
        None | Some(Kept::Built(_)) => {
            Err(Problem::form(None, format!("{path}: it is a link to a file that is not read")))
        }
    }
}

fn inside(path: &str, problem: &Problem) -> Problem {
    Problem::form(None, format!("{path}: {problem}"))
}

fn add_dpkg(
    merged: &Merged,
    release: &OsRelease,
    gathering: &mut Gathering<'_>,
) -> Result<(), Problem> {
    let published = |package: &str| {
        // `/usr/share/doc/PACKAGE` may be a link to that of another package.
        let path = format!("{COPYRIGHTS}{package}/copyright");
        let text = merged.open(&path).and_then(Kept::bytes);
        text.map_or_else(Published::default, |text| {
            debian::read_copyright(&String::from_utf8_lossy(text))
        })
    };
    let folder = merged.resolve(DPKG_PARTS);
    let parts = merged.files().within(&folder).map(|(inside, _)| format!("{DPKG_PARTS}/{inside}"));
    let parts: Vec<String> = parts.filter(|path| is_part_of_dpkg(path)).collect();
    for path in std::iter::once(DPKG.to_owned()).chain(parts) {
        if let Some(text) = database(merged, &path)? {
            let read =
                |inner: &mut Gathering<'_>| debian::read_status(&text, release, &published, inner);
            gathering.within(&path, read).map_err(|problem| inside(&path, &problem))?;
        }
    }
    Ok(())
}
