//! A rule about weak parts: none that a search finds may be much worse than the rest.

use super::check::as_weighed;
use super::interval::rows_to_settle;
use super::unmeasured;
use crate::evidence::{Evaluation, Metric};
use crate::gate::waiver::Waivers;
use crate::gate::{Judged, Outcome, Rule};
use crate::{Finding, RunId};

/// How many parts become findings; the evidence has more.
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
    let all = weak.beyond(worse_by);
    let too_weak = all.len();
    // All of them are held against waivers: one beyond those that are named must not pass unseen.
    let mut left = waivers.without_waived_of(rule, all);
    let mut open = weak.undecided(worse_by).peekable();
    let worst = weak.parts.iter().map(|part| part.ratio).fold(f64::NAN, f64::max);
    let searched = format!("{} parts of at least {} rows", weak.searched, weak.support);
    let mut rows_needed = None;
    let (outcome, message) = match left.len() {
        _ if weak.searched == 0 => {
            (Outcome::Inconclusive, "no part has enough rows to be searched".to_owned())
        }
        found if found > 0 => {
            (Outcome::Block, format!("{found} of {searched} are that much worse in {metric}"))
        }
        _ if open.peek().is_some() => {
            let (value, high) =
                open.peek().map_or((limit, limit), |part| (part.ratio, part.interval.high));
            rows_needed = rows_to_settle(evaluation.overall.rows, value, high, limit);
            let which = open.map(|part| part.condition.as_str()).take(3).collect::<Vec<_>>();
            let message = format!(
                "of {searched} it cannot be told whether they are that much worse in {metric} where {}",
                which.join("; or ")
            );
            (Outcome::Inconclusive, message)
        }
        _ if weak.untold() > 0 => {
            let told = if too_weak > 0 {
                format!("all {too_weak} weak parts that are told are excused")
            } else {
                "none of the parts that are told is that much worse".to_owned()
            };
            (Outcome::Inconclusive, format!("{told}, and {} more were found", weak.untold()))
        }
        _ if too_weak > 0 => (Outcome::Pass, format!("all {too_weak} weak parts are excused")),
        _ => (Outcome::Pass, format!("none of {searched} is that much worse in {metric}")),
    };
    left.truncate(NAMED);
    let left: Vec<Finding> = left.into_iter().map(|found| as_weighed(rule, found)).collect();
    let judged = Judged {
        outcome,
        value: worst.is_finite().then_some(worst - 1.0),
        rows: evaluation.overall.rows,
        blocks: evaluation.overall.blocks,
        rows_needed,
        message,
        next: (outcome > Outcome::NotApplicable).then(|| format!("plimsoll show {}", run.short())),
        ..unmeasured(rule, "")
    };
    (judged, left)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{case, evaluation, interval, part, wape};
    use super::super::{Answer, Champion, Verdict, Waiver, judge};
    use super::*;
    use crate::Digest;
    use crate::Severity;
    use crate::evidence::{WeakPart, WeakParts};
    use crate::gate::Weight;
    use crate::gate::{Demand, WEAK_PART};

    fn weak(ratio: f64) -> WeakPart {
        WeakPart {
            condition: format!("hr in [{ratio}]"),
            rows: 90,
            loss: 30.0,
            ratio,
            interval: interval(ratio - 0.2, ratio + 0.2),
            p_adjusted: 0.001,
            optimistic: false,
        }
    }

    fn found(parts: Vec<WeakPart>) -> Evaluation {
        let mut measured = evaluation(part(1716, 73, wape(0.1, 0.1, 0.1)));
        measured.weak = Some(WeakParts {
            loss: "absolute error".into(),
            searched: 120,
            support: 50,
            features: vec!["hr".into()],
            found: parts.len() as u64,
            parts,
        });
        measured
    }

    fn rule(worse_by: f64) -> Rule {
        Rule::new(52, Demand::Weak { metric: Metric::Wape, worse_by })
    }

    fn verdict(measured: &Evaluation, rule: &Rule, waivers: &[Waiver]) -> Verdict {
        let evidence = Some((measured, Digest::blake3(b"evidence")));
        let rules = std::slice::from_ref(rule);
        let run = RunId::from_bytes([1; 16]);
        judge(crate::gate::Case { waivers, ..case(run, rules, evidence, Champion::Never) }).unwrap()
    }

    fn waiver(part: &WeakPart) -> Waiver {
        Waiver {
            line: 70,
            finding: WEAK_PART,
            subject: Some(part.condition.clone()),
            path: None,
            owner: "ada".into(),
            reason: "nobody is served there".into(),
            expires: "2100-01-01".parse().unwrap(),
            from: crate::gate::Origin::Project,
        }
    }

    #[test]
    fn a_part_blocks_with_its_whole_interval_and_is_open_where_it_holds_the_limit() {
        let measured = found(vec![weak(1.8), weak(1.3)]);
        let strict = verdict(&measured, &rule(0.5), &[]);
        assert_eq!((strict.rules[0].outcome, strict.findings.len()), (Outcome::Block, 1));
        assert!(
            strict.findings[0].message.contains("hr in [1.8]"),
            "{}",
            strict.findings[0].message
        );
        let open = verdict(&measured, &rule(0.9), &[]);
        assert_eq!((open.rules[0].outcome, open.answer), (Outcome::Inconclusive, Answer::Block));
        assert!(open.rules[0].message.contains("hr in [1.8]"), "{}", open.rules[0].message);
        assert!(open.rules[0].rows_needed.is_some());
        assert_eq!(verdict(&measured, &rule(1.0), &[]).answer, Answer::Pass);
    }

    #[test]
    fn what_was_not_searched_does_not_pass() {
        let mut measured = found(Vec::new());
        assert_eq!(verdict(&measured, &rule(1.0), &[]).answer, Answer::Pass);
        if let Some(weak) = &mut measured.weak {
            weak.searched = 0;
        }
        assert_eq!(verdict(&measured, &rule(1.0), &[]).rules[0].outcome, Outcome::Inconclusive);
        measured.weak = None;
        assert_eq!(verdict(&measured, &rule(1.0), &[]).answer, Answer::Error);
    }

    #[test]
    fn waivers_excuse_what_they_name_and_no_part_beyond_those_that_are_told() {
        let parts: Vec<WeakPart> = (0..30).map(|at| weak(2.0 + f64::from(at))).collect();
        let named: Vec<Waiver> = parts.iter().take(20).map(waiver).collect();
        let measured = found(parts.clone());
        let some = verdict(&measured, &rule(0.5), &named);
        assert_eq!((some.rules[0].outcome, some.waived.len()), (Outcome::Block, 20));
        assert!(some.rules[0].message.starts_with("10 of "), "{}", some.rules[0].message);
        let all: Vec<Waiver> = parts.iter().map(waiver).collect();
        assert_eq!(verdict(&measured, &rule(0.5), &all).answer, Answer::Pass);
        let mut more = measured.clone();
        if let Some(weak) = &mut more.weak {
            weak.found += 5;
        }
        assert_eq!(verdict(&more, &rule(0.5), &all).rules[0].outcome, Outcome::Inconclusive);
    }

    #[test]
    fn a_rule_that_only_warns_takes_waivers_too() {
        let measured = found(vec![weak(1.8)]);
        let mut warning = rule(0.5);
        warning.severity = Weight::Warning;
        let told = verdict(&measured, &warning, &[]);
        assert_eq!((told.answer, told.findings[0].severity), (Answer::Pass, Severity::Warning));
        let excused = verdict(&measured, &warning, &[waiver(&weak(1.8))]);
        assert_eq!((excused.findings.len(), excused.waived.len()), (0, 1));
    }
}
