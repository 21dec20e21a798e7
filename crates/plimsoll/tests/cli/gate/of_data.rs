//! Rules that ask for checks of data.

use std::fmt::Write as _;

use serde_json::Value;

use crate::release::scene::Scene;
use crate::sandbox::{Ended, Sandbox};

/// Rows of shops from `from` on, whose `sold` tells `y` no better than chance does.
fn rows(from: u32, count: u32) -> String {
    let mut text = "shop,sold,note,y\n".to_owned();
    for at in from..from + count {
        let mixed = (at.wrapping_mul(2_654_435_761) >> 7) % 99_991;
        let shop = ["north", "south", "east"][mixed as usize % 3];
        let sold = f64::from(mixed) / 100.0;
        _ = writeln!(text, "{shop},{sold},{},{}", mixed % 89, mixed / 7 % 2);
    }
    text
}

/// A project whose predictions of its test set are mostly right.
fn project(train: &str, test: &str, rule: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let (_, lines) = test.split_once('\n').unwrap();
    let predicted = lines.lines().enumerate().fold("prediction\n".to_owned(), |mut text, row| {
        let y: u32 = row.1.rsplit(',').next().unwrap().parse().unwrap();
        _ = writeln!(text, "{}", if row.0 % 9 == 0 { 1 - y } else { y });
        text
    });
    sandbox.write("train.csv", train);
    sandbox.write("test.csv", test);
    sandbox.write("p.csv", &predicted);
    let evaluate =
        "evaluate: { predictions: p.csv, on: test.csv, train: train.csv, target: y, positive: 1 }";
    let declared = format!("model: shops\ntask: binary\n{evaluate}\ngate:\n  - {rule}\n");
    sandbox.write("plimsoll.yaml", &declared);
    sandbox
}

fn run(train: &str, test: &str, rule: &str) -> Ended {
    project(train, test, rule).plimsoll(["run", "--json"])
}

/// Returns the exit code, how the rule ended, and the codes of the findings of its check.
fn judged(ended: &Ended) -> (Option<i32>, String, Vec<String>) {
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    let outcome = document["gate"]["rules"][0]["outcome"].as_str().unwrap().to_owned();
    let findings = document["evaluation"]["checks"][0]["findings"].as_array();
    let codes = findings.into_iter().flatten().map(|found| found["code"].as_str().unwrap());
    (ended.code, outcome, codes.map(str::to_owned).collect())
}

const RULES: [&str; 4] = ["data.integrity", "data.leakage", "data.personal", "data.drift"];

#[test]
fn data_with_nothing_wrong_pass_every_rule() {
    for check in RULES {
        let ended = run(&rows(0, 3000), &rows(3000, 2000), &format!("{{ check: {check} }}"));
        assert_eq!(judged(&ended), (Some(0), "pass".to_owned(), Vec::new()), "{check} {ended}");
    }
}

#[test]
fn each_rule_blocks_what_it_is_there_for() {
    let (train, test) = (rows(0, 3000), rows(3000, 2000));
    let lines = |text: &str, count: usize| {
        text.lines().skip(1).take(count).fold(String::new(), |all, line| all + line + "\n")
    };
    let copied = format!("{train}{}", lines(&train, 300));
    let leaked = format!("{test}{}", lines(&train, 300));
    let mailed = test.replacen("north,", "ada@example.org,", 1);
    let dearer = test.replace(",1", ",9");
    let dearer = dearer.replace(",9\n", ",1\n");
    for (check, train, test, code) in [
        ("data.integrity", &copied, &test, "integrity.duplicate-rows"),
        ("data.leakage", &train, &leaked, "leakage.row-overlap"),
        ("data.personal", &train, &mailed, "personal.email"),
        ("data.drift", &train, &dearer, "data.drift"),
    ] {
        let ended = run(train, test, &format!("{{ check: {check} }}"));
        let (exit, outcome, codes) = judged(&ended);
        assert_eq!((exit, outcome.as_str()), (Some(1), "block"), "{check} {ended}");
        assert!(codes.iter().any(|found| found == code), "{check} {codes:?}");
        let warned = run(train, test, &format!("{{ check: {check}, severity: warning }}"));
        assert_eq!(warned.code, Some(0), "{check} {warned}");
    }
}

