//! `kill -9` in the middle of a release.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::scene::Scene;

#[test]
fn a_release_killed_at_any_moment_is_made_good_by_the_next() {
    let Some(scene) = Scene::new() else { return };
    scene.run();
    // How long one takes, so that the kills fall everywhere in it.
    let begun = Instant::now();
    scene.release();
    let whole = begun.elapsed();
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    scene.model(2.5);
    scene.commit();
    scene.run();
    let mut unfinished = 0;
    for part in 0..30_u32 {
        let mut child = scene.sandbox.command(["release", "-q"]);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * part / 25 + Duration::from_micros(u64::from(part * 137 % 900)));
        child.kill().unwrap();
        unfinished += u32::from(!child.wait().unwrap().success());
        if part == 14 {
            scene.json(&["audit", "verify"], 0);
        }
    }
    assert!(unfinished > 0, "no release was killed");
    assert_eq!(scene.release(), "bikes@1.1.0");
    assert_eq!(scene.json(&["model", "list"], 0)["models"][0]["versions"], 2);
    scene.call(&["verify", "bikes@1.1.0"], 0);
    assert_eq!(scene.json(&["audit", "verify"], 0)["entries"], 3);
}

#[test]
fn a_version_without_its_bundle_gets_it_from_its_run_only() {
    let Some(scene) = Scene::released() else { return };
    let first = scene.json(&["runs"], 0)["runs"][0]["run"].as_str().unwrap().to_owned();
    let bundle = scene.bundle("bikes@1.0.0");
    let read = || std::fs::read(bundle.join("index.json")).unwrap();
    let before = read();
    // As if killed between the registry's transaction and the bundle.
    std::fs::remove_dir_all(&bundle).unwrap();
    insta::assert_snapshot!(scene.call(&["verify", "bikes@1.0.0"], 1).stderr, @"
    error: the bundle of bikes@1.0.0 is not in HOME/bundles
    hint: `plimsoll release ID` writes it
    ");
    scene.call(&["run"], 0);
    insta::assert_snapshot!(scene.call(&["release"], 1).stderr, @"error: bikes@1.0.0 is released, but its bundle is missing: `plimsoll release ID` writes it");
    scene.call(&["release", &first], 0);
    scene.call(&["verify", "bikes@1.0.0"], 0);
    assert_eq!(read(), before, "the same bytes");
}
