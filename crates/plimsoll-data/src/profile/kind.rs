//! What kind of values a column has.

use plimsoll_core::number;
use serde::Serialize;

use super::column::Column;
use super::instants::Unit;

/// The kinds of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Whole numbers.
    Integer,
    /// Numbers; times of day and durations too, in seconds.
    Number,
    /// Yes or no.
    Boolean,
    /// Days.
    Date,
    /// Points in time.
    Timestamp,
    /// Names of things that are repeated.
    Category,
    /// Free text.
    Text,
    /// Names, or integers, that are nearly all different.
    Identifier,
    /// JSON objects or arrays, and nested columns.
    Json,
    /// Values of several of these kinds.
    Mixed,
    /// Nothing: every cell is missing.
    Empty,
}

/// The share of cells that must agree about the kind of a column.
const AGREED: f64 = 0.95;

/// The share of different texts from which on they are identifiers.
const DIFFERENT: f64 = 0.95;

/// With fewer filled cells nothing can be told from how many are different.
const FEW: u64 = 20;

impl Kind {
    /// Returns the name of the kind.
    pub fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Category => "category",
            Self::Text => "text",
            Self::Identifier => "identifier",
            Self::Json => "json",
            Self::Mixed => "mixed",
            Self::Empty => "empty",
        }
    }

    /// Writes a value of a column of this kind, or a statistic of its values, for a person.
    #[expect(clippy::cast_possible_truncation, reason = "integers and instants were integers once")]
    pub fn written(self, value: f64) -> String {
        let is_whole = value.fract().abs() <= 0.0;
        match self {
            Self::Date => Unit::Day.written(value as i64),
            Self::Timestamp => Unit::Microsecond.written(value as i64),
            Self::Integer | Self::Identifier if is_whole => (value as i64).to_string(),
            _ => number::show(value),
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// The forms that cells were read as, of which a column has one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Numbers,
    Flags,
    Dates,
    Stamps,
    Texts,
}

/// Returns the kind of `column`, and how many of its filled cells are of it.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
pub(super) fn kind(column: &Column) -> (Kind, u64) {
    let filled = column.filled();
    let forms = column.forms();
    let Some((form, most)) =
        forms.into_iter().max_by_key(|(_, count)| *count).filter(|_| filled > 0)
    else {
        return (Kind::Empty, 0);
    };
    let texts = forms[4].1;
    // Numbers that stand beside digits which are none, such as postal codes, are names as well.
    let codes = column.texts().map_or(0, super::Texts::codes);
    if codes > 0 && column.are_whole() && (forms[0].1 + codes) as f64 >= AGREED * filled as f64 {
        return (of_texts(column, forms[0].1 + texts), forms[0].1 + texts);
    }
    if (most as f64) < AGREED * filled as f64 {
        return (Kind::Mixed, filled);
    }
    let kind = match form {
        Form::Numbers if column.are_whole() => {
            if is_key(column) {
                Kind::Identifier
            } else {
                Kind::Integer
            }
        }
        Form::Numbers => Kind::Number,
        Form::Flags => Kind::Boolean,
        Form::Dates => Kind::Date,
        Form::Stamps => Kind::Timestamp,
        Form::Texts => of_texts(column, texts),
    };
    (kind, most)
}

/// Tells whether integers are all different, and are either called an identifier or number the rows.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
fn is_key(column: &Column) -> bool {
    let Some(numbers) = column.all_numbers() else { return false };
    let count = numbers.count();
    let off = if numbers.is_exact() { 0.0 } else { 0.04 };
    if count < FEW || (numbers.distinct() as f64) < (1.0 - off) * count as f64 {
        return false;
    }
    let span = numbers.ends().map_or(f64::INFINITY, |(low, high)| high - low + 1.0);
    let numbering = span <= count as f64 * 1.01;
    numbering || is_named_key(column.name())
}

/// Tells whether a name says that a column identifies rows.
pub(super) fn is_named_key(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["id", "key", "uuid", "guid"].contains(&lower.as_str())
        || ["_id", "_key", "_uuid", "_guid", "-id", " id"].iter().any(|end| lower.ends_with(end))
        || ["Id", "ID"].iter().any(|end| name.ends_with(end))
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
fn of_texts(column: &Column, count: u64) -> Kind {
    let Some(texts) = column.texts() else { return Kind::Text };
    let n = count as f64;
    if column.is_nested() || texts.json() as f64 >= AGREED * n {
        return Kind::Json;
    }
    let distinct = column.distinct() as f64;
    let spaced = texts.spaced() as f64 / texts.count().max(1) as f64;
    let letters: u64 = texts.classes().iter().sum();
    let length = letters as f64 / texts.count().max(1) as f64;
    let are_sentences = (spaced > 0.5 && length > 40.0) || length > 100.0;
    if count >= FEW && distinct >= DIFFERENT * n {
        return if spaced < 0.05 && !are_sentences { Kind::Identifier } else { Kind::Text };
    }
    if are_sentences || (count >= FEW && distinct > 20.0 && distinct > 0.5 * n) {
        return Kind::Text;
    }
    Kind::Category
}
