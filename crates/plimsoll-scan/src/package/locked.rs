//! What a lock or an environment tells of a package besides its name and version.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

/// What is told of a package by whatever names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Locked {
    /// The hashes of the files that it may be installed from, sorted: one of them was.
    pub hashes: Vec<FileHash>,
    /// What it needs of its own ecosystem, sorted; `None` where nothing tells.
    pub requires: Option<Vec<Required>>,
    /// Who of the project's own asks for it: a package of its own, or a file; sorted, and empty where nobody is
    /// known to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asked_by: Vec<String>,
}

/// A package that another one needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Required {
    /// Its name, as it was written.
    pub name: String,
    /// The version that is meant, where several are there.
    pub version: Option<String>,
}

/// The hash of a file that somebody publishes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct FileHash {
    algorithm: HashAlgorithm,
    digits: String,
}

/// How a [`FileHash`] was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashAlgorithm {
    /// MD5, which old locks have. It proves nothing against somebody who wants a collision.
    Md5,
    /// SHA-1; likewise.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl HashAlgorithm {
    const ALL: [Self; 5] = [Self::Md5, Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    /// Returns its name as locks write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Returns how many hexadecimal digits such a hash has.
    fn digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha1 => 40,
            Self::Sha256 => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
        }
    }
}

impl FileHash {
    /// Makes a hash of its algorithm's name and its digits; `None` where they are none.
    pub fn of(algorithm: &str, digits: &str) -> Option<Self> {
        let known = HashAlgorithm::ALL;
        let algorithm = known.into_iter().find(|it| it.as_str().eq_ignore_ascii_case(algorithm))?;
        let is_sound = digits.len() == algorithm.digits()
            && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_sound.then(|| Self { algorithm, digits: digits.to_ascii_lowercase() })
    }

    /// Reads `sha256:…`; `None` where it is none that is known.
    pub fn parse(text: &str) -> Option<Self> {
        let (algorithm, digits) = text.trim().split_once(':')?;
        Self::of(algorithm, digits)
    }

    /// Returns how it was computed.
    pub fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// Returns its hexadecimal digits, in lower case.
    pub fn digits(&self) -> &str {
        &self.digits
    }
}

impl fmt::Display for FileHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.as_str(), self.digits)
    }
}

impl From<FileHash> for String {
    fn from(hash: FileHash) -> Self {
        hash.to_string()
    }
}

impl Locked {
    /// Tells whether nothing is told.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Makes what is told of hashes and of what is needed, in order and each once.
    pub(crate) fn of(mut hashes: Vec<FileHash>, mut requires: Option<Vec<Required>>) -> Self {
        hashes.sort();
        hashes.dedup();
        if let Some(requires) = &mut requires {
            requires.sort();
            requires.dedup();
        }
        Self { hashes, requires, asked_by: Vec::new() }
    }

    /// Takes in what another source tells of the same package.
    pub(crate) fn join(&mut self, other: Self) {
        let mine = std::mem::take(self);
        let hashes = mine.hashes.into_iter().chain(other.hashes).collect();
        let asked_by: BTreeSet<String> = mine.asked_by.into_iter().chain(other.asked_by).collect();
        let requires = match (mine.requires, other.requires) {
            (Some(mine), Some(other)) => Some(mine.into_iter().chain(other).collect()),
            (mine, other) => mine.or(other),
        };
        *self = Self::of(hashes, requires);
        self.asked_by = asked_by.into_iter().collect();
    }
}

impl Required {
    /// Makes a need of any version of `name`.
    pub(crate) fn any(name: &str) -> Self {
        Self { name: name.to_owned(), version: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_in_one_spelling_or_not_at_all() {
        let digits = "AB".repeat(32);
        let hash = FileHash::parse(&format!("SHA256:{digits}")).unwrap();
        assert_eq!(hash.to_string(), format!("sha256:{}", digits.to_lowercase()));
        for none in ["", "sha256", "sha256:", "sha256:ab", "md4:00", "sha1:zz"] {
            assert_eq!(FileHash::parse(none), None, "{none}");
        }
        assert_eq!(FileHash::of("sha1", &"é".repeat(20)), None);
    }

    #[test]
    fn what_two_sources_tell_is_told_together() {
        let hash = |digit: &str| FileHash::of("md5", &digit.repeat(32)).unwrap();
        let mut one = Locked::of(vec![hash("b")], None);
        one.join(Locked::of(vec![hash("a"), hash("b")], Some(vec![Required::any("numpy")])));
        assert_eq!(one.hashes, [hash("a"), hash("b")]);
        one.join(Locked::of(Vec::new(), Some(vec![Required::any("abc")])));
        assert_eq!(one.requires.unwrap(), [Required::any("abc"), Required::any("numpy")]);
    }
}
