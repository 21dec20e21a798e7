//! Words of a license's name, so that two spellings of one name are the same words.

/// A word of a name, or what stands between names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// A word in lower case, or a version without trailing zeros.
    Plain(String),
    /// `,`, `;`.
    Comma,
    /// `/`, `|`.
    Slash,
    /// `&`, a plus that stands alone.
    Ampersand,
    /// What stands in parentheses.
    Aside(Vec<Word>),
}

impl Word {
    /// Returns the word, if it is one.
    pub(super) fn plain(&self) -> Option<&str> {
        match self {
            Self::Plain(word) => Some(word),
            _ => None,
        }
    }

    /// Returns it as patterns write it.
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Plain(word) => word,
            Self::Comma => ",",
            Self::Slash => "/",
            Self::Ampersand => "&",
            Self::Aside(_) => "()",
        }
    }
}

/// Words that carry no meaning in the name of a license.
const FILLERS: &[&str] = &[
    "a",
    "an",
    "are",
    "as",
    "available",
    "distributed",
    "is",
    "licence",
    "licences",
    "license",
    "licensed",
    "licenses",
    "licensing",
    "of",
    "osi",
    "approved",
    "released",
    "software",
    "terms",
    "the",
    "this",
    "under",
    "ver",
    "version",
    "versions",
    "international",
    "unported",
];

/// Names that a version is written onto without a space: `GPLv3`, `Apache2`.
const VERSIONED: &[&str] = &[
    "gpl", "lgpl", "agpl", "apache", "asl", "mpl", "bsd", "epl", "cddl", "zpl", "osl", "afl",
    "eupl", "psf", "artistic", "ecl", "bsl", "upl", "odc", "al",
];

/// Splits a text into words.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut levels: Vec<Vec<Word>> = vec![Vec::new()];
    let mut word = String::new();
    for letter in text.chars().chain([' ']) {
        let letter = letter.to_ascii_lowercase();
        if letter.is_alphanumeric() || letter == '.' || letter == '+' {
            word.push(letter);
            continue;
        }
        if let Some(level) = levels.last_mut() {
            push(&word, level);
        }
        word.clear();
        let separator = match letter {
            ',' | ';' => Some(Word::Comma),
            '/' | '|' => Some(Word::Slash),
            '&' => Some(Word::Ampersand),
            // Deeper asides are part of the outer one: nothing in them is lost.
            '(' | '[' if levels.len() == 1 => {
                levels.push(Vec::new());
                None
            }
            ')' | ']' if levels.len() == 2 => {
                let aside = levels.pop().unwrap_or_default();
                match (aside.as_slice(), levels.last_mut()) {
                    // "Apache License (Version 2.0)": no more than the version.
                    ([Word::Plain(version)], Some(level)) if is_version(version) => {
                        level.push(Word::Plain(version.clone()));
                        None
                    }
                    _ => Some(Word::Aside(aside)),
                }
            }
            _ => None,
        };
        if let (Some(separator), Some(level)) = (separator, levels.last_mut()) {
            level.push(separator);
        }
    }
    // An aside that is never closed reads on to the end.
    while levels.len() > 1 {
        if let (Some(aside), Some(level)) = (levels.pop(), levels.last_mut()) {
            level.push(Word::Aside(aside));
        }
    }
    without_commas_in_names(&levels.pop().unwrap_or_default())
}

/// Takes out the comma of "Apache License, Version 2.0", which joins nothing.
fn without_commas_in_names(words: &[Word]) -> Vec<Word> {
    let mut kept: Vec<Word> = Vec::with_capacity(words.len());
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1).and_then(Word::plain);
        let after = words.get(at + 2).and_then(Word::plain);
        let is_version = next.is_some_and(is_version) && after != Some("clause");
        if *word != Word::Comma || !is_version {
            kept.push(word.clone());
        }
    }
    kept
}

/// Adds a word, taken apart where a version is written onto it.
fn push(word: &str, out: &mut Vec<Word>) {
    let word = word.trim_matches('.');
    if word.is_empty() || FILLERS.contains(&word) {
        return;
    }
    if word == "+" {
        out.push(Word::Ampersand);
        return;
    }
    let (word, later) = match word.strip_suffix('+') {
        Some(word) => (word, true),
        None => (word, false),
    };
    let digits = word.find(|letter: char| letter.is_ascii_digit());
    let (name, version) = match digits {
        Some(at) if is_version(&word[at..]) => {
            let name = word[..at].strip_suffix('v').unwrap_or(&word[..at]);
            if VERSIONED.contains(&name) || name.is_empty() {
                (name, &word[at..])
            } else {
                (word, "")
            }
        }
        _ => (word.strip_suffix('v').filter(|name| VERSIONED.contains(name)).unwrap_or(word), ""),
    };
    if name != "v" && !name.is_empty() {
        out.push(Word::Plain(name.to_owned()));
    }
    if !version.is_empty() {
        out.push(Word::Plain(without_zeros(version).to_owned()));
    }
    if later {
        out.push(Word::Plain("+".to_owned()));
    }
}

/// Tells whether a word is a version: `2`, `2.1`, `2.0`.
pub(super) fn is_version(word: &str) -> bool {
    !word.is_empty()
        && word.len() <= 8
        && word
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit()))
}

fn without_zeros(mut version: &str) -> &str {
    while let Some(shorter) = version.strip_suffix(".0") {
        version = shorter;
    }
    version
}
