//! Aliases that move, versions that are taken back, and the log of both.

use std::process::Command;

use super::scene::Scene;

#[test]
fn deploy_and_rollback_move_the_champion_and_say_why() {
    let Some(scene) = Scene::released() else { return };
    let nowhere = scene.call(&["rollback", "bikes", "--because", "late"], 2);
    insta::assert_snapshot!(nowhere.stderr, @"
    error: champion of bikes points nowhere, so there is nothing to go back from
    hint: `plimsoll model show bikes` lists versions
    ");
    scene.call(&["deploy", "bikes@1.0.0", "--because", "the first"], 0);
    let first = scene.call(&["rollback", "bikes", "--because", "late"], 1);
    insta::assert_snapshot!(first.stderr, @"
    error: champion of bikes never pointed at a version before 1.0.0
    hint: name one with `--to NUMBER`
    ");
    for (weight, version) in [(2.5, "bikes@1.1.0"), (3.0, "bikes@1.2.0")] {
        scene.next(weight, version);
        scene.call(&["deploy", version], 0);
    }
    let moved = |arguments: &[&str]| scene.call(arguments, 0).stdout;
    let rollback = ["rollback", "bikes", "--because", "errors at night"];
    // Twice is two versions back, not to and fro.
    insta::assert_snapshot!(moved(&rollback), @"champion of bikes is bikes@1.1.0 now, was 1.2.0");
    insta::assert_snapshot!(moved(&rollback), @"champion of bikes is bikes@1.0.0 now, was 1.1.0");
    scene.call(&rollback, 1);
    insta::assert_snapshot!(moved(&["deploy", "bikes@1.2.0"]), @"champion of bikes is bikes@1.2.0 now, was 1.0.0");
    insta::assert_snapshot!(moved(&["deploy", "bikes@1.2.0"]), @"champion of bikes is bikes@1.2.0 already");
    // What was rolled back is not gone back to.
    insta::assert_snapshot!(moved(&rollback), @"champion of bikes is bikes@1.0.0 now, was 1.2.0");
    let to = ["rollback", "bikes", "--to", "1.1.0", "--because", "the least bad"];
    insta::assert_snapshot!(moved(&to), @"champion of bikes is bikes@1.1.0 now, was 1.0.0");

    let log = scene.json(&["audit", "log", "bikes", "--after", "5"], 0);
    let told: Vec<String> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            format!(
                "{} {} {} {}",
                entry["who"], entry["what"]["from"], entry["what"]["to"], entry["why"]
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    "ada" "1.1.0" "1.2.0" "no reason was given"
    "ada" "1.2.0" "1.1.0" "errors at night"
    "ada" "1.1.0" "1.0.0" "errors at night"
    "ada" "1.0.0" "1.2.0" "no reason was given"
    "ada" "1.2.0" "1.0.0" "errors at night"
    "ada" "1.0.0" "1.1.0" "the least bad"
    "#);
    scene.call(&["audit", "verify"], 0);
}

#[test]
fn an_alias_that_pointed_nowhere_meanwhile_still_goes_back() {
    let Some(scene) = Scene::released() else { return };
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    scene.next(2.5, "bikes@1.1.0");
    scene.call(&["model", "alias", "bikes@champion", "--remove", "--because", "unsafe"], 0);
    scene.call(&["model", "alias", "bikes@champion", "--remove", "--because", "unsafe"], 2);
    scene.call(&["deploy", "bikes@1.1.0"], 0);
    let back = scene.json(&["rollback", "bikes", "--because", "worse"], 0);
    assert_eq!((&back["from"], &back["to"]), (&"1.1.0".into(), &"bikes@1.0.0".into()));
}

#[test]
fn a_yanked_version_is_not_used_any_more() {
    let Some(scene) = Scene::released() else { return };
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    scene.next(2.5, "bikes@1.1.0");
    scene.call(&["deploy", "bikes@1.1.0"], 0);
    let yank = |version| ["model", "yank", version, "--because", "trained on test rows"];
    insta::assert_snapshot!(scene.call(&yank("bikes@1.1.0"), 1).stderr, @"error: bikes@1.1.0 is still champion: point it elsewhere first");
    scene.call(&yank("bikes@1.0.0"), 0);
    insta::assert_snapshot!(scene.call(&yank("bikes@1.0.0"), 1).stderr, @"error: bikes@1.0.0 was yanked already by ada (trained on test rows)");
    scene.call(&yank("bikes@9.0.0"), 2);
    insta::assert_snapshot!(scene.call(&["verify", "bikes@1.0.0"], 1).stderr, @"error: bikes@1.0.0 was yanked by ada (trained on test rows)");
    scene.call(&["deploy", "bikes@1.0.0"], 1);
    scene.call(&["model", "alias", "bikes@1.0.0", "old", "--because", "keep"], 1);
    let back = scene.call(&["rollback", "bikes", "--because", "worse"], 1);
    insta::assert_snapshot!(back.stderr, @"
    error: bikes@1.0.0 was yanked by ada (trained on test rows)
    hint: name another version with `--to NUMBER`
    ");
    // It stays readable, and its number used.
    scene.call(&["model", "show", "bikes@1.0.0"], 0);
    scene.next(3.0, "bikes@1.2.0");
}

#[test]
fn the_audit_log_shows_who_changed_it() {
    let Some(scene) = Scene::released() else { return };
    let empty = scene.json(&["audit", "verify", "--registry", "empty"], 0)["head"].clone();
    scene.call(&["deploy", "bikes@1.0.0", "--because", "the first"], 0);
    let head = scene.json(&["audit", "verify"], 0)["head"].as_str().unwrap().to_owned();
    scene.call(&["deploy", "bikes@1.0.0", "--alias", "canary"], 0);
    scene.call(&["audit", "verify", "--head", &head], 0);
    scene.call(&["audit", "verify", "--head", empty.as_str().unwrap()], 0);
    let other = format!("blake3:{}", "0".repeat(64));
    let rewritten = scene.call(&["audit", "verify", "--head", &other], 1);
    assert!(rewritten.stdout.contains("it was rewritten since"), "{rewritten}");

    let sqlite = |statement: &str| {
        let script = "import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as db: assert db.execute(sys.argv[2]).rowcount == 1";
        let database = scene.sandbox.home().join("plimsoll.db");
        let status =
            Command::new("python3").args(["-c", script]).arg(database).arg(statement).status();
        assert!(status.unwrap().success());
    };
    sqlite("UPDATE audit SET entry = replace(entry, 'the first', 'the worst') WHERE sequence = 2");
    let changed = scene.call(&["audit", "verify"], 1);
    assert!(changed.stdout.contains("✗ entry 2 was changed: it hashes to"), "{changed}");
    let document = scene.json(&["audit", "verify"], 1);
    assert_eq!((&document["verdict"], &document["found"]), (&"block".into(), &1.into()));
    sqlite("UPDATE audit SET entry = replace(entry, 'the worst', 'the first') WHERE sequence = 2");
    scene.call(&["audit", "verify"], 0);
    sqlite("DELETE FROM audit WHERE sequence = 2");
    let removed = scene.call(&["audit", "verify"], 1);
    assert!(removed.stdout.contains("entry 2"), "{removed}");
}
