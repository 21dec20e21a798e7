//! The suite of [`Runs`].

use plimsoll_core::RunId;
use plimsoll_core::event::{RunEnd, RunEvent};
use plimsoll_core::gate::Answer;
use plimsoll_core::ports::{AppendError, ResolveError, RunRow, Runs};
use plimsoll_core::record::RunRecord;

use super::conformance;
use crate::samples::{
    REPOSITORY, at, cached, digest, evaluated, finished, judged, named, run, started, succeeded,
    validated,
};
use crate::{Database, MemoryRuns, SqliteRuns};

/// The same store, opened twice as two processes would.
struct Twice {
    runs: Box<dyn Runs>,
    other: Box<dyn Runs>,
}

fn memory() -> Twice {
    let runs = MemoryRuns::default();
    Twice { other: Box::new(runs.clone()), runs: Box::new(runs) }
}

async fn sqlite() -> Twice {
    let home = tempfile::tempdir().unwrap().keep();
    let runs = SqliteRuns::new(Database::open(&home).await.unwrap());
    let other = SqliteRuns::new(Database::open(&home).await.unwrap());
    Twice { runs: Box::new(runs), other: Box::new(other) }
}

conformance! {
    [
        events_come_back_in_order a_second_writer_is_a_conflict one_of_many_writers_wins
        all_events_are_appended_or_none a_log_begins_with_its_start runs_are_listed_newest_first
        a_row_says_what_the_record_says what_has_not_ended_is_unfinished
        a_prefix_finds_the_only_run_that_has_it the_newest_success_is_remembered
        what_was_taken_from_another_run_is_not_remembered many_keys_are_looked_up_at_once
    ]
    {
        memory => memory();
        sqlite => sqlite().await;
    }
}

async fn append(runs: &dyn Runs, run: &RunId, next: u64, events: &[RunEvent]) {
    runs.append(run, next, at(1000 + next.cast_signed()), events).await.unwrap();
}

fn is_conflict(appended: &Result<(), AppendError>) -> bool {
    matches!(appended, Err(AppendError::Conflict { .. }))
}

async fn events_come_back_in_order(store: &Twice) {
    assert_eq!(store.runs.events(&run(1)).await.unwrap(), []);
    let events = [started("bike-demand"), succeeded("k", "model", &[("rmse", 0.1)])];
    append(&*store.runs, &run(1), 1, &events).await;
    append(&*store.other, &run(1), 3, &[finished(RunEnd::Completed)]).await;
    append(&*store.runs, &run(2), 1, &[started("other")]).await;
    for runs in [&store.runs, &store.other] {
        let log = runs.events(&run(1)).await.unwrap();
        let places: Vec<_> = log.iter().map(|event| (event.sequence, event.at)).collect();
        assert_eq!(places, [(1, at(1001)), (2, at(1001)), (3, at(1003))]);
        let what: Vec<_> = log.into_iter().map(|event| event.what).collect();
        assert_eq!(what[..2], events);
        assert_eq!(what[2], finished(RunEnd::Completed));
    }
}

async fn a_second_writer_is_a_conflict(store: &Twice) {
    append(&*store.runs, &run(1), 1, &[started("bike-demand")]).await;
    let resumed = [RunEvent::RunResumed {}];
    for (next, events) in [(1, &[started("bike-demand")]), (3, &resumed), (9, &resumed)] {
        assert!(is_conflict(&store.other.append(&run(1), next, at(0), events).await), "{next}");
    }
    // A run that was never begun has nothing that could go on.
    assert!(is_conflict(&store.other.append(&run(2), 2, at(0), &resumed).await));
    append(&*store.other, &run(1), 2, &resumed).await;
    assert!(is_conflict(&store.runs.append(&run(1), 2, at(0), &resumed).await));
    assert_eq!(store.runs.events(&run(1)).await.unwrap().len(), 2);
}

async fn one_of_many_writers_wins(store: &Twice) {
    append(&*store.runs, &run(1), 1, &[started("bike-demand")]).await;
    let (run, events) = (run(1), [RunEvent::RunResumed {}]);
    for next in 2..20 {
        let (one, two, three) = tokio::join!(
            store.runs.append(&run, next, at(0), &events),
            store.other.append(&run, next, at(0), &events),
            store.other.append(&run, next, at(0), &events),
        );
        let appended = [one, two, three];
        assert_eq!(appended.iter().filter(|appended| appended.is_ok()).count(), 1);
        assert_eq!(appended.iter().filter(|appended| is_conflict(appended)).count(), 2);
    }
    assert_eq!(store.runs.events(&run).await.unwrap().len(), 19);
}

