//! Statements that were kept since they were made: believed as of the moment when they were.

use plimsoll_core::Timestamp;
use plimsoll_core::lifecycle::Subject;

use super::{Trust, Verified, VerifyError};
use crate::envelope::{Envelope, ReadEnvelopeError};
use crate::statement::ClaimKind;

/// A statement that was kept, looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Kept {
    /// Somebody made it whose word counted then.
    Said {
        /// What was said.
        verified: Box<Verified>,
        /// Why the key does not count any more, as a half sentence; `None` where it does.
        ended: Option<String>,
    },
    /// Nobody made it whose word counts here, for this reason, a half sentence.
    Stranger(String),
}

/// What was kept is not what was said: somebody changed it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForgedError {
    /// It is no signed statement at all.
    #[error(transparent)]
    Envelope(#[from] ReadEnvelopeError),
    /// Its signature does not hold, or it says something else.
    #[error(transparent)]
    Untrue(VerifyError),
}

impl Trust {
    /// Looks at a statement of the kind `claim` about `subject` that somebody kept.
    ///
    /// One by a key that ended since, and made before it ended, is believed and marked so.
    ///
    /// # Errors
    /// It is damaged, forged, or about something else. That is no word less but a sign that nothing
    /// beside it can be believed.
    pub fn recall(
        &self,
        bytes: &[u8],
        subject: Subject,
        claim: ClaimKind,
        now: Timestamp,
    ) -> Result<Kept, ForgedError> {
        let envelope = Envelope::from_json(bytes)?;
        match self.as_of_then(&envelope, subject, claim, now) {
            Ok((verified, ended)) => Ok(Kept::Said { verified: Box::new(verified), ended }),
            Err(
                source @ (VerifyError::Signature(_)
                | VerifyError::Statement(_)
                | VerifyError::WrongClaim { .. }
                | VerifyError::WrongSubject { .. }),
            ) => Err(ForgedError::Untrue(source)),
            Err(source) => Ok(Kept::Stranger(source.to_string())),
        }
    }

    /// Verifies the statement at present, else as of the moment when it was made.
    fn as_of_then(
        &self,
        envelope: &Envelope,
        subject: Subject,
        claim: ClaimKind,
        now: Timestamp,
    ) -> Result<(Verified, Option<String>), VerifyError> {
        let ended = match self.verify(envelope, subject, claim, now) {
            Ok(verified) => return Ok((verified, None)),
            Err(ended @ (VerifyError::Expired { .. } | VerifyError::NotYetValid { .. })) => ended,
            Err(error) => return Err(error),
        };
        // The signature holds; what else is wrong is found below.
        let id = envelope.key();
        let key = self.keys().get(&id).ok_or(VerifyError::UnknownKey(id))?;
        let made = envelope.open(&key.key).ok().and_then(|statement| statement.claim.at());
        let Some(made) = made else { return Err(ended) };
        match self.verify(envelope, subject, claim, made) {
            Ok(verified) => Ok((verified, Some(ended.to_string()))),
            Err(VerifyError::Expired { .. } | VerifyError::NotYetValid { .. }) => Err(ended),
            Err(error) => Err(error),
        }
    }
}
