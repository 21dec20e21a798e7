//! Judging a case by its rules.

mod budget;
mod card;
mod check;
mod gain;
mod interval;
mod limit;
mod scan;
mod weak;

use super::waiver::Waivers;
use super::{
    Answer, Demand, Judged, JudgedOn, Outcome, Rule, Transition, VERDICT, Verdict, Waiver,
};
use crate::card::{Facts, Prose};
use crate::evidence::{Evaluation, Scanned};
use crate::{Code, Day, Digest, Finding, RunId, Severity};

const NO_RULES: Code = Code::of("gate.no-rules");
const NO_EVALUATION: Code = Code::of("gate.no-evaluation");

/// What is known of a champion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Champion {
    /// There has never been one: rules about it do not apply.
    Never,
    /// There is one: rules about it must be judged.
    Expected,
    /// There was one, and none of the versions is it now: rules about it cannot be judged.
    Lost,
}

/// Everything that a verdict follows from.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// The run that made the candidate.
    pub run: RunId,
    /// The rules in the order of the file.
    pub rules: &'a [Rule],
    /// The candidate's evaluation and its digest.
    pub evaluation: Option<(&'a Evaluation, Digest)>,
    /// The scans and their digests.
    pub scans: &'a [(Scanned, Digest)],
    /// What the owners say, and the facts to hold it against.
    pub card: Option<(&'a Prose, &'a Facts)>,
    /// What is known of a champion.
    pub champion: Champion,
    /// What was found elsewhere, such as [`super::weakened`].
    pub findings: Vec<Finding>,
    /// What is excused.
    pub waivers: &'a [Waiver],
    /// The day that waivers are held against.
    pub today: Day,
    /// What the verdict is for.
    pub at: Transition,
    /// What it is about.
    pub of: JudgedOn,
}

/// Returns the verdict on `case`.
///
/// # Errors
/// The rules have no JSON, and so no digest.
pub fn judge(case: Case<'_>) -> Result<Verdict, serde_json::Error> {
    let policy = Digest::of_json(case.rules)?;
    let mut waivers = Waivers::new(case.waivers, case.today);
    let mut findings = waivers.without_waived(case.findings);
    let mut rules = Vec::with_capacity(case.rules.len());
    if case.rules.is_empty() {
        let message = "the gate has no rules, so nothing says that this model is fit to ship";
        let mut finding = Finding::new(NO_RULES, Severity::Error, message);
        finding.next =
            Some("add `gate:` to plimsoll.yaml, such as `- { metric: mae, max: 10 }`".into());
        findings.push(finding);
    }
    match case.evaluation {
        None => {
            let message = "the model was not evaluated, so no rule can be judged";
            let mut finding = Finding::new(NO_EVALUATION, Severity::Error, message);
            finding.next = Some(format!("plimsoll show {}", case.run.short()));
            findings.push(finding);
            for rule in case.rules.iter().map(|rule| rule.judged_at(case.at)) {
                // A scan needs no evaluation, and what it found is worth knowing all the same.
                let (judged, found) = match &rule.demand {
                    Demand::Scan { scan } => {
                        scan::judge_scan(&rule, *scan, case.scans, &mut waivers, case.run)
                    }
                    _ => (unmeasured(&rule, "nothing was measured"), Vec::new()),
                };
                rules.push(judged);
                add_new(&mut findings, found);
            }
        }
        Some((evaluation, _)) => {
            findings.extend(waivers.without_waived(evaluation.findings.iter().cloned()));
            for rule in case.rules.iter().map(|rule| rule.judged_at(case.at)) {
                let rule = &rule;
                if !rule.applies_to(evaluation.task) {
                    let message = format!("it is not measured for a {} task", evaluation.task);
                    let outcome = Outcome::NotApplicable;
                    rules.push(Judged { outcome, message, ..unmeasured(rule, "") });
                    continue;
                }
                let (judged, found) = match &rule.demand {
                    Demand::Limit { .. } => {
                        (limit::judge_limit(rule, evaluation, case.run), Vec::new())
                    }
                    Demand::Beats { .. } => {
                        let judged = gain::judge_gain(rule, evaluation, case.champion, case.run);
                        (judged, Vec::new())
                    }
                    Demand::Check { check } => {
                        check::judge_check(rule, *check, evaluation, &mut waivers, case.run)
                    }
                    Demand::Scan { scan } => {
                        scan::judge_scan(rule, *scan, case.scans, &mut waivers, case.run)
                    }
                    Demand::Card { sections } => {
                        card::judge_card(rule, sections, case.card, &mut waivers, case.run)
                    }
                    Demand::Budget { budget, bound } => {
                        (budget::judge_budget(rule, *budget, *bound, evaluation), Vec::new())
                    }
                    Demand::Weak { metric, worse_by } => {
                        let (metric, by) = (*metric, *worse_by);
                        weak::judge_weak(rule, metric, by, evaluation, &mut waivers, case.run)
                    }
                };
                rules.push(judged);
                add_new(&mut findings, found);
            }
        }
    }
    let (waived, of_waivers) = waivers.finish();
    findings.extend(of_waivers);
    let unjudged = case.rules.is_empty()
        || case.evaluation.is_none()
        || rules.iter().any(|judged| judged.outcome == Outcome::Error && judged.stops());
    let blocked = rules.iter().any(Judged::stops)
        || findings.iter().any(|finding| finding.severity == Severity::Error);
    let answer = match (unjudged, blocked) {
        (true, _) => Answer::Error,
        (false, true) => Answer::Block,
        (false, false) => Answer::Pass,
    };
    Ok(Verdict {
        schema: VERDICT.to_owned(),
        run: case.run,
        answer,
        policy,
        evidence: case.evaluation.map(|(_, digest)| digest),
        scans: case.scans.iter().map(|(scanned, digest)| (scanned.scan, *digest)).collect(),
        at: case.at,
        of: Some(case.of),
        rules,
        findings,
        waived,
    })
}

/// Adds what was not found before: two rules may ask for the same check or scan.
fn add_new(findings: &mut Vec<Finding>, found: Vec<Finding>) {
    for finding in found {
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
}

fn unmeasured(rule: &Rule, why: &str) -> Judged {
    Judged {
        rule: rule.clone(),
        outcome: Outcome::Error,
        value: None,
        interval: None,
        rows: 0,
        blocks: None,
        rows_needed: None,
        message: format!("`{}` could not be judged: {why}", rule.demand),
        next: None,
    }
}

#[cfg(test)]
mod tests;
