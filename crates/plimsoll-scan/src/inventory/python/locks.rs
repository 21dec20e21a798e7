//! `uv.lock`, `poetry.lock`, `pdm.lock` and `Pipfile.lock`.

use super::package;
use super::relations::{files, named, of_poetry, of_requirements};
use crate::inventory::error::Problem;
use crate::inventory::gather::{Gathering, without_credentials};
use crate::inventory::tree::{Node, json, toml};
use crate::package::{Ecosystem, FileHash, Locked, Required};

/// The index that is meant where none is named.
const PYPI: [&str; 2] = ["https://pypi.org/simple", "https://pypi.python.org/simple"];

/// Reads a `uv.lock`. A `revision` adds fields that older readers may pass over.
///
/// # Errors
/// It is no TOML, of another version than 1, or a package has no name.
pub(in crate::inventory) fn read_uv(
    text: &str,
    gathering: &mut Gathering<'_>,
) -> Result<(), Problem> {
    let root = toml(text)?;
    let version = root.get("version").and_then(Node::as_version);
    version_is(version, "uv.lock", "1", |version| version == "1")?;
    for entry in root.list("package")? {
        let name = entry.required("name")?;
        let mut package = package(name, entry.text("version"), gathering.at(entry.line));
        package.locked = Locked::of(files(entry, "hash")?, Some(named(entry)?));
        let Some(source) = entry.get("source") else {
            let message = format!("package `{name}` has no `source`");
            return Err(Problem::form(entry.line, message));
        };
        if ["editable", "virtual", "directory"].iter().any(|own| source.get(own).is_some()) {
            gathering.own(name);
            for required in asked_for(entry)? {
                gathering.asked(Ecosystem::PyPI, required, name);
            }
        } else if let Some(index) = source.text("registry") {
            from_index(index, gathering);
            gathering.add(package);
        } else {
            let from = ["git", "url", "path"].iter().find_map(|from| source.text(from));
            gathering.elsewhere(package, from.unwrap_or("somewhere"));
        }
    }
    Ok(())
}

/// Returns what a package of the project asks for, its extras and groups included.
fn asked_for(entry: &Node) -> Result<Vec<Required>, Problem> {
    let mut asked = named(entry)?;
    for groups in ["optional-dependencies", "dev-dependencies"] {
        for (_, list) in entry.map(groups)? {
            let names = list.items().iter().filter_map(|it| it.text("name"));
            asked.extend(names.map(Required::any));
        }
    }
    Ok(asked)
}

/// Reads a `poetry.lock`. Since 1.0 the format promises that another minor version can be read.
///
/// # Errors
/// It is no TOML, of a major version that is not known, or a package has no name.
pub(in crate::inventory) fn read_poetry(
    text: &str,
    gathering: &mut Gathering<'_>,
) -> Result<(), Problem> {
    let root = toml(text)?;
    let metadata = root.get("metadata");
    let version = metadata.and_then(|it| it.get("lock-version")).and_then(Node::as_version);
    // Before 1.0 the version was not written; the hashes were, as now.
    let version = version.or_else(|| {
        let is_old = metadata.is_some_and(|it| it.get("content-hash").is_some());
        is_old.then(|| "1.0".to_owned())
    });
    version_is(version, "poetry.lock", "1.x, 2.x", |version| matches!(major(version), "1" | "2"))?;
    for entry in root.list("package")? {
        let name = entry.required("name")?;
        let mut package = package(name, entry.text("version"), gathering.at(entry.line));
        package.locked = Locked::of(poetry_hashes(entry, metadata, name)?, Some(of_poetry(entry)?));
        let source = entry.get("source");
        let url = source.and_then(|it| it.text("url")).unwrap_or("somewhere");
        match source.and_then(|it| it.text("type")) {
            None => gathering.add(package),
            Some("legacy") => {
                from_index(url, gathering);
                gathering.add(package);
            }
            Some("directory") => gathering.own(name),
            Some(_) => gathering.elsewhere(package, url),
        }
    }
    Ok(())
}

/// Returns the hashes of a package's files: since 1.3 beside it, before in a table at the end.
fn poetry_hashes(
    entry: &Node,
    metadata: Option<&Node>,
    name: &str,
) -> Result<Vec<FileHash>, Problem> {
    let mut hashes = files(entry, "hash")?;
    if let Some(table) = metadata.and_then(|metadata| metadata.get("files")) {
        let listed = table.list(name)?.iter().filter_map(|file| file.text("hash"));
        hashes.extend(listed.filter_map(FileHash::parse));
    }
    Ok(hashes)
}

