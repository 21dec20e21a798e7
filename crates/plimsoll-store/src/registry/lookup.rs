//! Reading versions, aliases and the log.

use plimsoll_core::audit::Sealed;
use plimsoll_core::ports::{
    AuditRow, RegistryError, ResolveVersionError, VariantRow, VersionRecord,
};
use plimsoll_core::version::Target;
use plimsoll_core::{ModelName, Reference};
use serde_json::Value;
use sqlx::{Any, AssertSqlSafe, Transaction};

use super::SqliteRegistry;
use super::projection::{Aliases, State, of, rows, unknown};
use super::stored::{EntryRow, VersionRow, damaged, word};
use crate::Roots;

/// How many entries are read at once where all are read.
pub(super) const AT_ONCE: i64 = 500;

impl SqliteRegistry {
    pub(super) fn unavailable(&self, error: sqlx::Error) -> RegistryError {
        RegistryError::Unavailable(self.database.error(error).into())
    }

    /// Begins to read: everything in it is seen as of one moment.
    pub(super) async fn moment(&self) -> Result<Transaction<'static, Any>, RegistryError> {
        self.database.read().begin().await.map_err(|error| self.unavailable(error))
    }

    pub(super) async fn aliases(
        &self,
        moment: &mut Transaction<'static, Any>,
    ) -> Result<Aliases, RegistryError> {
        let select = "SELECT variant, alias, number FROM aliases";
        let found = sqlx::query_as::<_, (String, String, String)>(select)
            .fetch_all(&mut **moment)
            .await
            .map_err(|error| self.unavailable(error))?;
        let read = |(variant, alias, number): (String, String, String)| {
            Ok(((word(&variant)?, word(&alias)?), word(&number)?))
        };
        found.into_iter().map(read).collect()
    }

    /// Returns the versions that `condition` holds for, the last released first.
    pub(super) async fn records(
        &self,
        condition: &'static str,
        values: &[&str],
    ) -> Result<Vec<VersionRecord>, RegistryError> {
        let mut moment = self.moment().await?;
        let columns = VersionRow::COLUMNS;
        let select =
            format!("SELECT {columns} FROM versions WHERE {condition} ORDER BY place DESC");
        let mut query = sqlx::query_as::<_, VersionRow>(AssertSqlSafe(select));
        for value in values {
            query = query.bind(*value);
        }
        let found = query.fetch_all(&mut *moment).await;
        let found = found.map_err(|error| self.unavailable(error))?;
        let aliases = self.aliases(&mut moment).await?;
        let read = |row: VersionRow| {
            let mut record = row.read()?;
            let version = &record.released.version;
            let here = of(&aliases, &version.variant).filter(|(_, to)| **to == version.number);
            record.aliases = here.map(|(alias, _)| alias.clone()).collect();
            Ok(record)
        };
        found.into_iter().map(read).collect()
    }

    pub(super) async fn only_version(
        &self,
        reference: &Reference,
    ) -> Result<VersionRecord, ResolveVersionError> {
        let variant = reference.variant.to_string();
        let found = match &reference.to {
            Target::Number(number) => {
                let number = number.to_string();
                self.records("variant = $1 AND number = $2", &[&variant, &number]).await?
            }
            Target::Alias(alias) => {
                let condition = "variant = $1 AND number = \
                     (SELECT number FROM aliases WHERE variant = $1 AND alias = $2)";
                self.records(condition, &[&variant, alias.as_str()]).await?
            }
        };
        match found.into_iter().next() {
            Some(record) => Ok(record),
            None => Err(unknown(reference, &self.variant_rows().await?)),
        }
    }

    pub(super) async fn variant_rows(&self) -> Result<Vec<VariantRow>, RegistryError> {
        let mut moment = self.moment().await?;
        let select = "SELECT variant, number, yanked IS NOT NULL FROM versions";
        let found = sqlx::query_as::<_, (String, String, i64)>(select)
            .fetch_all(&mut *moment)
            .await
            .map_err(|error| self.unavailable(error))?;
        let aliases = self.aliases(&mut moment).await?;
        let mut versions = Vec::with_capacity(found.len());
        for (variant, number, yanked) in found {
            let state = if yanked == 0 { State::Released } else { State::Yanked };
            versions.push((word(&format!("{variant}@{number}"))?, state));
        }
        Ok(rows(versions, &aliases))
    }

    pub(super) async fn entries(
        &self,
        model: Option<&ModelName>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditRow>, RegistryError> {
        // Nothing lies behind a place that no entry can have.
        let Ok(after) = i64::try_from(after) else { return Ok(Vec::new()) };
        let condition = if model.is_some() { "AND model = $3" } else { "" };
        let columns = EntryRow::COLUMNS;
        let select = format!(
            "SELECT {columns} FROM audit WHERE sequence > $1 {condition} ORDER BY sequence LIMIT $2"
        );
        let mut query = sqlx::query_as::<_, EntryRow>(AssertSqlSafe(select));
        query = query.bind(after).bind(i64::from(limit));
        if let Some(model) = model {
            query = query.bind(model.as_str());
        }
        let found = query.fetch_all(self.database.read()).await;
        let found = found.map_err(|error| self.unavailable(error))?;
        found.into_iter().map(EntryRow::read).collect()
    }

    pub(super) async fn newest_entry(&self) -> Result<Option<Sealed>, RegistryError> {
        let columns = EntryRow::COLUMNS;
        let select = format!("SELECT {columns} FROM audit ORDER BY sequence DESC LIMIT 1");
        let found = sqlx::query_as::<_, EntryRow>(AssertSqlSafe(select))
            .fetch_optional(self.database.read())
            .await
            .map_err(|error| self.unavailable(error))?;
        found.map(EntryRow::sealed).transpose()
    }

    pub(super) async fn roots(&self) -> Result<Roots, RegistryError> {
        let mut roots = Roots::default();
        let mut add = |texts: Vec<(i64, String)>| {
            for (place, text) in &texts {
                let stored: Value = serde_json::from_str(text)
                    .map_err(|error| damaged(format!("what belongs to entry {place}: {error}")))?;
                roots.add(&stored);
            }
            Ok::<_, RegistryError>(texts.last().map(|(place, _)| *place))
        };
        let mut moment = self.moment().await?;
        for select in [
            "SELECT place, released FROM versions WHERE place > $1 ORDER BY place LIMIT $2",
            "SELECT entry, approval FROM approvals WHERE entry > $1 ORDER BY entry LIMIT $2",
            "SELECT sequence, entry FROM audit WHERE sequence > $1 ORDER BY sequence LIMIT $2",
        ] {
            let mut last = Some(0);
            while let Some(after) = last {
                let found = sqlx::query_as::<_, (i64, String)>(select)
                    .bind(after)
                    .bind(AT_ONCE)
                    .fetch_all(&mut *moment)
                    .await
                    .map_err(|error| self.unavailable(error))?;
                last = add(found)?;
            }
        }
        Ok(roots)
    }
}
