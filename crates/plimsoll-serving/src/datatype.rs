//! What the elements of a tensor are, named as the Open Inference Protocol names them.

use std::fmt;
use std::str::FromStr;

use plimsoll_predict::ElementType;

/// A datatype of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Datatype {
    /// Truth values.
    Bool,
    /// Unsigned integers of so many bits.
    Unsigned(u8),
    /// Signed integers of so many bits.
    Signed(u8),
    /// Floating point numbers of so many bits.
    Float(u8),
    /// Text.
    Bytes,
}

/// The word is no datatype.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is no datatype (expected BOOL, INT8 to INT64, UINT8 to UINT64, FP16 to FP64 or BYTES)"
)]
pub(crate) struct ParseDatatypeError(String);

impl Datatype {
    /// Returns the datatype that a model's elements have.
    pub(crate) fn of(element: ElementType) -> Self {
        match element {
            ElementType::Float => Self::Float(32),
            ElementType::Double => Self::Float(64),
            ElementType::Int64 => Self::Signed(64),
            ElementType::Int32 => Self::Signed(32),
            ElementType::Bool => Self::Bool,
            ElementType::String => Self::Bytes,
        }
    }

    /// Returns its name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Bool => "BOOL",
            Self::Unsigned(8) => "UINT8",
            Self::Unsigned(16) => "UINT16",
            Self::Unsigned(32) => "UINT32",
            Self::Unsigned(_) => "UINT64",
            Self::Signed(8) => "INT8",
            Self::Signed(16) => "INT16",
            Self::Signed(32) => "INT32",
            Self::Signed(_) => "INT64",
            Self::Float(16) => "FP16",
            Self::Float(32) => "FP32",
            Self::Float(_) => "FP64",
            Self::Bytes => "BYTES",
        }
    }

    /// Tells whether values of it can become elements of `element`: numbers numbers, text text.
    pub(crate) fn becomes(self, element: ElementType) -> bool {
        (self == Self::Bytes) == (element == ElementType::String)
    }

    /// Returns the least and the greatest value, where it holds whole numbers only.
    pub(crate) fn bounds(self) -> Option<(i128, i128)> {
        match self {
            Self::Unsigned(bits) => Some((0, (1_i128 << bits) - 1)),
            Self::Signed(bits) => Some((-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1)),
            Self::Bool | Self::Float(_) | Self::Bytes => None,
        }
    }
}

impl FromStr for Datatype {
    type Err = ParseDatatypeError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Ok(match word {
            "FP32" => Self::Float(32),
            "FP64" => Self::Float(64),
            "INT64" => Self::Signed(64),
            "INT32" => Self::Signed(32),
            "BYTES" => Self::Bytes,
            "BOOL" => Self::Bool,
            "FP16" => Self::Float(16),
            "INT8" => Self::Signed(8),
            "INT16" => Self::Signed(16),
            "UINT8" => Self::Unsigned(8),
            "UINT16" => Self::Unsigned(16),
            "UINT32" => Self::Unsigned(32),
            "UINT64" => Self::Unsigned(64),
            _ => return Err(ParseDatatypeError(word.chars().take(40).collect())),
        })
    }
}

impl fmt::Display for Datatype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_and_written_alike() {
        for word in [
            "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64",
            "FP16", "FP32", "FP64", "BYTES",
        ] {
            assert_eq!(word.parse::<Datatype>().unwrap().as_str(), word);
        }
        assert!("fp32".parse::<Datatype>().is_err());
    }

    #[test]
    fn whole_numbers_have_bounds() {
        assert_eq!(Datatype::Signed(8).bounds(), Some((-128, 127)));
        assert_eq!(Datatype::Unsigned(64).bounds(), Some((0, i128::from(u64::MAX))));
        assert_eq!(Datatype::Float(32).bounds(), None);
    }
}
