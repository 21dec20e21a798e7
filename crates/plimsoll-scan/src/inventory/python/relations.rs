//! What locks and metadata of Python tell of a package besides: its files, and what it needs.

use super::requirement::Requirement;
use crate::inventory::error::Problem;
use crate::inventory::tree::{Node, Value};
use crate::package::{FileHash, Required};

/// Returns the hashes of a package's files: in `files`, `wheels` and `sdist`, each under `key`.
pub(super) fn files(entry: &Node, key: &str) -> Result<Vec<FileHash>, Problem> {
    let lists = entry.list("files")?.iter().chain(entry.list("wheels")?);
    let all = lists.chain(entry.get("sdist"));
    Ok(all.filter_map(|file| file.text(key)).filter_map(FileHash::parse).collect())
}

/// Returns the hashes of a package's files where each has a table of them, as in `pylock.toml`.
pub(super) fn tabled_files(entry: &Node) -> Result<Vec<FileHash>, Problem> {
    let mut hashes = Vec::new();
    for file in entry.list("wheels")?.iter().chain(entry.get("sdist")) {
        let table = file.map("hashes")?;
        hashes.extend(table.filter_map(|(name, it)| FileHash::of(name, it.as_text()?)));
    }
    Ok(hashes)
}

/// Returns what a package needs, where `dependencies` is a list of tables with a name.
pub(super) fn named(entry: &Node) -> Result<Vec<Required>, Problem> {
    let all = entry.list("dependencies")?.iter();
    let required = all.filter_map(|it| {
        let version = it.text("version").map(str::to_owned);
        Some(Required { name: it.text("name")?.to_owned(), version })
    });
    Ok(required.collect())
}

/// Returns what a package needs, where `dependencies` is a table by name. What only an extra of it asks
/// for is marked as optional, and nothing tells whether that extra was asked for.
pub(super) fn of_poetry(entry: &Node) -> Result<Vec<Required>, Problem> {
    let is_optional = |it: &Node| match &it.value {
        Value::List(several) => several.iter().all(|it| it.is_true("optional")),
        _ => it.is_true("optional"),
    };
    let all = entry.map("dependencies")?.filter(|(_, it)| !is_optional(it));
    Ok(all.map(|(name, _)| Required::any(name)).collect())
}

/// Returns what a package needs, where `dependencies` is a list of requirements.
pub(super) fn of_requirements(entry: &Node) -> Result<Vec<Required>, Problem> {
    let all = entry.list("dependencies")?.iter();
    Ok(all.filter_map(Node::as_text).filter_map(required).collect())
}

/// Returns what a requirement asks for, unless only an extra asks for it.
pub(super) fn required(text: &str) -> Option<Required> {
    if text.split_once(';').is_some_and(|(_, marker)| marker.contains("extra")) {
        return None;
    }
    required_anyhow(text)
}

/// Returns what a requirement asks for, whatever it depends on.
pub(super) fn required_anyhow(text: &str) -> Option<Required> {
    match Requirement::parse(text)? {
        Requirement::Named { name, .. } | Requirement::Address { name: Some(name), .. } => {
            Some(Required::any(&name))
        }
        Requirement::Address { name: None, .. } | Requirement::Path(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_an_extra_asks_for_is_not_needed() {
        let name = |text: &str| required(text).map(|it| it.name);
        assert_eq!(name("numpy>=1.22; python_version < '3.12'").as_deref(), Some("numpy"));
        assert_eq!(name("x @ https://example.org/x.whl").as_deref(), Some("x"));
        assert_eq!(name("pytest>=7; extra == 'test'"), None);
        assert_eq!(name("./vendor/thing"), None);
        assert_eq!(name(""), None);
    }
}
