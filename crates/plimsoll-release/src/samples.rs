//! A run, its verdict and its statements, for the tests of this crate.

use plimsoll_core::approval::Decision;
use plimsoll_core::event::{Recorded, RunEvent};
use plimsoll_core::gate::Verdict;
use plimsoll_core::lifecycle::Subject;
use plimsoll_core::record::RunRecord;
use plimsoll_core::reproduction::Reproduction;
use plimsoll_core::{Digest, RunId, Timestamp};
use serde_json::json;

use crate::key::SigningKey;
use crate::statement::{
    ApprovalClaim, Approver, Builder, Claim, Deployment, DeploymentClaim, Numbered, Provenance,
    ReleaseClaim, ReproductionClaim, Statement, VerdictClaim, Word,
};

pub(crate) fn key() -> SigningKey {
    SigningKey::from_random([7; 32]).unwrap()
}

pub(crate) fn builder() -> Builder {
    let id = "urn:plimsoll:builder:local".parse().unwrap();
    Builder { id, version: [("plimsoll".to_owned(), "0.1.0".to_owned())].into() }
}

pub(crate) fn run() -> RunId {
    RunId::from_bytes([0xab; 16])
}

fn digest(of: &str) -> Digest {
    Digest::blake3(of.as_bytes())
}

/// A run of one step that came to its end.
pub(crate) fn events() -> Vec<Recorded> {
    let parts = json!({
        "format": 1, "command": "python train.py", "code": digest("code"),
        "inputs": {"data/hour.csv": digest("hour")}, "outputs": ["build/model.onnx"],
        "params": {"train.trees": 100}, "environment": digest("environment"), "env": {}, "seed": 7,
    });
    let start = json!({
        "event": "run-started", "repository": "/home/ada/bike-demand",
        "commit": {"hash": "4b825dc642cb6eb9a060e54bf8d69288fbee4904", "branch": "main", "dirty": false},
        "project": {
            "model": "bike-demand", "task": "regression", "owners": ["team-mobility"],
            "license": "Apache-2.0", "python": "system", "registry": null, "seed": 7, "data": {},
            "params": "params.yaml", "code": ["*.py"], "steps": [], "evaluate": null, "gate": [],
        },
        "declared": digest("plimsoll.yaml"), "params": {"train.trees": 100, "train.rate": 0.1},
        "data": {"hourly": {"digest": digest("hour"), "bytes": 1_156_736, "source": "simulate.py"}},
        "code": {"train.py": digest("train.py")},
        "environment": {
            "python": "system", "interpreter": "CPython 3.11.7", "platform": "linux-x86_64",
        },
        "steps": ["train"], "gated": true, "plan": digest("plan"),
    });
    let output = json!({
        "path": "build/model.onnx", "digest": digest("model"), "bytes": 5, "kind": "file",
    });
    let events = [
        start,
        json!({"event": "step-started", "step": "train", "attempt": 1, "parts": parts}),
        json!({
            "event": "step-succeeded", "step": "train", "attempt": 1, "key": digest("key"),
            "outputs": [output], "duration-ms": 900,
        }),
        json!({"event": "evaluated", "key": digest("key"), "evidence": digest("evidence")}),
        json!({"event": "run-finished", "end": "completed"}),
    ];
    let recorded = |(place, event)| {
        let sequence = u64::try_from(place).unwrap() + 1;
        let what: RunEvent = serde_json::from_value(event).unwrap();
        let at = Timestamp::from_millis(1_767_225_600_000 + i64::try_from(sequence).unwrap() * 250);
        Recorded { sequence, at, what }
    };
    events.into_iter().enumerate().map(recorded).collect()
}

pub(crate) fn record() -> RunRecord {
    RunRecord::of(run(), &events()).unwrap()
}

pub(crate) fn verdict(answer: &str) -> Verdict {
    serde_json::from_value(json!({
        "schema": "plimsoll.verdict/v1", "run": run(), "answer": answer,
        "policy": digest("policy"), "evidence": digest("evidence"), "findings": [],
        "rules": [{
            "rule": {"line": 40, "demand": {"limit": {"metric": "wape", "bound": {"max": 0.25}}}},
            "outcome": answer, "value": 0.203_711_9, "rows": 4000, "message": "WAPE 0.204",
        }],
    }))
    .unwrap()
}

