//! `METADATA` and `PKG-INFO`: what an installed package says of itself.

use super::package;
use super::relations::required;
use crate::inventory::stanza::{Stanza, stanzas};
use crate::package::{LicenseFile, Locked, Package, Place, Published};

/// What setuptools writes where nothing was said.
const NOTHING: &str = "UNKNOWN";

/// Reads what a package says of itself, in any version of the format; only the fields before the
/// first empty line are its own.
///
/// The licence files are named only; their texts stand in files of their own.
pub(super) fn read_metadata(text: &str, place: Place) -> Result<Package, &'static str> {
    let stanza = stanzas(text).next().unwrap_or_default();
    if stanza.is_cut {
        return Err("its metadata has more fields than are read");
    }
    let name = stanza.get("Name").ok_or("its metadata has no `Name`")?;
    let version = stanza.get("Version").ok_or("its metadata has no `Version`")?;
    let mut read = package(name, Some(version), place);
    read.published = published(&stanza);
    let requires = stanza.all("Requires-Dist").filter_map(required);
    // Metadata before version 1.2 cannot say it.
    let says_it = !matches!(stanza.get("Metadata-Version"), None | Some("1.0" | "1.1"));
    read.locked = Locked::of(Vec::new(), says_it.then(|| requires.collect()));
    Ok(read)
}

fn published(stanza: &Stanza<'_>) -> Published {
    let said = |name: &str| stanza.get(name).filter(|value| *value != NOTHING).map(str::to_owned);
    let classifiers = stanza.all("Classifier").filter(|it| it.starts_with("License ::"));
    let files = stanza.all("License-File").filter(|name| !name.is_empty());
    Published {
        expression: said("License-Expression"),
        text: said("License"),
        classifiers: classifiers.map(str::to_owned).collect(),
        files: files.map(|name| LicenseFile { name: name.to_owned(), text: None }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Package, &'static str> {
        read_metadata(text, Place::default())
    }

    #[test]
    fn reads_every_version_of_the_format() {
        let new = "Metadata-Version: 2.4\nName: a_b\nVersion: 1.0\nLicense-Expression: MIT OR ISC\nLicense-File: LICENSE\nLicense-File: vendor/COPYING\n\nLicense: not this\n";
        let package = read(new).unwrap();
        assert_eq!((package.name.as_str(), package.version.as_deref()), ("a_b", Some("1.0")));
        assert_eq!(package.published.expression.as_deref(), Some("MIT OR ISC"));
        assert_eq!(package.published.text, None);
        let names: Vec<_> = package.published.files.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["LICENSE", "vendor/COPYING"]);

        let old = "Metadata-Version: 1.1\r\nName: old\r\nVersion: 2\r\nLicense: Copyright me\r\n        All rights\r\n       |reserved\r\nClassifier: Programming Language :: Python\r\nClassifier: License :: OSI Approved :: MIT License\r\n";
        let published = read(old).unwrap().published;
        assert_eq!(published.text.as_deref(), Some("Copyright me\nAll rights\nreserved"));
        assert_eq!(published.classifiers, ["License :: OSI Approved :: MIT License"]);

        let none = "Metadata-Version: 2.1\nName: none\nVersion: 1\nLicense: UNKNOWN\n";
        assert!(read(none).unwrap().published.is_empty());
    }

    #[test]
    fn says_what_it_needs_where_its_version_of_the_format_can() {
        let needs = |text: &str| {
            let requires = read(text).unwrap().locked.requires;
            requires.map(|all| all.into_iter().map(|it| it.name).collect::<Vec<_>>())
        };
        let new = "Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Dist: numpy (>=1)\nRequires-Dist: six\nRequires-Dist: pytest ; extra == 'test'\n";
        assert_eq!(needs(new).unwrap(), ["numpy", "six"]);
        assert_eq!(needs("Metadata-Version: 2.1\nName: a\nVersion: 1\n").unwrap(), [""; 0]);
        assert_eq!(needs("Metadata-Version: 1.1\nName: a\nVersion: 1\n"), None);
    }

    #[test]
    fn what_names_nothing_is_said_so() {
        assert!(read("").is_err());
        assert!(read("Name: a").is_err());
        assert!(read("\n\nVersion: 1\n\nName: a").is_err());
    }
}
