//! What the text of a file says of its terms.

use super::How;
use super::sentence::sentences;
use crate::license::claim::Candidates;
use crate::license::expression::Expression;
use crate::license::terms::{Confidence, Terms};
use crate::license::text::identify;

/// The most lines `SPDX-License-Identifier` of one file: a file may hold snippets of several.
const MAX_IDENTIFIERS: usize = 100;

/// Words without which no text speaks of a license.
const MARKS: &[&str] =
    &["licen", "permission", "redistribution", "copying", "public domain", "confidential"];

/// Returns what the text of a file of some name says, each with its line, from 1.
pub(super) fn read(base: &str, text: &str) -> Vec<(usize, How, Terms)> {
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
        found.extend(sentences(base, text));
    }
    found
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
