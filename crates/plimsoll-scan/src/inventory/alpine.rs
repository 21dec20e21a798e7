//! Alpine: the database of `apk`.

use super::error::Problem;
use super::expression::is_expression;
use super::gather::Gathering;
use super::os_release::OsRelease;
use crate::package::{Package, SourcePackage};

/// What is known of the package whose lines are being read.
#[derive(Default)]
struct Entry<'t> {
    line: u64,
    name: Option<&'t str>,
    version: Option<&'t str>,
    origin: Option<&'t str>,
    license: Option<&'t str>,
}

/// Reads a database of `apk`: lines of a letter, a colon and a value; an empty line ends a package.
///
/// # Errors
/// A line is of another form, or a package has no name.
pub(super) fn read_installed(
    text: &str,
    release: &OsRelease,
    gathering: &mut Gathering<'_>,
) -> Result<(), Problem> {
    let mut entry = Entry::default();
    for (line, number) in text.lines().zip(1..) {
        if line.trim().is_empty() {
            add(&std::mem::take(&mut entry), release, gathering)?;
            continue;
        }
        let Some((key, value)) = line.split_once(':').filter(|(key, _)| key.len() == 1) else {
            let message = "the line is no field of a package (expected a letter and a colon)";
            return Err(Problem::form(Some(number), message));
        };
        if entry.line == 0 {
            entry.line = number;
        }
        let value = Some(value.trim()).filter(|value| !value.is_empty());
        match key {
            "P" => entry.name = value,
            "V" => entry.version = value,
            "o" => entry.origin = value,
            "L" => entry.license = value,
            _ => {}
        }
    }
    add(&entry, release, gathering)
}

fn add(
    entry: &Entry<'_>,
    release: &OsRelease,
    gathering: &mut Gathering<'_>,
) -> Result<(), Problem> {
    if entry.line == 0 {
        return Ok(());
    }
    let Some(name) = entry.name else {
        return Err(Problem::form(Some(entry.line), "an entry has no name (`P:`)"));
    };
    let (ecosystem, why) = release.of_alpine();
    let place = gathering.at(Some(entry.line));
    let mut package = Package::new(ecosystem, name, entry.version.map(str::to_owned), place);
    let origin = entry.origin.filter(|origin| *origin != name);
    package.source = origin.map(|it| SourcePackage { name: it.to_owned(), version: None });
    match entry.license {
        Some(license) if is_expression(license) => {
            package.published.expression = Some(license.to_owned());
        }
        license => package.published.text = license.map(str::to_owned),
    }
    match why {
        Some(why) => gathering.doubtful(package, why),
        None => gathering.add(package),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Inventory, Kind};

    fn read(text: &str, release: &str) -> Result<Inventory, Problem> {
        let mut gathering = Gathering::new("lib/apk/db/installed");
        read_installed(text, &OsRelease::parse(release), &mut gathering)?;
        Ok(gathering.finish(Kind::ApkInstalled).unwrap())
    }

    #[test]
    fn reads_what_is_installed() {
        let text = "C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\no:musl\nF:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\n\nP:libcrypto3\nV:3.3.2-r0\nL:Apache-2.0\no:openssl\n\nP:old\nV:1-r0\nL:BSD GPL\n";
        let release = "ID=alpine\nVERSION_ID=3.20.3";
        insta::assert_snapshot!(read(text, release).unwrap().shown(), @r"
        Alpine:v3.20 libcrypto3 3.3.2-r0 from openssl - [Apache-2.0] (lib/apk/db/installed:11)
        Alpine:v3.20 musl 1.2.5-r0 [MIT] (lib/apk/db/installed:1)
        Alpine:v3.20 old 1-r0 [BSD GPL] (lib/apk/db/installed:16)
        ");
        assert_eq!(read(text, "ID=wolfi").unwrap().not_audited.len(), 3);
        insta::assert_snapshot!(read("V:1\n", release).unwrap_err(), @"line 1: an entry has no name (`P:`)");
        insta::assert_snapshot!(read("P:a\nnonsense\n", release).unwrap_err(), @"line 2: the line is no field of a package (expected a letter and a colon)");
    }
}
