use plimsoll_core::Digest;
use plimsoll_core::approval::Decision;
use plimsoll_core::event::{RunEnd, RunEvent, StepFailure};
use plimsoll_core::record::RunRecord;

use super::*;
use crate::samples;

fn subject() -> Subject {
    Subject::of(b"manifest")
}

#[test]
fn every_statement_comes_back_as_it_was() {
    let statements = [
        samples::provenance(subject()),
        samples::judged(subject(), "pass"),
        samples::released(subject()),
        samples::approved(subject(), Decision::Approve),
        samples::deployed(subject()),
        samples::reproduced(subject()),
    ];
    // A dossier's has its own test.
    let kinds = ClaimKind::ALL.into_iter().filter(|kind| *kind != ClaimKind::Dossier);
    for (statement, kind) in statements.into_iter().zip(kinds) {
        assert_eq!(statement.claim.kind(), kind);
        let bytes = statement.to_json().unwrap();
        assert_eq!(Statement::from_json(&bytes).unwrap(), statement);
    }
}

#[test]
fn provenance_says_what_the_run_was_made_of() {
    let statement = samples::provenance(subject());
    let json: Value = serde_json::from_slice(&statement.to_json().unwrap()).unwrap();
    assert_eq!(json["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(json["predicateType"], "https://slsa.dev/provenance/v1");
    assert_eq!(json["subject"][0]["digest"]["sha256"], Digest::sha256(b"manifest").hex());
    let predicate = &json["predicate"];
    let dependencies = predicate["buildDefinition"]["resolvedDependencies"].as_array().unwrap();
    let names: Vec<_> = dependencies.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["commit", "data/hourly", "code/train.py"]);
    assert_eq!(dependencies[0]["annotations"]["state"], "clean");
    assert_eq!(dependencies[1]["digest"]["blake3"], Digest::blake3(b"hour").hex());
    let details = &predicate["runDetails"];
    assert_eq!(details["builder"]["id"], "urn:plimsoll:builder:local");
    assert_eq!(details["metadata"]["startedOn"], "2026-01-01T00:00:00.25Z");
    let byproducts = details["byproducts"].as_array().unwrap();
    assert_eq!(byproducts[0]["name"], "output/build/model.onnx");
    let step = &predicate["buildDefinition"]["internalParameters"]["steps"][0];
    assert_eq!(step["command"], "python train.py");
    assert!(!json.to_string().contains("/home/ada"), "a folder of this machine leaves it");
}

#[test]
fn what_came_from_elsewhere_is_a_dependency_and_what_a_step_made_is_none() {
    let mut record = samples::record();
    let lock = Digest::blake3(b"lock");
    record.start.environment.python = lock.to_string();
    let parts = record.steps[0].parts.as_mut().unwrap();
    let base = Digest::blake3(b"base");
    parts.inputs.insert("base.onnx".parse().unwrap(), base);
    parts.inputs.insert("build/model.onnx".parse().unwrap(), Digest::blake3(b"model"));
    let provenance = Provenance::of(&record, samples::builder()).unwrap();
    let dependencies = &provenance.build_definition.resolved_dependencies;
    let names: Vec<_> = dependencies.iter().map(|one| one.name.as_str()).collect();
    let expected =
        ["commit", "data/hourly", "code/train.py", "environment/lock", "input/base.onnx"];
    assert_eq!(names, expected);
    assert_eq!(dependencies[3].digest["blake3"], lock.hex());
    assert_eq!(dependencies[3].annotations["interpreter"], "CPython 3.11.7");
    assert_eq!(dependencies[4].digest["blake3"], base.hex());
}

#[test]
fn a_run_that_did_not_complete_has_no_provenance() {
    let mut events = samples::events();
    let last = events.pop().unwrap();
    let refused = |events: &[_]| {
        let record = RunRecord::of(samples::run(), events).unwrap();
        Provenance::of(&record, samples::builder()).unwrap_err().to_string()
    };
    assert!(refused(&events).contains("has not ended (only a completed run"));
    let mut failed = events.clone();
    failed.push(plimsoll_core::event::Recorded {
        what: RunEvent::RunFinished { end: RunEnd::Failed },
        ..last.clone()
    });
    assert!(refused(&failed).contains("ended as `failed`"));
    events[2].what = RunEvent::StepFailed {
        step: "train".parse().unwrap(),
        attempt: 1,
        reason: StepFailure::Exit { code: 1, hint: None },
        duration_ms: 1,
    };
    events.push(last);
    assert!(refused(&events).contains("step `train` of run abab"));
}

#[test]
fn what_is_no_statement_of_ours_is_named() {
    let bytes = samples::judged(subject(), "pass").to_json().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let cases = [
        ("in-toto.io/Statement/v1", "in-toto.io/Statement/v0.1", "not a `https://in-toto.io"),
        ("urn:plimsoll:verdict/v1", "urn:plimsoll:verdict/v9", "this version does not know"),
        ("\"role\":\"gate\"", "\"role\":\"builder\"", "is a verdict made as builder"),
        ("\"subject\":[", "\"subject\":[],\"more\":[", "is no in-toto statement"),
        ("\"sha256\":\"", "\"sha256\":\"0", "whose SHA-256 is malformed"),
        ("\"answer\":\"pass\"", "\"answer\":\"maybe\"", "is no in-toto statement"),
    ];
    for (there, instead, said) in cases {
        assert!(text.contains(there), "{there}");
        let changed = text.replacen(there, instead, 1);
        let error = Statement::from_json(changed.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    let mut value: Value = serde_json::from_str(&text).unwrap();
    let twice = value["subject"][0].clone();
    value["subject"].as_array_mut().unwrap().push(twice);
    let error = Statement::from_json(value.to_string().as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "is about 2 subjects (expected 1)");
}

#[test]
fn a_builder_is_a_uri() {
    assert!("urn:plimsoll:builder:local".parse::<BuilderId>().is_ok());
    for bad in ["builder", "urn:", ":x", "urn:a b", &"x:".repeat(101)] {
        assert!(bad.parse::<BuilderId>().is_err(), "{bad}");
    }
}
