use plimsoll_core::Digest;
use plimsoll_core::event::{KeyParts, StepFailure};
use plimsoll_core::gate::Answer;
use plimsoll_core::project::Step;
use proptest::prelude::*;

use super::*;
use crate::plan::plan;
use crate::plan::sample::{project, step};

/// What goes wrong in a driven run.
#[derive(Clone, Debug, Default)]
struct Trouble {
    invalid: bool,
    failing: BTreeSet<StepName>,
    no_evaluation: bool,
}

fn digest() -> Digest {
    Digest::blake3(b"")
}

fn parts() -> Box<KeyParts> {
    Box::new(KeyParts {
        format: 1,
        command: String::new(),
        code: digest(),
        inputs: BTreeMap::new(),
        outputs: Vec::new(),
        params: BTreeMap::new(),
        environment: digest(),
        env: BTreeMap::new(),
        seed: 0,
    })
}

fn answers(action: Action, trouble: &Trouble) -> Vec<RunEvent> {
    match action {
        Action::Validate(dataset) => {
            let errors = u64::from(trouble.invalid);
            let (key, evidence) = (digest(), digest());
            vec![RunEvent::DataValidated { dataset, key, evidence, errors, from_run: None }]
        }
        Action::StartStep(step) => {
            let started = RunEvent::StepStarted { step: step.clone(), attempt: 1, parts: parts() };
            let ended = if trouble.failing.contains(&step) {
                let reason = StepFailure::Exit { code: 1, hint: None };
                RunEvent::StepFailed { step, attempt: 1, reason, duration_ms: 1 }
            } else {
                let (outputs, metrics) = (Vec::new(), BTreeMap::new());
                let key = digest();
                RunEvent::StepSucceeded { step, attempt: 1, key, outputs, metrics, duration_ms: 1 }
            };
            vec![started, ended]
        }
        Action::SkipStep { step, because } => vec![RunEvent::StepSkipped { step, because }],
        Action::Evaluate if trouble.no_evaluation => {
            vec![RunEvent::EvaluationFailed { message: "no rows".to_owned() }]
        }
        Action::Evaluate => vec![RunEvent::Evaluated {
            key: digest(),
            evidence: digest(),
            metrics: BTreeMap::new(),
            from_run: None,
        }],
        Action::Scan(scan) => vec![RunEvent::Scanned { scan, evidence: digest(), errors: 0 }],
        Action::Judge => vec![RunEvent::Judged { verdict: digest(), answer: Answer::Pass }],
        Action::FinishRun(end) => vec![RunEvent::RunFinished { end }],
    }
}

/// Replays `log`, asks again for what is due, and goes on until nothing is asked for.
///
/// Answers come in an order that does not depend on where the log was cut: the least action first.
fn drive(fresh: &Schedule, mut log: Vec<RunEvent>, trouble: &Trouble) -> (Vec<RunEvent>, Schedule) {
    let mut state = fresh.clone();
    for event in &log {
        apply(&mut state, event);
    }
    loop {
        let Some(action) = state.due().next().cloned() else { return (log, state) };
        let running = |event: &&RunEvent| matches!((event, &action), (RunEvent::StepStarted { step, .. }, Action::StartStep(asked)) if step == asked);
        let began = log.iter().any(|event| running(&event));
        for event in answers(action.clone(), trouble) {
            // A resumed run starts a step again; its log says so once more. Left out to compare.
            if began && running(&&event) {
                continue;
            }
            apply(&mut state, &event);
            log.push(event);
        }
    }
}

fn started() -> RunEvent {
    RunEvent::RunResumed {}
}

fn schedule(steps: Vec<Step>, options: Options) -> Schedule {
    let mut state = Schedule::new(&plan(&project(steps), &[]).unwrap(), options);
    state.phase = Phase::Data;
    state.evaluates = true;
    state
}

fn options(slots: u32, on_failure: OnFailure) -> Options {
    let validate = BTreeSet::from(["hourly".parse().unwrap()]);
    let scans = BTreeSet::from([ScanName::Licenses]);
    Options { slots, on_failure, validate, scans, gate: GateWish::Judged }
}

fn diamond() -> Vec<Step> {
    vec![
        step("split", &["data.hourly"], &["parts"]),
        step("left", &["parts"], &["left"]),
        step("right", &["parts"], &["right"]),
        step("end", &["left", "right"], &["end"]),
    ]
}

fn ends(log: &[RunEvent]) -> RunEnd {
    match log.last() {
        Some(RunEvent::RunFinished { end }) => *end,
        other => panic!("the run did not end: {other:?}"),
    }
}

