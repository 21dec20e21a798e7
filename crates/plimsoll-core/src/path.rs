//! Paths inside the repository.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A path relative to the repository's root, in one spelling: UTF-8, `/` between parts, no `.`
/// or `..`, no control characters. It cannot lead out, links apart, which are looked at where files are opened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepoPath(String);

/// The text is no path inside the repository.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` {reason}", path.escape_debug())]
pub struct ParsePathError {
    path: String,
    reason: &'static str,
}

impl RepoPath {
    /// Returns the path as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path below `root`.
    pub fn below(&self, root: &Path) -> PathBuf {
        root.join(&self.0)
    }

    /// Tells whether it is `other` or lies in the folder `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.strip_prefix(&other.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Returns the path of `name` in the folder that this path names.
    pub fn join(&self, name: &str) -> Result<Self, ParsePathError> {
        format!("{}/{name}", self.0).parse()
    }
}

impl FromStr for RepoPath {
    type Err = ParsePathError;

    fn from_str(s: &str) -> Result<Self, ParsePathError> {
        let refused = |reason| Err(ParsePathError { path: s.chars().take(200).collect(), reason });
        if s.is_empty() {
            return refused("is empty (expected a path)");
        }
        if s.len() > 4096 {
            return refused("is longer than 4096 bytes");
        }
        if s.chars().any(char::is_control) {
            return refused("contains a control character, such as a line break or a tab");
        }
        if s.starts_with('/') {
            return refused("is absolute (expected a path inside the repository)");
        }
        if s.contains('\\') {
            return refused("contains a backslash (parts are separated by `/`)");
        }
        let parts: Vec<&str> = s.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if parts.contains(&"..") {
            return refused("contains `..` (expected a path inside the repository)");
        }
        match parts.first() {
            None => refused("is the repository itself (expected a path inside it)"),
            Some(&".git" | &".plimsoll") => refused("lies in a folder that no step may touch"),
            Some(_) => Ok(Self(parts.join("/"))),
        }
    }
}

impl TryFrom<String> for RepoPath {
    type Error = ParsePathError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RepoPath> for String {
    fn from(path: RepoPath) -> Self {
        path.0
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cannot_lead_out() {
        for bad in ["", ".", "/etc/passwd", "../x", "a/../../x", "a\nb", ".git/config", "a\\b"] {
            assert!(bad.parse::<RepoPath>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn has_one_spelling() {
        let path: RepoPath = "./build//my model.onnx".parse().unwrap();
        assert_eq!(path.as_str(), "build/my model.onnx");
        assert!(path.is_within(&"build".parse().unwrap()));
        assert!(!path.is_within(&"bui".parse().unwrap()));
    }
}
