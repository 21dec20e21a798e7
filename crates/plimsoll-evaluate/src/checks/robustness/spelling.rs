//! Text written otherwise.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use plimsoll_core::checks::Spelling;
use plimsoll_stats::random::Random;

/// A text with so many values at most may be one of a list.
const MOST_VALUES: usize = 500;

/// Each value of a list occurs so often on average, at least.
const OFTEN: usize = 5;

/// Letters of Latin alphabets with and without their accents, the plain one last.
const LETTERS: [&str; 28] = [
    "áàâäãåāa",
    "ÁÀÂÄÃÅĀA",
    "éèêëēęe",
    "ÉÈÊËĒĘE",
    "íìîïīi",
    "ÍÌÎÏĪI",
    "óòôöõøōo",
    "ÓÒÔÖÕØŌO",
    "úùûüūu",
    "ÚÙÛÜŪU",
    "ýÿy",
    "ÝŸY",
    "çćčc",
    "ÇĆČC",
    "ñńňn",
    "ÑŃŇN",
    "šśs",
    "ŠŚS",
    "žźżz",
    "ŽŹŻZ",
    "řr",
    "ŘR",
    "ďd",
    "ĎD",
    "ťt",
    "ŤT",
    "łl",
    "ŁL",
];

/// Tells whether texts are one of a list: few values, each of them often.
pub(super) fn is_closed(texts: &[Option<String>]) -> bool {
    let values: BTreeSet<&str> = texts.iter().flatten().map(String::as_str).collect();
    values.len() <= MOST_VALUES && values.len() * OFTEN <= texts.len()
}

/// Writes each text otherwise; tells which are others then.
pub(super) fn respelled(
    texts: &[Option<String>],
    way: Spelling,
    random: Random,
) -> (ArrayRef, Vec<bool>) {
    let respell = |(row, text): (u64, &Option<String>)| {
        text.as_ref().map(|text| written(text, way, random.word(row)))
    };
    let after: Vec<Option<String>> = (0..).zip(texts).map(respell).collect();
    let touched = texts.iter().zip(&after).map(|(before, after)| before != after).collect();
    (Arc::new(StringArray::from(after)), touched)
}

fn written(text: &str, way: Spelling, word: u64) -> String {
    match way {
        Spelling::Case => {
            if text.chars().any(char::is_lowercase) {
                text.to_uppercase()
            } else {
                text.to_lowercase()
            }
        }
        Spelling::Space => {
            let inner: Vec<usize> = text.match_indices(' ').map(|(at, _)| at).collect();
            match (word % 3, pick(&inner, word / 3)) {
                (0, Some(at)) => format!("{} {}", &text[..at], &text[at..]),
                (0 | 1, _) => format!("{text} "),
                _ => format!(" {text}"),
            }
        }
        Spelling::Typo => typo(text, word),
        Spelling::Accents => accents(text),
    }
}

/// Exchanges two neighbouring letters, or leaves one out where there are four and more.
fn typo(text: &str, word: u64) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let is_letter = |at: &usize| letters[*at].is_alphanumeric();
    let places: Vec<usize> = (0..letters.len()).filter(is_letter).collect();
    let differ = |at: &usize| {
        letters.get(at + 1).is_some_and(|next| next.is_alphanumeric() && *next != letters[*at])
    };
    let pairs: Vec<usize> = places.iter().copied().filter(differ).collect();
    let leave_out = word.is_multiple_of(2) && places.len() >= 4;
    match (pick(&places, word / 2), pick(&pairs, word / 2)) {
        (Some(at), _) if leave_out => _ = letters.remove(at),
        (_, Some(at)) => letters.swap(at, at + 1),
        // One letter, or the same again: it is hit twice.
        (Some(at), None) => letters.insert(at, letters[at]),
        (None, None) => {}
    }
    letters.into_iter().collect()
}

/// Takes accents away; where there are none, sets one on the first letter that has one.
fn accents(text: &str) -> String {
    let plain = |letter: char| {
        let family = LETTERS.iter().find(|family| family.contains(letter))?;
        family.chars().next_back().filter(|plain| *plain != letter)
    };
    if text.chars().any(|letter| plain(letter).is_some()) {
        return text.chars().map(|letter| plain(letter).unwrap_or(letter)).collect();
    }
    let accented =
        |letter: char| LETTERS.iter().find(|family| family.contains(letter))?.chars().next();
    let mut done = false;
    let set = |letter: char| match accented(letter) {
        Some(accented) if !done => {
            done = true;
            accented
        }
        _ => letter,
    };
    text.chars().map(set).collect()
}

fn pick<T: Copy>(of: &[T], word: u64) -> Option<T> {
    let count = u64::try_from(of.len()).ok().filter(|count| *count > 0)?;
    usize::try_from(word % count).ok().and_then(|at| of.get(at)).copied()
}

#[cfg(test)]
mod tests {
    use plimsoll_stats::random::Seed;

    use super::*;

    #[test]
    fn each_way_writes_the_same_text_otherwise() {
        assert_eq!(written("New York", Spelling::Case, 0), "NEW YORK");
        assert_eq!(written("NY 10", Spelling::Case, 0), "ny 10");
        assert_eq!(written("New York", Spelling::Space, 0), "New  York");
        assert_eq!(written("Bern", Spelling::Space, 0), "Bern ");
        assert_eq!(written("Bern", Spelling::Space, 2), " Bern");
        assert_eq!(written("Bern", Spelling::Typo, 0), "ern");
        assert_eq!(written("Bern", Spelling::Typo, 1), "eBrn");
        assert_eq!(written("oo", Spelling::Typo, 1), "ooo");
        assert_eq!(written("--", Spelling::Typo, 1), "--");
        assert_eq!(written("Córdoba", Spelling::Accents, 0), "Cordoba");
        assert_eq!(written("Bern", Spelling::Accents, 0), "Bérn");
        assert_eq!(written("", Spelling::Typo, 7), "");
    }

    #[test]
    fn whatever_the_text_a_typo_is_one_mistake() {
        let random = Random::new(Seed::from(1), "typo");
        for (at, text) in
            ["Delft", "São Paulo", "a", "12", "ß", "日本", "a\u{301}b"].iter().enumerate()
        {
            for word in 0..20 {
                let typo = written(text, Spelling::Typo, random.word(word + 20 * at as u64));
                assert_ne!(&typo, text);
                assert!(typo.chars().count().abs_diff(text.chars().count()) <= 1, "{text} {typo}");
            }
        }
    }

    #[test]
    fn a_list_has_few_values_and_each_of_them_often() {
        let texts = |values: usize| {
            (0..1000).map(|row| Some((row % values).to_string())).collect::<Vec<_>>()
        };
        assert!(is_closed(&texts(40)));
        assert!(!is_closed(&texts(400)));
        assert!(!is_closed(&[None, Some("one".to_owned())]));
    }
}
