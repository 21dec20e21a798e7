//! People's yes and no: how many are needed before something is released or deployed, and which of
//! those that were given count.
//!
//! A person is a name in the trust file, whichever of their keys signed. The newest thing that a
//! person said is what they say: a rejection stands until the same person approves.

mod judge;
mod quorum;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::audit::Note;
use crate::lifecycle::Subject;
use crate::{Digest, RunId, Timestamp, Variant};

pub use judge::{Case, Opinion, Standing, Uncounted, Validity, judge};
pub use quorum::{Purpose, Quorum, Quorums};

/// What a person says of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Yes.
    Approve,
    /// No, which blocks until the same person says yes.
    Reject,
}

impl Decision {
    /// Returns what was done: `approved`.
    pub fn done(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::Reject => "rejected",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        })
    }
}

/// What a registry keeps of a statement by which somebody approved or rejected a bundle.
///
/// Nothing of it is believed but by the statement and its signature: it is there to be found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Approval {
    /// What was said.
    pub decision: Decision,
    /// The variant that the bundle is one of.
    pub variant: Variant,
    /// The bundle.
    pub subject: Subject,
    /// The run that made it.
    pub run: RunId,
    /// What the trust file calls whoever said so.
    pub by: Note,
    /// The signed statement, an object.
    pub statement: Digest,
}

/// An [`Approval`] as it stands in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalRecord {
    /// The entry of the audit log that tells of it.
    pub entry: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// The comment.
    pub why: Note,
    /// What was said.
    pub approval: Approval,
}
