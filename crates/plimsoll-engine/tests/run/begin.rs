//! What is refused before anything runs.

use plimsoll_core::StepName;
use plimsoll_engine::run::{ChampionChoice, Force, Locking, RunError, RunRequest};

use crate::sandbox::Sandbox;

#[tokio::test(flavor = "multi_thread")]
async fn a_dataset_that_is_not_as_locked_is_refused_where_it_must_be() {
    let sandbox = Sandbox::new();
    let frozen = || RunRequest { locking: Locking::Frozen, ..sandbox.request() };
    assert!(matches!(sandbox.try_run(frozen()).await, Err(RunError::Unlocked { .. })));
    sandbox.run().await;
    sandbox.try_run(frozen()).await.unwrap();
    sandbox.write("data/hour.csv", "5\n6\n7\n8\n");
    let error = sandbox.try_run(frozen()).await.unwrap_err().to_string();
    assert!(
        error.starts_with("1 dataset(s) differ from plimsoll.lock: dataset `hourly`"),
        "{error}"
    );
    assert_eq!(sandbox.logs.all().len(), 2, "nothing was begun");
    sandbox.run().await;
    sandbox.try_run(frozen()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named_before_anything_runs() {
    let mut sandbox = Sandbox::new();
    let force = Force::Steps(vec!["trian".parse::<StepName>().unwrap()]);
    let request = RunRequest { force, ..sandbox.request() };
    assert!(matches!(sandbox.try_run(request).await, Err(RunError::ForcedElsewhere { .. })));
    let request =
        RunRequest { champion: ChampionChoice::Run(sandbox.request().id), ..sandbox.request() };
    let error = sandbox.try_run(request).await.unwrap_err().to_string();
    assert!(error.ends_with("cannot be the champion: it is not known"), "{error}");
    sandbox.project.steps[1]
        .inputs
        .push(plimsoll_core::project::Input::Path("notes.txt".parse().unwrap()));
    assert!(matches!(sandbox.try_run(sandbox.request()).await, Err(RunError::Input { .. })));
    std::fs::remove_file(sandbox.root().join("data/hour.csv")).unwrap();
    assert!(matches!(sandbox.try_run(sandbox.request()).await, Err(RunError::Dataset { .. })));
    assert!(sandbox.logs.all().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_runs_what_it_needs_and_judges_nothing() {
    let sandbox = Sandbox::new();
    let request = RunRequest { targets: vec!["build/test.csv".to_owned()], ..sandbox.request() };
    let outcome = sandbox.try_run(request).await.unwrap();
    assert!(outcome.verdict.is_none());
    let expected = [
        "New",
        "started",
        "validated hourly 0",
        "start split 1",
        "ran split",
        "finished completed",
    ];
    assert_eq!(sandbox.seen.take(), expected);
}
