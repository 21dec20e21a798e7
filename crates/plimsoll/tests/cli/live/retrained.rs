//! `plimsoll retrain`: what it is trained on, what it is judged on, and what stops it.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use plimsoll_data::{Wanted, read_columns};
use serde_json::Value;

use super::scene::HOURS;
use super::watched::lived;
use super::{Live, at};

/// A model in breach after 24 days, and the evidence of that.
fn breached(live: &Live) -> String {
    lived(live, 0..24, 70.0);
    let shown = live.json(&["monitor", "bikes"], 1);
    shown["evidence"].as_str().unwrap().to_owned()
}

/// Returns the names of the rows in a table.
fn names(live: &Live, digest: &str) -> BTreeSet<i64> {
    let output = live.sandbox.command(["store", "cat", digest]).output().unwrap();
    assert!(output.status.success(), "{}", live.sandbox.ended(&output));
    names_in(&output.stdout)
}

fn names_in(bytes: &[u8]) -> BTreeSet<i64> {
    let file = tempfile::NamedTempFile::with_suffix(".parquet").unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let table = read_columns(file.path(), Wanted::All).unwrap();
    let names = table.column_by_name("id").unwrap().as_primitive::<Int64Type>().clone();
    names.values().iter().copied().collect()
}

fn days(days: std::ops::Range<u32>) -> BTreeSet<i64> {
    (1000 + days.start * HOURS..1000 + days.end * HOURS).map(i64::from).collect()
}

fn versions(live: &Live) -> Value {
    live.json(&["model", "list"], 0)["models"][0]["versions"].clone()
}

#[test]
fn a_retraining_that_passes_becomes_a_version_that_says_why() {
    let Some(live) = Live::new() else { return };
    let evidence = breached(&live);
    let champion = live.json(&["model", "show", "bikes@1.0.0"], 0)["lineage"]["run"].clone();
    let output = live.sandbox.command(["retrain", "bikes", "--because", &evidence, "--json"]);
    let output = { output }.output().unwrap();
    let ended = live.sandbox.ended(&output);
    assert_eq!(ended.code, Some(0), "{ended}");
    let said = format!("withheld 40 rows of {} to {}", at(14), at(23));
    assert!(ended.stderr.contains(&said), "{ended}");
    let ran: Value = serde_json::from_slice(&output.stdout).unwrap();

    // Judged, and the champion with it, on exactly the withheld rows.
    let evaluation = &ran["evaluation"];
    assert_eq!(evaluation["comparison"]["champion"], champion);
    assert_eq!(evaluation["overall"]["rows"], 40);
    let withheld = evaluation["on"].as_str().unwrap();
    assert_eq!(names(&live, withheld), days(14..24));
    let again = live.json(&["diff", champion.as_str().unwrap()], 0);
    assert!(again.is_object());

    // No step sees them, in whatever file.
    let seen = std::fs::read(live.sandbox.repo().join("seen.parquet")).unwrap();
    assert_eq!(names_in(&seen), days(0..14));
    let files = live.sandbox.read("seen.txt");
    let files: Vec<&str> = files.lines().collect();
    let expected =
        ["base.onnx", "data/live.parquet", "next.onnx", "params.yaml", "rows.csv", "train.sh"];
    assert_eq!(files, expected.map(|file| format!("./{file}")));
    let changed = live.sandbox.git(&["status", "--porcelain"]);
    assert_eq!(changed, "", "neither lock file nor parameters are written to");

    assert_eq!(live.json(&["release"], 0)["version"], "bikes@1.1.0");
    let lineage = live.json(&["model", "show", "bikes@1.1.0"], 0)["lineage"].clone();
    assert_eq!(lineage["parent"], "bikes@1.0.0");
    assert_eq!(lineage["cause"]["evidence"], *evidence);
    assert!(lineage["cause"]["summary"].as_str().unwrap().contains("WAPE is"), "{lineage}");
    let frozen = lineage["data"]["live"].as_str().unwrap();
    assert_eq!(names(&live, frozen), days(0..14));
    let card = live.call(&["model", "show", "bikes@1.1.0", "--card", "-"], 0).stdout;
    assert!(card.contains("1.0.0"), "{card}");
    live.call(&["verify", "bikes@1.1.0"], 0);
    // The test set of a retraining is what no step of it saw.
    let compared = live.call(&["compare", "bikes@1.0.0", "bikes@1.1.0"], 0);
    assert!(compared.stdout.contains("on the withheld rows of run "), "{compared}");

    let history = live.json(&["model", "history", "bikes"], 0)["entries"].to_string();
    assert!(history.contains("trained again with train.model=\\\"next\\\": passed"), "{history}");
    // The same once more is the same model.
    let again = live.call(&["retrain", "bikes", "--because", &evidence[..14], "--release"], 0);
    assert!(again.stderr.contains("was released before as bikes@1.1.0"), "{again}");
    assert_eq!(versions(&live), 2);
}

