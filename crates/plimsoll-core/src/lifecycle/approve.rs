//! Recording what a person says of a bundle.

use crate::approval::{Approval, ApprovalRecord};
use crate::audit::Transition;

/// Decides on recording `approval`, given everything that was said of its subject before.
///
/// `None` where this very statement was recorded: nothing happens then, and nothing is to be told.
/// Whether it counts is decided when something is released or deployed, by the signature and by
/// who is trusted then.
pub fn approve(approval: &Approval, said: &[ApprovalRecord]) -> Option<Transition> {
    let is_known = said.iter().any(|known| known.approval.statement == approval.statement);
    (!is_known).then(|| Transition::Approval(approval.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approval::Decision;
    use crate::lifecycle::Subject;
    use crate::{Digest, RunId, Timestamp};

    #[test]
    fn a_statement_is_recorded_once() {
        let approval = Approval {
            decision: Decision::Approve,
            variant: "m".parse().unwrap(),
            subject: Subject::of(b"manifest"),
            run: RunId::from_bytes([7; 16]),
            by: "ben".parse().unwrap(),
            statement: Digest::blake3(b"statement"),
        };
        assert_eq!(approve(&approval, &[]), Some(Transition::Approval(approval.clone())));
        let (entry, at, why) = (1, Timestamp::default(), "good".parse().unwrap());
        let record = ApprovalRecord { entry, at, why, approval: approval.clone() };
        assert_eq!(approve(&approval, std::slice::from_ref(&record)), None);
        let again = Approval { statement: Digest::blake3(b"another"), ..approval };
        assert!(approve(&again, &[record]).is_some());
    }
}
