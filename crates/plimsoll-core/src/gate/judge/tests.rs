use std::collections::BTreeMap;

use super::*;
use crate::evidence::{
    Baseline, Budget, CheckName, CheckState, Checked, Compared, Comparison, Cost, EVALUATION,
    Interval, Measured, Metric, Part, ScanName, Scanned, Spent,
};
use crate::gate::{Bound, Inconclusive, Weight};
use crate::project::Task;

pub(super) fn interval(low: f64, high: f64) -> Interval {
    Interval { low, high, level: 0.95, method: "block boot-t".into(), approximate: None }
}

pub(super) fn wape(value: f64, low: f64, high: f64) -> Measured {
    Measured {
        metric: Metric::Wape,
        value: Some(value),
        interval: Some(interval(low, high)),
        reason: None,
    }
}

pub(super) fn part(rows: u64, blocks: u64, measured: Measured) -> Part {
    Part { rows, blocks: Some(blocks), condition: None, metrics: vec![measured] }
}

pub(super) fn evaluation(overall: Part) -> Evaluation {
    Evaluation {
        schema: EVALUATION.into(),
        task: Task::Regression,
        model: Digest::blake3(b"model"),
        on: Digest::blake3(b"test"),
        target: "cnt".into(),
        block: Some("dteday".into()),
        look: None,
        runtime: None,
        overall,
        slices: BTreeMap::new(),
        baseline: Baseline { name: "mean".into(), metrics: BTreeMap::new() },
        comparison: None,
        findings: Vec::new(),
        checks: Vec::new(),
        weak: None,
        weak_failed: None,
        spent: None,
        plots: Vec::new(),
    }
}

fn at_most(limit: f64) -> Rule {
    let demand = Demand::Limit { metric: Metric::Wape, bound: Bound::Max(limit), slice: None };
    Rule::new(40, demand)
}

fn verdict(evaluation: &Evaluation, rules: &[Rule]) -> Verdict {
    let digest = Digest::blake3(b"evidence");
    judge(Case {
        run: RunId::from_bytes([1; 16]),
        rules,
        evaluation: Some((evaluation, digest)),
        scans: &[],
        card: None,
        champion: Champion::Never,
        findings: Vec::new(),
        waivers: &[],
        today: Day::of(crate::Timestamp::default()),
        at: Transition::Release,
        of: nothing(),
    })
    .unwrap()
}

#[test]
fn a_limit_holds_at_the_worse_end_only() {
    let measured = evaluation(part(1716, 73, wape(0.160, 0.142, 0.180)));
    let cases = [
        (0.25, Outcome::Pass, Answer::Pass),
        (0.18, Outcome::Pass, Answer::Pass),
        (0.17, Outcome::Inconclusive, Answer::Block),
        (0.15, Outcome::Inconclusive, Answer::Block),
        (0.14, Outcome::Block, Answer::Block),
    ];
    for (limit, outcome, answer) in cases {
        let verdict = verdict(&measured, &[at_most(limit)]);
        assert_eq!((verdict.rules[0].outcome, verdict.answer), (outcome, answer), "{limit}");
    }
}

#[test]
fn a_refusal_says_number_interval_limit_and_what_settles_it() {
    let measured = evaluation(part(336, 14, wape(0.230, 0.190, 0.269)));
    let judged = &verdict(&measured, &[at_most(0.25)]).rules[0];
    assert_eq!(
        judged.message,
        "WAPE is 0.230 [0.190, 0.269] (95 %) on all 336 rows, at most 0.250 accepted: the limit \
         lies inside the interval; about 1300 rows like these would settle it"
    );
    assert_eq!(judged.next.as_deref(), Some("plimsoll show 01010101"));
}

