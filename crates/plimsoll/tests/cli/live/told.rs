//! `plimsoll demo`: the whole story, by whoever tells it, wherever, and after an interruption.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::sandbox::{Ended, Sandbox};

/// UCI's file, where it is beside the repository.
const REAL: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/tabular/bike-sharing/hour.csv");

/// Calls for a demo as somebody who never configured anything.
fn demo(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = sandbox.command(["demo"]);
    let person = sandbox.home().with_file_name("person");
    fs::create_dir_all(&person).unwrap();
    command
        .args(arguments)
        .env("HOME", person)
        .env_remove("PLIMSOLL_HOME")
        .env_remove("PLIMSOLL_ACTOR");
    command
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let sandbox = Sandbox::new();
    sandbox.write("thesis/chapter.txt", "years of work\n");
    sandbox.write("file", "one\n");
    let call = |arguments: &[&str]| sandbox.ended(&demo(&sandbox, arguments).output().unwrap());
    let foreign = call(&["thesis"]);
    assert_eq!(foreign.code, Some(2), "{foreign}");
    assert!(foreign.stderr.contains("is not empty, and no demo's"), "{foreign}");
    let file = call(&["file"]);
    assert!([Some(2), Some(75)].contains(&file.code), "{file}");
    let missing = call(&["new", "--data", "missing.csv"]);
    assert_eq!(missing.code, Some(2), "{missing}");
    sandbox.write("other.csv", "a,b\n1,2\n");
    let other = call(&["new", "--data", "other.csv"]);
    assert_eq!(other.code, Some(2), "{other}");
    assert!(other.stderr.contains("has no column"), "{other}");
    assert_eq!(sandbox.read("thesis/chapter.txt"), "years of work\n");
    assert_eq!(sandbox.read("file"), "one\n");
    assert!(!sandbox.repo().join("new").exists(), "nothing is made for a file that is of no use");
}

/// Begins a demo and interrupts it as soon as `is_time`.
fn interrupted(sandbox: &Sandbox, arguments: &[&str], is_time: impl Fn() -> bool) -> Ended {
    let mut command = demo(sandbox, arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (pid, begun) = (Pid::from_child(&child), Instant::now());
    let waiting = std::thread::spawn(move || child.wait_with_output().unwrap());
    while !is_time() && !waiting.is_finished() {
        assert!(begun.elapsed() < Duration::from_mins(10), "it never came so far");
        std::thread::sleep(Duration::from_millis(20));
    }
    // It may have ended by itself, which its exit code tells.
    _ = kill_process(pid, Signal::INT);
    sandbox.ended(&waiting.join().unwrap())
}

#[test]
fn the_whole_story_goes_as_told_however_often_it_was_interrupted() {
    let sandbox = Sandbox::new();
    let folder = sandbox.repo().join("tales/first");
    let data = Path::new(REAL).is_file().then_some(["--data", REAL]);
    if data.is_none() {
        println!("{REAL} is not here: the story is told on the example's own data");
    }
    let arguments: Vec<&str> =
        ["tales/first"].into_iter().chain(data.into_iter().flatten()).collect();

    // In its first moments, when there was nothing before.
    let early = interrupted(&sandbox, &arguments, || folder.join("home/plimsoll.db").exists());
    assert_eq!(early.code, Some(130), "{early}");
    share_environments(&folder.join("home"));
    // While a step runs, which must not go on alone.
    let attempts = folder.join("bike-demand/.plimsoll/attempts");
    let step = interrupted(&sandbox, &arguments, || !processes_in(&attempts).is_empty());
    if step.stderr.contains("could not be installed") || step.stderr.contains("no network") {
        println!("skipped: the example's packages cannot be installed here:\n{step}");
        assert!(std::env::var_os("CI").is_none(), "CI must install them:\n{step}");
        return;
    }
    assert_eq!(step.code, Some(130), "{step}");
    assert_eq!(processes_in(&attempts), [""; 0]);
    // While the model serves.
    let captures = folder.join("home/captures/bike-demand");
    let late = interrupted(&sandbox, &arguments, || captures.exists());
    assert_eq!(late.code, Some(130), "{late}");

    let output = demo(&sandbox, &arguments).arg("--json").output().unwrap();
    let ended = sandbox.ended(&output);
    assert_eq!(ended.code, Some(0), "{ended}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["schema"], &told["verdict"]), (&"plimsoll.demo/v1".into(), &"pass".into()));
    let scenes = told["scenes"].as_array().unwrap();
    let lines = scenes.iter().flat_map(|scene| scene["happened"].as_array().unwrap());
    let lines: Vec<&Value> = lines.collect();
    assert!(lines.len() >= 30, "{told:#}");
    assert!(lines.iter().all(|line| line["as-told"] == true), "{told:#}");

    // What it leaves can be looked at, as its last lines say.
    let call = |arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        command.current_dir(folder.join("bike-demand")).env("PLIMSOLL_HOME", folder.join("home"));
        sandbox.ended(&command.output().unwrap())
    };
    for arguments in [
        &["model", "history", "bike-demand"][..],
        &["model", "show", "bike-demand"],
        &["model", "show", "bike-demand@champion", "--card", "-"],
        &["audit", "log"],
        &["audit", "verify"],
        &["runs"],
        &["monitor", "bike-demand", "--history"],
        &["verify", "bike-demand@champion"],
        &["store", "verify"],
    ] {
        let looked = call(arguments);
        assert_eq!(looked.code, Some(0), "{arguments:?}: {looked}");
    }
    assert!(call(&["verify", "bike-demand@champion"]).stdout.contains("bike-demand@1.2.0"));
    let person: Vec<PathBuf> = fs::read_dir(sandbox.home().with_file_name("person"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(
        !person.iter().any(|path| path.ends_with(".local")),
        "nothing is left at home: {person:?}"
    );
}

/// Returns the processes whose folder lies below `folder`.
fn processes_in(folder: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let is_in = |process: &PathBuf| {
        fs::read_link(process.join("cwd")).is_ok_and(|place| place.starts_with(folder))
    };
    let named = |process: PathBuf| fs::read_to_string(process.join("comm")).unwrap_or_default();
    processes.filter(is_in).map(named).collect()
}

/// Lets the environment, which takes long to install, be that of the other tests.
fn share_environments(home: &Path) {
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("environments");
    fs::create_dir_all(&shared).unwrap();
    let own = home.join("environments");
    _ = fs::remove_dir_all(&own);
    std::os::unix::fs::symlink(shared, own).unwrap();
}
