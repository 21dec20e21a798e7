//! What a table must look like.

mod parse;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Deserializer};

pub use self::parse::{SchemaError, SchemaMistake};

/// What a table must look like: its columns, how many rows, what must not repeat.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableSchema {
    /// How many rows there must be.
    pub rows: RowLimits,
    /// Columns whose values together are in one row only.
    pub unique: Vec<Vec<String>>,
    /// The columns by name.
    pub columns: BTreeMap<String, ColumnRule>,
    /// Whether columns that are not named are accepted.
    pub additional: bool,
}

impl TableSchema {
    /// Reads the schema out of `value`, the form that YAML is brought into.
    ///
    /// # Errors
    /// Every mistake at once, each with its place in `value`.
    pub fn from_value(value: &serde_json::Value) -> Result<Self, SchemaError> {
        parse::schema(value)
    }

    /// Returns the columns that are known to give the target away.
    pub fn leaking(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter(|(_, rule)| rule.leaks).map(|(name, _)| name.as_str())
    }
}

impl<'de> Deserialize<'de> for TableSchema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Self::from_value(&value).map_err(serde::de::Error::custom)
    }
}

/// How many rows there must be, both ends accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowLimits {
    /// The fewest.
    pub min: Option<u64>,
    /// The most.
    pub max: Option<u64>,
}

/// What one column must look like.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnRule {
    /// The accepted values.
    pub domain: Domain,
    /// Whether cells may be empty.
    pub nullable: bool,
    /// Whether the column may be absent.
    pub optional: bool,
    /// Whether it gives the target away, so that no model may be given it.
    pub leaks: bool,
}

impl ColumnRule {
    /// Accepts every filled cell of `domain`.
    pub fn new(domain: Domain) -> Self {
        Self { domain, nullable: false, optional: false, leaks: false }
    }
}

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
    },
    /// Text.
    String {
        /// The only ones accepted.
        values: Option<BTreeSet<String>>,
    },
    /// True or false.
    Boolean,
    /// Days.
    Date {
        /// Where they lie, in days since 1970-01-01.
        range: Range<i32>,
    },
    /// Points in time.
    Timestamp {
        /// Where they lie, in microseconds since 1970-01-01 UTC.
        range: Range<i64>,
    },
}

impl Domain {
    /// Returns the type.
    pub fn column_type(&self) -> ColumnType {
        match self {
            Self::Integer { .. } => ColumnType::Integer,
            Self::Number { .. } => ColumnType::Number,
            Self::String { .. } => ColumnType::String,
            Self::Boolean => ColumnType::Boolean,
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
