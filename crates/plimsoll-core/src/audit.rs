//! The log of every transition: who did what, when and why, each entry sealed to the one before.
//!
//! An entry's digest covers the digest before it and its own canonical JSON, so what was changed,
//! removed or moved is found and named. Who rewrites everything from one entry to the end and the
//! tables too is found only by a digest that was kept elsewhere.

mod chain;
mod checkpoint;
mod ledger;
mod note;

use serde::{Deserialize, Serialize};

use crate::approval::Approval;
use crate::lifecycle::{Bump, Released, Subject};
use crate::weights::{Encryption, KeyUse};
use crate::{Alias, Digest, ModelName, Number, Timestamp, Variant, Version};

pub use chain::{AuditFault, Chain, Sealed, seal};
pub use checkpoint::{KeepCheckpointError, KeptCheckpoint};
pub use ledger::{Ledger, Standing};
pub use note::{Note, ParseNoteError};

/// The schema that [`AuditEntry`] is written with.
pub const AUDIT: &str = "plimsoll.audit/v1";

/// What a transition happens on: given in, since neither clock nor user is known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occasion {
    /// When.
    pub at: Timestamp,
    /// Who does it.
    pub who: Note,
    /// Why.
    pub why: Note,
    /// What was measured and led to it; of a release the verdict, of an approval or a deployment the
    /// statement, where nothing else is named.
    pub evidence: Option<Digest>,
}

/// One transition and its occasion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AuditEntry {
    /// [`AUDIT`].
    pub schema: String,
    /// Its place in the log, from 1.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub who: Note,
    /// Why.
    pub why: Note,
    /// What was done.
    pub what: Transition,
    /// What was measured and led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Digest>,
}

/// What can happen to a model in a registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Transition {
    /// A candidate became a version.
    Released {
        /// The version.
        version: Version,
        /// What is shipped.
        subject: Subject,
        /// How far its number is from the one before.
        bump: Bump,
        /// The digest of the [`Released`] that is kept.
        record: Digest,
        /// The verdict that it was released on.
        verdict: Digest,
    },
    /// An alias points elsewhere.
    AliasMoved {
        /// The variant.
        variant: Variant,
        /// The alias.
        alias: Alias,
        /// Where it pointed, `None` for nowhere.
        from: Option<Number>,
        /// Where it points, `None` for nowhere.
        to: Option<Number>,
        /// The signed statement of the deployment, an object; `None` where nobody signed one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        statement: Option<Digest>,
    },
    /// A version was taken back.
    Yanked {
        /// The version.
        version: Version,
    },
    /// Somebody approved or rejected a bundle, released or not.
    Approval(Approval),
    /// The weights of a version were encrypted, to be shipped.
    Encrypted(Encryption),
    /// Keys were used on the encrypted weights of a version.
    KeyUsed(KeyUse),
}

impl Transition {
    /// Returns what is told of a release.
    ///
    /// # Errors
    /// The record has no JSON.
    pub fn released(released: &Released) -> Result<Self, serde_json::Error> {
        Ok(Self::Released {
            version: released.version.clone(),
            subject: released.candidate.subject,
            bump: released.bump,
            record: Digest::of_json(released)?,
            verdict: released.candidate.judgement.verdict,
        })
    }

    /// Returns the signed statement of whoever did it, where the log itself keeps none.
    pub fn statement(&self) -> Option<&Digest> {
        match self {
            Self::AliasMoved { statement, .. } => statement.as_ref(),
            Self::Approval(approval) => Some(&approval.statement),
            Self::Released { .. } | Self::Yanked { .. } | Self::Encrypted(_) | Self::KeyUsed(_) => {
                None
            }
        }
    }

    /// Returns the model that it happened to.
    pub fn model(&self) -> &ModelName {
        match self {
            Self::Released { version, .. }
            | Self::Yanked { version }
            | Self::Encrypted(Encryption { version, .. })
            | Self::KeyUsed(KeyUse { version, .. }) => &version.variant.model,
            Self::AliasMoved { variant, .. } | Self::Approval(Approval { variant, .. }) => {
                &variant.model
            }
        }
    }
}

impl AuditEntry {
    /// Makes the entry at `sequence` that tells of `what`.
    pub fn new(sequence: u64, what: Transition, occasion: &Occasion) -> Self {
        let verdict = match &what {
            Transition::Released { verdict, .. } => Some(*verdict),
            Transition::Approval(_) | Transition::AliasMoved { .. } => what.statement().copied(),
            Transition::Yanked { .. } | Transition::Encrypted(_) | Transition::KeyUsed(_) => None,
        };
        Self {
            schema: AUDIT.to_owned(),
            sequence,
            at: occasion.at,
            who: occasion.who.clone(),
            why: occasion.why.clone(),
            what,
            evidence: occasion.evidence.or(verdict),
        }
    }
}
