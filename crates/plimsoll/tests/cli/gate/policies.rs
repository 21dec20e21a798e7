//! An organisation's policy over what was released: tried before it holds, and held against at deploy.

use serde_json::Value;

use crate::release::scene::Scene;

const STRICT: &str = "gate:\n  - { metric: mae, max: 0.0001 }\n  - { check: model.baseline, at: { deploy: observe } }\n";
const MILD: &str = "gate:\n  - { metric: mae, max: 1000 }\n";

/// Pins `policy` beside the keys of the home, in a trust file of that version.
fn pin(scene: &Scene, version: u32, policy: &str) {
    let home = scene.sandbox.home();
    let keys = std::fs::read_to_string(home.join("trust.yaml")).unwrap();
    let digest = plimsoll_core::Digest::blake3(policy.as_bytes());
    let keys: String = keys
        .lines()
        .filter(|line| !line.starts_with("policy:") && !line.starts_with("version:"))
        .fold(String::new(), |all, line| all + line + "\n");
    std::fs::write(home.join("policy.yaml"), policy).unwrap();
    let trust = format!("version: {version}\npolicy: '{digest}'\n{keys}");
    std::fs::write(home.join("trust.yaml"), trust).unwrap();
}

#[test]
fn a_policy_is_tried_on_what_was_released_before_it_holds() {
    let Some(scene) = Scene::released() else { return };
    let sandbox = &scene.sandbox;
    sandbox.write("mild.yaml", MILD);
    let ended = sandbox.plimsoll(["policy", "test", "mild.yaml"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stdout.contains("0 of 1 would fail at `release` under blake3:"), "{ended}");
    sandbox.write("strict.yaml", STRICT);
    let ended = sandbox.plimsoll(["policy", "test", "strict.yaml", "--json"]);
    assert_eq!(ended.code, Some(1), "{ended}");
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    let rules = document["versions"][0]["rules"].as_array().unwrap();
    let places: Vec<&str> = rules.iter().map(|rule| rule["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["policy.yaml:2", "policy.yaml:3"]);
    assert_eq!(rules[1]["outcome"], "error", "nobody measured it");
    // Where the rule only observes it keeps nothing back.
    let ended = sandbox.plimsoll(["policy", "test", "strict.yaml", "--at", "deploy"]);
    assert!(!ended.stdout.contains("policy.yaml:3"), "{ended}");
    let ended = sandbox.plimsoll(["policy", "test", "strict.yaml", "--models", "cars"]);
    assert_eq!(ended.code, Some(2), "{ended}");
    assert!(ended.stderr.contains("the released models are bikes"), "{ended}");
    sandbox.write("wrong.yaml", "gate:\n  - { metric: mea, max: 1 }\n");
    assert_eq!(sandbox.plimsoll(["policy", "test", "wrong.yaml"]).code, Some(2));
}

#[test]
fn what_was_released_under_another_policy_is_deployed_only_where_it_passes_the_present_one() {
    let Some(scene) = Scene::released() else { return };
    let sandbox = &scene.sandbox;
    pin(&scene, 101, STRICT);
    let refused = sandbox.plimsoll(["deploy", "bikes@1.0.0"]);
    assert_eq!(refused.code, Some(1), "{refused}");
    assert!(refused.stderr.contains("mae <= 0.0001 (policy.yaml:2)"), "{refused}");
    assert!(refused.stderr.contains("the present policy, which it was not judged by"), "{refused}");
    pin(&scene, 102, MILD);
    let deployed = sandbox.plimsoll(["deploy", "bikes@1.0.0"]);
    assert_eq!(deployed.code, Some(0), "{deployed}");
}

#[test]
fn an_older_green_is_not_current() {
    let Some(scene) = Scene::new() else { return };
    let sandbox = &scene.sandbox;
    scene.run();
    let current = || sandbox.plimsoll(["gate", "--current"]);
    assert_eq!(current().code, Some(0), "{}", current());
    // A change that is in no commit.
    sandbox.write("plimsoll.yaml", &(sandbox.read("plimsoll.yaml") + "# later\n"));
    let dirty = current();
    assert_eq!(dirty.code, Some(1), "{dirty}");
    assert!(dirty.stderr.contains("does not have"), "{dirty}");
    // Another commit, of which nobody ran anything.
    scene.commit();
    let stale = current();
    assert_eq!(stale.code, Some(1), "{stale}");
    assert!(stale.stderr.contains("no run was judged on commit"), "{stale}");
    scene.run();
    assert_eq!(current().code, Some(0));
    // A run that was only judged as research is judged for a release here.
    let research = "  - { metric: mae, max: 0.0001, at: { research: observe } }\n";
    sandbox.write("plimsoll.yaml", &(sandbox.read("plimsoll.yaml") + research));
    scene.commit();
    let ran = sandbox.plimsoll(["run", "--at", "research"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let strict = current();
    assert_eq!(strict.code, Some(1), "{strict}");
    assert!(!strict.stderr.contains("not the verdict"), "{strict}");
    assert_eq!(sandbox.plimsoll(["gate", "--current", "--at", "research"]).code, Some(0));
    // Another policy.
    pin(&scene, 102, MILD);
    let other = current();
    assert_eq!(other.code, Some(1), "{other}");
    assert!(other.stderr.contains("with another policy"), "{other}");
}

#[test]
fn what_is_deployed_is_held_against_newer_advisories() {
    let Some(scene) = Scene::released() else { return };
    let sandbox = &scene.sandbox;
    sandbox.write(
        "osv/A-1.json",
        r#"{ "id": "A-1", "modified": "2024-05-01T00:00:00Z", "affected": [{ "package": { "ecosystem": "PyPI", "name": "wheels" }, "versions": ["1.0.0"] }] }"#,
    );
    sandbox.plimsoll(["database", "update", "osv"]);
    let scan = || sandbox.plimsoll(["scan", "vulnerabilities", "--deployed"]);
    let none = scan();
    assert_eq!(none.code, Some(2), "{none}");
    assert!(none.stderr.contains("no alias points at any version"), "{none}");
    assert_eq!(sandbox.plimsoll(["deploy", "bikes@1.0.0"]).code, Some(0));
    // Its repository declares no packages, which is not the same as there being none.
    let undeclared = scan();
    assert_eq!(undeclared.code, Some(1), "{undeclared}");
    assert!(undeclared.stdout.contains("bikes@1.0.0"), "{undeclared}");
    let both = sandbox.plimsoll(["scan", "vulnerabilities", "--deployed", "requirements.txt"]);
    assert_eq!(both.code, Some(2), "{both}");
    // A bundle that was changed says nothing that counts.
    let blobs = std::fs::read_dir(scene.bundle("bikes@1.0.0").join("blobs/sha256")).unwrap();
    let first = blobs.map(|entry| entry.unwrap().path()).min().unwrap();
    std::fs::write(&first, "other").unwrap();
    let changed = scan();
    assert_eq!(changed.code, Some(1), "{changed}");
    assert!(changed.stderr.contains("was changed"), "{changed}");
}
