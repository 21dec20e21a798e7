//! The answer, and every reason why it is not a pass.

use plimsoll_core::gate::{Answer, Outcome, Verdict};
use plimsoll_core::record::StepState;
use plimsoll_core::{Finding, Severity};

use super::{Report, Sign};

/// What stands on top of the page.
pub(super) struct Headline {
    pub class: &'static str,
    pub answer: String,
    pub sentence: String,
    pub reasons: Vec<Reason>,
}

/// One thing that keeps the model from shipping.
pub(super) struct Reason {
    pub sign: Sign,
    pub what: String,
    pub place: String,
    pub next: String,
}

impl Headline {
    pub(super) fn of(report: &Report<'_>) -> Self {
        let Some(verdict) = report.verdict else { return Self::without_verdict(report) };
        let (class, sentence) = match verdict.answer {
            Answer::Pass => ("pass", format!("This model may ship: {}.", holding(verdict))),
            Answer::Block => ("block", format!("This model may not ship: {}.", refused(verdict))),
            Answer::Error => {
                let why = refused(verdict);
                (
                    "error",
                    format!("This model may not ship, not everything could be judged: {why}."),
                )
            }
        };
        let rules = verdict.rules.iter().filter(|judged| judged.outcome > Outcome::NotApplicable);
        let rules = rules.map(|judged| Reason {
            sign: Sign::of(judged.outcome),
            what: judged.rule.demand.to_string(),
            place: format!("plimsoll.yaml:{}", judged.rule.line),
            next: judged.next.clone().unwrap_or_default(),
        });
        let found = verdict.findings.iter().filter(|found| found.severity == Severity::Error);
        let reasons = rules.chain(found.map(Reason::of)).collect();
        Self { class, answer: verdict.answer.to_string(), sentence, reasons }
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
                next: format!("plimsoll logs {} {}", record.id.short(), step.name),
            }),
            _ => None,
        });
        let unmeasured = record.evaluation_failed.iter().map(|message| Reason {
            sign: Sign::of(Outcome::Error),
            what: format!("not evaluated: {message}"),
            place: "plimsoll.yaml, `evaluate`".to_owned(),
            next: String::new(),
        });
        let reasons: Vec<_> = invalid.chain(failed).chain(unmeasured).collect();
        let class = if reasons.is_empty() { "none" } else { "error" };
        let sentence =
            "The gate gave no verdict on this run, so nothing of it may ship.".to_owned();
        Self { class, answer, sentence, reasons }
    }
}

impl Reason {
    fn of(finding: &Finding) -> Self {
        Self {
            sign: Sign::of(Outcome::Block),
            what: format!("{}: {}", finding.code, finding.message),
            place: place(finding),
            next: finding.next.clone().unwrap_or_default(),
        }
    }
}

/// Returns file and line, where there are any.
pub(super) fn place(finding: &Finding) -> String {
    match (&finding.path, finding.line) {
        (Some(path), Some(line)) => format!("{path}:{line}"),
        (Some(path), None) => path.clone(),
        _ => String::new(),
    }
}

fn holding(verdict: &Verdict) -> String {
    let rules = verdict.rules.len();
    let idle = verdict.rules.iter().filter(|rule| rule.outcome == Outcome::NotApplicable).count();
    match idle {
        _ if rules == 0 => "there are no rules".to_owned(),
        0 => format!("all {rules} rules hold"),
        _ => format!("{} of {rules} rules hold, {idle} do not apply yet", rules - idle),
    }
}

fn refused(verdict: &Verdict) -> String {
    let failed = verdict.rules.iter().filter(|rule| rule.outcome > Outcome::NotApplicable).count();
    let found = verdict.findings.iter().filter(|found| found.severity == Severity::Error).count();
    let rules = verdict.rules.len();
    match (failed, found) {
        (0, _) => format!("{found} finding(s) block, although {}", holding(verdict)),
        (_, 0) => format!("{failed} of {rules} rules do not hold"),
        _ => format!("{failed} of {rules} rules do not hold, and {found} finding(s) block"),
    }
}
