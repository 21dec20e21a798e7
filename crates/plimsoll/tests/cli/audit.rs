//! The audit log, signed and carried elsewhere.

use std::fs;
use std::path::Path;

use plimsoll_config::schema::Schema;

use crate::release::scene::Scene;

/// A registry with two releases and a deployment, exported after a checkpoint.
fn exported() -> Option<Scene> {
    let scene = Scene::released()?;
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    scene.next(2.5, "bikes@1.1.0");
    scene.call(&["deploy", "bikes@1.1.0"], 0);
    let made = scene.call(&["audit", "checkpoint", "--output", "kept.json"], 0);
    assert!(made.stdout.contains("ada signed the log up to entry 4"), "{made}");
    scene.call(&["audit", "export", "audit.jsonl"], 0);
    Some(scene)
}

fn verify(scene: &Scene, file: &str, more: &[&str], code: i32) -> String {
    let ended = scene.call(&[&["audit", "verify", "--export", file], more].concat(), code);
    format!("{}{}", ended.stdout, ended.stderr)
}

/// Writes another trust file of the same keys into a home that has seen nothing.
fn elsewhere(scene: &Scene) -> String {
    let trust = fs::read_to_string(scene.sandbox.home().join("trust.yaml")).unwrap();
    scene.sandbox.write("elsewhere/trust.yaml", &trust);
    let home = scene.sandbox.repo().join("elsewhere");
    home.to_str().unwrap().to_owned()
}

#[test]
fn an_export_verifies_where_nothing_is_known_of_the_registry() {
    let Some(scene) = exported() else { return };
    let home = elsewhere(&scene);
    let output = scene
        .sandbox
        .command(["audit", "verify", "--export", "audit.jsonl"])
        .env("PLIMSOLL_HOME", &home)
        .output()
        .unwrap();
    insta::assert_snapshot!(scene.sandbox.ended(&output), @"
    exit code: 0
    --- stdout
    ✓ 4 entries, each sealed to the one before
      signed up to entry 4 by ada (5 checkpoints)
      head  blake3:ID
    ");
    // Each line is what the schema of the file says.
    let schema =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/reference/audit-file.schema.json");
    let schema = Schema::read(&fs::read_to_string(schema).unwrap()).unwrap();
    for line in scene.sandbox.read("audit.jsonl").lines() {
        schema.check("a line", line.as_bytes()).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    // The keys in the file do not count.
    scene.trust("stranger.pem", "stranger.yaml", 9, "[release]");
    let stranger = scene.sandbox.home().join("stranger.yaml");
    let said = verify(&scene, "audit.jsonl", &["--trust", stranger.to_str().unwrap()], 1);
    assert!(said.contains("no checkpoint that is trusted here vouches"), "{said}");
}

#[test]
fn an_export_that_was_cut_back_is_found_by_whoever_knows_more() {
    let Some(scene) = exported() else { return };
    let lines = scene.sandbox.read("audit.jsonl");
    let lines: Vec<&str> = lines.lines().collect();
    // start, each of four entries with its checkpoint, the one that was asked for, end
    assert_eq!(lines.len(), 11);
    scene.sandbox.write("cut.jsonl", &(lines[..5].join("\n") + "\n"));
    let said = verify(&scene, "cut.jsonl", &[], 1);
    assert!(said.contains("without its last line: its end was cut off"), "{said}");
    // Whole again, and shorter: the log as it was after the first release.
    let head: serde_json::Value = serde_json::from_str(lines[1]).unwrap();
    let end = format!(
        "{{\"checkpoints\":1,\"entries\":1,\"head\":{},\"line\":\"end\"}}\n",
        head["digest"]
    );
    scene.sandbox.write("cut.jsonl", &(lines[..3].join("\n") + "\n" + &end));
    let said = verify(&scene, "cut.jsonl", &[], 1);
    insta::assert_snapshot!(said, @"
    ✗ the log ends with entry 1, and a checkpoint of entry 4 is known: its end was cut off
      signed up to entry 1 by ada (1 checkpoint)
      head  blake3:ID
    ");
    // A home that has seen nothing cannot know, unless it is given a checkpoint.
    let home = elsewhere(&scene);
    let there = |more: &[&str]| {
        let arguments = [&["audit", "verify", "--export", "cut.jsonl"], more].concat();
        let output = scene.sandbox.command(arguments).env("PLIMSOLL_HOME", &home).output().unwrap();
        scene.sandbox.ended(&output)
    };
    assert_eq!(there(&[]).code, Some(0));
    let told = there(&["--checkpoint", "kept.json"]);
    assert_eq!(told.code, Some(1), "{told}");
    assert!(told.stdout.contains("a checkpoint of entry 4 is known"), "{told}");
}

#[test]
fn a_registry_that_was_cut_back_is_found_by_its_checkpoints_and_by_the_home() {
    let Some(scene) = exported() else { return };
    assert_eq!(scene.json(&["audit", "verify"], 0)["signed"], 4);
    // An older copy of the registry, whole in itself.
    let database = scene.sandbox.home().join("plimsoll.db");
    let before = fs::read(&database).unwrap();
    let wal = fs::read(scene.sandbox.home().join("plimsoll.db-wal")).unwrap_or_default();
    scene.call(&["rollback", "bikes", "--because", "worse"], 0);
    scene.call(&["audit", "checkpoint"], 0);
    put_back(scene.sandbox.home(), &before, &wal);
    let said = scene.call(&["audit", "verify"], 1);
    let expected = "the log ends with entry 4, and a checkpoint of entry 5 is known";
    assert!(said.stdout.contains(expected), "{said}");
}

fn put_back(home: &Path, database: &[u8], wal: &[u8]) {
    for name in ["plimsoll.db-wal", "plimsoll.db-shm"] {
        _ = fs::remove_file(home.join(name));
    }
    fs::write(home.join("plimsoll.db"), database).unwrap();
    if !wal.is_empty() {
        fs::write(home.join("plimsoll.db-wal"), wal).unwrap();
    }
}

#[test]
fn what_cannot_be_signed_or_exported_is_refused() {
    let Some(scene) = Scene::bare() else { return };
    scene.trust("keys/signing.pem", "trust.yaml", 7, "[builder, gate, release]");
    let empty = scene.call(&["audit", "checkpoint"], 2);
    insta::assert_snapshot!(empty.stderr, @"
    error: the audit log has no entries that could be signed
    hint: `plimsoll release` makes the first
    ");
    scene.call(&["audit", "export", "audit.jsonl"], 2);
    scene.sandbox.write("there.jsonl", "");
    let refused = scene.call(&["audit", "export", "there.jsonl"], 2);
    assert!(refused.stderr.contains("exists already"), "{refused}");
    for (file, code) in [("there.jsonl", 2), ("nowhere.jsonl", 2), ("plimsoll.yaml", 2)] {
        scene.call(&["audit", "verify", "--export", file], code);
    }
}
