//! Runs with labelled predictions, and those that train on them again.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use plimsoll_core::event::{Retraining, RunEnd, Withheld};
use plimsoll_core::evidence::Metric;
use plimsoll_core::gate::{Answer, Demand};
use plimsoll_core::lifecycle::Cause;
use plimsoll_core::project::{Dataset, DatasetKind, Live, Predictor};
use plimsoll_core::{DatasetName, Day, Digest, Timestamp};
use plimsoll_engine::run::{
    Beginning, Canceller, ChampionChoice, LiveTable, Locking, RunError, RunOutcome, RunRequest,
    plan_only,
};
use serde_json::{Value, json};

use crate::fake::Logs;
use crate::interrupted::{FOLDER, KILL_AFTER, killed};
use crate::sandbox::{Sandbox, step};

const EMPTY: &str = "# no rows\n";
const FROZEN: &str = "# frozen\n7\n8\n";
const WITHHELD: &str = "# WITHHELD\n9\n";

fn live() -> DatasetName {
    "live".parse().unwrap()
}

/// Makes one whose split takes all of `data.live` into the training set.
async fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::new();
    declare_live(&mut sandbox);
    sandbox.live.insert(live(), sandbox.keep(EMPTY).await);
    sandbox
}

fn declare_live(sandbox: &mut Sandbox) {
    let dataset = Dataset {
        path: "data/live.parquet".parse().unwrap(),
        schema: None,
        license: None,
        source: None,
        kind: DatasetKind::Data,
        card: None,
        personal_data: None,
        leaks: Vec::new(),
        columns: Vec::new(),
        references: Vec::new(),
        is_of_the_present: false,
        live: Some(Live { holdout_days: 14 }),
    };
    sandbox.project.data.insert(live(), dataset);
    let split = "head -n 2 data/hour.csv | cat - data/live.parquet > build/train.csv; tail -n 2 data/hour.csv > build/test.csv";
    let outputs = ["build/train.csv", "build/test.csv"];
    sandbox.project.steps[0] = step("split", split, &["data.hourly", "data.live"], &outputs);
}

/// Makes the next run a retraining on [`FROZEN`], judged on [`WITHHELD`].
async fn retrain(sandbox: &mut Sandbox) {
    sandbox.live.insert(live(), sandbox.keep(FROZEN).await);
    let LiveTable { digest, bytes } = sandbox.keep(WITHHELD).await;
    let day = Day::of(Timestamp::from_millis(0));
    let withheld = Withheld { digest, bytes, rows: 1, from: day, to: day };
    let cause = Cause { evidence: Digest::blake3(b"window"), summary: "wape rose".to_owned() };
    let set = BTreeMap::from([("wape".to_owned(), Value::from(0.1))]);
    sandbox.params.extend(set.clone());
    let parent = "bike-demand@1.0.0".parse().unwrap();
    sandbox.retraining = Some(Retraining { cause, parent, set, withheld });
}

async fn outcome(sandbox: &Sandbox) -> RunOutcome {
    sandbox.try_run(sandbox.request()).await.unwrap()
}

async fn refusal(sandbox: &Sandbox) -> String {
    sandbox.try_run(sandbox.request()).await.unwrap_err().to_string()
}

