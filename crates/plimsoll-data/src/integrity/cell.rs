//! What a cell says, whatever file it is in and whatever type it is stored as.
//!
//! Rows of a CSV and of a Parquet file are compared with each other, and with digests of rows that
//! are gone. So a cell is read by what is written in it, not by the type of its column: `1.50` in
//! text and 1.5 as a double are one number.

use crate::text;

/// The value of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Nothing, nothing but blanks, or NaN, which files write for nothing.
    Missing,
    /// A whole number of 64 bits, also where it is written as `2.0`.
    Integer(i64),
    /// Any other number; it may be infinite, never NaN.
    Number(f64),
    /// Yes or no.
    Boolean(bool),
    /// A date or a moment: microseconds since 1970 UTC and the nanoseconds that they leave out.
    Moment(i64, i64),
    /// Digits that are no number: with noughts in front, or too many of them.
    Code(&'a str),
    /// Anything else, without the blanks around it.
    Text(&'a str),
}

/// The first whole number beyond 64 bits: 2^63.
const BEYOND: f64 = 9_223_372_036_854_775_808.0;

/// Up to here every whole number is a float of its own: 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl<'a> Cell<'a> {
    /// Reads the text of a cell.
    pub(crate) fn of_text(raw: &'a str) -> Self {
        let text = raw.trim_matches([' ', '\t']);
        match text.as_bytes() {
            [b'0'..=b'9', ..] | [b'-' | b'.', b'0'..=b'9' | b'.', ..] => of_digits(text),
            [b't' | b'T' | b'f' | b'F', ..] => {
                text::boolean(text).map_or(Self::Text(text), Self::Boolean)
            }
            [] | [b'n' | b'N', b'a' | b'A', b'n' | b'N'] => Self::Missing,
            [b'i' | b'I', ..] | [b'-', b'i' | b'I', ..] => match text::number(text) {
                Some(number) => Self::Number(number),
                None => Self::Text(text),
            },
            _ => Self::Text(text),
        }
    }

    /// Returns the number, if it is a finite one.
    pub(crate) fn number(self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(number as f64),
            Self::Number(number) => Some(number).filter(|number| number.is_finite()),
            _ => None,
        }
    }

    /// Takes a number as the value that it is.
    pub(crate) fn of_number(number: f64) -> Self {
        if number.is_nan() {
            Self::Missing
        } else if number.fract() == 0.0 && (-BEYOND..BEYOND).contains(&number) {
            if number.abs() >= EXACT {
                // Beyond what a float tells apart it is what its shortest text says.
                return number.to_string().parse().map_or(Self::Number(number), Self::Integer);
            }
            #[expect(clippy::cast_possible_truncation, reason = "whole and within 64 bits")]
            Self::Integer(number as i64)
        } else {
            Self::Number(number)
        }
    }

    /// Takes a number of 32 bits as what it is written as: 0.1, not 0.10000000149.
    pub(crate) fn of_short(number: f32) -> Self {
        // All whole numbers up to here are written with all of their digits.
        if !number.is_finite() || number.fract() == 0.0 && number.abs() < 16_777_216.0 {
            return Self::of_number(f64::from(number));
        }
        // The first few decimals nearly always do; each is the number that its text would be.
        let mut scale = 10.0_f64;
        for _ in 0..6 {
            let rounded = (f64::from(number) * scale).round();
            if number.fract() == 0.0 || rounded.abs() > 1e15 {
                break;
            }
            let decimal = rounded / scale;
            #[expect(clippy::cast_possible_truncation, reason = "rounding is what is asked for")]
            let same = (decimal as f32).to_bits() == number.to_bits();
            if same {
                return Self::of_number(decimal);
            }
            scale *= 10.0;
        }
        Self::of_number(format!("{number:e}").parse().unwrap_or_else(|_| f64::from(number)))
    }
}

