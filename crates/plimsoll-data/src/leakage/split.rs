//! What a file has that the training data never had, and how large it is beside it.

use plimsoll_core::{Code, Finding, Severity, Share};
use plimsoll_stats::drift::sides::Sides;
use plimsoll_stats::drift::unseen::{Counted, new_values};
use plimsoll_stats::fdr::benjamini_hochberg;
use serde::{Deserialize, Serialize};

use crate::example::{grouped, quoted, rows_in_words, shown};
use crate::integrity::column::Column;
use crate::integrity::dictionary::Value;
use crate::integrity::frame::{Answer, Examine, Subject, about, seen_at};
use crate::integrity::label::Label;
use crate::integrity::reference::ValuesOf;
use crate::integrity::say;

/// How many values a message shows.
const SHOWN: usize = 5;

/// Looks for categories that the training data never had.
///
/// A column is found when at least `max_share` of its rows have such a category beyond those that
/// are to be expected where nothing changed, and that is not chance: Chernoff's bound, adjusted for
/// the number of columns (Benjamini and Hochberg), is at most 0.01.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct NewCategory {
    /// How much a finding weighs.
    pub severity: Severity,
    /// The share of rows with new categories, beyond the expected ones, from which on it matters.
    pub max_share: Share,
}

impl Default for NewCategory {
    fn default() -> Self {
        Self { severity: Severity::Warning, max_share: Share::constant(0.01) }
    }
}

/// Looks for classes of the label that the training data never had.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct NewLabel {
    /// How much a finding weighs.
    pub severity: Severity,
}

impl Default for NewLabel {
    fn default() -> Self {
        Self { severity: Severity::Error }
    }
}

/// Holds the number of rows against that of the training data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Size {
    /// How much a finding weighs.
    pub severity: Severity,
    /// With fewer rows hardly anything can be judged.
    pub min_rows: u64,
    /// How many times the rows of the training data there may be.
    pub max_ratio: f64,
}

impl Default for Size {
    fn default() -> Self {
        Self { severity: Severity::Warning, min_rows: 100, max_ratio: 1.0 }
    }
}

/// The level of the adjusted p-value.
const LEVEL: f64 = 0.01;

impl Examine for NewCategory {
    const CODE: Code = Code::of("split.new-category");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let facts = subject.facts;
        let reference = match subject.training() {
            Ok(reference) => reference,
            Err(answer) => return answer,
        };
        let mut columns = Vec::new();
        let mut family = Vec::new();
        let mut findings = Vec::new();
        for (_, column) in facts.features() {
            let Some(values) = reference.values.get(&column.name) else { continue };
            if !column.dictionary.is_whole() {
                let message = format!(
                    "column `{}` holds more than {} values, of which the training data had {}",
                    shown(&column.name),
                    grouped(column.dictionary.len() as u64),
                    grouped(values.0.len() as u64),
                );
                findings.push(about(Self::CODE, self.severity, &column.name, message));
                continue;
            }
            let before: u64 = values.0.values().sum();
            let now: u64 = column.dictionary.values().map(|(_, value)| value.count).sum();
            let sides = Sides::independent(before, now);
            // A column without a value on either side, which is the error, has no new one.
            let facet = new_values(counted(column, values), sides, self.max_share.get());
            if let Ok(facet) = facet {
                family.push(facet.p);
                columns.push((column, values, facet, now));
            }
        }
        if columns.is_empty() && findings.is_empty() {
            return Answer::Idle("no column holds categories in both".to_owned());
        }
        for ((column, values, facet, rows), p) in columns.iter().zip(benjamini_hochberg(&family)) {
            if facet.effect < self.max_share.get() || p.get() > LEVEL {
                continue;
            }
            let new = unseen(column, values);
            let count: u64 = new.iter().map(|value| value.count).sum();
            let message = format!(
                "column `{}` holds {} that the training data never had in {}, at most {} beyond \
                 chance accepted (p {p}){}",
                shown(&column.name),
                said(new.len(), "category", "categories"),
                say::of_rows(count, *rows),
                self.max_share,
                named(column, &new),
            );
            let mut finding = about(Self::CODE, self.severity, &column.name, message);
            finding.value = Some(facet.effect);
            finding.limit = Some(self.max_share.get());
            findings.push(seen_at(finding, new.first().map(|value| &value.first.place)));
        }
        Answer::Looked { says: format!("{} of categories", say::columns(columns.len())), findings }
    }
}

