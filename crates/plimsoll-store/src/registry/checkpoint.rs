//! Signed checkpoints of the log, in the database.

use plimsoll_core::audit::{KeepCheckpointError, KeptCheckpoint};
use plimsoll_core::ports::RegistryError;

use super::SqliteRegistry;
use super::stored::{damaged, word};
use super::transition::Writing;

impl SqliteRegistry {
    pub(super) async fn keep_in_one(
        &self,
        checkpoint: &KeptCheckpoint,
    ) -> Result<(), KeepCheckpointError> {
        let mut writing = Writing::begin(&self.database).await?;
        let unavailable = |error| self.unavailable(error);
        // What no entry can have as its place is not there.
        let sequence = i64::try_from(checkpoint.sequence).unwrap_or(i64::MAX);
        let found = sqlx::query_scalar::<_, String>("SELECT digest FROM audit WHERE sequence = $1")
            .bind(sequence)
            .fetch_optional(&mut *writing.transaction)
            .await
            .map_err(unavailable)?;
        checkpoint.check(found.map(|digest| word(&digest)).transpose()?)?;
        let insert = "INSERT INTO checkpoints (sequence, head, statement) VALUES ($1, $2, $3) \
             ON CONFLICT (statement) DO NOTHING";
        sqlx::query(insert)
            .bind(sequence)
            .bind(checkpoint.head.to_string())
            .bind(&checkpoint.statement)
            .execute(&mut *writing.transaction)
            .await
            .map_err(unavailable)?;
        Ok(writing.commit().await?)
    }

    pub(super) async fn kept_checkpoints(
        &self,
        after: u64,
        limit: u32,
    ) -> Result<Vec<KeptCheckpoint>, RegistryError> {
        // Nothing lies behind a place that no entry can have.
        let Ok(after) = i64::try_from(after) else { return Ok(Vec::new()) };
        // All of one entry come together, so that the last sequence is where the next page begins.
        let select = "SELECT sequence, head, statement FROM checkpoints WHERE sequence > $1 \
             AND sequence <= (SELECT COALESCE(MAX(sequence), 0) FROM (SELECT sequence FROM \
             checkpoints WHERE sequence > $1 ORDER BY sequence LIMIT $2)) ORDER BY sequence, number";
        let found = sqlx::query_as::<_, (i64, String, String)>(select)
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(self.database.read())
            .await
            .map_err(|error| self.unavailable(error))?;
        let read = |(sequence, head, statement): (i64, String, String)| {
            let unreadable = |_| damaged(format!("a checkpoint of entry {sequence}"));
            let sequence = u64::try_from(sequence).map_err(unreadable)?;
            Ok(KeptCheckpoint { sequence, head: word(&head)?, statement })
        };
        found.into_iter().map(read).collect()
    }
}
