//! Parts of a whole.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A part of a whole, from 0 to 1, never NaN.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Share(f64);

/// The number is no part of a whole.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no share (expected a number from 0 to 1)")]
pub struct ShareError(f64);

impl Share {
    /// Returns `part` of `whole`, and all of it where `part` is the larger.
    pub fn of(part: u64, whole: std::num::NonZeroU64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a share needs no 53 bits")]
        Self((part as f64 / whole.get() as f64).min(1.0))
    }

    /// Makes a share that is known when the program is written; a wrong one does not compile in a
    /// `const`.
    pub const fn constant(value: f64) -> Self {
        assert!(value >= 0.0 && value <= 1.0, "a share is a number from 0 to 1");
        Self(value)
    }

    /// Returns the number from 0 to 1.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Share {
    type Error = ShareError;

    fn try_from(value: f64) -> Result<Self, ShareError> {
        // NaN lies in no range, so it ends here too.
        if (0.0..=1.0).contains(&value) { Ok(Self(value)) } else { Err(ShareError(value)) }
    }
}

impl From<Share> for f64 {
    fn from(share: Share) -> Self {
        share.0
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.0 * 100.0;
        if percent > 0.0 && percent < 0.1 {
            write!(f, "< 0.1 %")
        } else if (percent - percent.round()).abs() < 1e-9 {
            write!(f, "{percent:.0} %")
        } else {
            write!(f, "{percent:.1} %")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_part() {
        assert!(Share::try_from(f64::NAN).is_err());
        assert!(Share::try_from(1.01).is_err());
        assert!(Share::try_from(-0.0).is_ok());
    }

    #[test]
    fn reads_like_a_percentage() {
        assert_eq!(Share::try_from(0.1).unwrap().to_string(), "10 %");
        assert_eq!(Share::try_from(0.123).unwrap().to_string(), "12.3 %");
        assert_eq!(Share::try_from(0.000_001).unwrap().to_string(), "< 0.1 %");
    }
}
