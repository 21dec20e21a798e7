//! The answer, and every reason why it is not a pass.

use plimsoll_core::gate::{Answer, Judged, Outcome};
use plimsoll_core::record::{RunRecord, StepState};
use plimsoll_core::{Finding, Severity};

use super::{Report, Sign, finding};

/// What stands on top of the page.
pub(super) struct Headline {
    pub class: &'static str,
    pub answer: String,
    pub sentence: String,
    pub reasons: Vec<Reason>,
    /// What to do next, each advice once.
    pub next: Vec<String>,
}

/// One thing that keeps the model from shipping.
pub(super) struct Reason {
    pub sign: Sign,
    pub what: String,
    pub place: String,
    next: Option<String>,
}

impl Headline {
    pub(super) fn of(report: &Report<'_>) -> Self {
        let Some(verdict) = report.verdict else { return Self::without_verdict(report) };
        let (class, sentence) = match verdict.answer {
            Answer::Pass => ("pass", format!("This model may ship: {}.", verdict.holding())),
            Answer::Block => ("block", format!("This model may not ship: {}.", verdict.reason())),
            Answer::Error => {
                let why = verdict.reason();
                (
                    "error",
                    format!("This model may not ship, not everything could be judged: {why}."),
                )
            }
        };
        let rules = verdict.stopping().map(|judged| Reason {
            sign: Sign::of(judged.outcome),
            what: format!("{}{}", judged.rule.demand, measured(judged)),
            place: judged.rule.place(),
            next: judged.next.clone(),
        });
        let found = verdict.blocking();
        let reasons = unmeasured(report.record).chain(rules).chain(found.map(Reason::of));
        let reasons: Vec<_> = reasons.collect();
        let next = advice(&reasons);
        Self { class, answer: verdict.answer.to_string(), sentence, reasons, next }
    }

    fn without_verdict(report: &Report<'_>) -> Self {
        let record = report.record;
        let answer = record.end.map_or("not ended".to_owned(), |end| end.to_string());
        let invalid = report.validations.iter().flat_map(|(_, validation)| &validation.findings);
        let invalid = invalid.filter(|found| found.severity == Severity::Error).map(Reason::of);
        let failed = record.steps.iter().filter_map(|step| match &step.state {
            StepState::Failed { reason, .. } => Some(Reason {
                sign: Sign::of(Outcome::Error),
                what: format!("step {}: {reason}", step.name),
                place: String::new(),
                next: Some(format!("plimsoll logs {} {}", record.id.short(), step.name)),
            }),
            _ => None,
        });
        let reasons: Vec<_> = invalid.chain(failed).chain(unmeasured(record)).collect();
        let class = if reasons.is_empty() { "none" } else { "error" };
        let sentence =
            "The gate gave no verdict on this run, so nothing of it may ship.".to_owned();
        let next = advice(&reasons);
        Self { class, answer, sentence, reasons, next }
    }
}

impl Reason {
    fn of(finding: &Finding) -> Self {
        Self {
            sign: Sign::of(Outcome::Block),
            what: format!("{}: {}", finding.code, finding.message),
            place: finding::place(finding),
            next: finding.next.clone(),
        }
    }
}

/// Returns why there is no evaluation: of the rules it can only be told that nothing was measured.
fn unmeasured(record: &RunRecord) -> impl Iterator<Item = Reason> {
    record.evaluation_failed.iter().map(|message| Reason {
        sign: Sign::of(Outcome::Error),
        what: format!("not evaluated: {message}"),
        place: String::new(),
        next: None,
    })
}

fn advice(reasons: &[Reason]) -> Vec<String> {
    let mut advice: Vec<String> = Vec::new();
    for next in reasons.iter().filter_map(|reason| reason.next.as_ref()) {
        if !advice.contains(next) {
            advice.push(next.clone());
        }
    }
    advice
}

/// Returns the numbers that a rule was judged by; a rule on a gain is read in its own unit.
fn measured(judged: &Judged) -> String {
    let show = judged.rule.demand.format();
    match (judged.value, &judged.interval) {
        (Some(value), Some(ends)) => {
            format!(": {} [{}, {}]", show(value), show(ends.low), show(ends.high))
        }
        (Some(value), None) => format!(": {}", show(value)),
        (None, _) => ": no value".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_core::evidence::{Interval, Metric};
    use plimsoll_core::gate::{Demand, Rule};

    use super::*;

    #[test]
    fn a_gain_in_losses_is_read_as_a_share_and_nothing_measured_is_said() {
        let method = "boot-t".to_owned();
        let interval = Interval { low: 0.03, high: 0.09, level: 0.95, method, approximate: None };
        let demand = Demand::Beats { metric: Metric::Mae, by: 0.1 };
        let mut judged = Judged {
            rule: Rule::new(7, demand),
            outcome: Outcome::Block,
            value: Some(0.062),
            interval: Some(interval),
            rows: 100,
            blocks: None,
            rows_needed: None,
            message: String::new(),
            next: None,
        };
        assert_eq!(measured(&judged), ": 6.2 % [3.0 %, 9.0 %]");
        (judged.value, judged.interval) = (None, None);
        assert_eq!(measured(&judged), ": no value");
    }

    #[test]
    fn the_same_advice_is_given_once() {
        let reason = |next: Option<&str>| Reason {
            sign: Sign::of(Outcome::Block),
            what: String::new(),
            place: String::new(),
            next: next.map(ToOwned::to_owned),
        };
        let reasons =
            [reason(Some("show")), reason(None), reason(Some("logs")), reason(Some("show"))];
        assert_eq!(advice(&reasons), ["show", "logs"]);
    }
}
