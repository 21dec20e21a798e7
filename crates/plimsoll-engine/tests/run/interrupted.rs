//! Runs that do not come to their end by themselves.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use plimsoll_core::event::{RunEnd, RunEvent};
use plimsoll_engine::run::{Beginning, Canceller, RunRequest, Unfinished};

use crate::fake::Logs;
use crate::sandbox::{Sandbox, step, word};

/// Where the process below finds its sandbox, and after how many events it dies.
pub(crate) const FOLDER: &str = "PLIMSOLL_TEST_FOLDER";
pub(crate) const KILL_AFTER: &str = "PLIMSOLL_TEST_KILL_AFTER";

fn killed_sandbox(folder: &Path) -> Sandbox {
    let mut sandbox = Sandbox::at(folder);
    // What is not needed by the model fails, so that failures and skips are among the events.
    sandbox.project.steps.push(step(
        "extra",
        "cp data/hour.csv extra",
        &["data.hourly"],
        &["extra"],
    ));
    sandbox
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run as a process of its own by the test below"]
async fn the_process_that_is_killed() {
    #[expect(clippy::disallowed_methods, reason = "a child is told by its environment")]
    let (folder, kill_after) = (std::env::var(FOLDER).unwrap(), std::env::var(KILL_AFTER).unwrap());
    let mut sandbox = killed_sandbox(Path::new(&folder));
    let mut logs = Logs::new(Path::new(&folder).join("home/runs"));
    logs.kill_after = Some(kill_after.parse().unwrap());
    sandbox.logs = Arc::new(logs);
    sandbox.try_run(sandbox.request()).await.unwrap();
}

fn run_killed(folder: &Path, kill_after: usize) -> bool {
    killed("interrupted::the_process_that_is_killed", folder, kill_after)
}

/// Runs `test` as a process that dies after so many events; tells whether it did.
pub(crate) fn killed(test: &str, folder: &Path, kill_after: usize) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--ignored", "--exact", test]);
    child.env(FOLDER, folder).env(KILL_AFTER, kill_after.to_string());
    let status = child.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success() || status.signal() == Some(9), "{status}");
    !status.success()
}

