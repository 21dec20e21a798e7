//! A package of somebody else's that a model needs.

mod locked;
pub(crate) mod needs;
mod purl;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::locked::{FileHash, HashAlgorithm, Locked, Required};
pub(crate) use self::purl::alpine_branch;
pub use self::purl::{NoEcosystemError, ParsePurlError, Purl};

/// Where a package comes from, spelled as OSV spells it.
///
/// Of a Linux distribution also the release, since a fix is a fix of one release: `Debian:12`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Ecosystem {
    /// The Python package index.
    PyPI,
    /// Conda channels. OSV has no advisories of them by this name.
    Conda,
    /// crates.io.
    CratesIo,
    /// The npm registry.
    Npm,
    /// Go modules.
    Go,
    /// Debian, of a release where it is known, as its major number or its code name.
    Debian(Option<String>),
    /// Ubuntu, of a release.
    Ubuntu(Option<String>),
    /// Alpine, of a release, `v3.20`.
    Alpine(Option<String>),
}

/// The text is the name of no ecosystem that is known here.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is no ecosystem that is known (PyPI, Conda, crates.io, npm, Go, Debian, Ubuntu, Alpine)"
)]
pub struct ParseEcosystemError(String);

impl TryFrom<String> for Ecosystem {
    type Error = ParseEcosystemError;

    fn try_from(text: String) -> Result<Self, ParseEcosystemError> {
        let (name, release) = match text.split_once(':') {
            Some((name, release)) => (name, Some(release.to_owned()).filter(|it| !it.is_empty())),
            None => (text.as_str(), None),
        };
        Ok(match (name, release) {
            ("PyPI", None) => Self::PyPI,
            ("Conda", None) => Self::Conda,
            ("crates.io", None) => Self::CratesIo,
            ("npm", None) => Self::Npm,
            ("Go", None) => Self::Go,
            ("Debian", release) => Self::Debian(release),
            ("Ubuntu", release) => Self::Ubuntu(release),
            ("Alpine", release) => Self::Alpine(release),
            _ => return Err(ParseEcosystemError(text)),
        })
    }
}

impl From<Ecosystem> for String {
    fn from(ecosystem: Ecosystem) -> Self {
        ecosystem.to_string()
    }
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, release) = match self {
            Self::PyPI => ("PyPI", &None),
            Self::Conda => ("Conda", &None),
            Self::CratesIo => ("crates.io", &None),
            Self::Npm => ("npm", &None),
            Self::Go => ("Go", &None),
            Self::Debian(release) => ("Debian", release),
            Self::Ubuntu(release) => ("Ubuntu", release),
            Self::Alpine(release) => ("Alpine", release),
        };
        match release {
            Some(release) => f.pad(&format!("{name}:{release}")),
            None => f.pad(name),
        }
    }
}

/// A package, as some lock, environment, image or SBOM names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Package {
    /// Where it comes from.
    pub ecosystem: Ecosystem,
    /// Its name, as it was written.
    pub name: String,
    /// Its exact version, where one is fixed. One that is not cannot be judged, and is never passed over.
    pub version: Option<String>,
    /// The source package that it was built from, where another is named (Debian, Alpine).
    pub source: Option<SourcePackage>,
    /// The terms that were published with it.
    pub published: Published,
    /// Where it was seen.
    pub place: Place,
    /// What whatever names it tells of it besides.
    #[serde(skip_serializing_if = "Locked::is_empty")]
    pub locked: Locked,
}

/// The package that a binary package was built from: what advisories of Linux distributions speak of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SourcePackage {
    /// Its name.
    pub name: String,
    /// Its version, where it differs from that of the binary package.
    pub version: Option<String>,
}

/// Where something was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Place {
    /// The file, as the user named it; of an image the path in it.
    pub path: String,
    /// The line of that file, from 1.
    pub line: Option<u64>,
}

/// What was published with a package of its terms, untouched.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Published {
    /// An SPDX expression in a field that is one (PEP 639, `license` of a crate, an SBOM's `expression`).
    pub expression: Option<String>,
    /// Free text: the old `License:` field of Python, `license` of npm's oldest form.
    pub text: Option<String>,
    /// `License ::` classifiers of Python.
    pub classifiers: Vec<String>,
    /// Licence files that came along.
    pub files: Vec<LicenseFile>,
}

impl Published {
    /// Tells whether nothing was published.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A licence file that came with a package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct LicenseFile {
    /// Its name.
    pub name: String,
    /// What it says; `None` where only the name is known.
    pub text: Option<String>,
}

impl Package {
    /// Makes a package of which only its name, version and place are known.
    pub fn new(
        ecosystem: Ecosystem,
        name: impl Into<String>,
        version: Option<String>,
        place: Place,
    ) -> Self {
        Self {
            ecosystem,
            name: name.into(),
            version,
            source: None,
            published: Published::default(),
            place,
            locked: Locked::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ecosystem_reads_as_it_is_written() {
        for text in [
            "PyPI",
            "crates.io",
            "npm",
            "Go",
            "Conda",
            "Debian",
            "Debian:12",
            "Alpine:v3.20",
            "Ubuntu:22.04:LTS",
        ] {
            let ecosystem = Ecosystem::try_from(text.to_owned()).unwrap();
            assert_eq!(ecosystem.to_string(), text);
        }
        assert!(Ecosystem::try_from("PyPI:3".to_owned()).is_err());
        assert!(Ecosystem::try_from("Maven".to_owned()).is_err());
    }
}
