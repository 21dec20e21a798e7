//! The codes of what a comparison finds.

use plimsoll_core::Code;

/// A column is there that the reference does not have.
pub const COLUMN_ADDED: Code = Code::of("data.column-added");
/// A column of the reference is not there.
pub const COLUMN_REMOVED: Code = Code::of("data.column-removed");
/// A column holds values of another kind than in the reference.
pub const COLUMN_TYPE_CHANGED: Code = Code::of("data.column-type-changed");
/// A column has drifted from the reference.
pub const DRIFT: Code = Code::of("data.drift");
/// A column could not be compared with the reference.
pub const DRIFT_ERROR: Code = Code::of("data.drift-error");
/// All columns together have drifted from the reference.
pub const DRIFT_TOGETHER: Code = Code::of("data.drift-together");
/// There are too few rows to tell whether a column has drifted.
pub const DRIFT_UNDECIDED: Code = Code::of("data.drift-undecided");
/// There are far more or far fewer rows than in the reference.
pub const ROW_COUNT_CHANGED: Code = Code::of("data.row-count-changed");

/// Every code that a comparison can report of its own.
pub const CODES: &[Code] = &[
    COLUMN_ADDED,
    COLUMN_REMOVED,
    COLUMN_TYPE_CHANGED,
    DRIFT,
    DRIFT_ERROR,
    DRIFT_TOGETHER,
    DRIFT_UNDECIDED,
    ROW_COUNT_CHANGED,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_listed_once_in_order() {
        assert!(CODES.is_sorted_by(|a, b| a < b));
    }
}
