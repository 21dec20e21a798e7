//! What is noted of a text, once for each value of a column.

use super::missing::{NullLike, null_like};
use crate::personal;

/// Something that a text is or holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// It stands for no value, and readers know it.
    NullKnown,
    /// It stands for no value, and readers do not know it.
    NullSign,
    /// It may stand for no value.
    NullWord,
    /// Characters that nobody wrote: of a wrong encoding, or of none.
    Damaged,
    /// No letter and no digit.
    Symbols,
    /// A digit among others.
    Digit,
    /// An e-mail address.
    Email,
    /// An international telephone number.
    Phone,
    /// What may be a telephone number.
    PhoneNational,
    /// What has the form of an IBAN.
    IbanShape,
    /// An IBAN whose check digits are right.
    Iban,
    /// As many digits as a card number.
    CardShape,
    /// A card number whose issuer and check digit are right.
    Card,
    /// Such a number in the groups of cards.
    CardGrouped,
    /// An internet address.
    Internet,
}

impl Mark {
    /// Every mark.
    pub(crate) const ALL: [Self; 15] = [
        Self::NullKnown,
        Self::NullSign,
        Self::NullWord,
        Self::Damaged,
        Self::Symbols,
        Self::Digit,
        Self::Email,
        Self::Phone,
        Self::PhoneNational,
        Self::IbanShape,
        Self::Iban,
        Self::CardShape,
        Self::Card,
        Self::CardGrouped,
        Self::Internet,
    ];

    /// Tells whether a text with it is about a person, so that it is not shown.
    pub(crate) fn is_personal(self) -> bool {
        self >= Self::Email
    }
}

/// The marks of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks(u16);

impl Marks {
    /// Returns those that say that a cell is about a person.
    pub(crate) fn of_persons(self) -> Self {
        let mut own = Self::default();
        let all = Mark::ALL.into_iter().filter(|mark| mark.is_personal() && self.has(*mark));
        all.for_each(|mark| own.set(mark));
        own
    }

    /// Looks at a text without the blanks around it.
    pub(crate) fn of(text: &str) -> Self {
        let mut marks = Self::default();
        match null_like(text) {
            Some(NullLike::Known) => marks.set(Mark::NullKnown),
            Some(NullLike::Sign) => marks.set(Mark::NullSign),
            Some(NullLike::Word) => marks.set(Mark::NullWord),
            None if text.chars().all(|letter| !letter.is_alphanumeric()) => {
                marks.set(Mark::Symbols);
            }
            None => {}
        }
        if is_damaged(text) {
            marks.set(Mark::Damaged);
        }
        if text.bytes().any(|byte| byte.is_ascii_digit()) {
            marks.set(Mark::Digit);
        }
        personal::look(text, &mut marks);
        marks
    }

    /// Adds a mark.
    pub(crate) fn set(&mut self, mark: Mark) {
        self.0 |= 1 << mark as u16;
    }

    /// Tells whether the text has a mark.
    pub(crate) fn has(self, mark: Mark) -> bool {
        self.0 >> mark as u16 & 1 == 1
    }

    /// Returns which kind of no value the text stands for.
    pub(crate) fn null(self) -> Option<Mark> {
        [Mark::NullKnown, Mark::NullSign, Mark::NullWord].into_iter().find(|mark| self.has(*mark))
    }

    /// Tells whether there is none of them.
    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Tells whether text was damaged on its way: replacement and control characters, or letters of
/// UTF-8 that were read as Latin-1 (`MÃ¼ller`, `donâ€™t`).
pub(crate) fn is_damaged(text: &str) -> bool {
    let mut before = ' ';
    for letter in text.chars() {
        let is_damaged = match letter {
            '\t' | '\n' | '\r' => false,
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffd}' => true,
            // The second byte of a letter, behind the first of it.
            '\u{a0}'..='\u{bf}' => matches!(before, 'Ã' | 'Â'),
            '€' => before == 'â',
            _ => false,
        };
        if is_damaged {
            return true;
        }
        before = letter;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_text_is_told_from_foreign_text() {
        for text in ["MÃ¼ller", "donâ€™t", "K\u{fffd}ln", "a\u{0}b", "Â°C", "bell\u{7}", "\u{85}"]
        {
            assert!(is_damaged(text), "{text}");
        }
        for text in [
            "Müller",
            "SÃO PAULO",
            "Âge",
            "100 €",
            "tab\tand\nline",
            "日本",
            "°C",
            "20 Â",
            "naïve ½",
        ] {
            assert!(!is_damaged(text), "{text}");
        }
    }

    #[test]
    fn marks_are_apart() {
        let marks = Marks::of("###");
        assert!(marks.has(Mark::Symbols) && !marks.has(Mark::Digit) && marks.null().is_none());
        assert!(Marks::of("?").has(Mark::NullSign) && !Marks::of("?").has(Mark::Symbols));
        assert!(Marks::of("Yes").is_empty() && Marks::of("A1").has(Mark::Digit));
        assert!(Marks::of("ada@example.org").has(Mark::Email));
        for mark in Mark::ALL {
            let mut marks = Marks::default();
            marks.set(mark);
            assert_eq!(Mark::ALL.iter().filter(|other| marks.has(**other)).count(), 1);
        }
    }
}
