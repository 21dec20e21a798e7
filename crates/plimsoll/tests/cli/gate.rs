//! What a rule may leave open, and what a waiver excuses.

mod of_data;
mod of_scans;
mod policies;

use std::fmt::Write as _;

use serde_json::Value;

use crate::release::scene::Scene;
use crate::sandbox::{Ended, Sandbox};

/// A project that is judged by a file of predictions: 100 rows, about a fifth of them wrong.
fn predicted(more: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let (mut truth, mut predictions) = ("id,y\n".to_owned(), "prediction\n".to_owned());
    for row in 0..100 {
        _ = writeln!(truth, "{row},{}", row % 2);
        _ = writeln!(predictions, "{}", if row % 5 == 0 { 1 - row % 2 } else { row % 2 });
    }
    sandbox.write("t.csv", &truth);
    sandbox.write("p.csv", &predictions);
    sandbox.write("s.yaml", "columns:\n  id: { type: integer, max: 98 }\n  y: { type: integer }\n");
    let data = "data: { t: { path: t.csv, schema: s.yaml } }\n";
    let evaluate = "evaluate: { predictions: p.csv, on: t.csv, target: y, positive: 1 }\n";
    let text = format!("model: rain\ntask: binary\n{data}{evaluate}{more}");
    sandbox.write("plimsoll.yaml", &text);
    sandbox
}

const EXCUSED: &str = "waivers:
  - { finding: data.range, subject: id, owner: ada, reason: the last row is a test, expires: 2999-12-31 }
";

fn run(more: &str) -> Ended {
    predicted(more).plimsoll(["run"])
}

fn gate(rule: &str) -> String {
    format!("gate:\n  - {rule}\n{EXCUSED}")
}

#[test]
fn a_doubt_blocks_unless_the_rule_accepts_it() {
    let doubtful = "{ metric: accuracy, min: 0.78";
    let ended = run(&gate(&format!("{doubtful} }}")));
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stdout.contains("? inconclusive"), "{ended}");
    let ended = run(&gate(&format!("{doubtful}, inconclusive: pass }}")));
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stdout.contains("0 of 1 rules hold, 1 blocks nothing"), "{ended}");
}

#[test]
fn a_rule_that_only_warns_is_said_and_blocks_nothing() {
    let ended = run(&gate("{ metric: accuracy, min: 0.99, severity: warning }"));
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stdout.contains("! block"), "{ended}");
    let ended = run(&gate("{ metric: accuracy, min: 0.99, severity: mild }"));
    assert_eq!(ended.code, Some(2), "{ended}");
}

#[test]
fn a_waiver_excuses_what_is_wrong_with_data_and_is_kept_in_the_verdict() {
    let holding = "gate:\n  - { metric: accuracy, min: 0.6 }\n";
    let ended = run(holding);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stdout.contains("data.range"), "{ended}");

    let sandbox = predicted(&format!("{holding}{EXCUSED}"));
    let ended = sandbox.plimsoll(["run"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stdout.contains("waived[data.range]"), "{ended}");
    assert!(ended.stdout.contains("by ada until 2999-12-31 (plimsoll.yaml:8)"), "{ended}");
    let again = sandbox.plimsoll(["gate", "--json"]);
    assert_eq!(again.code, Some(0), "{again}");
    assert!(!again.stderr.contains("not the verdict"), "{again}");
    let document: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(document["waived"][0]["waiver"]["owner"], "ada");
    // The answer about the data is known now and is held against the waivers all the same.
    sandbox.replace("plimsoll.yaml", "subject: id", "subject: y");
    let ended = sandbox.plimsoll(["run"]);
    assert_eq!(ended.code, Some(1), "{ended}");
}

