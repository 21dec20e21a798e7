//! What is said of a column.

use std::fmt::Display;

use arrow::array::{Array, PrimitiveArray};
use arrow::datatypes::{Date32Type, TimestampMicrosecondType};
use arrow::util::display::array_value_to_string;
use plimsoll_core::{Finding, Severity};

use super::{ColumnCheck, ColumnPlan};
use crate::calendar::in_words;
use crate::code;
use crate::example::{Tally, quoted, shown};
use crate::schema::{Domain, Lengths, Limit, Range, Rule};
use crate::validate::found::Found;

/// How many accepted values a message lists.
const LISTED: usize = 10;

impl ColumnCheck {
    /// Returns what was wrong in `rows` rows.
    pub(in crate::validate) fn findings(&self, plan: &ColumnPlan<'_>, rows: u64) -> Vec<Found> {
        let column_type = plan.rule.domain.column_type();
        let said = [
            (Rule::Type, &self.wrong, format!("holds no {column_type}")),
            (Rule::MissingValues, &self.missing, "is empty".to_owned()),
            (Rule::NotFinite, &self.not_finite, "is not finite".to_owned()),
            (Rule::Values, &self.unexpected, none_of(&plan.rule.domain)),
            (Rule::Values, &self.texts.unexpected, none_of(&plan.rule.domain)),
        ];
        let mut findings: Vec<Found> = said
            .iter()
            .filter_map(|(rule, tally, says)| plan.finding(*rule, tally, says, rows))
            .collect();
        let ends = ends(&plan.rule.domain);
        for (beyond, (limit, number), side) in
            [(&self.below, ends.0, "below"), (&self.above, ends.1, "above")]
        {
            let says = format!("is {side} {limit}");
            let found = plan.finding(Rule::Range, &beyond.tally, &says, rows);
            findings.extend(found.map(|found| {
                found.with(|finding| {
                    finding.limit = number;
                    finding.value = beyond.farthest.filter(|value| value.is_finite());
                })
            }));
        }
        if let Domain::String { pattern, length, .. } = &plan.rule.domain {
            if let Some(pattern) = pattern {
                let says = format!("does not match `{}`", shown(pattern.as_str()));
                findings.extend(plan.finding(Rule::Pattern, &self.texts.unmatched, &says, rows));
            }
            findings.extend(self.lengths(plan, *length, rows));
        }
        if let Some(monotone) = plan.rule.monotone {
            let says = format!("is not {monotone}");
            findings.extend(plan.finding(Rule::Monotone, &self.order.tally, &says, rows));
        }
        findings
    }

    fn lengths(&self, plan: &ColumnPlan<'_>, length: Lengths, rows: u64) -> Vec<Found> {
        let Lengths { min, max } = length;
        let sides = [(&self.texts.short, min, "fewer"), (&self.texts.long, max, "more")];
        let sides = sides.into_iter().filter_map(|(tally, limit, than)| {
            let limit = limit?;
            let plural = if limit == 1 { "" } else { "s" };
            let says = format!("has {than} than {limit} character{plural}");
            let found = plan.finding(Rule::Length, tally, &says, rows)?;
            #[expect(clippy::cast_precision_loss, reason = "shown beside the exact text")]
            Some(found.with(|finding| finding.limit = Some(limit as f64)))
        });
        sides.collect()
    }

    /// Returns what is wrong with the age of the newest value, once all rows were read.
    pub(in crate::validate) fn age(&self, plan: &ColumnPlan<'_>) -> Option<Found> {
        let fresh = plan.rule.fresh.as_ref()?;
        let name = shown(plan.name);
        let Some(now) = plan.now else {
            return Some(plan.unevaluated("nobody said what time it is"));
        };
        let (Some(value), Some(end)) = (self.newest.value, self.newest.end) else {
            let clock = moment(now);
            return Some(plan.unevaluated(&format!("it has no value up to {clock}")));
        };
        let age = now.saturating_sub(end).max(0);
        if age <= fresh.within {
            return None;
        }
        let newest = match plan.rule.domain {
            Domain::Date { .. } => day(value),
            _ => moment(value),
        };
        let message = format!(
            "column `{name}` ends at {newest}, {} before {}; at most {} accepted",
            in_words(age),
            moment(now),
            fresh.text,
        );
        let severity = plan.rule.weights.of(Rule::Fresh).severity;
        #[expect(clippy::cast_precision_loss, reason = "seconds beside the exact text")]
        let seconds = |micros: i64| Some((micros / 1_000_000) as f64);
        let finding = Finding {
            subject: Some(plan.name.to_owned()),
            limit: seconds(fresh.within),
            value: seconds(age),
            ..Finding::new(code::FRESH, severity, message)
        };
        Some(Found::new(finding))
    }
}

