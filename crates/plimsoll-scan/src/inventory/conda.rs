//! Conda: explicit lists, `environment.yml`, `conda-lock.yml`, and records of what is installed.

mod spec;

use self::spec::{Spec, parse_spec};
use super::error::{InventoryError, Problem};
use super::files::Kept;
use super::gather::Gathering;
use super::python::{Include, read_lines, version_is};
use super::tree::{Node, Value, json, yaml};
use crate::package::{Ecosystem, Locked, Package, Place, Required};

/// Where `conda-lock` says that packages of the index come from.
const PYPI_FILES: [&str; 2] = ["https://files.pythonhosted.org/", "https://pypi.org/"];

fn package(name: &str, version: Option<&str>, place: Place) -> Package {
    Package::new(Ecosystem::Conda, name, version.map(str::to_owned), place)
}

/// Reads an explicit list: `@EXPLICIT` and addresses, or `name=version=build` of `conda list --export`.
///
/// # Errors
/// A line is neither.
pub(super) fn read_explicit(text: &str, gathering: &mut Gathering<'_>) -> Result<(), Problem> {
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line == "@EXPLICIT" {
            continue;
        }
        let place = gathering.at(Some(number));
        if line.contains("://") || line.starts_with('/') {
            if let Some((name, version)) = of_address(line) {
                gathering.add(package(name, Some(version), place));
            } else {
                let why = "its address does not end in `NAME-VERSION-BUILD`";
                gathering.not_audited(line, why, Some(number));
            }
            continue;
        }
        let parts: Vec<&str> = line.split('=').collect();
        match parts.as_slice() {
            [name, version, "pypi_0"] => {
                let version = Some((*version).to_owned());
                gathering.add(Package::new(Ecosystem::PyPI, *name, version, place));
            }
            [name, version, _] if !name.is_empty() && !version.is_empty() => {
                gathering.add(package(name, Some(version), place));
            }
            _ => {
                let message = format!("`{line}` is no address and no `name=version=build`");
                return Err(Problem::form(Some(number), message));
            }
        }
    }
    Ok(())
}

/// Returns name and version of the file that an address ends in, `NAME-VERSION-BUILD.conda`.
fn of_address(address: &str) -> Option<(&str, &str)> {
    let file = address.split('#').next()?.rsplit('/').next()?;
    let stem = file.strip_suffix(".conda").or_else(|| file.strip_suffix(".tar.bz2"))?;
    let (rest, _build) = stem.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    (!name.is_empty() && !version.is_empty()).then_some((name, version))
}

/// Reads an `environment.yml`, its `pip:` part like a requirements file.
///
/// # Errors
/// It is no YAML, `dependencies` is no list of texts, or a file that the `pip:` part names cannot be
/// read.
pub(super) fn read_environment_file(
    text: &str,
    path: &str,
    include: Include<'_>,
    gathering: &mut Gathering<'_>,
) -> Result<(), InventoryError> {
    let root = yaml(text).map_err(|problem| problem.of(path))?;
    let mut pip = Vec::new();
    for entry in root.list("dependencies").map_err(|problem| problem.of(path))? {
        let line = entry.line;
        if let Some(text) = entry.as_text() {
            add_spec(text, line, gathering);
            continue;
        }
        let unknown = || Problem::form(line, "a dependency is no text and no `pip:` list").of(path);
        if entry.keys().ne(["pip"]) {
            return Err(unknown());
        }
        for item in entry.list("pip").map_err(|problem| problem.of(path))? {
            let text = item.as_text().ok_or_else(unknown)?;
            pip.push((item.line.unwrap_or(1), text.to_owned()));
        }
    }
    read_lines(pip, path, include, gathering)
}

fn add_spec(text: &str, line: Option<u64>, gathering: &mut Gathering<'_>) {
    let place = gathering.at(line);
    match parse_spec(text) {
        Some(Spec { name, version: Ok(version) }) => {
            gathering.add(package(name, Some(version), place));
        }
        Some(Spec { name, version: Err(why) }) => {
            gathering.unpinned(package(name, None, place), why);
        }
        None => gathering.not_audited(text, "it is no match specification of conda", line),
    }
}

/// Reads a `conda-lock.yml`; a package that is locked for several platforms is one.
///
/// # Errors
/// It is no YAML, of another version than 1, or a package has no name or an unknown manager.
pub(super) fn read_conda_lock(text: &str, gathering: &mut Gathering<'_>) -> Result<(), Problem> {
    let root = yaml(text)?;
    let version = root.get("version").and_then(Node::as_version);
    version_is(version, "conda-lock.yml", "1", |version| version == "1")?;
    for entry in root.list("package")? {
        let (name, version) = (entry.required("name")?, entry.text("version"));
        let place = gathering.at(entry.line);
        let needed = entry.map("dependencies")?.map(|(name, _)| Required::any(name));
        let locked = Locked::of(Vec::new(), Some(needed.collect()));
        match entry.required("manager")? {
            "conda" => {
                let package = package(name, version, place);
                gathering.add(Package { locked, ..package });
            }
            "pip" => {
                let package =
                    Package::new(Ecosystem::PyPI, name, version.map(str::to_owned), place);
                let package = Package { locked, ..package };
                let url = entry.text("url").unwrap_or_default();
                if PYPI_FILES.iter().any(|files| url.starts_with(files)) {
                    gathering.add(package);
                } else {
                    gathering.elsewhere(package, if url.is_empty() { "somewhere" } else { url });
                }
            }
            other => {
                let message = format!("`{name}` is of a manager that is not known, `{other}`");
                return Err(Problem::form(entry.line, message));
            }
        }
    }
    Ok(())
}

/// Returns what the record of a package says that it needs: `numpy >=1.22`.
fn depends(record: &Node) -> Option<Vec<Required>> {
    let listed = record.get("depends")?.items().iter().filter_map(Node::as_text);
    Some(listed.filter_map(|it| it.split_whitespace().next()).map(Required::any).collect())
}

/// Takes in a package by the record that conda keeps of it, `conda-meta/*.json`.
pub(super) fn add_conda_record(kept: &Kept, gathering: &mut Gathering<'_>) {
    let read = kept.bytes().and_then(|bytes| std::str::from_utf8(bytes).ok()).map(json);
    let Some(Ok(record)) = read else {
        return gathering.not_audited("a conda package", "its record cannot be read", None);
    };
    if matches!(record.value, Value::Map(_))
        && let Some(name) = record.text("name")
    {
        let mut package = package(name, record.text("version"), gathering.at(None));
        package.published.text = record.text("license").map(str::to_owned);
        package.locked = Locked::of(Vec::new(), depends(&record));
        gathering.add(package);
    } else {
        gathering.not_audited("a conda package", "its record has no `name`", None);
    }
}

#[cfg(test)]
mod tests;
