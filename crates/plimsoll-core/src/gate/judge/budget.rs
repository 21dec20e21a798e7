//! A cost of serving against its limit.

use super::unmeasured;
use crate::evidence::{Budget, Evaluation};
use crate::gate::{Bound, Judged, Outcome, Rule};

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
    // As for metrics: the worse end passes, the better end blocks.
    let (is_within, is_beyond, accepted) = match bound {
        Bound::Max(_) => (high <= limit, low > limit, "at most"),
        Bound::Min(_) => (low >= limit, high < limit, "at least"),
    };
    let (outcome, reading) = if is_within {
        (Outcome::Pass, "within the limit")
    } else if is_beyond {
        (Outcome::Block, "beyond the limit")
    } else {
        (Outcome::Inconclusive, "the limit lies inside the interval; replay more rows")
    };
    let around = cost.interval.map_or(String::new(), |[low, high]| {
        format!(" [{}, {}] (95 %)", budget.show(low), budget.show(high))
    });
    let place = spent
        .machine
        .as_ref()
        .map_or(String::new(), |machine| format!(" over {} requests on {machine}", spent.requests));
    let (shown, limit) = (budget.show(value), budget.show(limit));
    let message =
        format!("{budget} is {shown}{around}{place}, {accepted} {limit} accepted: {reading}");
    Judged { outcome, value: Some(value), rows: spent.requests, message, ..unmeasured(rule, "") }
}