impl ColumnPlan<'_> {
    fn finding(&self, rule: Rule, tally: &Tally, says: &str, rows: u64) -> Option<Found> {
        let count = tally.count()?;
        let weight = self.rule.weights.of(rule);
        if weight.allow.covers(count.get(), rows) {
            return None;
        }
        let (name, of, examples) = (shown(self.name), tally.of(rows), tally.examples());
        let allowed = weight.allow.said();
        let message = format!("column `{name}` {says} in {of}{allowed}{examples}");
        let finding = Finding {
            subject: Some(self.name.to_owned()),
            ..Finding::new(rule.code(), weight.severity, message)
        };
        Some(Found::of_rows(finding, tally, rows))
    }

    fn unevaluated(&self, reason: &str) -> Found {
        let message = format!("the age of column `{}` cannot be told: {reason}", shown(self.name));
        let finding = Finding::new(code::NOT_EVALUATED, Severity::Error, message);
        Found::new(Finding { subject: Some(self.name.to_owned()), ..finding })
    }
}

fn none_of(domain: &Domain) -> String {
    fn list(values: impl ExactSizeIterator<Item: Display>) -> String {
        let more = values.len().saturating_sub(LISTED);
        let listed: Vec<String> = values.take(LISTED).map(|value| value.to_string()).collect();
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("is none of {}{rest}", listed.join(", "))
    }
    match domain {
        Domain::Integer { values: Some(values), .. } => list(values.iter()),
        Domain::Number { values: Some(values), .. } => list(values.iter()),
        Domain::String { values: Some(values), .. } => {
            list(values.iter().map(|value| quoted(value)))
        }
        Domain::Boolean { values: Some(values) } => list(values.iter()),
        Domain::Date { values: Some(values), .. } => {
            list(values.iter().map(|value| day(i64::from(*value))))
        }
        Domain::Timestamp { values: Some(values), .. } => {
            list(values.iter().map(|value| moment(*value)))
        }
        _ => String::new(),
    }
}

fn day(days: i64) -> String {
    let days = i32::try_from(days).unwrap_or(i32::MAX);
    written(&PrimitiveArray::<Date32Type>::from_value(days, 1))
}

fn moment(micros: i64) -> String {
    written(&PrimitiveArray::<TimestampMicrosecondType>::from_value(micros, 1))
}

fn written(one: &dyn Array) -> String {
    array_value_to_string(one, 0).unwrap_or_default()
}

/// An end of a range as text, and as a number where it is one.
type End<'a> = (&'a str, Option<f64>);

fn ends(domain: &Domain) -> (End<'_>, End<'_>) {
    fn both<T: Copy>(range: &Range<T>, number: fn(T) -> Option<f64>) -> (End<'_>, End<'_>) {
        (end(range.min.as_ref(), number), end(range.max.as_ref(), number))
    }
    fn end<T: Copy>(limit: Option<&Limit<T>>, number: fn(T) -> Option<f64>) -> End<'_> {
        limit.map_or(("", None), |limit| (limit.text.as_str(), number(limit.value)))
    }
    match domain {
        #[expect(clippy::cast_precision_loss, reason = "shown beside the exact text")]
        Domain::Integer { range, .. } => both(range, |value| Some(value as f64)),
        Domain::Number { range, .. } => both(range, Some),
        Domain::Date { range, .. } => both(range, |_| None),
        Domain::Timestamp { range, .. } => both(range, |_| None),
        Domain::String { .. } | Domain::Boolean { .. } => (("", None), ("", None)),
    }
}