#[test]
fn a_retrained_version_is_made_again_from_what_was_frozen_withheld_and_set() {
    let Some(live) = Live::new() else { return };
    let evidence = breached(&live);
    live.call(&["retrain", "bikes", "--because", &evidence, "--release"], 0);
    let again = live.json(&["reproduce", "bikes@1.1.0"], 0);
    assert_eq!(again["verdict"], "bit-identical", "{again}");
    let metrics = again["metrics"].as_array().unwrap();
    assert!(!metrics.is_empty() && metrics.iter().all(|it| it["agreement"] == "same"), "{again}");
    let shown = live.json(&["model", "show", "bikes@1.1.0"], 0);
    let bundle = shown["bundle"].as_str().unwrap();
    let again = live.json(&["reproduce", "--from-bundle", bundle], 0);
    assert_eq!(again["verdict"], "bit-identical", "{again}");

    // The withheld rows are nowhere else.
    let run = shown["lineage"]["run"].as_str().unwrap();
    let run = live.json(&["show", run], 0);
    let withheld = run["retraining"]["withheld"]["digest"].as_str().unwrap();
    let digits = withheld.strip_prefix("blake3:").unwrap();
    let object = live.sandbox.home().join("objects/blake3").join(&digits[..2]).join(digits);
    std::fs::remove_file(object).unwrap();
    let refused = live.call(&["reproduce", "bikes@1.1.0"], 1);
    assert!(refused.stderr.contains("the withheld rows"), "{refused}");
}

#[test]
fn a_retraining_that_does_not_help_is_blocked() {
    let Some(live) = Live::new() else { return };
    let evidence = breached(&live);
    let same =
        ["retrain", "bikes", "--because", &evidence, "--set", "train.model=base", "--deploy"];
    let blocked = live.json(&same, 1);
    assert_eq!(blocked["verdict"], "block");
    assert_eq!(versions(&live), 1);
    let release = live.call(&["release"], 1);
    assert!(release.stderr.contains("is blocked by its gate"), "{release}");
    // What is set belongs to the run: the next one begins from the file again.
    live.call(&["retrain", "bikes", "--because", &evidence, "--deploy"], 0);
    assert_eq!(live.json(&["verify", "bikes@champion"], 0)["version"], "bikes@1.1.0");
}

#[test]
fn a_blocked_retraining_never_brings_an_older_version_back() {
    let Some(live) = Live::new() else { return };
    let evidence = breached(&live);
    let retrain = ["retrain", "bikes", "--because", &evidence, "--deploy"];
    live.call(&retrain, 0);
    // What it makes was released as 1.0.0 once, and is worse than 1.1.0 on the withheld rows.
    let older = [&retrain[..], &["--set", "train.model=base"]].concat();
    assert_eq!(live.json(&older, 1)["verdict"], "block");
    assert_eq!(live.json(&["verify", "bikes@champion"], 0)["version"], "bikes@1.1.0");
    // The champion made again cannot beat itself, and nothing is wrong with that.
    let again = live.call(&retrain, 0);
    assert!(again.stderr.contains("bikes@1.1.0"), "{again}");
    assert_eq!(versions(&live), 2);
}

