//! Accepted values in a form that is quick to ask.

use std::collections::{BTreeSet, HashSet};

use crate::schema::Domain;

/// Accepted values of whole numbers, days and moments, or of texts.
pub(super) enum Accepted<'a> {
    All,
    /// Bit `n` stands for the value `first + n`.
    Bits {
        first: i64,
        bits: u64,
    },
    Whole(HashSet<i64>),
    Strings(HashSet<&'a str>),
}

impl<'a> Accepted<'a> {
    pub(super) fn of(domain: &'a Domain) -> Self {
        match domain {
            Domain::Integer { values: Some(values), .. }
            | Domain::Timestamp { values: Some(values), .. } => Self::whole(values.iter().copied()),
            Domain::Date { values: Some(values), .. } => {
                Self::whole(values.iter().copied().map(i64::from))
            }
            Domain::String { values: Some(values), .. } => {
                Self::Strings(values.iter().map(String::as_str).collect())
            }
            _ => Self::All,
        }
    }

    fn whole(values: impl Iterator<Item = i64>) -> Self {
        let values: BTreeSet<i64> = values.collect();
        match values.first().zip(values.last()) {
            Some((first, last)) if last.checked_sub(*first).is_some_and(|n| n < 64) => {
                let bits = values.iter().fold(0, |bits, value| bits | 1 << (value - first));
                Self::Bits { first: *first, bits }
            }
            _ => Self::Whole(values.into_iter().collect()),
        }
    }

    /// Tells whether a whole number is accepted.
    #[inline]
    pub(super) fn has(&self, value: i64) -> bool {
        match self {
            Self::Bits { first, bits } => {
                let place = value.wrapping_sub(*first).cast_unsigned();
                place < 64 && bits >> place & 1 == 1
            }
            Self::Whole(values) => values.contains(&value),
            Self::All | Self::Strings(_) => true,
        }
    }

    /// Returns the accepted texts, where not all are.
    pub(super) fn strings(&self) -> Option<&HashSet<&'a str>> {
        match self {
            Self::Strings(values) => Some(values),
            _ => None,
        }
    }
}
