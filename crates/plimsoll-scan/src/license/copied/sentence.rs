//! Sentences that name a license: "licensed under the terms of the MIT license".

use super::How;
use super::header::{Statement, of};
use crate::license::claim::{Candidates, Reading, Relation};
use crate::license::expression::{Expression, shortened};
use crate::license::names;
use crate::license::terms::{Confidence, Terms};

/// How many lines of a file may hold such a sentence.
const LINES: usize = 50_000;

/// Over how many lines one may go.
const SENTENCE: usize = 5;

/// How many words of it are read behind what leads to the name.
const WORDS: usize = 24;

/// What stands before the name of a license in a sentence.
const LEADS: &[&str] = &[
    "dual-licensed under",
    "dual licensed under",
    "licensed under",
    "licensed with",
    "released under",
    "distributed under",
    "available under",
    "published under",
    "provided under",
    "covered by",
    "subject to the terms of",
    "under the terms of",
    "governed by",
    "released into the",
    "placed in the",
    "dedicated to the",
];

/// What stands before it at the beginning of a line.
const KEYS: &[&str] =
    &["license:", "licence:", "@license", ":license:", "\\license", "__license__", "license ="];

/// Who speaks, which decides whose terms a sentence is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// A comment in a file: it speaks of that file.
    Comment,
    /// Prose about what lies beside it: only "this …" and what stands under "License" speaks of that.
    Declaring,
    /// Prose about anything: no sentence counts.
    Telling,
}

/// Returns the licenses that sentences name.
pub(super) fn sentences(text: &str, voice: Voice) -> Vec<Statement> {
    let mut found: Vec<Statement> = Vec::new();
    if voice == Voice::Telling {
        return found;
    }
    let lines: Vec<&str> = text.lines().take(LINES).collect();
    for (at, line) in lines.iter().enumerate() {
        let lower = line.to_lowercase();
        if lower.is_empty() {
            continue;
        }
        let following = || {
            let rest = lines.get(at + 1..).unwrap_or_default();
            rest.iter().copied().take(SENTENCE - 1)
        };
        let terms = if let Some(value) = keyed(line, &lower) {
            said(value, line)
        } else if voice == Voice::Declaring && is_heading(&lower) {
            let named =
                following().map(str::trim).find(|line| line.contains(char::is_alphanumeric));
            named.and_then(heading_says)
        } else if lower.contains("proprietary and confidential")
            || lower.contains("unauthorized copying")
        {
            Some(Terms::unknown(format!("`{}` forbids copying", shortened(line))))
        } else {
            let rest = behind_lead(line, &lower, voice);
            rest.and_then(|rest| said(&sentence(rest, following()), line))
        };
        let Some(terms) = terms else { continue };
        if found.iter().all(|it| it.terms.license != terms.license) {
            let terms = Terms { confidence: terms.confidence.min(Confidence::Medium), ..terms };
            found.push(Statement { line: at + 1, how: How::Sentence, terms });
        }
    }
    found
}

/// Returns what a line sets its license to, where it begins with such a key.
fn keyed<'l>(line: &'l str, lower: &str) -> Option<&'l str> {
    let is_mark = |letter: char| !letter.is_alphanumeric() && !"@:\\_".contains(letter);
    let begin = lower.trim_start_matches(is_mark);
    let key = KEYS.iter().find(|key| begin.starts_with(*key))?;
    let rest = line.get(lower.len() - begin.len() + key.len()..)?;
    Some(rest.trim_matches([' ', '\t', '=', '*', ',', '"', '\'', ':']))
}

/// Tells whether a line is the heading of what follows: `## License`.
fn is_heading(lower: &str) -> bool {
    let bare = lower.trim_matches(|letter: char| !letter.is_alphanumeric());
    matches!(bare, "license" | "licence" | "licensing" | "copyright and license")
}

/// Reads a line under such a heading: `[MIT](LICENSE) © Somebody`.
fn heading_says(line: &str) -> Option<Terms> {
    let lower = line.to_lowercase();
    let end = ["©", "(c)", "copyright"].iter().filter_map(|mark| lower.find(mark)).min();
    let line = line.get(..end.unwrap_or(line.len())).unwrap_or(line);
    let text = match (line.strip_prefix('['), line.find("](")) {
        (Some(rest), Some(end)) => rest.get(..end - 1)?,
        _ => line,
    };
    let text = text.trim_matches(|letter: char| letter.is_whitespace() || "*_`.".contains(letter));
    let whole = names::read(text);
    let names = matches!(whole, Reading::Parts { .. } | Reading::Expression(_));
    names.then(|| said(text, line)).flatten()
}

