//! What happened to models besides transitions and runs, in the database.

use async_trait::async_trait;
use plimsoll_core::ModelName;
use plimsoll_core::history::{Happened, Happening};
use plimsoll_core::ports::{History, RegistryError};
use serde_json::Value;

use crate::{Database, Roots};

/// The newest version of the form that is read: [`Happening`] as JSON.
const FORMAT: i64 = 2;

/// Returns the version of the form that has `what`: the oldest, so that an older program reads all
/// that it knows.
fn format_of(what: &Happened) -> i64 {
    match what {
        Happened::Monitored { .. } | Happened::RetrainingRefused { .. } => 1,
        Happened::Reproduced { .. } => FORMAT,
    }
}

/// The histories in the database of a home. A clone is the same.
#[derive(Clone, Debug)]
pub struct SqliteHistory {
    database: Database,
}

impl SqliteHistory {
    /// Keeps histories in `database`.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Returns every object that something which happened names.
    ///
    /// # Errors
    /// One cannot be read, not even as JSON: what it names would be collected.
    pub async fn referenced(&self) -> Result<Roots, RegistryError> {
        let select = "SELECT sequence, happening FROM happenings";
        let found = sqlx::query_as::<_, (i64, String)>(select).fetch_all(self.database.read());
        let mut roots = Roots::default();
        for (sequence, text) in found.await.map_err(|error| self.unavailable(error))? {
            let stored: Value =
                serde_json::from_str(&text).map_err(|error| damaged(sequence, &error))?;
            roots.add(&stored);
        }
        Ok(roots)
    }

    fn unavailable(&self, error: sqlx::Error) -> RegistryError {
        RegistryError::Unavailable(self.database.error(error).into())
    }
}

fn damaged(sequence: i64, error: &serde_json::Error) -> RegistryError {
    RegistryError::Damaged { problem: format!("happening {sequence}: {error}") }
}

#[async_trait]
impl History for SqliteHistory {
    async fn tell(&self, happening: &Happening) -> Result<(), RegistryError> {
        let text = serde_json::to_string(happening)
            .map_err(|error| RegistryError::Unavailable(error.into()))?;
        let mut transaction = self
            .database
            .begin(crate::Durability::Power)
            .await
            .map_err(|error| self.unavailable(error))?;
        let insert =
            "INSERT INTO happenings (model, at_ms, format, happening) VALUES ($1, $2, $3, $4)";
        sqlx::query(insert)
            .bind(happening.model().as_str())
            .bind(happening.at.as_millis())
            .bind(format_of(&happening.what))
            .bind(text)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.unavailable(error))?;
        transaction.commit().await.map_err(|error| self.unavailable(error))
    }

    async fn of(&self, model: &ModelName) -> Result<Vec<Happening>, RegistryError> {
        let select =
            "SELECT sequence, format, happening FROM happenings WHERE model = $1 ORDER BY sequence";
        let query = sqlx::query_as::<_, (i64, i64, String)>(select).bind(model.as_str());
        let found = query.fetch_all(self.database.read()).await;
        let read = |(sequence, format, text): (i64, i64, String)| {
            if format > FORMAT {
                let what =
                    format!("happening {sequence} (format {format}, and this one reads {FORMAT})");
                return Err(RegistryError::Newer { what });
            }
            serde_json::from_str(&text).map_err(|error| damaged(sequence, &error))
        };
        found.map_err(|error| self.unavailable(error))?.into_iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_core::lifecycle::Cause;
    use plimsoll_core::monitoring::Watched;
    use plimsoll_core::reproduction::Reproduced;
    use plimsoll_core::{Digest, Timestamp};

    use super::*;

    fn refused(model: &str, at: i64, evidence: &str) -> Happening {
        let evidence = Digest::blake3(evidence.as_bytes());
        let cause = Cause { evidence, summary: "a breach".to_owned() };
        let what =
            Happened::RetrainingRefused { cause, reason: "nothing new to train on".to_owned() };
        Happening::new(Timestamp::from_millis(at), model.parse().unwrap(), what)
    }

    #[tokio::test]
    async fn what_was_told_is_there_in_its_order_and_keeps_its_evidence() {
        let home = tempfile::tempdir().unwrap();
        let history = SqliteHistory::new(Database::open(home.path()).await.unwrap());
        let told = [refused("bike-demand", 2, "a"), refused("bike-demand", 1, "b")];
        for happening in told.iter().chain(&[refused("other", 3, "c")]) {
            history.tell(happening).await.unwrap();
        }
        let again = SqliteHistory::new(Database::open(home.path()).await.unwrap());
        assert_eq!(again.of(&"bike-demand".parse().unwrap()).await.unwrap(), told);
        assert!(again.of(&"unknown".parse().unwrap()).await.unwrap().is_empty());
        let roots = again.referenced().await.unwrap();
        let expected = ["a", "b", "c"].map(|evidence| Digest::blake3(evidence.as_bytes()));
        assert_eq!(roots.objects, expected.into());
    }

    #[tokio::test]
    async fn a_reproduction_keeps_its_statement_and_is_no_damage_to_an_older_program() {
        let home = tempfile::tempdir().unwrap();
        let database = Database::open(home.path()).await.unwrap();
        let history = SqliteHistory::new(database.clone());
        let [evidence, statement] = [b"evidence" as &[u8], b"statement"].map(Digest::blake3);
        let (version, message) = ("m@1.0.0".parse().unwrap(), "all the same".to_owned());
        let answer = Reproduced::BitIdentical;
        let what = Happened::Reproduced { version, evidence, statement, answer, message };
        let told = Happening::new(Timestamp::from_millis(1), "m".parse().unwrap(), what);
        history.tell(&told).await.unwrap();
        history.tell(&refused("m", 2, "a")).await.unwrap();
        assert_eq!(history.of(&"m".parse().unwrap()).await.unwrap()[0], told);
        let roots = history.referenced().await.unwrap();
        assert!(roots.objects.is_superset(&[evidence, statement].into()));
        let select = "SELECT format FROM happenings ORDER BY sequence";
        let formats: Vec<(i64,)> = sqlx::query_as(select).fetch_all(database.read()).await.unwrap();
        assert_eq!(formats, [(2,), (1,)]);
    }

    #[tokio::test]
    async fn reads_what_the_first_version_of_the_form_stored() {
        let home = tempfile::tempdir().unwrap();
        let stored = include_bytes!("../fixtures/database-v3.db");
        std::fs::write(home.path().join("plimsoll.db"), stored).unwrap();
        let history = SqliteHistory::new(Database::open(home.path()).await.unwrap());
        let [monitored, refused] = &history.of(&"m".parse().unwrap()).await.unwrap()[..] else {
            panic!("two things happened");
        };
        assert!(matches!(
            &monitored.what,
            Happened::Monitored { answer: Watched::Breach, to: Some(to), .. }
                if to.to_string() == "2012-04-04"
        ));
        let reason = "no day is left to train on";
        assert!(
            matches!(&refused.what, Happened::RetrainingRefused { reason: said, .. } if said == reason)
        );
        // It goes on from there.
        history.tell(refused).await.unwrap();
        assert_eq!(history.of(&"m".parse().unwrap()).await.unwrap().len(), 3);
    }
}
