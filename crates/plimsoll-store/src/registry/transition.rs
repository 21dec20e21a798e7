//! The transitions: read what is there, ask the rule, record its answer, all or nothing.

use plimsoll_core::audit::{AuditEntry, Occasion, Transition, seal};
use plimsoll_core::lifecycle::{
    AliasMove, Candidate, MoveAliasError, Release, ReleaseError, Released, Target, YankError,
    Yanked, move_alias, release, yank,
};
use plimsoll_core::ports::{RegistryError, VersionRecord};
use plimsoll_core::weights::WeightsUse;
use plimsoll_core::{Alias, Number, Variant, Version};
use sqlx::{Any, AssertSqlSafe, Transaction};

use super::SqliteRegistry;
use super::projection::last_said;
use super::stored::{FORMAT, VersionRow, damaged, word};
use crate::{Database, Durability};

/// A transaction. Dropping it, as every early return does, undoes everything.
pub(super) struct Writing {
    database: Database,
    pub(super) transaction: Transaction<'static, Any>,
}

impl SqliteRegistry {
    pub(super) async fn release_in_one(
        &self,
        candidate: &Candidate,
        requested: Option<&Number>,
        occasion: &Occasion,
    ) -> Result<Release, ReleaseError> {
        let mut writing = Writing::begin(&self.database).await?;
        let history = writing.history(&candidate.variant).await?;
        let release = release(candidate, requested, &history)?;
        if let Release::New(released) = &release {
            writing.record_release(released, occasion).await?;
            writing.commit().await?;
        }
        Ok(release)
    }

    pub(super) async fn move_in_one(
        &self,
        change: &AliasMove,
        occasion: &Occasion,
    ) -> Result<(), MoveAliasError> {
        let mut writing = Writing::begin(&self.database).await?;
        let current = writing.current(&change.variant, &change.alias).await?;
        let record = match &change.new {
            Some(number) => writing.version(&change.variant, number).await?,
            None => None,
        };
        let said = match &record {
            Some(record) => writing.last_said_of(record).await?,
            None => 0,
        };
        let target = match &record {
            None => Target::Unknown,
            Some(VersionRecord { yanked: Some(yanked), .. }) => Target::Yanked(yanked),
            Some(_) => Target::Released { said },
        };
        if let Some(transition) = move_alias(change, current.as_ref(), target)? {
            writing.record_alias(change).await?;
            writing.append(transition, occasion).await?;
            writing.commit().await?;
        }
        Ok(())
    }

    pub(super) async fn yank_in_one(
        &self,
        version: &Version,
        occasion: &Occasion,
    ) -> Result<(), YankError> {
        let mut writing = Writing::begin(&self.database).await?;
        let record = writing.version(&version.variant, &version.number).await?;
        let record = record.ok_or_else(|| YankError::Unknown { version: version.clone() })?;
        let aliases = writing.aliases_at(version).await?;
        let transition = yank(version, record.yanked.as_ref(), &aliases)?;
        writing.record_yank(version, occasion).await?;
        writing.append(transition, occasion).await?;
        Ok(writing.commit().await?)
    }

    pub(super) async fn record_weights_in_one(
        &self,
        used: &WeightsUse,
        occasion: &Occasion,
    ) -> Result<u64, RegistryError> {
        let mut writing = Writing::begin(&self.database).await?;
        let entry = writing.append(used.clone().into(), occasion).await?;
        writing.commit().await?;
        u64::try_from(entry).map_err(|_| damaged(format!("entry {entry} has no place in the log")))
    }
}

impl Writing {
    pub(super) async fn begin(database: &Database) -> Result<Self, RegistryError> {
        let begun = database.begin(Durability::Power).await;
        let transaction =
            begun.map_err(|error| RegistryError::Unavailable(database.error(error).into()))?;
        Ok(Self { database: database.clone(), transaction })
    }

    pub(super) async fn commit(self) -> Result<(), RegistryError> {
        let committed = self.transaction.commit().await;
        committed.map_err(|error| RegistryError::Unavailable(self.database.error(error).into()))
    }

    pub(super) fn unavailable(&self, error: sqlx::Error) -> RegistryError {
        RegistryError::Unavailable(self.database.error(error).into())
    }

    /// Returns every version that `variant` ever had.
    pub(super) async fn history(
        &mut self,
        variant: &Variant,
    ) -> Result<Vec<Released>, RegistryError> {
        let select = format!("SELECT {} FROM versions WHERE variant = $1", VersionRow::COLUMNS);
        let found = sqlx::query_as::<_, VersionRow>(AssertSqlSafe(select))
            .bind(variant.to_string())
            .fetch_all(&mut *self.transaction)
            .await
            .map_err(|error| self.unavailable(error))?;
        found.iter().map(|row| row.read().map(|record| record.released)).collect()
    }

    async fn version(
        &mut self,
        variant: &Variant,
        number: &Number,
    ) -> Result<Option<VersionRecord>, RegistryError> {
        let columns = VersionRow::COLUMNS;
        let select = format!("SELECT {columns} FROM versions WHERE variant = $1 AND number = $2");
        let found = sqlx::query_as::<_, VersionRow>(AssertSqlSafe(select))
            .bind(variant.to_string())
            .bind(number.to_string())
            .fetch_optional(&mut *self.transaction)
            .await
            .map_err(|error| self.unavailable(error))?;
        found.map(|row| row.read()).transpose()
    }

