//! From a candidate to a released version: the rules of every transition, as values.
//!
//! A registry reads what is there, asks the rule, and records the answer with its audit entry in
//! one transaction. Nothing here knows where that is, so a folder and a server decide alike.

mod alias;
mod approve;
mod candidate;
mod release;
mod yank;

pub use alias::{AliasMove, MoveAliasError, Target, move_alias};
pub use approve::approve;
pub use candidate::{Candidate, Cause, Contents, Judgement, Lineage, ParseSubjectError, Subject};
pub use release::{Bump, RELEASE, Release, ReleaseError, Released, release};
pub use yank::{YankError, Yanked, yank};

#[cfg(test)]
pub(crate) mod samples;
