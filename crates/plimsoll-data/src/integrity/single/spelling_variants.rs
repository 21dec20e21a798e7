//! Categories that are written in several ways.

use std::collections::BTreeMap;

use plimsoll_core::{Code, Severity};
use serde::{Deserialize, Serialize};

use crate::example::{grouped, quoted, shown};
use crate::integrity::column::Column;
use crate::integrity::dictionary::Value;
use crate::integrity::frame::{Answer, Examine, Subject, about, seen_at};
use crate::integrity::say;

/// Looks for categories that differ only in case, blanks, hyphens or a full stop at the end.
///
/// Only columns whose values repeat are looked at. Where more than a fifth of many (50) values have
/// such a twin, case is taken for a part of the value, as in codes, and nothing is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SpellingVariants {
    /// How much a finding weighs.
    pub severity: Severity,
}

impl Default for SpellingVariants {
    fn default() -> Self {
        Self { severity: Severity::Warning }
    }
}

/// From so many values on, a share of twins above this is the nature of the column.
const MANY: usize = 50;
const MOST_TWINS: f64 = 0.2;

/// How many groups of variants a message shows.
const SHOWN: usize = 3;

impl Examine for SpellingVariants {
    const CODE: Code = Code::of("integrity.spelling-variants");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let facts = subject.facts;
        let categories: Vec<&Column> =
            facts.columns.iter().filter(|column| column.is_category()).collect();
        if categories.is_empty() {
            return Answer::Idle("no column holds categories".to_owned());
        }
        let mut findings = Vec::new();
        for column in &categories {
            let groups = groups(column);
            if groups.is_empty() {
                continue;
            }
            let rows: u64 =
                groups.iter().flat_map(|group| &group[1..]).map(|variant| variant.rows).sum();
            let said: Vec<String> =
                groups.iter().take(SHOWN).map(|group| said(column, group)).collect();
            let more = groups.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!("; and {more} more") } else { String::new() };
            let message = format!(
                "column `{}` writes {} in more than one way, the rarer ones in {}: {}{more}",
                shown(&column.name),
                if groups.len() == 1 {
                    "a value".to_owned()
                } else {
                    format!("{} values", groups.len())
                },
                say::of_rows(rows, facts.sound),
                said.join("; "),
            );
            let mut finding = about(Self::CODE, self.severity, &column.name, message);
            finding.value = Some(say::share(rows, facts.sound));
            let rarer = groups.iter().flat_map(|group| &group[1..]);
            let first = rarer.min_by_key(|variant| variant.value.first.row);
            findings.push(seen_at(finding, first.map(|variant| &variant.value.first.place)));
        }
        let says = format!("{} of categories", say::columns(categories.len()));
        Answer::Looked { says, findings }
    }
}

/// One way to write a value.
struct Variant<'a> {
    text: String,
    rows: u64,
    value: &'a Value,
}

fn said(column: &Column, group: &[Variant<'_>]) -> String {
    let said = group.iter().map(|variant| {
        let rows = grouped(variant.rows);
        if column.is_personal() { rows } else { format!("{} ({rows})", quoted(&variant.text)) }
    });
    said.collect::<Vec<_>>().join(", ")
}

/// Returns values with variants, each the most frequent first.
fn groups(column: &Column) -> Vec<Vec<Variant<'_>>> {
    let mut by_base: BTreeMap<String, Vec<Variant<'_>>> = BTreeMap::new();
    for (_, value) in column.dictionary.by_count() {
        let Some(base) = base(&value.text) else { continue };
        let variants = by_base.entry(base).or_default();
        let padded = value.padded;
        if padded < value.count {
            let rows = value.count - padded;
            variants.push(Variant { text: value.text.to_string(), rows, value });
        }
        // With blanks in every cell they are how the file is written.
        if padded > 0 {
            let text = format!(" {} ", value.text);
            variants.push(Variant { text, rows: padded, value });
        }
    }
    let bases = by_base.len();
    let mut groups: Vec<_> = by_base.into_values().filter(|variants| variants.len() > 1).collect();
    if column.dictionary.len() >= MANY && groups.len() as f64 > MOST_TWINS * bases as f64 {
        return Vec::new();
    }
    for group in &mut groups {
        group.sort_by_key(|variant| std::cmp::Reverse(variant.rows));
    }
    groups.sort_by_key(|group| group[0].value.first.row);
    groups
}

/// Returns what stays the same however a value is written; nothing of what has no letter.
fn base(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('.');
    if !text.chars().any(char::is_alphabetic) {
        return None;
    }
    let mut base = String::with_capacity(text.len());
    let mut is_between = false;
    for letter in text.chars() {
        if letter.is_whitespace() || matches!(letter, '-' | '_' | '\u{2010}'..='\u{2015}') {
            is_between = !base.is_empty();
            continue;
        }
        if is_between {
            base.push(' ');
            is_between = false;
        }
        base.extend(letter.to_lowercase());
    }
    // A hyphen at an end is a sign: `A-` is no `A`.
    if is_between && !text.ends_with(char::is_whitespace) {
        base.push('-');
    }
    if text.starts_with(['-', '_']) {
        base.insert(0, '-');
    }
    Some(base)
}

#[cfg(test)]
mod tests {
    use super::base;

    #[test]
    fn only_spelling_is_taken_away() {
        for (one, other) in [
            ("Deep Learning", "deep  learning"),
            ("no-internet", "No internet"),
            (">50K", ">50K."),
            ("Größe", "GRÖßE"),
            ("a_b", "A-B"),
        ] {
            assert_eq!(base(one), base(other), "{one} {other}");
        }
        for (one, other) in [
            ("C", "C++"),
            ("<=50K", ">50K"),
            ("A", "A-"),
            ("-x", "x"),
            ("Muller", "Müller"),
            ("ab", "a b"),
        ] {
            assert_ne!(base(one), base(other), "{one} {other}");
        }
        assert_eq!(base("+/-"), None);
    }
}