/// What is left of a run: how it ended, what each step wrote, and the files themselves.
fn state(sandbox: &Sandbox, outcome: &plimsoll_engine::run::RunOutcome) -> String {
    let steps = outcome.record.steps.iter().map(|step| {
        let outputs: Vec<_> = step.outputs.iter().map(|output| output.digest.short()).collect();
        format!("{} {outputs:?}", step.name)
    });
    let files = ["build/train.csv", "build/test.csv", "build/model.txt", "extra"];
    let files = files.map(|path| fs::read_to_string(sandbox.root().join(path)).ok());
    let steps: Vec<_> = steps.collect();
    let (validated, evaluated) = (&outcome.record.validated, &outcome.record.evaluation);
    let evaluated = evaluated.map(|(digest, _)| digest);
    let answer = outcome.verdict.as_ref().map(|verdict| verdict.answer);
    format!("{:?} {steps:?} {files:?} {validated:?} {evaluated:?} {answer:?}", outcome.end)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_killed_after_any_event_and_run_again_ends_alike() {
    let fresh = || {
        let sandbox = Sandbox::new();
        let killed = killed_sandbox(&sandbox.folder);
        (sandbox, killed)
    };
    let (_keep, whole) = fresh();
    let outcome = whole.try_run(whole.request()).await.unwrap();
    let expected = state(&whole, &outcome);
    let events = whole.logs.all()[0].1.len();
    assert!(events >= 11, "{events}");
    for killed_after in 1..=events {
        let (_keep, sandbox) = fresh();
        assert!(run_killed(&sandbox.folder, killed_after), "{killed_after} of {events}");
        // What the log says is done must be there in the end, whatever became of it since.
        _ = fs::remove_dir_all(sandbox.root().join("build"));
        let outcome = sandbox.try_run(sandbox.request()).await.unwrap();
        assert_eq!(state(&sandbox, &outcome), expected, "killed after {killed_after}");
        let logs = sandbox.logs.all();
        let ended = |log: &[plimsoll_core::event::Recorded]| {
            matches!(log.last().map(|last| &last.what), Some(RunEvent::RunFinished { .. }))
        };
        assert!(logs.iter().all(|(_, log)| ended(log)));
        // After its last event a run has ended, and the next is another.
        let (runs, beginning) =
            if killed_after == events { (2, Beginning::New) } else { (1, Beginning::TakenUp) };
        assert_eq!((logs.len(), outcome.beginning), (runs, beginning), "after {killed_after}");
        let attempts = sandbox.root().join(".plimsoll/attempts");
        assert_eq!(attempts.read_dir().map_or(0, Iterator::count), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_to_end_stops_commands_and_the_next_run_goes_on() {
    let sandbox = Sandbox::new();
    let pid = sandbox.folder.join("pid");
    let slow = format!(
        "if test -e {0}; then echo 2 > slow; else sleep 60 & echo $! > {0}; wait; fi",
        pid.display()
    );
    let steps = vec![
        step("quick", "echo 1 > quick", &[], &["quick"]),
        step("slow", &slow, &["quick"], &["slow"]),
    ];
    let sandbox = sandbox.with_steps(steps);
    let (canceller, cancel) = Canceller::new();
    let wish = async {
        while !pid.exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        canceller.cancel();
    };
    let start = Instant::now();
    let (outcome, ()) = tokio::join!(sandbox.run_until(sandbox.request(), cancel), wish);
    assert_eq!(outcome.unwrap().end, RunEnd::Interrupted);
    assert!(start.elapsed() < Duration::from_secs(10));
    let sleeping = fs::read_to_string(&pid).unwrap();
    let alive = fs::read_to_string(format!("/proc/{}/stat", sleeping.trim()));
    assert!(alive.is_err() || alive.unwrap().contains(") Z "), "it still sleeps");
    let seen = sandbox.run().await;
    assert_eq!(
        seen,
        [
            "New",
            "started",
            "validated hourly 0",
            "cached quick",
            "start slow 1",
            "ran slow",
            "finished completed",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_up_is_recorded_as_abandoned() {
    let keep = Sandbox::new();
    let mut sandbox = killed_sandbox(&keep.folder);
    assert!(run_killed(&sandbox.folder, 4));
    sandbox.params.insert("wape".to_owned(), 0.1.into());
    sandbox.run().await;
    assert!(run_killed(&keep.folder, 2));
    let request = RunRequest { unfinished: Unfinished::Abandon, ..sandbox.request() };
    sandbox.try_run(request).await.unwrap();
    let ends = sandbox.logs.all().into_iter().map(|(_, log)| word(&log.last().unwrap().what));
    let mut ends: Vec<_> = ends.collect();
    ends.sort();
    assert_eq!(
        ends,
        ["finished abandoned", "finished abandoned", "finished completed", "finished completed"]
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run as a process of its own by the test below"]
async fn the_process_whose_command_goes_on() {
    #[expect(clippy::disallowed_methods, reason = "a child is told by its environment")]
    let folder = std::env::var(FOLDER).unwrap();
    let sandbox = slow_sandbox(Path::new(&folder));
    sandbox.try_run(sandbox.request()).await.unwrap();
}

fn slow_sandbox(folder: &Path) -> Sandbox {
    let pid = folder.join("pid");
    let slow = format!(
        "if test -e {0}; then echo 2 > slow; else echo $$ > {0}.new; mv {0}.new {0}; exec sleep 60; fi",
        pid.display()
    );
    Sandbox::at(folder).with_steps(vec![step("slow", &slow, &[], &["slow"])])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_of_a_killed_run_is_ended_by_the_next() {
    let keep = Sandbox::new();
    let pid = keep.folder.join("pid");
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--ignored", "--exact", "interrupted::the_process_whose_command_goes_on"]);
    child.env(FOLDER, &keep.folder).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = child.spawn().unwrap();
    while !pid.exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let is_alive = || {
        let left = fs::read_to_string(&pid).unwrap();
        let state = fs::read_to_string(format!("/proc/{}/stat", left.trim()));
        state.is_ok_and(|state| !state.contains(") Z "))
    };
    assert!(is_alive(), "a command does not notice that its run is gone");
    let sandbox = slow_sandbox(&keep.folder);
    let seen = sandbox.run().await;
    assert!(seen.contains(&"TakenUp".to_owned()) && seen.contains(&"ran slow".to_owned()));
    let starts: Vec<_> = seen.iter().filter(|said| said.starts_with("start ")).collect();
    assert_eq!(starts, ["start slow 2"], "the try that was broken off is not told again");
    assert!(!is_alive());
}
