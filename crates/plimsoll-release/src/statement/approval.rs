//! What a person says of a bundle.

use plimsoll_core::approval::Decision;
use plimsoll_core::audit::Note;
use plimsoll_core::{Digest, RunId, Timestamp};
use serde::{Deserialize, Serialize};

use super::Builder;
use crate::role::Role;

/// A person's yes or no, with what it was given for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ApprovalClaim {
    /// [`Role::Approver`].
    pub(super) role: Role,
    /// What made the statement.
    pub builder: Builder,
    /// Yes or no.
    pub decision: Decision,
    /// Why.
    pub comment: Note,
    /// The run that made the bundle.
    pub run: RunId,
    /// The verdict that was looked at.
    pub verdict: Digest,
    /// The rules that the verdict was given by.
    pub rules: Digest,
    /// The organisation's policy that the run was judged by; `None` where there was none.
    pub policy: Option<Digest>,
    /// When it was said, by the clock of whoever said it.
    pub at: Timestamp,
    /// The first moment at which a yes counts no more; `None` for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// What an [`ApprovalClaim`] is made of.
#[derive(Clone, Debug)]
pub struct Word {
    /// Yes or no.
    pub decision: Decision,
    /// Why.
    pub comment: Note,
    /// The run that made the bundle.
    pub run: RunId,
    /// The verdict that was looked at.
    pub verdict: Digest,
    /// The rules that the verdict was given by.
    pub rules: Digest,
    /// The organisation's policy that the run was judged by.
    pub policy: Option<Digest>,
    /// When it is said.
    pub at: Timestamp,
    /// The first moment at which a yes counts no more.
    pub expires: Option<Timestamp>,
}

impl ApprovalClaim {
    /// Makes the statement's claim of what somebody says.
    pub fn of(word: Word, builder: Builder) -> Self {
        let Word { decision, comment, run, verdict, rules, policy, at, expires } = word;
        let role = Role::Approver;
        Self { role, builder, decision, comment, run, verdict, rules, policy, at, expires }
    }
}
