//! How often a test set has been looked at.

use std::num::NonZeroU32;

use async_trait::async_trait;

use super::RegistryError;
use crate::{Digest, ModelName, Timestamp};

/// The ledger of test sets: which models were measured on which rows, in the order in which they
/// were first.
///
/// Challengers that are tried one after the other on the same rows are sooner or later lucky, so a
/// verdict needs to know how many there were.
#[async_trait]
pub trait Looks: Send + Sync {
    /// Returns the number of the look that measuring `artifact` on the rows `on` is for `model`,
    /// counted from 1, and records it. Looking at the same artifact again is the same look.
    async fn look(
        &self,
        model: &ModelName,
        on: &Digest,
        artifact: &Digest,
        at: Timestamp,
    ) -> Result<NonZeroU32, RegistryError>;
}