pub(crate) fn judged_as(answer: &str) -> VerdictClaim {
    VerdictClaim::of(verdict(answer), builder()).unwrap()
}

fn statement(subject: Subject, claim: Claim) -> Statement {
    Statement { variant: "bike-demand".parse().unwrap(), subject, claim }
}

pub(crate) fn provenance(subject: Subject) -> Statement {
    let provenance = Provenance::of(&record(), builder()).unwrap();
    statement(subject, Claim::Provenance(Box::new(provenance)))
}

pub(crate) fn judged(subject: Subject, answer: &str) -> Statement {
    statement(subject, Claim::Verdict(Box::new(judged_as(answer))))
}

pub(crate) fn released(subject: Subject) -> Statement {
    released_after(subject, &judged_as("pass"))
}

pub(crate) fn released_after(subject: Subject, verdict: &VerdictClaim) -> Statement {
    let version = "bike-demand@1.0.0".parse().unwrap();
    let at = Timestamp::from_millis(1_767_225_700_000);
    let numbered = Numbered { version, parent: None, cause: None, at };
    let release = ReleaseClaim::of(numbered, verdict, builder());
    statement(subject, Claim::Release(Box::new(release)))
}

pub(crate) fn word(decision: Decision) -> Word {
    Word {
        decision,
        comment: "looked at it".parse().unwrap(),
        run: run(),
        verdict: judged_as("pass").digest,
        rules: digest("policy"),
        policy: None,
        at: Timestamp::from_millis(1_767_225_800_000),
        expires: None,
    }
}

pub(crate) fn approved(subject: Subject, decision: Decision) -> Statement {
    let claim = ApprovalClaim::of(word(decision), builder());
    statement(subject, Claim::Approval(Box::new(claim)))
}

pub(crate) fn deployment() -> Deployment {
    let note = |text: &str| text.parse().unwrap();
    Deployment {
        version: "bike-demand@1.0.0".parse().unwrap(),
        alias: "champion".parse().unwrap(),
        from: None,
        verdict: judged_as("pass").digest,
        policy: Some(digest("policy of the house")),
        approvals: vec![Approver { by: "ben".to_owned(), statement: digest("statement") }],
        who: note("ada"),
        because: note("ready"),
        at: Timestamp::from_millis(1_767_225_900_000),
    }
}

pub(crate) fn deployed(subject: Subject) -> Statement {
    let claim = DeploymentClaim::of(deployment(), builder());
    statement(subject, Claim::Deployment(Box::new(claim)))
}

pub(crate) fn reproduced(subject: Subject) -> Statement {
    let reproduction: Reproduction = serde_json::from_value(json!({
        "schema": "plimsoll.reproduction/v1", "version": "bike-demand@1.0.0", "subject": subject,
        "run": run(), "rerun": RunId::from_bytes([0xcd; 16]),
        "commit": "4b825dc642cb6eb9a060e54bf8d69288fbee4904", "at": 1_767_225_800_000_i64,
        "tolerance": 1e-6, "answer": "within-tolerance", "message": "1 of 1 output differs",
        "first": {"step": "train", "outputs": ["build/model.onnx"], "message": "it differs"},
        "conditions": [{"what": "platform", "then": "linux-x86_64", "now": "linux-aarch64"}],
        "steps": [{
            "step": "train", "agreement": "close", "given": [],
            "outputs": [{
                "path": "build/model.onnx", "agreement": "close", "then": digest("model"),
                "now": digest("again"), "difference": "answers differ", "distance": 1e-8,
            }],
        }],
        "metrics": [{"metric": "wape", "agreement": "same", "then": 0.2, "now": 0.2}],
    }))
    .unwrap();
    let claim = ReproductionClaim::of(reproduction, builder()).unwrap();
    statement(subject, Claim::Reproduction(Box::new(claim)))
}