#[test]
fn what_cannot_be_looked_at_is_an_error_and_few_rows_are_inconclusive() {
    let test = rows(3000, 2000);
    for train in ["shop,sold,note,y\n", "shop,sold,note\nnorth,1,2\n"] {
        for check in ["data.integrity", "data.leakage"] {
            let ended = run(train, &test, &format!("{{ check: {check} }}"));
            assert_eq!(judged(&ended).1, "error", "{check} {ended}");
            assert_eq!(ended.code, Some(1));
        }
    }
    let few = run(&rows(0, 3000), &rows(3000, 40), "{ check: data.drift }");
    assert_eq!(judged(&few).1, "inconclusive", "{few}");
    let sandbox = project(&rows(0, 50), &rows(50, 50), "{ check: data.leakage }");
    sandbox.replace("plimsoll.yaml", " train: train.csv,", "");
    for check in ["data.leakage", "data.personal"] {
        let declared = sandbox.read("plimsoll.yaml").replace("data.leakage", check);
        sandbox.write("plimsoll.yaml", &declared);
        let ended = sandbox.plimsoll(["run"]);
        assert_eq!(ended.code, Some(2), "{ended}");
        let said = format!("`{check}` looks at what the model was trained on");
        assert!(ended.stderr.contains(&said), "{ended}");
    }
}

#[test]
fn copies_with_another_number_are_copies_to_the_model() {
    let Some(scene) = Scene::bare() else { return };
    let sandbox = &scene.sandbox;
    // The same rows under other days, which the model is not given.
    let renumbered =
        sandbox.read("rows.csv").lines().enumerate().fold(String::new(), |all, row| {
            let line = match row.1.split_once(',') {
                Some((_, rest)) if row.0 > 0 => format!("{},{rest}", 10_000 + row.0),
                _ => row.1.to_owned(),
            };
            all + &line + "\n"
        });
    sandbox.write("train.csv", &renumbered);
    sandbox.replace("plimsoll.yaml", "  block: day\n", "  block: day\n  train: train.csv\n");
    let declared = sandbox.read("plimsoll.yaml");
    sandbox.write("plimsoll.yaml", &format!("{declared}  - {{ check: data.leakage }}\n"));
    let ended = sandbox.plimsoll(["run"]);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stdout.contains("[leakage.row-overlap] 240 of 240 rows"), "{ended}");
}

/// A project whose only dataset has a column `note`.
fn people(declared: &str, note: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let line = |at: u32| format!("{at},{}\n", note.replace('#', &at.to_string()));
    sandbox.write("people.csv", &((0..60).map(line).fold("n,note\n".to_owned(), |a, b| a + &b)));
    let dataset = format!("data:\n  people: {{ path: people.csv{declared} }}\n");
    let steps = "steps:\n  copy: { run: cp people.csv copy.csv, inputs: [data.people], \
                 outputs: [copy.csv] }\n";
    sandbox.write("plimsoll.yaml", &format!("model: people\ntask: regression\n{dataset}{steps}"));
    sandbox
}

#[test]
fn a_dataset_that_is_declared_to_be_without_personal_data_is_searched() {
    let declared = ", personal-data: none";
    let mailed = people(declared, "p#@example.org");
    let ended = mailed.plimsoll(["run"]);
    assert_eq!(ended.code, Some(1), "{ended}");
    let said = "error[personal.email] column `note` holds e-mail addresses in 60 of 60 rows";
    assert!(ended.stdout.contains(said), "{ended}");
    assert!(ended.stdout.contains("declare `personal-data: present`"), "{ended}");
    assert!(!ended.stdout.contains("example.org"), "{ended}");
    assert!(!mailed.repo().join("copy.csv").exists());
    // It is remembered, and blocks again.
    assert_eq!(mailed.plimsoll(["run"]).code, Some(1));
    mailed.replace("plimsoll.yaml", "none", "present");
    assert_eq!(mailed.plimsoll(["run"]).code, Some(0));

    assert_eq!(people("", "p#@example.org").plimsoll(["run"]).code, Some(0));
    assert_eq!(people(declared, "red #").plimsoll(["run"]).code, Some(0));
    let wrong = people(", personal-data: maybe", "red").plimsoll(["run"]);
    assert_eq!(wrong.code, Some(2), "{wrong}");
    assert!(wrong.stderr.contains("the known values are `none`, `present`"), "{wrong}");
}

#[test]
fn a_file_that_cannot_be_searched_for_personal_data_does_not_pass() {
    let sandbox = people(", personal-data: none", "red");
    sandbox.write("people.csv", "n,note\n");
    let ended = sandbox.plimsoll(["run"]);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stdout.contains("check.not-run"), "{ended}");
    assert!(!ended.stdout.contains("personal-data: present"), "{ended}");
}
