//! Runs in the database: the log, and what lookups need of it, in one transaction.

mod append;
mod lookup;
pub(crate) mod projection;
mod stored;

use std::collections::BTreeMap;

use async_trait::async_trait;
use plimsoll_core::event::{Recorded, RunEvent};
use plimsoll_core::ports::{AppendError, CacheEntry, ReadError, ResolveError, RunRow, Runs};
use plimsoll_core::{Digest, ModelName, RunId, Timestamp};

use crate::{Database, Roots};

pub use projection::NotALog;

/// The logs of runs in the database of a home. A clone is the same.
#[derive(Clone, Debug)]
pub struct SqliteRuns {
    database: Database,
}

impl SqliteRuns {
    /// Keeps runs in `database`.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Returns every object that some event of some run names, for
    /// [`crate::FolderObjects::collect`].
    ///
    /// # Errors
    /// An event cannot be read, not even as JSON: what it names would be collected.
    pub async fn referenced(&self) -> Result<Roots, ReadError> {
        self.roots().await
    }
}

#[async_trait]
impl Runs for SqliteRuns {
    async fn append(
        &self,
        run: &RunId,
        next: u64,
        at: Timestamp,
        events: &[RunEvent],
    ) -> Result<(), AppendError> {
        self.append_all(run, next, at, events).await
    }

    async fn events(&self, run: &RunId) -> Result<Vec<Recorded>, ReadError> {
        self.log(run).await
    }

    async fn list(&self, model: Option<&ModelName>, limit: u32) -> Result<Vec<RunRow>, ReadError> {
        let limit = i64::from(limit);
        match model {
            Some(model) => self.rows("model = $1", &[model.as_str()], limit).await,
            None => self.rows("1 = 1", &[], limit).await,
        }
    }

    async fn unfinished(
        &self,
        model: &ModelName,
        repository: &str,
    ) -> Result<Vec<RunRow>, ReadError> {
        let condition = "model = $1 AND repository = $2 AND ended IS NULL";
        self.rows(condition, &[model.as_str(), repository], i64::MAX).await
    }

    async fn resolve(&self, prefix: &str) -> Result<RunId, ResolveError> {
        self.only_run(prefix).await
    }

    async fn cached(&self, keys: &[Digest]) -> Result<BTreeMap<Digest, CacheEntry>, ReadError> {
        self.remembered(keys).await
    }
}

#[cfg(test)]
mod tests;
