//! Giving a candidate its number.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Candidate, Subject};
use crate::gate::Answer;
use crate::ports::RegistryError;
use crate::{Number, Variant, Version};

/// The schema that [`Released`] is written with.
pub const RELEASE: &str = "plimsoll.release/v1";

/// How much a version differs from the highest one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bump {
    /// There was none before it.
    First,
    /// It was only packaged or documented anew.
    Patch,
    /// It was trained again, or behaves otherwise.
    Minor,
    /// It takes or gives something else.
    Major,
}

/// A version as it was released; nothing of it ever changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Released {
    /// [`RELEASE`].
    pub schema: String,
    /// Its name and number.
    pub version: Version,
    /// What the number follows from.
    pub bump: Bump,
    /// The same in words, with what it was compared with.
    pub because: String,
    /// What was released.
    pub candidate: Candidate,
}

/// What becomes of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Release {
    /// It is a new version.
    New(Box<Released>),
    /// The same content was released before.
    Known(Version),
}

/// A candidate was not released.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// The gate did not pass it.
    #[error(
        "{variant} {} is blocked by its gate (it says {answer}: {failed} of {rules} rules and {findings} findings block)",
        subject.short()
    )]
    Blocked {
        /// The candidate's variant.
        variant: Variant,
        /// The candidate.
        subject: Subject,
        /// What the gate says.
        answer: Answer,
        /// How many rules do not hold.
        failed: u64,
        /// How many there are.
        rules: u64,
        /// How many findings block.
        findings: u64,
    },
    /// The verdict was given for something else.
    #[error(
        "the verdict on {variant} {} is not about it: it judged {problem}",
        subject.short()
    )]
    AnotherVerdict {
        /// The candidate's variant.
        variant: Variant,
        /// The candidate.
        subject: Subject,
        /// What it is about, and what it would have to be about.
        problem: String,
    },
    /// The version that it is said to follow was never released.
    #[error("{parent}, which the candidate is said to follow, was never released")]
    UnknownParent {
        /// That version.
        parent: Version,
    },
    /// Another number was asked for than follows from what changed.
    #[error("the next number is {next}, not {requested}: {because}")]
    WrongNumber {
        /// What was asked for.
        requested: Number,
        /// What it would be.
        next: Number,
        /// Why.
        because: String,
    },
    /// The content was released under another number than was asked for.
    #[error("this content was released as {version} already, so it cannot be {requested}")]
    KnownAs {
        /// What was asked for.
        requested: Number,
        /// What it is.
        version: Box<Version>,
    },
    /// There is no number over the highest one.
    #[error("no number follows {highest}")]
    NoNumberLeft {
        /// The highest version.
        highest: Version,
    },
    /// The registry did not do it.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// Decides on `candidate`, given every version that its variant ever had, yanked ones too.
///
/// The number is over the highest ever used, and so never used again; how far over follows from
/// what changed against that version. A `requested` number only ever confirms it.
///
/// # Errors
/// The gate did not pass this very candidate, or the number is not the requested one.
pub fn release(
    candidate: &Candidate,
    requested: Option<&Number>,
    history: &[Released],
) -> Result<Release, ReleaseError> {
    let same = history.iter().find(|released| released.candidate.subject == candidate.subject);
    if let Some(known) = same {
        let version = known.version.clone();
        return match requested.filter(|requested| **requested != version.number) {
            Some(requested) => {
                let (requested, version) = (requested.clone(), Box::new(version));
                Err(ReleaseError::KnownAs { requested, version })
            }
            None => Ok(Release::Known(version)),
        };
    }
    check_verdict(candidate)?;
    if let Some(parent) = &candidate.lineage.parent
        && parent.variant == candidate.variant
        && !history.iter().any(|released| released.version == *parent)
    {
        return Err(ReleaseError::UnknownParent { parent: parent.clone() });
    }
    let highest = history.iter().max_by_key(|released| &released.version.number);
    let (bump, because) = bump(candidate, highest);
    let number = match highest {
        None => Number::FIRST,
        Some(highest) => after(&highest.version.number, bump)
            .ok_or_else(|| ReleaseError::NoNumberLeft { highest: highest.version.clone() })?,
    };
    let version = Version { variant: candidate.variant.clone(), number };
    if let Some(requested) = requested.filter(|requested| **requested != version.number) {
        let (requested, next) = (requested.clone(), version.number);
        return Err(ReleaseError::WrongNumber { requested, next, because });
    }
    let (schema, candidate) = (RELEASE.to_owned(), candidate.clone());
    Ok(Release::New(Box::new(Released { schema, version, bump, because, candidate })))
}

fn check_verdict(candidate: &Candidate) -> Result<(), ReleaseError> {
    let (variant, subject) = (candidate.variant.clone(), candidate.subject);
    let judgement = &candidate.judgement;
    let another = |what, judged: String, expected: String| {
        let (variant, problem) = (variant.clone(), format!("{what} {judged}, not {expected}"));
        Err(ReleaseError::AnotherVerdict { variant, subject, problem })
    };
    if judgement.subject != subject {
        return another("subject", judgement.subject.short(), subject.short());
    }
    if judgement.run != candidate.lineage.run {
        return another("run", judgement.run.short(), candidate.lineage.run.short());
    }
    if judgement.model != candidate.contents.model {
        return another("model", judgement.model.short(), candidate.contents.model.short());
    }
    if judgement.is_pass() {
        return Ok(());
    }
    let &super::Judgement { answer, failed, rules, findings, .. } = judgement;
    Err(ReleaseError::Blocked { variant, subject, answer, failed, rules, findings })
}

/// Returns how much `candidate` differs from the highest version, and in what.
fn bump(candidate: &Candidate, highest: Option<&Released>) -> (Bump, String) {
    let Some(highest) = highest else {
        return (Bump::First, format!("{} has no version yet", candidate.variant));
    };
    let (now, before) = (&candidate.contents, &highest.candidate.contents);
    let (bump, what) =
        if let Some(difference) = candidate.signature.difference(&highest.candidate.signature) {
            (Bump::Major, format!("the signature changed, {difference}"))
        } else if now.model != before.model {
            (Bump::Minor, "the model was trained again or changed".to_owned())
        } else if now.environment != before.environment {
            // Whoever loads it in the new environment may see it behave otherwise.
            (Bump::Minor, "its environment changed".to_owned())
        } else if now.card != before.card {
            (Bump::Patch, "only its card changed".to_owned())
        } else {
            (Bump::Patch, "it was only packaged anew".to_owned())
        };
    (bump, format!("against {} {what}", highest.version))
}

/// Returns the number that `bump` leads to, without any pre-release; `None` where it overflows.
fn after(number: &Number, bump: Bump) -> Option<Number> {
    let [major, minor, patch] = number.parts();
    Some(match bump {
        Bump::First => Number::FIRST,
        Bump::Major => Number::new(major.checked_add(1)?, 0, 0),
        Bump::Minor => Number::new(major, minor.checked_add(1)?, 0),
        Bump::Patch => Number::new(major, minor, patch.checked_add(1)?),
    })
}

impl Release {
    /// Returns the version, new or not.
    pub fn version(&self) -> &Version {
        match self {
            Self::New(released) => &released.version,
            Self::Known(version) => version,
        }
    }
}

impl fmt::Display for Bump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::First => "first",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        })
    }
}

#[cfg(test)]
mod tests;
