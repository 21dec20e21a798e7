//! `os-release`: which release of which distribution an image is.

use crate::package::{Ecosystem, alpine_branch};

/// A distribution and its release, as `os-release` names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct OsRelease {
    /// `debian`, `ubuntu`, `alpine` or another.
    pub(super) id: String,
    version_id: Option<String>,
    codename: Option<String>,
    is_long_term: bool,
}

impl OsRelease {
    /// Reads an `os-release`; what is not there is not known.
    pub(super) fn parse(text: &str) -> Self {
        let mut release = Self::default();
        for line in text.lines() {
            let Some((key, value)) = line.trim().split_once('=') else { continue };
            let value = value.trim_matches(['"', '\'']).to_owned();
            match key {
                "ID" => release.id = value,
                "VERSION_ID" => release.version_id = Some(value),
                "VERSION_CODENAME" => release.codename = Some(value),
                "VERSION" => release.is_long_term = value.contains("LTS"),
                _ => {}
            }
        }
        release
    }

    /// Returns the ecosystem of packages of `dpkg`, and why it is not one that advisories speak of.
    pub(super) fn of_debian(&self) -> (Ecosystem, Option<String>) {
        let release = self.version_id.clone().filter(|it| !it.is_empty());
        match self.id.as_str() {
            "debian" => {
                let release = release.or_else(|| self.codename.clone());
                let why = release.is_none().then(|| NO_RELEASE.to_owned());
                (Ecosystem::Debian(release), why)
            }
            "ubuntu" => {
                let long_term = if self.is_long_term { ":LTS" } else { "" };
                let release = release.map(|release| format!("{release}{long_term}"));
                let why = release.is_none().then(|| NO_RELEASE.to_owned());
                (Ecosystem::Ubuntu(release), why)
            }
            other => (Ecosystem::Debian(None), Some(unknown(other))),
        }
    }

    /// Returns the ecosystem of packages of `apk`, and why it is not one that advisories speak of.
    pub(super) fn of_alpine(&self) -> (Ecosystem, Option<String>) {
        if self.id != "alpine" {
            return (Ecosystem::Alpine(None), Some(unknown(&self.id)));
        }
        let release = self.version_id.as_deref().and_then(alpine_branch);
        let why = release.is_none().then(|| NO_RELEASE.to_owned());
        (Ecosystem::Alpine(release), why)
    }
}

/// Why a package of a distribution cannot be judged whose release is not known.
const NO_RELEASE: &str = "the release of its distribution is not known (`os-release` does not say)";

fn unknown(id: &str) -> String {
    match id {
        "" => "its distribution and release are not known (there is no `os-release`)".to_owned(),
        _ => format!("its distribution is `{id}`, of which no advisories are known here"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_which_release_of_what() {
        let debian = |text: &str| OsRelease::parse(text).of_debian();
        let ecosystem = |text: &str| debian(text).0.to_string();
        assert_eq!(
            ecosystem("ID=debian\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\""),
            "Debian:12"
        );
        assert_eq!(ecosystem("ID=debian\nVERSION_CODENAME=trixie"), "Debian:trixie");
        let lts = "ID=ubuntu\nVERSION_ID=\"22.04\"\nVERSION=\"22.04.3 LTS (Jammy)\"";
        assert_eq!(ecosystem(lts), "Ubuntu:22.04:LTS");
        assert_eq!(ecosystem("ID=ubuntu\nVERSION_ID='23.10'"), "Ubuntu:23.10");
        for text in ["", "ID=kali\nVERSION_ID=2024.1", "ID=debian", "ID=ubuntu"] {
            assert!(debian(text).1.is_some(), "{text}");
        }
        let alpine = |text: &str| OsRelease::parse(text).of_alpine();
        assert_eq!(alpine("ID=alpine\nVERSION_ID=3.20.3").0.to_string(), "Alpine:v3.20");
        assert_eq!(alpine("ID=alpine\nVERSION_ID=3.21_alpha20240923").0.to_string(), "Alpine:edge");
        for text in ["ID=wolfi\nVERSION_ID=20230201", "ID=alpine\nVERSION_ID=x", "ID=debian"] {
            assert!(alpine(text).1.is_some(), "{text}");
        }
    }
}
