//! The codes of what is seen in data.

use plimsoll_core::Code;

/// A row for which a check of the schema is false.
pub const CHECK: Code = Code::of("data.check");
/// A check of the schema that judged no row.
pub const CHECK_IDLE: Code = Code::of("data.check-idle");
/// A column is not in the file.
pub const COLUMN_MISSING: Code = Code::of("data.column-missing");
/// Several columns share one name.
pub const COLUMN_REPEATED: Code = Code::of("data.column-repeated");
/// The file has a column that the schema does not know.
pub const COLUMN_UNKNOWN: Code = Code::of("data.column-unknown");
/// There are no rows.
pub const EMPTY: Code = Code::of("data.empty");
/// The text is not UTF-8, or it holds NUL.
pub const ENCODING: Code = Code::of("data.encoding");
/// The newest value of a column is too old.
pub const FRESH: Code = Code::of("data.fresh");
/// A text has too few or too many characters.
pub const LENGTH: Code = Code::of("data.length");
/// A cell is empty in a column that must be filled.
pub const MISSING_VALUES: Code = Code::of("data.missing-values");
/// A value does not follow the one before it.
pub const MONOTONE: Code = Code::of("data.monotone");
/// A rule of the schema could not be evaluated.
pub const NOT_EVALUATED: Code = Code::of("data.not-evaluated");
/// A number is infinite or no number (NaN).
pub const NOT_FINITE: Code = Code::of("data.not-finite");
/// A text does not match a pattern.
pub const PATTERN: Code = Code::of("data.pattern");
/// A row has more or fewer fields than the header.
pub const RAGGED_ROW: Code = Code::of("data.ragged-row");
/// A value lies beyond a limit.
pub const RANGE: Code = Code::of("data.range");
/// A row whose counterpart is not in another file.
pub const REFERENCE: Code = Code::of("data.reference");
/// There are too few or too many rows.
pub const ROWS: Code = Code::of("data.rows");
/// Quotes or line ends that can be read in more than one way.
pub const SYNTAX: Code = Code::of("data.syntax");
/// The file ends in the middle of a row.
pub const TRUNCATED: Code = Code::of("data.truncated");
/// A cell, or a whole column, is of another type.
pub const TYPE: Code = Code::of("data.type");
/// Rows repeat what must be unique.
pub const UNIQUE: Code = Code::of("data.unique");
/// The file cannot be read as a table.
pub const UNREADABLE: Code = Code::of("data.unreadable");
/// A value is not in the accepted set.
pub const VALUES: Code = Code::of("data.values");

/// Every code that validation can report.
pub const CODES: &[Code] = &[
    CHECK,
    CHECK_IDLE,
    COLUMN_MISSING,
    COLUMN_REPEATED,
    COLUMN_UNKNOWN,
    EMPTY,
    ENCODING,
    FRESH,
    LENGTH,
    MISSING_VALUES,
    MONOTONE,
    NOT_EVALUATED,
    NOT_FINITE,
    PATTERN,
    RAGGED_ROW,
    RANGE,
    REFERENCE,
    ROWS,
    SYNTAX,
    TRUNCATED,
    TYPE,
    UNIQUE,
    UNREADABLE,
    VALUES,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_listed_once_in_order() {
        assert!(CODES.is_sorted_by(|a, b| a < b));
    }
}
