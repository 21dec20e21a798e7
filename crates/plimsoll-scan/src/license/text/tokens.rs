//! The words of a text, as far as they matter.

/// A word and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// The word in lower case.
    pub(super) word: String,
    /// Its line, from 1.
    pub(super) line: usize,
}

/// Words that are spelled in two ways (SPDX matching guidelines, section 8: varietal spelling).
const SPELLINGS: &[(&str, &str)] = &[
    ("acknowledgement", "acknowledgment"),
    ("analogue", "analog"),
    ("analyse", "analyze"),
    ("artefact", "artifact"),
    ("authorisation", "authorization"),
    ("authorised", "authorized"),
    ("cancelled", "canceled"),
    ("capitalisations", "capitalizations"),
    ("catalogue", "catalog"),
    ("categorise", "categorize"),
    ("centre", "center"),
    ("emphasised", "emphasized"),
    ("favour", "favor"),
    ("favourite", "favorite"),
    ("fulfil", "fulfill"),
    ("fulfilment", "fulfillment"),
    ("https", "http"),
    ("initialise", "initialize"),
    ("judgement", "judgment"),
    ("labelling", "labeling"),
    ("labour", "labor"),
    ("licence", "license"),
    ("licenced", "licensed"),
    ("licences", "licenses"),
    ("maximise", "maximize"),
    ("modelled", "modeled"),
    ("modelling", "modeling"),
    ("noncommercial", "non-commercial"),
    ("offence", "offense"),
    ("optimise", "optimize"),
    ("organisation", "organization"),
    ("organise", "organize"),
    ("practise", "practice"),
    ("programme", "program"),
    ("realise", "realize"),
    ("recognise", "recognize"),
    ("signalling", "signaling"),
    ("utilisation", "utilization"),
    ("whilst", "while"),
    ("wilful", "willful"),
];

/// Takes a text apart. List marks, decoration and lines that only say who holds a copyright are left out.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    words(text, |word, line| tokens.push(Token { word: word.to_owned(), line }));
    tokens
}

/// As [`tokens`], each word handed to `take` with its line: six hundred texts are read at the start, and a
/// text of one's own for each of their words would be half of that time.
pub(super) fn words(text: &str, mut take: impl FnMut(&str, usize)) {
    // The word that is not handed over yet, as the next line may have its end.
    let (mut word, mut begun) = (String::new(), 0);
    let mut hyphenated = false;
    for (at, line) in text.lines().enumerate() {
        let line = undecorated(line);
        if is_copyright(line) {
            continue;
        }
        let mut words =
            line.split(|letter: char| !is_letter(letter)).filter(|word| !word.is_empty());
        let mut is_first = true;
        let Some(mut next) = words.next() else { continue };
        loop {
            let after = words.next();
            let bare = next.trim_matches(|letter| letter == '-' || letter == '.' || letter == '\'');
            let is_mark = is_first && after.is_some() && is_list_mark(bare);
            is_first = false;
            if !bare.is_empty() && !is_mark && !is_year(bare) {
                // Else it is the end of a word that was broken at the end of a line.
                if !hyphenated {
                    if begun > 0 {
                        take(&word, begun);
                    }
                    word.clear();
                    begun = at + 1;
                }
                let from = word.len();
                if bare.is_ascii() {
                    word.push_str(bare);
                    if let Some(added) = word.get_mut(from..) {
                        added.make_ascii_lowercase();
                    }
                } else {
                    word.push_str(&bare.to_lowercase());
                }
                if let Some(spelling) = word.get(from..).and_then(spelled) {
                    word.replace_range(from.., spelling);
                }
                hyphenated = false;
            }
            match after {
                Some(after) => next = after,
                None => break,
            }
        }
        hyphenated = begun > 0
            && next.len() > 2
            && next.ends_with('-')
            && !next.ends_with("--")
            && line.trim_end().ends_with('-')
            && !next.eq_ignore_ascii_case("non-");
    }
    if begun > 0 {
        take(&word, begun);
    }
}

