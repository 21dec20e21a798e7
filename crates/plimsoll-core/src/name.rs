//! Names and ids, each parsed once.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest name that is accepted, in bytes: names become parts of paths and tables.
const LONGEST: usize = 100;

/// A name does not have its form.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` is no {what} (expected {expected})")]
pub struct ParseNameError {
    name: String,
    what: &'static str,
    expected: &'static str,
}

fn check(
    name: &str,
    what: &'static str,
    expected: &'static str,
    first: fn(char) -> bool,
    accepted: fn(char) -> bool,
) -> Result<String, ParseNameError> {
    if name.starts_with(first) && name.len() <= LONGEST && name.chars().all(accepted) {
        Ok(name.to_owned())
    } else {
        Err(ParseNameError { name: name.chars().take(LONGEST).collect(), what, expected })
    }
}

fn is_alphanumeric(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

fn is_letter(c: char) -> bool {
    c.is_ascii_lowercase()
}

fn is_hexadecimal(c: char) -> bool {
    c.is_ascii_digit() || ('a'..='f').contains(&c)
}

fn is_kebab(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

// Names with one form of life; a generic parameter would leak into every signature.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $expected:literal, $accepted:path) => {
        name! { $(#[$doc])* $name, $what, $expected, is_alphanumeric, $accepted }
    };
    (
        $(#[$doc:meta])* $name:ident, $what:literal, $expected:literal,
        $first:path, $accepted:path
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the name as it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = ParseNameError;

            fn from_str(s: &str) -> Result<Self, ParseNameError> {
                check(s, $what, $expected, $first, $accepted).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseNameError;

            fn try_from(text: String) -> Result<Self, ParseNameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name! {
    /// A model's name in the registry, `bike-demand`.
    ModelName, "model name", "lower-case letters, digits and `-`, at most 100", is_kebab
}
name! {
    /// The name of a step of the pipeline, `train`.
    StepName, "step name", "letters, digits, `-` and `_`, at most 100", is_word
}
name! {
    /// The name of a dataset, `hourly`, referred to as `data.hourly`.
    DatasetName, "dataset name", "letters, digits, `-` and `_`, at most 100", is_word
}
name! {
    /// The name of a slice of the test set, `evening`.
    SliceName, "slice name", "letters, digits, `-` and `_`, at most 100", is_word
}

name! {
    /// The name of a variant of a model, the `fast` of `bike-demand.fast`.
    VariantName, "variant name", "lower-case letters, digits and `-`, at most 100", is_kebab
}
name! {
    /// The name of a section of a model card, `intended-use`.
    SectionName, "section name", "lower-case letters, digits and `-`, at most 100", is_kebab
}

impl SectionName {
    /// Returns the name that a heading gives: `Bias, risks` is `bias-risks`; `None` where it has
    /// neither letters nor digits of ASCII, or too many.
    pub fn of_title(title: &str) -> Option<Self> {
        let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
        let words: Vec<String> = words.map(str::to_ascii_lowercase).collect();
        words.join("-").parse().ok()
    }
}

name! {
    /// A movable name on a version of a variant, `champion`.
    ///
    /// It begins with a letter, so that `bike-demand@1` is never one.
    Alias, "alias", "a lower-case letter, then letters, digits and `-`, at most 100", is_letter, is_kebab
}
name! {
    /// The full hash of a commit.
    CommitHash, "commit hash", "lower-case hexadecimal digits", is_hexadecimal, is_hexadecimal
}

/// The id of a run: 32 hexadecimal digits, as tracking servers write them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId([u8; 16]);

/// The text is no run id.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no run id (expected 32 lower-case hexadecimal digits)")]
pub struct ParseRunIdError(String);

impl RunId {
    /// Makes an id of 16 bytes, which the caller drew at random.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns what people read and type: the first 8 digits.
    pub fn short(&self) -> String {
        hex::encode(&self.0[..4])
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 32];
        hex::encode_to_slice(self.0, &mut digits).map_err(|_| fmt::Error)?;
        f.write_str(str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for RunId {
    type Err = ParseRunIdError;

    fn from_str(s: &str) -> Result<Self, ParseRunIdError> {
        let invalid = || ParseRunIdError(s.chars().take(LONGEST).collect());
        let mut bytes = [0; 16];
        hex::decode_to_slice(s, &mut bytes).map_err(|_| invalid())?;
        let id = Self(bytes);
        if id.to_string() == s { Ok(id) } else { Err(invalid()) }
    }
}

impl TryFrom<String> for RunId {
    type Error = ParseRunIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_their_form() {
        assert!("bike-demand".parse::<ModelName>().is_ok());
        for bad in ["", "Bike", "-x", "a b", "a/b", "ü", &"x".repeat(101)] {
            assert!(bad.parse::<ModelName>().is_err(), "{bad}");
        }
        assert!("train_all".parse::<StepName>().is_ok());
        assert!("../x".parse::<StepName>().is_err());
        assert!("champion".parse::<Alias>().is_ok());
        assert!("1".parse::<Alias>().is_err());
        assert!("0F".parse::<CommitHash>().is_err());
    }

    #[test]
    fn a_run_id_has_one_spelling() {
        let id = RunId::from_bytes([0xab; 16]);
        assert_eq!(id.to_string().parse::<RunId>().unwrap(), id);
        assert!(id.to_string().to_uppercase().parse::<RunId>().is_err());
        assert_eq!(id.short(), "abababab");
    }
}
