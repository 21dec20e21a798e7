//! Names of columns that say that the column is about a person, in English, German, French and
//! Spanish.

mod words;

use self::words::{AROUND, NAMES};

/// What a column's name says that its cells are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A person's name.
    Person,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A street, or a house.
    Address,
    /// A date of birth.
    Birth,
    /// A number that a state gave a person.
    Official,
    /// An account or a card.
    Account,
    /// An internet address.
    Internet,
}

impl Named {
    /// Returns what it is in words.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Person => "a person's name",
            Self::Email => "an e-mail address",
            Self::Phone => "a telephone number",
            Self::Address => "a postal address",
            Self::Birth => "a date of birth",
            Self::Official => "an official number of a person",
            Self::Account => "a bank account or card",
            Self::Internet => "an internet address",
        }
    }
}

/// Returns what the name of a column says that it is of a person.
///
/// The whole name has to say it: `phone_1` and `customerPhone` do, `PhoneService` does not.
pub(super) fn named(column: &str) -> Option<Named> {
    let words = words_of(column);
    // What stands around is taken away a word at a time, as some names have such a word in them.
    let fronts = words.iter().take_while(|word| AROUND.contains(&word.as_str())).count();
    let backs = words.iter().rev().take_while(|word| AROUND.contains(&word.as_str())).count();
    for front in 0..=fronts {
        for back in 0..=backs.min(words.len().saturating_sub(front)) {
            let rest = words[front..words.len() - back].concat();
            let found = NAMES.iter().find(|(_, names)| names.contains(&rest.as_str()));
            if let Some((named, _)) = found {
                return Some(*named);
            }
        }
    }
    None
}

/// Returns the words of a name in lower case, without accents: `customerEMail_1` has four.
fn words_of(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, &letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before =
            at.checked_sub(1).and_then(|before| letters.get(before)).copied().unwrap_or(' ');
        let after = letters.get(at + 1).copied().unwrap_or(' ');
        let starts = letter.is_uppercase()
            && (before.is_lowercase() || before.is_uppercase() && after.is_lowercase())
            || letter.is_numeric()
                && before.is_alphabetic()
                && !before.is_numeric()
                && before != 'v';
        if starts {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            letter.to_lowercase().for_each(|letter| plain(letter, word));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Writes a small letter without its accent.
fn plain(letter: char, out: &mut String) {
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => out.push('a'),
        'ç' => out.push('c'),
        'è' | 'é' | 'ê' | 'ë' => out.push('e'),
        'ì' | 'í' | 'î' | 'ï' => out.push('i'),
        'ñ' => out.push('n'),
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => out.push('o'),
        'ù' | 'ú' | 'û' | 'ü' => out.push('u'),
        'ß' => out.push_str("ss"),
        other => out.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_name_has_to_say_it() {
        for (name, expected) in [
            ("email", Named::Email),
            ("Customer E-Mail", Named::Email),
            ("emailAddress2", Named::Email),
            ("EMAIL", Named::Email),
            ("phone_number", Named::Phone),
            ("Téléphone", Named::Phone),
            ("Telefon-Nr.", Named::Phone),
            ("Número de teléfono", Named::Phone),
            ("FirstName", Named::Person),
            ("Vorname", Named::Person),
            ("prénom", Named::Person),
            ("Nombre completo", Named::Person),
            ("customer_name", Named::Person),
            ("Straße", Named::Address),
            ("date of birth", Named::Birth),
            ("date_de_naissance", Named::Birth),
            ("SSN", Named::Official),
            ("IBAN", Named::Account),
            ("clientIPAddress", Named::Internet),
            ("client_ip", Named::Internet),
        ] {
            assert_eq!(named(name), Some(expected), "{name}");
        }
        for name in [
            "PhoneService",
            "name",
            "nom",
            "nombre",
            "city",
            "customerID",
            "email_opt_in",
            "age",
            "x",
            "ship_mode",
            "streetlights",
            "mail",
            "gender",
            "has_phone",
            "",
            "number",
            "rueckgabe",
        ] {
            assert_eq!(named(name), None, "{name}");
        }
    }
}
