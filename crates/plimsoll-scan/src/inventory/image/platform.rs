//! For which machines an image is.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// A platform as images name it, `linux/amd64` or `linux/arm/v7`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct Platform {
    os: String,
    architecture: String,
    variant: Option<String>,
}

/// The text is no platform.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is no platform (expected `OS/ARCHITECTURE` or `OS/ARCHITECTURE/VARIANT`, such as `linux/amd64`)"
)]
pub struct ParsePlatformError(String);

impl Platform {
    /// Makes a platform of what an image says.
    pub(super) fn of(os: &str, architecture: &str, variant: Option<&str>) -> Self {
        Self {
            os: os.to_owned(),
            architecture: architecture.to_owned(),
            variant: variant.map(str::to_owned),
        }
    }

    /// Returns the one that is read where none is asked for.
    pub fn usual() -> Self {
        Self::of("linux", "amd64", None)
    }

    /// Tells whether an image for `other` is one for this; only a variant that is asked for matters.
    pub(super) fn accepts(&self, other: &Self) -> bool {
        self.os == other.os
            && self.architecture == other.architecture
            && (self.variant.is_none() || self.variant == other.variant)
    }
}

impl FromStr for Platform {
    type Err = ParsePlatformError;

    fn from_str(text: &str) -> Result<Self, ParsePlatformError> {
        let parts: Vec<&str> = text.split('/').collect();
        let is_word = |part: &&str| {
            !part.is_empty()
                && part.bytes().all(|it| it.is_ascii_alphanumeric() || b"._-".contains(&it))
        };
        match parts.as_slice() {
            [os, architecture] if parts.iter().all(is_word) => Ok(Self::of(os, architecture, None)),
            [os, architecture, variant] if parts.iter().all(is_word) => {
                Ok(Self::of(os, architecture, Some(variant)))
            }
            _ => Err(ParsePlatformError(text.to_owned())),
        }
    }
}

impl From<Platform> for String {
    fn from(platform: Platform) -> Self {
        platform.to_string()
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.as_ref().map_or(Ok(()), |variant| write!(f, "/{variant}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_reads_as_it_is_written() {
        for text in ["linux/amd64", "linux/arm/v7"] {
            assert_eq!(text.parse::<Platform>().unwrap().to_string(), text);
        }
        for text in ["", "linux", "linux/", "a/b/c/d", "linux/am d64"] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
        let (any, v7): (Platform, Platform) =
            ("linux/arm".parse().unwrap(), "linux/arm/v7".parse().unwrap());
        assert!(any.accepts(&v7) && !v7.accepts(&any));
    }
}
