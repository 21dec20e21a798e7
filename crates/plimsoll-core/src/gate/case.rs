//! The case of a run: what its record and evidence bring before the gate.

use super::policy::weakened_by;
use super::{Case, Champion, Verdict, judge, weakened};
use crate::event::RunStart;
use crate::evidence::Evaluation;
use crate::{Day, Digest, Finding, RunId};

/// Returns the verdict on the run that began with `start`, from stored evidence alone.
///
/// `champion` is how the champion's run began, where the run was compared with one; `data` is what was
/// wrong with the datasets; `today` is the day on which the run began. The run and `plimsoll gate` both come here, so what is recomputed is
/// what was decided.
///
/// # Errors
/// The rules have no JSON, and so no digest.
pub fn verdict_on(
    run: RunId,
    start: &RunStart,
    evaluation: Option<(&Evaluation, Digest)>,
    champion: Option<&RunStart>,
    data: &[Finding],
    today: Day,
) -> Result<Verdict, serde_json::Error> {
    let mut findings = data.to_vec();
    findings.extend(weakened_by(&start.project));
    findings.extend(champion.iter().flat_map(|old| weakened(&old.project, &start.project)));
    judge(Case {
        run,
        rules: &start.project.gate,
        evaluation,
        champion: match (start.champion, start.champion_lost) {
            (Some(_), _) => Champion::Expected,
            (None, true) => Champion::Lost,
            (None, false) => Champion::Never,
        },
        findings,
        waivers: &start.project.waivers,
        today,
    })
}