#[test]
fn whatever_stands_in_the_way_is_said() {
    let Some(live) = Live::new() else { return };
    let refused = |arguments: &[&str], code: i32, words: &[&str]| {
        let ended = live.call(&[&["retrain"], arguments].concat(), code);
        for word in words {
            assert!(ended.stderr.contains(word), "`{word}` is not said: {ended}");
        }
    };
    refused(&["bikes", "--because", "abcd"], 2, &["no monitor of bikes left evidence abcd"]);
    // Of what was early, nothing can be withheld yet.
    lived(&live, 0..6, 70.0);
    let early = live.json(&["monitor", "bikes"], 0)["evidence"].as_str().unwrap().to_owned();
    refused(&["bikes", "--because", &early], 1, &["6 of the 10 days"]);
    lived(&live, 6..10, 70.0);
    let shown = live.json(&["monitor", "bikes"], 1);
    let evidence = shown["evidence"].as_str().unwrap();
    refused(
        &["bikes", "--because", evidence],
        1,
        &["nothing new to train on", "all 10 labelled days"],
    );
    let history = live.json(&["model", "history", "bikes"], 0);
    let entries = history["entries"].as_array().unwrap();
    let told: Vec<&Value> = entries.iter().filter(|it| it["kind"] == "retrain").collect();
    assert_eq!(told.len(), 2, "{history}");
    assert!(told[1]["what"].as_str().unwrap().contains("nothing new to train on"), "{history}");
    assert_eq!(told[1]["evidence"], *evidence);
    live.call(&["model", "history", "bikes"], 0);

    lived(&live, 10..24, 70.0);
    let because = ["bikes", "--because", evidence];
    let set = |setting| [&because[..], &["--set", setting]].concat();
    refused(
        &set("train.modle=base"),
        2,
        &["no parameter train.modle", "did you mean train.model?"],
    );
    refused(&set("train.model"), 2, &["has no `=`"]);
    refused(&["bikes"], 2, &["--because"]);
    refused(&["cars", "--because", evidence], 2, &["this repository makes bikes, not cars"]);
    let outside = live.sandbox.command(["retrain", "bikes", "--because", evidence]);
    let outside = { outside }.current_dir(live.sandbox.home()).output().unwrap();
    assert_eq!(outside.status.code(), Some(2), "{}", live.sandbox.ended(&outside));

    // Nothing but a monitor of this model is a reason.
    let run = live.json(&["runs"], 0)["runs"][0]["run"].as_str().unwrap().to_owned();
    refused(&["bikes", "--because", &run], 2, &["left evidence"]);
    live.call(&["model", "alias", "bikes@champion", "--remove", "--because", "unsure"], 0);
    refused(&because, 2, &["no champion to follow"]);
    live.call(&["deploy", "bikes@1.0.0"], 0);
    live.sandbox.replace("plimsoll.yaml", "  live: { from: captures, holdout: 10d }\n", "");
    live.sandbox.replace("plimsoll.yaml", ", data.live]", "]");
    live.sandbox.replace("plimsoll.yaml", "retrain: { set: { train.model: next } }\n", "");
    refused(&because, 2, &["no dataset is made of labelled predictions"]);
}

