//! What the text of a file says of its terms.

use super::How;
use super::agree::agrees;
use super::sentence::{Voice, sentences};
use crate::license::claim::Candidates;
use crate::license::expression::{Expression, License};
use crate::license::terms::{Confidence, Terms};
use crate::license::text::identify;

/// The most lines `SPDX-License-Identifier` of one file: a file may hold snippets of several.
const MAX_IDENTIFIERS: usize = 100;

/// Words without which no text speaks of a license.
const MARKS: &[&str] = &[
    "licen",
    "permission",
    "redistribution",
    "copying",
    "public domain",
    "confidential",
    "free software",
    "released under",
    "distributed under",
    "available under",
    "under the terms",
];

/// Something that a text says of terms.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    /// Its line, from 1.
    pub line: usize,
    /// How it is said.
    pub how: How,
    /// What it comes to.
    pub terms: Terms,
}

/// Returns what a text says, each license once: comments of code, prose, or a cell of a notebook.
pub(super) fn read(text: &str, voice: Voice) -> Vec<Statement> {
    let lower = text.to_lowercase();
    if !MARKS.iter().any(|mark| lower.contains(mark)) {
        return Vec::new();
    }
    let mut found = identifiers(text, voice);
    let identified = identify(text);
    for part in &identified.parts() {
        let meets = |candidates: &Candidates| !candidates.and(part).is_empty();
        let line = identified.found.iter().find(|it| meets(&it.candidates)).map_or(1, |it| it.line);
        add(&mut found, Statement { line, how: How::Text, terms: of(part) });
    }
    if identified.is_too_long {
        let terms = Terms::unknown("it holds more texts of licenses than are read");
        found.push(Statement { line: 1, how: How::Text, terms });
    }
    if found.is_empty() {
        found = sentences(text, voice);
    }
    found
}

/// Adds a statement, unless the same was said before in other words.
fn add(found: &mut Vec<Statement>, one: Statement) {
    let is_said = found.iter().any(|other| match &other.terms.license {
        Some(license) => {
            let licenses: Vec<License> = license.licenses().into_iter().cloned().collect();
            agrees(&one.terms, &licenses)
        }
        None => false,
    });
    if !is_said {
        found.push(one);
    }
}

/// Says what one name or text comes to.
pub(super) fn of(part: &Candidates) -> Terms {
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
pub(super) fn identifiers(text: &str, voice: Voice) -> Vec<Statement> {
    // Taken apart, so that tools that look for it do not take this line for one.
    let mark = ["SPDX-License", "-Identifier:"].concat();
    let mut found: Vec<Statement> = Vec::new();
    if !text.contains(&mark) {
        return found;
    }
    for (at, line) in text.lines().enumerate() {
        let Some((before, rest)) = line.split_once(mark.as_str()) else { continue };
        // In a text or in code that speaks of such lines it is no line of that kind.
        let is_code = before.trim_end().ends_with(['"', '\'', '`', '(', '[', '\\']);
        let begins = !before.contains(char::is_alphanumeric);
        if is_code || voice != Voice::Comment && !begins || found.len() >= MAX_IDENTIFIERS {
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
        let is_new =
            found.iter().all(|it| it.terms.license.is_none() || it.terms.license != terms.license);
        if is_new {
            found.push(Statement { line: at + 1, how: How::Identifier, terms });
        }
    }
    found
}
