//! A cost of serving against its limit.

use super::unmeasured;
use crate::evidence::{Budget, Evaluation};
use crate::gate::{Against, Bound, Judged, Outcome, Rule};

pub(super) fn judge_budget(
    rule: &Rule,
    budget: Budget,
    bound: Bound,
    evaluation: &Evaluation,
) -> Judged {
    let Some(spent) = &evaluation.spent else {
        return unmeasured(rule, "what serving costs was not measured");
    };
    let Some(cost) = spent.costs.iter().find(|cost| cost.budget == budget) else {
        return unmeasured(rule, &format!("{budget} was not measured"));
    };
    let Some(value) = cost.value.filter(|value| value.is_finite()) else {
        let reason = cost.reason.as_deref().unwrap_or("no reason is recorded");
        return unmeasured(rule, &format!("{budget} has no value ({reason})"));
    };
    let [low, high] = cost.interval.unwrap_or([value, value]);
    let limit = bound.limit();
    let accepted = match bound {
        Bound::Max(_) => "at most",
        Bound::Min(_) => "at least",
    };
    let (outcome, reading) = match bound.against([low, high]) {
        Against::Within => (Outcome::Pass, "within the limit"),
        Against::Beyond => (Outcome::Block, "beyond the limit"),
        Against::Inside => {
            (Outcome::Inconclusive, "the limit lies inside the interval; replay more rows")
        }
    };
    let around = cost.interval.map_or(String::new(), |[low, high]| {
        format!(" [{}, {}] (95 %)", budget.show(low), budget.show(high))
    });
    let place = match (&spent.machine, budget) {
        (None, _) | (_, Budget::FileSize) => String::new(),
        (Some(machine), Budget::StartUp) => format!(" on {machine}"),
        (Some(machine), Budget::Memory) => {
            format!(" after {} requests on {machine}", spent.requests)
        }
        (Some(machine), _) => format!(" over {} requests on {machine}", spent.requests),
    };
    let (shown, limit) = (budget.show(value), budget.show(limit));
    let message =
        format!("{budget} is {shown}{around}{place}, {accepted} {limit} accepted: {reading}");
    Judged { outcome, value: Some(value), rows: spent.requests, message, ..unmeasured(rule, "") }
}
