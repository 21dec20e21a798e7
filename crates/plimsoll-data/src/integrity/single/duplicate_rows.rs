//! Rows that are there more than once, and rows that contradict each other.

use plimsoll_core::{Code, Finding, Severity, Share};
use serde::{Deserialize, Serialize};

use crate::example::{grouped, shown};
use crate::integrity::facts::Facts;
use crate::integrity::frame::{Answer, Examine, Subject, about, seen_at};
use crate::integrity::label::Label;
use crate::integrity::say;

/// So many times more pairs of equal rows than columns give by chance are no chance.
const BEYOND_CHANCE: f64 = 10.0;

/// Looks for rows that repeat an earlier row in every column but identifiers.
///
/// Values are compared, not their spelling. Where columns have so few values that rows must repeat
/// each other (at most ten times as many pairs of equal rows as there would be if columns had
/// nothing to do with each other), nothing is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DuplicateRows {
    /// How much a finding weighs.
    pub severity: Severity,
    /// The greatest accepted share of rows that repeat another.
    pub max_share: Share,
}

impl Default for DuplicateRows {
    fn default() -> Self {
        Self { severity: Severity::Warning, max_share: Share::constant(0.01) }
    }
}

/// Looks for rows that agree with another in every feature and not in the label, a class.
///
/// Where columns have so few values that rows must agree by chance, nothing is said, as with
/// [`DuplicateRows`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConflictingLabels {
    /// How much a finding weighs.
    pub severity: Severity,
    /// The greatest accepted share of rows that contradict another.
    pub max_share: Share,
}

impl Default for ConflictingLabels {
    fn default() -> Self {
        Self { severity: Severity::Warning, max_share: Share::constant(0.01) }
    }
}

impl Examine for DuplicateRows {
    const CODE: Code = Code::of("integrity.duplicate-rows");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let facts = subject.facts;
        let repeats = &facts.repeats;
        let compared = facts.compared().count();
        if compared == 0 {
            return Answer::Idle("there are only identifiers".to_owned());
        }
        let says = say::of_rows(repeats.repeated, repeats.rows);
        let share = say::share(repeats.repeated, repeats.rows);
        if share <= self.max_share.get() {
            return Answer::nothing(says);
        }
        if by_chance(facts, facts.compared(), repeats.rows, repeats.pairs) {
            return Answer::nothing(format!(
                "{says}, no more than the few values of columns explain"
            ));
        }
        let places = |(row, first): &(_, _)| (facts.spots.place(*row), facts.spots.place(*first));
        let examples: Vec<_> = repeats.examples.items().iter().map(places).collect();
        let place = examples.first().map(|(place, _)| place.clone());
        let message = format!(
            "{} repeat an earlier row in all {}, at most {} accepted{}",
            say::of_rows(repeats.repeated, repeats.rows),
            say::columns(compared),
            self.max_share,
            say::pairs(examples, "as"),
        );
        let mut finding = Finding::new(Self::CODE, self.severity, message);
        finding.value = Some(share);
        finding.limit = Some(self.max_share.get());
        finding.next = Some("remove the copies, or tell identifiers with `--index`".to_owned());
        Answer::Looked { says, findings: vec![seen_at(finding, place.as_ref())] }
    }
}

impl Examine for ConflictingLabels {
    const CODE: Code = Code::of("integrity.conflicting-labels");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let facts = subject.facts;
        let label = match Label::classes(facts) {
            Ok(label) => label,
            Err(answer) => return answer,
        };
        let Some(conflicts) = &facts.conflicts else {
            return Answer::Unable("rows could not be compared".to_owned());
        };
        let features = || facts.compared().filter(|at| *at != label.at);
        if features().next().is_none() {
            return Answer::Idle("there are no features".to_owned());
        }
        let says = say::of_rows(conflicts.conflicting, conflicts.rows);
        let share = say::share(conflicts.conflicting, conflicts.rows);
        if share <= self.max_share.get() {
            return Answer::nothing(says);
        }
        if by_chance(facts, features(), conflicts.rows, conflicts.pairs) {
            return Answer::nothing(format!("{says}, but rows agree by chance"));
        }
        let places = |(row, first): &(_, _)| (facts.spots.place(*row), facts.spots.place(*first));
        let examples: Vec<_> = conflicts.examples.items().iter().map(places).collect();
        let place = examples.first().map(|(place, _)| place.clone());
        let message = format!(
            "{} agree with another row in all {} features and not in the label `{}`, at most {} \
             accepted{}",
            say::of_rows(conflicts.conflicting, conflicts.rows),
            grouped(features().count() as u64),
            shown(&label.column.name),
            self.max_share,
            say::pairs(examples, "unlike"),
        );
        let mut finding = about(Self::CODE, self.severity, &label.column.name, message);
        finding.value = Some(share);
        finding.limit = Some(self.max_share.get());
        Answer::Looked { says, findings: vec![seen_at(finding, place.as_ref())] }
    }
}

/// Tells whether columns explain that so many pairs of rows agree in them.
fn by_chance(facts: &Facts, columns: impl Iterator<Item = usize>, rows: u64, pairs: f64) -> bool {
    pairs <= BEYOND_CHANCE * facts.pairs_by_chance(columns, rows)
}