/// Returns what stands behind the last words that lead to a name; "dual" is left there, as it says how names
/// hold together.
fn behind_lead<'l>(line: &'l str, lower: &str, voice: Voice) -> Option<&'l str> {
    let find = |lead: &&str| {
        let at = lower.find(*lead)?;
        Some((at, if lead.starts_with("dual") { at } else { at + lead.len() }))
    };
    let dual = LEADS.iter().filter(|lead| lead.starts_with("dual")).find_map(find);
    let (at, begin) = dual.or_else(|| LEADS.iter().filter_map(find).max_by_key(|(_, end)| *end))?;
    let before = lower.get(..at)?;
    let before_it = before.trim_end();
    if [" not", "n't", " never"].iter().any(|word| before_it.ends_with(word)) {
        return None;
    }
    if voice == Voice::Declaring {
        let bare = before.trim_matches(|letter: char| !letter.is_alphanumeric());
        if !bare.is_empty() && !speaks_of_this(bare) {
            return None;
        }
    }
    line.get(begin..)
}

/// Tells whether the words before "licensed under" are about what lies beside the text: "this project is".
fn speaks_of_this(before: &str) -> bool {
    const VERBS: &[&str] = &["is", "are", "been", "made", "also"];
    const THIS: &[&str] = &["this ", "these ", "all files", "all code", "all content"];
    let verb = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    VERBS.contains(&verb) && THIS.iter().any(|words| before.contains(words))
}

/// Returns a sentence without the marks of comments, and without what stands in angle brackets.
fn sentence<'l>(rest: &str, following: impl Iterator<Item = &'l str>) -> String {
    let is_mark = |letter: char| !letter.is_alphanumeric() && letter != '<' && letter != '(';
    let mut whole = rest.to_owned();
    for line in following {
        let line = line.trim_start_matches(is_mark);
        if line.is_empty() {
            break;
        }
        whole.push(' ');
        whole.push_str(line);
    }
    let mut plain = String::new();
    let mut inside = 0_usize;
    for letter in whole.chars() {
        match letter {
            '<' => inside += 1,
            '>' => inside = inside.saturating_sub(1),
            _ if inside == 0 => plain.push(letter),
            _ => {}
        }
    }
    // A sentence ends at a point with a space behind it; versions have points too.
    plain.split(". ").next().unwrap_or_default().to_owned()
}

/// Says what the longest beginning of a text that is a name comes to.
fn said(text: &str, line: &str) -> Option<Terms> {
    let words: Vec<&str> = text.split_whitespace().take(WORDS).collect();
    let reading = (1..=words.len()).rev().find_map(|count| {
        let reading = names::read(&words.get(..count)?.join(" "));
        matches!(reading, Reading::Parts { .. } | Reading::Expression(_)).then_some(reading)
    });
    let Some(reading) = reading else { return like(&words, line) };
    let known = |license| Terms::known(license, Confidence::Medium, "a sentence says so");
    match reading {
        Reading::Expression(expression) => Some(known(expression)),
        Reading::Parts { parts, .. } if parts.len() == 1 => parts.first().map(of),
        Reading::Parts { relation, parts } => {
            let licenses: Option<Vec<Expression>> = parts
                .iter()
                .map(|part| part.strictest().cloned().map(Expression::License))
                .collect();
            let certain = || parts.iter().find_map(|part| part.strictest().cloned());
            Some(match (licenses, relation) {
                (Some(licenses), Relation::Any) => known(Expression::any(licenses)),
                (Some(licenses), Relation::All) => known(Expression::all(licenses)),
                // Of a choice one branch is enough, whatever the others mean.
                (None, Relation::Any) if certain().is_some() => Terms::known(
                    certain()?.into(),
                    Confidence::Low,
                    "a sentence offers a choice, of which this is certain",
                ),
                _ => Terms::unknown(format!("`{}` names several licenses", shortened(line))),
            })
        }
        _ => None,
    }
}

/// Reads "a BSD-style license", which is any license that is like those of that name.
fn like(words: &[&str], line: &str) -> Option<Terms> {
    let name = words.iter().take(4).find_map(|word| {
        let lower = word.to_lowercase();
        let end = lower.find("-style").or_else(|| lower.find("-like"))?;
        word.get(..end).map(str::to_owned)
    })?;
    let Reading::Parts { parts, .. } = names::read(&name) else { return None };
    let licenses = parts.iter().flat_map(Candidates::licenses).cloned().map(Expression::License);
    let reason = format!("`{}` names no license, only what it is like", shortened(line));
    Some(Terms::ambiguous(licenses.collect(), reason))
}