async fn all_events_are_appended_or_none(store: &Twice) {
    append(&*store.runs, &run(1), 1, &[started("bike-demand")]).await;
    let events = [succeeded("k", "model", &[("rmse", 0.1)]), finished(RunEnd::Completed)];
    assert!(is_conflict(&store.other.append(&run(1), 1, at(0), &[started("other")]).await));
    assert!(is_conflict(&store.other.append(&run(1), 3, at(0), &events).await));
    let row = &store.runs.list(None, 10).await.unwrap()[0];
    assert_eq!((row.last, row.end, row.metrics.len()), (1, None, 0));
    assert!(store.runs.cached(&[digest("k")]).await.unwrap().is_empty());
}

async fn a_log_begins_with_its_start(store: &Twice) {
    for (next, events) in [
        (1, vec![finished(RunEnd::Failed)]),
        (1, vec![started("bike-demand"), started("bike-demand")]),
        (2, vec![started("bike-demand")]),
    ] {
        let error = store.runs.append(&run(1), next, at(0), &events).await.unwrap_err();
        assert!(matches!(error, AppendError::Unavailable(_)), "{error:?}");
    }
    assert_eq!(store.runs.events(&run(1)).await.unwrap(), []);
    assert_eq!(store.runs.list(None, 10).await.unwrap(), []);
}

async fn runs_are_listed_newest_first(store: &Twice) {
    // The clock goes backwards; what began later is newer all the same.
    for (byte, model, time) in [(5, "a", 300), (9, "b", 200), (1, "a", 100)] {
        store.runs.append(&run(byte), 1, at(time), &[started(model)]).await.unwrap();
    }
    let ids = |rows: Vec<RunRow>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    let model = "a".parse().unwrap();
    let runs = &store.other;
    assert_eq!(ids(runs.list(None, 10).await.unwrap()), [run(1), run(9), run(5)]);
    assert_eq!(ids(runs.list(None, 2).await.unwrap()), [run(1), run(9)]);
    assert_eq!(ids(runs.list(Some(&model), 10).await.unwrap()), [run(1), run(5)]);
    assert_eq!(ids(runs.list(Some(&model), 1).await.unwrap()), [run(1)]);
    assert_eq!(ids(runs.list(None, 0).await.unwrap()), []);
}

async fn a_row_says_what_the_record_says(store: &Twice) {
    let later = [
        succeeded("k", "model", &[("rmse", 0.1), ("trees", 300.0)]),
        finished(RunEnd::Interrupted),
        RunEvent::RunResumed {},
        // The step's numbers are these now, and no others.
        succeeded("k", "model", &[("rmse", 0.2)]),
        evaluated("e", &[("mae", 61.5)], None),
        judged(Answer::Block),
        finished(RunEnd::Completed),
    ];
    append(&*store.runs, &run(1), 1, &[started("bike-demand")]).await;
    for (next, event) in (2..).zip(later) {
        append(&*store.runs, &run(1), next, &[event]).await;
        let log = store.other.events(&run(1)).await.unwrap();
        let record = RunRecord::of(run(1), &log).unwrap();
        let row = store.other.list(None, 1).await.unwrap().remove(0);
        assert_eq!((row.end, row.last), (record.end, next));
        assert_eq!(row.finished, record.end.map(|_| record.last));
        assert_eq!(row.metrics, record.metrics());
        assert_eq!(row.answer, record.verdict.map(|(_, answer)| answer));
        assert_eq!(row.evidence, record.evaluation.map(|(evidence, _)| evidence));
    }
    let row = store.runs.list(None, 1).await.unwrap().remove(0);
    assert_eq!(row.metrics, named(&[("mae", 61.5), ("train.rmse", 0.2)]));
    assert_eq!((row.model.as_str(), row.repository.as_str()), ("bike-demand", REPOSITORY));
    assert_eq!((row.commit.as_deref(), row.dirty), (Some(&*"0f".repeat(20)), true));
    assert_eq!((row.started, row.plan), (at(1001), digest("plan")));
}

async fn what_has_not_ended_is_unfinished(store: &Twice) {
    for byte in [1, 2, 3] {
        append(&*store.runs, &run(byte), 1, &[started("bike-demand")]).await;
    }
    append(&*store.runs, &run(4), 1, &[started("other")]).await;
    append(&*store.runs, &run(2), 2, &[finished(RunEnd::Failed)]).await;
    let model = "bike-demand".parse().unwrap();
    let found = store.other.unfinished(&model, REPOSITORY).await.unwrap();
    assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [run(3), run(1)]);
    assert_eq!(store.other.unfinished(&model, "/elsewhere").await.unwrap(), []);
}

