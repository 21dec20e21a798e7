//! Whether a recorded statement is one, and of somebody who may speak.

use plimsoll_core::Timestamp;
use plimsoll_core::approval::{ApprovalRecord, Decision, Opinion, Validity};

use crate::statement::{ApprovalClaim, Claim, ClaimKind};
use crate::trust::{ForgedError, Kept, Trust};

/// A recorded statement, looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Somebody said it who is, or was, trusted as an approver.
    Opinion(Opinion),
    /// Nobody said it whose word counts here: the trust file does not know the key, or not as an
    /// approver's.
    Stranger {
        /// Who said it, as the registry has it.
        by: String,
        /// Yes or no, as the registry has it.
        decision: Decision,
        /// Why it does not count.
        why: String,
    },
}

/// What is recorded is not what was said. Somebody changed the registry or its objects.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HearError {
    /// It is no signed statement, its signature does not hold, or it says something else.
    #[error("what {by} said (entry {entry} of the audit log) {source}")]
    Forged {
        /// Who is said to have said it.
        by: String,
        /// The entry that tells of it.
        entry: u64,
        /// What is wrong.
        source: ForgedError,
    },
    /// The registry tells otherwise than the statement.
    #[error(
        "entry {entry} of the audit log says that {by} {} it, and the signed statement has another {what}",
        decision.done()
    )]
    Contradicts {
        /// Who is said to have said it.
        by: String,
        /// The entry.
        entry: u64,
        /// What the registry says.
        decision: Decision,
        /// In what they differ.
        what: &'static str,
    },
}

/// Looks at the statement `bytes` that `record` tells of.
///
/// What was said with a key that ended since, and before it ended, is heard and marked so.
///
/// # Errors
/// The statement is damaged, forged, or about something else than is recorded. That is no yes less
/// but a sign that nothing here can be believed.
pub fn hear(
    trust: &Trust,
    record: &ApprovalRecord,
    bytes: &[u8],
    now: Timestamp,
) -> Result<Heard, HearError> {
    let approval = &record.approval;
    let (by, entry, decision) = (approval.by.to_string(), record.entry, approval.decision);
    let (verified, ended) = match trust.recall(bytes, approval.subject, ClaimKind::Approval, now) {
        Ok(Kept::Said { verified, ended }) => (verified, ended),
        Ok(Kept::Stranger(why)) => {
            let why = format!("said something that {why}");
            return Ok(Heard::Stranger { by, decision, why });
        }
        Err(source) => return Err(HearError::Forged { by, entry, source }),
    };
    let validity = match ended {
        Some(ended) => Validity::Ended(format!("said something that {ended}")),
        None => Validity::Valid,
    };
    let contradicts = |what| Err(HearError::Contradicts { by, entry, decision, what });
    let Claim::Approval(claim) = verified.statement.claim else { return contradicts("kind") };
    if claim.decision != decision {
        return contradicts("answer");
    }
    if verified.statement.variant != approval.variant {
        return contradicts("variant");
    }
    if claim.run != approval.run {
        return contradicts("run");
    }
    let ApprovalClaim { comment, verdict, rules, policy, at, expires, .. } = *claim;
    let by = verified.signer;
    Ok(Heard::Opinion(Opinion {
        by,
        decision,
        comment,
        at,
        expires,
        verdict,
        rules,
        policy,
        validity,
        statement: approval.statement,
    }))
}
