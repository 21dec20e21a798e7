//! Events and candidates for tests.

use std::collections::BTreeMap;

use plimsoll_core::approval::{Approval, Decision};
use plimsoll_core::audit::Occasion;
use plimsoll_core::event::{
    CommitState, Environment, KeyParts, Output, OutputKind, RunEnd, RunEvent, RunStart,
};
use plimsoll_core::gate::Answer;
use plimsoll_core::lifecycle::{Candidate, Subject};
use plimsoll_core::{Digest, RunId, Timestamp};
use serde_json::json;

pub(crate) const REPOSITORY: &str = "/home/ada/bike demand";

pub(crate) fn run(byte: u8) -> RunId {
    RunId::from_bytes([byte; 16])
}

pub(crate) fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millis(milliseconds)
}

pub(crate) fn digest(of: &str) -> Digest {
    Digest::blake3(of.as_bytes())
}

pub(crate) fn started(model: &str) -> RunEvent {
    let project = json!({
        "model": model,
        "task": "regression",
        "owners": ["team-mobility"],
        "license": "Apache-2.0",
        "python": {"lock": "requirements.lock"},
        "registry": null,
        "seed": 7,
        "data": {"hourly": {
            "path": "data/hour.csv", "schema": "schemas/hour.yaml", "license": null, "source": null,
        }},
        "params": "params.yaml",
        "code": ["*.py"],
        "steps": [{
            "name": "train", "run": "python train.py", "inputs": [{"dataset": "hourly"}],
            "params": ["train"], "outputs": ["build/model.onnx"], "metrics": "build/train.json",
            "env": [], "timeout": {"secs": 1200, "nanos": 0}, "cpus": 1,
        }],
        "evaluate": null,
        "gate": [],
    });
    RunEvent::RunStarted(Box::new(RunStart {
        repository: REPOSITORY.to_owned(),
        commit: Some(CommitState {
            hash: Some("0f".repeat(20)),
            branch: Some("main".to_owned()),
            dirty: true,
        }),
        project: serde_json::from_value(project).unwrap(),
        declared: digest("plimsoll.yaml"),
        params: BTreeMap::from([("train.trees".to_owned(), json!(300))]),
        data: BTreeMap::new(),
        code: BTreeMap::new(),
        environment: Environment {
            python: "system".to_owned(),
            interpreter: "CPython 3.11.7".to_owned(),
            platform: "linux-x86_64".to_owned(),
            packages: BTreeMap::new(),
        },
        steps: vec!["train".parse().unwrap()],
        forced: Vec::new(),
        champion: None,
        champion_lost: false,
        retraining: None,
        gated: true,
        at: plimsoll_core::gate::Transition::Release,
        plan: digest("plan"),
    }))
}

pub(crate) fn succeeded(key: &str, output: &str, metrics: &[(&str, f64)]) -> RunEvent {
    RunEvent::StepSucceeded {
        step: "train".parse().unwrap(),
        attempt: 1,
        key: digest(key),
        outputs: vec![Output {
            path: "build/model.onnx".parse().unwrap(),
            digest: digest(output),
            bytes: 1234,
            kind: OutputKind::File,
        }],
        metrics: named(metrics),
        duration_ms: 250,
    }
}

pub(crate) fn cached(key: &str, from_run: RunId, metrics: &[(&str, f64)]) -> RunEvent {
    RunEvent::StepCached {
        step: "train".parse().unwrap(),
        parts: Box::new(parts()),
        key: digest(key),
        from_run,
        outputs: Vec::new(),
        metrics: named(metrics),
    }
}

pub(crate) fn parts() -> KeyParts {
    KeyParts {
        format: 1,
        command: "python train.py".to_owned(),
        code: digest("code"),
        inputs: BTreeMap::from([("data/hour.csv".parse().unwrap(), digest("hour"))]),
        outputs: vec!["build/model.onnx".parse().unwrap()],
        params: BTreeMap::from([("train.trees".to_owned(), json!(300))]),
        environment: digest("environment"),
        env: BTreeMap::from([("TOKEN".to_owned(), None)]),
        seed: 7,
    }
}

pub(crate) fn validated(key: &str, from_run: Option<RunId>) -> RunEvent {
    let dataset = "hourly".parse().unwrap();
    let (key, evidence) = (digest(key), digest("validation"));
    RunEvent::DataValidated { dataset, key, evidence, errors: 3, from_run }
}

pub(crate) fn evaluated(key: &str, metrics: &[(&str, f64)], from_run: Option<RunId>) -> RunEvent {
    let (key, evidence) = (digest(key), digest("evaluation"));
    RunEvent::Evaluated { key, evidence, metrics: named(metrics), from_run }
}

pub(crate) fn judged(answer: Answer) -> RunEvent {
    RunEvent::Judged { verdict: digest("verdict"), answer }
}

pub(crate) fn finished(end: RunEnd) -> RunEvent {
    RunEvent::RunFinished { end }
}

pub(crate) fn named(numbers: &[(&str, f64)]) -> BTreeMap<String, f64> {
    numbers.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

/// Makes a candidate that passed its gate: a model of this content with inputs of this width.
pub(crate) fn candidate(variant: &str, width: u64, model: &str) -> Candidate {
    let subject = Subject::of(format!("{width} {model}").as_bytes());
    let candidate = json!({
        "variant": variant,
        "subject": subject,
        "signature": {
            "inputs": [{"name": "x", "tensor": {"element": "float", "shape": [null, width]}}],
            "outputs": [],
        },
        "contents": {
            "model": digest(model), "environment": digest("lock"), "card": digest("card"),
        },
        "lineage": {
            "run": run(7), "commit": "0f".repeat(20), "data": {"hourly": digest("hour")},
        },
        "judgement": {
            "verdict": digest("verdict"), "subject": subject, "run": run(7),
            "model": digest(model), "answer": "pass", "rules": 4, "failed": 0, "findings": 0,
        },
    });
    serde_json::from_value(candidate).unwrap()
}

pub(crate) fn occasion(milliseconds: i64, why: &str) -> Occasion {
    let (who, why) = ("ada".parse().unwrap(), why.parse().unwrap());
    Occasion { at: at(milliseconds), who, why, evidence: None }
}

/// Makes what the person called `by` says of `candidate`.
pub(crate) fn approval(candidate: &Candidate, decision: Decision, by: &str) -> Approval {
    let Candidate { variant, subject, lineage, .. } = candidate;
    Approval {
        decision,
        variant: variant.clone(),
        subject: *subject,
        run: lineage.run,
        by: by.parse().unwrap(),
        statement: digest(&format!("{by} {decision} {subject}")),
    }
}
