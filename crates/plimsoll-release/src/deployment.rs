//! Deployments: signed when an alias is moved, and found again by the audit log.
//!
//! The log tells which alias was moved where; nothing of why that was right is believed but by the
//! signed statement.

use plimsoll_core::Timestamp;
use plimsoll_core::audit::{AuditEntry, Transition};
use plimsoll_core::lifecycle::Subject;

use crate::statement::{Claim, ClaimKind, Deployment};
use crate::trust::{ForgedError, Kept, Trust};

/// A recorded deployment, looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deployed {
    /// Somebody stands for it who may, or might then.
    Signed {
        /// What the trust file calls them.
        by: String,
        /// What they say.
        deployment: Box<Deployment>,
    },
    /// Nobody stands for it whose word counts here, for this reason, a half sentence.
    Stranger(String),
}

/// What is recorded is not what was said. Somebody changed the registry or its objects.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UntrueDeploymentError {
    /// It is no signed statement, its signature does not hold, or it says something else.
    #[error("the statement of entry {entry} of the audit log {source}")]
    Forged {
        /// The entry that tells of it.
        entry: u64,
        /// What is wrong.
        source: ForgedError,
    },
    /// The log tells otherwise than the statement.
    #[error("the statement of entry {entry} of the audit log has another {what} than the entry")]
    Contradicts {
        /// The entry.
        entry: u64,
        /// In what they differ.
        what: &'static str,
    },
}

/// Looks at the statement `bytes` of `entry`, which moved an alias to the bundle `subject`.
///
/// # Errors
/// The statement is damaged, forged, or about something else than is recorded.
pub fn deployed(
    trust: &Trust,
    entry: &AuditEntry,
    subject: Subject,
    bytes: &[u8],
    now: Timestamp,
) -> Result<Deployed, UntrueDeploymentError> {
    let sequence = entry.sequence;
    let kept = trust.recall(bytes, subject, ClaimKind::Deployment, now);
    let kept = kept.map_err(|source| UntrueDeploymentError::Forged { entry: sequence, source })?;
    let verified = match kept {
        Kept::Said { verified, .. } => verified,
        Kept::Stranger(why) => return Ok(Deployed::Stranger(why)),
    };
    let contradicts = |what| Err(UntrueDeploymentError::Contradicts { entry: sequence, what });
    let Claim::Deployment(claim) = verified.statement.claim else { return contradicts("kind") };
    let deployment = claim.deployment;
    let Transition::AliasMoved { variant, alias, from, to, .. } = &entry.what else {
        return contradicts("kind");
    };
    let version = &deployment.version;
    if version.variant != *variant || verified.statement.variant != *variant {
        return contradicts("variant");
    }
    if to.as_ref() != Some(&version.number) {
        return contradicts("version");
    }
    if deployment.alias != *alias {
        return contradicts("alias");
    }
    if deployment.from != *from {
        return contradicts("version before");
    }
    if (&deployment.who, &deployment.because) != (&entry.who, &entry.why) {
        return contradicts("person or reason");
    }
    if deployment.at != entry.at {
        return contradicts("time");
    }
    Ok(Deployed::Signed { by: verified.signer, deployment: Box::new(deployment) })
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Digest;
    use plimsoll_core::audit::Occasion;
    use serde_json::json;

    use super::*;
    use crate::envelope::Envelope;
    use crate::samples;

    fn trust(more: &serde_json::Value) -> Trust {
        let pem = samples::key().public().to_pem().unwrap();
        let mut key = json!({"name": "ada", "key": pem, "roles": ["release"]});
        for (name, value) in more.as_object().unwrap() {
            key[name] = value.clone();
        }
        Trust::from_json(json!({"version": 1, "keys": [key]}), 0).unwrap()
    }

    fn subject() -> Subject {
        Subject::of(b"manifest")
    }

    fn entry(change: impl FnOnce(&mut serde_json::Value)) -> AuditEntry {
        let deployment = samples::deployment();
        let what = Transition::AliasMoved {
            variant: deployment.version.variant,
            alias: deployment.alias,
            from: deployment.from,
            to: Some(deployment.version.number),
            statement: Some(Digest::blake3(b"statement")),
        };
        let (at, who, why) = (deployment.at, deployment.who, deployment.because);
        let entry = AuditEntry::new(9, what, &Occasion { at, who, why, evidence: None });
        let mut value = serde_json::to_value(entry).unwrap();
        change(&mut value);
        serde_json::from_value(value).unwrap()
    }

    fn looked_at(
        trust: &Trust,
        entry: &AuditEntry,
        subject: Subject,
    ) -> Result<Deployed, UntrueDeploymentError> {
        let bytes = Envelope::seal(&samples::deployed(self::subject()), &samples::key());
        let bytes = bytes.unwrap().to_json().unwrap();
        deployed(trust, entry, subject, &bytes, Timestamp::from_millis(1_780_272_000_000))
    }

    #[test]
    fn a_deployment_is_signed_by_who_may_and_might_then() {
        for more in [json!({}), json!({"to": "2026-03-01T00:00:00Z"})] {
            let found = looked_at(&trust(&more), &entry(|_| {}), subject()).unwrap();
            let Deployed::Signed { by, deployment } = found else { panic!("{found:?}") };
            assert_eq!((by.as_str(), *deployment), ("ada", samples::deployment()));
        }
        for more in [json!({"roles": ["gate"]}), json!({"to": "2025-03-01T00:00:00Z"})] {
            let found = looked_at(&trust(&more), &entry(|_| {}), subject()).unwrap();
            assert!(matches!(found, Deployed::Stranger(_)), "{found:?}");
        }
    }

    #[test]
    fn what_the_log_tells_otherwise_is_found() {
        let refused = |change: fn(&mut serde_json::Value)| {
            looked_at(&trust(&json!({})), &entry(change), subject()).unwrap_err().to_string()
        };
        insta::assert_snapshot!([
            refused(|entry| entry["what"]["variant"] = json!("bike-demand.fast")),
            refused(|entry| entry["what"]["to"] = json!("2.0.0")),
            refused(|entry| entry["what"]["alias"] = json!("challenger")),
            refused(|entry| entry["what"]["from"] = json!("0.9.0")),
            refused(|entry| entry["who"] = json!("mallory")),
            refused(|entry| entry["why"] = json!("no reason")),
            refused(|entry| entry["at"] = json!(1)),
            refused(|entry| entry["what"] = json!({"kind": "yanked", "version": "bike-demand@1.0.0"})),
        ].join("\n"), @"
        the statement of entry 9 of the audit log has another variant than the entry
        the statement of entry 9 of the audit log has another version than the entry
        the statement of entry 9 of the audit log has another alias than the entry
        the statement of entry 9 of the audit log has another version before than the entry
        the statement of entry 9 of the audit log has another person or reason than the entry
        the statement of entry 9 of the audit log has another person or reason than the entry
        the statement of entry 9 of the audit log has another time than the entry
        the statement of entry 9 of the audit log has another kind than the entry
        ");
        let elsewhere = looked_at(&trust(&json!({})), &entry(|_| {}), Subject::of(b"another"));
        assert!(matches!(elsewhere, Err(UntrueDeploymentError::Forged { .. })), "{elsewhere:?}");
    }
}
