//! Runs from their beginning to their end.

use std::fs;
use std::num::NonZeroU32;
use std::sync::atomic::Ordering;

use plimsoll_core::StepName;
use plimsoll_core::event::{RunEnd, RunEvent};
use plimsoll_core::evidence::{Evaluation, Metric, ScanName, Scanned};
use plimsoll_core::gate::{Answer, Bound, Demand, Rule};
use plimsoll_engine::run::{ChampionChoice, Force, RunRequest, plan_only};
use plimsoll_engine::schedule::OnFailure;

use crate::sandbox::{Sandbox, step};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_ends_with_a_verdict_and_the_next_one_knows_it_all() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.try_run(sandbox.request()).await.unwrap();
    assert_eq!(
        sandbox.seen.take(),
        [
            "New",
            "started",
            "validated hourly 0",
            "start split 1",
            "ran split",
            "start train 1",
            "train| 1",
            "train| 2",
            "ran train",
            "evaluated",
            "judged pass",
            "finished completed",
        ]
    );
    assert_eq!((outcome.end, outcome.verdict.unwrap().answer), (RunEnd::Completed, Answer::Pass));
    let metrics: Vec<_> = outcome.record.metrics().into_iter().collect();
    assert_eq!(metrics, [("train.trees".to_owned(), 3.0), ("wape".to_owned(), 0.18)]);
    assert_eq!(sandbox.read("build/test.csv"), "3\n4\n");
    assert!(sandbox.read("plimsoll.lock").contains("hourly"));
    assert!(!sandbox.root().join(".plimsoll/attempts").read_dir().unwrap().any(|_| true));

    let (appends, questions) = (
        sandbox.logs.appends.load(Ordering::Relaxed),
        sandbox.logs.questions.load(Ordering::Relaxed),
    );
    let second = sandbox.run().await;
    assert_eq!(
        second,
        [
            "New",
            "started",
            "validated hourly 0",
            "cached split",
            "cached train",
            "evaluated",
            "judged pass",
            "finished completed",
        ]
    );
    assert_eq!(sandbox.logs.appends.load(Ordering::Relaxed) - appends, 1, "one write for it all");
    let asked = sandbox.logs.questions.load(Ordering::Relaxed) - questions;
    assert_eq!(asked, 1, "one question for it all");
    assert_eq!(sandbox.scales.validations.load(Ordering::Relaxed), 1);
    assert_eq!(sandbox.scales.evaluations.load(Ordering::Relaxed), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_changed_runs_again_and_the_plan_says_why() {
    let mut sandbox = Sandbox::new();
    sandbox.run().await;
    sandbox.params.insert("wape".to_owned(), 0.3.into());
    let (_canceller, cancel) = plimsoll_engine::run::Canceller::new();
    let (request, ports) = (sandbox.request(), sandbox.ports());
    let planned = plan_only(&request, &ports, &sandbox.seen, cancel);
    let planned = serde_json::to_value(planned.await.unwrap().steps).unwrap();
    assert_eq!(planned[0]["forecast"]["state"], "cached");
    assert_eq!(planned[1]["forecast"]["because"]["because"], "changed");
    let reasons = &planned[1]["forecast"]["because"]["reasons"];
    let expected = serde_json::json!([
        {"reason": "parameter", "name": "wape", "old": 0.18, "new": 0.3}
    ]);
    assert_eq!(reasons, &expected);
    let seen = sandbox.run().await;
    assert!(seen.contains(&"cached split".to_owned()) && seen.contains(&"ran train".to_owned()));
    assert!(seen.contains(&"judged block".to_owned()), "{seen:?}");

    sandbox.params.insert("wape".to_owned(), 0.18.into());
    let seen = sandbox.run().await;
    assert!(
        seen.contains(&"cached train".to_owned()),
        "the first success is still known: {seen:?}"
    );
    assert_eq!(sandbox.read("build/model.txt"), "0.18\n", "and its output is back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hit_needs_the_objects_and_brings_the_files_back() {
    let sandbox = Sandbox::new();
    sandbox.run().await;
    sandbox.write("build/test.csv", "tampered\n");
    fs::remove_file(sandbox.root().join("build/train.csv")).unwrap();
    assert!(sandbox.run().await.contains(&"cached split".to_owned()));
    assert_eq!(sandbox.read("build/test.csv"), "3\n4\n");
    assert_eq!(sandbox.read("build/train.csv"), "1\n2\n");

    let model = sandbox.objects().path(&plimsoll_core::Digest::blake3(b"0.18\n"));
    fs::remove_file(&model).unwrap();
    let seen = sandbox.run().await;
    assert!(seen.contains(&"ran train".to_owned()), "{seen:?}");

    fs::write(&model, "damaged").unwrap();
    fs::remove_file(sandbox.root().join("build/model.txt")).unwrap();
    let outcome = sandbox.try_run(sandbox.request()).await.unwrap();
    assert_eq!((outcome.end, outcome.damaged.len()), (RunEnd::Failed, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_data_lets_nothing_run_and_says_what_was_found() {
    let sandbox = Sandbox::new();
    sandbox.write("data/hour.csv", "bad\n");
    for _ in 0..2 {
        let outcome = sandbox.try_run(sandbox.request()).await.unwrap();
        assert_eq!(outcome.end, RunEnd::InvalidData);
        let validation = outcome.invalid.values().next().unwrap();
        assert_eq!(validation.findings[0].message, "it says that it is bad");
        let expected = ["New", "started", "validated hourly 1", "finished invalid data"];
        assert_eq!(sandbox.seen.take(), expected);
    }
    assert_eq!(sandbox.scales.validations.load(Ordering::Relaxed), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_evaluated_is_no_pass() {
    let mut sandbox = Sandbox::new();
    sandbox.params.insert("wape".to_owned(), "nothing".into());
    let outcome = sandbox.try_run(sandbox.request()).await.unwrap();
    assert_eq!((outcome.end, outcome.verdict.unwrap().answer), (RunEnd::Failed, Answer::Error));
    assert!(
        outcome.record.evaluation_failed.unwrap().ends_with("predicts nothing (write a number)")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_stops_what_needs_it_and_its_folder_is_kept() {
    let steps = vec![
        step("a", "echo broken; exit 3", &[], &["a"]),
        step("b", "cp a b", &["a"], &["b"]),
        step("c", "sleep 0.3; echo c > c", &[], &["c"]),
        step("d", "echo d > d", &["c"], &["d"]),
    ];
    let sandbox = Sandbox::new().with_steps(steps);
    let outcome = sandbox.try_run(sandbox.request()).await.unwrap();
    assert_eq!(outcome.end, RunEnd::Failed);
    let seen = sandbox.seen.take();
    assert!(seen.contains(&"failed a: its command ended with exit code 3".to_owned()));
    assert!(seen.contains(&"skipped b because a".to_owned()));
    assert!(seen.contains(&"ran c".to_owned()), "what runs may end: {seen:?}");
    assert!(!seen.contains(&"start d 1".to_owned()), "{seen:?}");
    assert!(outcome.kept[&"a".parse::<StepName>().unwrap()].ends_with(".plimsoll/failed/a"));

    let request = RunRequest { on_failure: OnFailure::KeepGoing, ..sandbox.request() };
    let outcome = sandbox.try_run(request).await.unwrap();
    assert_eq!(outcome.end, RunEnd::Failed);
    assert!(sandbox.seen.take().contains(&"ran d".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forced_step_runs_and_equal_outputs_stop_it_there() {
    let sandbox = Sandbox::new();
    sandbox.run().await;
    let force = Force::Steps(vec!["split".parse().unwrap()]);
    let request = RunRequest { force, ..sandbox.request() };
    sandbox.try_run(request).await.unwrap();
    let seen = sandbox.seen.take();
    assert!(seen.contains(&"ran split".to_owned()) && seen.contains(&"cached train".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_runs_backwards_does_no_harm() {
    let mut sandbox = Sandbox::new();
    sandbox.clock = std::sync::Arc::new(crate::fake::Backwards(0.into()));
    let outcome = sandbox.try_run(sandbox.request()).await.unwrap();
    assert_eq!(outcome.end, RunEnd::Completed);
    let (_, log) = sandbox.logs.all().remove(0);
    assert!(log.is_sorted_by_key(|recorded| recorded.at));
    assert!(matches!(log[0].what, RunEvent::RunStarted(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_of_outputs_are_read_in_part_and_together() {
    let steps = vec![
        step("make", "mkdir -p out/deep; echo 1 > out/a; echo 2 > out/deep/b", &[], &["out"]),
        step("part", "cat out/deep/b > part; ls out >> part", &["out/deep/b"], &["part"]),
        step("all", "find . -type f ! -name all | sort > all", &["out", "part"], &["all"]),
    ];
    let sandbox = Sandbox::new().with_steps(steps);
    sandbox.run().await;
    assert_eq!(sandbox.read("part"), "2\ndeep\n");
    assert_eq!(sandbox.read("all"), "./out/a\n./out/deep/b\n./part\n./tools.sh\n");
    fs::remove_dir_all(sandbox.root().join("out")).unwrap();
    let seen = sandbox.run().await;
    assert_eq!(seen.iter().filter(|said| said.starts_with("cached")).count(), 3, "{seen:?}");
    assert_eq!(sandbox.read("out/deep/b"), "2\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_champion_is_measured_as_it_was_made() {
    let mut sandbox = Sandbox::new();
    let first = sandbox.try_run(sandbox.request()).await.unwrap();
    sandbox.params.insert("wape".to_owned(), 0.15.into());
    sandbox.project.gate[0].demand =
        Demand::Limit { metric: Metric::Wape, bound: Bound::Max(0.3), slice: None };
    let request =
        RunRequest { champion: ChampionChoice::Run(first.record.id), ..sandbox.request() };
    let outcome = sandbox.try_run(request).await.unwrap();
    let evaluation = outcome.evaluation.unwrap();
    let look = |evaluation: &Evaluation| evaluation.look.map(NonZeroU32::get);
    assert_eq!(look(first.evaluation.as_ref().unwrap()), Some(1));
    assert_eq!(look(&evaluation), Some(2), "another model on the same rows");
    let comparison = evaluation.comparison.unwrap();
    assert_eq!(comparison.champion, first.record.id);
    assert_eq!(comparison.metrics[0].champion, Some(0.18), "it is the champion's own file");
    let verdict = outcome.verdict.unwrap();
    let weakened = verdict.findings.iter().any(|found| found.code.as_str() == "gate.weakened");
    assert!(weakened, "{verdict:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_store_gives_the_same() {
    let sandbox = Sandbox::new().with_the_real_store().await;
    let first = sandbox.run().await;
    let second = sandbox.run().await;
    let fake = Sandbox::new();
    assert_eq!((first, second), (fake.run().await, fake.run().await));
    fs::remove_dir_all(sandbox.root().join("build")).unwrap();
    assert!(sandbox.run().await.contains(&"cached train".to_owned()));
    assert_eq!(sandbox.read("build/model.txt"), "0.18\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_rules_ask_for_is_scanned_anew_in_each_run_and_judged() {
    let mut sandbox = Sandbox::new();
    for (line, scan) in [(41, ScanName::Licenses), (42, ScanName::Model)] {
        sandbox.project.gate.push(Rule::new(line, Demand::Scan { scan }));
    }
    for _ in 0..2 {
        let said = sandbox.run().await;
        let scanned: Vec<&String> = said.iter().filter(|it| it.starts_with("scanned")).collect();
        assert_eq!(scanned.len(), 2, "{said:?}");
        assert!(said.ends_with(&["judged pass".to_owned(), "finished completed".to_owned()]));
    }
    let outcome = sandbox.try_run(sandbox.request()).await.unwrap();
    let verdict = outcome.verdict.unwrap();
    assert_eq!(verdict.scans.len(), 2);
    assert_eq!(verdict.of.unwrap().data.len(), 1);
    let evidence = outcome.record.scans[&ScanName::Licenses].0;
    let bytes = fs::read(sandbox.objects().path(&evidence)).unwrap();
    let scanned: Scanned = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(scanned.summary, "hourly by split > train", "the declared way to the model");

    sandbox.project.steps[1].run += "; echo 0.18 evil > build/model.txt";
    let outcome = sandbox.try_run(sandbox.request()).await.unwrap();
    assert_eq!(outcome.end, RunEnd::Failed, "the scales cannot read it");
    let verdict = outcome.verdict.unwrap();
    assert_eq!(verdict.answer, Answer::Error);
    assert_eq!(verdict.rules[2].rule.line, 42);
    assert!(verdict.findings.iter().any(|it| it.code.as_str() == "model.pickle-global"));
}