#[test]
fn a_waiver_that_is_over_or_excuses_nothing_is_said() {
    let holding = "gate:\n  - { metric: accuracy, min: 0.6 }\n";
    let over = EXCUSED.replace("2999-12-31", "2020-01-01");
    let ended = run(&format!("{holding}{over}"));
    assert_eq!(ended.code, Some(1), "{ended}");
    let more = format!(
        "{holding}{EXCUSED}  - {{ finding: leak.suspected, owner: bo, reason: known, expires: 2999-01-01 }}\n"
    );
    let ended = run(&more);
    assert_eq!(ended.code, Some(0), "{ended}");
    let said = "the waiver of bo for leak.suspected excuses nothing here";
    assert!(ended.stdout.contains(said), "{ended}");
    let ended = run(&format!(
        "{holding}waivers:\n  - {{ finding: data.range, owner: ada, reason: x, expires: soon }}\n"
    ));
    assert_eq!(ended.code, Some(2), "{ended}");
    assert!(ended.stderr.contains("write it as `2027-01-31`"), "{ended}");
}

/// A project whose model is wrong where `g` is 0, a quarter of 400 rows, and right elsewhere.
fn weak_in_part(more: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let (mut truth, mut predictions) = ("g,y\n".to_owned(), "prediction\n".to_owned());
    for row in 0..400 {
        let (g, y) = (row % 4, row / 4 % 2);
        _ = writeln!(truth, "{g},{y}");
        _ = writeln!(predictions, "{}", if g == 0 || row % 29 == 0 { 1 - y } else { y });
    }
    sandbox.write("t.csv", &truth);
    sandbox.write("p.csv", &predictions);
    let evaluate = "evaluate: { predictions: p.csv, on: t.csv, target: y, positive: 1 }\n";
    sandbox.write("plimsoll.yaml", &format!("model: rain\ntask: binary\n{evaluate}{more}"));
    sandbox
}

#[test]
fn a_part_that_is_too_weak_blocks_until_somebody_answers_for_it() {
    let rule = "gate:\n  - { slices: automatic, metric: accuracy, worse-by: 100% }\n";
    let sandbox = weak_in_part(rule);
    let ended = sandbox.plimsoll(["run"]);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stdout.contains("error[model.weak-part] where g "), "{ended}");
    let document: Value =
        serde_json::from_str(&sandbox.plimsoll(["gate", "--json"]).stdout).unwrap();
    let findings = document["findings"].as_array().unwrap();
    let weak = findings.iter().find(|finding| finding["code"] == "model.weak-part").unwrap();
    let part = weak["subject"].as_str().unwrap();
    let waiver = format!(
        "waivers:\n  - {{ finding: model.weak-part, subject: '{part}', owner: ada, reason: rare, expires: 2999-12-31 }}\n"
    );
    let ended = weak_in_part(&format!("{rule}{waiver}")).plimsoll(["run"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stdout.contains("waived[model.weak-part]"), "{ended}");
}

#[test]
fn a_check_that_cannot_run_is_no_pass() {
    let ended = weak_in_part("gate:\n  - { check: model.stability }\n").plimsoll(["run"]);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stdout.contains("✗ error          model.stability"), "{ended}");
    let ended = weak_in_part("gate:\n  - { check: model.baseline }\n").plimsoll(["run"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stdout.contains("✓ pass           model.baseline"), "{ended}");
}

