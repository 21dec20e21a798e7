//! Sentences that name a license: "licensed under the terms of the MIT license".

use super::How;
use super::header::of;
use crate::license::claim::{Reading, Relation};
use crate::license::expression::{Expression, shortened};
use crate::license::names;
use crate::license::terms::{Confidence, Terms};

/// How many lines of a file may hold such a sentence.
const LINES: usize = 200;

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
    "license:",
    "licence:",
];

/// What stands before it in a file of settings, at the beginning of a line.
const KEYS: &[&str] = &["license =", "license=", "license:", "\"license\":"];

/// Returns the licenses that sentences name. Only what is said in a comment or in prose counts: code may speak
/// of licenses of others.
pub(super) fn sentences(base: &str, text: &str) -> Vec<(usize, How, Terms)> {
    let extension = base.rsplit_once('.').map_or("", |(_, extension)| extension).to_lowercase();
    let is_prose = ["", "md", "rst", "txt", "html", "tex", "adoc"].contains(&extension.as_str());
    let is_settings = ["toml", "yaml", "yml", "json", "cfg", "ini"].contains(&extension.as_str());
    let mut found: Vec<(usize, How, Terms)> = Vec::new();
    let lines: Vec<&str> = text.lines().take(LINES).collect();
    for (at, line) in lines.iter().enumerate() {
        let lower = line.to_lowercase();
        let terms = if is_settings && KEYS.iter().any(|key| lower.trim_start().starts_with(key)) {
            let value = lower.find([':', '=']).and_then(|end| line.get(end + 1..));
            said(value.unwrap_or_default().trim_matches([' ', ',', '"', '\'']), line)
        } else if !(is_prose || is_comment(line)) {
            None
        } else if lower.contains("proprietary and confidential")
            || lower.contains("unauthorized copying")
        {
            Some(Terms::unknown(format!("`{}` forbids copying", shortened(line))))
        } else {
            let rest = behind_lead(line, &lower);
            rest.and_then(|rest| {
                let following = lines.get(at + 1..).unwrap_or_default().iter().take(SENTENCE - 1);
                said(&sentence(rest, following.copied()), line)
            })
        };
        let Some(terms) = terms else { continue };
        if found.iter().all(|(_, _, other)| other.license != terms.license) {
            let confidence = terms.confidence.min(Confidence::Medium);
            found.push((at + 1, How::Sentence, Terms { confidence, ..terms }));
        }
    }
    found
}

/// Returns what stands behind the last words that lead to a name; "dual" is left there, as it says how names
/// hold together.
fn behind_lead<'l>(line: &'l str, lower: &str) -> Option<&'l str> {
    let begin = |lead: &str| {
        let at = lower.find(lead)?;
        Some(if lead.starts_with("dual") { at } else { at + lead.len() })
    };
    let dual = LEADS.iter().filter(|lead| lead.starts_with("dual")).find_map(|lead| begin(lead));
    line.get(dual.or_else(|| LEADS.iter().filter_map(|lead| begin(lead)).max())?..)
}

/// Tells whether a line is a comment in one of the usual languages.
fn is_comment(line: &str) -> bool {
    const MARKS: &[&str] =
        &["#", "//", "/*", "*", "<!--", "--", ";", "%", "\"\"\"", "'''", "(*", "{#"];
    let line = line.trim_start();
    MARKS.iter().any(|mark| line.starts_with(mark))
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
    })?;
    let known = |license| Terms::known(license, Confidence::Medium, "a sentence says so");
    match reading {
        Reading::Expression(expression) => Some(known(expression)),
        Reading::Parts { parts, .. } if parts.len() == 1 => parts.first().map(of),
        Reading::Parts { relation, parts } => {
            let licenses: Option<Vec<Expression>> = parts
                .iter()
                .map(|part| part.strictest().cloned().map(Expression::License))
                .collect();
            Some(match (licenses, relation) {
                (Some(licenses), Relation::Any) => known(Expression::any(licenses)),
                (Some(licenses), Relation::All) => known(Expression::all(licenses)),
                _ => Terms::unknown(format!("`{}` names several licenses", shortened(line))),
            })
        }
        _ => None,
    }
}
