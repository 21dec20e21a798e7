//! What a plain word of YAML means: the core schema of YAML 1.2, and nothing older.

use crate::node::Kind;

/// A number does not fit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

/// Reads a word that is not quoted. `yes`, `no`, `on` and dates are text.
pub(crate) fn read(word: &str) -> Result<Kind, TooLarge> {
    match word {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Kind::Null),
        "true" | "True" | "TRUE" => return Ok(Kind::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Kind::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => return Ok(Kind::Float(f64::NAN)),
        _ => {}
    }
    let (negative, digits) = match word.as_bytes() {
        [b'-', ..] => (true, &word[1..]),
        [b'+', ..] => (false, &word[1..]),
        _ => (false, word),
    };
    if matches!(digits, ".inf" | ".Inf" | ".INF") {
        return Ok(Kind::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY }));
    }
    let based = [("0x", 16), ("0o", 8)];
    let based = based.iter().find_map(|(prefix, base)| Some((word.strip_prefix(prefix)?, *base)));
    if let Some((digits, base)) = based
        && !digits.is_empty()
        && digits.chars().all(|digit| digit.is_digit(base))
    {
        return u64::from_str_radix(digits, base)
            .map(|value| Kind::Integer(value.into()))
            .map_err(|_| TooLarge);
    }
    if !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()) {
        let value: i128 = word.parse().map_err(|_| TooLarge)?;
        let range = i128::from(i64::MIN)..=i128::from(u64::MAX);
        return if range.contains(&value) { Ok(Kind::Integer(value)) } else { Err(TooLarge) };
    }
    if is_float(digits) {
        let value: f64 = word.parse().map_err(|_| TooLarge)?;
        return if value.is_finite() { Ok(Kind::Float(value)) } else { Err(TooLarge) };
    }
    Ok(Kind::String(word.to_owned()))
}

/// Tells `[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?` and the like with a leading point.
fn is_float(word: &str) -> bool {
    let (number, exponent) = match word.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (word, None),
    };
    let all_digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    let exponent_is_sound = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    has_digits && all_digits(whole) && all_digits(fraction) && exponent_is_sound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_core_schema() {
        for text in [
            "yes",
            "No",
            "on",
            "y",
            "2011-01-01",
            "1_000",
            "0b1",
            "1e",
            "e5",
            ".",
            "-",
            "+",
            "0x",
            "tRue",
            "1.2.3",
            "12:30:45",
            "-0x1F",
            "inf",
            "nan",
        ] {
            assert_eq!(read(text), Ok(Kind::String(text.to_owned())), "{text}");
        }
        for (text, value) in [
            ("0", 0),
            ("-17", -17),
            ("+3", 3),
            ("007", 7),
            ("0x1F", 31),
            ("0o17", 15),
            ("18446744073709551615", 18_446_744_073_709_551_615),
        ] {
            assert_eq!(read(text), Ok(Kind::Integer(value)), "{text}");
        }
        for (text, value) in [("1.", 1.0), (".5", 0.5), ("-1e3", -1000.0), ("6.02E+23", 6.02e23)] {
            assert_eq!(read(text), Ok(Kind::Float(value)), "{text}");
        }
        assert_eq!(read("-.inf"), Ok(Kind::Float(f64::NEG_INFINITY)));
        for text in [
            "18446744073709551616",
            "-9223372036854775809",
            "1e999",
            "0xfffffffffffffffff",
            &"9".repeat(5000),
        ] {
            assert_eq!(read(text), Err(TooLarge), "{text}");
        }
    }
}
