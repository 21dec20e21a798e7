//! Debian and what is made of it: the database of `dpkg`.

mod copyright;

use super::error::Problem;
use super::gather::Gathering;
use super::os_release::OsRelease;
use super::stanza::{Stanza, stanzas};
use crate::package::{Package, Published, SourcePackage};

pub(super) use self::copyright::read_copyright;

/// Reads a database of `dpkg`, or a file of `status.d`; `published` looks the terms of a package up.
///
/// What was removed and left its configuration behind is not installed. What is half installed is.
///
/// # Errors
/// An entry has no name, or a line is no field.
pub(super) fn read_status(
    text: &str,
    release: &OsRelease,
    published: &dyn Fn(&str) -> Published,
    gathering: &mut Gathering<'_>,
) -> Result<(), Problem> {
    let (ecosystem, why) = release.of_debian();
    for stanza in stanzas(text) {
        if let Some(line) = stanza.stray {
            return Err(Problem::form(Some(line), "the line is no field of a package"));
        }
        if stanza.is_cut {
            return Err(Problem::form(Some(stanza.line), "an entry has more fields than are read"));
        }
        let Some(name) = stanza.get("Package") else {
            return Err(Problem::form(Some(stanza.line), "an entry has no `Package`"));
        };
        if !is_installed(&stanza) {
            continue;
        }
        let place = gathering.at(Some(stanza.line));
        let version = stanza.get("Version").map(str::to_owned);
        let mut package = Package::new(ecosystem.clone(), name, version, place);
        package.source = stanza.get("Source").and_then(source);
        package.published = published(name);
        match &why {
            Some(why) => gathering.doubtful(package, why.as_str()),
            None => gathering.add(package),
        }
    }
    Ok(())
}

/// Tells whether files of a package are there. An image without `dpkg` does not say, and has them.
fn is_installed(stanza: &Stanza<'_>) -> bool {
    let state = stanza.get("Status").and_then(|status| status.split_whitespace().nth(2));
    !matches!(state, Some("not-installed" | "config-files"))
}

/// Reads `name` or `name (version)`.
fn source(text: &str) -> Option<SourcePackage> {
    let (name, version) = match text.split_once('(') {
        Some((name, version)) => (name.trim(), Some(version.trim_end_matches(')').trim())),
        None => (text.trim(), None),
    };
    let version = version.filter(|version| !version.is_empty()).map(str::to_owned);
    (!name.is_empty()).then(|| SourcePackage { name: name.to_owned(), version })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Inventory, Kind};

    const BOOKWORM: &str = "ID=debian\nVERSION_ID=\"12\"\n";

    fn read(text: &str, release: &str) -> Result<Inventory, Problem> {
        let mut gathering = Gathering::new("var/lib/dpkg/status");
        let published = |_: &str| Published::default();
        read_status(text, &OsRelease::parse(release), &published, &mut gathering)?;
        Ok(gathering.finish(Kind::DpkgStatus).unwrap())
    }

    const STATUS: &str = "Package: libc6
Status: install ok installed
Source: glibc
Version: 2.36-9+deb12u4
Description: GNU C Library
 several
 lines
 .

Package: zlib1g
Status: install ok unpacked
Source: zlib (1:1.2.13.dfsg-1)
Version: 1:1.2.13.dfsg-1+b1

Package: gone
Status: deinstall ok config-files
Version: 1.0

Package: bash
Version: 5.2.15-2+b2
";

    #[test]
    fn reads_what_is_installed() {
        insta::assert_snapshot!(read(STATUS, BOOKWORM).unwrap().shown(), @r"
        Debian:12 bash 5.2.15-2+b2 (var/lib/dpkg/status:19)
        Debian:12 libc6 2.36-9+deb12u4 from glibc - (var/lib/dpkg/status:1)
        Debian:12 zlib1g 1:1.2.13.dfsg-1+b1 from zlib 1:1.2.13.dfsg-1 (var/lib/dpkg/status:10)
        ");
    }

    #[test]
    fn what_is_of_no_known_release_is_not_audited() {
        let status = "Package: bash\nVersion: 5\n";
        insta::assert_snapshot!(read(status, "ID=kali").unwrap().shown(), @r"
        Debian bash 5 (var/lib/dpkg/status:1)
        not audited: bash 5: its distribution is `kali`, of which no advisories are known here (var/lib/dpkg/status:1)
        ");
        assert_eq!(read(status, "").unwrap().not_audited.len(), 1);
    }

    #[test]
    fn what_is_no_database_is_refused() {
        insta::assert_snapshot!(read("Version: 1\n", BOOKWORM).unwrap_err(), @"line 1: an entry has no `Package`");
        insta::assert_snapshot!(read("Package: a\nnonsense\n", BOOKWORM).unwrap_err(), @"line 2: the line is no field of a package");
    }
}