#[test]
fn nothing_passes_by_absence() {
    let no_value = Measured {
        metric: Metric::Wape,
        value: None,
        interval: None,
        reason: Some("the target is 0 in every row".into()),
    };
    let nan = wape(f64::NAN, f64::NAN, f64::NAN);
    let reversed = wape(0.1, 0.2, 0.1);
    let other = Measured { metric: Metric::Mae, ..wape(0.1, 0.1, 0.1) };
    let rules = [at_most(0.25)];
    for measured in [no_value, nan, reversed, other] {
        let verdict = verdict(&evaluation(part(1716, 73, measured)), &rules);
        assert_eq!(verdict.rules[0].outcome, Outcome::Error);
        assert_eq!(verdict.answer, Answer::Error);
    }
    let sound = evaluation(part(1716, 73, wape(0.1, 0.1, 0.1)));
    assert_eq!(verdict(&sound, &[]).answer, Answer::Error, "no rules");
    let empty = evaluation(part(0, 0, wape(0.1, 0.1, 0.1)));
    assert_eq!(verdict(&empty, &rules).answer, Answer::Error, "no rows");
    let evening = Rule::new(
        41,
        Demand::Limit {
            metric: Metric::Wape,
            bound: Bound::Max(0.3),
            slice: Some("evening".parse().unwrap()),
        },
    );
    assert_eq!(verdict(&sound, &[evening]).answer, Answer::Error, "no such slice");
    let unmeasured = judge(Case {
        run: RunId::from_bytes([1; 16]),
        rules: &rules,
        evaluation: None,
        scans: &[],
        card: None,
        champion: Champion::Never,
        findings: Vec::new(),
        waivers: &[],
        today: Day::of(crate::Timestamp::default()),
        at: Transition::Release,
        of: nothing(),
    });
    assert_eq!(unmeasured.unwrap().answer, Answer::Error, "no evaluation");
}

#[test]
fn too_few_rows_or_blocks_decide_nothing() {
    let few_blocks = evaluation(part(216, 9, wape(0.1, 0.09, 0.11)));
    let judged = &verdict(&few_blocks, &[at_most(0.25)]).rules[0];
    assert_eq!((judged.outcome, judged.rows_needed), (Outcome::Inconclusive, Some(240)));
    let few_rows = evaluation(part(19, 19, wape(0.9, 0.8, 1.0)));
    assert_eq!(verdict(&few_rows, &[at_most(0.25)]).rules[0].outcome, Outcome::Inconclusive);
}

#[test]
fn a_finding_blocks_although_every_rule_passes() {
    let mut leaking = evaluation(part(1716, 73, wape(0.063, 0.06, 0.07)));
    let code = Code::of("leak.suspected");
    leaking.findings.push(Finding::new(code, Severity::Error, "`registered` explains the target"));
    let verdict = verdict(&leaking, &[at_most(0.25)]);
    assert_eq!(verdict.rules[0].outcome, Outcome::Pass);
    assert_eq!(verdict.answer, Answer::Block);
}

