//! Values of JSON as RFC 8259 has them, passed over without being built.

use std::fmt;

/// How deeply values lie in each other at most.
pub(super) const DEEPEST: usize = 128;

/// The longest number that cannot be beyond 64 bits, unless it has an exponent.
const SAFE_DIGITS: usize = 300;

/// What a cell is in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An object or an array.
    Nested,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Nested => "object or array",
        })
    }
}

/// Why some bytes are no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// Something else stands at this place; at the end of the bytes they are cut short.
    Expected(usize, &'static str),
    /// More values lie in each other than are read.
    TooDeep,
    /// The number that begins here is infinite in 64 bits.
    Huge(usize),
}

/// Text between quotes, which are not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) escaped: bool,
}

/// Returns the first place at or behind `at` that holds no blank.
#[inline]
pub(super) fn behind_blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\r' | b'\n') = bytes.get(at) {
        at += 1;
    }
    at
}

/// Passes over the string whose first quote is before `start`, and returns where the next byte is.
#[inline]
pub(super) fn string(bytes: &[u8], start: usize) -> Result<(Text, usize), Broken> {
    let mut at = start;
    let mut escaped = false;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let special = rest.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < b' ');
        let Some(special) = special else {
            return Err(Broken::Expected(bytes.len(), "a quote"));
        };
        at += special;
        match bytes[at] {
            b'"' => return Ok((Text { start, end: at, escaped }, at + 1)),
            b'\\' => {
                escaped = true;
                at = escape(bytes, at)?;
            }
            _ => return Err(Broken::Expected(at, "an escape like `\\n`")),
        }
    }
}

/// Passes over the escape at `at`.
fn escape(bytes: &[u8], at: usize) -> Result<usize, Broken> {
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => match (unit(bytes, at), unit(bytes, at + 6)) {
            (None, _) => Err(Broken::Expected(at, "an escape like `\\u00e9`")),
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => Ok(at + 12),
            (Some(0xd800..=0xdfff), _) => {
                Err(Broken::Expected(at, "a whole character (two halves)"))
            }
            (Some(_), _) => Ok(at + 6),
        },
        _ => Err(Broken::Expected(at, "an escape like `\\n`")),
    }
}

/// Reads `\uXXXX` at `at`.
fn unit(bytes: &[u8], at: usize) -> Option<u32> {
    let [b'\\', b'u', digits @ ..] = bytes.get(at..at + 6)? else { return None };
    digits
        .iter()
        .try_fold(0, |value, digit| char::from(*digit).to_digit(16).map(|digit| value << 4 | digit))
}

