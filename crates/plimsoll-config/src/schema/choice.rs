//! One of several forms: the one that was meant is found first, so that messages are about it.

use plimsoll_core::nearest::nearest;

use super::validate::{Check, advice_on_type, expected, found, is_of, place_of, quoted};
use super::{Additional, Schema};
use crate::node::{Kind, Node};
use crate::source::{Place, Report};

/// How many of several keys are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// One and no other: `oneOf`.
    Exactly,
    /// One or more: `anyOf`.
    AtLeast,
}

/// Checks the branches of `schema` that only ask for keys.
pub(super) fn presence(
    check: &mut Check<'_, '_>,
    schema: &Schema,
    node: &Node,
    at: Place,
    number: Number,
) {
    let branches = match number {
        Number::Exactly => &schema.one_of,
        Number::AtLeast => &schema.any_of,
    };
    let keys: Vec<&str> = branches.iter().filter_map(key_alone).collect();
    if keys.is_empty() || keys.len() != branches.len() {
        return;
    }
    let given: Vec<&str> = keys.iter().copied().filter(|key| node.entry(key).is_some()).collect();
    match given.as_slice() {
        [] => {
            let names = schema.properties.names();
            let strangers = node.entries().iter().map(|entry| entry.key.as_str());
            let mut strangers = strangers.filter(|key| schema.properties.get(key).is_none());
            let is_meant =
                |key| nearest(key, names.clone()).is_some_and(|near| keys.contains(&near));
            // An unknown key that is nearly one of them has said it.
            let is_strict = matches!(schema.additional_properties, Additional::Accepted(false));
            if is_strict && strangers.any(is_meant) {
                return;
            }
            let message = format!("one of the keys {} is missing", quoted(&keys));
            check.report.say(at, message);
        }
        [first, second, ..] if number == Number::Exactly => {
            let place = node.entry(second).map_or(at, |entry| entry.place);
            let message = format!("`{first}` and `{second}` exclude each other");
            let why = branches.iter().find_map(|branch| branch.description.as_deref());
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            check.report.advise(place, message, format!("keep one of the two{why}"));
        }
        _ => {}
    }
}

/// Returns the key that a branch asks for, where it asks for nothing else.
fn key_alone(branch: &Schema) -> Option<&str> {
    let is_plain = branch.reference.is_none() && branch.types.0.is_empty();
    match branch.required.as_slice() {
        [key] if is_plain && branch.properties.0.is_empty() => Some(key),
        _ => None,
    }
}

/// Checks `node` against the branch that it fits best.
pub(super) fn branches(check: &mut Check<'_, '_>, branches: &[Schema], node: &Node, at: Place) {
    if branches.is_empty() || branches.iter().all(|branch| key_alone(branch).is_some()) {
        return;
    }
    let root = check.root;
    let branches: Vec<&Schema> = branches.iter().map(|branch| branch.resolved(root)).collect();
    let fitting: Vec<&Schema> = branches
        .iter()
        .copied()
        .filter(|branch| branch.types.0.iter().any(|of| is_of(node, *of)))
        .collect();
    let Some(first) = fitting.first() else {
        let words: Vec<String> = branches.iter().map(|branch| expected(branch)).collect();
        let mut unique = Vec::new();
        words.iter().filter(|word| !word.is_empty()).for_each(|word| {
            if !unique.contains(&word.as_str()) {
                unique.push(word);
            }
        });
        let message = format!("expected {}, found {}", unique.join(" or "), found(node));
        let help = branches.iter().find_map(|branch| advice_on_type(check.report, branch, node));
        match help {
            Some(help) => check.report.advise(place_of(node, at), message, help),
            None => check.report.say(place_of(node, at), message),
        }
        return;
    };
    let mut best = (usize::MAX, *first);
    for branch in &fitting {
        let mut scratch = Report::new(check.report.source);
        Check { root, report: &mut scratch }.node(branch, node, at);
        if scratch.count() < best.0 {
            best = (scratch.count(), branch);
        }
    }
    let (mistakes, branch) = best;
    if mistakes == 0 {
        return;
    }
    let others: Vec<&Schema> =
        fitting.iter().copied().filter(|other| !std::ptr::eq(*other, branch)).collect();
    if let Some(rest) = without_strangers(check.report, branch, &others, node) {
        check.node(branch, &rest, at);
    } else {
        check.node(branch, node, at);
    }
}

/// Reports the keys of `node` that belong to another form, and returns what is left.
fn without_strangers(
    report: &mut Report<'_>,
    branch: &Schema,
    others: &[&Schema],
    node: &Node,
) -> Option<Node> {
    let Kind::Mapping(entries) = &node.kind else { return None };
    if !matches!(branch.additional_properties, Additional::Accepted(false)) {
        return None;
    }
    let is_here = |key: &str| branch.properties.get(key).is_some();
    // A key of this form that no form of the stranger has shows that the two exclude each other.
    let apart_from = |stranger: &str| {
        let mut homes = others.iter().filter(|other| other.properties.get(stranger).is_some());
        let first = homes.next()?;
        let homes: Vec<&&Schema> = homes.chain([first]).collect();
        let is_shared = |key: &str| homes.iter().any(|home| home.properties.get(key).is_some());
        entries.iter().find(|entry| is_here(&entry.key) && !is_shared(&entry.key))
    };
    let mut rest = entries.clone();
    let before = rest.len();
    rest.retain(|entry| {
        let own = if is_here(&entry.key) { None } else { apart_from(&entry.key) };
        if let Some(own) = own {
            let message = format!("`{}` does not go together with `{}`", entry.key, own.key);
            report.advise(entry.place, message, "make two of it, or remove one of the keys");
        }
        own.is_none()
    });
    if rest.len() == before {
        return None;
    }
    Some(Node { place: node.place, kind: Kind::Mapping(rest) })
}
