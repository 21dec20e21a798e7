//! The case of a run: what its record and evidence bring before the gate.

use super::policy::weakened_by;
use super::{Case, Champion, Demand, JudgedOn, Transition, Verdict, judge, weakened};
use crate::card::{Facts, Prose, found_in_prose};
use crate::event::RunStart;
use crate::evidence::{Evaluation, Scanned};
use crate::project::Project;
use crate::{Day, Digest, Finding, RunId};

/// What a run brought before the gate, and when.
#[derive(Clone, Copy, Debug)]
pub struct Brought<'a> {
    /// The evaluation and its digest.
    pub evaluation: Option<(&'a Evaluation, Digest)>,
    /// The scans and their digests.
    pub scans: &'a [(Scanned, Digest)],
    /// How the champion's run began, where the run was compared with one.
    pub champion: Option<&'a RunStart>,
    /// What was wrong with the datasets.
    pub data: &'a [Finding],
    /// The day on which the run began.
    pub today: Day,
    /// What the verdict is for.
    pub at: Transition,
}

/// Returns the verdict on the run that began with `start`, from stored evidence alone.
///
/// The run and `plimsoll gate` both come here, so what is recomputed is what was decided.
///
/// # Errors
/// The rules have no JSON, and so no digest.
pub fn verdict_on(
    run: RunId,
    start: &RunStart,
    brought: Brought<'_>,
) -> Result<Verdict, serde_json::Error> {
    let Brought { evaluation, scans, champion, data, today, at } = brought;
    let mut findings = data.to_vec();
    findings.extend(weakened_by(&start.project));
    findings.extend(champion.iter().flat_map(|old| weakened(&old.project, &start.project)));
    let facts = evaluation.map(|(evaluation, _)| Facts::of(start, evaluation));
    let card = start.project.card.as_ref().zip(facts.as_ref());
    findings.extend(said_of_card(&start.project, card));
    judge(Case {
        run,
        rules: &start.project.gate,
        evaluation,
        scans,
        card,
        champion: match (start.champion, start.champion_lost) {
            (Some(_), _) => Champion::Expected,
            (None, true) => Champion::Lost,
            (None, false) => Champion::Never,
        },
        findings,
        waivers: &start.project.waivers,
        today,
        at,
        of: JudgedOn::of(start),
    })
}

impl JudgedOn {
    /// Returns what a verdict on the run that began with `start` is about.
    pub fn of(start: &RunStart) -> Self {
        let commit = start.commit.as_ref();
        Self {
            commit: commit.and_then(|commit| commit.hash.clone()),
            dirty: commit.is_none_or(|commit| commit.dirty),
            data: start.data.iter().map(|(name, pin)| (name.clone(), pin.digest)).collect(),
            policy: start.project.policy,
        }
    }
}

/// Returns what is to be said of the sections of the card that no rule demands; of those that one
/// does, the rule says it.
fn said_of_card(project: &Project, card: Option<(&Prose, &Facts)>) -> Vec<Finding> {
    let Some((prose, facts)) = card else { return Vec::new() };
    let demanded = project.gate.iter().filter_map(|rule| match &rule.demand {
        Demand::Card { sections } => Some(sections),
        _ => None,
    });
    found_in_prose(prose, facts, &demanded.flatten().cloned().collect())
}
