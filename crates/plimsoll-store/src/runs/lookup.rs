//! Reading runs.

use std::collections::BTreeMap;

use plimsoll_core::event::Recorded;
use plimsoll_core::ports::{CacheEntry, ReadError, ResolveError, RunRow};
use plimsoll_core::{Digest, RunId, Timestamp};
use serde::de::DeserializeOwned;
use sqlx::AssertSqlSafe;

use super::SqliteRuns;
use super::projection::{full_name, only, prefix, remembered};
use super::stored::{damaged, event, from_word, moment, number};
use crate::Roots;

/// How many events are read at once where all are read.
const AT_ONCE: i64 = 500;

/// A run as it is stored.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: String,
    model: String,
    repository: String,
    commit_hash: Option<String>,
    dirty: i64,
    started_ms: i64,
    finished_ms: Option<i64>,
    ended: Option<String>,
    answer: Option<String>,
    plan: String,
    last: i64,
    evidence: Option<String>,
}

impl Row {
    pub(super) const BY_ID: &'static str = "SELECT id, model, repository, commit_hash, dirty, \
         started_ms, finished_ms, ended, answer, plan, last, evidence FROM runs WHERE id = $1";

    /// Reads it, its numbers apart.
    pub(super) fn read(self) -> Result<RunRow, ReadError> {
        let id = self.id;
        Ok(RunRow {
            id: from_word(&id, id.clone())?,
            model: from_word(&id, self.model)?,
            repository: self.repository,
            commit: self.commit_hash,
            dirty: self.dirty != 0,
            started: moment(self.started_ms),
            finished: self.finished_ms.map(Timestamp::from_millis),
            end: self.ended.map(|word| from_word(&id, word)).transpose()?,
            answer: self.answer.map(|word| from_word(&id, word)).transpose()?,
            plan: from_word(&id, self.plan)?,
            last: number(&id, self.last)?,
            metrics: BTreeMap::new(),
            evidence: self.evidence.map(|word| from_word(&id, word)).transpose()?,
        })
    }
}

impl SqliteRuns {
    fn unavailable(&self, error: sqlx::Error) -> ReadError {
        ReadError::Unavailable(self.database.error(error).into())
    }

    /// Reads what `select` gathers into one JSON list.
    ///
    /// Each row comes over from the thread of the database by itself; for a hundred small ones
    /// the two threads would wake each other all the time.
    async fn in_one_row<T: DeserializeOwned>(
        &self,
        select: &'static str,
        value: String,
    ) -> Result<Vec<T>, ReadError> {
        let gathered = sqlx::query_scalar::<_, String>(select).bind(value);
        let text = gathered.fetch_one(self.database.read()).await;
        let text = text.map_err(|error| self.unavailable(error))?;
        serde_json::from_str(&text).map_err(|error| ReadError::Unavailable(error.into()))
    }

    pub(super) async fn log(&self, run: &RunId) -> Result<Vec<Recorded>, ReadError> {
        let select = "SELECT json_group_array(json_array(sequence, at_ms, format, event) \
             ORDER BY sequence) FROM events WHERE run = $1";
        let found: Vec<(i64, i64, i64, String)> = self.in_one_row(select, run.to_string()).await?;
        let mut events = Vec::with_capacity(found.len());
        for (place, (sequence, at, format, text)) in (1..).zip(found) {
            let sequence = number(run, sequence)?;
            if sequence != place {
                let problem = format!("event {place} is missing, and {sequence} is there");
                return Err(damaged(run, &problem));
            }
            let what = event(run, sequence, format, &text)?;
            events.push(Recorded { sequence, at: moment(at), what });
        }
        Ok(events)
    }

    /// Returns the runs that `condition` holds for, the newest first.
    pub(super) async fn rows(
        &self,
        condition: &'static str,
        values: &[&str],
        limit: i64,
    ) -> Result<Vec<RunRow>, ReadError> {
        let read = self.stored_rows(condition, values, limit).await;
        let (rows, metrics) = read.map_err(|error| self.unavailable(error))?;
        let mut numbers: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
        for (run, step, name, value) in metrics {
            let step = (!step.is_empty()).then_some(step.as_str());
            numbers.entry(run).or_default().insert(full_name(step, &name), value);
        }
        let read = |row: Row| {
            let metrics = numbers.remove(&row.id).unwrap_or_default();
            row.read().map(|row| RunRow { metrics, ..row })
        };
        rows.into_iter().map(read).collect()
    }