#[test]
fn a_champion_rule_needs_a_champion_once_there_was_one() {
    let beats = Rule::new(42, Demand::Beats { metric: Metric::Mae, by: 0.1 });
    let mut measured = evaluation(part(336, 14, wape(0.2, 0.19, 0.21)));
    let rules = [at_most(0.25), beats];
    let judge_with = |evaluation: &Evaluation, champion| {
        let digest = Digest::blake3(b"evidence");
        let run = RunId::from_bytes([1; 16]);
        let evaluation = Some((evaluation, digest));
        judge(case(run, &rules, evaluation, champion)).unwrap()
    };
    let first = judge_with(&measured, Champion::Never);
    assert_eq!((first.rules[1].outcome, first.answer), (Outcome::NotApplicable, Answer::Pass));
    let lost = judge_with(&measured, Champion::Expected);
    assert_eq!((lost.rules[1].outcome, lost.answer), (Outcome::Error, Answer::Error));
    let lost = judge_with(&measured, Champion::Lost);
    assert_eq!((lost.rules[1].outcome, lost.answer), (Outcome::Error, Answer::Error));
    insta::assert_snapshot!(lost.rules[1].message, @"`mae at least 10 % less than the champion's` could not be judged: there are versions, but none is the champion");
    for (low, high, outcome) in [
        (0.271, 0.405, Outcome::Pass),
        (0.05, 0.2, Outcome::Inconclusive),
        (-0.282, -0.042, Outcome::Block),
    ] {
        measured.comparison = Some(Comparison {
            champion: RunId::from_bytes([2; 16]),
            model: Digest::blake3(b"champion"),
            metrics: vec![Compared {
                metric: Metric::Mae,
                champion: Some(10.0),
                challenger: Some(9.0),
                gain: Some(f64::midpoint(low, high)),
                interval: Some(interval(low, high)),
                reason: None,
            }],
        });
        assert_eq!(judge_with(&measured, Champion::Expected).rules[1].outcome, outcome, "{low}");
    }
    // The same model must not beat itself; the same bytes fed otherwise must.
    let own = |challenger| {
        let mut measured = measured.clone();
        let comparison = measured.comparison.as_mut().unwrap();
        comparison.model = measured.model;
        let compared = &mut comparison.metrics[0];
        (compared.champion, compared.challenger) = (Some(10.0), Some(challenger));
        (compared.gain, compared.interval) = (Some(1.0 - challenger / 10.0), None);
        judge_with(&measured, Champion::Expected).rules[1].outcome
    };
    assert_eq!((own(10.0), own(11.0)), (Outcome::NotApplicable, Outcome::Error));
}

#[test]
fn the_same_case_gives_the_same_bytes() {
    let measured = evaluation(part(1716, 73, wape(0.160, 0.142, 0.180)));
    let bytes = || serde_json::to_string(&verdict(&measured, &[at_most(0.25)])).unwrap();
    assert_eq!(bytes(), bytes());
    let read: Verdict = serde_json::from_str(&bytes()).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), bytes());
}

pub(super) fn case<'a>(
    run: RunId,
    rules: &'a [Rule],
    evaluation: Option<(&'a Evaluation, Digest)>,
    champion: Champion,
) -> Case<'a> {
    let today = Day::of(crate::Timestamp::default());
    Case {
        run,
        rules,
        evaluation,
        scans: &[],
        card: None,
        champion,
        findings: Vec::new(),
        waivers: &[],
        today,
        at: Transition::Release,
        of: nothing(),
    }
}

fn checked(state: CheckState, findings: Vec<Finding>) -> Checked {
    Checked {
        check: CheckName::ModelRobustness,
        state,
        summary: "what was seen".into(),
        rows: 500,
        rows_needed: None,
        findings,
        figures: Vec::new(),
        plots: Vec::new(),
    }
}

fn of_check() -> Rule {
    Rule::new(50, Demand::Check { check: CheckName::ModelRobustness })
}

#[test]
fn a_rule_that_only_warns_blocks_nothing_and_an_accepted_doubt_passes() {
    let wide = evaluation(part(1716, 73, wape(0.24, 0.2, 0.3)));
    let beyond = evaluation(part(1716, 73, wape(0.4, 0.35, 0.5)));
    let answer = |evaluation: &Evaluation, change: fn(&mut Rule)| {
        let mut rule = at_most(0.25);
        change(&mut rule);
        let verdict = verdict(evaluation, &[rule]);
        (verdict.rules[0].outcome, verdict.answer, verdict.reason())
    };
    let says = |text: &str| text.to_owned();
    assert_eq!(
        answer(&wide, |_| {}),
        (Outcome::Inconclusive, Answer::Block, says("1 of 1 rules do not hold"))
    );
    assert_eq!(
        answer(&wide, |rule| rule.inconclusive = Inconclusive::Pass),
        (Outcome::Inconclusive, Answer::Pass, says("0 of 1 rules hold, 1 blocks nothing"))
    );
    assert_eq!(answer(&beyond, |rule| rule.inconclusive = Inconclusive::Pass).1, Answer::Block);
    assert_eq!(
        answer(&beyond, |rule| rule.severity = Weight::Warning),
        (Outcome::Block, Answer::Pass, says("0 of 1 rules hold, 1 blocks nothing"))
    );
}

