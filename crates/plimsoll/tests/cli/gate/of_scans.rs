//! Rules that ask for scans.

use serde_json::{Value, json};

use super::predicted;
use crate::sandbox::{Ended, Sandbox};

/// A lock of npm with one package under `license`.
fn lock(license: &str) -> String {
    let package = json!({
        "name": "a",
        "lockfileVersion": 3,
        "packages": {
            "": { "name": "a" },
            "node_modules/gears": { "version": "1.2.3", "license": license },
        },
    });
    package.to_string()
}

/// A project with that lock, whose data are its own.
fn project(license: &str, more: &str) -> Sandbox {
    let sandbox = predicted(more);
    sandbox.write("package-lock.json", &lock(license));
    sandbox.replace("plimsoll.yaml", "schema: s.yaml", "license: own");
    sandbox
}

fn gate(scan: &str, rule: &str) -> String {
    let holds = "  - { metric: accuracy, min: 0.6 }\n";
    format!("scan: {{ locks: [package-lock.json]{scan} }}\ngate:\n{holds}  - {rule}\n")
}

/// Returns the exit code, how the scan's rule ended, and the codes of what was found.
fn judged(ended: &Ended) -> (Option<i32>, String, Vec<String>) {
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    let outcome = document["gate"]["rules"][1]["outcome"].as_str().unwrap().to_owned();
    let found = document["gate"]["findings"].as_array().unwrap().iter();
    let codes = found.map(|found| found["code"].as_str().unwrap().to_owned());
    // A file of predictions says nothing of leaks, and is told so.
    (ended.code, outcome, codes.filter(|code| code != "leak.not-checked").collect())
}

fn codes(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

#[test]
fn licenses_are_judged_for_what_the_release_is_for() {
    let rule = "{ scan: licenses }";
    for (license, intent, outcome) in [
        ("MIT", "redistribute", "pass"),
        ("GPL-3.0-only", "service", "pass"),
        ("GPL-3.0-only", "redistribute", "block"),
        ("SEE LICENSE IN none", "internal", "block"),
    ] {
        let sandbox = project(license, &gate(&format!(", intent: {intent}"), rule));
        let ended = sandbox.plimsoll(["run", "--json"]);
        let expected = if outcome == "pass" { Some(0) } else { Some(1) };
        let (code, found, _) = judged(&ended);
        assert_eq!((code, found.as_str()), (expected, outcome), "{license} {intent} {ended}");
        let again = sandbox.plimsoll(["gate"]);
        assert_eq!(again.code, expected, "{again}");
        assert!(!again.stderr.contains("not the verdict"), "{again}");
    }
}

#[test]
fn terms_of_data_are_followed_to_the_model() {
    let sandbox = project("MIT", &gate("", "{ scan: licenses }"));
    sandbox.replace("plimsoll.yaml", "license: own", "license: CC-BY-NC-4.0");
    let ended = sandbox.plimsoll(["run", "--json"]);
    assert_eq!(judged(&ended), (Some(1), "block".to_owned(), codes(&["license.conflict"])));
    assert!(ended.stdout.contains("dataset `t` (CC-BY-NC-4.0) -> model `rain`"), "{ended}");
    // Without a word nobody knows.
    sandbox.replace("plimsoll.yaml", ", license: CC-BY-NC-4.0", "");
    let ended = sandbox.plimsoll(["run", "--json"]);
    assert_eq!(judged(&ended).2, ["license.conflict"], "{ended}");
    // A card says it as well, and what contradicts it is neither.
    sandbox.write("CARD.md", "---\nlicense: cc-by-4.0\n---\n# Data\n");
    sandbox.replace("plimsoll.yaml", "path: t.csv", "path: t.csv, card: CARD.md");
    assert_eq!(sandbox.plimsoll(["run"]).code, Some(0));
    sandbox.replace("plimsoll.yaml", "path: t.csv", "path: t.csv, license: MIT");
    let ended = sandbox.plimsoll(["run"]);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stdout.contains("ambiguous"), "{ended}");
}

