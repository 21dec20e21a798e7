//! Judging a case by its rules.

use super::{
    Answer, Bound, Demand, FEWEST_BLOCKS, FEWEST_ROWS, Judged, Outcome, Rule, VERDICT, Verdict,
};
use crate::evidence::{Better, Evaluation, Interval, Metric, Part};
use crate::{Code, Digest, Finding, RunId, Severity, number};

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
    /// What is known of a champion.
    pub champion: Champion,
    /// What was found elsewhere, such as [`super::weakened`].
    pub findings: Vec<Finding>,
}

/// Returns the verdict on `case`.
///
/// # Errors
/// The rules have no JSON, and so no digest.
pub fn judge(case: Case<'_>) -> Result<Verdict, serde_json::Error> {
    let policy = Digest::of_json(case.rules)?;
    let mut findings = case.findings;
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
            rules.extend(case.rules.iter().map(|rule| unmeasured(rule, "nothing was measured")));
        }
        Some((evaluation, _)) => {
            findings.extend(evaluation.findings.iter().cloned());
            let judged = case.rules.iter().map(|rule| match &rule.demand {
                Demand::Limit { .. } => judge_limit(rule, evaluation, case.run),
                Demand::Beats { .. } => judge_gain(rule, evaluation, case.champion, case.run),
            });
            rules.extend(judged);
        }
    }
    let unjudged = case.rules.is_empty()
        || case.evaluation.is_none()
        || rules.iter().any(|judged| judged.outcome == Outcome::Error);
    let blocked = rules.iter().any(|judged| judged.outcome > Outcome::NotApplicable)
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
        rules,
        findings,
    })
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

fn judge_limit(rule: &Rule, evaluation: &Evaluation, run: RunId) -> Judged {
    let Demand::Limit { metric, bound, slice } = &rule.demand else {
        return unmeasured(rule, "it is no limit");
    };
    let part = match slice {
        None => &evaluation.overall,
        Some(name) => match evaluation.slices.get(name) {
            Some(part) => part,
            None => return unmeasured(rule, &format!("slice `{name}` was not measured")),
        },
    };
    let place = match slice {
        None => format!("on all {} rows", part.rows),
        Some(name) => format!("on slice `{name}` ({} rows)", part.rows),
    };
    if part.rows == 0 {
        let mut judged = unmeasured(rule, &format!("there is nothing to measure {place}"));
        judged.next = Some("check the conditions under `evaluate.slices` in plimsoll.yaml".into());
        return judged;
    }
    let Some(measured) = part.measured(*metric) else {
        return unmeasured(rule, &format!("{} was not measured {place}", metric.label()));
    };
    let reason = measured.reason.as_deref().unwrap_or("no reason is recorded");
    let Some(value) = measured.value.filter(|value| value.is_finite()) else {
        return unmeasured(rule, &format!("{} has no value {place} ({reason})", metric.label()));
    };
    let Some(interval) = measured.interval.as_ref().filter(|interval| interval.is_sound()) else {
        return unmeasured(rule, &format!("{} has no interval {place} ({reason})", metric.label()));
    };
    let champion = evaluation.comparison.as_ref().map(|comparison| comparison.champion);
    decide(rule, metric.label(), &place, value, interval, *bound, part, run, champion)
}

fn judge_gain(rule: &Rule, evaluation: &Evaluation, champion: Champion, run: RunId) -> Judged {
    let Demand::Beats { metric, by } = &rule.demand else {
        return unmeasured(rule, "it is no comparison");
    };
    let Some(comparison) = &evaluation.comparison else {
        return match champion {
            Champion::Never => Judged {
                outcome: Outcome::NotApplicable,
                message: "there is no champion to compare with yet".to_owned(),
                ..unmeasured(rule, "")
            },
            Champion::Expected => unmeasured(rule, "the champion was not measured"),
            Champion::Lost => Judged {
                next: Some("plimsoll deploy MODEL@VERSION".to_owned()),
                ..unmeasured(rule, "there are versions, but none is the champion")
            },
        };
    };
    let name = format!("{} gain over champion {}", metric.label(), comparison.champion.short());
    let Some(compared) = comparison.metrics.iter().find(|compared| compared.metric == *metric)
    else {
        return unmeasured(rule, &format!("{name} was not measured"));
    };
    // Packaged or documented anew, it is no challenger; fed otherwise, it is one and answers otherwise.
    let is_champion = comparison.model == evaluation.model
        && compared.challenger.is_some()
        && compared.champion == compared.challenger;
    if is_champion {
        return Judged {
            outcome: Outcome::NotApplicable,
            rows: evaluation.overall.rows,
            blocks: evaluation.overall.blocks,
            message: format!(
                "this is the champion's own model ({}), and it answers alike",
                comparison.model.short()
            ),
            ..unmeasured(rule, "")
        };
    }
    let reason = compared.reason.as_deref().unwrap_or("no reason is recorded");
    let Some(gain) = compared.gain.filter(|gain| gain.is_finite()) else {
        return unmeasured(rule, &format!("{name} has no value ({reason})"));
    };
    let Some(interval) = compared.interval.as_ref().filter(|interval| interval.is_sound()) else {
        return unmeasured(rule, &format!("{name} has no interval ({reason})"));
    };
    let place = format!("on the same {} rows", evaluation.overall.rows);
    let champion = Some(comparison.champion);
    decide(rule, &name, &place, gain, interval, Bound::Min(*by), &evaluation.overall, run, champion)
}