#[test]
fn a_check_passes_only_when_it_answered_and_found_nothing_that_blocks() {
    let finding = |severity| Finding::new(Code::of("model.not-robust"), severity, "temp");
    let outcome = |checks: Vec<Checked>| {
        let mut measured = evaluation(part(1716, 73, wape(0.1, 0.1, 0.1)));
        measured.checks = checks;
        let verdict = verdict(&measured, &[of_check()]);
        (verdict.rules[0].outcome, verdict.answer)
    };
    let ran = |severity| vec![checked(CheckState::Answered, vec![finding(severity)])];
    assert_eq!(outcome(vec![]), (Outcome::Error, Answer::Error), "not run");
    let failed = vec![checked(CheckState::Failed, vec![])];
    assert_eq!(outcome(failed), (Outcome::Error, Answer::Error));
    let undecided = vec![checked(CheckState::Undecided, vec![])];
    assert_eq!(outcome(undecided), (Outcome::Inconclusive, Answer::Block));
    assert_eq!(outcome(ran(Severity::Error)), (Outcome::Block, Answer::Block));
    assert_eq!(outcome(ran(Severity::Warning)), (Outcome::Pass, Answer::Pass));
}

#[test]
fn a_waived_finding_of_a_check_is_kept_and_blocks_nothing() {
    let mut measured = evaluation(part(1716, 73, wape(0.1, 0.1, 0.1)));
    let finding = Finding::new(Code::of("model.not-robust"), Severity::Error, "temp");
    measured.checks = vec![checked(CheckState::Answered, vec![finding])];
    let waiver = Waiver {
        line: 70,
        finding: Code::of("model.not-robust"),
        subject: None,
        path: None,
        owner: "ada".into(),
        reason: "the sensor never fails alone".into(),
        expires: "1970-01-01".parse().unwrap(),
        from: crate::gate::Origin::Project,
    };
    let digest = Digest::blake3(b"evidence");
    let rules = [of_check()];
    let run = RunId::from_bytes([1; 16]);
    let on = |today: &str| {
        let evaluation = Some((&measured, digest));
        let mut case = case(run, &rules, evaluation, Champion::Never);
        case.waivers = std::slice::from_ref(&waiver);
        case.today = today.parse().unwrap();
        judge(case).unwrap()
    };
    let valid = on("1970-01-01");
    assert_eq!((valid.answer, valid.waived.len(), valid.findings.len()), (Answer::Pass, 1, 0));
    let over = on("1970-01-02");
    assert_eq!((over.answer, over.waived.len(), over.findings.len()), (Answer::Block, 0, 2));
}

#[test]
fn a_budget_is_judged_at_the_worse_end() {
    let mut measured = evaluation(part(1716, 73, wape(0.1, 0.1, 0.1)));
    measured.spent = Some(Spent {
        machine: Some("x86_64, 2 cores".into()),
        requests: 1000,
        costs: vec![Cost {
            budget: Budget::LatencyP99,
            value: Some(0.004),
            interval: Some([0.003, 0.006]),
            reason: None,
        }],
    });
    let outcome = |budget, max| {
        let rule = Rule::new(51, Demand::Budget { budget, bound: Bound::Max(max) });
        verdict(&measured, &[rule]).rules[0].outcome
    };
    assert_eq!(outcome(Budget::LatencyP99, 0.006), Outcome::Pass);
    assert_eq!(outcome(Budget::LatencyP99, 0.005), Outcome::Inconclusive);
    assert_eq!(outcome(Budget::LatencyP99, 0.002), Outcome::Block);
    assert_eq!(outcome(Budget::Memory, 1e9), Outcome::Error, "not measured");
}

