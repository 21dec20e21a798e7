//! Where a control can sit on the way from research to production.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A step of the way to production. A rule weighs what it is said to weigh there.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Transition {
    /// Somebody tries something.
    Research,
    /// A change is to become part of the repository.
    Merge,
    /// A candidate is to become a version.
    #[default]
    Release,
    /// An alias is to point at a version.
    Deploy,
}

impl Transition {
    /// Every transition, in the order of the way.
    pub const ALL: [Self; 4] = [Self::Research, Self::Merge, Self::Release, Self::Deploy];

    /// Returns the name as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Research => "research",
            Self::Merge => "merge",
            Self::Release => "release",
            Self::Deploy => "deploy",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text names no transition.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no transition (expected `research`, `merge`, `release` or `deploy`)")]
pub struct ParseTransitionError(String);

impl FromStr for Transition {
    type Err = ParseTransitionError;

    fn from_str(s: &str) -> Result<Self, ParseTransitionError> {
        let found = Self::ALL.into_iter().find(|transition| transition.as_str() == s);
        found.ok_or_else(|| ParseTransitionError(s.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transition_has_one_name() {
        for transition in Transition::ALL {
            assert_eq!(transition.as_str().parse::<Transition>().unwrap(), transition);
            assert_eq!(serde_json::to_string(&transition).unwrap(), format!("\"{transition}\""));
        }
        assert!("staging".parse::<Transition>().is_err());
    }
}