#[test]
fn the_gate_serves_the_model_where_a_rule_is_about_serving() {
    let Some(scene) = Scene::bare() else { return };
    let sandbox = &scene.sandbox;
    // What the model of weight 2 answers, as training would have recorded it.
    let mut recorded = "prediction\n".to_owned();
    for row in 0..240 {
        let (a, b, c) = (row * 7 % 11, row * 13 % 10, row * 29 % 21);
        _ = writeln!(recorded, "{}", 40.0 + f64::from(2 * a - 2 * b) + f64::from(c) / 2.0);
    }
    sandbox.write("recorded.csv", &recorded);
    sandbox.replace("plimsoll.yaml", "  block: day\n", "  block: day\n  recorded: recorded.csv\n");
    let rules = "  - { check: model.parity }\n  - { budget: memory, max: 2GB }\n  - { budget: latency-p50, max: 2s }\n  - { budget: file-size, max: 1kB }\n";
    let text = sandbox.read("plimsoll.yaml");
    sandbox.write("plimsoll.yaml", &format!("{text}{rules}"));
    let ran = scene.json(&["run"], 0);
    let rules = ran["gate"]["rules"].as_array().unwrap_or_else(|| panic!("{ran}"));
    let outcomes: Vec<&Value> = rules.iter().map(|rule| &rule["outcome"]).collect();
    assert_eq!(outcomes, ["pass", "not-applicable", "pass", "pass", "pass", "pass"]);

    // One row that is answered otherwise than in training, and a limit that nothing keeps.
    let otherwise = recorded.replacen("\n40\n", "\n41\n", 1);
    assert_ne!(otherwise, recorded);
    sandbox.write("recorded.csv", &otherwise);
    sandbox.replace("plimsoll.yaml", "latency-p50, max: 2s", "latency-p50, max: 1us");
    let ended = sandbox.plimsoll(["run"]);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stdout.contains("error[model.answers-otherwise] 1 of 240 answers"), "{ended}");
    assert!(ended.stdout.contains("✗ block          latency-p50 <= 1 us"), "{ended}");

    // The same of a file of predictions cannot be measured, and is no pass.
    let ended = weak_in_part("gate:\n  - { budget: memory, max: 2GB }\n").plimsoll(["run"]);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stdout.contains("a file of predictions is not served"), "{ended}");
}

#[test]
fn a_part_is_found_down_to_the_limit_of_the_rule() {
    // 1.05 times as many wrong answers, on many rows: below what the search reports by itself.
    let sandbox = Sandbox::new();
    let (mut truth, mut predictions) = ("g,y\n".to_owned(), "prediction\n".to_owned());
    for row in 0..9000_u32 {
        let y = f64::from(row % 97);
        let off = if row % 2 == 0 { 10.5 } else { 10.0 } + f64::from(row % 7) / 10.0;
        _ = writeln!(truth, "{},{y}", row % 2);
        _ = writeln!(predictions, "{}", y + off);
    }
    sandbox.write("t.csv", &truth);
    sandbox.write("p.csv", &predictions);
    let project = "model: rain\ntask: regression\nevaluate: { predictions: p.csv, on: t.csv, target: y }\ngate:\n  - { slices: automatic, metric: mae, worse-by: 2% }\n";
    sandbox.write("plimsoll.yaml", project);
    let ended = sandbox.plimsoll(["run"]);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stdout.contains("error[model.weak-part] where g in [0]"), "{ended}");
}

/// Writes the organisation's policy and pins `pinned`, or its own digest.
fn demanded(sandbox: &Sandbox, policy: &str, pinned: Option<&str>) {
    let digest = plimsoll_core::Digest::blake3(policy.as_bytes()).to_string();
    let home = sandbox.home();
    std::fs::create_dir_all(home).unwrap();
    std::fs::write(home.join("policy.yaml"), policy).unwrap();
    let pinned = pinned.unwrap_or(&digest);
    std::fs::write(home.join("trust.yaml"), format!("version: 1\npolicy: '{pinned}'\nkeys: []\n"))
        .unwrap();
}

#[test]
fn a_policy_is_tightened_and_never_weakened() {
    let strict = "gate:\n  - { metric: accuracy, min: 0.6 }\n  - { metric: mae, max: 1 }\n";
    let run = |rules: &str, policy: &str| {
        let sandbox = weak_in_part(&format!("gate:\n{rules}"));
        demanded(&sandbox, policy, None);
        sandbox.plimsoll(["run"])
    };
    let tighter = run("  - { metric: accuracy, min: 0.65 }\n", strict);
    assert_eq!(tighter.code, Some(0), "{tighter}");
    assert!(tighter.stdout.contains("accuracy >= 0.6  policy.yaml:2"), "{tighter}");
    let looser = run("  - { metric: accuracy, min: 0.5 }\n", strict);
    assert_eq!(looser.code, Some(1), "{looser}");
    let said = "`accuracy >= 0.5` (plimsoll.yaml:5) is looser than `accuracy >= 0.6`, which the organisation's policy demands (policy.yaml:2)";
    assert!(looser.stdout.contains(said), "{looser}");
    // What the repository leaves out is judged all the same.
    let part = "  - { slices: automatic, metric: accuracy, worse-by: 100% }\n";
    let left_out = run("  - { metric: accuracy, min: 0.5 }\n", &format!("gate:\n{part}"));
    assert_eq!(left_out.code, Some(1), "{left_out}");
    assert!(left_out.stdout.contains("policy.yaml:2"), "{left_out}");
    // The repository's waivers excuse nothing of it, the policy's own do.
    let waiver = "waivers:\n  - { finding: model.weak-part, owner: ada, reason: rare, expires: 2999-12-31 }\n";
    let own =
        run(&format!("  - {{ metric: accuracy, min: 0.5 }}\n{waiver}"), &format!("gate:\n{part}"));
    assert_eq!(own.code, Some(1), "{own}");
    let given = run("  - { metric: accuracy, min: 0.5 }\n", &format!("gate:\n{part}{waiver}"));
    assert_eq!(given.code, Some(0), "{given}");
}

