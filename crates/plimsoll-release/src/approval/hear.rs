//! Whether a recorded statement is one, and of somebody who may speak.

use plimsoll_core::Timestamp;
use plimsoll_core::approval::{ApprovalRecord, Decision, Opinion, Validity};

use crate::envelope::{Envelope, ReadEnvelopeError};
use crate::statement::{ApprovalClaim, Claim, ClaimKind};
use crate::trust::{Trust, Verified, VerifyError};

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
    /// It is no signed statement at all.
    #[error("what {by} said (entry {entry} of the audit log) {source}")]
    Envelope {
        /// Who is said to have said it.
        by: String,
        /// The entry that tells of it.
        entry: u64,
        /// What is wrong.
        source: ReadEnvelopeError,
    },
    /// Its signature does not hold, or it says something else.
    #[error("what {by} said (entry {entry} of the audit log) {source}")]
    Untrue {
        /// Who is said to have said it.
        by: String,
        /// The entry that tells of it.
        entry: u64,
        /// What is wrong.
        source: VerifyError,
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
    let envelope = match Envelope::from_json(bytes) {
        Ok(envelope) => envelope,
        Err(source) => return Err(HearError::Envelope { by, entry, source }),
    };
    let (verified, validity) = match verified(trust, record, &envelope, now) {
        Ok(heard) => heard,
        Err(
            source @ (VerifyError::Signature(_)
            | VerifyError::Statement(_)
            | VerifyError::WrongClaim { .. }
            | VerifyError::WrongSubject { .. }),
        ) => return Err(HearError::Untrue { by, entry, source }),
        Err(source) => {
            return Ok(Heard::Stranger {
                by,
                decision,
                why: format!("said something that {source}"),
            });
        }
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
    }))
}

/// Verifies the statement at present, else as of the moment when it was said.
fn verified(
    trust: &Trust,
    record: &ApprovalRecord,
    envelope: &Envelope,
    now: Timestamp,
) -> Result<(Verified, Validity), VerifyError> {
    let subject = record.approval.subject;
    let verify = |at| trust.verify(envelope, subject, ClaimKind::Approval, at);
    let ended = match verify(now) {
        Ok(verified) => return Ok((verified, Validity::Valid)),
        Err(ended @ (VerifyError::Expired { .. } | VerifyError::NotYetValid { .. })) => ended,
        Err(error) => return Err(error),
    };
    // The signature holds; what else is wrong is found below.
    let key = trust.keys().get(&envelope.key()).ok_or(VerifyError::UnknownKey(envelope.key()))?;
    let said = match envelope.open(&key.key).map(|statement| statement.claim) {
        Ok(Claim::Approval(claim)) => claim.at,
        _ => return Err(ended),
    };
    match verify(said) {
        Ok(verified) => Ok((verified, Validity::Ended(format!("said something that {ended}")))),
        Err(VerifyError::Expired { .. } | VerifyError::NotYetValid { .. }) => Err(ended),
        Err(error) => Err(error),
    }
}
