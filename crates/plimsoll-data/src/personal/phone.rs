//! Telephone numbers in text.

/// What of a telephone number was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// One with `+` and a country's code (ITU-T E.164).
    pub(super) international: bool,
    /// The whole text is written like one of a country's own; other numbers can be as well.
    pub(super) national: bool,
}

/// Looks for telephone numbers in `text`.
pub(super) fn look(text: &str) -> Seen {
    let bytes = text.as_bytes();
    let mut international = false;
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'+') {
        let before = at.checked_sub(1).map(|before| bytes[before]);
        // A sign between words is a sum, and one behind a time its zone.
        if before.is_some_and(|before| before.is_ascii_alphanumeric() || before == b'+') {
            continue;
        }
        international |= is_international(&bytes[at + 1..]);
    }
    Seen { international, national: is_national(text.trim().as_bytes()) }
}

/// Tells whether what follows a `+` is a number that can be called.
fn is_international(bytes: &[u8]) -> bool {
    if !bytes.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let mut digits = Vec::new();
    let mut end = 0;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                digits.push(byte - b'0');
                end = at + 1;
            }
            // Never two separators but for a bracket, so that words do not run together.
            b' ' | b'-' | b'.' | b'/' | b'(' | b')' if at - end < 2 && digits.len() < 16 => {}
            _ => break,
        }
    }
    let ends = bytes.get(end).is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b':');
    ends && (8..=15).contains(&digits.len()) && is_assigned(&digits)
}

/// Tells whether the number begins with a country's code and is as long as numbers there.
fn is_assigned(digits: &[u8]) -> bool {
    let [first, second, third, ..] = *digits else { return false };
    match (first, second) {
        (1, area) => {
            let exchange = digits.get(4).copied().unwrap_or_default();
            digits.len() == 11 && area > 1 && exchange > 1
        }
        (7, _) => digits.len() == 11,
        // Codes of two digits and of three.
        (2, 0..=7 | 9) | (3..=6, _) | (8, 1 | 2 | 4..=8) | (9, 0..=8) => digits.len() >= 9,
        (9, 9) => matches!(third, 2..=6 | 8) && digits.len() >= 9,
        _ => false,
    }
}

/// Tells whether text is written like a number of North America, `(212) 555-0147`, or like one
/// with a nought and an area in front, `030/123456`, `01 23 45 67 89`.
fn is_national(text: &[u8]) -> bool {
    let digits: Vec<u8> =
        text.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0').collect();
    let written: Vec<u8> =
        text.iter().map(|byte| if byte.is_ascii_digit() { b'9' } else { *byte }).collect();
    if matches!(
        &written[..],
        b"999-999-9999" | b"999.999.9999" | b"(999) 999-9999" | b"(999)999-9999"
    ) {
        return digits[0] > 1 && digits[3] > 1;
    }
    if written == b"99 99 99 99 99" || written == b"99.99.99.99.99" {
        return digits[0] == 0 && digits[1] > 0;
    }
    let mut parts = written.splitn(2, |byte| b" /-".contains(byte));
    let (area, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    (3..=6).contains(&area.len())
        && area.iter().all(|byte| *byte == b'9')
        && digits.len() >= 9
        && digits.len() <= 12
        && digits[0] == 0
        && digits[1] > 0
        && rest.iter().all(|byte| b"9 -".contains(byte))
        && rest.first() == Some(&b'9')
        && !rest.windows(2).any(|pair| pair.iter().all(|byte| *byte != b'9'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_can_be_called_are_told_from_others() {
        for text in
            ["+49 171 1234567", "call +1 (212) 555-0147!", "+33123456789", "tel:+44/20/79460958"]
        {
            assert!(look(text).international, "{text}");
        }
        for text in [
            "+5",
            "+100000",
            "+1 112 555 0147",
            "2011-01-01T00:00+01:00",
            "a+49171123456",
            "+999123456789",
            "+49",
            "1+4915112345678",
            "+12345678901234567",
        ] {
            assert_eq!(look(text), Seen::default(), "{text}");
        }
        for text in
            ["(212) 555-0147", "212-555-0147", "0171 1234567", "030/1234567", "01 23 45 67 89"]
        {
            assert!(look(text).national && !look(text).international, "{text}");
        }
        for text in [
            "112-555-0147",
            "01-02-2011",
            "1234-567890",
            "0171",
            "00 49 171",
            "12 34 56 78 90",
            "0171 12345678901",
        ] {
            assert!(!look(text).national, "{text}");
        }
    }
}
