//! What is wrong with the text of a file, whatever its columns mean.

use std::sync::Arc;

use plimsoll_core::{Code, Finding, Severity};

use super::json::KEY_ROWS;
use crate::code;
use crate::example::{Place, Tally, grouped};

/// A kind of damage to a row of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Flaw {
    /// More or fewer fields than the header.
    Ragged,
    /// Not UTF-8.
    Encoding,
    /// Holds NUL.
    Nul,
    /// Text behind a closing quote.
    TextAfterQuote,
    /// A carriage return that ends no line.
    LoneReturn,
    /// The file ends inside the row.
    Truncated,
    /// The row is longer than what is held in memory.
    TooLong,
    /// A line is no JSON.
    NoJson,
    /// A line is JSON, but no object.
    NoObject,
    /// An object has a key twice.
    RepeatedKey,
    /// An object has a key that is no column.
    LateKey,
    /// More values lie in each other than are read.
    TooDeep,
    /// A number of JSON is infinite in 64 bits.
    Huge,
}

impl Flaw {
    const ALL: [Self; 13] = [
        Self::Ragged,
        Self::Encoding,
        Self::Nul,
        Self::TextAfterQuote,
        Self::LoneReturn,
        Self::Truncated,
        Self::TooLong,
        Self::NoJson,
        Self::NoObject,
        Self::RepeatedKey,
        Self::LateKey,
        Self::TooDeep,
        Self::Huge,
    ];

    fn code(self) -> Code {
        match self {
            Self::Ragged | Self::LateKey => code::RAGGED_ROW,
            Self::Encoding | Self::Nul => code::ENCODING,
            Self::TextAfterQuote
            | Self::LoneReturn
            | Self::TooLong
            | Self::NoJson
            | Self::NoObject
            | Self::RepeatedKey
            | Self::TooDeep
            | Self::Huge => code::SYNTAX,
            Self::Truncated => code::TRUNCATED,
        }
    }

    fn says(self, tally: &Tally, rows: u64) -> String {
        let (of, examples) = (tally.of(rows), tally.examples());
        match self {
            Self::Ragged => format!("{of} have another number of fields than the header{examples}"),
            Self::Encoding => format!("{of} are not UTF-8{examples}"),
            Self::Nul => format!("{of} hold a NUL byte{examples}"),
            Self::TextAfterQuote => {
                format!("{of} have text behind a closing quote{examples}; double the quotes inside")
            }
            Self::LoneReturn => format!(
                "{of} hold a carriage return without a line feed outside quotes{examples}; \
                 end lines with LF or CRLF"
            ),
            Self::Truncated => format!("the file ends in the middle of a row: {}", tally.all()),
            Self::TooLong => format!("the file cannot be read to its end: {}", tally.all()),
            Self::NoJson => format!("{of} are no JSON{examples}"),
            Self::NoObject => format!("{of} are no objects of JSON{examples}"),
            Self::RepeatedKey => format!("{of} have a key twice{examples}"),
            Self::LateKey => {
                let first = grouped(KEY_ROWS as u64);
                format!(
                    "{of} have a key that none of the first rows has{examples}; the keys of the \
                     first {first} rows are the columns"
                )
            }
            Self::TooDeep => format!("{of} have more values in each other than are read{examples}"),
            Self::Huge => format!("{of} have a number that does not fit in 64 bits{examples}"),
        }
    }
}

/// Everything that was wrong with the text so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flaws([Tally; 13]);

impl Flaws {
    pub(crate) fn add(&mut self, flaw: Flaw, line: u64, value: impl FnOnce() -> String) {
        self.0[flaw as usize].add(Place::Line(line), value);
    }

    /// Counts more of a flaw without examples.
    pub(crate) fn add_unseen(&mut self, flaw: Flaw, count: u64) {
        self.0[flaw as usize].add_unseen(count);
    }

    /// Counts what was wrong with another file behind this one.
    pub(crate) fn absorb(&mut self, other: Self, file: Option<&Arc<str>>) {
        self.0.iter_mut().zip(other.0).for_each(|(tally, other)| tally.absorb(other, file));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|tally| tally.count().is_none())
    }

    /// Tells whether nothing could be read behind a flaw.
    pub(crate) fn ended_reading(&self) -> bool {
        [Flaw::Truncated, Flaw::TooLong].iter().any(|flaw| self.0[*flaw as usize].count().is_some())
    }

    /// Returns a finding for each kind, of the `rows` rows that were read.
    pub(crate) fn findings(&self, rows: u64) -> Vec<Finding> {
        let seen = Flaw::ALL.into_iter().zip(&self.0);
        let seen = seen.filter(|(_, tally)| tally.count().is_some());
        seen.map(|(flaw, tally)| Finding {
            line: tally.first_line(),
            path: tally.first_file(),
            ..Finding::new(flaw.code(), Severity::Error, flaw.says(tally, rows))
        })
        .collect()
    }
}
