//! `pnpm-lock.yaml`.

use super::package;
use crate::inventory::error::Problem;
use crate::inventory::gather::Gathering;
use crate::inventory::python::version_is;
use crate::inventory::tree::{Node, yaml_documents};

/// Reads a `pnpm-lock.yaml`; a file may hold a second lock, that of pnpm itself.
///
/// # Errors
/// It is no YAML, or of a version before 5 or after 9.
pub(in crate::inventory) fn read_pnpm(
    text: &str,
    gathering: &mut Gathering<'_>,
) -> Result<(), Problem> {
    let documents = yaml_documents(text)?;
    if documents.is_empty() {
        return Err(Problem::form(None, "it is empty"));
    }
    for root in &documents {
        let version = root.get("lockfileVersion").and_then(Node::as_version);
        let version_of = version.clone().unwrap_or_default();
        let major = version_of.split('.').next().unwrap_or_default().to_owned();
        version_is(version, "pnpm-lock.yaml", "5.x, 6.x, 9.x", |_| {
            matches!(major.as_str(), "5" | "6" | "9")
        })?;
        for (path, _) in root.map("importers")? {
            gathering.own(path);
        }
        for (key, entry) in root.map("packages")? {
            add(key, entry, major == "5", gathering);
        }
    }
    Ok(())
}

fn add(key: &str, entry: &Node, is_old: bool, gathering: &mut Gathering<'_>) {
    let place = gathering.at(entry.line);
    let resolution = entry.get("resolution");
    let from = ["tarball", "repo", "directory"]
        .iter()
        .find_map(|from| resolution.and_then(|it| it.text(from)));
    if resolution.is_some_and(|it| it.get("directory").is_some()) {
        gathering.own(entry.text("name").unwrap_or(key));
        return;
    }
    // Before version 6, what is not of the usual registry has the host of another in front.
    let (host, key) = match key.split_once('/') {
        Some((host, rest)) if is_old && !host.is_empty() => (Some(host), rest),
        _ => (None, key),
    };
    let of_key = name_and_version(key, is_old);
    // A key whose version is an address names at least the package.
    let named = of_key.map(|(name, _)| name).or_else(|| Some(split(key)?.0).filter(|_| !is_old));
    let version = entry.text("version").or(of_key.map(|(_, version)| version));
    let Some(name) = entry.text("name").or(named) else {
        gathering.not_audited(key, "its key names no package and version", entry.line);
        return;
    };
    let package = package(name, version, place);
    let host = host.filter(|host| *host != "registry.npmjs.org");
    match from.or(host) {
        Some(from) if of_key.is_none() || !super::is_from_registry(from) => {
            gathering.elsewhere(package, from);
        }
        None if of_key.is_none() => gathering.elsewhere(package, key),
        _ => gathering.add(package),
    }
}

/// Takes a key apart: `name/1.0.0_peers` (5), `name@1.0.0(peers)` (6 with a `/` in front, 9).
fn name_and_version(key: &str, is_old: bool) -> Option<(&str, &str)> {
    let key = key.strip_prefix('/').unwrap_or(key);
    let (name, version) = if is_old {
        let (name, version) = key.rsplit_once('/')?;
        (name, version.split('_').next()?)
    } else {
        split(key.split('(').next()?)?
    };
    let is_version = version.starts_with(|it: char| it.is_ascii_digit()) && version.contains('.');
    (is_version && !name.is_empty() && !version.contains([':', '/'])).then_some((name, version))
}

/// Takes `name@version` apart; a scope starts with an `@` of its own.
fn split(key: &str) -> Option<(&str, &str)> {
    let at = key.get(1..)?.find('@')? + 1;
    Some((key.get(..at)?, key.get(at + 1..)?))
}
