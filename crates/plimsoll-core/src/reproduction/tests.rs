use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::Digest;
use crate::event::{KeyParts, Output, OutputKind, Recorded, RunEvent};
use crate::lifecycle::Subject;
use crate::record::RunRecord;

fn digest(text: &str) -> Digest {
    Digest::blake3(text.as_bytes())
}

fn path(text: &str) -> RepoPath {
    text.parse().unwrap()
}

/// A step that reads one file and writes one.
fn then(name: &str, reads: (&str, &str), wrote: (&str, &str)) -> PastStep {
    PastStep {
        name: name.parse().unwrap(),
        command: format!("python {name}.py"),
        inputs: BTreeMap::from([(path(reads.0), digest(reads.1))]),
        params: BTreeMap::new(),
        env: None,
        outputs: BTreeMap::from([(path(wrote.0), digest(wrote.1))]),
    }
}

fn past() -> Past {
    Past {
        version: "bikes@1.0.0".parse().unwrap(),
        subject: Subject::of(b"manifest"),
        run: RunId::from_bytes([1; 16]),
        commit: "4b825dc642cb6eb9a060e54bf8d69288fbee4904".parse().unwrap(),
        declared: digest("plimsoll.yaml"),
        params: BTreeMap::new(),
        seed: 0,
        environment: serde_json::from_value(environment()).unwrap(),
        data: BTreeMap::new(),
        code: BTreeMap::new(),
        steps: vec![
            then("split", ("hour.csv", "hour"), ("train.parquet", "rows")),
            then("train", ("train.parquet", "rows"), ("model.onnx", "model")),
        ],
        retraining: None,
        evaluation: None,
    }
}

fn environment() -> serde_json::Value {
    json!({"python": "system", "interpreter": "CPython 3.11.7", "platform": "linux-x86_64"})
}

/// What a step of the second run did: what it read and wrote, or nothing where it failed.
type Did<'a> = (&'a str, (&'a str, &'a str), Option<(&'a str, &'a str)>);

