//! Statements that a version came out again, or did not: who signed them, and whether that counts.

use std::fmt;

use plimsoll_core::history::{Happened, Happening};
use plimsoll_core::lifecycle::Subject;
use plimsoll_core::reproduction::Reproduced;
use plimsoll_core::{Digest, Version};
use plimsoll_release::statement::{Claim, ClaimKind};
use plimsoll_release::trust::{Kept, Trust};
use serde::Serialize;
use tokio::io::AsyncReadExt;

use crate::error::CommandError;
use crate::ports::{Catalogue, Ports};
use crate::ui::{Paint, paint};
use crate::view;

/// The largest statement that is read.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A statement about a version, and whether it may be believed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Again {
    at: String,
    answer: Reproduced,
    statement: Digest,
    /// What the trust file calls the key; `None` where the statement may not be believed.
    signer: Option<String>,
    /// Why it may not.
    problem: Option<String>,
}

/// Returns what is said of `version` being made again, the newest first. What may not be believed is
/// no fault of the version: it is listed with the reason.
pub(super) async fn all(
    version: &Version,
    subject: Subject,
    trust: &Trust,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Vec<Again>, CommandError> {
    let mut all = Vec::new();
    for Happening { at, what, .. } in catalogue.history.of(&version.variant.model).await? {
        let Happened::Reproduced { version: of, evidence, statement, answer, .. } = what else {
            continue;
        };
        if of != *version {
            continue;
        }
        let told = Told { evidence, statement, answer };
        let verified = told.verify(subject, trust, catalogue, ports).await;
        let (signer, problem) = match verified {
            Ok(signer) => (Some(signer), None),
            Err(problem) => (None, Some(problem)),
        };
        all.push(Again { at: view::rfc3339(at), answer, statement, signer, problem });
    }
    all.reverse();
    Ok(all)
}

/// What the history says of a statement.
struct Told {
    evidence: Digest,
    statement: Digest,
    answer: Reproduced,
}

impl Told {
    /// Returns who signed exactly that, or why it may not be believed.
    async fn verify(
        &self,
        subject: Subject,
        trust: &Trust,
        catalogue: &Catalogue,
        ports: &Ports,
    ) -> Result<String, String> {
        let unread = |error: &dyn fmt::Display| format!("could not be read: {error}");
        let objects = catalogue.objects_with(&self.statement, ports).await;
        let objects = objects.map_err(|error| unread(&error))?;
        let content = objects.open(&self.statement, None).await.map_err(|error| unread(&error))?;
        let mut bytes = Vec::new();
        let read = content.take(LARGEST).read_to_end(&mut bytes).await;
        read.map_err(|error| unread(&error))?;
        let now = ports.clock.now();
        let kept = trust.recall(&bytes, subject, ClaimKind::Reproduction, now);
        let verified = match kept.map_err(|error| error.to_string())? {
            Kept::Said { verified, .. } => verified,
            Kept::Stranger(why) => return Err(why),
        };
        match verified.statement.claim {
            Claim::Reproduction(claim)
                if claim.digest == self.evidence && claim.reproduction.answer == self.answer =>
            {
                Ok(verified.signer)
            }
            _ => Err("says something else than the history".to_owned()),
        }
    }
}

impl fmt::Display for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colour = if self.answer.is_yes() { Paint::Good } else { Paint::Bad };
        match (&self.signer, &self.problem) {
            (Some(signer), _) => {
                write!(f, "{}, said {}, signed by {signer}", paint(colour, self.answer), self.at)
            }
            (None, problem) => {
                let problem = problem.as_deref().unwrap_or("may not be believed");
                write!(f, "{}, said {}: {problem}", paint(Paint::Warning, self.answer), self.at)
            }
        }
    }
}
