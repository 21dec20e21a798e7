//! The rules of a column, and how much each weighs.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU64;

use plimsoll_core::{Code, Severity, Share};

use crate::code;
use crate::example::rows_in_words;

/// A rule of a column. It is named like the code of its finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The column is there.
    ColumnMissing,
    /// Cells are of the type.
    Type,
    /// Cells are filled.
    MissingValues,
    /// Numbers are finite.
    NotFinite,
    /// Values are among those listed.
    Values,
    /// Values lie within a range.
    Range,
    /// Texts match a pattern.
    Pattern,
    /// Texts are neither too short nor too long.
    Length,
    /// Each value follows the one before.
    Monotone,
    /// No value is there twice.
    Unique,
    /// The newest value is not too old.
    Fresh,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 11] = [
        Self::ColumnMissing,
        Self::Type,
        Self::MissingValues,
        Self::NotFinite,
        Self::Values,
        Self::Range,
        Self::Pattern,
        Self::Length,
        Self::Monotone,
        Self::Unique,
        Self::Fresh,
    ];

    /// Returns the code of its finding.
    pub fn code(self) -> Code {
        match self {
            Self::ColumnMissing => code::COLUMN_MISSING,
            Self::Type => code::TYPE,
            Self::MissingValues => code::MISSING_VALUES,
            Self::NotFinite => code::NOT_FINITE,
            Self::Values => code::VALUES,
            Self::Range => code::RANGE,
            Self::Pattern => code::PATTERN,
            Self::Length => code::LENGTH,
            Self::Monotone => code::MONOTONE,
            Self::Unique => code::UNIQUE,
            Self::Fresh => code::FRESH,
        }
    }

    /// Returns the name as it is written in a schema: the code without its `data.`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ColumnMissing => "column-missing",
            Self::Type => "type",
            Self::MissingValues => "missing-values",
            Self::NotFinite => "not-finite",
            Self::Values => "values",
            Self::Range => "range",
            Self::Pattern => "pattern",
            Self::Length => "length",
            Self::Monotone => "monotone",
            Self::Unique => "unique",
            Self::Fresh => "fresh",
        }
    }

    /// Tells whether it is about rows, of which a few may be excepted.
    pub fn is_of_rows(self) -> bool {
        !matches!(self, Self::ColumnMissing | Self::Fresh)
    }
}

/// How many rows may break a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Allowance {
    /// This many.
    Rows(u64),
    /// This part of the rows that the rule was held against.
    Share(Share),
}

impl Default for Allowance {
    fn default() -> Self {
        Self::Rows(0)
    }
}

impl Allowance {
    /// Tells whether `broken` of `rows` rows may break the rule.
    pub fn covers(self, broken: u64, rows: u64) -> bool {
        match (self, NonZeroU64::new(rows)) {
            (Self::Rows(most), _) => broken <= most,
            (Self::Share(_), None) => broken == 0,
            (Self::Share(most), Some(rows)) => Share::of(broken, rows) <= most,
        }
    }

    /// Says `, at most 5 rows accepted`; nothing where none is.
    pub(crate) fn said(self) -> String {
        match self {
            Self::Rows(0) => String::new(),
            Self::Rows(most) => format!(", at most {} accepted", rows_in_words(most)),
            Self::Share(most) => format!(", at most {most} accepted"),
        }
    }
}

/// What a broken rule means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weight {
    /// How much the finding weighs.
    pub severity: Severity,
    /// How many rows may break it.
    pub allow: Allowance,
}

impl Default for Weight {
    fn default() -> Self {
        Self { severity: Severity::Error, allow: Allowance::default() }
    }
}

/// A weight as it is written: what is not said comes from elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Written {
    /// How much the finding weighs.
    pub severity: Option<Severity>,
    /// How many rows may break it.
    pub allow: Option<Allowance>,
}

impl Written {
    /// Returns the weight, `beyond` deciding what is not said.
    pub fn or(self, beyond: Weight) -> Weight {
        Weight {
            severity: self.severity.unwrap_or(beyond.severity),
            allow: self.allow.unwrap_or(beyond.allow),
        }
    }
}

/// The weights of a column's rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    /// What is said for the whole column.
    pub column: Written,
    /// What is said for single rules, which goes before.
    pub rules: BTreeMap<Rule, Written>,
}

impl Weights {
    /// Returns the weight of a rule.
    pub fn of(&self, rule: Rule) -> Weight {
        let column = self.column.or(Weight::default());
        let written = self.rules.get(&rule).copied().unwrap_or_default();
        let weight = written.or(column);
        if rule.is_of_rows() { weight } else { Weight { allow: Allowance::default(), ..weight } }
    }
}

/// How each value follows the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Monotone {
    /// None is less.
    Increasing,
    /// Each is greater.
    StrictlyIncreasing,
    /// None is greater.
    Decreasing,
    /// Each is less.
    StrictlyDecreasing,
}

impl Monotone {
    /// Every order.
    pub const ALL: [Self; 4] =
        [Self::Increasing, Self::StrictlyIncreasing, Self::Decreasing, Self::StrictlyDecreasing];

    /// Returns the name as it is written in a schema.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Increasing => "increasing",
            Self::StrictlyIncreasing => "strictly-increasing",
            Self::Decreasing => "decreasing",
            Self::StrictlyDecreasing => "strictly-decreasing",
        }
    }
}

impl fmt::Display for Monotone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How old the newest value may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fresh {
    /// In microseconds.
    pub within: i64,
    /// As it was written.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_named_like_their_codes() {
        for rule in Rule::ALL {
            assert_eq!(rule.code().as_str(), format!("data.{}", rule.as_str()));
        }
    }

    #[test]
    fn a_share_of_no_rows_covers_nothing() {
        let tenth = Allowance::Share(Share::try_from(0.1).unwrap());
        assert!(tenth.covers(1, 10));
        assert!(!tenth.covers(2, 10));
        assert!(tenth.covers(0, 0));
        assert!(!tenth.covers(1, 0));
        assert!(Allowance::Rows(2).covers(2, 2));
        assert!(!Allowance::default().covers(1, 1_000_000));
    }
}
