//! Whole license texts, told from one another by their words.
//!
//! A text is taken apart into words without case, punctuation, list marks and copyright lines, and laid beside
//! the texts of the SPDX list. It is a license where every word of that license is there in order, but for
//! names of people and of works: what stands in for others may be a few words, none of which allows, forbids
//! or limits anything. What is left over is looked at again, so that a file of several licenses is all of
//! them, and a paragraph that was added is seen.

mod align;
mod corpus;
mod operative;
mod rest;
mod tokens;

use serde::Serialize;

use super::claim::Candidates;
use align::{Fit, fit};
use corpus::{Corpus, Template, corpus};
use tokens::{Token, tokens};

/// The longest text that is looked at, in bytes. The longest that packages ship have about half a megabyte.
pub const MAX_TEXT: usize = 2 * 1024 * 1024;

/// How many licenses are looked for in one text.
const MAX_FOUND: usize = 200;

/// How many words are looked at in all, each as often as it is laid beside a license.
const MAX_WORK: usize = 30_000_000;

/// How many candidates are laid beside a part of a text.
const MAX_CANDIDATES: usize = 48;

/// A license that a text holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// What it may be; several where the texts of several ids are the same.
    pub(super) candidates: Candidates,
    /// The exception that it is, if it is no license.
    pub(super) exception: Option<&'static str>,
    /// Whether it is the notice that says which license holds.
    pub(super) is_notice: bool,
    /// Its first line, from 1.
    pub(super) line: usize,
    /// Whether the text ends before the license does.
    pub(super) is_cut: bool,
    /// Where its words are.
    range: (usize, usize),
}

/// What a text holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Identified {
    /// The licenses, in the order in which they stand there.
    pub(super) found: Vec<Found>,
    /// What stands beside them.
    pub(super) rest: Vec<Remainder>,
    /// Whether the text is longer than what is looked at.
    pub(super) is_too_long: bool,
}

/// A passage that belongs to no license that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Remainder {
    /// Its first line, from 1.
    pub line: usize,
    /// How many words it has.
    pub words: usize,
    /// Its beginning.
    pub text: String,
    /// Whether it limits what may be done: "non-commercial", "shall not be used for".
    pub restricts: bool,
}

impl Identified {
    /// Returns the licenses that hold, each once: a notice and the license that it names are one, and an
    /// exception belongs to the license before it that it can soften.
    pub(super) fn parts(&self) -> Vec<Candidates> {
        let mut parts: Vec<Candidates> = Vec::new();
        for found in &self.found {
            if let Some(exception) = found.exception {
                let softens = |part: &&mut Candidates| {
                    part.licenses().iter().all(|license| can_soften(exception, &license.id))
                };
                if let Some(part) = parts.iter_mut().rev().find(softens) {
                    *part = part.with(exception);
                }
                continue;
            }
            match parts.iter_mut().find(|part| !part.and(&found.candidates).is_empty()) {
                Some(part) => *part = part.and(&found.candidates),
                None => parts.push(found.candidates.clone()),
            }
        }
        parts
    }
}

/// Tells whether an exception is written for a license.
pub(super) fn can_soften(exception: &str, id: &str) -> bool {
    match exception {
        "LLVM-exception" | "Swift-exception" | "mxml-exception" | "fmt-exception" => {
            matches!(id, "Apache-2.0" | "MIT") && (exception == "fmt-exception") == (id == "MIT")
        }
        "GCC-exception-3.1" => id.starts_with("GPL-3.0"),
        "LGPL-3.0-linking-exception" => id.starts_with("LGPL-3.0"),
        _ => ["GPL-", "LGPL-", "AGPL-"].iter().any(|base| id.starts_with(base)),
    }
}

/// Looks for licenses in a text.
pub(super) fn identify(text: &str) -> Identified {
    let mut is_too_long = text.len() > MAX_TEXT;
    let text = text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or_default();
    let corpus = corpus();
    let tokens = tokens(text);
    let ids: Vec<u32> = tokens.iter().map(|token| corpus.id(&token.word)).collect();
    let mut found: Vec<Found> = Vec::new();
    let (mut open, mut work) = (vec![(0, ids.len())], 0);
    while let Some((start, end)) = open.pop() {
        if found.len() >= MAX_FOUND || work > MAX_WORK {
            is_too_long = true;
            break;
        }
        let Some(one) = best(corpus, &tokens, &ids, (start, end), &mut work) else { continue };
        open.push((start, one.range.0));
        open.push((one.range.1, end));
        found.push(one);
    }
    found.sort_by_key(|one| one.range);
    let taken: Vec<(usize, usize)> = found.iter().map(|one| one.range).collect();
    Identified { rest: rest::remainders(&tokens, &taken), found, is_too_long }
}

/// Returns the license that fits a part of a text best.
fn best(
    corpus: &Corpus,
    tokens: &[Token],
    ids: &[u32],
    (start, end): (usize, usize),
    work: &mut usize,
) -> Option<Found> {
    let part = ids.get(start..end)?;
    *work += part.len();
    let mut fits: Vec<(Fit, &Template)> = Vec::new();
    for (at, _) in corpus.candidates(part, MAX_CANDIDATES) {
        let Some(template) = corpus.templates.get(at) else { continue };
        *work += part.len();
        let word_at = |at: usize| tokens.get(start + at).map_or("", |token| token.word.as_str());
        let is_whole = start == 0 && end == ids.len();
        fits.extend(fit(corpus, template, part, is_whole, word_at).map(|fit| (fit, template)));
        // Nothing beats a license that is there word for word, and nothing else.
        if fits.last().is_some_and(|(fit, _)| fit.is_all_of(part.len())) {
            break;
        }
    }
    let (best, of) =
        fits.iter().reduce(|before, one| if one.0.beats(&before.0) { one } else { before })?;
    let mut candidates = of.candidates.clone();
    if best.is_cut {
        // What is there may be the beginning of any of them.
        let alike = fits.iter().filter(|(it, _)| it.is_cut && 10 * it.matched >= 9 * best.matched);
        let others = alike.flat_map(|(_, template)| template.candidates.licenses().to_vec());
        candidates = Candidates::of(candidates.licenses().to_vec().into_iter().chain(others));
    }
    Some(Found {
        candidates,
        exception: of.exception,
        is_notice: of.is_notice,
        line: tokens.get(start + best.start).map_or(1, |token| token.line),
        is_cut: best.is_cut,
        range: (start + best.start, start + best.end),
    })
}

#[cfg(test)]
mod tests;
