//! The case of a run: what its record and evidence bring before the gate.

use super::{Case, Champion, Verdict, judge, weakened};
use crate::event::RunStart;
use crate::evidence::Evaluation;
use crate::{Digest, RunId};

/// Returns the verdict on the run that began with `start`, from stored evidence alone.
///
/// `champion` is how the champion's run began, where the run was compared with one. The run and
/// `plimsoll gate` both come here, so what is recomputed is what was decided.
///
/// # Errors
/// The rules have no JSON, and so no digest.
pub fn verdict_on(
    run: RunId,
    start: &RunStart,
    evaluation: Option<(&Evaluation, Digest)>,
    champion: Option<&RunStart>,
) -> Result<Verdict, serde_json::Error> {
    let findings = champion.map(|champion| weakened(&champion.project, &start.project));
    judge(Case {
        run,
        rules: &start.project.gate,
        evaluation,
        champion: match (start.champion, start.champion_lost) {
            (Some(_), _) => Champion::Expected,
            (None, true) => Champion::Lost,
            (None, false) => Champion::Never,
        },
        findings: findings.unwrap_or_default(),
    })
}
