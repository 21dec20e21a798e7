//! Several runs at once.

use std::fs;

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