#[test]
fn a_run_killed_after_any_event_ends_like_one_that_was_not() {
    let failing = |name: &str| Trouble {
        failing: BTreeSet::from([name.parse().unwrap()]),
        ..Trouble::default()
    };
    let troubles = [
        (Trouble::default(), RunEnd::Completed),
        (failing("left"), RunEnd::Failed),
        (failing("end"), RunEnd::Failed),
        (Trouble { invalid: true, ..Trouble::default() }, RunEnd::InvalidData),
        (Trouble { no_evaluation: true, ..Trouble::default() }, RunEnd::Failed),
    ];
    for on_failure in [OnFailure::Stop, OnFailure::KeepGoing] {
        for (trouble, end) in &troubles {
            let fresh = schedule(diamond(), options(2, on_failure));
            let (log, whole) = drive(&fresh, vec![started()], trouble);
            assert_eq!(ends(&log), *end);
            for killed_after in 1..=log.len() {
                let resumed = drive(&fresh, log[..killed_after].to_vec(), trouble);
                assert_eq!(resumed, (log.clone(), whole.clone()), "killed after {killed_after}");
            }
        }
    }
}

#[test]
fn data_that_is_not_valid_lets_no_step_run() {
    let fresh = schedule(diamond(), options(2, OnFailure::KeepGoing));
    let trouble = Trouble { invalid: true, ..Trouble::default() };
    let (log, _) = drive(&fresh, vec![started()], &trouble);
    assert_eq!(log.len(), 3, "started, validated, finished: {log:?}");
}

#[test]
fn only_what_needs_a_failed_step_is_skipped() {
    let steps = vec![
        step("a", &[], &["a"]),
        step("b", &["a"], &["b"]),
        step("c", &["b"], &["c"]),
        step("free", &[], &["free"]),
    ];
    let trouble = Trouble { failing: BTreeSet::from(["a".parse().unwrap()]), ..Trouble::default() };
    let fresh = schedule(steps.clone(), options(1, OnFailure::KeepGoing));
    let (log, state) = drive(&fresh, vec![started()], &trouble);
    let skipped = log.iter().filter_map(|event| match event {
        RunEvent::StepSkipped { step, because } => Some(format!("{step} because {because}")),
        _ => None,
    });
    assert_eq!(skipped.collect::<Vec<_>>(), ["b because a", "c because a"]);
    assert_eq!(state.done().len(), 1);
    let fresh = schedule(steps, options(1, OnFailure::Stop));
    let (_, state) = drive(&fresh, vec![started()], &trouble);
    assert!(state.done().is_empty(), "without keep-going nothing else starts");
}

#[test]
fn slots_are_never_taken_twice_and_a_greedy_step_runs_alone() {
    let mut steps: Vec<Step> =
        (0..6).map(|at| step(&format!("s{at}"), &[], &[&format!("out/{at}")])).collect();
    steps[1].cpus = 2;
    steps[2].cpus = 100;
    let mut options = options(3, OnFailure::Stop);
    options.validate.clear();
    let mut state = schedule(steps, options);
    let mut running: Vec<Action> = advance(&mut state);
    let names = |actions: &[Action]| -> Vec<String> {
        let step = |action: &Action| match action {
            Action::StartStep(step) => Some(step.to_string()),
            _ => None,
        };
        actions.iter().filter_map(step).collect()
    };
    assert_eq!(names(&running), ["s0", "s1"]);
    let mut order = names(&running);
    while let Some(Action::StartStep(step)) = running.first().cloned() {
        running.remove(0);
        let done = answers(Action::StartStep(step), &Trouble::default()).remove(1);
        let next = apply(&mut state, &done);
        order.extend(names(&next));
        running.extend(next);
        let greedy = running.contains(&Action::StartStep("s2".parse().unwrap()));
        assert!(!greedy || running.len() == 1, "{running:?}");
    }
    assert_eq!(order.len(), 6);
}

proptest! {
    #[test]
    fn any_pipeline_ends_alike_wherever_it_is_killed(
        edges in prop::collection::vec((0..7_usize, 0..7_usize), 0..14),
        failing in prop::collection::btree_set(0..7_usize, 0..3),
        slots in 1..4_u32,
        keep_going: bool,
    ) {
        let mut inputs: Vec<Vec<String>> = vec![Vec::new(); 7];
        for (a, b) in edges {
            if a < b {
                inputs[b].push(format!("out/{a}"));
            }
        }
        let steps = (0..7).map(|at| {
            let reads: Vec<&str> = inputs[at].iter().map(String::as_str).collect();
            step(&format!("s{at}"), &reads, &[&format!("out/{at}")])
        }).collect();
        let failing = failing.into_iter().map(|at| format!("s{at}").parse().unwrap()).collect();
        let trouble = Trouble { failing, ..Trouble::default() };
        let on_failure = if keep_going { OnFailure::KeepGoing } else { OnFailure::Stop };
        let fresh = schedule(steps, options(slots, on_failure));
        let (log, whole) = drive(&fresh, vec![started()], &trouble);
        let expected = if trouble.failing.is_empty() { RunEnd::Completed } else { RunEnd::Failed };
        prop_assert_eq!(ends(&log), expected);
        for killed_after in 1..log.len() {
            let resumed = drive(&fresh, log[..killed_after].to_vec(), &trouble);
            prop_assert_eq!(&resumed, &(log.clone(), whole.clone()));
        }
    }
}
