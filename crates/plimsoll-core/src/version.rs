//! What models are called once they are released: variants, numbers, versions, references.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::name::ParseNameError;
use crate::{Alias, ModelName, VariantName};

/// The longest number that is accepted, in bytes: numbers become parts of paths and tables.
const LONGEST: usize = 100;

/// A lineage of a model with numbers of its own: `bike-demand`, or `bike-demand.fast`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Variant {
    /// The model.
    pub model: ModelName,
    /// Which lineage of it; `None` for the one that is called like the model.
    pub name: Option<VariantName>,
}

/// A number after `SemVer` 2.0, without build metadata: `1.4.0`, `2.0.0-rc.1`.
///
/// Build metadata has no place in the order, so two numbers could be neither equal nor ordered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Number(semver::Version);

/// A released model: `bike-demand@1.4.0`. Ordered by variant, then by number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version {
    /// Its variant.
    pub variant: Variant,
    /// Its number, unique in the variant.
    pub number: Number,
}

/// What a person names a version by: `bike-demand@1.4.0` or `bike-demand@champion`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference {
    /// The variant.
    pub variant: Variant,
    /// Which version of it.
    pub to: Target,
}

/// What stands behind the `@` of a [`Reference`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A number.
    Number(Number),
    /// An alias.
    Alias(Alias),
}

/// The text names no variant.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is no variant (expected `MODEL` or `MODEL.VARIANT`)")]
pub struct ParseVariantError {
    text: String,
    source: ParseNameError,
}

/// The text is no number of a version.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no version number (expected MAJOR.MINOR.PATCH, such as `1.4.0`)")]
pub struct ParseNumberError(String);

/// The text names no version.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseVersionError {
    /// There is nothing behind an `@`.
    #[error("`{0}` names no version (expected `MODEL@VERSION`, such as `bike-demand@1.4.0`)")]
    NoNumber(String),
    /// What stands before the `@` is no variant.
    #[error(transparent)]
    Variant(#[from] ParseVariantError),
    /// What stands behind the `@` is no number.
    #[error(transparent)]
    Number(#[from] ParseNumberError),
    /// What stands behind the `@` is neither a number nor an alias.
    #[error("`{0}` is neither a version number (`1.4.0`) nor an alias (`champion`)")]
    Target(String),
}

fn shown(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

fn parts(text: &str) -> Result<(&str, &str), ParseVersionError> {
    text.split_once('@').ok_or_else(|| ParseVersionError::NoNumber(shown(text)))
}

impl Number {
    /// The number of the first release of a variant.
    pub const FIRST: Self = Self::new(1, 0, 0);

    /// Makes the number of a release that is no pre-release.
    pub const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self(semver::Version::new(major, minor, patch))
    }

    /// Returns the major, minor and patch number.
    pub fn parts(&self) -> [u64; 3] {
        [self.0.major, self.0.minor, self.0.patch]
    }

    /// Tells whether it has a part behind `-`.
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }
}

impl From<ModelName> for Variant {
    fn from(model: ModelName) -> Self {
        Self { model, name: None }
    }
}

impl From<Version> for Reference {
    fn from(version: Version) -> Self {
        Self { variant: version.variant, to: Target::Number(version.number) }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{}.{name}", self.model),
            None => write!(f, "{}", self.model),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.variant, self.number)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.to {
            Target::Number(number) => write!(f, "{}@{number}", self.variant),
            Target::Alias(alias) => write!(f, "{}@{alias}", self.variant),
        }
    }
}

impl FromStr for Variant {
    type Err = ParseVariantError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let invalid = |source| ParseVariantError { text: shown(s), source };
        let (model, name) = match s.split_once('.') {
            Some((model, name)) => (model, Some(name)),
            None => (s, None),
        };
        Ok(Self {
            model: model.parse().map_err(invalid)?,
            name: name.map(str::parse).transpose().map_err(invalid)?,
        })
    }
}

impl FromStr for Number {
    type Err = ParseNumberError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let invalid = || ParseNumberError(shown(s));
        if s.len() > LONGEST {
            return Err(invalid());
        }
        let number = semver::Version::parse(s).map_err(|_| invalid())?;
        if number.build.is_empty() { Ok(Self(number)) } else { Err(invalid()) }
    }
}

impl FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let (variant, number) = parts(s)?;
        Ok(Self { variant: variant.parse()?, number: number.parse()? })
    }
}

impl FromStr for Reference {
    type Err = ParseVersionError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let (variant, target) = parts(s)?;
        let neither = |_| ParseVersionError::Target(shown(target));
        let to = match target.parse() {
            Ok(number) => Target::Number(number),
            Err(_) => Target::Alias(target.parse().map_err(neither)?),
        };
        Ok(Self { variant: variant.parse()?, to })
    }
}

// The four share how they are stored: as they are written.
macro_rules! stored_as_written {
    ($($name:ident: $error:ident),+) => {$(
        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    )+};
}

stored_as_written! {
    Variant: ParseVariantError, Number: ParseNumberError,
    Version: ParseVersionError, Reference: ParseVersionError
}

#[cfg(test)]
mod tests;
