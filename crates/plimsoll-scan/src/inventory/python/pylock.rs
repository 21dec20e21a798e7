//! `pylock.toml` (PEP 751).

use super::locks::{from_index, major, version_is};
use super::package;
use super::relations::{named, tabled_files};
use crate::inventory::error::Problem;
use crate::inventory::gather::Gathering;
use crate::inventory::tree::{Node, toml};
use crate::package::Locked;

/// Reads a `pylock.toml`. A reader has to refuse another major version, and may read another minor one.
///
/// # Errors
/// It is no TOML, of another major version than 1, or a package has no name.
pub(in crate::inventory) fn read_pylock(
    text: &str,
    gathering: &mut Gathering<'_>,
) -> Result<(), Problem> {
    let root = toml(text)?;
    let version = root.get("lock-version").and_then(Node::as_version);
    let minor_is_new = version.as_deref().is_some_and(|version| version != "1.0");
    version_is(version, "pylock.toml", "1.x", |version| major(version) == "1")?;
    if minor_is_new {
        gathering.note(
            "the lock is of a newer minor version than 1.0: fields that came later are not read",
        );
    }
    for entry in root.list("packages")? {
        let name = entry.required("name")?;
        let mut package = package(name, entry.text("version"), gathering.at(entry.line));
        // A lock may leave out what needs what, and an empty list says that nothing is needed.
        let requires = entry.get("dependencies").map(|_| named(entry)).transpose()?;
        package.locked = Locked::of(tabled_files(entry)?, requires);
        if let Some(index) = entry.text("index") {
            from_index(index, gathering);
        }
        if entry.get("directory").is_some() {
            gathering.own(name);
        } else if let Some(source) = entry.get("vcs").or_else(|| entry.get("archive")) {
            let from = source.text("url").or_else(|| source.text("path"));
            gathering.elsewhere(package, from.unwrap_or("somewhere"));
        } else {
            gathering.add(package);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Inventory, Kind};

    fn read(text: &str) -> Result<Inventory, Problem> {
        let mut gathering = Gathering::new("pylock.toml");
        read_pylock(text, &mut gathering)?;
        Ok(gathering.finish(Kind::Pylock).unwrap())
    }

    #[test]
    fn reads_a_lock() {
        let text = r#"
lock-version = "1.0"
created-by = "by hand"
[[packages]]
name = "attrs"
version = "25.1.0"
index = "https://pypi.org/simple"
[[packages]]
name = "numpy"
version = "2.2.3"
index = "https://example.org/simple"
[[packages]]
name = "here"
directory = { path = "." }
[[packages]]
name = "there"
version = "1.0"
vcs = { type = "git", url = "https://example.org/there", commit-id = "00" }
[[packages]]
name = "unsure"
"#;
        insta::assert_snapshot!(read(text).unwrap().shown(), @r"
        PyPI attrs 25.1.0 (pylock.toml:4)
        PyPI numpy 2.2.3 (pylock.toml:8)
        PyPI there 1.0 (pylock.toml:15)
        PyPI unsure ? (pylock.toml:19)
        not audited: there 1.0: it comes from https://example.org/there, not from the registry that advisories speak of (pylock.toml:15)
        not audited: unsure: no version is given (pylock.toml:19)
        note: left out, since they are the project's own: `here`
        note: packages come from https://example.org/simple, where a name may stand for another package than on PyPI
        ");
    }

    #[test]
    fn refuses_a_lock_from_the_future() {
        let error = read("lock-version = '2.0'").unwrap_err();
        insta::assert_snapshot!(error, @"version 2.0 of pylock.toml is not known (known: 1.x); write it in one of those, or use a newer Plimsoll");
        let inventory =
            read("lock-version = '1.7'\n[[packages]]\nname = 'a'\nversion = '1'").unwrap();
        assert_eq!(inventory.notes.len(), 1);
        assert!(read("packages = []").is_err());
    }
}
