//! A metric against a limit.

use super::interval::decide;
use super::unmeasured;
use crate::RunId;
use crate::evidence::Evaluation;
use crate::gate::{Demand, Judged, Rule};

pub(super) fn judge_limit(rule: &Rule, evaluation: &Evaluation, run: RunId) -> Judged {
    let Demand::Limit { metric, bound, slice } = &rule.demand else {
        return unmeasured(rule, "it is no limit");
    };
    let part = match slice {
        None => &evaluation.overall,
        Some(name) => match evaluation.slices.get(name) {
            Some(part) => part,
            None => return unmeasured(rule, &format!("slice `{name}` was not measured")),
        },
    };
    let place = match slice {
        None => format!("on all {} rows", part.rows),
        Some(name) => format!("on slice `{name}` ({} rows)", part.rows),
    };
    if part.rows == 0 {
        let mut judged = unmeasured(rule, &format!("there is nothing to measure {place}"));
        judged.next = Some("check the conditions under `evaluate.slices` in plimsoll.yaml".into());
        return judged;
    }
    let Some(measured) = part.measured(*metric) else {
        return unmeasured(rule, &format!("{} was not measured {place}", metric.label()));
    };
    let reason = measured.reason.as_deref().unwrap_or("no reason is recorded");
    let Some(value) = measured.value.filter(|value| value.is_finite()) else {
        return unmeasured(rule, &format!("{} has no value {place} ({reason})", metric.label()));
    };
    let Some(interval) = measured.interval.as_ref().filter(|interval| interval.is_sound()) else {
        return unmeasured(rule, &format!("{} has no interval {place} ({reason})", metric.label()));
    };
    let champion = evaluation.comparison.as_ref().map(|comparison| comparison.champion);
    decide(rule, metric.label(), &place, value, interval, *bound, part, run, champion)
}
