//! What the database promises beyond the port.

use serde_json::Value;
use sqlx::Executor;

use super::*;
use crate::Durability;
use crate::samples::{at, digest, run, started, succeeded};

const EVENTS_V1: &str = include_str!("../../fixtures/events-v1.jsonl");

async fn opened() -> (tempfile::TempDir, SqliteRuns) {
    let home = tempfile::tempdir().unwrap();
    let database = Database::open(home.path()).await.unwrap();
    (home, SqliteRuns::new(database))
}

/// Puts an event behind the log as another version would have written it.
async fn write(runs: &SqliteRuns, sequence: i64, format: i64, event: &str) {
    let mut transaction = runs.database.begin(Durability::Process).await.unwrap();
    sqlx::query(
        "INSERT INTO events (run, sequence, at_ms, format, event) VALUES ($1, $2, 0, $3, $4)",
    )
    .bind(run(1).to_string())
    .bind(sequence)
    .bind(format)
    .bind(event)
    .execute(&mut *transaction)
    .await
    .unwrap();
    transaction.commit().await.unwrap();
}

async fn change(runs: &SqliteRuns, statement: &'static str) {
    let mut transaction = runs.database.begin(Durability::Process).await.unwrap();
    transaction.execute(statement).await.unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn reads_the_events_that_the_first_version_stored() {
    let (_home, runs) = opened().await;
    runs.append(&run(1), 1, at(0), &[started("bike-demand")]).await.unwrap();
    change(&runs, "DELETE FROM events").await;
    for (sequence, line) in (1..).zip(EVENTS_V1.lines()) {
        write(&runs, sequence, 1, line).await;
    }
    let events = runs.events(&run(1)).await.unwrap();
    assert_eq!(events.len(), 19);
    for (event, line) in events.iter().zip(EVENTS_V1.lines()) {
        let stored: Value = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_value(&event.what).unwrap(), stored);
    }
}

#[tokio::test]
async fn what_a_newer_version_wrote_is_refused_by_name() {
    for (format, event, what) in [
        (2, "{}", "format 2, and this one reads 1"),
        (1, r#"{"event": "signed", "key": "x"}"#, "unknown variant `signed`"),
        (1, r#"{"event": "run-finished", "end": "frozen"}"#, "unknown variant `frozen`"),
    ] {
        let (_home, runs) = opened().await;
        runs.append(&run(1), 1, at(0), &[started("bike-demand")]).await.unwrap();
        write(&runs, 2, format, event).await;
        let error = runs.events(&run(1)).await.unwrap_err();
        assert!(matches!(error, ReadError::Newer { sequence: 2, .. }), "{error:?}");
        assert!(error.to_string().contains(what), "{error}");
    }
}

#[tokio::test]
async fn a_damaged_log_is_named() {
    let (_home, runs) = opened().await;
    let events = [started("bike-demand"), RunEvent::RunResumed {}, RunEvent::RunResumed {}];
    runs.append(&run(1), 1, at(0), &events).await.unwrap();
    change(&runs, "UPDATE events SET event = '{\"event' WHERE sequence = 3").await;
    let error = runs.events(&run(1)).await.unwrap_err();
    assert!(matches!(error, ReadError::Damaged { .. }), "{error:?}");
    assert!(runs.referenced().await.is_err());
    change(&runs, "DELETE FROM events WHERE sequence = 2").await;
    let error = runs.events(&run(1)).await.unwrap_err();
    assert!(error.to_string().contains("event 2 is missing, and 3 is there"), "{error}");
}

#[tokio::test]
async fn every_object_that_an_event_names_is_referred_to() {
    let (_home, runs) = opened().await;
    for byte in 1..=3 {
        runs.append(&run(byte), 1, at(0), &[started("bike-demand")]).await.unwrap();
    }
    // More than are read at once, in the last run.
    let names: Vec<String> = (0..1100).map(|number| format!("output {number}")).collect();
    let events: Vec<_> = names.iter().map(|name| succeeded(name, name, &[])).collect();
    runs.append(&run(3), 2, at(0), &events).await.unwrap();
    write(&runs, 2, 9, &format!(r#"{{"event": "later", "card": "{}"}}"#, digest("card"))).await;
    let line = EVENTS_V1.lines().find(|line| line.contains("step-succeeded")).unwrap();
    write(&runs, 3, 1, line).await;

    let roots = runs.referenced().await.unwrap();
    for name in names.iter().map(String::as_str).chain(["plimsoll.yaml", "plan", "card"]) {
        assert!(roots.objects.contains(&digest(name)), "{name}");
    }
    let folder = format!("blake3:{}", "a".repeat(64)).parse().unwrap();
    assert_eq!(roots.folders, [folder].into());
}

#[tokio::test]
async fn a_number_that_is_none_appends_nothing() {
    let (_home, runs) = opened().await;
    runs.append(&run(1), 1, at(0), &[started("bike-demand")]).await.unwrap();
    let events = [RunEvent::RunResumed {}, succeeded("k", "model", &[("rmse", f64::NAN)])];
    let error = runs.append(&run(1), 2, at(0), &events).await.unwrap_err();
    assert!(matches!(error, AppendError::Unavailable(_)), "{error:?}");
    assert_eq!(runs.events(&run(1)).await.unwrap().len(), 1);
    assert_eq!(runs.list(None, 1).await.unwrap()[0].last, 1);
    // The connection is of use again.
    runs.append(&run(1), 2, at(0), &events[..1]).await.unwrap();
}

#[tokio::test]
async fn what_was_appended_outlives_the_connection() {
    let (home, runs) = opened().await;
    runs.append(&run(1), 1, at(0), &[started("bike-demand")]).await.unwrap();
    // Not closed: its process may have been killed.
    std::mem::forget(runs);
    let again = SqliteRuns::new(Database::open(home.path()).await.unwrap());
    assert_eq!(again.events(&run(1)).await.unwrap().len(), 1);
    assert_eq!(again.resolve("0101").await.unwrap(), run(1));
}
