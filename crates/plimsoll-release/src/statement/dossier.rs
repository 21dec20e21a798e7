//! Vouching for everything that was gathered about a version.

use plimsoll_core::{Digest, Version};
use serde::{Deserialize, Serialize};

use super::Builder;
use crate::role::Role;

/// Everything that was gathered about a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DossierClaim {
    /// [`Role::Release`].
    pub(super) role: Role,
    /// What made the statement.
    pub builder: Builder,
    /// The version.
    pub version: Version,
    /// The SHA-256 of the dossier's manifest, which names every file with its own.
    pub manifest: Digest,
}

impl DossierClaim {
    /// Makes the claim that `manifest` names what was gathered about `version`.
    pub fn new(version: Version, manifest: Digest, builder: Builder) -> Self {
        Self { role: Role::Release, builder, version, manifest }
    }
}
