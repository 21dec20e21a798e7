//! What is installed in an environment: `*.dist-info`, `*.egg-info`, and conda's own records.

use std::collections::BTreeSet;

use super::metadata::read_metadata;
use crate::inventory::conda::add_conda_record;
use crate::inventory::files::{Files, Kept, MOST_OF_DESCRIPTION, MOST_OF_LICENSE};
use crate::inventory::gather::Gathering;
use crate::inventory::tree::json;
use crate::package::{LicenseFile, Package};

/// Tells of a path whether it is needed here, and how many bytes of it are read at most.
pub(in crate::inventory) fn wanted(path: &str) -> Option<u64> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let parent = folder.rsplit('/').next().unwrap_or_default();
    if parent == "conda-meta" && has_ending(name, ".json") {
        return Some(MOST_OF_DESCRIPTION);
    }
    if has_ending(name, ".egg-info") {
        return Some(MOST_OF_DESCRIPTION);
    }
    let (described, inside) = described(path)?;
    if inside == described.metadata()
        || inside == "direct_url.json"
        || inside == REQUESTED
        || inside.is_empty()
    {
        return Some(MOST_OF_DESCRIPTION);
    }
    is_license_file(inside).then_some(MOST_OF_LICENSE)
}

/// The file by which an installer says that somebody asked for a package, not another package (PEP 376).
const REQUESTED: &str = "REQUESTED";

/// A folder that describes one installed package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Described {
    /// `NAME-VERSION.dist-info`.
    Wheel,
    /// `NAME.egg-info` or `NAME.egg/EGG-INFO`.
    Egg,
}

impl Described {
    fn metadata(self) -> &'static str {
        match self {
            Self::Wheel => "METADATA",
            Self::Egg => "PKG-INFO",
        }
    }
}

/// Returns the kind of the innermost folder on a path that describes a package, and the path in it.
fn described(path: &str) -> Option<(Described, &str)> {
    let mut found = None;
    for (at, _) in path.match_indices('/') {
        let folder = path.get(..at)?.rsplit('/').next()?;
        let kind = if has_ending(folder, ".dist-info") {
            Described::Wheel
        } else if has_ending(folder, ".egg-info") || folder == "EGG-INFO" {
            Described::Egg
        } else {
            continue;
        };
        found = Some((kind, path.get(at + 1..)?));
    }
    found
}

fn has_ending(name: &str, ending: &str) -> bool {
    name.len() > ending.len() && name.ends_with(ending)
}

/// Tells of a path in such a folder whether it is a licence text: what PEP 639 puts into `licenses/`,
/// and before it the names that wheels collect by themselves.
fn is_license_file(inside: &str) -> bool {
    if inside.starts_with("licenses/") || inside.starts_with("license_files/") {
        return true;
    }
    let name = inside.to_ascii_uppercase();
    let starts = ["LICENSE", "LICENCE", "COPYING", "NOTICE"];
    !inside.contains('/') && starts.iter().any(|start| name.starts_with(start))
}

/// Takes in every package that some files say is installed; `base` is what their paths start from.
pub(in crate::inventory) fn add_installed(
    files: &Files,
    base: &str,
    gathering: &mut Gathering<'_>,
) {
    let whole = |path: &str| match base {
        "" => path.to_owned(),
        _ => format!("{base}/{path}"),
    };
    let mut folders = BTreeSet::new();
    for (path, kept) in files.iter() {
        if let Some((kind, inside)) = described(path) {
            let end = path.len().saturating_sub(inside.len() + 1);
            folders.insert((path.get(..end).unwrap_or_default(), kind.metadata()));
        } else if has_ending(path, ".egg-info") {
            gathering.within(&whole(path), |inner| add(kept, path, files, None, inner));
        } else if path.rsplit('/').nth(1) == Some("conda-meta") && has_ending(path, ".json") {
            gathering.within(&whole(path), |inner| add_conda_record(kept, inner));
        }
    }
    for (folder, metadata) in folders {
        let path = format!("{folder}/{metadata}");
        gathering.within(&whole(&path), |inner| {
            if let Some(kept) = files.get(&path) {
                add(kept, folder, files, Some(folder), inner);
            } else {
                let why = format!("it has no `{metadata}`, so what is installed is not known");
                inner.not_audited(stem(folder), why, None);
            }
        });
    }
}

fn stem(folder: &str) -> &str {
    folder.rsplit('/').find(|name| *name != "EGG-INFO").unwrap_or(folder)
}

fn add(
    kept: &Kept,
    named: &str,
    files: &Files,
    folder: Option<&str>,
    gathering: &mut Gathering<'_>,
) {
    let bytes = match kept {
        Kept::Whole(bytes) => bytes,
        Kept::Built(_) => return,
        Kept::Named(why) => return gathering.not_audited(stem(named), *why, None),
    };
    let text = String::from_utf8_lossy(bytes);
    match read_metadata(&text, gathering.at(None)) {
        Err(why) => gathering.not_audited(stem(named), why, None),
        Ok(mut package) => {
            // An egg has what it needs in another file, if it has it in its metadata not at all.
            if !has_ending(named, ".dist-info") {
                package.locked.requires = package.locked.requires.filter(|it| !it.is_empty());
            }
            if let Some(folder) = folder {
                if files.get(&format!("{folder}/{REQUESTED}")).is_some() {
                    package.locked.asked_by = vec!["the environment".to_owned()];
                }
                add_texts(&mut package, folder, files);
            }
            add_from(package, folder, files, gathering);
        }
    }
}

/// Takes a package in, by where it was installed from (PEP 610).
fn add_from(package: Package, folder: Option<&str>, files: &Files, gathering: &mut Gathering<'_>) {
    let direct = folder.and_then(|folder| files.get(&format!("{folder}/direct_url.json")));
    let Some(direct) = direct else { return gathering.add(package) };
    let text = direct.bytes().and_then(|bytes| std::str::from_utf8(bytes).ok());
    match text.map(json) {
        Some(Ok(direct)) if direct.get("dir_info").is_some() => gathering.own(&package.name),
        Some(Ok(direct)) => gathering.elsewhere(package, direct.text("url").unwrap_or("somewhere")),
        _ => gathering.elsewhere(package, "somewhere (its `direct_url.json` cannot be read)"),
    }
}

/// Adds the licence texts that lie beside the metadata to those that it names.
fn add_texts(package: &mut Package, folder: &str, files: &Files) {
    for (inside, kept) in files.within(folder).filter(|(inside, _)| is_license_file(inside)) {
        let bare = ["licenses/", "license_files/"].iter().find_map(|it| inside.strip_prefix(it));
        let name = bare.unwrap_or(inside);
        let text = kept.bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let named = package.published.files.iter_mut().find(|file| file.name == name);
        match named {
            Some(file) => file.text = text.or_else(|| file.text.take()),
            None => {
                package.published.files.push(LicenseFile { name: name.to_owned(), text });
            }
        }
    }
    package.published.files.sort();
    package.published.files.dedup();
}

#[cfg(test)]
mod tests;
