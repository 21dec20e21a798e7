//! npm: `package-lock.json`, `npm-shrinkwrap.json`, `pnpm-lock.yaml`, `yarn.lock`, installed packages.

mod installed;
mod pnpm;
mod relations;
mod yarn;

use super::error::Problem;
use super::gather::Gathering;
use super::python::version_is;
use super::tree::{Node, Value, json};
use crate::package::{Ecosystem, Locked, Package, Place, Published};

pub(super) use self::installed::{add_manifests, is_manifest};
pub(super) use self::pnpm::read_pnpm;
pub(super) use self::yarn::read_yarn;

/// How deep packages may be installed in each other in the first form of the lock.
const DEEPEST: usize = 100;

fn package(name: &str, version: Option<&str>, place: Place) -> Package {
    Package::new(Ecosystem::Npm, name, version.map(str::to_owned), place)
}

/// Reads a `package-lock.json` or `npm-shrinkwrap.json`.
///
/// # Errors
/// It is no JSON, of a version after 3, or an entry is no map.
pub(super) fn read_package_lock(text: &str, gathering: &mut Gathering<'_>) -> Result<(), Problem> {
    let root = json(text)?;
    let version = root.get("lockfileVersion").and_then(Node::as_version);
    version_is(version, "package-lock.json", "1 to 3", |it| matches!(it, "1" | "2" | "3"))?;
    if root.get("packages").is_none() {
        return add_nested(&root, gathering, 0);
    }
    // Version 2 has `dependencies` too, for readers of version 1, and says nothing else in it.
    let asked = relations::asked(&root)?;
    for (path, entry) in root.map("packages")? {
        let locked = Locked {
            asked_by: asked.get(path).cloned().unwrap_or_default(),
            ..relations::locked(&root, path, entry)
        };
        add_entry(path, entry, locked, gathering)?;
    }
    Ok(())
}

fn add_entry(
    path: &str,
    entry: &Node,
    locked: Locked,
    gathering: &mut Gathering<'_>,
) -> Result<(), Problem> {
    is_map(path, entry)?;
    let installed_as = path.rsplit_once("node_modules/").map(|(_, name)| name);
    // An alias is installed under another name than its own.
    let name = entry.text("name").or(installed_as).unwrap_or(path);
    // What a link leads to has an entry of its own.
    if entry.is_true("link") {
        return Ok(());
    }
    if installed_as.is_none() {
        gathering.own(if name.is_empty() { "." } else { name });
        return Ok(());
    }
    let mut package = package(name, entry.text("version"), gathering.at(entry.line));
    package.published = published(entry);
    package.locked = locked;
    match entry.text("resolved") {
        Some(from) if !is_from_registry(from) => gathering.elsewhere(package, from),
        // What came in the archive of another package has no address of its own.
        _ => gathering.add(package),
    }
    Ok(())
}

/// Takes in `dependencies` of version 1, which stand in each other.
fn add_nested(entry: &Node, gathering: &mut Gathering<'_>, depth: usize) -> Result<(), Problem> {
    if depth > DEEPEST {
        return Err(Problem::form(entry.line, format!("nested deeper than {DEEPEST} levels")));
    }
    for (name, inner) in entry.map("dependencies")? {
        is_map(name, inner)?;
        let place = gathering.at(inner.line);
        let version = inner.text("version").unwrap_or_default();
        if let Some(alias) = version.strip_prefix("npm:") {
            let (name, version) = alias.rsplit_once('@').unwrap_or((alias, ""));
            gathering.add(package(name, Some(version).filter(|it| !it.is_empty()), place));
        } else if is_folder(version) {
            gathering.own(name);
        } else if version.contains(':') || version.contains('/') {
            gathering.elsewhere(package(name, None, place), version);
        } else {
            let package = package(name, Some(version).filter(|it| !it.is_empty()), place);
            match inner.text("resolved") {
                Some(from) if !is_from_registry(from) => gathering.elsewhere(package, from),
                _ => gathering.add(package),
            }
        }
        add_nested(inner, gathering, depth + 1)?;
    }
    Ok(())
}

fn is_map(name: &str, entry: &Node) -> Result<(), Problem> {
    match entry.value {
        Value::Map(_) => Ok(()),
        _ => Err(Problem::form(None, format!("the entry `{name}` is no map"))),
    }
}

/// Tells a folder of this machine from an archive.
fn is_folder(address: &str) -> bool {
    let is_archive = [".tgz", ".tar.gz", ".tar"].iter().any(|ending| address.ends_with(ending));
    address.starts_with("link:") || (address.starts_with("file:") && !is_archive)
}

/// Tells an archive of a registry, by its layout `/NAME/-/NAME-VERSION.tgz`, from one of anywhere; a
/// mirror is a registry.
fn is_from_registry(address: &str) -> bool {
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    is_web && (address.contains("/-/") || address.starts_with("https://npm.pkg.github.com/"))
}

/// Returns the terms in a `package.json`, or in what a lock copies of it.
///
/// `license` is an SPDX expression by npm's documentation, apart from two forms that refer elsewhere; an
/// older form is a map or a list of maps, each with a `type`.
fn published(entry: &Node) -> Published {
    let mut published = Published::default();
    let license = entry.get("license").or_else(|| entry.get("licenses"));
    match license.map(|it| &it.value) {
        Some(Value::Text(text)) if is_expression(text) => published.expression = Some(text.clone()),
        Some(Value::Text(text)) if !text.is_empty() => published.text = Some(text.clone()),
        Some(Value::Map(_)) => {
            published.text = license.and_then(|it| it.text("type")).map(str::to_owned);
        }
        Some(Value::List(items)) => {
            let types =
                items.iter().filter_map(|item| item.text("type").or_else(|| item.as_text()));
            let types: Vec<&str> = types.collect();
            published.text = Some(types.join(", ")).filter(|text| !text.is_empty());
        }
        _ => {}
    }
    published
}

fn is_expression(text: &str) -> bool {
    // `UNLICENSED` means that nothing is granted, and is not the licence `Unlicense`.
    !text.is_empty() && text != "UNLICENSED" && !text.starts_with("SEE LICENSE IN")
}

#[cfg(test)]
mod tests;
