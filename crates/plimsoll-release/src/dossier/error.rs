//! Why a dossier does not verify.

use std::io;

use plimsoll_core::Digest;

use super::ExcerptError;
use crate::approval::HearError;
use crate::bundle::VerifyBundleError;
use crate::checkpoint::CheckpointError;
use crate::deployment::UntrueDeploymentError;
use crate::envelope::ReadEnvelopeError;
use crate::statement::ClaimKind;
use crate::trust::{ForgedError, VerifyError};

/// A dossier does not verify.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyDossierError {
    /// A file could not be read.
    #[error("`{name}` of the dossier could not be read")]
    Unreadable {
        /// Which.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// A file is not there.
    #[error("the dossier has no `{0}`")]
    NoFile(String),
    /// There are files that the manifest does not name.
    #[error(
        "the dossier has {count} file(s) that its manifest does not name (the first is `{first}`)"
    )]
    Stray {
        /// How many.
        count: usize,
        /// The first of them.
        first: String,
    },
    /// A file is larger than what stands there can be.
    #[error("`{name}` of the dossier has {bytes} bytes (at most {largest})")]
    TooLarge {
        /// Which.
        name: String,
        /// Its size.
        bytes: u64,
        /// The limit.
        largest: u64,
    },
    /// A file has another size than the manifest says.
    #[error("`{name}` of the dossier was changed (it has {bytes} bytes, not {expected})")]
    Size {
        /// Which.
        name: String,
        /// Its size.
        bytes: u64,
        /// The size that is said.
        expected: u64,
    },
    /// A file has other bytes than the manifest says.
    #[error("`{name}` of the dossier was changed (its bytes hash to {found})")]
    Changed {
        /// Which.
        name: String,
        /// What its bytes hash to.
        found: Digest,
    },
    /// A file is no document that this version reads.
    #[error("`{name}` of the dossier is no {what} that this version reads")]
    Form {
        /// Which.
        name: String,
        /// What it should be.
        what: &'static str,
        /// Why, where it is no such JSON at all.
        #[source]
        source: Option<serde_json::Error>,
    },
    /// A document is written in another way than Plimsoll writes it.
    #[error("`{0}` of the dossier is not as Plimsoll writes it")]
    Unlike(String),
    /// A statement has another form.
    #[error("the {kind} of the dossier {source}")]
    Envelope {
        /// Which.
        kind: ClaimKind,
        /// What is wrong.
        source: ReadEnvelopeError,
    },
    /// A statement may not be believed.
    #[error("the {kind} of the dossier {source}")]
    Statement {
        /// Which.
        kind: ClaimKind,
        /// Why.
        source: VerifyError,
    },
    /// The statements of the bundle contradict each other, or it did not pass.
    #[error(transparent)]
    Bundle(#[from] VerifyBundleError),
    /// The audit log is no part of one.
    #[error("the audit log of the dossier {0}")]
    Audit(#[from] ExcerptError),
    /// What somebody is said to have said is not what they said.
    #[error(transparent)]
    Heard(#[from] HearError),
    /// A deployment is not what was signed.
    #[error(transparent)]
    Deployment(#[from] UntrueDeploymentError),
    /// A statement that was made later is not what was signed.
    #[error("`{name}` of the dossier {source}")]
    Forged {
        /// Which file.
        name: String,
        /// What is wrong.
        source: ForgedError,
    },
    /// A checkpoint is none.
    #[error("`{name}` of the dossier {source}")]
    Checkpoint {
        /// Which file.
        name: String,
        /// What is wrong.
        source: CheckpointError,
    },
    /// Two parts contradict each other.
    #[error("`{name}` of the dossier does not agree with {with} ({what})")]
    Disagree {
        /// Which file.
        name: String,
        /// With what.
        with: &'static str,
        /// In what.
        what: &'static str,
    },
}
