//! What the database promises beyond the port.

mod processes;

use std::time::Duration;

use plimsoll_core::approval::Decision;
use plimsoll_core::audit::AuditFault;
use plimsoll_core::lifecycle::{AliasMove, Release, release};
use sqlx::{AssertSqlSafe, Executor};

use super::transition::Writing;
use super::*;
use crate::Durability;
use crate::samples::{approval, candidate, digest, occasion};

async fn opened() -> (tempfile::TempDir, SqliteRegistry) {
    let home = tempfile::tempdir().unwrap();
    let database = Database::open(home.path()).await.unwrap();
    (home, SqliteRegistry::new(database))
}

fn champion(expected: Option<Number>, new: Number) -> AliasMove {
    let (variant, alias) = ("m".parse().unwrap(), "champion".parse().unwrap());
    AliasMove { variant, alias, expected, new: Some(new), heard: None, statement: None }
}

/// A registry of two versions: six entries, the champion is the second, the first is yanked, the
/// second rejected.
async fn filled() -> (tempfile::TempDir, SqliteRegistry) {
    let (home, registry) = opened().await;
    let why = occasion(1000, "ready");
    let one = Number::new(1, 0, 0);
    registry.release(&candidate("m", 2, "a"), None, &why).await.unwrap();
    registry.move_alias(&champion(None, one.clone()), &why).await.unwrap();
    registry.release(&candidate("m", 2, "b"), None, &why).await.unwrap();
    registry.move_alias(&champion(Some(one), Number::new(1, 1, 0)), &why).await.unwrap();
    registry.yank(&"m@1.0.0".parse().unwrap(), &why).await.unwrap();
    let approval = approval(&candidate("m", 2, "b"), Decision::Reject, "ben");
    assert_eq!(registry.approve(&approval, &why).await.unwrap(), 6);
    (home, registry)
}

async fn change(registry: &SqliteRegistry, statement: &str) {
    let mut transaction = registry.database.begin(Durability::Process).await.unwrap();
    transaction.execute("PRAGMA defer_foreign_keys = ON").await.unwrap();
    transaction.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn what_was_done_to_the_tables_is_named() {
    for (statement, named) in [
        (
            "UPDATE audit SET entry = replace(entry, 'ready', 'hasty') WHERE sequence = 2",
            "entry 2 was changed",
        ),
        ("DELETE FROM audit WHERE sequence = 1", "entry 1 is missing"),
        ("DELETE FROM audit WHERE sequence IN (2, 3)", "entries 2 to 3 are missing"),
        (
            "UPDATE audit SET sequence = -1 WHERE sequence = 2; \
             UPDATE audit SET sequence = 2 WHERE sequence = 3; \
             UPDATE audit SET sequence = 3 WHERE sequence = -1",
            "entry 3 lies in the place of entry 2",
        ),
        ("UPDATE audit SET sequence = -7 WHERE sequence = 1", "entry 1 is missing"),
        ("UPDATE audit SET digest = previous WHERE sequence = 4", "entry 4 was changed"),
        ("UPDATE audit SET digest = 'x' WHERE sequence = 4", "entry 4 cannot be read"),
        // The end is cut off, and the tables still tell of it.
        ("DELETE FROM audit WHERE sequence = 6", "it is there and no entry tells of it"),
        ("DELETE FROM audit WHERE sequence > 4", "it counts as yanked and no entry yanks it"),
        (
            "DELETE FROM approvals",
            "(entry 6, reject) is not as the audit log tells: it was recorded",
        ),
        (
            "UPDATE approvals SET approval = replace(approval, 'reject', 'approve')",
            "something else is kept of it",
        ),
        ("UPDATE approvals SET why = 'fine'", "something else is kept of it"),
        ("UPDATE approvals SET entry = 3", "no entry tells of it"),
        (
            "UPDATE approvals SET subject = 'sha256:' || subject",
            "is kept under another subject or statement",
        ),
        ("DELETE FROM audit WHERE sequence > 3", "m@champion is not as the audit log tells"),
        ("DELETE FROM audit", "m@1.1.0 is not as the audit log tells: it is there"),
        (
            "UPDATE versions SET released = replace(released, 'first', 'minor') \
             WHERE number = '1.0.0'",
            "the record of m@1.0.0 was changed",
        ),
        ("UPDATE versions SET yanked = NULL", "it was yanked and counts as released"),
        (
            "UPDATE versions SET yanked = replace(yanked, 'ready', 'hasty')",
            "another reason, person or time of its yank is kept",
        ),
        ("UPDATE versions SET at_ms = 1 WHERE number = '1.1.0'", "another time of its release"),
        (
            "UPDATE versions SET subject = 'sha256:' || subject WHERE number = '1.1.0'",
            "m@1.1.0 is kept under another name, model or subject",
        ),
        (
            "UPDATE versions SET place = 9 WHERE number = '1.0.0'",
            "entry 1 tells of it, and it is kept at 9",
        ),
        (
            "UPDATE audit SET model = 'other' WHERE sequence = 4",
            "it is kept as one of other, and it tells of m",
        ),
        ("UPDATE aliases SET number = '1.0.0'", "it points at 1.0.0, not at 1.1.0"),
        ("DELETE FROM aliases", "it points nowhere, not at 1.1.0"),
        (
            "DELETE FROM aliases; DELETE FROM versions WHERE number = '1.1.0'",
            "m@1.1.0 is not as the audit log tells: it was released and is not there",
        ),
    ] {
        let (_home, registry) = filled().await;
        assert_eq!(registry.verify_audit().await.unwrap().faults, []);
        change(&registry, statement).await;
        let report = registry.verify_audit().await.unwrap();
        let told: Vec<_> = report.faults.iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|fault| fault.contains(named)), "{statement}: {told:#?}");
        assert_eq!(report.found, told.len() as u64);
    }
}