#[test]
fn a_repository_neither_excuses_nor_hides_what_the_policy_demands() {
    let run = |project: &str, policy: &str| {
        let sandbox = weak_in_part("gate:\n  - { metric: accuracy, min: 0.5 }\n");
        let declared = sandbox.read("plimsoll.yaml");
        sandbox.write(
            "plimsoll.yaml",
            &format!(
                "{}{project}",
                declared.replace("positive: 1 }", "positive: 1, ledger: off }")
            ),
        );
        demanded(&sandbox, policy, None);
        sandbox.plimsoll(["run"])
    };
    let excused = "waivers:\n  - { finding: policy.weakened, owner: ada, reason: known, expires: 2999-12-31 }\n";
    let beats = "gate:\n  - { beats: champion, metric: accuracy }\n";
    let own = run(excused, beats);
    assert_eq!(own.code, Some(1), "{own}");
    assert!(own.stdout.contains("error[policy.weakened] looks at the test set"), "{own}");
    assert_eq!(run("", &format!("{beats}{excused}")).code, Some(0));
    // A rule for another task is shown, and does not apply.
    let other = run("", "gate:\n  - { metric: mae, max: 1 }\n");
    assert_eq!(other.code, Some(0), "{other}");
    assert!(other.stdout.contains("not-applicable mae <= 1  policy.yaml:2"), "{other}");
    assert!(other.stdout.contains("it is not measured for a binary task"), "{other}");
}

#[test]
fn training_data_that_are_the_test_set_compare_with_nothing() {
    let sandbox = weak_in_part("gate:\n  - { check: data.drift }\n");
    sandbox.replace("plimsoll.yaml", "target: y,", "train: t.csv, target: y,");
    let ended = sandbox.plimsoll(["run"]);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stdout.contains("`evaluate.train` is the test set itself"), "{ended}");
}

#[test]
fn a_policy_that_is_not_the_pinned_one_stops_everything() {
    let sandbox = weak_in_part("gate:\n  - { metric: accuracy, min: 0.5 }\n");
    let policy = "gate:\n  - { metric: accuracy, min: 0.9 }\n";
    let other = plimsoll_core::Digest::blake3(b"another").to_string();
    demanded(&sandbox, policy, Some(&other));
    let changed = sandbox.plimsoll(["run"]);
    assert_eq!(changed.code, Some(2), "{changed}");
    assert!(changed.stderr.contains("trust.yaml pins"), "{changed}");
    std::fs::remove_file(sandbox.home().join("policy.yaml")).unwrap();
    let gone = sandbox.plimsoll(["run"]);
    assert_eq!(gone.code, Some(2), "{gone}");
    assert!(gone.stderr.contains("there is no policy"), "{gone}");
    demanded(&sandbox, policy, None);
    std::fs::remove_file(sandbox.home().join("trust.yaml")).unwrap();
    let unpinned = sandbox.plimsoll(["run"]);
    assert_eq!(unpinned.code, Some(2), "{unpinned}");
    assert!(unpinned.stderr.contains("add `policy: blake3:"), "{unpinned}");
    demanded(&sandbox, "gate: []\n", None);
    assert_eq!(sandbox.plimsoll(["run"]).code, Some(2), "a policy without rules is a mistake");
}
