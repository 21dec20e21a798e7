use std::fs;
use std::os::unix::fs::PermissionsExt;

use plimsoll_core::ports::{Registry, Runs};

use super::*;
use crate::{SqliteRegistry, SqliteRuns};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

async fn header(database: &Database, pragma: &'static str) {
    let mut transaction = database.begin(Durability::Process).await.unwrap();
    transaction.execute(pragma).await.unwrap();
    transaction.commit().await.unwrap();
    database.close().await;
}

#[tokio::test]
async fn belongs_to_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("not there yet").join("100 % of #1?");
    let database = Database::open(&home).await.unwrap();
    database.begin(Durability::Process).await.unwrap().commit().await.unwrap();
    assert_eq!(mode(&home), 0o700);
    for file in ["plimsoll.db", "plimsoll.db-wal", "plimsoll.db-shm", "plimsoll.lock"] {
        assert_eq!(mode(&home.join(file)), 0o600, "{file}");
    }
    database.close().await;
    assert!(!home.join("plimsoll.db-wal").exists());
}

#[tokio::test]
async fn a_newer_database_is_refused_with_the_reason() {
    let home = tempfile::tempdir().unwrap();
    let database = Database::open(home.path()).await.unwrap();
    header(&database, "PRAGMA user_version = 7000").await;
    let error = Database::open(home.path()).await.unwrap_err();
    assert!(matches!(
        error,
        OpenDatabaseError::Newer { found: 7000, known: Database::VERSION, .. }
    ));
    assert!(error.to_string().contains("version 7000, and this version of Plimsoll knows 6"));
}

#[tokio::test]
async fn a_database_of_the_first_version_is_brought_up_to_date() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join(FILE), include_bytes!("../../fixtures/database-v1.db")).unwrap();
    let version = |database: &Database| {
        let select = "SELECT user_version FROM pragma_user_version";
        let read = database.read().clone();
        async move { sqlx::query_scalar::<_, i64>(select).fetch_one(&read).await.unwrap() }
    };
    for _ in 0..2 {
        let database = Database::open(home.path()).await.unwrap();
        assert_eq!(version(&database).await, Database::VERSION);
        let row = SqliteRuns::new(database.clone()).list(None, 9).await.unwrap().remove(0);
        assert_eq!((row.model.as_str(), row.last), ("bike-demand", 6));
        assert_eq!(row.metrics["mae"].to_bits(), 61.5_f64.to_bits());
        let registry = SqliteRegistry::new(database.clone());
        assert_eq!(registry.variants().await.unwrap(), []);
        assert_eq!(registry.verify_audit().await.unwrap().found, 0);
        database.close().await;
    }
}

#[tokio::test]
async fn what_is_no_database_of_this_program_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(FILE);
    let noise = b"this is no database at all ".repeat(100);
    fs::write(&path, &noise).unwrap();
    let error = Database::open(home.path()).await.unwrap_err();
    assert!(matches!(error, OpenDatabaseError::Damaged { .. }), "{error:?}");
    assert_eq!(fs::read(&path).unwrap(), noise);

    fs::remove_file(&path).unwrap();
    let database = Database::open(home.path()).await.unwrap();
    header(&database, "PRAGMA application_id = 5").await;
    let error = Database::open(home.path()).await.unwrap_err();
    assert!(matches!(error, OpenDatabaseError::Foreign { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_may_open_a_new_home_at_once() {
    let home = tempfile::tempdir().unwrap();
    let opened = (0..8).map(|_| {
        let home = home.path().to_path_buf();
        tokio::spawn(async move { Database::open(&home).await.map(|_| ()) })
    });
    for opened in opened.collect::<Vec<_>>() {
        opened.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_transaction_is_as_durable_as_it_was_asked_to_be() {
    let home = tempfile::tempdir().unwrap();
    let database = Database::open(home.path()).await.unwrap();
    for (durability, level) in [(Durability::Process, 1), (Durability::Power, 2)] {
        let mut transaction = database.begin(durability).await.unwrap();
        let query = sqlx::query_scalar::<_, i64>("SELECT synchronous FROM pragma_synchronous");
        assert_eq!(query.fetch_one(&mut *transaction).await.unwrap(), level);
    }
    let journal = sqlx::query_scalar::<_, String>("SELECT journal_mode FROM pragma_journal_mode");
    assert_eq!(journal.fetch_one(database.read()).await.unwrap(), "wal");
}

#[tokio::test]
async fn a_home_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let error = Database::open(&folder.path().join("file/home")).await.unwrap_err();
    assert!(matches!(error, OpenDatabaseError::Unmade { .. }), "{error:?}");
}

#[tokio::test]
async fn a_damaged_database_is_told_from_one_that_is_busy() {
    let home = tempfile::tempdir().unwrap();
    Database::open(home.path()).await.unwrap().close().await;
    let path = home.path().join(FILE);
    let mut bytes = fs::read(&path).unwrap();
    // Every page but the first, which has the header and the schema.
    bytes[4096..].fill(0x5a);
    fs::write(&path, &bytes).unwrap();
    let error = match Database::open(home.path()).await {
        Ok(database) => {
            let read = sqlx::query("SELECT * FROM runs").fetch_all(database.read()).await;
            let error = database.error(read.err().unwrap());
            assert!(error.is_damaged() && !error.is_transient(), "{error:?}");
            error.to_string()
        }
        Err(error) => {
            assert!(matches!(error, OpenDatabaseError::Damaged { .. }), "{error:?}");
            error.to_string()
        }
    };
    assert_eq!(error, format!("the database `{}` is damaged", path.display()));
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
async fn a_home_that_is_read_only_is_named() {
    let home = tempfile::tempdir().unwrap();
    Database::open(home.path()).await.unwrap().close().await;
    let permit = |mode| {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(home.path(), permissions).unwrap();
    };
    permit(0o500);
    if fs::write(home.path().join("probe"), "").is_ok() {
        eprintln!("skipped: this user may write to what is read-only");
        return;
    }
    let error = Database::open(home.path()).await.unwrap_err();
    permit(0o700);
    let said = format!("`{}` is read-only, and the database", home.path().display());
    assert!(error.to_string().starts_with(&said), "{error:?}");
}
