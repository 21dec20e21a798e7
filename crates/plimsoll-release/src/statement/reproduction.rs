//! Whether a version came out again.

use plimsoll_core::Digest;
use plimsoll_core::reproduction::Reproduction;
use serde::{Deserialize, Serialize};

use super::Builder;
use crate::role::Role;

/// A reproduction that somebody stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReproductionClaim {
    role: Role,
    /// What made the version again.
    pub builder: Builder,
    /// What came of it.
    pub reproduction: Reproduction,
    /// Its digest as it is stored.
    pub digest: Digest,
}

impl ReproductionClaim {
    /// Makes the statement's claim of `reproduction`: that of a builder, as of who made it first.
    pub fn of(reproduction: Reproduction, builder: Builder) -> Result<Self, serde_json::Error> {
        let digest = Digest::of_json(&reproduction)?;
        Ok(Self { role: Role::Builder, builder, reproduction, digest })
    }

    pub(super) fn role(&self) -> Role {
        self.role
    }
}
