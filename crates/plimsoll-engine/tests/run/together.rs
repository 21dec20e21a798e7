//! Several runs at once.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::interrupted::FOLDER;
use crate::sandbox::{Sandbox, step};

#[tokio::test(flavor = "multi_thread")]
async fn identical_steps_are_computed_once() {
    let sandbox = Sandbox::new();
    let count = sandbox.folder.join("count");
    let slow = format!("echo x >> {}; sleep 0.4; echo 1 > slow", count.display());
    let sandbox = sandbox.with_steps(vec![step("slow", &slow, &[], &["slow"])]);
    let (a, b, c) = tokio::join!(
        sandbox.try_run(sandbox.request()),
        sandbox.try_run(sandbox.request()),
        sandbox.try_run(sandbox.request()),
    );
    for outcome in [a, b, c] {
        outcome.unwrap();
    }
    assert_eq!(fs::read_to_string(count).unwrap(), "x\n");
    let seen = sandbox.seen.take();
    let times = |word: &str| seen.iter().filter(|said| *said == word).count();
    assert_eq!((times("ran slow"), times("cached slow"), times("waiting slow")), (1, 2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_with_other_parameters_never_overwrite_each_other() {
    let mut first = Sandbox::new();
    first.project.gate.clear();
    let mut second = Sandbox::at(&first.folder);
    second.project.gate.clear();
    second.params.insert("wape".to_owned(), 0.2.into());
    let (a, b) = tokio::join!(first.try_run(first.request()), second.try_run(second.request()));
    let wape = |outcome: plimsoll_engine::run::RunOutcome| outcome.record.evaluated["wape"];
    assert_eq!((wape(a.unwrap()), wape(b.unwrap())), (0.18, 0.2));
}

fn crowded(folder: &Path) -> Sandbox {
    let count = folder.join("count");
    let steps = (0..8).map(|at| {
        let input = format!("out/{}", at - 2);
        let inputs = if at > 1 { vec![input.as_str()] } else { Vec::new() };
        let run = format!("echo {at} >> {}; sleep 0.02; echo {at} > out/{at}", count.display());
        step(&format!("s{at}"), &run, &inputs, &[&format!("out/{at}")])
    });
    Sandbox::at(folder).with_steps(steps.collect())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run as processes of their own by the test below"]
async fn one_of_a_crowd() {
    #[expect(clippy::disallowed_methods, reason = "a child is told by its environment")]
    let folder = std::env::var(FOLDER).unwrap();
    let sandbox = crowded(Path::new(&folder)).with_the_real_store().await;
    let outcome = sandbox.try_run(sandbox.request()).await.unwrap();
    assert_eq!(outcome.record.steps.len(), 8);
    let seen = sandbox.seen.take();
    assert_eq!(outcome.end, plimsoll_core::event::RunEnd::Completed, "{seen:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_in_one_repository_share_every_step() {
    let sandbox = Sandbox::new();
    let crowd = (0..5).map(|_| {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child
            .args(["--ignored", "--exact", "together::one_of_a_crowd"])
            .env(FOLDER, &sandbox.folder);
        child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    for child in crowd.collect::<Vec<_>>() {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let count = fs::read_to_string(sandbox.folder.join("count")).unwrap();
    let mut lines: Vec<&str> = count.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["0", "1", "2", "3", "4", "5", "6", "7"]);
    assert_eq!(sandbox.read("out/7"), "7\n");
    let left = fs::read_dir(sandbox.folder.join("home/locks")).unwrap().count();
    assert_eq!(left, 0, "no lock file is left");
}
