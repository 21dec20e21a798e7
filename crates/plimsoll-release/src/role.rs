//! What a key may speak as.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a key may speak as; each statement is made in one role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Says how a model was made.
    Builder,
    /// Says whether it may ship.
    Gate,
    /// Says yes for a person.
    Approver,
    /// Gives it a number, and says where it is deployed.
    Release,
    /// Vouches for the files of a model, its own or one that others build on.
    Publisher,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Builder => "builder",
            Self::Gate => "gate",
            Self::Approver => "approver",
            Self::Release => "release",
            Self::Publisher => "publisher",
        })
    }
}
