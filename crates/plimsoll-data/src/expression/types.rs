//! The types of what expressions compute.

use std::fmt;

use crate::schema::ColumnType;

/// A type, in the words of data schemas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// `int` of CEL.
    Integer,
    /// `double` of CEL.
    Number,
    /// Text.
    String,
    /// True or false.
    Boolean,
    /// A point in time; a date is its first moment in UTC.
    Timestamp,
    /// A time that passes.
    Duration,
    /// Nothing.
    Null,
    /// Values of one type.
    List(Box<Type>),
    /// What was complained about, so that nothing is said about it again; or the values of an
    /// empty list.
    Any,
}

impl Type {
    /// Returns the type that the cells of a column have in expressions.
    pub(super) fn of(column_type: ColumnType) -> Self {
        match column_type {
            ColumnType::Integer => Self::Integer,
            ColumnType::Number => Self::Number,
            ColumnType::String => Self::String,
            ColumnType::Boolean => Self::Boolean,
            ColumnType::Date | ColumnType::Timestamp => Self::Timestamp,
        }
    }

    pub(super) fn is_numeric(&self) -> bool {
        matches!(self, Self::Integer | Self::Number | Self::Any)
    }

    /// Tells whether a value of one type may be equal to one of the other.
    pub(super) fn may_equal(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any | Self::Null, _) | (_, Self::Any | Self::Null) => true,
            (Self::List(one), Self::List(other)) => one.may_equal(other),
            _ => self == other || (self.is_numeric() && other.is_numeric()),
        }
    }

    /// Returns the type of which both are, if there is one.
    pub(super) fn join(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, of) | (of, Self::Any) => Some(of),
            (Self::List(one), Self::List(other)) => {
                one.join(*other).map(|of| Self::List(Box::new(of)))
            }
            (one, other) => (one == other).then_some(one),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::Integer => "integer",
            Self::Number => "number",
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Timestamp => "timestamp",
            Self::Duration => "duration",
            Self::Null => "null",
            Self::List(of) => return write!(f, "list of {of}"),
            Self::Any => "value",
        };
        f.pad(word)
    }
}
