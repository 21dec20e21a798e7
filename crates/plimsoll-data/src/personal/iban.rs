//! International bank account numbers in text.

/// Countries and how many characters an IBAN of theirs has (ISO 13616 registry).
const LENGTHS: [(&[u8; 2], usize); 89] = [
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// What of an IBAN was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// A country, two digits and as many characters as that country's have.
    pub(super) shape: bool,
    /// One whose check digits are right as well, which one in 97 is by chance.
    pub(super) valid: bool,
}

/// Looks for IBANs in `text`, written as one word or in groups of four.
pub(super) fn look(text: &str) -> Seen {
    let bytes = text.as_bytes();
    let mut seen = Seen::default();
    for at in 0..bytes.len().saturating_sub(14) {
        let starts = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        if !starts || !bytes[at].is_ascii_uppercase() || !bytes[at + 2].is_ascii_digit() {
            continue;
        }
        let country = LENGTHS.iter().find(|(country, _)| bytes[at..].starts_with(*country));
        let Some(&(_, length)) = country else { continue };
        let Some(characters) = characters(&bytes[at..], length) else { continue };
        if characters[2..4].iter().all(u8::is_ascii_digit) {
            seen.shape = true;
            seen.valid |= remainder(&characters) == 1;
        }
    }
    seen
}

/// Returns the first `length` characters without the blanks between groups, if a word ends there.
fn characters(bytes: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut characters = Vec::with_capacity(length);
    let mut at = 0;
    while characters.len() < length {
        let byte = *bytes.get(at)?;
        at += 1;
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' => characters.push(byte),
            b' ' if characters.len().is_multiple_of(4) && bytes[at - 2] != b' ' => {}
            _ => return None,
        }
    }
    let ends = bytes.get(at).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    ends.then_some(characters)
}

/// Returns what is left of the number modulo 97 (ISO 7064): the first four characters go to the
/// end, letters count 10 to 35. It is 1 for an IBAN.
fn remainder(characters: &[u8]) -> u32 {
    let (front, rest) = characters.split_at(4);
    rest.iter().chain(front).fold(0, |left, byte| match byte {
        b'A'..=b'Z' => (left * 100 + u32::from(byte - b'A') + 10) % 97,
        _ => (left * 10 + u32::from(byte - b'0')) % 97,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_decide() {
        // The examples of the ISO 13616 registry.
        for text in [
            "VA59001123000012345678",
            "DE89370400440532013000",
            "account GB29 NWBK 6016 1331 9268 19.",
            "FR1420041010050500013M02606",
            "NO9386011117947",
            "MT84MALT011000012345MTLCAST001S",
        ] {
            assert_eq!(look(text), Seen { shape: true, valid: true }, "{text}");
        }
        assert_eq!(look("DE89370400440532013001"), Seen { shape: true, valid: false });
        for text in [
            "DE8937040044053201300",
            "XX89370400440532013000",
            "xDE89370400440532013000",
            "DE89 3704",
        ] {
            assert_eq!(look(text), Seen::default(), "{text}");
        }
    }

    #[test]
    fn countries_are_in_order() {
        assert!(LENGTHS.is_sorted_by(|a, b| a.0 < b.0));
    }
}
