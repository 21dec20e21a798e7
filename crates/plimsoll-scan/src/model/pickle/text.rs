//! Texts and numbers as pickles write them.

use super::input::Line;
use super::value::{LONGEST_TEXT, Value};

/// Returns a text that was read whole.
pub(super) fn whole(bytes: &[u8]) -> Value {
    if bytes.len() > LONGEST_TEXT {
        return cut(&bytes[..LONGEST_TEXT]);
    }
    // Old texts are of any encoding; what is no UTF-8 is the name of nothing.
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::Text(text.into()),
        Err(_) => Value::LongText(String::from_utf8_lossy(bytes).as_ref().into()),
    }
}

/// Returns the text that a line holds, as `read` reads it; of a long one only that it is there.
pub(super) fn of_line(
    line: &Line,
    read: impl Fn(&[u8]) -> Result<Vec<u8>, &'static str>,
) -> Result<Value, &'static str> {
    if line.is_cut {
        return Ok(cut(line.beginning.get(..LONGEST_TEXT).unwrap_or_default()));
    }
    read(&line.beginning).map(|text| whole(&text))
}

/// Returns a text of which this is the beginning.
pub(super) fn cut(bytes: &[u8]) -> Value {
    Value::LongText(String::from_utf8_lossy(bytes).as_ref().into())
}

/// Reads the argument of `INT`: a decimal number, or `00` and `01` for false and true.
pub(super) fn int(line: &[u8]) -> Result<Value, &'static str> {
    match line {
        b"00" => return Ok(Value::Bool(false)),
        b"01" => return Ok(Value::Bool(true)),
        _ => {}
    }
    number(line).map(decimal)
}

/// Reads the argument of `LONG`: a decimal number, with or without an `L`.
pub(super) fn long(line: &[u8]) -> Result<Value, &'static str> {
    number(line.strip_suffix(b"L").unwrap_or(line)).map(decimal)
}

/// Returns the value of a number that everybody reads alike: `010` is eight to some.
fn decimal(text: &str) -> Value {
    let digits = text.trim_start_matches(['+', '-']);
    let is_octal = digits.len() > 1 && digits.starts_with('0');
    let value = text.parse().ok().filter(|_| !is_octal);
    value.map_or(Value::Forgotten, Value::Int)
}

/// Takes what Python's `int` might: digits of any base, signs, underscores and blanks around.
fn number(line: &[u8]) -> Result<&str, &'static str> {
    let text = std::str::from_utf8(line).map_err(|_| "a number is none")?.trim();
    let is_number = text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_hexdigit() || b"+-_xXoO".contains(&byte));
    if is_number { Ok(text) } else { Err("a number is none") }
}

/// Reads the argument of `FLOAT`.
pub(super) fn float(line: &[u8]) -> Result<Value, &'static str> {
    let text = std::str::from_utf8(line).unwrap_or_default().trim();
    match text.replace('_', "").parse::<f64>() {
        Ok(number) => Ok(Value::Float(number)),
        Err(_) => Err("a number is none"),
    }
}

/// Returns a number of `length` bytes in two's complement, of which `kept` are the lowest.
pub(super) fn long_value(kept: &[u8], length: u64) -> Value {
    if length > 8 {
        return Value::Forgotten;
    }
    let negative = kept.last().is_some_and(|last| last & 0x80 != 0);
    let mut bytes = [if negative { 0xff } else { 0 }; 8];
    for (to, from) in bytes.iter_mut().zip(kept) {
        *to = *from;
    }
    Value::Int(i64::from_le_bytes(bytes))
}

