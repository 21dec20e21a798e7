//! A license as a bill states it.

use crate::license::{Declared, Expression, State, Terms};
use crate::package::Published;

/// What is stated of a license, and by whom.
#[derive(Clone, Debug, PartialEq)]
pub enum Stated {
    /// An expression that whoever publishes it wrote.
    Declared(Expression),
    /// What follows from names, classifiers and texts that were published.
    Concluded(Expression),
    /// What was published leaves several open.
    Ambiguous {
        /// Those that it leaves open, where they are known.
        candidates: Vec<Expression>,
        /// Why.
        reason: String,
    },
    /// Nothing is stated, or nothing of it is understood.
    Unknown,
}

impl Stated {
    /// States what is known of a package's license.
    pub(super) fn of_package(published: &Published, terms: &Terms) -> Self {
        let declared = published.expression.as_deref().and_then(|it| Expression::parse(it).ok());
        match Self::of_terms(terms) {
            Self::Concluded(license) if Some(&license) == declared.as_ref() => {
                Self::Declared(license)
            }
            other => other,
        }
    }

    /// States what somebody declares in a line: an SPDX expression, or an id of a card.
    pub fn declared(line: Option<&str>) -> Self {
        let Some(line) = line.map(str::trim).filter(|line| !line.is_empty()) else {
            return Self::Unknown;
        };
        match Self::of_terms(&Declared::of(line).terms()) {
            Self::Concluded(license) => Self::Declared(license),
            other => other,
        }
    }

    fn of_terms(terms: &Terms) -> Self {
        match (terms.state, &terms.license) {
            (State::Known, Some(license)) => Self::Concluded(license.clone()),
            (State::Ambiguous, _) => Self::Ambiguous {
                candidates: terms.candidates.clone(),
                reason: terms.reason.clone(),
            },
            (State::Known | State::Unknown, _) => Self::Unknown,
        }
    }

    /// Returns the license, where it is known.
    pub fn known(&self) -> Option<&Expression> {
        match self {
            Self::Declared(license) | Self::Concluded(license) => Some(license),
            Self::Ambiguous { .. } | Self::Unknown => None,
        }
    }

    /// Returns how much is known of it.
    pub fn state(&self) -> State {
        match self {
            Self::Declared(_) | Self::Concluded(_) => State::Known,
            Self::Ambiguous { .. } => State::Ambiguous,
            Self::Unknown => State::Unknown,
        }
    }

    /// Says what is ambiguous, so that no reader takes it for a license.
    pub(super) fn ambiguity(&self) -> Option<String> {
        let Self::Ambiguous { candidates, reason } = self else { return None };
        let candidates: Vec<String> = candidates.iter().map(ToString::to_string).collect();
        let among = if candidates.is_empty() {
            String::new()
        } else {
            format!(" ({})", candidates.join(", or "))
        };
        Some(format!("ambiguous license{among}: {reason}"))
    }

    /// Joins what two sources state of one thing: they agree, one says more, or it is ambiguous.
    pub(super) fn join(self, other: Self) -> Self {
        let rank = |it: &Self| match it {
            Self::Declared(_) => 0,
            Self::Concluded(_) => 1,
            Self::Ambiguous { .. } => 2,
            Self::Unknown => 3,
        };
        let (first, second) =
            if rank(&self) <= rank(&other) { (self, other) } else { (other, self) };
        match (first.known(), second.known()) {
            (Some(one), Some(other)) if one != other => {
                let mut candidates = vec![one.clone(), other.clone()];
                candidates.sort();
                let reason = "two sources of it differ".to_owned();
                Self::Ambiguous { candidates, reason }
            }
            _ => match second {
                // What is left open once is not settled by another copy that says something.
                Self::Ambiguous { .. } => second,
                _ => first,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(line: &str) -> Stated {
        Stated::declared(Some(line))
    }

    #[test]
    fn what_is_declared_is_read_as_expression_or_id() {
        assert_eq!(declared("CC0-1.0").known().unwrap().to_string(), "CC0-1.0");
        assert_eq!(declared("gemma").known().unwrap().to_string(), "LicenseRef-Gemma");
        assert_eq!(declared(" ").state(), State::Unknown);
        assert_eq!(Stated::declared(None), Stated::Unknown);
        assert_eq!(declared("cc").state(), State::Ambiguous);
    }

    #[test]
    fn two_statements_never_become_surer_than_either() {
        let (mit, isc, open) = (declared("MIT"), declared("ISC"), declared("cc"));
        assert_eq!(mit.clone().join(mit.clone()), mit);
        assert_eq!(mit.clone().join(Stated::Unknown), mit);
        assert_eq!(Stated::Unknown.join(mit.clone()), mit);
        assert_eq!(mit.clone().join(isc.clone()), isc.join(mit.clone()));
        assert_eq!(mit.clone().join(declared("ISC")).state(), State::Ambiguous);
        assert_eq!(mit.join(open.clone()), open);
        assert_eq!(open.clone().join(Stated::Unknown), open);
    }
}