    async fn current(
        &mut self,
        variant: &Variant,
        alias: &Alias,
    ) -> Result<Option<Number>, RegistryError> {
        let select = "SELECT number FROM aliases WHERE variant = $1 AND alias = $2";
        let found = sqlx::query_scalar::<_, String>(select)
            .bind(variant.to_string())
            .bind(alias.as_str())
            .fetch_optional(&mut *self.transaction)
            .await
            .map_err(|error| self.unavailable(error))?;
        found.map(|number| word(&number)).transpose()
    }

    /// Returns the entry of the last approval or rejection of a version, 0 for none.
    async fn last_said_of(&mut self, record: &VersionRecord) -> Result<u64, RegistryError> {
        let candidate = &record.released.candidate;
        let said = self.said_of(candidate.subject).await?;
        Ok(last_said(&said, &candidate.variant))
    }

    async fn aliases_at(&mut self, version: &Version) -> Result<Vec<Alias>, RegistryError> {
        let select = "SELECT alias FROM aliases WHERE variant = $1 AND number = $2 ORDER BY alias";
        let found = sqlx::query_scalar::<_, String>(select)
            .bind(version.variant.to_string())
            .bind(version.number.to_string())
            .fetch_all(&mut *self.transaction)
            .await
            .map_err(|error| self.unavailable(error))?;
        found.iter().map(|alias| word(alias)).collect()
    }

    pub(super) async fn record_release(
        &mut self,
        released: &Released,
        occasion: &Occasion,
    ) -> Result<(), RegistryError> {
        let transition = Transition::released(released).map_err(unwritable)?;
        let place = self.append(transition, occasion).await?;
        let insert = "INSERT INTO versions (variant, number, model, subject, place, at_ms, format, \
             released) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        sqlx::query(insert)
            .bind(released.version.variant.to_string())
            .bind(released.version.number.to_string())
            .bind(released.version.variant.model.as_str())
            .bind(released.candidate.subject.to_string())
            .bind(place)
            .bind(occasion.at.as_millis())
            .bind(FORMAT)
            .bind(serde_json::to_string(released).map_err(unwritable)?)
            .execute(&mut *self.transaction)
            .await
            .map_err(|error| self.unavailable(error))?;
        Ok(())
    }

    async fn record_alias(&mut self, change: &AliasMove) -> Result<(), RegistryError> {
        let set = "INSERT INTO aliases (variant, alias, number) VALUES ($1, $2, $3) \
             ON CONFLICT (variant, alias) DO UPDATE SET number = excluded.number";
        let clear = "DELETE FROM aliases WHERE variant = $1 AND alias = $2";
        let query = sqlx::query(if change.new.is_some() { set } else { clear })
            .bind(change.variant.to_string())
            .bind(change.alias.as_str());
        let query = match &change.new {
            Some(number) => query.bind(number.to_string()),
            None => query,
        };
        let done = query.execute(&mut *self.transaction).await;
        done.map_err(|error| self.unavailable(error))?;
        Ok(())
    }

    async fn record_yank(
        &mut self,
        version: &Version,
        occasion: &Occasion,
    ) -> Result<(), RegistryError> {
        let (who, why) = (occasion.who.clone(), occasion.why.clone());
        let yanked = serde_json::to_string(&Yanked { at: occasion.at, who, why });
        sqlx::query("UPDATE versions SET yanked = $3 WHERE variant = $1 AND number = $2")
            .bind(version.variant.to_string())
            .bind(version.number.to_string())
            .bind(yanked.map_err(unwritable)?)
            .execute(&mut *self.transaction)
            .await
            .map_err(|error| self.unavailable(error))?;
        Ok(())
    }

    /// Seals an entry to the end of the log and returns its place.
    pub(super) async fn append(
        &mut self,
        what: Transition,
        occasion: &Occasion,
    ) -> Result<i64, RegistryError> {
        let select = "SELECT sequence, digest FROM audit ORDER BY sequence DESC LIMIT 1";
        let last = sqlx::query_as::<_, (i64, String)>(select)
            .fetch_optional(&mut *self.transaction)
            .await
            .map_err(|error| self.unavailable(error))?;
        let (place, digest) = match last {
            Some((last, digest)) => (last.saturating_add(1), Some(word(&digest)?)),
            None => (1, None),
        };
        let sequence = u64::try_from(place)
            .map_err(|_| damaged(format!("the audit log ends with entry {}", place - 1)))?;
        let model = what.model().clone();
        let entry = AuditEntry::new(sequence, what, occasion);
        let sealed = seal(digest, &entry).map_err(unwritable)?;
        let insert = "INSERT INTO audit (sequence, model, previous, digest, format, entry) \
             VALUES ($1, $2, $3, $4, $5, $6)";
        sqlx::query(insert)
            .bind(place)
            .bind(model.as_str())
            .bind(sealed.previous.to_string())
            .bind(sealed.digest.to_string())
            .bind(FORMAT)
            .bind(sealed.text)
            .execute(&mut *self.transaction)
            .await
            .map_err(|error| self.unavailable(error))?;
        Ok(place)
    }
}

pub(super) fn unwritable(error: serde_json::Error) -> RegistryError {
    RegistryError::Unavailable(error.into())
}