#[tokio::test]
async fn many_faults_are_counted_and_the_first_are_told() {
    let (_home, registry) = opened().await;
    for number in 0..120 {
        let candidate = candidate("m", 2, &format!("model {number}"));
        registry.release(&candidate, None, &occasion(1, "x")).await.unwrap();
    }
    change(&registry, "UPDATE audit SET entry = entry || ' '").await;
    let report = registry.verify_audit().await.unwrap();
    assert_eq!((report.faults.len(), report.found, report.entries), (100, 120, 120));
    assert!(matches!(report.faults[99], AuditFault::Changed { sequence: 100, .. }));
}

#[tokio::test]
async fn a_release_that_is_broken_off_has_not_happened() {
    let (home, registry) = opened().await;
    let candidate = candidate("m", 2, "a");
    let Ok(Release::New(released)) = release(&candidate, None, &[]) else { panic!() };
    let mut writing = Writing::begin(&registry.database).await.unwrap();
    writing.record_release(&released, &occasion(1, "x")).await.unwrap();
    assert_eq!(writing.history(&candidate.variant).await.unwrap().len(), 1);
    // Everything was written but the end of the transaction.
    drop(writing);
    let other = SqliteRegistry::new(Database::open(home.path()).await.unwrap());
    for registry in [&registry, &other] {
        assert_eq!(registry.variants().await.unwrap(), []);
        assert_eq!(registry.verify_audit().await.unwrap().entries, 0);
    }
    other.release(&candidate, None, &occasion(2, "x")).await.unwrap();
}

#[tokio::test]
async fn a_statement_that_fails_undoes_its_whole_transition() {
    for (trigger, failing) in [
        ("INSERT ON audit", 5),
        ("INSERT ON approvals", 1),
        // Without the release there is nothing that the alias could be moved to.
        ("INSERT ON versions", 2),
        ("UPDATE ON versions", 1),
        ("UPDATE ON aliases", 1),
        ("INSERT ON aliases", 1),
        ("DELETE ON aliases", 1),
    ] {
        let (_home, registry) = filled().await;
        let broken = format!(
            "CREATE TRIGGER broken BEFORE {trigger} BEGIN SELECT RAISE(ABORT, 'broken'); END"
        );
        change(&registry, &broken).await;
        let why = occasion(2000, "ready");
        let (model, now, next) =
            (candidate("m", 2, "c"), Number::new(1, 1, 0), Number::new(1, 2, 0));
        let released = registry.release(&model, None, &why).await;
        let moved = registry.move_alias(&champion(Some(now), next), &why).await;
        let current = registry.variants().await.unwrap()[0].aliases[0].1.clone();
        let away = AliasMove { new: None, ..champion(Some(current.clone()), current) };
        let cleared = registry.move_alias(&away, &why).await;
        let yanked = registry.yank(&"m@1.1.0".parse().unwrap(), &why).await;
        let said = registry.approve(&approval(&model, Decision::Approve, "ben"), &why).await;
        let done = [released.is_ok(), moved.is_ok(), cleared.is_ok(), yanked.is_ok(), said.is_ok()];
        let failed = done.iter().filter(|done| !**done).count();
        assert_eq!(failed, failing, "{trigger}: {done:?}");
        let report = registry.verify_audit().await.unwrap();
        assert_eq!(report.faults, [], "{trigger}");
        assert_eq!(report.entries, 6 + 5 - failing as u64, "{trigger}");
    }
}