fn rerun(did: &[Did<'_>]) -> RunRecord {
    let start = json!({
        "event": "run-started", "repository": "/x",
        "project": {
            "model": "bikes", "task": "regression", "owners": ["a"], "license": null,
            "python": "system", "registry": null, "seed": 0, "data": {}, "params": null,
            "code": [], "steps": [], "evaluate": null, "gate": [],
        },
        "declared": digest("plimsoll.yaml"), "params": {}, "data": {}, "code": {},
        "environment": environment(), "steps": did.iter().map(|(name, ..)| name).collect::<Vec<_>>(),
        "gated": false, "plan": digest("plan"),
    });
    let mut events: Vec<RunEvent> = vec![serde_json::from_value(start).unwrap()];
    for (name, (read, content), wrote) in did {
        let parts = KeyParts {
            format: 1,
            command: format!("python {name}.py"),
            code: digest("code"),
            inputs: BTreeMap::from([(path(read), digest(content))]),
            outputs: Vec::new(),
            params: BTreeMap::new(),
            environment: digest("environment"),
            env: BTreeMap::new(),
            seed: 0,
        };
        let step: StepName = name.parse().unwrap();
        events.push(RunEvent::StepStarted { step: step.clone(), attempt: 1, parts: parts.into() });
        let Some((at, content)) = wrote else {
            let reason = crate::event::StepFailure::Timeout { seconds: 3.0 };
            events.push(RunEvent::StepFailed { step, attempt: 1, reason, duration_ms: 3000 });
            continue;
        };
        let outputs = vec![Output {
            path: path(at),
            digest: digest(content),
            bytes: 1,
            kind: OutputKind::File,
        }];
        let (key, metrics) = (digest("key"), BTreeMap::new());
        let done =
            RunEvent::StepSucceeded { step, attempt: 1, key, outputs, metrics, duration_ms: 1 };
        events.push(done);
    }
    let at = Timestamp::default();
    let recorded = (1..).zip(events).map(|(sequence, what)| Recorded { sequence, at, what });
    RunRecord::of(RunId::from_bytes([2; 16]), &recorded.collect::<Vec<_>>()).unwrap()
}

const SPLIT: Did<'_> = ("split", ("hour.csv", "hour"), Some(("train.parquet", "rows")));
const TRAIN: Did<'_> = ("train", ("train.parquet", "rows"), Some(("model.onnx", "model")));

fn concluded(steps: &[StepAgain]) -> Conclusion {
    conclude(steps, &[], &[], Tolerance::USUAL)
}

#[test]
fn the_same_bytes_everywhere_are_bit_identical() {
    let conclusion = concluded(&again(&past(), &rerun(&[SPLIT, TRAIN])));
    assert_eq!(conclusion.answer, Reproduced::BitIdentical);
    assert_eq!(conclusion.first, None);
    assert_eq!(conclusion.message, "all 2 outputs of 2 steps have the same bytes");
}

#[test]
fn the_first_step_that_diverged_is_named_though_later_ones_differ_too() {
    let split = ("split", ("hour.csv", "hour"), Some(("train.parquet", "other rows")));
    let train = ("train", ("train.parquet", "other rows"), Some(("model.onnx", "other")));
    // The order of the record is not the order in which steps run.
    let steps = again(&past(), &rerun(&[train, split]));
    assert_eq!(steps[1].given, ["`train.parquet`"]);
    let conclusion = concluded(&steps);
    assert_eq!(conclusion.answer, Reproduced::NotReproducible);
    let first = conclusion.first.unwrap();
    assert_eq!(first.step.unwrap().as_str(), "split");
    assert_eq!(first.outputs, [path("train.parquet")]);
    assert!(first.message.contains("it was given the same as then"), "{}", first.message);
}

#[test]
fn noise_that_a_later_step_blows_up_is_still_where_the_runs_part() {
    let split = ("split", ("hour.csv", "hour"), Some(("train.parquet", "noisy rows")));
    let train = ("train", ("train.parquet", "noisy rows"), Some(("model.onnx", "other")));
    let mut steps = again(&past(), &rerun(&[split, train]));
    steps[0].outputs[0].differ(Differing::by(1e-9, Tolerance::USUAL, "is noisy".to_owned()));
    steps[0].settle();
    assert_eq!(steps[0].agreement, Agreement::Close);
    let conclusion = concluded(&steps);
    assert_eq!(conclusion.answer, Reproduced::NotReproducible);
    assert_eq!(conclusion.first.unwrap().step.unwrap().as_str(), "split");
    assert_eq!(
        conclusion.message,
        "step `train` gives something else: `model.onnx` has other bytes; the first with other bytes is `split`"
    );
    steps[1].outputs[0].differ(Differing::by(2e-7, Tolerance::USUAL, "is noisy".to_owned()));
    steps[1].settle();
    let conclusion = concluded(&steps);
    assert_eq!(conclusion.answer, Reproduced::WithinTolerance);
    assert_eq!(
        conclusion.message,
        "2 of 2 outputs have other bytes and differ by at most 2.0e-7 (tolerance 1e-6)"
    );
}

#[test]
fn a_step_that_fails_or_is_missing_or_writes_nothing_is_no_reproduction() {
    let failed = ("train", ("train.parquet", "rows"), None);
    for (did, said) in [
        (&[SPLIT, failed][..], "step `train`: its command took longer than 3 s"),
        (&[SPLIT][..], "step `train`: is no step of the pipeline any more"),
    ] {
        let conclusion = concluded(&again(&past(), &rerun(did)));
        assert_eq!(conclusion.answer, Reproduced::NotReproducible);
        assert_eq!(conclusion.message, said);
        assert_eq!(conclusion.first.unwrap().step.unwrap().as_str(), "train");
    }
    let elsewhere = ("train", ("train.parquet", "rows"), Some(("other.onnx", "model")));
    let steps = again(&past(), &rerun(&[SPLIT, elsewhere]));
    let outputs: Vec<_> = steps[1].outputs.iter().map(|it| it.difference.as_deref()).collect();
    assert_eq!(outputs, [Some("was not written"), Some("was not written then")]);
    assert_eq!(concluded(&steps).answer, Reproduced::NotReproducible);
}

#[test]
fn a_metric_counts_beyond_the_tolerance_only() {
    let steps = again(&past(), &rerun(&[SPLIT, TRAIN]));
    let metric = |now| MetricAgain::of("wape".to_owned(), 0.25, now, Tolerance::USUAL);
    let answer = |now| conclude(&steps, &[metric(now)], &[], Tolerance::USUAL);
    assert_eq!(answer(Some(0.25 + 1e-9)).answer, Reproduced::BitIdentical);
    assert_eq!(metric(Some(0.25 + 1e-9)).agreement, Agreement::Close);
    for now in [Some(0.26), Some(f64::NAN), None] {
        let conclusion = answer(now);
        assert_eq!(conclusion.answer, Reproduced::NotReproducible, "{now:?}");
        let first = conclusion.first.unwrap();
        assert_eq!(first.step, None);
        assert!(first.message.contains("although every output is the same"), "{first:?}");
    }
}

#[test]
fn why_a_step_diverged_is_what_it_was_given_else_the_conditions_else_unknown() {
    let train = ("train", ("train.parquet", "rows"), Some(("model.onnx", "other")));
    let said = |past: &Past, conditions: &[Condition]| {
        let mut rerun = rerun(&[SPLIT, train]);
        let parts = rerun.steps[1].parts.as_mut().unwrap();
        parts.env.insert("REGION".to_owned(), Some(digest("north")));
        let steps = again(past, &rerun);
        conclude(&steps, &[], conditions, Tolerance::USUAL).first.unwrap().message
    };
    let with = |value: &str| {
        let mut past = past();
        let value = Some(digest(value));
        past.steps[1].env = Some(BTreeMap::from([("REGION".to_owned(), value)]));
        past
    };
    let numpy = Condition {
        what: "package numpy".to_owned(),
        then: "2.0".to_owned(),
        now: "2.1".to_owned(),
    };
    for (message, expected) in [
        (said(&with("south"), &[]), "something else than then: the variable `REGION`"),
        (said(&past(), &[]), "something else than then: perhaps the variable `REGION`"),
        (said(&with("north"), &[numpy]), "the same as then, under other conditions: package numpy"),
        (said(&with("north"), &[]), "so it depends on something else: chance"),
    ] {
        assert!(message.contains(expected), "{message}");
    }
}
