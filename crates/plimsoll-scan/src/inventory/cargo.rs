//! `Cargo.lock`.

use super::error::Problem;
use super::gather::Gathering;
use super::python::version_is;
use super::tree::{Node, toml};
use crate::package::{Ecosystem, FileHash, Locked, Package, Required};

/// How crates.io is written in a lock: its index in git, and the sparse one.
const CRATES_IO: [&str; 2] =
    ["registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io/"];

/// Reads a `Cargo.lock`. Versions 1 and 2 are not written into it; neither has a reader to tell apart.
///
/// # Errors
/// It is no TOML, of a version after 4, or a package has no name or version.
pub(super) fn read_cargo(text: &str, gathering: &mut Gathering<'_>) -> Result<(), Problem> {
    let root = toml(text)?;
    let version = root.get("version").and_then(Node::as_version);
    let version = version.or_else(|| Some("1".to_owned()));
    version_is(version, "Cargo.lock", "1 to 4", |it| matches!(it, "1" | "2" | "3" | "4"))?;
    for entry in root.get("root").into_iter().chain(root.list("package")?) {
        let name = entry.required("name")?;
        let version = entry.required("version")?.to_owned();
        let mut package =
            Package::new(Ecosystem::CratesIo, name, Some(version), gathering.at(entry.line));
        let hash = entry.text("checksum").and_then(|it| FileHash::of("sha256", it));
        let needed = entry.list("dependencies")?.iter().filter_map(Node::as_text).map(required);
        let needed: Vec<Required> = needed.collect();
        package.locked = Locked::of(hash.into_iter().collect(), Some(needed.clone()));
        match entry.text("source") {
            None => {
                gathering.own(name);
                for required in needed {
                    gathering.asked(Ecosystem::CratesIo, required, name);
                }
            }
            Some(source) if CRATES_IO.contains(&source) => gathering.add(package),
            Some(source) => gathering.elsewhere(package, source),
        }
    }
    Ok(())
}

/// Reads `name`, `name version` or `name version (source)`: no more is written than tells it apart.
fn required(text: &str) -> Required {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default().to_owned();
    Required { name, version: words.next().map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Inventory, Kind};

    fn read(text: &str) -> Result<Inventory, Problem> {
        let mut gathering = Gathering::new("Cargo.lock");
        read_cargo(text, &mut gathering)?;
        Ok(gathering.finish(Kind::CargoLock).unwrap())
    }

    #[test]
    fn reads_every_version() {
        let text = r#"
version = 4

[[package]]
name = "mine"
version = "0.1.0"
dependencies = ["serde"]

[[package]]
name = "serde"
version = "1.0.229"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "00"

[[package]]
name = "sparse"
version = "1.0.0"
source = "sparse+https://index.crates.io/"

[[package]]
name = "forked"
version = "0.3.0"
source = "git+https://example.org/forked?branch=main#00"
"#;
        insta::assert_snapshot!(read(text).unwrap().shown(), @r"
        crates.io forked 0.3.0 (Cargo.lock:20)
        crates.io serde 1.0.229 (Cargo.lock:9)
        crates.io sparse 1.0.0 (Cargo.lock:15)
        not audited: forked 0.3.0: it comes from git+https://example.org/forked?branch=main#00, not from the registry that advisories speak of (Cargo.lock:20)
        note: left out, since they are the project's own: `mine`
        ");
        let old = "[root]\nname = 'mine'\nversion = '1.0.0'\n[[package]]\nname = 'libc'\nversion = '0.2.1'\nsource = 'registry+https://github.com/rust-lang/crates.io-index'\n[metadata]\n'checksum libc' = '00'";
        insta::assert_snapshot!(read(old).unwrap().shown(), @r"
        crates.io libc 0.2.1 (Cargo.lock:4)
        note: left out, since they are the project's own: `mine`
        ");
    }

    #[test]
    fn refuses_a_lock_from_the_future() {
        insta::assert_snapshot!(read("version = 5").unwrap_err(), @"version 5 of Cargo.lock is not known (known: 1 to 4); write it in one of those, or use a newer Plimsoll");
        insta::assert_snapshot!(read("version = 3\n[[package]]\nname = 'a'").unwrap_err(), @"line 2: `version` is missing, empty or no text");
    }
}