/// Reads a `pdm.lock`. Its major version changes where an older reader would go wrong.
///
/// # Errors
/// It is no TOML, of a major version that is not known, or a package has no name.
pub(in crate::inventory) fn read_pdm(
    text: &str,
    gathering: &mut Gathering<'_>,
) -> Result<(), Problem> {
    let root = toml(text)?;
    let version = root.get("metadata").and_then(|it| it.get("lock_version"));
    version_is(version.and_then(Node::as_version), "pdm.lock", "2 to 4", |version| {
        matches!(major(version), "2" | "3" | "4")
    })?;
    for entry in root.list("package")? {
        let name = entry.required("name")?;
        let mut package = package(name, entry.text("version"), gathering.at(entry.line));
        package.locked = Locked::of(files(entry, "hash")?, Some(of_requirements(entry)?));
        let from = ["git", "hg", "svn", "bzr", "url"].iter().find_map(|from| entry.text(from));
        match (from, entry.text("path")) {
            (Some(from), _) => gathering.elsewhere(package, from),
            (None, Some(path)) if super::requirement::is_archive(path) => {
                gathering.elsewhere(package, path);
            }
            (None, Some(_)) => gathering.own(name),
            (None, None) => gathering.add(package),
        }
    }
    Ok(())
}

/// Reads a `Pipfile.lock`.
///
/// # Errors
/// It is no JSON, of another version than 6, or an entry is no map.
pub(in crate::inventory) fn read_pipfile(
    text: &str,
    gathering: &mut Gathering<'_>,
) -> Result<(), Problem> {
    let root = json(text)?;
    let meta = root.get("_meta");
    let version = meta.and_then(|it| it.get("pipfile-spec")).and_then(Node::as_version);
    version_is(version, "Pipfile.lock", "6", |version| version == "6")?;
    for source in meta.map_or(Ok(&[][..]), |meta| meta.list("sources"))? {
        from_index(source.text("url").unwrap_or("somewhere"), gathering);
    }
    for group in root.keys().filter(|key| *key != "_meta") {
        for (name, entry) in root.map(group)? {
            let place = gathering.at(entry.line);
            let from = ["git", "hg", "svn", "bzr", "file"].iter().find_map(|from| entry.text(from));
            match (from, entry.text("path"), entry.text("version")) {
                (Some(from), ..) => {
                    let from = without_credentials(from);
                    let why = format!("it comes from {from}, which says nothing of its version");
                    gathering.unpinned(package(name, None, place), why);
                }
                (None, Some(path), _) if super::requirement::is_archive(path) => {
                    let why = "it is a file of its own, of which nothing is known";
                    gathering.unpinned(package(name, None, place), why);
                }
                (None, Some(_), _) => gathering.own(name),
                (None, None, Some(version)) => match version.strip_prefix("==") {
                    Some(version) => {
                        let version = version.trim_start_matches('=').trim();
                        let mut package = package(name, Some(version), place);
                        let hashes = entry.list("hashes")?.iter().filter_map(Node::as_text);
                        package.locked =
                            Locked::of(hashes.filter_map(FileHash::parse).collect(), None);
                        gathering.add(package);
                    }
                    None => gathering.unpinned(
                        package(name, None, place),
                        format!("no exact version is given (`{version}`; expected `==`)"),
                    ),
                },
                (None, None, None) => gathering.add(package(name, None, place)),
            }
        }
    }
    Ok(())
}

/// Refuses a format of a version that is not known, or that names none.
pub(in crate::inventory) fn version_is(
    version: Option<String>,
    format: &'static str,
    known: &'static str,
    is_known: impl FnOnce(&str) -> bool,
) -> Result<(), Problem> {
    match version {
        Some(version) if is_known(&version) => Ok(()),
        Some(found) => Err(Problem::Version { format, found, known }),
        None => {
            Err(Problem::form(None, format!("it does not say of which version of {format} it is")))
        }
    }
}

/// Returns what stands before the first dot of a version.
pub(super) fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or_default()
}

/// Notes that packages come from somebody's own index.
pub(super) fn from_index(index: &str, gathering: &mut Gathering<'_>) {
    if !PYPI.contains(&index.trim_end_matches('/')) {
        let index = without_credentials(index);
        gathering.note(format!(
            "packages come from {index}, where a name may stand for another package than on PyPI"
        ));
    }
}

#[cfg(test)]
mod tests;
