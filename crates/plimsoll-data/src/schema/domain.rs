//! Types, and the values of them that are accepted.

use std::collections::BTreeSet;
use std::fmt;

use regex::Regex;

use crate::pattern;

/// A type and the values of it that are accepted.
#[derive(Clone, Debug, PartialEq)]
pub enum Domain {
    /// Whole numbers of 64 bits.
    Integer {
        /// Where they lie.
        range: Range<i64>,
        /// The only ones accepted.
        values: Option<BTreeSet<i64>>,
    },
    /// Finite numbers.
    Number {
        /// Where they lie.
        range: Range<f64>,
        /// The only ones accepted, in order.
        values: Option<Vec<f64>>,
    },
    /// Text.
    String {
        /// The only ones accepted.
        values: Option<BTreeSet<String>>,
        /// What each must match from its first to its last character.
        pattern: Option<Pattern>,
        /// How many characters each has.
        length: Lengths,
    },
    /// True or false.
    Boolean {
        /// The only ones accepted.
        values: Option<BTreeSet<bool>>,
    },
    /// Days.
    Date {
        /// Where they lie, in days since 1970-01-01.
        range: Range<i32>,
        /// The only ones accepted.
        values: Option<BTreeSet<i32>>,
    },
    /// Points in time.
    Timestamp {
        /// Where they lie, in microseconds since 1970-01-01 UTC.
        range: Range<i64>,
        /// The only ones accepted.
        values: Option<BTreeSet<i64>>,
    },
}

impl Domain {
    /// Accepts every value of a type.
    pub fn any(column_type: ColumnType) -> Self {
        match column_type {
            ColumnType::Integer => Self::Integer { range: Range::default(), values: None },
            ColumnType::Number => Self::Number { range: Range::default(), values: None },
            ColumnType::String => {
                Self::String { values: None, pattern: None, length: Lengths::default() }
            }
            ColumnType::Boolean => Self::Boolean { values: None },
            ColumnType::Date => Self::Date { range: Range::default(), values: None },
            ColumnType::Timestamp => Self::Timestamp { range: Range::default(), values: None },
        }
    }

    /// Returns the type.
    pub fn column_type(&self) -> ColumnType {
        match self {
            Self::Integer { .. } => ColumnType::Integer,
            Self::Number { .. } => ColumnType::Number,
            Self::String { .. } => ColumnType::String,
            Self::Boolean { .. } => ColumnType::Boolean,
            Self::Date { .. } => ColumnType::Date,
            Self::Timestamp { .. } => ColumnType::Timestamp,
        }
    }
}

/// Where values lie, both ends accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range<T> {
    /// The lower end.
    pub min: Option<Limit<T>>,
    /// The upper end.
    pub max: Option<Limit<T>>,
}

/// An end of a range, with the text it was written as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit<T> {
    /// Its value.
    pub value: T,
    /// As it was written.
    pub text: String,
}

/// How many characters a text has, both ends accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lengths {
    /// The fewest.
    pub min: Option<u64>,
    /// The most.
    pub max: Option<u64>,
}

/// A regular expression that a text matches from its first to its last character.
///
/// Matching takes time linear in the text, whatever the pattern.
#[derive(Clone)]
pub struct Pattern {
    written: String,
    whole: Regex,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// Why it is none.
    pub fn new(written: &str) -> Result<Self, String> {
        let whole = pattern::compile_whole(written)?;
        Ok(Self { written: written.to_owned(), whole })
    }

    /// Returns it as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Tells whether the whole of `text` matches.
    pub fn accepts(&self, text: &str) -> bool {
        self.whole.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.written).finish()
    }
}

/// A type of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColumnType {
    /// Whole numbers of 64 bits.
    Integer,
    /// Numbers, whole ones among them.
    Number,
    /// Text.
    String,
    /// True or false.
    Boolean,
    /// `YYYY-MM-DD`.
    Date,
    /// A day and a time of day.
    Timestamp,
}

impl ColumnType {
    /// Every type.
    pub const ALL: [Self; 6] =
        [Self::Integer, Self::Number, Self::String, Self::Boolean, Self::Date, Self::Timestamp];

    /// Returns the name as it is written in a schema.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Number => "number",
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_of_the_whole_text() {
        let accepts = |written: &str, text: &str| Pattern::new(written).unwrap().accepts(text);
        assert!(accepts("[0-9]+", "2012"));
        assert!(!accepts("[0-9]+", "a2012"));
        assert!(!accepts("[0-9]+", "2012\n"));
        // Without brackets around it, `|` would let one end open.
        assert!(!accepts("a|b", "ax"));
        assert!(accepts("^a|b$", "b"));
        assert!(accepts("(?x) a b # both\n # more", "ab"));
        assert!(accepts("ä.", "äö"));
        for bad in ["(", "a)|(b", "a{2,1}", r"(a)\1", "(?=a)", r"\p{Nothing}"] {
            assert!(Pattern::new(bad).is_err(), "{bad}");
        }
        let large = Pattern::new("((((a{100}){100}){100}){100})").unwrap_err();
        assert_eq!(large, "it takes too much memory");
    }
}
