//! A reproduction that does not come to its end.

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::{outside, released, reproduce};
use crate::release::scene::Scene;

const SLOW: &str = "\
  train:
    run: if [ -e $HOME/slow ]; then touch $HOME/began; sleep 60; touch $HOME/went-on; fi; cp base.onnx model.onnx
    inputs: [base.onnx]
    outputs: [model.onnx]
";

/// Begins a reproduction, and waits until its step has begun.
fn begun(scene: &Scene) -> Child {
    let began = scene.sandbox.home().parent().unwrap().join("began");
    _ = fs::remove_file(&began);
    let mut command = scene.sandbox.command(["reproduce", "bikes@1.0.0"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let since = Instant::now();
    while !began.exists() {
        assert!(since.elapsed() < Duration::from_mins(2), "its step never began");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

#[test]
fn nothing_is_left_of_one_that_was_killed_once_the_next_begins() {
    let Some(scene) = released(SLOW, |_| {}) else { return };
    let slow = outside(&scene, "slow");
    let mut child = begun(&scene);
    child.kill().unwrap();
    child.wait().unwrap();
    let reproductions = scene.sandbox.home().join("reproductions");
    assert!(fs::read_dir(&reproductions).unwrap().count() > 0, "it was killed too late");
    // Nothing that other commands trip over, in the meantime.
    scene.json(&["store", "verify"], 0);
    scene.json(&["status"], 0);
    scene.json(&["audit", "verify"], 0);
    fs::remove_file(slow).unwrap();
    assert_eq!(reproduce(&scene, &[], 0)["verdict"], "bit-identical");
    let went_on = scene.sandbox.home().parent().unwrap().join("went-on");
    assert!(!went_on.exists());
}

#[test]
fn one_that_is_interrupted_says_nothing_of_the_version() {
    let Some(scene) = released(SLOW, |_| {}) else { return };
    outside(&scene, "slow");
    let mut child = begun(&scene);
    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let left = fs::read_dir(scene.sandbox.home().join("reproductions")).unwrap();
    assert_eq!(left.count(), 0);
    let version = scene.json(&["model", "show", "bikes@1.0.0"], 0);
    assert_eq!(version["reproductions"].as_array().unwrap().len(), 0);
}
