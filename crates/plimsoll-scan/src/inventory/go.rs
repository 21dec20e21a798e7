//! Go: `go.mod`, `go.sum`, and what a binary says of its own build.

use super::error::Problem;
use super::gather::Gathering;
use crate::package::{Ecosystem, Package, Place};

/// How advisories call what comes with the compiler.
const STANDARD_LIBRARY: &str = "stdlib";

/// Makes a module; advisories write versions without the `v` in front.
fn module(path: &str, version: &str, place: Place) -> Package {
    let version = version.strip_prefix('v').unwrap_or(version);
    let is_version = version.starts_with(|it: char| it.is_ascii_digit());
    Package::new(Ecosystem::Go, path, is_version.then(|| version.to_owned()), place)
}

/// A word of a `go.mod` in quotes is the word.
fn unquoted(word: &str) -> &str {
    word.trim_matches(['"', '`'])
}

/// Reads a `go.mod`.
///
/// Since Go 1.17 it names every module that is needed, of the version that is built; before, only
/// those that the module itself uses, which is noted.
///
/// # Errors
/// A line is none that is known.
pub(super) fn read_mod(text: &str, gathering: &mut Gathering<'_>) -> Result<(), Problem> {
    let mut required: Vec<(&str, &str, u64)> = Vec::new();
    let mut replaced: Vec<(&str, Option<&str>, &str, Option<&str>)> = Vec::new();
    let (mut block, mut is_pruned) = (None, false);
    for (line, number) in text.lines().zip(1..) {
        let line = line.split("//").next().unwrap_or_default().trim();
        let words: Vec<&str> = line.split_whitespace().map(unquoted).collect();
        let (verb, rest) = match (block, words.as_slice()) {
            (_, []) => continue,
            (Some(_), [")"]) => {
                block = None;
                continue;
            }
            (None, [verb, "("]) => {
                block = Some(*verb);
                continue;
            }
            (Some(verb), rest) => (verb, rest),
            (None, [verb, rest @ ..]) => (*verb, rest),
        };
        let unknown = || Problem::form(Some(number), format!("`{line}` is no line of a go.mod"));
        match (verb, rest) {
            ("require", [path, version]) => required.push((path, version, number)),
            ("replace", _) => replaced.push(replacement(rest).ok_or_else(unknown)?),
            ("module", [path]) => gathering.own(path),
            ("go", [version]) => is_pruned = is_at_least_1_17(version),
            ("exclude" | "retract" | "toolchain" | "godebug" | "tool" | "ignore", _) => {}
            _ => return Err(unknown()),
        }
    }
    if block.is_some() {
        return Err(Problem::form(None, "a `(` is not closed: the file ends too early"));
    }
    if !is_pruned {
        gathering.note("a go.mod before Go 1.17 does not name what is needed indirectly: give go.sum or the binary too");
    }
    for (path, version, line) in required {
        let place = gathering.at(Some(line));
        let same = |it: &&(&str, Option<&str>, &str, Option<&str>)| {
            it.0 == path && it.1.is_none_or(|only| only == version)
        };
        match replaced.iter().find(same) {
            None => gathering.add(module(path, version, place)),
            Some((_, _, to, Some(version))) => gathering.add(module(to, version, place)),
            Some((_, _, folder, None)) => gathering.own(folder),
        }
    }
    Ok(())
}

/// Reads `old [version] => new [version]`; what replaces has no version where it is a folder.
fn replacement<'t>(
    words: &[&'t str],
) -> Option<(&'t str, Option<&'t str>, &'t str, Option<&'t str>)> {
    let arrow = words.iter().position(|word| *word == "=>")?;
    let (old, new) = (words.get(..arrow)?, words.get(arrow + 1..)?);
    let split = |side: &[&'t str]| match side {
        [path] => Some((*path, None)),
        [path, version] => Some((*path, Some(*version))),
        _ => None,
    };
    let ((old, only), (new, version)) = (split(old)?, split(new)?);
    Some((old, only, new, version))
}

fn is_at_least_1_17(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u64>().ok());
    match (parts.next().flatten(), parts.next().flatten()) {
        (Some(major), Some(minor)) => (major, minor) >= (1, 17),
        (Some(major), None) => major > 1,
        _ => false,
    }
}

/// Reads a `go.sum`: the modules whose content was fetched. It may name more versions than are built.
///
/// # Errors
/// A line is not made of a module, a version and a hash.
pub(super) fn read_sum(text: &str, gathering: &mut Gathering<'_>) -> Result<(), Problem> {
    for (line, number) in text.lines().zip(1..) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            // Only its requirements were looked at, to choose versions.
            [_, version, _] if version.ends_with("/go.mod") => {}
            [path, version, hash] if hash.starts_with("h1:") => {
                let place = gathering.at(Some(number));
                gathering.add(module(path, version, place));
            }
            _ => {
                let message =
                    format!("`{line}` is no line of a go.sum (expected MODULE VERSION h1:HASH)");
                return Err(Problem::form(Some(number), message));
            }
        }
    }
    gathering.note(
        "a go.sum may name versions that are not built in: a binary or a go.mod says which are",
    );
    Ok(())
}

/// Takes in what a binary was built from: the compiler's version, and lines of `dep`, `mod` and `=>`.
pub(super) fn add_build(version: &str, modules: &str, gathering: &mut Gathering<'_>) {
    let place = gathering.at(None);
    match release(version) {
        Some(version) => {
            gathering.add(Package::new(Ecosystem::Go, STANDARD_LIBRARY, Some(version), place));
        }
        None => gathering.unpinned(
            Package::new(Ecosystem::Go, STANDARD_LIBRARY, None, place),
            format!("the compiler is no release (`{version}`)"),
        ),
    }
    let mut last: Option<Package> = None;
    for line in modules.lines() {
        let words: Vec<&str> = line.split('\t').collect();
        let place = gathering.at(None);
        match words.as_slice() {
            ["mod" | "dep", path, version, ..] => {
                add_module(last.replace(module(path, version, place)), gathering);
            }
            ["mod" | "dep", path] => add_module(last.replace(module(path, "", place)), gathering),
            ["=>", path, version, ..] => last = Some(module(path, version, place)),
            _ => {}
        }
    }
    add_module(last, gathering);
}

fn add_module(module: Option<Package>, gathering: &mut Gathering<'_>) {
    match module {
        Some(module) if module.version.is_some() => gathering.add(module),
        Some(module) => {
            let why = "it was built from a working tree, so that no version of it is known";
            gathering.unpinned(module, why);
        }
        None => {}
    }
}

/// Returns the version of a release of the compiler as advisories write it: `go1.21.5` is `1.21.5`,
/// `go1.22rc1` is `1.22.0-rc.1`.
fn release(version: &str) -> Option<String> {
    let version = version.split(' ').next()?.strip_prefix("go")?;
    let end = version.find(|it: char| !(it.is_ascii_digit() || it == '.')).unwrap_or(version.len());
    let (numbers, rest) = version.split_at(end);
    let parts = numbers.split('.').filter(|part| !part.is_empty()).count();
    let numbers = match parts {
        2 => format!("{numbers}.0"),
        3 => numbers.to_owned(),
        _ => return None,
    };
    let before = ["rc", "beta"].iter().find_map(|kind| Some((kind, rest.strip_prefix(kind)?)));
    match before {
        Some((kind, number))
            if !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit()) =>
        {
            Some(format!("{numbers}-{kind}.{number}"))
        }
        None if rest.is_empty() || rest.starts_with('-') => Some(numbers),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