/// Returns the files below `folder` that hold withheld rows.
fn leaks(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(leaks(&path));
        } else if fs::read_to_string(&path).is_ok_and(|text| text.contains("WITHHELD")) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_sees_the_table_and_the_lock_file_does_not() {
    let mut sandbox = sandbox().await;
    let first = outcome(&sandbox).await;
    assert_eq!(first.end, RunEnd::Completed);
    assert_eq!(sandbox.read("build/train.csv"), format!("1\n2\n{EMPTY}"));
    assert!(!sandbox.root().join("data/live.parquet").exists(), "nothing is placed in the tree");
    let pin = &first.record.start.data[&live()];
    let expected = (Digest::blake3(EMPTY.as_bytes()), 10, Some("captures".to_owned()));
    assert_eq!((pin.digest, pin.bytes, pin.source.clone()), expected);
    let locked = sandbox.read("plimsoll.lock");
    assert!(locked.contains("hourly") && !locked.contains("live"), "{locked}");
    let seen = sandbox.run().await;
    let cached = seen.iter().filter(|said| said.starts_with("cached ")).count();
    assert_eq!(cached, 2, "{seen:?}");

    // What the file says of a dataset that was a file once has no meaning any more.
    let stale = format!("  live:\n    digest: {}\n    bytes: 3\n", Digest::blake3(b"old"));
    sandbox.write("plimsoll.lock", &format!("{locked}{stale}"));
    sandbox.live.insert(live(), sandbox.keep(FROZEN).await);
    let request = RunRequest { locking: Locking::Frozen, ..sandbox.request() };
    sandbox.try_run(request).await.unwrap();
    assert!(sandbox.read("plimsoll.lock").contains("live"), "it may not change");
    sandbox.run().await;
    assert_eq!(sandbox.read("plimsoll.lock"), locked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_the_place_of_the_table_is_ignored() {
    let mut sandbox = sandbox().await;
    sandbox.run().await;
    sandbox.write("data/live.parquet", "stale\n");
    sandbox.project.code.push("data/*".to_owned());
    sandbox.project.steps.push(step("folder", "cat data/* > folder", &["data"], &["folder"]));
    sandbox.project.steps.push(step("list", "ls data > list", &["build/train.csv"], &["list"]));
    let seen = sandbox.run().await;
    assert!(seen.contains(&"finished completed".to_owned()), "{seen:?}");
    assert_eq!(sandbox.read("build/train.csv"), format!("1\n2\n{EMPTY}"));
    assert_eq!(sandbox.read("folder"), format!("1\n2\n3\n4\n{EMPTY}"));
    assert_eq!(sandbox.read("list"), "hour.csv\n", "it is no code either");
    assert_eq!(sandbox.read("data/live.parquet"), "stale\n", "and stays where it is");
    sandbox.write("data/live.parquet", "staler\n");
    let seen = sandbox.run().await;
    let cached = seen.iter().filter(|said| said.starts_with("cached ")).count();
    assert_eq!(cached, 4, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn why_names_the_table_as_any_input() {
    let mut sandbox = sandbox().await;
    sandbox.run().await;
    // To be looked at, it need not be stored.
    let new = Digest::blake3(b"new");
    sandbox.live.insert(live(), LiveTable { digest: new, bytes: 3 });
    let (_canceller, cancel) = Canceller::new();
    let (request, ports) = (sandbox.request(), sandbox.ports());
    let planned = plan_only(&request, &ports, &sandbox.seen, cancel).await.unwrap();
    let planned = serde_json::to_value(planned.steps).unwrap();
    let old = Digest::blake3(EMPTY.as_bytes());
    assert_eq!(
        planned[0]["forecast"]["because"]["reasons"],
        json!([{"reason": "input", "path": "data/live.parquet", "old": old, "new": new}])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_not_there_are_named_before_anything_runs() {
    let mut sandbox = sandbox().await;
    retrain(&mut sandbox).await;
    let withheld = sandbox.retraining.clone().unwrap().withheld.digest;
    fs::remove_file(sandbox.objects().path(&withheld)).unwrap();
    let expected = format!("the withheld rows ({withheld}) are not in the object store");
    assert_eq!(refusal(&sandbox).await, expected);
    let table = LiveTable { digest: Digest::blake3(b"absent"), bytes: 6 };
    sandbox.live.insert(live(), table);
    let digest = table.digest;
    let expected = format!("the rows of dataset `live` ({digest}) are not in the object store");
    assert_eq!(refusal(&sandbox).await, expected);
    sandbox.live.clear();
    let error = sandbox.try_run(sandbox.request()).await.unwrap_err();
    assert!(matches!(error, RunError::NoTable { .. }), "{error}");
    assert!(sandbox.logs.all().is_empty());

    let request = RunRequest { targets: vec!["train".to_owned()], ..sandbox.request() };
    assert!(matches!(sandbox.try_run(request).await, Err(RunError::NoTable { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_table_is_never_given_to_a_step() {
    let sandbox = sandbox().await;
    let digest = Digest::blake3(EMPTY.as_bytes());
    fs::write(sandbox.objects().path(&digest), "tampered\n").unwrap();
    let outcome = outcome(&sandbox).await;
    assert_eq!((outcome.end, outcome.damaged.len()), (RunEnd::Failed, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retraining_is_judged_on_rows_that_no_step_sees() {
    let mut sandbox = sandbox().await;
    let champion = outcome(&sandbox).await.record.id;
    let locked = sandbox.read("plimsoll.lock");
    sandbox.write("data/hour.csv", "1\n2\n5\n6\n");
    sandbox.project.steps[1]
        .run
        .push_str("; grep -rl WITHHELD ../../.. > build/leaks; grep wape params.yaml > build/seen");
    let outputs = ["build/leaks", "build/seen"].map(|path| path.parse().unwrap());
    sandbox.project.steps[1].outputs.extend(outputs);
    retrain(&mut sandbox).await;
    sandbox.champion = ChampionChoice::Run(champion);
    let first = outcome(&sandbox).await;
    assert_eq!(first.end, RunEnd::Completed, "{:?}", sandbox.seen.take());
    assert_eq!(first.record.start.retraining, sandbox.retraining);
    assert_eq!(sandbox.read("build/train.csv"), format!("1\n2\n{FROZEN}"));
    assert_eq!(sandbox.read("build/seen"), "wape: 0.1\n");
    assert_eq!(sandbox.read("build/model.txt"), "0.1\n");
    assert_eq!(sandbox.read("build/test.csv"), "5\n6\n", "outputs are made as always");
    let evaluation = first.evaluation.unwrap();
    assert_eq!(evaluation.on, Digest::blake3(WITHHELD.as_bytes()));
    assert_eq!(*sandbox.scales.measured_on.lock().unwrap(), ["3\n4\n", WITHHELD]);
    let comparison = evaluation.comparison.unwrap();
    assert_eq!((comparison.champion, comparison.metrics[0].champion), (champion, Some(0.18)));
    assert_eq!(sandbox.read("build/leaks"), "");
    assert_eq!(leaks(&sandbox.root()), [""; 0]);
    assert_eq!(sandbox.read("plimsoll.lock"), locked, "it needs no commit");

    let seen = sandbox.run().await;
    assert!(seen.contains(&"cached train".to_owned()), "{seen:?}");
    assert_eq!(sandbox.scales.evaluations.load(Ordering::Relaxed), 2, "its answer is known");
    sandbox.retraining.as_mut().unwrap().withheld.digest = sandbox.keep("10\n").await.digest;
    let seen = sandbox.run().await;
    assert!(seen.contains(&"cached train".to_owned()), "{seen:?}");
    assert_eq!(sandbox.scales.measured_on.lock().unwrap().last().unwrap(), "10\n");
    sandbox.retraining = None;
    sandbox.run().await;
    assert_eq!(sandbox.scales.measured_on.lock().unwrap().last().unwrap(), "5\n6\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_store_retrains_alike() {
    let mut sandbox = sandbox().await.with_the_real_store().await;
    sandbox.live.insert(live(), sandbox.keep(EMPTY).await);
    sandbox.run().await;
    retrain(&mut sandbox).await;
    let outcome = outcome(&sandbox).await;
    assert_eq!(outcome.verdict.unwrap().answer, Answer::Pass);
    assert_eq!(sandbox.read("build/train.csv"), format!("1\n2\n{FROZEN}"));
    assert_eq!(outcome.evaluation.unwrap().on, Digest::blake3(WITHHELD.as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_reads_the_whole_file_of_parameters_sees_what_is_set() {
    let mut sandbox = sandbox().await;
    sandbox.write("params.yaml", "wape: 0.18\n");
    sandbox.project.steps.extend([
        step("copy", "cp params.yaml copy", &["params.yaml"], &["copy"]),
        step("blind", "ls > blind", &[], &["blind"]),
    ]);
    sandbox.run().await;
    assert_eq!(sandbox.read("copy"), "wape: 0.18\n");
    retrain(&mut sandbox).await;
    let seen = sandbox.run().await;
    assert_eq!(sandbox.read("copy"), "wape: 0.1\n", "{seen:?}");
    assert_eq!(sandbox.read("params.yaml"), "wape: 0.18\n");
    assert!(seen.contains(&"cached blind".to_owned()), "{seen:?}");
    assert!(sandbox.run().await.contains(&"cached copy".to_owned()));

    sandbox.project.code.push("*.yaml".to_owned());
    sandbox.project.steps[3].run = "cp params.yaml blind".to_owned();
    sandbox.run().await;
    assert_eq!(sandbox.read("blind"), "wape: 0.1\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_champion_that_is_lost_is_no_pass_and_one_that_never_was_is() {
    let mut sandbox = Sandbox::new();
    sandbox.project.gate[0].demand = Demand::Beats { metric: Metric::Wape, by: 0.1 };
    assert_eq!(outcome(&sandbox).await.verdict.unwrap().answer, Answer::Pass);
    sandbox.champion = ChampionChoice::Lost;
    let lost = outcome(&sandbox).await;
    assert!(lost.record.start.champion_lost && lost.record.start.champion.is_none());
    assert_eq!(lost.verdict.unwrap().answer, Answer::Error);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_predictions_cannot_be_judged_on_other_rows() {
    let mut sandbox = sandbox().await;
    let path = "build/model.txt".parse().unwrap();
    sandbox.project.evaluate.as_mut().unwrap().predictor = Predictor::Predictions(path);
    let champion = outcome(&sandbox).await.record.id;
    retrain(&mut sandbox).await;
    let error = refusal(&sandbox).await;
    let expected = "`build/model.txt` holds predictions of other rows, and no model is named";
    assert!(error.ends_with(expected), "{error}");

    let path = "build/model.txt".parse().unwrap();
    sandbox.project.evaluate.as_mut().unwrap().predictor = Predictor::Model(path);
    sandbox.champion = ChampionChoice::Run(champion);
    let error = sandbox.try_run(sandbox.request()).await.unwrap_err();
    assert!(matches!(error, RunError::Champion { .. }), "{error}");

    sandbox.project.evaluate = None;
    sandbox.champion = ChampionChoice::Never;
    let error = sandbox.try_run(sandbox.request()).await.unwrap_err();
    assert!(matches!(error, RunError::Unjudgeable { .. }), "{error}");
}

async fn retrained_sandbox(folder: &Path) -> Sandbox {
    let mut sandbox = Sandbox::at(folder);
    declare_live(&mut sandbox);
    retrain(&mut sandbox).await;
    sandbox
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run as a process of its own by the test below"]
async fn the_retraining_that_is_killed() {
    #[expect(clippy::disallowed_methods, reason = "a child is told by its environment")]
    let (folder, kill_after) = (std::env::var(FOLDER).unwrap(), std::env::var(KILL_AFTER).unwrap());
    let mut sandbox = retrained_sandbox(Path::new(&folder)).await;
    let mut logs = Logs::new(Path::new(&folder).join("home/runs"));
    logs.kill_after = Some(kill_after.parse().unwrap());
    sandbox.logs = Arc::new(logs);
    sandbox.try_run(sandbox.request()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_retraining_is_taken_up_and_no_other_run_is() {
    let state = |sandbox: &Sandbox, outcome: &RunOutcome| {
        let steps =
            outcome.record.steps.iter().map(|step| (step.name.clone(), step.outputs.clone()));
        let steps: Vec<_> = steps.collect();
        let evaluated = outcome.record.evaluation.map(|(digest, _)| digest);
        let answer = outcome.verdict.as_ref().map(|verdict| verdict.answer);
        (outcome.end, steps, evaluated, answer, sandbox.read("build/model.txt"))
    };
    let keep = Sandbox::new();
    let whole = retrained_sandbox(&keep.folder).await;
    let expected = state(&whole, &outcome(&whole).await);
    let events = whole.logs.all()[0].1.len();
    for kill_after in 1..events {
        let keep = Sandbox::new();
        let test = "retrain::the_retraining_that_is_killed";
        assert!(killed(test, &keep.folder, kill_after), "{kill_after} of {events}");
        let sandbox = retrained_sandbox(&keep.folder).await;
        let again = outcome(&sandbox).await;
        assert_eq!(again.beginning, Beginning::TakenUp, "killed after {kill_after}");
        assert_eq!(state(&sandbox, &again), expected, "killed after {kill_after}");
        assert_eq!(leaks(&sandbox.root()), [""; 0]);
    }

    let keep = Sandbox::new();
    assert!(killed("retrain::the_retraining_that_is_killed", &keep.folder, 2));
    let mut other = retrained_sandbox(&keep.folder).await;
    other.retraining.as_mut().unwrap().withheld.digest = other.keep("10\n").await.digest;
    assert_eq!(outcome(&other).await.beginning, Beginning::New);
}
