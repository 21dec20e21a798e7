//! A registry that several homes share.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::scene::{Scene, trust_in};

/// Calls the binary with another home, and returns its exit code and document.
fn at(scene: &Scene, home: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let mut command = scene.sandbox.command(arguments);
    let output = command.arg("--json").env("PLIMSOLL_HOME", home).output().unwrap();
    let ended = scene.sandbox.ended(&output);
    let document = serde_json::from_slice(&output.stdout);
    (ended.code, document.unwrap_or_else(|_| Value::from(format!("{ended}"))))
}

fn second_home(scene: &Scene) -> PathBuf {
    let home = scene.sandbox.home().with_file_name("second");
    trust_in(&home, "keys/signing.pem", "trust.yaml", 7, "[builder, gate, release]");
    home
}

#[test]
fn a_second_home_finds_the_champion_of_the_registry() {
    let Some(scene) = Scene::new() else { return };
    let registry = scene.sandbox.home().with_file_name("shared");
    let line = format!("task: regression\nregistry: {}", registry.display());
    scene.sandbox.replace("plimsoll.yaml", "task: regression", &line);
    scene.commit();
    let champion = scene.run();
    assert_eq!(scene.release(), "bikes@1.0.0");
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    assert!(registry.join("bundles/bikes").is_dir());
    assert!(!scene.sandbox.home().join("bundles").exists());

    let home = second_home(&scene);
    scene.model(2.5);
    scene.commit();
    let (code, ran) = at(&scene, &home, &["run"]);
    assert_eq!(code, Some(0), "{ran}");
    assert_eq!(ran["evaluation"]["comparison"]["champion"], *champion);
    assert_eq!(ran["gate"]["rules"][1]["outcome"], "pass");
    let (code, released) = at(&scene, &home, &["release"]);
    assert_eq!((code, &released["version"]), (Some(0), &"bikes@1.1.0".into()), "{released}");
    let (code, moved) = at(&scene, &home, &["deploy", "bikes@1.1.0"]);
    assert_eq!((code, &moved["from"]), (Some(0), &"1.0.0".into()), "{moved}");

    // The first home sees both, and is compared with the other's.
    assert_eq!(scene.json(&["verify", "bikes@champion"], 0)["version"], "bikes@1.1.0");
    let second = ran["run"].as_str().unwrap();
    let again = scene.json(&["run"], 0);
    assert_eq!(again["evaluation"]["comparison"]["champion"], second);
    assert_eq!(scene.json(&["audit", "verify"], 0)["entries"], 4);

    // A third, which has neither the repository's runs nor its objects.
    let third = scene.sandbox.home().with_file_name("third");
    trust_in(&third, "keys/signing.pem", "trust.yaml", 7, "[builder, gate, release]");
    let (code, back) = at(&scene, &third, &["rollback", "bikes", "--because", "worse"]);
    assert_eq!((code, &back["to"]), (Some(0), &"bikes@1.0.0".into()), "{back}");
}

#[test]
fn a_registry_is_named_by_an_option_or_a_variable() {
    let Some(scene) = Scene::new() else { return };
    scene.run();
    let registry = scene.sandbox.home().with_file_name("shared");
    let named = registry.to_str().unwrap();
    let option = scene.json(&["release", "--registry", named], 0);
    assert_eq!(option["version"], "bikes@1.0.0");
    assert_eq!(scene.json(&["model", "list"], 0)["models"], serde_json::json!([]));
    let output =
        scene.sandbox.command(["model", "list", "--json"]).env("PLIMSOLL_REGISTRY", named).output();
    let listed: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    assert_eq!(listed["models"][0]["newest"], "1.0.0");
    scene.call(&["verify", "bikes@1.0.0"], 2);
    scene.call(&["verify", "bikes@1.0.0", "--registry", named], 0);
    scene.call(&["deploy", "bikes@1.0.0", "--registry", named], 0);
    let server = scene.call(&["model", "list", "--registry", "s3://bucket/models"], 2);
    assert!(server.stderr.contains("is no folder"), "{server}");
    assert!(!scene.sandbox.repo().join("s3:").exists());

    // A run of a blocked model leaves nothing in it.
    let objects = || fs::read_dir(registry.join("objects/blake3")).unwrap().count();
    let before = objects();
    scene.model(-9.0);
    scene.commit();
    scene.call(&["run", "--registry", named], 1);
    scene.call(&["release", "--registry", named], 1);
    assert_eq!(objects(), before);
}
