//! What can be wrong with an export.

use plimsoll_core::Digest;
use plimsoll_core::audit::AuditFault;

use crate::checkpoint::CheckpointError;
use crate::envelope::ReadEnvelopeError;

/// Something is wrong with an export.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportFault {
    /// The entries are not what was sealed.
    #[error(transparent)]
    Log(#[from] AuditFault),
    /// A line is not as Plimsoll writes one.
    #[error("line {line} is not as Plimsoll writes it ({problem})")]
    Line {
        /// Which, from 1.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// The first entry is not the one that the file is said to begin with.
    #[error("the first entry has the digest {}, and the file says {}", found.short(), said.short())]
    AnotherStart {
        /// What the file says.
        said: Digest,
        /// What is there.
        found: Digest,
    },
    /// A checkpoint has another form.
    #[error("the checkpoint of entry {sequence} {source}")]
    Envelope {
        /// The entry.
        sequence: u64,
        /// What is wrong.
        source: ReadEnvelopeError,
    },
    /// A checkpoint may not be believed.
    #[error("the checkpoint of entry {sequence} {source}")]
    Checkpoint {
        /// The entry.
        sequence: u64,
        /// Why.
        source: CheckpointError,
    },
    /// A checkpoint lies behind another entry than its own.
    #[error("a checkpoint of entry {signed} lies behind entry {place}: checkpoints were swapped")]
    Swapped {
        /// The entry that it was signed for.
        signed: u64,
        /// The entry before it.
        place: u64,
    },
    /// A checkpoint was made of another log.
    #[error("a checkpoint of entry {sequence} is one of another log ({})", log.short())]
    AnotherLog {
        /// The entry.
        sequence: u64,
        /// The first entry of that log.
        log: Digest,
    },
    /// The log was rewritten after a checkpoint.
    #[error(
        "entry {sequence} has the digest {}, and a checkpoint says {}: the log was rewritten up to there",
        found.short(), signed.short()
    )]
    Rewritten {
        /// The entry.
        sequence: u64,
        /// What was signed.
        signed: Digest,
        /// What is there.
        found: Digest,
    },
    /// The log ends before a checkpoint that is known.
    #[error(
        "the log ends with entry {last}, and a checkpoint of entry {known} is known: its end was cut off"
    )]
    CutOff {
        /// The last entry.
        last: u64,
        /// The entry that is known to have been there.
        known: u64,
    },
    /// The file ends in the middle.
    #[error("the file ends after entry {last} without its last line: its end was cut off")]
    NoEnd {
        /// The last entry.
        last: u64,
    },
    /// The last line counts otherwise than what is there.
    #[error("the last line counts {said}, and there are {found}")]
    Miscounted {
        /// What it says.
        said: String,
        /// What is there.
        found: String,
    },
    /// Nothing is signed.
    #[error("no checkpoint that is trusted here vouches for any of the {entries} entries")]
    Unsigned {
        /// How many entries there are.
        entries: u64,
    },
}
