//! What happened to models besides transitions and runs.

use async_trait::async_trait;

use super::RegistryError;
use crate::ModelName;
use crate::history::Happening;

/// Keeps what happened to models, in the order in which it was told.
#[async_trait]
pub trait History: Send + Sync {
    /// Keeps `happening`.
    async fn tell(&self, happening: &Happening) -> Result<(), RegistryError>;

    /// Returns what happened to `model`, the oldest first.
    async fn of(&self, model: &ModelName) -> Result<Vec<Happening>, RegistryError>;
}
