//! The database of a home: one writer, several readers, in one file.

mod migrate;
mod place;
mod trouble;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyPool, Executor, Transaction};
use tokio::task::spawn_blocking;

use trouble::Trouble;

pub use place::UnfitPlace;

/// The name of the database in the home.
const FILE: &str = "plimsoll.db";

/// How long another process is waited for that writes.
const PATIENCE: Duration = Duration::from_mins(1);

/// A write-ahead log beyond this is brought into the file when the database is opened.
const LONG_LOG: u64 = 1 << 20;

/// How many may read at once in one process.
const READERS: u32 = 4;

/// What is certain once a transaction has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// It outlives the process. A loss of power may take the last ones, never a part of one.
    Process,
    /// It outlives a loss of power.
    Power,
}

/// The metadata of a home, in `SQLite`. A clone is the same database.
#[derive(Clone, Debug)]
pub struct Database {
    path: PathBuf,
    write: AnyPool,
    read: AnyPool,
}

/// The database was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenDatabaseError {
    /// The folder or the file could not be made.
    #[error("`{}` could not be made", path.display())]
    Unmade {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be kept there.
    #[error("the database cannot be kept in `{}`", folder.display())]
    Unfit {
        /// The home.
        folder: PathBuf,
        /// Why.
        source: UnfitPlace,
    },
    /// A newer version of Plimsoll has used it.
    #[error(
        "the database `{}` has version {found}, and this version of Plimsoll knows {known}: update Plimsoll, or name another home with PLIMSOLL_HOME",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that is known here.
        known: i64,
    },
    /// It is another program's.
    #[error("`{}` is a database of another program", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Its content is not that of a database any more.
    #[error("the database `{}` is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How that was seen.
        source: sqlx::Error,
    },
    /// Nothing can be written there.
    #[error("`{}` is read-only, and the database in it is written to", folder.display())]
    ReadOnly {
        /// The home.
        folder: PathBuf,
        /// How that was seen.
        source: io::Error,
    },
    /// It did not answer.
    #[error("the database `{}` could not be opened", path.display())]
    Unavailable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: sqlx::Error,
    },
}

/// The database did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[error("the database `{}` {}", path.display(), trouble::of(source))]
pub struct DatabaseError {
    path: PathBuf,
    source: sqlx::Error,
}

impl DatabaseError {
    /// Tells whether the same may succeed later: another process was writing all the time.
    pub fn is_transient(&self) -> bool {
        matches!(self.source, sqlx::Error::PoolTimedOut)
            || trouble::of(&self.source) == Trouble::Busy
    }

    /// Tells whether the file's content is not that of a database any more.
    pub fn is_damaged(&self) -> bool {
        trouble::of(&self.source) == Trouble::Damaged
    }
}

impl Database {
    /// Opens the database of `home`, which is made where it is not there yet, and brings it up to
    /// date.
    ///
    /// # Errors
    /// It is newer than this program, damaged, somebody else's, or cannot be kept there.
    pub async fn open(home: &Path) -> Result<Self, OpenDatabaseError> {
        let folder = home.to_path_buf();
        let prepared = spawn_blocking(move || place::prepare(&folder, FILE)).await;
        let path = prepared.map_err(|error| OpenDatabaseError::Unmade {
            path: home.to_path_buf(),
            source: error.into(),
        })??;
        let unavailable = |source| OpenDatabaseError::Unavailable { path: path.clone(), source };
        sqlx::any::install_default_drivers();
        let url = place::url(&path)?;
        let database = Self {
            write: pool(&url, 1).map_err(unavailable)?,
            read: pool(&url, READERS).map_err(unavailable)?,
            path: path.clone(),
        };
        database.bring_up_to_date().await?;
        database.shorten_log().await;
        Ok(database)
    }

    /// Brings a long write-ahead log into the file.
    ///
    /// A process that ends without closing leaves its log, and `SQLite` copies all of it again in
    /// every process that finds it longer than a thousand pages.
    async fn shorten_log(&self) {
        let mut log = self.path.as_os_str().to_owned();
        log.push("-wal");
        if std::fs::metadata(log).is_ok_and(|log| log.len() > LONG_LOG) {
            // Where others read or write at this moment, the next one does it.
            _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.write).await;
        }
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the connections that read.
    pub(crate) fn read(&self) -> &AnyPool {
        &self.read
    }

    /// Begins a transaction that writes. Others that write, of other processes too, wait for its end.
    pub(crate) async fn begin(
        &self,
        durability: Durability,
    ) -> Result<Transaction<'static, Any>, sqlx::Error> {
        // A transaction that reads first and writes then would fail where another one wrote in
        // between, and no patience would help.
        let begin = match durability {
            Durability::Process => "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
            Durability::Power => "PRAGMA synchronous = FULL; BEGIN IMMEDIATE",
        };
        self.write.begin_with(begin).await
    }

    /// Names the database in an error.
    pub(crate) fn error(&self, source: sqlx::Error) -> DatabaseError {
        DatabaseError { path: self.path.clone(), source }
    }

    /// Closes every connection; the last process to do so leaves one tidy file.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

fn pool(url: &str, most: u32) -> Result<AnyPool, sqlx::Error> {
    AnyPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(PATIENCE)
        // These look after connections to another machine.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(|connection, _| {
            // Nothing that reads the file: what fails here is tried again until the patience ends.
            let patience = "PRAGMA busy_timeout = 60000";
            Box::pin(async move { connection.execute(patience).await.map(|_| ()) })
        })
        .connect_lazy(url)
}

#[cfg(test)]
mod tests;