/// Reads the argument of `STRING`: a text in quotes with Python's escapes.
pub(super) fn quoted(line: &[u8]) -> Result<Vec<u8>, &'static str> {
    let trimmed = line.trim_ascii();
    let ([b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\'']) = trimmed else {
        return Err("a text has no quotes");
    };
    let mut text = Vec::with_capacity(inner.len());
    let mut rest = inner.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            text.push(byte);
            continue;
        }
        match rest.next() {
            None => return Err("a text ends in the middle of an escape"),
            Some(b'\n') => {}
            Some(b'a') => text.push(7),
            Some(b'b') => text.push(8),
            Some(b'f') => text.push(12),
            Some(b'n') => text.push(b'\n'),
            Some(b'r') => text.push(b'\r'),
            Some(b't') => text.push(b'\t'),
            Some(b'v') => text.push(11),
            Some(b'x') => {
                let digits = [rest.next(), rest.next()].map(|digit| digit.and_then(hexadecimal));
                let [Some(high), Some(low)] = digits else { return Err("an escape is none") };
                text.push(high * 16 + low);
            }
            Some(first @ b'0'..=b'7') => {
                let mut value = u32::from(first - b'0');
                for _ in 0..2 {
                    match rest.next_if(|digit| (b'0'..=b'7').contains(digit)) {
                        Some(digit) => value = value * 8 + u32::from(digit - b'0'),
                        None => break,
                    }
                }
                // Python keeps the lowest eight bits.
                text.push(value.to_le_bytes()[0]);
            }
            Some(quoted @ (b'\\' | b'\'' | b'"')) => text.push(quoted),
            Some(other) => text.extend([b'\\', other]),
        }
    }
    Ok(text)
}

/// Reads the argument of `UNICODE`: Latin-1 with `\u` and `\U` escapes.
pub(super) fn raw_unicode(line: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut text = String::with_capacity(line.len());
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        at += 1;
        let length = match (byte, line.get(at)) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            // A backslash that stands before another character takes it along.
            (b'\\', Some(&next)) => {
                text.extend([char::from(byte), char::from(next)]);
                at += 1;
                continue;
            }
            _ => {
                text.push(char::from(byte));
                continue;
            }
        };
        let digits = line.get(at + 1..at + 1 + length).ok_or("an escape is none")?;
        let value = digits.iter().try_fold(0_u32, |value, digit| {
            value
                .checked_mul(16)
                .zip(hexadecimal(*digit))
                .map(|(value, digit)| value + u32::from(digit))
        });
        // Half of a pair has no place in UTF-8, and none in a name.
        text.push(value.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
        at += 1 + length;
    }
    Ok(text.into_bytes())
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_hide_no_name() {
        assert_eq!(quoted(br"'\x6fs'").unwrap(), b"os");
        assert_eq!(quoted(br#""\157\163""#).unwrap(), b"os");
        assert_eq!(quoted(br"'it\'s'").unwrap(), b"it's");
        assert!(quoted(b"os").is_err() && quoted(br"'\'").is_err() && quoted(b"'").is_err());
        assert_eq!(raw_unicode(br"\u006fs").unwrap(), b"os");
        assert_eq!(raw_unicode(br"\U0000006f\n").unwrap(), br"o\n");
        assert_eq!(raw_unicode(br"\\u006f").unwrap(), br"\\u006f");
        assert!(raw_unicode(br"\u00").is_err());
    }

    #[test]
    fn numbers_are_read_as_python_reads_them() {
        assert!(matches!(int(b"-12"), Ok(Value::Int(-12))));
        assert!(matches!(int(b"01"), Ok(Value::Bool(true))));
        assert!(int(b"love").is_err() && int(b"").is_err() && int(b"ab").is_err());
        assert!(
            matches!(int(b"010"), Ok(Value::Forgotten)) && matches!(int(b"0"), Ok(Value::Int(0)))
        );
        assert!(matches!(long(b"12L"), Ok(Value::Int(12))));
        assert!(long(b"12345678901234567890L").is_ok());
        assert!(float(b"1.5e3").is_ok() && float(b"x").is_err());
        assert_eq!(long_value(&[0xff], 1).int(), Some(-1));
        assert_eq!(long_value(&[0x00, 0x01], 2).int(), Some(256));
    }
}