impl Examine for NewLabel {
    const CODE: Code = Code::of("split.new-label");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let label = match Label::classes(subject.facts) {
            Ok(label) => label,
            Err(answer) => return answer,
        };
        let reference = match subject.training() {
            Ok(reference) => reference,
            Err(answer) => return answer,
        };
        let name = &label.column.name;
        let is_label = reference.label.as_ref() == Some(name);
        let Some(values) = reference.values.get(name).filter(|_| is_label) else {
            return Answer::Unable(format!("the training data has no label `{}`", shown(name)));
        };
        let new = unseen(label.column, values);
        let says = format!("{} classes, {} new", label.column.dictionary.len(), new.len());
        if new.is_empty() {
            return Answer::nothing(says);
        }
        let count: u64 = new.iter().map(|value| value.count).sum();
        let message = format!(
            "label `{}` holds {} that the training data never had in {}{}",
            shown(name),
            said(new.len(), "class", "classes"),
            say::of_rows(
                count,
                label.column.dictionary.values().map(|(_, value)| value.count).sum()
            ),
            named(label.column, &new),
        );
        let mut finding = about(Self::CODE, self.severity, name, message);
        finding.value = Some(count as f64);
        finding.limit = Some(0.0);
        let finding = seen_at(finding, new.first().map(|value| &value.first.place));
        Answer::Looked { says, findings: vec![finding] }
    }
}

impl Examine for Size {
    const CODE: Code = Code::of("split.size");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let reference = match subject.training() {
            Ok(reference) => reference,
            Err(answer) => return answer,
        };
        let (rows, training) = (subject.facts.sound, reference.rows);
        let ratio = rows as f64 / training.max(1) as f64;
        let says = format!("{} against {} of training", rows_in_words(rows), grouped(training));
        let (message, value, limit) = if rows < self.min_rows {
            let message = format!(
                "there are {}, at least {} are needed to judge by",
                rows_in_words(rows),
                grouped(self.min_rows)
            );
            (message, rows as f64, self.min_rows as f64)
        } else if ratio > self.max_ratio {
            let message = format!(
                "there are {}, {ratio:.1} times the {} of the training data, at most {} times \
                 accepted: were the two files exchanged?",
                rows_in_words(rows),
                grouped(training),
                self.max_ratio,
            );
            (message, ratio, self.max_ratio)
        } else {
            return Answer::nothing(says);
        };
        let mut finding = Finding::new(Self::CODE, self.severity, message);
        (finding.value, finding.limit) = (Some(value), Some(limit));
        Answer::Looked { says, findings: vec![finding] }
    }
}

/// Returns every value of both sides with its counts.
fn counted<'a>(column: &'a Column, before: &'a ValuesOf) -> impl Iterator<Item = Counted> + 'a {
    let both = column.dictionary.values().map(|(word, value)| Counted {
        reference: before.0.get(&word).copied().unwrap_or_default(),
        current: value.count,
        blocks: None,
    });
    let gone = before.0.iter().filter(|(word, _)| column.dictionary.get(**word).is_none());
    both.chain(gone.map(|(_, count)| Counted { reference: *count, current: 0, blocks: None }))
}

/// Returns the values that were not there before, the most frequent first.
fn unseen<'a>(column: &'a Column, before: &ValuesOf) -> Vec<&'a Value> {
    let values = column.dictionary.by_count().into_iter();
    values.filter(|(word, _)| !before.0.contains_key(word)).map(|(_, value)| value).collect()
}

fn said(count: usize, one: &str, several: &str) -> String {
    if count == 1 { format!("a {one}") } else { format!("{count} {several}") }
}

fn named(column: &Column, values: &[&Value]) -> String {
    if column.is_personal() {
        return String::new();
    }
    let said = values.iter().take(SHOWN);
    let said = said.map(|value| format!("{} ({})", quoted(&value.text), grouped(value.count)));
    format!(": {}", said.collect::<Vec<_>>().join(", "))
}
