//! Cells and rows as 64 bits that are the same in every file, on every machine and in every version.
//!
//! Version 1: a cell is a word made of its kind and its value, spread together with its column's
//! name; a row is the sum of them, spread once more. So the order of columns does not
//! count. There is no key, since rows of today are to be found among those of years ago. Whoever can
//! guess a whole row can hence tell whether it was there.

use super::cell::Cell;
use crate::sketch::hash;

const KIND_CODE: u64 = 5;
const KIND_TEXT: u64 = 6;
const KIND_NAME: u64 = 7;

/// The golden ratio in 64 bits, the step of `SplitMix64`.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Returns `word` with its bits spread over all of them (`SplitMix64`, Steele et al. 2014).
pub(crate) fn spread(word: u64) -> u64 {
    hash::mixed(word.wrapping_add(STEP))
}

/// Returns the digest of a cell.
pub(crate) fn word(cell: Cell<'_>) -> u64 {
    let of = |kind: u64, value: u64| spread(spread(value).wrapping_add(kind));
    match cell {
        Cell::Missing => of(0, 0),
        Cell::Integer(value) => of(1, value.cast_unsigned()),
        Cell::Number(value) => of(2, value.to_bits()),
        Cell::Boolean(value) => of(3, u64::from(value)),
        Cell::Moment(micros, rest) => of(4, micros.cast_unsigned() ^ spread(rest.cast_unsigned())),
        Cell::Code(text) => of(KIND_CODE, hash::of_bytes(text.as_bytes())),
        Cell::Text(text) => of(KIND_TEXT, hash::of_bytes(text.as_bytes())),
    }
}

/// Returns what stands for a column's name in the digests of rows.
pub(crate) fn column(name: &str) -> u64 {
    spread(hash::of_bytes(name.as_bytes()).wrapping_add(KIND_NAME))
}

/// Returns what a cell adds to the digest of its row.
#[inline]
pub(crate) fn part(column: u64, word: u64) -> u64 {
    spread(word ^ column)
}

/// Returns the digest of a row whose parts add up to `sum`.
pub(crate) fn row(sum: u64) -> u64 {
    spread(sum)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn digests_never_change() {
        // Stored digests are compared with these: a change here is a new version of the format.
        let cells = [
            Cell::Missing,
            Cell::Integer(-7),
            Cell::Number(0.25),
            Cell::Boolean(true),
            Cell::Moment(1_293_840_000_000_000, 7),
            Cell::Code("007"),
            Cell::Text("Bonn"),
        ];
        let words: Vec<String> = cells.iter().map(|cell| format!("{:016x}", word(*cell))).collect();
        insta::assert_snapshot!(words.join("\n"), @r"
        a706dd2f4d197e6f
        ff723badbf8cc917
        5a66487ec4ed9f18
        b1441d254bd86cd7
        731e71307806b2ce
        e374e18fb1f775ef
        8650bb2498ea71a3
        ");
        let parts = cells.iter().zip(["a", "b", "c", "d", "e", "f", "g"]);
        let sum = parts
            .fold(0_u64, |sum, (cell, name)| sum.wrapping_add(part(column(name), word(*cell))));
        insta::assert_snapshot!(format!("{:016x}", row(sum)), @"0eb189e9b393a57f");
    }

    #[test]
    fn column_kind_and_value_count() {
        let words: BTreeSet<u64> = [
            Cell::Missing,
            Cell::Integer(0),
            Cell::Boolean(false),
            Cell::Moment(0, 0),
            Cell::Moment(0, 1),
            Cell::Moment(1, 0),
            Cell::Code("00"),
            Cell::Text("00"),
            Cell::Text(""),
        ]
        .into_iter()
        .map(word)
        .collect();
        assert_eq!(words.len(), 9);
        let row = |cells: &[(&str, i64)]| {
            let part = |(name, cell): &(&str, i64)| part(column(name), word(Cell::Integer(*cell)));
            row(cells.iter().map(part).fold(0, u64::wrapping_add))
        };
        assert_ne!(row(&[("a", 1), ("b", 2)]), row(&[("a", 2), ("b", 1)]));
        assert_eq!(row(&[("a", 1), ("b", 2)]), row(&[("b", 2), ("a", 1)]));
        assert_ne!(row(&[("a", 1), ("b", 1)]), row(&[("a", 2), ("b", 2)]));
        assert_ne!(row(&[("a", 1)]), row(&[("a", 1), ("b", 1)]));
    }
}
