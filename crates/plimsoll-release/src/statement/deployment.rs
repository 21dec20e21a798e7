//! That a version was deployed, and on what.

use plimsoll_core::audit::Note;
use plimsoll_core::{Alias, Digest, Number, Timestamp, Version};
use serde::{Deserialize, Serialize};

use super::Builder;
use crate::role::Role;

/// A deployment that somebody stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DeploymentClaim {
    /// [`Role::Release`].
    pub(super) role: Role,
    /// What made the statement.
    pub builder: Builder,
    /// What was deployed, and on what.
    pub deployment: Deployment,
}

/// That an alias, which servers follow, was pointed at a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Deployment {
    /// The version.
    pub version: Version,
    /// The alias.
    pub alias: Alias,
    /// The number that it pointed at before; `None` for nowhere.
    pub from: Option<Number>,
    /// The verdict that passed the version.
    pub verdict: Digest,
    /// The organisation's policy that held on that day; `None` where there was none.
    pub policy: Option<Digest>,
    /// Who said yes to it, as far as that counted, sorted.
    pub approvals: Vec<Approver>,
    /// Who deployed it, as the audit log has it.
    pub who: Note,
    /// Why.
    pub because: Note,
    /// When.
    pub at: Timestamp,
}

/// Somebody who said yes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Approver {
    /// What the trust file called them.
    pub by: String,
    /// Their signed statement, an object.
    pub statement: Digest,
}

impl DeploymentClaim {
    /// Makes the statement's claim of `deployment`.
    pub fn of(deployment: Deployment, builder: Builder) -> Self {
        Self { role: Role::Release, builder, deployment }
    }
}