#[test]
fn a_slice_needs_more_rows_than_the_whole_unless_its_blocks_are_many() {
    let outcome = |rows, blocks| {
        let mut measured = evaluation(part(1716, 73, wape(0.1, 0.1, 0.1)));
        let condition = Some("hr from 17".into());
        let slice = Part { blocks, condition, ..part(rows, 30, wape(0.1, 0.1, 0.1)) };
        measured.slices.insert("late".parse().unwrap(), slice);
        let slice = Some("late".parse().unwrap());
        let demand = Demand::Limit { metric: Metric::Wape, bound: Bound::Max(0.25), slice };
        let verdict = verdict(&measured, &[Rule::new(40, demand)]);
        (verdict.rules[0].outcome, verdict.rules[0].rows_needed)
    };
    assert_eq!(outcome(49, None), (Outcome::Inconclusive, Some(50)));
    assert_eq!(outcome(50, None), (Outcome::Pass, None));
    // The evenings of fourteen days.
    assert_eq!(outcome(42, Some(14)), (Outcome::Pass, None));
    assert_eq!(outcome(42, Some(9)).0, Outcome::Inconclusive);
}

fn nothing() -> JudgedOn {
    JudgedOn { commit: None, dirty: true, data: BTreeMap::new(), policy: None }
}

fn scanned(state: CheckState, findings: Vec<Finding>) -> (Scanned, Digest) {
    let scanned = Scanned {
        state,
        summary: "3 packages were judged".into(),
        count: 3,
        findings,
        ..Scanned::failed(ScanName::Licenses, String::new(), None)
    };
    let digest = Digest::of_json(&scanned).unwrap();
    (scanned, digest)
}

#[test]
fn a_scan_passes_by_what_it_saw_and_never_by_absence() {
    let rules = [Rule::new(9, Demand::Scan { scan: ScanName::Licenses })];
    let denied = || Finding::new(Code::of("license.denied"), Severity::Error, "GPL");
    let evaluation = evaluation(part(1716, 73, wape(0.160, 0.142, 0.180)));
    let with = |scans: &[(Scanned, Digest)]| {
        let case = Case { scans, ..case_of(&rules, &evaluation) };
        let verdict = judge(case).unwrap();
        (verdict.rules[0].outcome, verdict.answer)
    };
    assert_eq!(with(&[]), (Outcome::Error, Answer::Error));
    assert_eq!(with(&[scanned(CheckState::Answered, vec![])]), (Outcome::Pass, Answer::Pass));
    let found = [scanned(CheckState::Answered, vec![denied()])];
    assert_eq!(with(&found), (Outcome::Block, Answer::Block));
    let failed = [scanned(CheckState::Failed, vec![])];
    assert_eq!(with(&failed), (Outcome::Error, Answer::Error));
}

#[test]
fn a_rule_weighs_what_it_is_said_to_weigh_at_the_transition() {
    let mut rule = Rule::new(9, Demand::Scan { scan: ScanName::Licenses });
    rule.at = [(Transition::Research, Weight::Note), (Transition::Merge, Weight::Warning)].into();
    let rules = [rule];
    let evaluation = evaluation(part(1716, 73, wape(0.160, 0.142, 0.180)));
    let found = [scanned(
        CheckState::Answered,
        vec![Finding::new(Code::of("license.denied"), Severity::Error, "GPL")],
    )];
    let at = |at| {
        let case = Case { scans: &found, at, ..case_of(&rules, &evaluation) };
        let verdict = judge(case).unwrap();
        assert_eq!(verdict.rules[0].outcome, Outcome::Block, "what it saw stays the same");
        (verdict.answer, verdict.findings[0].severity)
    };
    assert_eq!(at(Transition::Research), (Answer::Pass, Severity::Info));
    assert_eq!(at(Transition::Merge), (Answer::Pass, Severity::Warning));
    assert_eq!(at(Transition::Release), (Answer::Block, Severity::Error));
    assert_eq!(at(Transition::Deploy), (Answer::Block, Severity::Error));
}

fn case_of<'a>(rules: &'a [Rule], evaluation: &'a Evaluation) -> Case<'a> {
    let measured = Some((evaluation, Digest::blake3(b"evaluation")));
    case(RunId::from_bytes([1; 16]), rules, measured, Champion::Never)
}