#[test]
fn a_policy_of_licenses_has_exceptions_and_adds_to_the_usual_one() {
    let denies = ", licenses: { extends: default, deny: { licenses: [MIT] } }";
    let sandbox = project("MIT", &gate(denies, "{ scan: licenses }"));
    let ended = sandbox.plimsoll(["run", "--json"]);
    assert_eq!(judged(&ended), (Some(1), "block".to_owned(), codes(&["license.denied"])));
    let excepted = "deny: { licenses: [MIT] }, exceptions: [{ package: gears, license: MIT, owner: ada, reason: ours, expires: 2999-12-31 }]";
    sandbox.replace("plimsoll.yaml", "deny: { licenses: [MIT] }", excepted);
    let ended = sandbox.plimsoll(["run"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    sandbox.replace("plimsoll.yaml", "licenses: [MIT]", "licenses: [MIT OR]");
    let ended = sandbox.plimsoll(["run"]);
    assert!(ended.stdout.contains("`scan.licenses` (plimsoll.yaml:"), "{ended}");
    assert_eq!(ended.code, Some(1), "{ended}");
}

#[test]
fn a_policy_may_say_something_else_of_what_only_others_need() {
    let lock = json!({ "name": "app", "lockfileVersion": 3, "packages": {
        "": { "dependencies": { "levers": "^1" } },
        "node_modules/levers": { "version": "1.0.0", "license": "MIT", "dependencies": { "gears": "*" } },
        "node_modules/gears": { "version": "1.2.3", "license": "GPL-3.0-only" },
    } });
    let sandbox = project("MIT", &gate(", intent: redistribute", "{ scan: licenses }"));
    sandbox.write("package-lock.json", &lock.to_string());
    let ended = sandbox.plimsoll(["run"]);
    assert_eq!(ended.code, Some(1), "{ended}");
    let way = "gears 1.2.3 comes under GPL-3.0-only: deny family `strong-copyleft`; it came by app -> levers -> gears";
    assert!(ended.stdout.contains(way), "{ended}");
    let transitive = "intent: redistribute, licenses: { extends: default, transitive: { allow: { families: [strong-copyleft] } } }";
    sandbox.replace("plimsoll.yaml", "intent: redistribute", transitive);
    let ended = sandbox.plimsoll(["run"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    // What the project asks for itself is another matter.
    sandbox.replace("package-lock.json", r#"{"levers":"^1"}"#, r#"{"levers":"^1","gears":"*"}"#);
    let ended = sandbox.plimsoll(["run"]);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stdout.contains("`strong-copyleft`\n"), "{ended}");
}

#[test]
fn files_of_others_are_judged_and_code_is_followed_to_the_model() {
    let marked = |license: &str| format!("# SPDX-License{}Identifier: {license}\n", '-');
    let rule = "{ scan: licenses }";
    let sandbox = project("MIT", &gate(", intent: redistribute", rule));
    sandbox.write("tools/plot.py", &marked("GPL-3.0-only"));
    let ended = sandbox.plimsoll(["run", "--json"]);
    assert_eq!(judged(&ended), (Some(1), "block".to_owned(), codes(&["license.denied"])));
    // As it is: what people see is shortened.
    let output = sandbox.command(["run", "--json"]).output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = document["gate"]["findings"].as_array().unwrap().iter();
    let found = found.clone().find(|found| found["code"] == "license.denied").unwrap();
    let subject = found["subject"].as_str().unwrap();
    assert!(subject.starts_with("tools/plot.py in blake3:"), "{subject}");
    assert_eq!((&found["path"], &found["line"]), (&"tools/plot.py".into(), &1.into()));

    // What every step sees is on its way to the model.
    sandbox.replace("plimsoll.yaml", "task: binary", "task: binary\ncode: ['tools/*.py']");
    let ended = sandbox.plimsoll(["run", "--json"]);
    assert_eq!(judged(&ended).2, ["license.conflict"], "{ended}");
    let way = "copied files `tools/plot.py` (GPL-3.0-only) -> model `rain`: strong-copyleft";
    assert!(ended.stdout.contains(way), "{ended}");
    // Git need not know of it.
    sandbox.write(".gitignore", "tools/\n");
    assert_eq!(judged(&sandbox.plimsoll(["run", "--json"])).2, ["license.conflict"]);

    let waiver = format!(
        "waivers:\n  - {{ finding: license.conflict, subject: '{subject}', owner: ada, reason: a tool, expires: 2999-12-31 }}\n"
    );
    let text = sandbox.read("plimsoll.yaml");
    sandbox.write("plimsoll.yaml", &format!("{text}{waiver}"));
    let ended = sandbox.plimsoll(["run", "--json"]);
    assert_eq!(judged(&ended).1, "pass", "{ended}");
    let shown = sandbox.plimsoll(["show", "--json"]);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    let listed = shown["scans"]["licenses"]["packages"].as_array().unwrap();
    assert!(listed.iter().any(|it| it["ecosystem"] == "file" && it["name"] == "tools/plot.py"));
    sandbox.write("tools/plot.py", &format!("{}import os\n", marked("GPL-3.0-only")));
    assert_eq!(judged(&sandbox.plimsoll(["run", "--json"])).1, "block");
}

#[test]
fn advisories_need_a_database_that_is_young_enough() {
    let sandbox = project("MIT", &gate("", "{ scan: vulnerabilities }"));
    let ended = sandbox.plimsoll(["run", "--json"]);
    assert_eq!(judged(&ended), (Some(1), "error".to_owned(), codes(&["scan.failed"])), "{ended}");
    assert!(ended.stdout.contains("plimsoll database update"), "{ended}");

    let advisory = json!({
        "id": "GHSA-aaaa-bbbb-cccc",
        "modified": "2026-11-01T00:00:00Z",
        "summary": "teeth fall out",
        "affected": [{
            "package": { "ecosystem": "npm", "name": "gears" },
            "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "0" }, { "fixed": "1.3.0" }] }],
        }],
    });
    sandbox.write("osv/GHSA-aaaa-bbbb-cccc.json", &advisory.to_string());
    let updated = sandbox.plimsoll(["database", "update", "osv"]);
    assert_eq!(updated.code, Some(0), "{updated}");
    let ended = sandbox.plimsoll(["run", "--json"]);
    let found = codes(&["vulnerability.advisory"]);
    assert_eq!(judged(&ended), (Some(1), "block".to_owned(), found), "{ended}");
    let shown = sandbox.plimsoll(["show"]);
    assert!(shown.stdout.contains("held against advisories blake3:"), "{shown}");
    // One for all of a kind would excuse what nobody has seen yet.
    let waiver = "waivers:\n  - { finding: vulnerability.advisory, owner: ada, reason: not reached, expires: 2999-12-31 }\n";
    let declared = sandbox.read("plimsoll.yaml");
    sandbox.write("plimsoll.yaml", &(declared.clone() + waiver));
    assert_eq!(sandbox.plimsoll(["run"]).code, Some(1));
    let named = waiver.replace("owner", "subject: GHSA-aaaa-bbbb-cccc in gears 1.2.3, owner");
    sandbox.write("plimsoll.yaml", &(declared + &named));
    let ended = sandbox.plimsoll(["run"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stdout.contains("waived[vulnerability.advisory]"), "{ended}");
}

#[test]
fn what_cannot_be_looked_at_is_an_error() {
    let (licenses, model) = ("{ scan: licenses }", "{ scan: model }");
    let without =
        predicted(&format!("gate:\n  - {{ metric: accuracy, min: 0.6 }}\n  - {licenses}\n"));
    without.replace("plimsoll.yaml", "schema: s.yaml", "license: own");
    let ended = without.plimsoll(["run", "--json"]);
    assert_eq!(judged(&ended).1, "error", "{ended}");
    assert!(ended.stdout.contains("nothing says which packages"), "{ended}");
    let sandbox = project("MIT", &gate("", model));
    let ended = sandbox.plimsoll(["run", "--json"]);
    assert_eq!(judged(&ended), (Some(1), "error".to_owned(), codes(&["scan.failed"])), "{ended}");
    // A lock that names nothing, and one from the future.
    sandbox.replace("plimsoll.yaml", model, licenses);
    sandbox.write("package-lock.json", r#"{"name": "a", "lockfileVersion": 3, "packages": {}}"#);
    let ended = sandbox.plimsoll(["run", "--json"]);
    assert_eq!(judged(&ended).1, "error", "{ended}");
    assert!(ended.stdout.contains("no package is named"), "{ended}");
    sandbox.write("package-lock.json", "{\"lockfileVersion\": 99}");
    let ended = sandbox.plimsoll(["run", "--json"]);
    assert_eq!(judged(&ended).1, "error", "{ended}");
}

#[test]
fn a_rule_sits_where_it_is_said_to_sit() {
    let rule = "{ scan: licenses, at: { research: observe, merge: warn } }";
    let sandbox = project("GPL-3.0-only", &gate(", intent: redistribute", rule));
    for (at, code, severity) in
        [("research", 0, "info"), ("merge", 0, "warning"), ("release", 1, "error")]
    {
        let ended = sandbox.plimsoll(["run", "--at", at, "--json"]);
        assert_eq!(ended.code, Some(code), "{at} {ended}");
        let document: Value = serde_json::from_str(&ended.stdout).unwrap();
        let found = document["gate"]["findings"].as_array().unwrap().iter();
        let denied = found.filter(|found| found["code"] == "license.denied");
        let severities: Vec<&Value> = denied.map(|found| &found["severity"]).collect();
        assert_eq!(severities, [severity], "{at}");
        assert_eq!(document["gate"]["rules"][1]["outcome"], "block", "{at}");
    }
    sandbox.plimsoll(["run", "--at", "research"]);
    assert_eq!(sandbox.plimsoll(["gate"]).code, Some(0));
    let deployed = sandbox.plimsoll(["gate", "--at", "deploy"]);
    assert_eq!(deployed.code, Some(1));
    assert!(!deployed.stderr.contains("not the verdict"), "another transition {deployed}");
    assert_eq!(sandbox.plimsoll(["run", "--at", "staging"]).code, Some(2));
}

#[test]
fn what_the_organisation_finds_usual_is_not_for_the_repository_to_say() {
    let allows_all = ", intent: redistribute, licenses: { otherwise: allow }";
    let sandbox = project("GPL-3.0-only", &gate(allows_all, "{ scan: licenses }"));
    assert_eq!(sandbox.plimsoll(["run"]).code, Some(0), "its own rule is its own affair");
    super::demanded(&sandbox, "gate:\n  - { scan: licenses }\n", None);
    let ended = sandbox.plimsoll(["run", "--json"]);
    let (code, _, found) = judged(&ended);
    assert_eq!((code, found), (Some(1), codes(&["license.denied"])), "{ended}");
}