/// Appends what `text`, which [`string`] passed over, says.
pub(super) fn append(bytes: &[u8], text: Text, out: &mut Vec<u8>) {
    let mut rest = &bytes[text.start..text.end];
    while text.escaped
        && let Some(at) = rest.iter().position(|&byte| byte == b'\\')
    {
        out.extend_from_slice(&rest[..at]);
        let mut used = 2;
        let letter = match rest.get(at + 1) {
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let high = unit(rest, at).unwrap_or_default();
                used = 6;
                let code = match (high, unit(rest, at + 6)) {
                    (0xd800..=0xdbff, Some(low)) => {
                        used = 12;
                        0x10000 + ((high - 0xd800) << 10) + low.wrapping_sub(0xdc00)
                    }
                    _ => high,
                };
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            other => char::from(other.copied().unwrap_or_default()),
        };
        out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        rest = rest.get(at + used..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

/// Passes over the value at `at`, which is no string, and returns what it is (none of `null`) and
/// where the next byte is.
pub(super) fn value(bytes: &[u8], at: usize) -> Result<(Option<Kind>, usize), Broken> {
    match bytes.get(at) {
        Some(b'-' | b'0'..=b'9') => Ok((Some(Kind::Number), number(bytes, at)?)),
        Some(b'{' | b'[') => Ok((Some(Kind::Nested), nested(bytes, at)?)),
        _ => match bytes.get(at..).unwrap_or_default() {
            [b't', b'r', b'u', b'e', ..] => Ok((Some(Kind::Boolean), at + 4)),
            [b'f', b'a', b'l', b's', b'e', ..] => Ok((Some(Kind::Boolean), at + 5)),
            [b'n', b'u', b'l', b'l', ..] => Ok((None, at + 4)),
            rest => {
                let cut =
                    ["true", "false", "null"].iter().any(|word| word.as_bytes().starts_with(rest));
                Err(Broken::Expected(if cut { bytes.len() } else { at }, "a value"))
            }
        },
    }
}

fn number(bytes: &[u8], from: usize) -> Result<usize, Broken> {
    let digits = |at: usize| {
        let rest = bytes.get(at..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 { Err(Broken::Expected(at, "a digit")) } else { Ok(at + count) }
    };
    let mut at = from + usize::from(bytes[from] == b'-');
    // Only nought begins with a nought.
    at = if bytes.get(at) == Some(&b'0') { at + 1 } else { digits(at)? };
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    let mut may_be_huge = at - from > SAFE_DIGITS;
    if let Some(b'e' | b'E') = bytes.get(at) {
        may_be_huge = true;
        at = digits(at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-'))))?;
    }
    let text = || std::str::from_utf8(&bytes[from..at]).unwrap_or_default();
    if may_be_huge && !text().parse::<f64>().is_ok_and(f64::is_finite) {
        return Err(Broken::Huge(from));
    }
    Ok(at)
}

/// Passes over the object or array at `at`.
fn nested(bytes: &[u8], mut at: usize) -> Result<usize, Broken> {
    // What closes each of those that are open.
    let mut open = Vec::new();
    loop {
        // A value, or an end if nothing was in it.
        at = behind_blanks(bytes, at);
        match bytes.get(at) {
            Some(&sign @ (b'{' | b'[')) => {
                if open.len() == DEEPEST {
                    return Err(Broken::TooDeep);
                }
                open.push(if sign == b'{' { b'}' } else { b']' });
                at = behind_blanks(bytes, at + 1);
                if bytes.get(at) == open.last() {
                    open.pop();
                    at += 1;
                } else if sign == b'{' {
                    at = key(bytes, at)?;
                    continue;
                } else {
                    continue;
                }
            }
            Some(b'"') => at = string(bytes, at + 1)?.1,
            _ => at = value(bytes, at)?.1,
        }
        // What follows a value: an end, perhaps several, or a comma and the next.
        loop {
            let Some(&close) = open.last() else { return Ok(at) };
            at = behind_blanks(bytes, at);
            match bytes.get(at) {
                Some(&sign) if sign == close => {
                    open.pop();
                    at += 1;
                }
                Some(b',') => {
                    at = behind_blanks(bytes, at + 1);
                    if close == b'}' {
                        at = key(bytes, at)?;
                    }
                    break;
                }
                _ => return Err(Broken::Expected(at, "a comma or an end")),
            }
        }
    }
}

/// Passes over a key and its colon.
fn key(bytes: &[u8], at: usize) -> Result<usize, Broken> {
    if bytes.get(at) != Some(&b'"') {
        return Err(Broken::Expected(at, "a key in quotes"));
    }
    let at = behind_blanks(bytes, string(bytes, at + 1)?.1);
    if bytes.get(at) == Some(&b':') { Ok(at + 1) } else { Err(Broken::Expected(at, "a colon")) }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use proptest::prelude::*;

    use super::*;

    /// Tells whether `text` is one value and nothing else.
    fn is_value(text: &str) -> Result<bool, Broken> {
        let bytes = text.as_bytes();
        let at = behind_blanks(bytes, 0);
        let end = match bytes.get(at) {
            Some(b'"') => string(bytes, at + 1).map(|(_, end)| end),
            _ => value(bytes, at).map(|(_, end)| end),
        };
        end.map(|end| behind_blanks(bytes, end) == bytes.len())
    }

    #[test]
    fn values_end_where_they_end() {
        fn end(text: &str) -> Result<(Option<Kind>, &str), Broken> {
            value(text.as_bytes(), 0).map(|(kind, end)| (kind, &text[end..]))
        }
        assert_eq!(end("-1.5e3,"), Ok((Some(Kind::Number), ",")));
        assert_eq!(end("01"), Ok((Some(Kind::Number), "1")));
        assert_eq!(end("null}"), Ok((None, "}")));
        assert_eq!(end("[{},[ ],{\"a\":[1]}]]"), Ok((Some(Kind::Nested), "]")));
        assert_eq!(end("[1,]"), Err(Broken::Expected(3, "a value")));
        assert_eq!(end("{\"a\" 1}"), Err(Broken::Expected(5, "a colon")));
        assert_eq!(end("fals"), Err(Broken::Expected(4, "a value")));
        assert_eq!(end("1e999"), Err(Broken::Huge(0)));
        assert_eq!(end(&"1".repeat(400)), Err(Broken::Huge(0)));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = |depth: usize| value(("[".repeat(depth) + &"]".repeat(depth)).as_bytes(), 0);
        assert_eq!(deep(DEEPEST), Ok((Some(Kind::Nested), 2 * DEEPEST)));
        assert_eq!(deep(DEEPEST + 1), Err(Broken::TooDeep));
        assert_eq!(deep(1 << 20), Err(Broken::TooDeep));
    }

    /// Writes every letter that is not ASCII as `\uXXXX`.
    fn in_ascii(text: &str) -> String {
        let mut written = String::new();
        for letter in text.chars() {
            if letter.is_ascii() {
                written.push(letter);
            } else {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    _ = write!(written, "\\u{unit:04x}");
                }
            }
        }
        written
    }

    proptest! {
        #[test]
        fn the_same_is_json_as_for_serde(
            text in r#"([\[\]{},: \\"0-9eE.+a-]|"[ab]?":?|true|null|\\u[dD][89aBcD]0[0-9]|é){0,12}"#,
        ) {
            let expected = serde_json::from_str::<serde_json::Value>(&text);
            let found = is_value(&text);
            if !matches!(found, Err(Broken::TooDeep | Broken::Huge(_))) {
                let is_value = found == Ok(true);
                prop_assert_eq!(is_value, expected.is_ok(), "{}: {:?} {:?}", text, found, expected);
            }
        }

        #[test]
        fn strings_say_the_same_as_for_serde(text in any::<String>(), ascii in any::<bool>()) {
            let written = serde_json::to_string(&text).unwrap();
            let written = if ascii { in_ascii(&written) } else { written };
            let (read, end) = string(written.as_bytes(), 1).unwrap();
            let mut out = Vec::new();
            append(written.as_bytes(), read, &mut out);
            prop_assert_eq!((String::from_utf8(out).unwrap(), end), (text, written.len()));
        }
    }
}
