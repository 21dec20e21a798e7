//! The ledger of test sets, in the database.

use std::num::NonZeroU32;

use async_trait::async_trait;
use plimsoll_core::ports::{Looks, RegistryError};
use plimsoll_core::{Digest, ModelName, Timestamp};

use crate::{Database, Durability};

/// The looks at test sets in the database of a home. A clone is the same.
#[derive(Clone, Debug)]
pub struct SqliteLooks {
    database: Database,
}

impl SqliteLooks {
    /// Keeps looks in `database`.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    fn unavailable(&self, error: sqlx::Error) -> RegistryError {
        RegistryError::Unavailable(self.database.error(error).into())
    }
}

#[async_trait]
impl Looks for SqliteLooks {
    async fn look(
        &self,
        model: &ModelName,
        on: &Digest,
        artifact: &Digest,
        at: Timestamp,
    ) -> Result<NonZeroU32, RegistryError> {
        let (on, artifact) = (on.to_string(), artifact.to_string());
        let known = "SELECT number FROM looks WHERE model = $1 AND test_set = $2 AND artifact = $3";
        let find = sqlx::query_scalar::<_, i64>(known).bind(model.as_str());
        let found = find.bind(&on).bind(&artifact).fetch_optional(self.database.read()).await;
        if let Some(number) = found.map_err(|error| self.unavailable(error))? {
            return counted(number);
        }
        // Forgetting a look would make the next one too lenient.
        let begun = self.database.begin(Durability::Power).await;
        let mut transaction = begun.map_err(|error| self.unavailable(error))?;
        let insert = "INSERT INTO looks (model, test_set, number, artifact, at_ms)
             SELECT $1, $2, COALESCE(MAX(number), 0) + 1, $3, $4 FROM looks
             WHERE model = $1 AND test_set = $2
             ON CONFLICT (model, test_set, artifact) DO NOTHING";
        sqlx::query(insert)
            .bind(model.as_str())
            .bind(&on)
            .bind(&artifact)
            .bind(at.as_millis())
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.unavailable(error))?;
        let find = sqlx::query_scalar::<_, i64>(known).bind(model.as_str());
        let number = find.bind(&on).bind(&artifact).fetch_one(&mut *transaction).await;
        let number = number.map_err(|error| self.unavailable(error))?;
        transaction.commit().await.map_err(|error| self.unavailable(error))?;
        counted(number)
    }
}

fn counted(number: i64) -> Result<NonZeroU32, RegistryError> {
    let counted = u32::try_from(number).ok().and_then(NonZeroU32::new);
    counted.ok_or_else(|| RegistryError::Damaged { problem: format!("look {number}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn looks_are_numbered_by_their_first_time_whoever_looks() {
        let home = tempfile::tempdir().unwrap();
        let open = async || SqliteLooks::new(Database::open(home.path()).await.unwrap());
        let (one, other) = (open().await, open().await);
        let digest = |text: &str| Digest::blake3(text.as_bytes());
        let look = async |looks: &SqliteLooks, model: &str, on: &str, artifact: &str| {
            let (model, at) = (model.parse().unwrap(), Timestamp::default());
            looks.look(&model, &digest(on), &digest(artifact), at).await.unwrap().get()
        };
        assert_eq!(look(&one, "m", "test", "a").await, 1);
        assert_eq!(look(&other, "m", "test", "b").await, 2);
        assert_eq!(look(&other, "m", "test", "a").await, 1, "the same look");
        assert_eq!(look(&one, "m", "other rows", "b").await, 1);
        assert_eq!(look(&one, "n", "test", "b").await, 1, "another model's ledger");
        let mut numbers = Vec::new();
        let many: Vec<_> = (0..8)
            .map(|at| {
                let looks = if at % 2 == 0 { one.clone() } else { other.clone() };
                tokio::spawn(async move {
                    let artifact = Digest::blake3(format!("artifact {at}").as_bytes());
                    let (model, on) = ("m".parse().unwrap(), Digest::blake3(b"test"));
                    looks.look(&model, &on, &artifact, Timestamp::default()).await.unwrap().get()
                })
            })
            .collect();
        for task in many {
            numbers.push(task.await.unwrap());
        }
        numbers.sort_unstable();
        assert_eq!(numbers, [3, 4, 5, 6, 7, 8, 9, 10]);
    }
}