/// Returns the one of the two spellings of a word that texts are compared in, where it is the other.
fn spelled(word: &str) -> Option<&'static str> {
    // The shortest of them.
    if word.len() < 5 {
        return None;
    }
    let at = SPELLINGS.binary_search_by_key(&word, |(other, _)| other).ok()?;
    SPELLINGS.get(at).map(|(_, spelling)| *spelling)
}

fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '-' || letter == '.' || letter == '\''
}

/// Takes away what marks a line as a comment or a quotation.
fn undecorated(line: &str) -> &str {
    let marks = |letter: char| letter.is_whitespace() || "#*/;!>|%\"=_~`".contains(letter);
    let line = line.trim_matches(marks);
    for word in ["dnl ", "rem ", "REM ", "@c ", ".. "] {
        if let Some(rest) = line.strip_prefix(word) {
            return rest.trim_start_matches(marks);
        }
    }
    line
}

/// Tells whether a word is a year, or two: those of a copyright differ from file to file.
fn is_year(word: &str) -> bool {
    let year = |it: &str| {
        it.len() == 4
            && (it.starts_with("19") || it.starts_with("20"))
            && it.bytes().all(|it| it.is_ascii_digit())
    };
    match word.split_once('-') {
        Some((from, to)) => year(from) && (year(to) || to == "present"),
        None => year(word),
    }
}

/// Tells whether the first word of a line numbers it: `1`, `a`, `iv`, `3.1`.
fn is_list_mark(word: &str) -> bool {
    let is_number = word.len() <= 6 && word.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    let is_letter = word.len() == 1 && word != "a" && word != "A" && word != "I";
    let is_roman = word.len() <= 4 && word.bytes().all(|it| b"ivxIVX".contains(&it));
    is_number || is_letter || is_roman && word != "I"
}

/// Tells whether a line says who holds a copyright, or that all rights are reserved.
pub(super) fn is_copyright(line: &str) -> bool {
    const LONGEST: usize = 400;
    let line = line.trim_start_matches(|letter: char| {
        !letter.is_alphanumeric() && letter != '©' && letter != '('
    });
    // Of most lines the first letter says that they are none.
    let begins = line.chars().next().is_some_and(|first| "cCpPaA(©".contains(first));
    if line.len() > LONGEST || !begins {
        return false;
    }
    let lower = line.to_lowercase();
    if lower.trim_end_matches(|letter: char| !letter.is_alphanumeric()) == "all rights reserved" {
        return true;
    }
    let lower = lower.strip_prefix("portions ").unwrap_or(&lower);
    let Some(rest) = lower.strip_prefix("copyright") else {
        let rest = ["(c)", "©"].iter().find_map(|mark| lower.strip_prefix(mark));
        return rest.map(str::trim_start).is_some_and(|rest| {
            rest.starts_with(|letter: char| letter.is_ascii_digit())
                || rest.starts_with("copyright")
        });
    };
    let rest = rest.trim_start_matches([' ', '\t', ':', ',']);
    rest.starts_with("(c)")
        || rest.starts_with('©')
        || rest.starts_with("by ")
        || rest.starts_with(['<', '[', '{'])
        || rest.starts_with(|letter: char| letter.is_ascii_digit())
        || rest.starts_with("yyyy")
        || rest.starts_with("year")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_sorted() {
        assert!(SPELLINGS.is_sorted());
        assert_eq!(SPELLINGS.iter().map(|(other, _)| other.len()).min(), Some(5));
    }

    #[test]
    fn marks_years_and_holders_are_left_out() {
        let words =
            |text: &str| -> Vec<String> { tokens(text).into_iter().map(|it| it.word).collect() };
        let text = " * 1. The Licence, 2004\n# Copyright (c) 2019-2024 Me\n// All rights reserved.\n(b) soft-\nware";
        assert_eq!(words(text), ["the", "license", "software"]);
        assert_eq!(words("copyright notice, this list"), ["copyright", "notice", "this", "list"]);
        assert_eq!(words("© 2019 Me"), Vec::<String>::new());
    }
}
