//! Ids of rows, as requests and labels write them.

use std::cmp::Ordering;

/// Returns the one form of an id: without blanks around it, and an integer without a fraction of
/// zeros, for a tool that met an empty cell writes 17 as `17.0`.
///
/// Zeros in front mean something (`007` is not `7`), and so does every other spelling.
pub fn normal_id(id: &str) -> &str {
    let id = id.trim_matches([' ', '\t']);
    let whole = match id.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|zero| zero == b'0') => {
            whole
        }
        _ => id,
    };
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let is_integer = !digits.is_empty()
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    match whole {
        "-0" => "0",
        whole if is_integer => whole,
        _ => id,
    }
}

/// Compares ids as people count: `row-9` comes before `row-10`.
///
/// Only ids that are the same text are equal.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    while let ([x, ..], [y, ..]) = (left, right) {
        let ordering = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (x, y) = (number(&mut left), number(&mut right));
            x.len().cmp(&y.len()).then_with(|| x.cmp(y))
        } else {
            (left, right) = (&left[1..], &right[1..]);
            x.cmp(y)
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// Takes the digits that `text` begins with, and returns them without zeros in front.
fn number<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let count = text.iter().take_while(|digit| digit.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(count);
    *text = rest;
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    &digits[zeros..]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_has_one_form() {
        for (written, form) in [
            ("17", "17"),
            ("17.0", "17"),
            (" 17.00\t", "17"),
            ("-3.0", "-3"),
            ("-0.0", "0"),
            ("007", "007"),
            ("007.0", "007.0"),
            ("17.5", "17.5"),
            ("17.", "17."),
            ("a.0", "a.0"),
            ("", ""),
        ] {
            assert_eq!(normal_id(written), form, "{written}");
        }
    }

    #[test]
    fn ids_are_ordered_as_people_count() {
        let mut ids = ["b:10", "10", "b:9", "9", "a", "b:09", "", "100000000000000000000"];
        ids.sort_by(|a, b| natural(a, b));
        assert_eq!(ids, ["", "9", "10", "100000000000000000000", "a", "b:09", "b:9", "b:10"]);
    }

    proptest! {
        #[test]
        fn the_order_is_one(a in "[ab01:]{0,5}", b in "[ab01:]{0,5}", c in "[ab01:]{0,5}") {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            prop_assert_eq!(natural(&a, &b).is_eq(), a == b);
            if natural(&a, &b).is_le() && natural(&b, &c).is_le() {
                prop_assert!(natural(&a, &c).is_le());
            }
        }
    }
}
