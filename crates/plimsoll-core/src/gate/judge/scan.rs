//! A scan against what it may find: nothing of severity `error` that no waiver excuses.

use super::check::as_weighed;
use super::unmeasured;
use crate::evidence::{CheckState, ScanName, Scanned};
use crate::gate::waiver::Waivers;
use crate::gate::{Judged, Outcome, Rule};
use crate::{Digest, Finding, RunId, Severity};

/// Returns the judged rule, and the findings that go into the verdict with it.
pub(super) fn judge_scan(
    rule: &Rule,
    scan: ScanName,
    scans: &[(Scanned, Digest)],
    waivers: &mut Waivers<'_>,
    run: RunId,
) -> (Judged, Vec<Finding>) {
    let Some((scanned, _)) = scans.iter().find(|(scanned, _)| scanned.scan == scan) else {
        return (unmeasured(rule, "it was not scanned"), Vec::new());
    };
    let found = waivers.without_waived_exactly(rule, scanned.findings.iter().cloned());
    let blocking = found.iter().filter(|finding| finding.severity == Severity::Error).count();
    let outcome = match scanned.state {
        CheckState::Failed | CheckState::Undecided => Outcome::Error,
        CheckState::Answered if blocking > 0 => Outcome::Block,
        CheckState::Answered => Outcome::Pass,
    };
    let message = match outcome {
        Outcome::Error => format!("scan {scan} could not run: {}", scanned.summary),
        _ => scanned.summary.clone(),
    };
    let judged = Judged {
        outcome,
        rows: scanned.count,
        message,
        next: (outcome > Outcome::NotApplicable).then(|| format!("plimsoll show {}", run.short())),
        ..unmeasured(rule, "")
    };
    (judged, found.into_iter().map(|finding| as_weighed(rule, finding)).collect())
}
