//! The worst part of the test set that a search finds, against how bad a part may be.

use super::unmeasured;
use crate::evidence::{Evaluation, Metric, WeakPart};
use crate::gate::waiver::Waivers;
use crate::gate::{Judged, Outcome, Rule, Weight};
use crate::{Code, Finding, RunId, Severity, number};

/// A part of the test set is worse than the rest by more than the gate accepts.
const WEAK_PART: Code = Code::of("model.weak-part");

/// How many parts become findings; the evidence has them all.
const NAMED: usize = 20;

/// Returns the judged rule, and a finding for each part that is too weak.
pub(super) fn judge_weak(
    rule: &Rule,
    metric: Metric,
    worse_by: f64,
    evaluation: &Evaluation,
    waivers: &mut Waivers<'_>,
    run: RunId,
) -> (Judged, Vec<Finding>) {
    let Some(weak) = &evaluation.weak else {
        let why = evaluation.weak_failed.as_deref().unwrap_or("weak parts were not searched for");
        return (unmeasured(rule, why), Vec::new());
    };
    let limit = 1.0 + worse_by;
    let beyond = |part: &&WeakPart| part.ratio > limit;
    let severity = match rule.severity {
        Weight::Error => Severity::Error,
        Weight::Warning => Severity::Warning,
    };
    let finding = |part: &WeakPart| Finding {
        subject: Some(part.condition.clone()),
        limit: Some(limit),
        value: Some(part.ratio),
        next: Some(format!("plimsoll show {}", run.short())),
        ..Finding::new(
            WEAK_PART,
            severity,
            format!(
                "where {}, the {} is {} times that of all other rows [{}, {}], on {} rows; at most {} accepted",
                part.condition,
                weak.loss,
                number::show(part.ratio),
                number::show(part.interval.low),
                number::show(part.interval.high),
                part.rows,
                number::show(limit),
            ),
        )
    };
    let all: Vec<Finding> = weak.parts.iter().filter(beyond).take(NAMED).map(finding).collect();
    let too_weak = all.len();
    let left = waivers.without_waived(all);
    let worst = weak.parts.iter().map(|part| part.ratio).fold(f64::NAN, f64::max);
    let searched = format!("{} parts of at least {} rows", weak.searched, weak.support);
    let (outcome, message) = match left.len() {
        _ if weak.searched == 0 => {
            (Outcome::Inconclusive, "no part has enough rows to be searched".to_owned())
        }
        0 if too_weak > 0 => (Outcome::Pass, format!("all {too_weak} weak parts are excused")),
        0 => (Outcome::Pass, format!("none of {searched} is that much worse in {metric}")),
        found => (Outcome::Block, format!("{found} of {searched} are that much worse in {metric}")),
    };
    let judged = Judged {
        outcome,
        value: worst.is_finite().then_some(worst - 1.0),
        rows: evaluation.overall.rows,
        blocks: evaluation.overall.blocks,
        message,
        next: (outcome > Outcome::NotApplicable).then(|| format!("plimsoll show {}", run.short())),
        ..unmeasured(rule, "")
    };
    (judged, left)
}