#[expect(clippy::too_many_arguments, reason = "one sentence needs all its parts")]
fn decide(
    rule: &Rule,
    name: &str,
    place: &str,
    value: f64,
    interval: &Interval,
    bound: Bound,
    part: &Part,
    run: RunId,
    champion: Option<RunId>,
) -> Judged {
    let (worse, better) = match bound {
        Bound::Max(_) => (interval.high, interval.low),
        Bound::Min(_) => (interval.low, interval.high),
    };
    let limit = bound.limit();
    let within = |end: f64| match bound {
        Bound::Max(_) => end <= limit,
        Bound::Min(_) => end >= limit,
    };
    let show = if relative(&rule.demand) { number::percent } else { number::show };
    let few_rows = part.rows < FEWEST_ROWS;
    let few_blocks = part.blocks.is_some_and(|blocks| blocks < FEWEST_BLOCKS);
    let mut rows_needed = None;
    let accepted = match bound {
        Bound::Max(_) => format!("at most {} accepted", show(limit)),
        Bound::Min(_) => format!("at least {} accepted", show(limit)),
    };
    let (outcome, reading) = if few_rows {
        rows_needed = Some(FEWEST_ROWS);
        (Outcome::Inconclusive, format!("fewer than {FEWEST_ROWS} rows decide nothing"))
    } else if few_blocks {
        let blocks = part.blocks.unwrap_or(0);
        rows_needed = (blocks > 0).then(|| part.rows.div_ceil(blocks) * FEWEST_BLOCKS);
        (
            Outcome::Inconclusive,
            format!("{blocks} blocks decide nothing, {FEWEST_BLOCKS} are needed"),
        )
    } else if within(worse) {
        (Outcome::Pass, "the worse end is within the limit".to_owned())
    } else if !within(better) {
        (Outcome::Block, "the whole interval lies beyond the limit".to_owned())
    } else {
        let end = if within(value) { worse } else { better };
        rows_needed = rows_to_settle(part.rows, value, end, limit);
        let settled = rows_needed.map_or_else(
            || "the value lies on the limit, so no number of rows settles it".to_owned(),
            |rows| format!("about {rows} rows like these would settle it"),
        );
        (Outcome::Inconclusive, format!("the limit lies inside the interval; {settled}"))
    };
    let level = interval.level * 100.0;
    let remark = interval.approximate.as_ref().map(|why| format!(", approximate: {why}"));
    let message = format!(
        "{name} is {} [{}, {}] ({level:.0} %{}) {place}, {accepted}: {reading}",
        show(value),
        show(interval.low),
        show(interval.high),
        remark.unwrap_or_default(),
    );
    let next = match outcome {
        Outcome::Pass | Outcome::NotApplicable => None,
        _ => Some(match champion {
            Some(champion) => format!("plimsoll diff {} {}", champion.short(), run.short()),
            None => format!("plimsoll show {}", run.short()),
        }),
    };
    Judged {
        rule: rule.clone(),
        outcome,
        value: Some(value),
        interval: Some(interval.clone()),
        rows: part.rows,
        blocks: part.blocks,
        rows_needed,
        message,
        next,
    }
}

/// Tells whether a gain is a share of the champion's loss, which reads as a percentage.
fn relative(demand: &Demand) -> bool {
    match demand {
        Demand::Limit { .. } => false,
        Demand::Beats { metric, .. } => metric_is_loss(*metric),
    }
}

fn metric_is_loss(metric: Metric) -> bool {
    metric.better() == Better::Lower
}

/// Returns about how many rows bring the end that matters to the limit: an interval's width
/// falls with the root of their number.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate, clamped to what fits"
)]
fn rows_to_settle(rows: u64, value: f64, end: f64, limit: f64) -> Option<u64> {
    let needed = rows as f64 * ((end - value) / (limit - value)).powi(2);
    if !needed.is_finite() || needed > 1e15 {
        return None;
    }
    // Two digits: more would claim to be known.
    let scale = 10_f64.powf(needed.max(1.0).log10().floor() - 1.0).max(1.0);
    Some(((needed / scale).ceil() * scale) as u64)
}

#[cfg(test)]
mod tests;
