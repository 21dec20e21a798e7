//! Which exports a database is to be made of, as they are named or as the one before was made.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use plimsoll_scan::vulnerability::Contents;

use super::Args;
use crate::error::CommandError;
use crate::settings::Settings;

/// Where OSV itself publishes its exports.
pub(super) const PUBLIC: &str = "https://osv-vulnerabilities.storage.googleapis.com";

/// What the export of an ecosystem is called below a mirror.
const EXPORT: &str = "/all.zip";

/// The longest name of an ecosystem.
const LONGEST: usize = 64;

/// An export that a database is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A zip or folder that lies here.
    Here(PathBuf),
    /// A zip at an address.
    There(String),
}

/// Tells whether a name is an address rather than a path.
pub(super) fn is_address(name: &str) -> bool {
    name.starts_with("https://") || name.starts_with("http://")
}

/// Returns the exports to make a database of. `before` is what is there already: where nothing is named, it is
/// made anew of the same.
pub(super) fn wanted(
    args: &Args,
    settings: &Settings,
    before: Option<&Contents>,
) -> Result<Vec<Wanted>, CommandError> {
    let named = args.from.as_deref().or(settings.osv_mirror.as_deref());
    let mut wanted = Vec::new();
    for export in &args.exports {
        wanted.push(match export.to_str().filter(|name| is_address(name)) {
            Some(address) => Wanted::There(address.to_owned()),
            None => Wanted::Here(export.clone()),
        });
    }
    for ecosystem in &args.ecosystem {
        wanted.push(below(named.unwrap_or(PUBLIC), ecosystem)?);
    }
    if wanted.is_empty() {
        wanted = again(before, named)?;
    } else if args.from.is_some() && args.ecosystem.is_empty() {
        return Err(CommandError::usage("`--from` says where from, and nothing says what")
            .hint("name ecosystems: `--ecosystem PyPI`"));
    }
    let mut once: Vec<Wanted> = Vec::new();
    for one in wanted {
        if !once.contains(&one) {
            once.push(one);
        }
    }
    Ok(once)
}

/// Returns what a database was made of, from another mirror where one is named.
fn again(before: Option<&Contents>, named: Option<&str>) -> Result<Vec<Wanted>, CommandError> {
    let exports = before.map(|before| before.exports.as_slice()).unwrap_or_default();
    if exports.is_empty() {
        return Err(CommandError::usage(
            "nothing says which exports the database is to be made of",
        )
        .hint("`plimsoll database update --ecosystem PyPI` fetches that of PyPI; one that lies here is named by its path"));
    }
    if let Some(here) = exports.iter().find(|export| !is_address(&export.name)) {
        let name = &here.name;
        return Err(CommandError::usage(format!(
            "the database was made of {name} too, which is not fetched from anywhere"
        ))
        .hint(format!(
            "name everything that it is to be made of, such as `{name}` and `--ecosystem PyPI`"
        )));
    }
    exports
        .iter()
        .map(|export| match (named, ecosystem_of(&export.name)) {
            (Some(base), Some(ecosystem)) => below(base, &ecosystem),
            _ => Ok(Wanted::There(export.name.clone())),
        })
        .collect()
}

/// Returns the export of an ecosystem below a mirror, which is an address or a folder.
fn below(base: &str, ecosystem: &str) -> Result<Wanted, CommandError> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || " .:_-+".contains(c);
    let is_sound = !ecosystem.is_empty()
        && ecosystem.len() <= LONGEST
        && !ecosystem.starts_with('.')
        && ecosystem.chars().all(is_name);
    if !is_sound {
        let shown: String = ecosystem.chars().take(LONGEST).collect();
        return Err(CommandError::usage(format!("`{shown}` is no name of an ecosystem"))
            .hint("PyPI, npm, crates.io, Go, Debian, Ubuntu, Alpine or another that OSV has"));
    }
    if !is_address(base) {
        return Ok(Wanted::Here(Path::new(base).join(ecosystem).join("all.zip")));
    }
    let mut address = base.trim_end_matches('/').to_owned();
    address.push('/');
    for c in ecosystem.chars() {
        match c {
            ' ' | '+' => _ = write!(address, "%{:02X}", u32::from(c)),
            _ => address.push(c),
        }
    }
    address.push_str(EXPORT);
    Ok(Wanted::There(address))
}

/// Returns of which ecosystem an export is, by its address.
pub(super) fn ecosystem_of(address: &str) -> Option<String> {
    let (_, name) = address.strip_suffix(EXPORT)?.rsplit_once('/')?;
    Some(name.replace("%20", " ").replace("%2B", "+"))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Digest;
    use plimsoll_scan::vulnerability::Export;

    use super::*;

    #[test]
    fn an_ecosystem_lies_below_its_mirror() {
        let there = |base: &str, ecosystem: &str| match below(base, ecosystem) {
            Ok(Wanted::There(address)) => address,
            other => panic!("{other:?}"),
        };
        let of_actions = there("https://m.example.org/osv/", "GitHub Actions");
        assert_eq!(of_actions, "https://m.example.org/osv/GitHub%20Actions/all.zip");
        assert_eq!(ecosystem_of(&of_actions).as_deref(), Some("GitHub Actions"));
        assert_eq!(there(PUBLIC, "Debian:12"), format!("{PUBLIC}/Debian:12/all.zip"));
        assert_eq!(
            below("/mnt/osv", "PyPI").unwrap(),
            Wanted::Here("/mnt/osv/PyPI/all.zip".into())
        );
        for name in ["", "..", "../PyPI", "a/b", "PyPI?x", "a%2fb", "\u{e9}", &"a".repeat(65)] {
            assert!(below(PUBLIC, name).is_err(), "{name}");
        }
    }

    #[test]
    fn the_same_is_made_again_and_from_elsewhere_where_that_is_said() {
        let export = |name: &str| Export {
            name: name.to_owned(),
            digest: Digest::blake3(b""),
            records: 1,
            skipped: 0,
            retrieved: None,
            newest: None,
        };
        let of = |names: &[&str], named| {
            let exports = names.iter().map(|name| export(name)).collect();
            again(Some(&Contents { exports, ..Contents::default() }), named)
        };
        let there = |address: &str| Wanted::There(address.to_owned());
        let (pypi, odd) = ("https://a.example.org/PyPI/all.zip", "https://a.example.org/some.zip");
        assert_eq!(of(&[pypi, odd], None).unwrap(), [there(pypi), there(odd)]);
        let elsewhere = of(&[pypi, odd], Some("https://b.example.org")).unwrap();
        assert_eq!(elsewhere, [there("https://b.example.org/PyPI/all.zip"), there(odd)]);
        assert!(of(&[pypi, "npm.zip"], None).unwrap_err().to_string().contains("npm.zip too"));
        assert!(of(&[], None).is_err() && again(None, None).is_err());
    }
}
