//! Model files of other people's making and of ours: what is hostile is found, what is harmless passes.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

use std::fs::File;
use std::path::Path;

use plimsoll_scan::model::{Content, FileReport, Limits, Verdict, scan};

fn look(folder: &str, name: &str) -> FileReport {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder).join(name);
    scan(name, &Content::of_file(File::open(path).unwrap()).unwrap(), Limits::default())
}

fn told(report: &FileReport) -> String {
    let findings: Vec<String> = report
        .findings
        .iter()
        .map(|it| format!("\n        {} {} {:?} {:?}", it.verdict, it.message, it.member, it.call))
        .collect();
    format!("{} {:?}{}", report.verdict, report.formats, findings.concat())
}

#[test]
fn every_hostile_file_is_unsafe_and_every_harmless_one_safe() {
    let expected = include_str!("../fixtures/modelfiles/expected.json");
    let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
    let expected = expected.as_object().unwrap();
    assert_eq!(expected.len(), 81);
    let mut wrong = Vec::new();
    for (name, facts) in expected {
        let report = look("modelfiles", name);
        let is_right = match facts["verdict"].as_str().unwrap() {
            "malicious" => report.verdict == Verdict::Unsafe,
            "benign" => report.verdict == Verdict::Safe,
            _ => report.verdict != Verdict::Safe,
        };
        if !is_right {
            wrong.push(format!("{name}: {}", told(&report)));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn tricks_that_others_fell_for_are_seen_through() {
    let mut wrong = Vec::new();
    for line in include_str!("../fixtures/attacks/expected.txt").lines() {
        let mut words = line.splitn(3, ' ');
        let (verdict, name) = (words.next().unwrap(), words.next().unwrap());
        let report = look("attacks", name);
        if report.verdict.to_string() != verdict {
            wrong.push(format!("{line}\n    is {}", told(&report)));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
