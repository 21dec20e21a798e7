//! Writing events, and what follows from them.

use std::error::Error;

use plimsoll_core::event::RunEvent;
use plimsoll_core::ports::{AppendError, ReadError, RunRow};
use plimsoll_core::{RunId, StepName, Timestamp};
use sqlx::{Any, AssertSqlSafe, Transaction};

use super::SqliteRuns;
use super::lookup::Row;
use super::projection::{NotALog, apply, begun, check, key, numbers};
use super::stored::{FORMAT, word};
use crate::Durability;

/// How many rows are written by one statement.
const AT_ONCE: usize = 64;

/// Why nothing was appended, before it has its run and place.
enum Refusal {
    Conflict,
    Sql(sqlx::Error),
    Other(Box<dyn Error + Send + Sync>),
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        Self::Other(error.into())
    }
}

impl SqliteRuns {
    pub(super) async fn append_all(
        &self,
        run: &RunId,
        next: u64,
        at: Timestamp,
        events: &[RunEvent],
    ) -> Result<(), AppendError> {
        check(next, events).map_err(|error| AppendError::Unavailable(error.into()))?;
        let appended = self.append_checked(run, next, at, events).await;
        appended.map_err(|refusal| match refusal {
            Refusal::Conflict => AppendError::Conflict { run: *run, next },
            Refusal::Sql(error) => AppendError::Unavailable(self.database.error(error).into()),
            Refusal::Other(error) => AppendError::Unavailable(error),
        })
    }

    async fn append_checked(
        &self,
        run: &RunId,
        next: u64,
        at: Timestamp,
        events: &[RunEvent],
    ) -> Result<(), Refusal> {
        let first = i64::try_from(next).map_err(|_| Refusal::Conflict)?;
        // Dropping it, as every early return does, undoes everything.
        let mut transaction = self.database.begin(Durability::Process).await?;
        let id = run.to_string();
        let mut row = if next == 1 {
            let Some(event) = events.first() else { return Ok(()) };
            begun(run, at, event).ok_or_else(|| Refusal::Other(NotALog.into()))?
        } else {
            last_row(&mut transaction, &id, next).await?
        };
        for event in events {
            apply(&mut row, at, event);
        }
        if next == 1 {
            insert(&mut transaction, &id, &row).await?;
        } else {
            update(&mut transaction, &id, &row).await?;
        }
        insert_events(&mut transaction, &id, first, at, events).await?;
        for (sequence, event) in (first..).zip(events) {
            if let Some((step, metrics)) = numbers(event) {
                let step = step.map_or("", StepName::as_str);
                sqlx::query("DELETE FROM metrics WHERE run = $1 AND step = $2")
                    .bind(id.as_str())
                    .bind(step)
                    .execute(&mut *transaction)
                    .await?;
                for (name, value) in metrics {
                    sqlx::query(
                        "INSERT INTO metrics (run, step, name, value) VALUES ($1, $2, $3, $4)",
                    )
                    .bind(id.as_str())
                    .bind(step)
                    .bind(name.as_str())
                    .bind(*value)
                    .execute(&mut *transaction)
                    .await?;
                }
            }
            if let Some(key) = key(event) {
                let newest = "INSERT INTO cache (key, run, sequence) VALUES ($1, $2, $3) \
                     ON CONFLICT (key) DO UPDATE SET run = excluded.run, sequence = excluded.sequence";
                sqlx::query(newest)
                    .bind(key.to_string())
                    .bind(id.as_str())
                    .bind(sequence)
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        transaction.commit().await?;
        Ok(())
    }
}

/// Returns the row of the run if its log ends right before `next`.
async fn last_row(
    transaction: &mut Transaction<'static, Any>,
    id: &str,
    next: u64,
) -> Result<RunRow, Refusal> {
    let found = sqlx::query_as::<_, Row>(Row::BY_ID).bind(id).fetch_optional(&mut **transaction);
    let row = found.await?.ok_or(Refusal::Conflict)?;
    let row = row.read().map_err(|error: ReadError| Refusal::Other(error.into()))?;
    if row.last + 1 == next { Ok(row) } else { Err(Refusal::Conflict) }
}

async fn insert(
    transaction: &mut Transaction<'static, Any>,
    id: &str,
    row: &RunRow,
) -> Result<(), Refusal> {
    let begin = "INSERT INTO runs (id, number, model, repository, commit_hash, dirty, started_ms, \
         finished_ms, ended, answer, plan, last, evidence) \
         VALUES ($1, (SELECT COALESCE(MAX(number), 0) + 1 FROM runs), $2, $3, $4, $5, $6, $7, $8, \
         $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING";
    let inserted = sqlx::query(begin)
        .bind(id)
        .bind(row.model.as_str())
        .bind(row.repository.as_str())
        .bind(row.commit.as_deref())
        .bind(i64::from(row.dirty))
        .bind(row.started.as_millis())
        .bind(row.finished.map(Timestamp::as_millis))
        .bind(row.end.as_ref().map(word).transpose()?)
        .bind(row.answer.as_ref().map(word).transpose()?)
        .bind(row.plan.to_string())
        .bind(row.last.cast_signed())
        .bind(row.evidence.map(|digest| digest.to_string()))
        .execute(&mut **transaction)
        .await?;
    if inserted.rows_affected() == 1 { Ok(()) } else { Err(Refusal::Conflict) }
}

async fn update(
    transaction: &mut Transaction<'static, Any>,
    id: &str,
    row: &RunRow,
) -> Result<(), Refusal> {
    let change = "UPDATE runs SET finished_ms = $2, ended = $3, answer = $4, last = $5, \
         evidence = $6 WHERE id = $1";
    sqlx::query(change)
        .bind(id)
        .bind(row.finished.map(Timestamp::as_millis))
        .bind(row.end.as_ref().map(word).transpose()?)
        .bind(row.answer.as_ref().map(word).transpose()?)
        .bind(row.last.cast_signed())
        .bind(row.evidence.map(|digest| digest.to_string()))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

async fn insert_events(
    transaction: &mut Transaction<'static, Any>,
    id: &str,
    first: i64,
    at: Timestamp,
    events: &[RunEvent],
) -> Result<(), Refusal> {
    let mut sequence = first;
    for events in events.chunks(AT_ONCE) {
        // SQLite looks a numbered parameter up by its name, one by one; `?` it counts.
        let rows = vec!["(?, ?, ?, ?, ?)"; events.len()].join(", ");
        let insert =
            format!("INSERT INTO events (run, sequence, at_ms, format, event) VALUES {rows}");
        // Their number differs from batch to batch: such texts would crowd out the others.
        let mut query = sqlx::query(AssertSqlSafe(insert)).persistent(events.len() == 1);
        for event in events {
            let text = serde_json::to_string(event)?;
            query = query.bind(id).bind(sequence).bind(at.as_millis()).bind(FORMAT).bind(text);
            sequence += 1;
        }
        query.execute(&mut **transaction).await?;
    }
    Ok(())
}
