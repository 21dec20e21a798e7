//! Personal data: what identifies a person directly.
//!
//! E-mail addresses, telephone numbers, IBANs, card numbers and internet addresses are looked for
//! in cells, and words for them and for names, addresses, birthdays and official numbers in the
//! names of columns. A pattern that other data has as well counts only where a whole column has it.
//! What singles a person out by combination (age, postcode, profession) is not looked for: that
//! nothing was found does not make data anonymous.

mod address;
mod card;
pub(crate) mod check;
mod email;
mod iban;
mod name;
mod phone;

use crate::integrity::marks::{Mark, Marks};

pub use self::check::Declared;

/// Notes what of `text`, without the blanks around it, is about a person.
pub(crate) fn look(text: &str, marks: &mut Marks) {
    let (mut digits, mut has_at, mut has_plus, mut has_dot, mut colons) =
        (0, false, false, false, 0);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'@' => has_at = true,
            b'+' => has_plus = true,
            b'.' => has_dot = true,
            b':' => colons += 1,
            _ => {}
        }
    }
    if has_at && email::holds_email(text) {
        marks.set(Mark::Email);
    }
    if (has_dot && digits >= 4 || colons >= 2) && text.len() <= 48 && address::is_address(text) {
        marks.set(Mark::Internet);
    }
    if digits < 8 {
        return;
    }
    if has_plus || text.len() <= 24 {
        let phone = phone::look(text);
        set(marks, Mark::Phone, phone.international);
        set(marks, Mark::PhoneNational, phone.national);
    }
    let iban = iban::look(text);
    set(marks, Mark::IbanShape, iban.shape);
    set(marks, Mark::Iban, iban.valid);
    if digits >= 13 {
        of_card(card::look(text), marks);
    }
}

/// Notes whether a whole number may be that of a card.
pub(crate) fn look_at_integer(number: i64, marks: &mut Marks) {
    of_card(card::look_at_integer(number), marks);
}

fn of_card(seen: card::Seen, marks: &mut Marks) {
    set(marks, Mark::CardShape, seen.shape);
    set(marks, Mark::Card, seen.valid);
    set(marks, Mark::CardGrouped, seen.grouped);
}

fn set(marks: &mut Marks, mark: Mark, seen: bool) {
    if seen {
        marks.set(mark);
    }
}

/// Tells whether the name of a column says that it is about a person.
pub(crate) fn is_named(column: &str) -> bool {
    name::named(column).is_some()
}

/// Returns what may be shown of a text that is about a person: how it is made, not what it says.
pub(crate) fn mask(text: &str) -> String {
    let kept = |letter: char| if letter.is_alphanumeric() { '*' } else { letter };
    let mut masked: String = text.trim().chars().take(24).map(kept).collect();
    if text.trim().chars().count() > 24 {
        masked.push('…');
    }
    masked
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod patterns {
    use super::*;

    #[test]
    fn nothing_of_the_datum_is_shown() {
        assert_eq!(mask(" ada.lovelace@example.org"), "***.********@*******.***");
        assert_eq!(mask("DE89 3704 0044 0532 0130 00"), "**** **** **** **** ****…");
        assert_eq!(mask("+49 171 1234567"), "+** *** *******");
    }

    #[test]
    fn every_pattern_is_looked_for() {
        for (text, mark) in [
            ("ada@example.org", Mark::Email),
            ("+49 171 1234567", Mark::Phone),
            ("0171 1234567", Mark::PhoneNational),
            ("DE89370400440532013000", Mark::Iban),
            ("4111111111111111", Mark::Card),
            ("4111 1111 1111 1111", Mark::CardGrouped),
            ("93.184.215.14", Mark::Internet),
            ("2001:db8::1", Mark::Internet),
        ] {
            let mut marks = Marks::default();
            look(text, &mut marks);
            assert!(marks.has(mark), "{text}");
        }
        let mut marks = Marks::default();
        look("an ordinary sentence with 2 numbers, 17 letters and a full stop.", &mut marks);
        assert!(marks.is_empty());
    }
}
