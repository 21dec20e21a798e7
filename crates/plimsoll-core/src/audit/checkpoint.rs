//! Signed checkpoints as a registry keeps them.

use crate::Digest;
use crate::ports::RegistryError;

/// A signed word on the log: that it had this entry, and all before it.
///
/// What is kept beside the statement is there to be found; only the statement is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptCheckpoint {
    /// The entry.
    pub sequence: u64,
    /// Its digest.
    pub head: Digest,
    /// The signed statement, a Sigstore bundle as JSON.
    pub statement: String,
}

/// A checkpoint was not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeepCheckpointError {
    /// The log has no such entry.
    #[error("the log has no entry {sequence} with the digest {}{}", head.short(), other(found.as_ref()))]
    Unlike {
        /// The entry.
        sequence: u64,
        /// The digest that was signed.
        head: Digest,
        /// What the entry has.
        found: Option<Digest>,
    },
    /// The registry did not do it.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

fn other(found: Option<&Digest>) -> String {
    found.map(|found| format!(" (it has {})", found.short())).unwrap_or_default()
}

impl KeptCheckpoint {
    /// Refuses to keep it unless the log has that very entry.
    ///
    /// # Errors
    /// It has not: nothing is signed that is not there.
    pub fn check(&self, found: Option<Digest>) -> Result<(), KeepCheckpointError> {
        if found == Some(self.head) {
            return Ok(());
        }
        let (sequence, head) = (self.sequence, self.head);
        Err(KeepCheckpointError::Unlike { sequence, head, found })
    }
}