    async fn stored_rows(
        &self,
        condition: &'static str,
        values: &[&str],
        limit: i64,
    ) -> Result<(Vec<Row>, Vec<(String, String, String, f64)>), sqlx::Error> {
        // Both see the same moment.
        let mut transaction = self.database.read().begin().await?;
        let place = values.len() + 1;
        let chosen = format!("FROM runs WHERE {condition} ORDER BY number DESC LIMIT ${place}");
        let rows = format!(
            "SELECT id, model, repository, commit_hash, dirty, started_ms, finished_ms, ended, \
             answer, plan, last, evidence {chosen}"
        );
        let metrics =
            format!("SELECT run, step, name, value FROM metrics WHERE run IN (SELECT id {chosen})");
        let (mut rows, mut metrics) =
            (sqlx::query_as(AssertSqlSafe(rows)), sqlx::query_as(AssertSqlSafe(metrics)));
        for value in values {
            rows = rows.bind(*value);
            metrics = metrics.bind(*value);
        }
        let rows = rows.bind(limit).fetch_all(&mut *transaction).await?;
        let metrics = metrics.bind(limit).fetch_all(&mut *transaction).await?;
        transaction.commit().await?;
        Ok((rows, metrics))
    }

    pub(super) async fn only_run(&self, text: &str) -> Result<RunId, ResolveError> {
        let prefix = prefix(text)?;
        // Behind every digit that could follow.
        let select = "SELECT id, count(*) OVER () FROM runs WHERE id >= $1 AND id < $1 || 'g' \
             ORDER BY number DESC LIMIT 3";
        let found = sqlx::query_as::<_, (String, i64)>(select)
            .bind(prefix.as_str())
            .fetch_all(self.database.read())
            .await
            .map_err(|error| self.unavailable(error))?;
        let count = found.first().map_or(Ok(0), |(run, count)| number(run, *count))?;
        let read = |(id, _): (String, i64)| from_word(&id, id.clone());
        let runs: Vec<RunId> = found.into_iter().map(read).collect::<Result<_, _>>()?;
        only(&prefix, &runs, count)
    }

    pub(super) async fn remembered(
        &self,
        keys: &[Digest],
    ) -> Result<BTreeMap<Digest, CacheEntry>, ReadError> {
        let select = "SELECT json_group_array(json_array(cache.key, cache.run, cache.sequence, \
             format, event)) FROM cache \
             JOIN events ON events.run = cache.run AND events.sequence = cache.sequence \
             WHERE cache.key IN (SELECT value FROM json_each($1))";
        let keys = serde_json::to_string(keys);
        let keys = keys.map_err(|error| ReadError::Unavailable(error.into()))?;
        let found: Vec<(String, String, i64, i64, String)> = self.in_one_row(select, keys).await?;
        let mut entries = BTreeMap::new();
        for (key, run, sequence, format, text) in found {
            let id: RunId = from_word(&run, run.clone())?;
            let event = event(&id, number(&run, sequence)?, format, &text)?;
            let entry = remembered(&id, &event);
            let entry = entry.ok_or_else(|| {
                damaged(&run, &format!("event {sequence} is remembered and tells of no success"))
            })?;
            entries.insert(from_word(&run, key)?, entry);
        }
        Ok(entries)
    }

    pub(super) async fn roots(&self) -> Result<Roots, ReadError> {
        let select = "SELECT run, sequence, event FROM events WHERE (run, sequence) > ($1, $2) \
             ORDER BY run, sequence LIMIT $3";
        let mut roots = Roots::default();
        let unavailable = |error| self.unavailable(error);
        // One moment: a run that begins meanwhile has nothing that is old enough to be collected.
        let mut transaction = self.database.read().begin().await.map_err(unavailable)?;
        let mut last = (String::new(), 0);
        loop {
            let found = sqlx::query_as::<_, (String, i64, String)>(select)
                .bind(last.0.as_str())
                .bind(last.1)
                .bind(AT_ONCE)
                .fetch_all(&mut *transaction)
                .await
                .map_err(unavailable)?;
            let Some((run, sequence, _)) = found.last() else { return Ok(roots) };
            last = (run.clone(), *sequence);
            for (run, sequence, text) in &found {
                let stored = serde_json::from_str(text);
                let stored =
                    stored.map_err(|error| damaged(run, &format!("event {sequence}: {error}")))?;
                roots.add(&stored);
            }
        }
    }
}
