//! Under which terms a package comes, and how sure that is.

use serde::{Deserialize, Serialize};

use super::expression::Expression;
use super::reconcile;
use super::sources::Sources;
use super::text::Remainder;
use crate::package::Published;

/// Whether the terms are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// They are.
    Known,
    /// What was published may mean several things, or contradicts itself.
    Ambiguous,
    /// Nothing was published, or nothing of it is understood.
    Unknown,
}

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// It is not known.
    None,
    /// What was published leaves several licenses open, of which one asks at least as much as each of the
    /// others: that one. Who keeps to it keeps to whichever was meant.
    Low,
    /// One source says so, by a name.
    Medium,
    /// An expression says so, or a whole text, or several sources agree.
    High,
}

/// What one source says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Said {
    /// The source: `License`, `classifiers`, `LICENSE.txt`.
    pub source: String,
    /// What it says, as it was understood, or why it was not.
    pub says: String,
}

/// What comes along in a package under terms of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Bundled {
    /// The file that says so.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// The license, where it is known.
    pub license: Option<Expression>,
    /// What stands there, where it is not.
    pub text: Option<String>,
}

/// Under which terms something comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Terms {
    /// The license, where it is known.
    pub license: Option<Expression>,
    /// Whether it is.
    pub state: State,
    /// How sure that is.
    pub confidence: Confidence,
    /// What it may be, where it is ambiguous.
    pub candidates: Vec<Expression>,
    /// Why it is held to be so.
    pub reason: String,
    /// What every source says.
    pub sources: Vec<Said>,
    /// What comes along under other terms.
    pub bundled: Vec<Bundled>,
}

impl Terms {
    /// Says under which terms a package comes, from what was published with it.
    ///
    /// An expression decides, if nothing contradicts it. Otherwise the free text, the classifiers and the
    /// license files each leave some licenses open, and what all of them leave open is it: one license, or
    /// the one of several that asks most where there is one. If nothing is left they contradict each other.
    /// Files in folders of their own, and what a file holds beside the package's license, are `bundled`.
    pub fn of(published: &Published) -> Self {
        let sources = Sources::of(published);
        reconcile::reconcile(sources)
    }

    /// Makes terms of a license that is known.
    pub fn known(license: Expression, confidence: Confidence, reason: impl Into<String>) -> Self {
        Self {
            license: Some(license),
            state: State::Known,
            confidence,
            candidates: Vec::new(),
            reason: reason.into(),
            sources: Vec::new(),
            bundled: Vec::new(),
        }
    }

    /// Makes terms that may be one of several.
    pub fn ambiguous(candidates: Vec<Expression>, reason: impl Into<String>) -> Self {
        Self {
            license: None,
            state: State::Ambiguous,
            confidence: Confidence::None,
            candidates,
            reason: reason.into(),
            sources: Vec::new(),
            bundled: Vec::new(),
        }
    }

    /// Makes terms of which nothing is known.
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self { state: State::Unknown, ..Self::ambiguous(Vec::new(), reason) }
    }
}

impl Bundled {
    /// Makes a note of a passage that is not understood.
    pub(super) fn passage(file: &str, rest: &Remainder) -> Self {
        Self {
            file: file.to_owned(),
            line: rest.line,
            license: None,
            text: Some(rest.text.clone()),
        }
    }
}