/// Reads text that begins like a number.
fn of_digits(text: &str) -> Cell<'_> {
    let bytes = text.as_bytes();
    let unsigned = bytes.strip_prefix(b"-").unwrap_or(bytes);
    if bytes.get(4) == Some(&b'-') && bytes.len() >= 10 {
        if let Some(days) = text::date(text) {
            return Cell::Moment(i64::from(days) * 86_400_000_000, 0);
        }
        if let Some(micros) = text::timestamp(text) {
            return Cell::Moment(micros, text::nanoseconds(text));
        }
        return Cell::Text(text);
    }
    if unsigned.iter().all(u8::is_ascii_digit) {
        return match unsigned {
            [b'0', _, ..] => Cell::Code(text),
            _ => text::integer(text).map_or(Cell::Code(text), Cell::Integer),
        };
    }
    if is_decimal(unsigned)
        && let Some(number) = text::number(text)
    {
        return Cell::of_number(number);
    }
    Cell::Text(text)
}

/// Tells whether digits are written as programs write numbers: `0.5`, `.5`, `5.`, `1e-7`.
fn is_decimal(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(text);
    if whole > 1 && text[0] == b'0' {
        return false;
    }
    let mut rest = &text[whole..];
    let mut decimals = 0;
    if let [b'.', more @ ..] = rest {
        decimals = digits(more);
        rest = &more[decimals..];
    }
    if whole + decimals == 0 {
        return false;
    }
    match rest {
        [] => true,
        [b'e' | b'E', b'+' | b'-', power @ ..] | [b'e' | b'E', power @ ..] => {
            !power.is_empty() && digits(power) == power.len()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_what_it_says() {
        for (text, cell) in [
            ("", Cell::Missing),
            ("  ", Cell::Missing),
            ("nan", Cell::Missing),
            ("NaN", Cell::Missing),
            (" 7", Cell::Integer(7)),
            ("-0", Cell::Integer(0)),
            ("0", Cell::Integer(0)),
            ("2.0", Cell::Integer(2)),
            ("1e3", Cell::Integer(1000)),
            ("-1.50", Cell::Number(-1.5)),
            (".5", Cell::Number(0.5)),
            ("5.", Cell::Integer(5)),
            ("1E+20", Cell::Number(1e20)),
            ("inf", Cell::Number(f64::INFINITY)),
            ("-Infinity", Cell::Number(f64::NEG_INFINITY)),
            ("9223372036854775807", Cell::Integer(i64::MAX)),
            ("True", Cell::Boolean(true)),
            ("2011-01-01", Cell::Moment(1_293_840_000_000_000, 0)),
            ("2011-01-01 00:00:00", Cell::Moment(1_293_840_000_000_000, 0)),
            ("2011-01-01T00:00:00.000000007Z", Cell::Moment(1_293_840_000_000_000, 7)),
        ] {
            assert_eq!(Cell::of_text(text), cell, "{text}");
        }
        for code in ["007", "-01", "00", "9223372036854775808"] {
            assert_eq!(Cell::of_text(code), Cell::Code(code), "{code}");
        }
        for text in [
            "01.5",
            "1,5",
            "+5",
            "1e",
            "1e5x",
            ".",
            "-",
            "..",
            "1.2.3",
            "nano",
            "Tom",
            "in",
            "2011-13-01",
        ] {
            assert_eq!(Cell::of_text(text), Cell::Text(text), "{text}");
        }
        assert_eq!(Cell::of_text("\t a b "), Cell::Text("a b"));
    }

    #[test]
    fn a_large_number_is_what_its_shortest_text_says() {
        let number = 9.655_404_324_237_185e17;
        assert_eq!(Cell::of_number(number), Cell::of_text(&number.to_string()));
        assert_eq!(Cell::of_number(9_007_199_254_740_992.0), Cell::Integer(9_007_199_254_740_992));
    }

    proptest! {
        #[test]
        fn a_number_is_what_its_text_says(number in prop::num::f64::ANY, short in prop::num::f32::ANY) {
            let text = if number.is_nan() { String::new() } else { number.to_string() };
            // Digits beyond 64 bits are written without a power here, and are a code then.
            if number.is_nan() || number.abs() < 1e18 {
                prop_assert_eq!(Cell::of_text(&text), Cell::of_number(number));
            }
            let text = if short.is_nan() { String::new() } else { format!("{short:e}") };
            prop_assert_eq!(Cell::of_text(&text), Cell::of_short(short), "{}", text);
        }
    }
}