#[tokio::test]
async fn whoever_stops_waiting_has_all_or_nothing() {
    let (_home, registry) = opened().await;
    let model = |step: i64| candidate("m", 2, &format!("model {step}"));
    for step in 0..60 {
        let (candidate, why) = (model(step), occasion(step, "x"));
        let patience = Duration::from_micros(step.unsigned_abs() * 30);
        let releasing = registry.release(&candidate, None, &why);
        _ = tokio::time::timeout(patience, releasing).await;
        if let Some(row) = registry.variants().await.unwrap().first() {
            let current = row.aliases.first().map(|(_, to)| to.clone());
            let change = champion(current, row.newest.clone().unwrap());
            _ = tokio::time::timeout(patience, registry.move_alias(&change, &why)).await;
        }
        assert_eq!(registry.verify_audit().await.unwrap().faults, []);
    }
    let before = registry.variants().await.unwrap()[0].versions;
    assert!(before > 0);
    // What had happened is known, and what had not happens now.
    for step in 0..60 {
        registry.release(&model(step), None, &occasion(step, "x")).await.unwrap();
    }
    let row = registry.variants().await.unwrap().remove(0);
    assert_eq!((row.versions, row.newest), (60, Some(Number::new(1, 59, 0))));
    assert_eq!(registry.verify_audit().await.unwrap().faults, []);
}

#[tokio::test]
async fn what_a_newer_version_wrote_is_refused_by_name() {
    let (_home, registry) = filled().await;
    change(&registry, "UPDATE versions SET format = 2; UPDATE audit SET format = 2").await;
    let newer = "(format 2, and this one reads 1) was written by a newer version of Plimsoll";
    let error = registry.resolve(&"m@champion".parse().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains(&format!("m@1.1.0 {newer}")), "{error}");
    let error = registry.audit(None, 1, 1).await.unwrap_err();
    assert!(error.to_string().contains(&format!("audit entry 2 {newer}")), "{error}");
    let error = registry.verify_audit().await.unwrap_err();
    assert!(error.to_string().contains(&format!("audit entry 1 {newer}")), "{error}");
    // A number over what cannot be read would be a guess.
    let released = registry.release(&candidate("m", 2, "c"), None, &occasion(1, "x")).await;
    assert!(released.unwrap_err().to_string().contains(newer));
}

#[tokio::test]
async fn reads_what_the_first_version_of_the_form_stored() {
    let home = tempfile::tempdir().unwrap();
    let stored = include_bytes!("../../fixtures/database-v2.db");
    std::fs::write(home.path().join("plimsoll.db"), stored).unwrap();
    let registry = SqliteRegistry::new(Database::open(home.path()).await.unwrap());
    let report = registry.verify_audit().await.unwrap();
    assert_eq!((report.faults, report.entries), (Vec::new(), 6));
    let head = "blake3:a37c648d3e50af453f6d489aea274efa2cf88aa0bd80bb4764351a2dcc2939c9";
    assert_eq!(report.head.to_string(), head);
    let record = registry.resolve(&"m.fast@champion".parse().unwrap()).await.unwrap();
    let lineage = record.released.candidate.lineage;
    assert_eq!(lineage.parent, Some("m@1.0.0".parse().unwrap()));
    assert_eq!(lineage.cause.unwrap().summary, "WAPE 0.34 since 2012-04-02");
    assert_eq!(record.released.candidate.signature.classes.len(), 2);
    let record = registry.resolve(&"m@1.0.0".parse().unwrap()).await.unwrap();
    assert_eq!(record.yanked.unwrap().why.as_str(), "wrong unit");
    // It goes on from there.
    registry.release(&candidate("m", 3, "c"), None, &occasion(1, "x")).await.unwrap();
    assert_eq!(registry.verify_audit().await.unwrap().found, 0);
}

#[tokio::test]
async fn every_object_that_a_version_names_is_referred_to() {
    let (_home, registry) = filled().await;
    let mut why = occasion(1, "x");
    why.evidence = Some(digest("window"));
    let change = champion(Some(Number::new(1, 1, 0)), Number::new(1, 1, 0));
    registry.move_alias(&change, &why).await.unwrap();
    registry.release(&candidate("m", 2, "c"), None, &why).await.unwrap();
    let roots = registry.referenced().await.unwrap();
    for name in ["a", "b", "c", "lock", "card", "hour", "verdict", "window"] {
        assert!(roots.objects.contains(&digest(name)), "{name}");
    }
}

#[tokio::test]
async fn what_was_said_in_a_database_of_the_fifth_version_is_read() {
    let home = tempfile::tempdir().unwrap();
    let stored = include_bytes!("../../fixtures/database-v5.db");
    std::fs::write(home.path().join("plimsoll.db"), stored).unwrap();
    let registry = SqliteRegistry::new(Database::open(home.path()).await.unwrap());
    let report = registry.verify_audit().await.unwrap();
    assert_eq!((report.faults, report.entries), (Vec::new(), 6));
    let said = registry.approvals(candidate("m", 2, "b").subject).await.unwrap();
    let [record] = &said[..] else { panic!("one thing was said") };
    assert_eq!(record.approval, approval(&candidate("m", 2, "b"), Decision::Reject, "ben"));
    assert_eq!((record.entry, record.why.as_str()), (6, "ready"));
    // The statement is kept, whatever `store gc` removes.
    assert!(registry.referenced().await.unwrap().objects.contains(&record.approval.statement));
}
