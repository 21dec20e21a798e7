//! What is wrong with the rules of a data schema beyond its form, put where it stands.
//!
//! This crate knows the form of data schemas, not what expressions and patterns mean; who does
//! says what is wrong by the keys that lead there, and here that becomes a line and a column.

use std::ops::Range;

use serde_json::Value;

use crate::node::{Entry, Kind, Node};
use crate::source::{Place, Report};

/// What the rules of a data schema mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    /// What is wrong with them.
    pub remarks: Vec<Remark>,
    /// Whether what they say of a table depends on what time it is.
    pub is_of_the_present: bool,
}

/// Something that is wrong with a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remark {
    /// The keys and places that lead to it: `columns`, `temp`, `min`.
    pub at: Vec<String>,
    /// The characters of the text there that are meant.
    pub within: Option<Range<usize>>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// Tells what the normal form of a data schema means.
pub type Reader<'r> = &'r dyn Fn(&Value) -> Meaning;

/// Reports a remark, unless something was said where it belongs.
pub(super) fn report(remark: Remark, root: &Node, report: &mut Report<'_>) {
    let Remark { at, within, message, help } = remark;
    let found = find(root, &at);
    if report.has_said(found.key) || report.has_said(found.value) {
        return;
    }
    let place = match (&found.text, within) {
        (Some(text), Some(within)) => part(text, found.value, within, report),
        _ => found.best,
    };
    match help {
        Some(help) => report.advise(place, message, help),
        None => report.say(place, message),
    }
}

/// What some keys lead to.
struct Found {
    key: Place,
    value: Place,
    /// The one of both that says more.
    best: Place,
    text: Option<String>,
}

/// Follows keys as far as they lead.
fn find(root: &Node, at: &[String]) -> Found {
    let (mut key, mut node) = (root.place, root);
    let mut is_whole = true;
    for step in at {
        let entry = node.entry(step).map(|Entry { place, value, .. }| (*place, value));
        let item = || {
            let item = step.parse().ok().and_then(|place: usize| node.items().get(place));
            item.map(|item| (item.place, item))
        };
        let Some((place, next)) = entry.or_else(item) else {
            is_whole = false;
            break;
        };
        (key, node) = (place, next);
    }
    let is_scalar = !matches!(node.kind, Kind::Mapping(_) | Kind::Sequence(_));
    let best = if is_scalar && is_whole { node.place } else { key };
    let text = node.text().filter(|_| is_whole).map(str::to_owned);
    Found { key, value: node.place, best, text }
}

/// Returns where some characters of a text are, provided that the text is written as it is: on one
/// line, or as a block behind `|`.
fn part(text: &str, whole: Place, within: Range<usize>, report: &Report<'_>) -> Place {
    let mut before = within.start;
    for (below, meant) in text.split('\n').enumerate() {
        let length = meant.chars().count();
        if before > length {
            before -= length + 1;
            continue;
        }
        let line = report.source.line(whole.line + below);
        let mut rest = line.chars().skip(whole.column.saturating_sub(1)).peekable();
        let is_quoted = below == 0 && matches!(rest.peek(), Some('"' | '\''));
        let quote = usize::from(is_quoted);
        let written: String = rest.skip(quote).take(length).collect();
        if written != meant {
            break;
        }
        let width = within.len().max(1);
        return Place { line: whole.line + below, column: whole.column + quote + before, width };
    }
    whole
}
