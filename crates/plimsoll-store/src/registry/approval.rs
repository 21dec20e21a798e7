//! What people said of bundles, in the database.

use plimsoll_core::Timestamp;
use plimsoll_core::approval::{Approval, ApprovalRecord};
use plimsoll_core::audit::{Ledger, Occasion};
use plimsoll_core::lifecycle::{Subject, approve};
use plimsoll_core::ports::RegistryError;
use sqlx::{Any, AssertSqlSafe, Transaction};

use super::SqliteRegistry;
use super::stored::{FORMAT, damaged, json, word};
use super::transition::{Writing, unwritable};

/// An approval or rejection as it is stored.
#[derive(sqlx::FromRow)]
pub(super) struct ApprovalRow {
    entry: i64,
    subject: String,
    statement: String,
    at_ms: i64,
    why: String,
    format: i64,
    approval: String,
}

impl ApprovalRow {
    const COLUMNS: &'static str = "entry, subject, statement, at_ms, why, format, approval";

    fn read(&self) -> Result<ApprovalRecord, RegistryError> {
        let name = format!("the approval at entry {}", self.entry);
        let approval: Approval = json(&name, self.format, &self.approval)?;
        // What is looked up by is what was recorded.
        let is_whole = approval.subject.to_string() == self.subject
            && approval.statement.to_string() == self.statement;
        if !is_whole {
            return Err(damaged(format!("{name} is kept under another subject or statement")));
        }
        let no_place = |_| damaged(format!("{name} has no place in the log"));
        Ok(ApprovalRecord {
            entry: u64::try_from(self.entry).map_err(no_place)?,
            at: Timestamp::from_millis(self.at_ms),
            why: word(&self.why)?,
            approval,
        })
    }
}

impl SqliteRegistry {
    pub(super) async fn approve_in_one(
        &self,
        approval: &Approval,
        occasion: &Occasion,
    ) -> Result<u64, RegistryError> {
        let mut writing = Writing::begin(&self.database).await?;
        let said = writing.said_of(approval.subject).await?;
        let Some(transition) = approve(approval, &said) else {
            let known = said.iter().find(|known| known.approval.statement == approval.statement);
            return known.map(|known| known.entry).ok_or_else(|| {
                damaged(format!("statement {} is known and not there", approval.statement))
            });
        };
        let entry = writing.append(transition, occasion).await?;
        let insert = format!(
            "INSERT INTO approvals ({}) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            ApprovalRow::COLUMNS
        );
        let done = sqlx::query(AssertSqlSafe(insert))
            .bind(entry)
            .bind(approval.subject.to_string())
            .bind(approval.statement.to_string())
            .bind(occasion.at.as_millis())
            .bind(occasion.why.as_str())
            .bind(FORMAT)
            .bind(serde_json::to_string(approval).map_err(unwritable)?)
            .execute(&mut *writing.transaction)
            .await;
        done.map_err(|error| self.unavailable(error))?;
        writing.commit().await?;
        u64::try_from(entry).map_err(|_| damaged(format!("entry {entry} has no place in the log")))
    }

    pub(super) async fn said_of(
        &self,
        subject: Subject,
    ) -> Result<Vec<ApprovalRecord>, RegistryError> {
        let mut moment = self.moment().await?;
        let found = rows(&mut moment, subject).await.map_err(|error| self.unavailable(error))?;
        found.iter().map(ApprovalRow::read).collect()
    }

    /// Adds to `kept` everything that was said; what cannot be read is returned as a problem.
    pub(super) async fn all_said(
        &self,
        moment: &mut Transaction<'static, Any>,
        kept: &mut Ledger,
    ) -> Result<Vec<(String, String)>, RegistryError> {
        let select = format!("SELECT {} FROM approvals ORDER BY entry", ApprovalRow::COLUMNS);
        let found = sqlx::query_as::<_, ApprovalRow>(AssertSqlSafe(select))
            .fetch_all(&mut **moment)
            .await
            .map_err(|error| self.unavailable(error))?;
        let mut problems = Vec::new();
        for row in found {
            match row.read() {
                Ok(record) => _ = kept.approvals.insert(record.entry, record),
                Err(newer @ RegistryError::Newer { .. }) => return Err(newer),
                Err(error) => {
                    problems
                        .push((format!("the approval at entry {}", row.entry), error.to_string()));
                }
            }
        }
        Ok(problems)
    }
}

impl Writing {
    pub(super) async fn said_of(
        &mut self,
        subject: Subject,
    ) -> Result<Vec<ApprovalRecord>, RegistryError> {
        let found = rows(&mut self.transaction, subject).await;
        let found = found.map_err(|error| self.unavailable(error))?;
        found.iter().map(ApprovalRow::read).collect()
    }
}

async fn rows(
    transaction: &mut Transaction<'static, Any>,
    subject: Subject,
) -> Result<Vec<ApprovalRow>, sqlx::Error> {
    let columns = ApprovalRow::COLUMNS;
    let select = format!("SELECT {columns} FROM approvals WHERE subject = $1 ORDER BY entry");
    sqlx::query_as::<_, ApprovalRow>(AssertSqlSafe(select))
        .bind(subject.to_string())
        .fetch_all(&mut **transaction)
        .await
}