#[test]
fn evidence_of_another_model_is_no_reason() {
    let Some(live) = Live::new() else { return };
    let evidence = breached(&live);
    let Some(other) = Live::with(|sandbox| {
        sandbox.replace("plimsoll.yaml", "model: bikes", "model: cars");
    }) else {
        return;
    };
    // Both in one home: the other's runs, versions and captures are none of its business.
    let home = live.sandbox.home();
    let call = |arguments: &[&str]| {
        let mut command = other.sandbox.command(arguments);
        other.sandbox.ended(&command.env("PLIMSOLL_HOME", home).output().unwrap())
    };
    let ran = call(&["run", "--deploy"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let refused = call(&["retrain", "cars", "--because", &evidence]);
    assert_eq!(refused.code, Some(2), "{refused}");
    assert!(refused.stderr.contains("no monitor of cars left evidence"), "{refused}");
}

#[test]
fn a_dirty_tree_is_refused_at_release_with_the_reason() {
    let Some(live) = Live::new() else { return };
    let evidence = breached(&live);
    live.sandbox.replace("train.sh", "set -e\n", "set -e\n# In no commit.\n");
    live.call(&["retrain", "bikes", "--because", &evidence], 0);
    let refused = live.call(&["release"], 1);
    assert!(refused.stderr.contains("was made in a dirty tree"), "{refused}");
    let both = live.call(&["retrain", "bikes", "--because", &evidence, "--release"], 1);
    assert!(both.stderr.contains("was made in a dirty tree"), "{both}");
    assert_eq!(versions(&live), 1);
    live.commit();
    live.call(&["retrain", "bikes", "--because", &evidence, "--deploy"], 0);
    assert_eq!(versions(&live), 2);
}

#[test]
fn rows_that_several_versions_answered_are_trained_on_once() {
    let Some(live) = Live::new() else { return };
    live.second();
    lived(&live, 0..24, 70.0);
    live.call(&["deploy", "bikes@1.1.0"], 0);
    let server = live.serve(&["bikes@champion"]);
    server.live_through(5..24);
    server.end();
    let evidence = live.json(&["monitor", "bikes"], 1)["evidence"].as_str().unwrap().to_owned();
    let ran = live.json(&["retrain", "bikes", "--because", &evidence], 0);
    assert_eq!(ran["evaluation"]["overall"]["rows"], 40);
    let seen = std::fs::read(live.sandbox.repo().join("seen.parquet")).unwrap();
    let table = tempfile::NamedTempFile::with_suffix(".parquet").unwrap();
    std::fs::write(table.path(), &seen).unwrap();
    let rows = read_columns(table.path(), Wanted::All).unwrap().num_rows();
    assert_eq!((rows, names_in(&seen)), (56, days(0..14)));
}

#[test]
fn a_day_without_all_its_labels_is_not_judged_on() {
    let Some(live) = Live::new() else { return };
    lived(&live, 0..24, 70.0);
    let server = live.serve(&["bikes@champion"]);
    let more = serde_json::json!([999_999, at(20), 1, 2, 3]);
    assert_eq!(server.connect().ask(&[more]).unwrap().status, 200);
    server.end();
    let evidence = live.json(&["monitor", "bikes"], 1)["evidence"].as_str().unwrap().to_owned();
    let ran = live.json(&["retrain", "bikes", "--because", &evidence], 0);
    let judged: BTreeSet<i64> = days(13..24).difference(&days(20..21)).copied().collect();
    assert_eq!(names(&live, ran["evaluation"]["on"].as_str().unwrap()), judged);
    let seen = std::fs::read(live.sandbox.repo().join("seen.parquet")).unwrap();
    assert_eq!(names_in(&seen), days(0..13), "what lies between the judged days is seen by none");
}

fn begin(live: &Live, arguments: &[&str]) -> Child {
    let mut command = live.sandbox.command(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_retraining_killed_at_any_moment_is_taken_up_by_the_next() {
    let Some(live) = Live::new() else { return };
    let evidence = breached(&live);
    let blocked = [
        "retrain",
        "bikes",
        "--because",
        &evidence,
        "--set",
        "train.other=2",
        "--set",
        "train.model=base",
    ];
    let begun = Instant::now();
    live.call(&blocked, 1);
    let whole = begun.elapsed();
    let deploy = ["retrain", "bikes", "--because", &evidence, "--deploy"];
    let (mut killed, mut delay) = (0, Duration::ZERO);
    loop {
        let mut child = begin(&live, &deploy);
        std::thread::sleep(delay);
        child.kill().unwrap();
        let code = child.wait().unwrap().code();
        if code.is_some() {
            assert_eq!(code, Some(0), "after {killed} kills");
            break;
        }
        killed += 1;
        delay += whole / 12;
        live.json(&["audit", "verify"], 0);
        assert!(delay < whole * 20, "it never ends");
    }
    assert!(killed > 0, "none was killed");
    assert_eq!(versions(&live), 2, "after {killed} kills");
    assert_eq!(live.json(&["verify", "bikes@champion"], 0)["version"], "bikes@1.1.0");
    assert_eq!(live.json(&["audit", "verify"], 0)["entries"], 4);
    live.call(&["store", "verify"], 0);
    // The withheld rows were the same all the time.
    let runs = live.json(&["runs"], 0)["runs"].as_array().unwrap().clone();
    assert!(runs.iter().all(|run| run["state"] != "running"), "{runs:?}");
}

#[test]
fn a_version_that_was_left_without_its_bundle_gets_it() {
    let Some(live) = Live::new() else { return };
    let evidence = breached(&live);
    // No reason is no reason, even where there is only one that could be meant.
    for nothing in ["", "blake3:", "blake3", &evidence[..10]] {
        let refused = live.call(&["retrain", "bikes", "--because", nothing], 2);
        assert!(refused.stderr.contains("digits"), "{refused}");
    }
    let deploy = ["retrain", "bikes", "--because", &evidence, "--deploy"];
    live.call(&["retrain", "bikes", "--because", &evidence, "--release"], 0);
    // As if killed between the registry's transaction and the bundle.
    std::fs::remove_dir_all(live.bundle("bikes@1.1.0")).unwrap();
    live.call(&["verify", "bikes@1.1.0"], 1);
    live.call(&deploy, 0);
    assert_eq!(live.json(&["verify", "bikes@champion"], 0)["version"], "bikes@1.1.0");
    assert_eq!(versions(&live), 2);
}

#[test]
fn two_retrainings_at_once_make_one_version() {
    let Some(live) = Live::new() else { return };
    let evidence = breached(&live);
    let arguments = ["retrain", "bikes", "--because", &evidence, "--release", "--json"];
    let children = [(); 3].map(|()| {
        let mut command = live.sandbox.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    for child in children {
        let ended = live.sandbox.ended(&child.wait_with_output().unwrap());
        assert_eq!(ended.code, Some(0), "{ended}");
    }
    assert_eq!(versions(&live), 2);
    assert_eq!(live.json(&["audit", "verify"], 0)["entries"], 3);
}
