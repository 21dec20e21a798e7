//! Names of the GNU licenses, which have versions, and leave later ones open or do not.

use super::words::{Word, is_version};
use super::{Candidates, License};

/// Names of the GNU licenses, longest first, and the versions that there are.
const GNU: &[(&str, &str, &[&str])] = &[
    ("gnu affero general public", "AGPL", &["3.0", "1.0"]),
    ("gnu affero gpl", "AGPL", &["3.0", "1.0"]),
    ("affero general public", "AGPL", &["3.0", "1.0"]),
    ("gnu affero public", "AGPL", &["3.0", "1.0"]),
    ("affero gpl", "AGPL", &["3.0", "1.0"]),
    ("gnu agpl", "AGPL", &["3.0", "1.0"]),
    ("agpl", "AGPL", &["3.0", "1.0"]),
    ("gnu library or lesser general public", "LGPL", &["2.0", "2.1", "3.0"]),
    ("gnu lesser general public", "LGPL", &["2.1", "3.0", "2.0"]),
    ("gnu library general public", "LGPL", &["2.0"]),
    ("lesser general public", "LGPL", &["2.1", "3.0", "2.0"]),
    ("library general public", "LGPL", &["2.0"]),
    ("gnu lesser gpl", "LGPL", &["2.1", "3.0", "2.0"]),
    ("lesser gpl", "LGPL", &["2.1", "3.0", "2.0"]),
    ("gnu lgpl", "LGPL", &["2.0", "2.1", "3.0"]),
    ("lgpl", "LGPL", &["2.0", "2.1", "3.0"]),
    ("gnu general public", "GPL", &["1.0", "2.0", "3.0"]),
    ("general public", "GPL", &["1.0", "2.0", "3.0"]),
    ("gnu gpl", "GPL", &["1.0", "2.0", "3.0"]),
    ("gnu public", "GPL", &["1.0", "2.0", "3.0"]),
    ("gpl", "GPL", &["1.0", "2.0", "3.0"]),
];

/// Words for "or a later version"; the fillers are gone already.
const LATER: &[&[&str]] = &[
    &["+"],
    &["or", "later"],
    &["or", "newer"],
    &["or", "greater"],
    &["or", "higher"],
    &["or", "above"],
    &["or", "any", "later"],
    &["or", "any", "newer"],
    &["and", "later"],
    &["and", "above"],
    &["and", "newer"],
    &["or", "at", "your", "option", "any", "later"],
];

/// Returns the GNU license that `words` begin with, and how many words say so.
pub(super) fn gnu(words: &[Word]) -> Option<(usize, Candidates)> {
    let (name, base, versions) =
        GNU.iter().find(|(name, ..)| begins_with(words, name.split(' ')))?;
    let mut count = name.split(' ').count();
    // An abbreviation in parentheses between the name and its version says nothing new.
    let mut version = None;
    for comma in [0, 1] {
        let skipped = words.get(count..count + comma)?.iter().all(|word| *word == Word::Comma);
        let skipped = skipped.then_some(count + comma);
        let either = skipped.map(|at| at + usize::from(word_at(words, at) == Some("either")));
        let number =
            either.and_then(|at| word_at(words, at).filter(|it| is_version(it)).map(|it| (at, it)));
        if let Some((at, number)) =
            number.filter(|(at, _)| word_at(words, at + 1) != Some("clause"))
        {
            version = Some(number);
            count = at + 1;
            break;
        }
        if words.len() <= count {
            break;
        }
    }
    let rest = words.get(count..).unwrap_or_default();
    let comma = usize::from(rest.first() == Some(&Word::Comma));
    let later = |rest: &[Word]| {
        let rest: Vec<&Word> = rest.iter().filter(|word| !is_option(word)).collect();
        let phrase = LATER.iter().find(|phrase| {
            phrase.len() <= rest.len()
                && phrase.iter().zip(&rest).all(|(it, word)| word.plain() == Some(it))
        });
        phrase.map(|phrase| phrase.len())
    };
    let found = later(rest).or_else(|| Some(comma + later(rest.get(comma..)?)?));
    if let Some(length) = found {
        let asides = rest.iter().take(length + 1).filter(|word| is_option(word)).count();
        count += length + asides;
        return Some((count, ids(base, versions, version, &["-or-later"])?));
    }
    if word_at(words, count) == Some("only") {
        return Some((count + 1, ids(base, versions, version, &["-only"])?));
    }
    Some((count, ids(base, versions, version, &["-only", "-or-later"])?))
}

/// Tells whether a word is "(at your option)".
fn is_option(word: &Word) -> bool {
    matches!(word, Word::Aside(inner) if inner.iter().any(|word| word.plain() == Some("option")))
}

fn ids(base: &str, versions: &[&str], version: Option<&str>, ends: &[&str]) -> Option<Candidates> {
    let all = ["1.0", "2.0", "2.1", "3.0"];
    let chosen: Vec<&str> = match version {
        None => versions.to_vec(),
        Some(version) => all
            .into_iter()
            .filter(|known| known.strip_suffix(".0").unwrap_or(known) == version)
            .collect(),
    };
    let ids = chosen
        .iter()
        .flat_map(|version| ends.iter().map(move |end| format!("{base}-{version}{end}")));
    let known: Vec<License> =
        ids.filter(|id| spdx::license_id(id).is_some()).map(License::of).collect();
    (!known.is_empty()).then(|| Candidates::of(known))
}

fn word_at(words: &[Word], at: usize) -> Option<&str> {
    words.get(at).and_then(Word::plain)
}

fn begins_with<'p>(words: &[Word], pattern: impl Iterator<Item = &'p str>) -> bool {
    pattern.enumerate().all(|(at, expected)| word_at(words, at) == Some(expected))
}
