//! What the text of a cell is taken for.

use crate::text;

/// Text that people write for an empty cell, blanks around it aside; blanks alone as well.
const SPELLINGS: [&str; 17] = [
    "", "?", "-", "--", ".", "NA", "N/A", "n/a", "na", "#N/A", "NULL", "Null", "null", "None",
    "NaN", "nan", "NAN",
];

/// What a cell says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Nothing, in one of the spellings of that.
    Missing(&'static str),
    Integer(i64),
    Number(f64),
    Flag(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01 UTC.
    Stamp(i64),
    Text,
}

/// Reads `cell`.
///
/// Digits behind a leading zero, and more of them than 64 bits hold, are text: they name something
/// and count nothing.
pub(crate) fn read(cell: &str) -> Cell {
    let trimmed = cell.trim_ascii();
    if trimmed.len() <= 4
        && let Some(spelling) = SPELLINGS.iter().find(|spelling| **spelling == trimmed)
    {
        return Cell::Missing(spelling);
    }
    match trimmed.as_bytes() {
        [b'0'..=b'9' | b'+' | b'-' | b'.', ..] => with_digits(trimmed),
        [b'i' | b'I', ..] => infinity(trimmed),
        [b't' | b'T' | b'f' | b'F', ..] => text::boolean(trimmed).map_or(Cell::Text, Cell::Flag),
        _ => Cell::Text,
    }
}

fn with_digits(cell: &str) -> Cell {
    let bytes = cell.as_bytes();
    if let [b'0', b'0'..=b'9', ..] = bytes {
        return instant(cell);
    }
    if let Some(integer) = text::integer(cell) {
        return Cell::Integer(integer);
    }
    if bytes.iter().all(u8::is_ascii_digit) {
        return Cell::Text;
    }
    match text::number(cell) {
        // What is too large for a float was written as a finite number.
        Some(number) if number.is_finite() => Cell::Number(number),
        Some(_) => infinity(cell),
        None => instant(cell),
    }
}

fn infinity(cell: &str) -> Cell {
    let named = cell.trim_start_matches(['+', '-']);
    if !named.eq_ignore_ascii_case("inf") && !named.eq_ignore_ascii_case("infinity") {
        return Cell::Text;
    }
    let below = cell.starts_with('-');
    Cell::Number(if below { f64::NEG_INFINITY } else { f64::INFINITY })
}

fn instant(cell: &str) -> Cell {
    if let Some(day) = text::date(cell) {
        return Cell::Date(day);
    }
    text::timestamp(cell).map_or(Cell::Text, Cell::Stamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_what_they_say() {
        assert_eq!(read(" ?"), Cell::Missing("?"));
        assert_eq!(read("  "), Cell::Missing(""));
        assert_eq!(read(" 42"), Cell::Integer(42));
        assert_eq!(read("-3.5e2"), Cell::Number(-350.0));
        assert_eq!(read("0.5"), Cell::Number(0.5));
        assert_eq!(read("-inf"), Cell::Number(f64::NEG_INFINITY));
        assert_eq!(read("TRUE"), Cell::Flag(true));
        assert_eq!(read("2011-01-01"), Cell::Date(14_975));
        assert_eq!(read("0001-01-01"), Cell::Date(-719_162));
        assert_eq!(read("1970-01-01T00:00:01Z"), Cell::Stamp(1_000_000));
        for text in
            ["007", "12345678901234567890", "1e999", "Nan", "tea", "idle", "1-2", "+-1", "-"]
        {
            let expected = if text == "-" { Cell::Missing("-") } else { Cell::Text };
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
