//! What one source says of a package's terms.

use std::fmt;

use super::expression::{Expression, License};

/// The licenses that one name may stand for, without doubles; the one that it most likely is comes first.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidates(Vec<License>);

impl Candidates {
    /// Makes candidates of licenses.
    pub(super) fn of(licenses: impl IntoIterator<Item = License>) -> Self {
        let mut found: Vec<License> = Vec::new();
        for license in licenses {
            if !found.contains(&license) {
                found.push(license);
            }
        }
        Self(found)
    }

    /// Returns those that are in both. An exception that only one of them speaks of is kept: names and
    /// texts of a license leave out what softens it.
    pub(super) fn and(&self, other: &Self) -> Self {
        let meet = |mine: &License| {
            let found = other.0.iter().find(|theirs| {
                theirs.id == mine.id
                    && (theirs.exception == mine.exception
                        || theirs.exception.is_none()
                        || mine.exception.is_none())
            })?;
            Some(if mine.exception.is_some() { mine.clone() } else { found.clone() })
        };
        Self(self.0.iter().filter_map(meet).collect())
    }

    /// Returns them with an exception.
    pub(super) fn with(&self, exception: &str) -> Self {
        let soften = |license: &License| License {
            id: license.id.clone(),
            exception: Some(exception.to_owned()),
        };
        Self(self.0.iter().map(soften).collect())
    }

    /// Tells whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns them.
    pub(super) fn licenses(&self) -> &[License] {
        &self.0
    }

    /// Returns the one that asks at least as much as each of the others, if there is one: who keeps to it
    /// keeps to all of them.
    ///
    /// A version alone asks no more than with "or later", which only adds a choice; three clauses of BSD are
    /// two and one more.
    pub(super) fn strictest(&self) -> Option<&License> {
        let covers = |strict: &License, other: &License| {
            strict == other
                || strict.exception == other.exception
                    && (strict.id == "BSD-3-Clause" && other.id == "BSD-2-Clause"
                        || strict.id.strip_suffix("-only").is_some_and(|version| {
                            other.id.strip_suffix("-or-later") == Some(version)
                        }))
        };
        self.0.iter().find(|strict| self.0.iter().all(|other| covers(strict, other)))
    }
}

impl fmt::Display for Candidates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, license) in self.0.iter().enumerate() {
            write!(f, "{}{license}", if at > 0 { "|" } else { "" })?;
        }
        Ok(())
    }
}

/// How several licenses hold together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// All of them hold.
    All,
    /// One is chosen.
    Any,
    /// It is not said.
    Unsaid,
}

/// What a text, classifiers or a file say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Nothing: `UNKNOWN`, "see LICENSE".
    Silent,
    /// An expression of more than one license.
    Expression(Expression),
    /// Names, each of which may stand for several licenses.
    Parts {
        /// How they hold together; of one alone it means nothing.
        relation: Relation,
        /// The names.
        parts: Vec<Candidates>,
    },
    /// That there is a choice, but not between what.
    Choice,
    /// Something that is not understood, and why.
    Unreadable(String),
}

impl Reading {
    /// Makes a reading of one name.
    pub(super) fn one(candidates: Candidates) -> Self {
        Self::Parts { relation: Relation::All, parts: vec![candidates] }
    }

    /// Tells whether it names one license.
    pub(super) fn is_one(&self) -> bool {
        matches!(self, Self::Parts { parts, .. } if parts.len() == 1)
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("nothing"),
            Self::Expression(expression) => expression.fmt(f),
            Self::Choice => f.write_str("that there is a choice"),
            Self::Unreadable(reason) => f.write_str(reason),
            Self::Parts { relation, parts } => {
                let join = match relation {
                    Relation::All => " AND ",
                    Relation::Any => " OR ",
                    Relation::Unsaid => ", ",
                };
                for (at, part) in parts.iter().enumerate() {
                    write!(f, "{}{part}", if at > 0 { join } else { "" })?;
                }
                Ok(())
            }
        }
    }
}
