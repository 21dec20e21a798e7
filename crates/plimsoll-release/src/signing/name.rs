//! Names of signed files.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest name, in bytes.
const LONGEST: usize = 4096;

/// What the only file of a model is called that is no folder.
const MODEL: &str = ".";

/// The name of a signed file: its path within the model's folder in one spelling, or `.` where the
/// model is one file. It cannot lead out, links apart, which are looked at where files are opened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileName(String);

/// The text is no name of a signed file.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{}` names no file of the model's folder (expected a path without `.`, `..` and control characters)",
    .0.escape_debug()
)]
pub struct ParseFileNameError(String);

impl FileName {
    /// Returns the name of a model that is one file, whatever that is called.
    pub fn of_model() -> Self {
        Self(MODEL.to_owned())
    }

    /// Tells whether it stands for the whole model.
    pub fn is_model(&self) -> bool {
        self.0 == MODEL
    }

    /// Returns where the file lies that `model` calls so.
    pub fn below(&self, model: &Path) -> PathBuf {
        if self.is_model() { model.to_owned() } else { model.join(&self.0) }
    }

    /// Tells whether it is `other` or lies in the folder `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.strip_prefix(&other.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Returns the name of `own` in the folder that this names.
    pub(super) fn join(&self, own: &str) -> Result<Self, ParseFileNameError> {
        if self.is_model() { own.parse() } else { format!("{}/{own}", self.0).parse() }
    }

    /// Returns the parts of the path, by which files are put in order.
    pub(super) fn parts(&self) -> Vec<&str> {
        if self.is_model() { Vec::new() } else { self.0.split('/').collect() }
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for FileName {
    type Err = ParseFileNameError;

    fn from_str(s: &str) -> Result<Self, ParseFileNameError> {
        let is_path = s.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let is_plain = s.len() <= LONGEST && !s.chars().any(char::is_control);
        if s == MODEL || (is_path && is_plain) {
            return Ok(Self(s.to_owned()));
        }
        Err(ParseFileNameError(s.chars().take(200).collect()))
    }
}

impl TryFrom<String> for FileName {
    type Error = ParseFileNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cannot_lead_out_and_has_one_spelling() {
        let long = "a".repeat(4097);
        for bad in
            ["", "/", "/a", "..", "../a", "a/..", "a/./b", "./a", "a/", "a//b", "a\nb", &long]
        {
            assert!(bad.parse::<FileName>().is_err(), "{bad:?}");
        }
        for good in [".", ".git", "a b/ü.bin", "a\\b", "..a", "a..", "..."] {
            assert_eq!(good.parse::<FileName>().unwrap().to_string(), good);
        }
    }

    #[test]
    fn lies_in_folders_by_whole_parts() {
        let name = |text: &str| text.parse::<FileName>().unwrap();
        assert!(name("a/b").is_within(&name("a")));
        assert!(!name("ab").is_within(&name("a")));
        assert_eq!(FileName::of_model().join("a").unwrap(), name("a"));
        assert_eq!(name("a").join("b").unwrap(), name("a/b"));
        assert!(name("a").join("..").is_err());
        assert_eq!(name("a/b").below(Path::new("/m")), Path::new("/m/a/b"));
        assert_eq!(FileName::of_model().below(Path::new("/m")), Path::new("/m"));
    }
}
