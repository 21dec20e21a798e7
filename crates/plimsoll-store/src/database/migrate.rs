//! Bringing a database up to date, forwards only.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;

use rustix::fs::{FlockOperation, flock};
use sqlx::{AssertSqlSafe, Executor};
use tokio::task::spawn_blocking;

use super::{Database, OpenDatabaseError, trouble};

/// What makes each version of the one before, the first of an empty file. A line that was once
/// released never changes.
const MIGRATIONS: [(i64, &str); 6] = [
    (1, include_str!("../../migrations/0001_runs.sql")),
    (2, include_str!("../../migrations/0002_registry.sql")),
    (3, include_str!("../../migrations/0003_history.sql")),
    (4, include_str!("../../migrations/0004_looks.sql")),
    (5, include_str!("../../migrations/0005_approvals.sql")),
    (6, include_str!("../../migrations/0006_checkpoints.sql")),
];

/// Says in the file's header whose database it is: `Plim`.
const APPLICATION: i64 = 0x506c_696d;

/// What the file's header says.
enum Standing {
    UpToDate,
    /// It has this version, 0 where it is empty.
    Older(i64),
}

impl Database {
    /// The version that this program writes.
    pub const VERSION: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

    pub(super) async fn bring_up_to_date(&self) -> Result<(), OpenDatabaseError> {
        if let Standing::UpToDate = self.standing().await? {
            return Ok(());
        }
        let unmade =
            |source| OpenDatabaseError::Unmade { path: self.path.with_extension("lock"), source };
        // Two processes that find it empty do not both fill it. The lock goes with the process.
        let lock = self.path.with_extension("lock");
        let locked = spawn_blocking(move || {
            let mut options = OpenOptions::new();
            let file = options.create(true).append(true).mode(0o600).open(lock)?;
            flock(&file, FlockOperation::LockExclusive)?;
            Ok(file)
        });
        let _locked = locked.await.map_err(|error| unmade(error.into()))?.map_err(unmade)?;
        match self.standing().await? {
            Standing::UpToDate => Ok(()),
            Standing::Older(version) => {
                let migrated = self.migrate(version).await;
                migrated.map_err(|source| self.unopened(source))
            }
        }
    }

    async fn standing(&self) -> Result<Standing, OpenDatabaseError> {
        let header = "SELECT user_version, application_id, \
             (SELECT count(*) FROM (SELECT 1 FROM sqlite_schema LIMIT 1)) \
             FROM pragma_user_version, pragma_application_id";
        let read = sqlx::query_as::<_, (i64, i64, i64)>(header).fetch_one(&self.write);
        let (found, application, tables) = read.await.map_err(|source| self.unopened(source))?;
        let is_empty = (found, application, tables) == (0, 0, 0);
        if !is_empty && application != APPLICATION {
            return Err(OpenDatabaseError::Foreign { path: self.path.clone() });
        }
        if found > Self::VERSION {
            let (path, known) = (self.path.clone(), Self::VERSION);
            return Err(OpenDatabaseError::Newer { path, found, known });
        }
        Ok(if found == Self::VERSION { Standing::UpToDate } else { Standing::Older(found) })
    }

    async fn migrate(&self, from: i64) -> Result<(), sqlx::Error> {
        let mut connection = self.write.acquire().await?;
        // Stays so in the file. Readers see what was there while another one writes.
        connection.execute("PRAGMA journal_mode = WAL").await?;
        drop(connection);
        for (version, script) in MIGRATIONS.into_iter().filter(|(version, _)| *version > from) {
            let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
            transaction.execute(script).await?;
            let header =
                format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {version}");
            transaction.execute(AssertSqlSafe(header)).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    fn unopened(&self, source: sqlx::Error) -> OpenDatabaseError {
        trouble::unopened(&self.path, source)
    }
}
