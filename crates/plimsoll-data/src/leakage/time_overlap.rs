//! Rows that are no later than the training data.

use plimsoll_core::{Code, Severity, Share};
use serde::{Deserialize, Serialize};

use crate::example::{rows_in_words, shown};
use crate::integrity::facts::TimeKind;
use crate::integrity::frame::{Answer, Examine, Subject, about, seen_at};
use crate::integrity::say;
use crate::text;

/// Looks for rows that are no later than the last row of the training data.
///
/// A model that is judged on what lies before the end of its training data was shown the future.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TimeOverlap {
    /// How much a finding weighs.
    pub severity: Severity,
    /// The greatest accepted share of rows that are no later.
    pub max_share: Share,
}

impl Default for TimeOverlap {
    fn default() -> Self {
        Self { severity: Severity::Error, max_share: Share::constant(0.0) }
    }
}

impl Examine for TimeOverlap {
    const CODE: Code = Code::of("leakage.time-overlap");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let facts = subject.facts;
        let at = match facts.layout.time.get() {
            Ok(at) => *at,
            Err(absent) => return absent.answer("no time is named"),
        };
        let reference = match subject.training() {
            Ok(reference) => reference,
            Err(answer) => return answer,
        };
        let name = facts.columns.get(at).map_or("", |column| &column.name);
        let Some(time) = reference.time.as_ref().filter(|time| time.column == name) else {
            let name = shown(name);
            return Answer::Unable(format!("the training data has no time `{name}`"));
        };
        if let Some(unread) = facts.time.unread.count() {
            let (rows, name) = (rows_in_words(unread.get()), shown(name));
            return Answer::Unable(format!("`{name}` does not say when in {rows}"));
        }
        if facts.time.kind != Some(time.kind) {
            let name = shown(name);
            return Answer::Unable(format!(
                "`{name}` is written in another way in the training data"
            ));
        }
        let early = &facts.time.early;
        let count = early.count().map_or(0, u64::from);
        let says = say::of_rows(count, facts.time.rows);
        let share = say::share(count, facts.time.rows);
        if share <= self.max_share.get() {
            return Answer::nothing(says);
        }
        let message = format!(
            "{says} are no later than the end of the training data ({}), at most {} accepted{}",
            moment(time.kind, time.max),
            self.max_share,
            early.examples(),
        );
        let mut finding = about(Self::CODE, self.severity, name, message);
        finding.value = Some(share);
        finding.limit = Some(self.max_share.get());
        Answer::Looked { says, findings: vec![seen_at(finding, early.first())] }
    }
}

/// Returns a moment as people write it.
pub(crate) fn moment(kind: TimeKind, at: f64) -> String {
    match kind {
        TimeKind::Number => at.to_string(),
        #[expect(clippy::cast_possible_truncation, reason = "whole microseconds below 2^63")]
        TimeKind::Moment => text::moment(at as i64),
    }
}
