//! A check against what it may find: nothing of severity `error` that no waiver excuses.

use super::unmeasured;
use crate::evidence::{CheckName, CheckState, Evaluation};
use crate::gate::waiver::Waivers;
use crate::gate::{Judged, Outcome, Rule, Weight};
use crate::{Finding, RunId, Severity};

/// Returns the judged rule, and the findings that go into the verdict with it.
pub(super) fn judge_check(
    rule: &Rule,
    check: CheckName,
    evaluation: &Evaluation,
    waivers: &mut Waivers<'_>,
    run: RunId,
) -> (Judged, Vec<Finding>) {
    let Some(checked) = evaluation.checks.iter().find(|checked| checked.check == check) else {
        return (unmeasured(rule, &format!("{check} was not run")), Vec::new());
    };
    let found = waivers.without_waived_of(rule, checked.findings.iter().cloned());
    let blocking = found.iter().filter(|finding| finding.severity == Severity::Error).count();
    let (outcome, message) = match checked.state {
        CheckState::Failed => {
            (Outcome::Error, format!("{check} could not run: {}", checked.summary))
        }
        _ if blocking > 0 => (Outcome::Block, checked.summary.clone()),
        CheckState::Undecided => (Outcome::Inconclusive, checked.summary.clone()),
        CheckState::Answered => (Outcome::Pass, checked.summary.clone()),
    };
    let judged = Judged {
        outcome,
        rows: checked.rows,
        rows_needed: checked.rows_needed.filter(|_| outcome == Outcome::Inconclusive),
        message,
        next: (outcome > Outcome::NotApplicable).then(|| format!("plimsoll show {}", run.short())),
        ..unmeasured(rule, "")
    };
    (judged, found.into_iter().map(|finding| as_weighed(rule, finding)).collect())
}

/// Returns a finding as it weighs in a rule: one that only warns must not block by itself.
pub(super) fn as_weighed(rule: &Rule, mut finding: Finding) -> Finding {
    let most = match rule.severity {
        Weight::Error => Severity::Error,
        Weight::Warning => Severity::Warning,
        Weight::Note => Severity::Info,
    };
    finding.severity = finding.severity.min(most);
    finding
}
