//! Numbers of payment cards.

/// What of a card number was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// As many digits as card numbers have, in one word.
    pub(super) shape: bool,
    /// Such a word with the beginning of an issuer and the right check digit, which about one in
    /// 40 of all numbers has by chance.
    pub(super) valid: bool,
    /// A valid one in the groups that cards have, which nothing else is written in.
    pub(super) grouped: bool,
}

/// Looks for card numbers in `text`, written as one word or in groups.
pub(super) fn look(text: &str) -> Seen {
    let bytes = text.as_bytes();
    let mut seen = Seen::default();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let (digits, groups, end) = run(&bytes[at..]);
        let end = at + end;
        // Digits behind a point are a fraction, those next to a letter an identifier.
        let apart = |byte: &u8| !byte.is_ascii_alphanumeric() && !b".,-_/+".contains(byte);
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let after = match &bytes[end..] {
            [b'.' | b',', next, ..] if next.is_ascii_digit() => false,
            [b'.' | b',', ..] => true,
            rest => rest.first().is_none_or(apart),
        };
        if (13..=19).contains(&digits.len()) && before.is_none_or(apart) && after {
            let valid = is_issued(&digits) && luhn(&digits);
            if groups.len() == 1 {
                seen.shape = true;
                seen.valid |= valid;
            } else {
                seen.grouped |= valid && matches!(groups[..], [4, 4, 4, 4] | [4, 6, 4 | 5]);
            }
        }
        at = end;
    }
    seen
}

/// Tells whether a whole number is a card number, and whether it has as many digits as one.
pub(super) fn look_at_integer(number: i64) -> Seen {
    if number < 1_000_000_000_000 {
        return Seen::default();
    }
    let digits: Vec<u8> = number.to_string().bytes().map(|byte| byte - b'0').collect();
    Seen { shape: true, valid: is_issued(&digits) && luhn(&digits), grouped: false }
}

/// Returns the digits that `bytes` begin with, the sizes of their groups, and where they end.
fn run(bytes: &[u8]) -> (Vec<u8>, Vec<usize>, usize) {
    let (mut digits, mut groups, mut group, mut at) = (Vec::new(), Vec::new(), 0, 0);
    let mut separator = None;
    while let Some(&byte) = bytes.get(at) {
        let next_is_digit = bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        match byte {
            b'0'..=b'9' if digits.len() < 40 => {
                digits.push(byte - b'0');
                group += 1;
            }
            b'0'..=b'9' => group += 1,
            // One separator throughout, between groups that are as long as those of cards.
            b' ' | b'-'
                if next_is_digit && group >= 4 && separator.is_none_or(|one| one == byte) =>
            {
                separator = Some(byte);
                groups.push(group);
                group = 0;
            }
            _ => break,
        }
        at += 1;
    }
    groups.push(group);
    (digits, groups, at)
}

/// Tells whether cards of that length are issued with that beginning (ISO/IEC 7812).
fn is_issued(digits: &[u8]) -> bool {
    let first = |count: usize| {
        digits[..count].iter().fold(0_u32, |number, digit| number * 10 + u32::from(*digit))
    };
    let (two, three, four) = (first(2), first(3), first(4));
    match digits.len() {
        13 => digits[0] == 4,
        14 => (300..=305).contains(&three) || matches!(two, 36 | 38 | 39),
        15 => matches!(two, 34 | 37),
        16 => {
            digits[0] == 4
                || (51..=55).contains(&two)
                || (2221..=2720).contains(&four)
                || four == 6011
                || (644..=649).contains(&three)
                || matches!(two, 62 | 65)
                || (3528..=3589).contains(&four)
        }
        19 => digits[0] == 4 || two == 62,
        _ => two == 62,
    }
}

/// Tells whether the last digit checks the others (Luhn 1960, ISO/IEC 7812-1).
fn luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u8| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let sum = digits.iter().rev().enumerate().fold(0_u32, |sum, (place, digit)| {
        sum + u32::from(if place % 2 == 1 { doubled(*digit) } else { *digit })
    });
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_and_check_digit_decide() {
        // Numbers that the networks publish for tests.
        for text in
            ["4111111111111111", "paid with 378282246310005.", "5555555555554444", "30569309025904"]
        {
            assert_eq!(look(text), Seen { shape: true, valid: true, grouped: false }, "{text}");
        }
        assert!(look("4111 1111 1111 1111").grouped && look("3782-822463-10005").grouped);
        assert_eq!(look("4111111111111112"), Seen { shape: true, ..Seen::default() });
        assert_eq!(look("9111111111111111"), Seen { shape: true, ..Seen::default() });
        for text in [
            "0.4111111111111111",
            "4111111111111111.5",
            "x4111111111111111",
            "4111 1111-1111 1111",
            "411111111111",
        ] {
            assert_eq!(look(text), Seen::default(), "{text}");
        }
        assert_eq!(look_at_integer(4_111_111_111_111_111), look("4111111111111111"));
        assert_eq!(look_at_integer(-4_111_111_111_111_111), Seen::default());
    }

    #[test]
    fn one_number_in_forty_is_one_by_chance() {
        let valid = (0..10_000_i64).filter(|at| {
            look_at_integer(
                1_000_000_000_000_000 + at * 899_999_999_999_989 % 9_000_000_000_000_000,
            )
            .valid
        });
        let valid = valid.count();
        assert!((150..400).contains(&valid), "{valid}");
    }
}
