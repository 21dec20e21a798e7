//! Rows and identifiers that are in the training data as well.

use plimsoll_core::{Code, Finding, Severity, Share};
use plimsoll_stats::interval::Level;
use plimsoll_stats::proportion::wilson;
use plimsoll_stats::tails;
use serde::{Deserialize, Serialize};

use crate::example::shown;
use crate::integrity::coded::FALSE_MATCH;
use crate::integrity::facts::Facts;
use crate::integrity::frame::{Answer, Examine, Subject, seen_at};
use crate::integrity::groups::Shared;
use crate::integrity::say;

/// Looks for rows that the training data has as well, by all columns but identifiers and the label:
/// the same case is no new one under another label.
///
/// A finding weighs what `severity` says where more rows are shared than training rows have twins
/// among themselves (the 95 % intervals of the two shares, Wilson's, do not touch): that is how many
/// would be shared by rows drawn from the same source. Up to there it is a warning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RowOverlap {
    /// How much a finding weighs.
    pub severity: Severity,
    /// The greatest accepted share of rows that the training data has as well.
    pub max_share: Share,
}

impl Default for RowOverlap {
    fn default() -> Self {
        Self { severity: Severity::Error, max_share: Share::constant(0.01) }
    }
}

/// Looks for identifiers that the training data has as well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct IndexOverlap {
    /// How much a finding weighs.
    pub severity: Severity,
    /// The greatest accepted share of rows whose identifier the training data has as well.
    pub max_share: Share,
}

impl Default for IndexOverlap {
    fn default() -> Self {
        Self { severity: Severity::Error, max_share: Share::constant(0.0) }
    }
}

/// How many columns a message names.
const SHOWN: usize = 5;

/// The chance up to which matches of digests are taken for accidents.
const ACCIDENT: f64 = 0.001;

impl Examine for RowOverlap {
    const CODE: Code = Code::of("leakage.row-overlap");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let facts = subject.facts;
        let reference = match subject.training() {
            Ok(reference) => reference,
            Err(answer) => return answer,
        };
        let Some(shared) = &facts.rows_shared else {
            let has = |name: &&String| facts.columns.iter().any(|column| column.name == **name);
            let lacks: Vec<&String> = reference.columns.iter().filter(|name| !has(name)).collect();
            let named: Vec<String> =
                lacks.iter().take(SHOWN).map(|name| format!("`{}`", shown(name))).collect();
            return Answer::Unable(match lacks.len() {
                0 => "the file and the training data have no column in common".to_owned(),
                count => format!(
                    "rows are compared by {}, of which the file lacks {count} ({})",
                    say::columns(reference.columns.len()),
                    named.join(", "),
                ),
            });
        };
        let says = say::of_rows(shared.found, shared.rows);
        let share = say::share(shared.found, shared.rows);
        if share <= self.max_share.get() || is_accident(shared) {
            return Answer::nothing(says);
        }
        let ends = |count, rows| wilson(count, rows, Level::USUAL);
        let by_chance =
            match (ends(shared.found, shared.rows), ends(reference.twins, reference.rows)) {
                (Some(shared), Some(twins)) => shared.low <= twins.high,
                _ => false,
            };
        let twins = say::of_rows(reference.twins, reference.rows);
        let why = if by_chance {
            format!(
                "; as {twins} of the training data have a twin there, rows drawn from the same source \
                 would share as many"
            )
        } else {
            format!("; of the training data {twins} have a twin there")
        };
        let message = format!(
            "{says} are in the training data as well, by {}, at most {} accepted{why}{}",
            say::columns(reference.columns.len()),
            self.max_share,
            examples(facts, shared),
        );
        let severity = if by_chance { self.severity.min(Severity::Warning) } else { self.severity };
        let mut finding = Finding::new(Self::CODE, severity, message);
        finding.value = Some(share);
        finding.limit = Some(self.max_share.get());
        finding.next = Some("remove these rows from one of the two, or split by a column that keeps copies together".to_owned());
        let place = shared.examples.items().first().map(|spot| facts.spots.place(*spot));
        Answer::Looked { says, findings: vec![seen_at(finding, place.as_ref())] }
    }
}

impl Examine for IndexOverlap {
    const CODE: Code = Code::of("leakage.index-overlap");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let facts = subject.facts;
        let places = match facts.layout.index.get() {
            Ok(places) => places,
            Err(absent) => return absent.answer("no identifier is named"),
        };
        let reference = match subject.training() {
            Ok(reference) => reference,
            Err(answer) => return answer,
        };
        let mut names: Vec<&String> = places
            .iter()
            .filter_map(|at| facts.columns.get(*at))
            .map(|column| &column.name)
            .collect();
        names.sort();
        let quoted = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let Some(index) = reference.index.as_ref().filter(|index| index.columns.iter().eq(names))
        else {
            return Answer::Unable(format!(
                "the training data's digests hold no identifiers {quoted}"
            ));
        };
        let Some(shared) = &facts.index_shared else {
            return Answer::Unable("identifiers could not be compared".to_owned());
        };
        let says = say::of_rows(shared.found, shared.rows);
        let share = say::share(shared.found, shared.rows);
        if share <= self.max_share.get() || is_accident(shared) {
            return Answer::nothing(says);
        }
        let message = format!(
            "{says} have an identifier ({quoted}) that is in the training data as well, at most {} accepted{}",
            self.max_share,
            examples(facts, shared),
        );
        let mut finding = Finding::new(Self::CODE, self.severity, message);
        finding.subject = Some(index.columns.join(", "));
        finding.value = Some(share);
        finding.limit = Some(self.max_share.get());
        let place = shared.examples.items().first().map(|spot| facts.spots.place(*spot));
        Answer::Looked { says, findings: vec![seen_at(finding, place.as_ref())] }
    }
}

/// Tells whether so few rows are shared that digests may have met by accident.
fn is_accident(shared: &Shared) -> bool {
    tails::binomial(shared.found, shared.rows, FALSE_MATCH).is_ok_and(|p| p.get() > ACCIDENT)
}

fn examples(facts: &Facts, shared: &Shared) -> String {
    let places = shared.examples.items().iter().map(|spot| facts.spots.place(*spot).to_string());
    let places: Vec<String> = places.collect();
    if places.is_empty() { String::new() } else { format!(", for example {}", places.join(", ")) }
}