async fn a_prefix_finds_the_only_run_that_has_it(store: &Twice) {
    let id = |first: u8, second: u8| {
        let mut bytes = [0; 16];
        (bytes[0], bytes[1]) = (first, second);
        RunId::from_bytes(bytes)
    };
    for (first, second) in [(0xab, 1), (0xab, 2), (0xab, 3), (0xab, 0x3f), (0xff, 0)] {
        append(&*store.runs, &id(first, second), 1, &[started("bike-demand")]).await;
    }
    let runs = &store.other;
    assert_eq!(runs.resolve("ab01").await.unwrap(), id(0xab, 1));
    assert_eq!(runs.resolve("AB02").await.unwrap(), id(0xab, 2));
    assert_eq!(runs.resolve("f").await.unwrap(), id(0xff, 0));
    assert_eq!(runs.resolve(&id(0xab, 3).to_string()).await.unwrap(), id(0xab, 3));
    let error = runs.resolve("ab").await.unwrap_err();
    assert_eq!(error.to_string(), "4 runs begin with `ab`: ab3f0000, ab030000, ab020000, …");
    let long = "a".repeat(33);
    for unknown in ["", "c", "ab0g", "ab%", "'", &long] {
        let error = runs.resolve(unknown).await.unwrap_err();
        assert!(matches!(error, ResolveError::Unknown(_)), "{unknown}: {error}");
    }
}

async fn the_newest_success_is_remembered(store: &Twice) {
    append(
        &*store.runs,
        &run(1),
        1,
        &[
            started("bike-demand"),
            validated("v", None),
            succeeded("k", "first", &[("rmse", 0.1)]),
            evaluated("e", &[("mae", 61.5)], None),
        ],
    )
    .await;
    append(&*store.runs, &run(2), 1, &[started("bike-demand")]).await;
    append(&*store.other, &run(2), 2, &[succeeded("k", "second", &[("rmse", 0.2)])]).await;
    // A run that began earlier succeeds last.
    append(&*store.runs, &run(1), 5, &[succeeded("l", "third", &[])]).await;

    let keys = [digest("k"), digest("v"), digest("e"), digest("l"), digest("unknown")];
    let found = store.other.cached(&keys).await.unwrap();
    assert_eq!(found.len(), 4);
    let entry = &found[&digest("k")];
    assert_eq!((entry.run, entry.outputs[0].digest), (run(2), digest("second")));
    assert_eq!(entry.metrics, named(&[("rmse", 0.2)]));
    let entry = &found[&digest("v")];
    assert_eq!((entry.run, entry.outputs[0].path.as_str()), (run(1), "evidence"));
    assert_eq!(entry.outputs[0].digest, digest("validation"));
    assert_eq!(entry.metrics, named(&[("errors", 3.0)]));
    let entry = &found[&digest("e")];
    assert_eq!((entry.run, entry.outputs[0].digest), (run(1), digest("evaluation")));
    assert_eq!(entry.metrics, named(&[("mae", 61.5)]));
    assert_eq!(found[&digest("l")].metrics, named(&[]));
}

async fn what_was_taken_from_another_run_is_not_remembered(store: &Twice) {
    append(
        &*store.runs,
        &run(1),
        1,
        &[
            started("bike-demand"),
            validated("v", Some(run(7))),
            cached("k", run(7), &[("rmse", 0.3)]),
            evaluated("e", &[("mae", 1.0)], Some(run(7))),
        ],
    )
    .await;
    let keys = [digest("k"), digest("v"), digest("e")];
    assert!(store.runs.cached(&keys).await.unwrap().is_empty());
    // Its numbers count for this run all the same.
    let row = &store.runs.list(None, 1).await.unwrap()[0];
    assert_eq!(row.metrics, named(&[("mae", 1.0), ("train.rmse", 0.3)]));
}

async fn many_keys_are_looked_up_at_once(store: &Twice) {
    let keys: Vec<String> = (0..300).map(|number| format!("key {number}")).collect();
    let mut events = vec![started("bike-demand")];
    events.extend(keys.iter().map(|key| succeeded(key, key, &[])));
    append(&*store.runs, &run(1), 1, &events).await;
    let asked: Vec<_> = keys.iter().map(|key| digest(key)).collect();
    let found = store.other.cached(&asked).await.unwrap();
    assert_eq!(found.len(), 300);
    assert!(found.iter().all(|(key, entry)| entry.outputs[0].digest == *key));
    assert!(store.other.cached(&[]).await.unwrap().is_empty());
}
