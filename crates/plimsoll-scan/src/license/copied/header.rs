//! What the text of a file says of its terms.

use super::How;
use crate::license::claim::{Candidates, Reading};
use crate::license::expression::{Expression, shortened};
use crate::license::names;
use crate::license::terms::{Confidence, Terms};
use crate::license::text::identify;

/// The most lines `SPDX-License-Identifier` of one file: a file may hold snippets of several.
const MAX_IDENTIFIERS: usize = 100;

/// Words without which no text speaks of a license.
const MARKS: &[&str] =
    &["licen", "permission", "redistribution", "copying", "public domain", "confidential"];

/// Returns what a text says, each with its line, from 1.
pub(super) fn read(text: &str) -> Vec<(usize, How, Terms)> {
    let lower = text.to_lowercase();
    if !MARKS.iter().any(|mark| lower.contains(mark)) {
        return Vec::new();
    }
    let identifiers = identifiers(text);
    if !identifiers.is_empty() {
        return identifiers;
    }
    let identified = identify(text);
    let mut found: Vec<(usize, How, Terms)> = Vec::new();
    let parts = identified.parts();
    for part in &parts {
        let meets = |candidates: &Candidates| !candidates.and(part).is_empty();
        let line = identified.found.iter().find(|it| meets(&it.candidates)).map_or(1, |it| it.line);
        found.push((line, How::Text, of(part)));
    }
    if found.is_empty() {
        found.extend(sentences(text));
    }
    found
}

fn of(part: &Candidates) -> Terms {
    match part.strictest() {
        Some(license) if part.licenses().len() > 1 => Terms::known(
            license.clone().into(),
            Confidence::Low,
            format!("the text leaves {part} open; the one that asks most"),
        ),
        Some(license) => Terms::known(license.clone().into(), Confidence::High, "the text says so"),
        None => {
            let candidates = part.licenses().iter().cloned().map(Expression::License).collect();
            Terms::ambiguous(candidates, format!("the text may mean any of {part}"))
        }
    }
}

/// Returns what lines `SPDX-License-Identifier:` say.
pub(super) fn identifiers(text: &str) -> Vec<(usize, How, Terms)> {
    // Taken apart, so that tools that look for it do not take this line for one.
    let mark = ["SPDX-License", "-Identifier:"].concat();
    let mut found: Vec<(usize, How, Terms)> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let Some((before, rest)) = line.split_once(mark.as_str()) else { continue };
        // In a text or in code that speaks of such lines it is no line of that kind.
        let is_code = before.trim_end().ends_with(['"', '\'', '`', '(', '[', '\\']);
        if is_code || found.len() >= MAX_IDENTIFIERS {
            continue;
        }
        let rest = rest.trim();
        let ends = ["*/", "-->", "*)", "\"\"\"", "'''", "#}", "%>", "\\n", "</"];
        let end = ends.iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
        let rest = rest
            .get(..end)
            .unwrap_or(rest)
            .trim_end_matches(['*', '#', '/', ';', ' ', '\t', '"', '\'', ',']);
        let terms = match Expression::parse(rest) {
            Ok(expression) => {
                Terms::known(expression, Confidence::High, "the file has a license expression")
            }
            Err(error) => Terms::unknown(error.to_string()),
        };
        if !found
            .iter()
            .any(|(_, _, other)| other.license.is_some() && other.license == terms.license)
        {
            found.push((at + 1, How::Identifier, terms));
        }
    }
    found
}

/// What stands before the name of a license in a sentence.
const LEADS: &[&str] = &[
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
    "license =",
];

/// Returns the licenses that sentences name: "licensed under the terms of the MIT license".
fn sentences(text: &str) -> Vec<(usize, How, Terms)> {
    const LINES: usize = 200;
    const WORDS: usize = 16;
    let mut found: Vec<(usize, How, Terms)> = Vec::new();
    let lines: Vec<&str> = text.lines().take(LINES).collect();
    for (at, line) in lines.iter().enumerate() {
        let lower = line.to_lowercase();
        if lower.contains("proprietary and confidential") || lower.contains("unauthorized copying")
        {
            let reason = format!("`{}` forbids copying", shortened(line));
            found.push((at + 1, How::Sentence, Terms::unknown(reason)));
            continue;
        }
        // Only what is said in a comment or in prose: code may name licenses of others.
        let Some(end) = LEADS.iter().filter_map(|lead| Some(lower.find(lead)? + lead.len())).max()
        else {
            continue;
        };
        let after = lower.get(end..).unwrap_or_default();
        let next = lines.get(at + 1).copied().unwrap_or_default();
        let next = next.trim_start_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase();
        let both = format!("{after} {next}");
        // A sentence ends at a point with a space behind it; versions have points too.
        let sentence = both.split(". ").next().unwrap_or_default();
        let words: Vec<&str> = sentence.split_whitespace().take(WORDS).collect();
        let reading = (1..=words.len()).rev().find_map(|count| {
            let reading = names::read(&words.get(..count)?.join(" "));
            matches!(reading, Reading::Parts { .. } | Reading::Expression(_)).then_some(reading)
        });
        let terms = match reading {
            Some(Reading::Parts { parts, .. }) if parts.len() == 1 => parts.first().map(of),
            Some(Reading::Expression(expression)) => {
                Some(Terms::known(expression, Confidence::Medium, "a sentence says so"))
            }
            Some(_) => {
                Some(Terms::unknown(format!("`{}` names several licenses", shortened(line))))
            }
            None => None,
        };
        let Some(terms) = terms else { continue };
        let is_new = |(_, _, other): &(usize, How, Terms)| other.license != terms.license;
        if found.iter().all(is_new) {
            let confidence = terms.confidence.min(Confidence::Medium);
            found.push((at + 1, How::Sentence, Terms { confidence, ..terms }));
        }
    }
    found
}
