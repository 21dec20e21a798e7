//! Reading evidence back from the object store.

use plimsoll_core::Digest;
use plimsoll_core::RunId;
use plimsoll_core::event::RunEvent;
use plimsoll_core::ports::{ObjectStore, Runs};
use plimsoll_core::record::RunRecord;
use serde::de::DeserializeOwned;
use tokio::io::AsyncReadExt;

use crate::error::{CommandError, Kind};

/// Evidence is numbers and sentences; more than this is not evidence that Plimsoll wrote.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Reads the JSON object at `digest`, its hash checked.
pub(crate) async fn read<T: DeserializeOwned>(
    objects: &dyn ObjectStore,
    digest: &Digest,
) -> Result<T, CommandError> {
    serde_json::from_slice(&bytes(objects, digest).await?).map_err(|error| {
        let message =
            format!("evidence {} is not what this version writes: {error}", digest.short());
        CommandError::new(Kind::Damaged, message)
    })
}

/// Reads the evidence at `digest` as it is stored, its hash checked.
pub(crate) async fn bytes(
    objects: &dyn ObjectStore,
    digest: &Digest,
) -> Result<Vec<u8>, CommandError> {
    let content = objects.open(digest, None).await?;
    let mut bytes = Vec::new();
    let unread = |error: std::io::Error| {
        CommandError::new(
            Kind::Damaged,
            format!("evidence {} could not be read: {error}", digest.short()),
        )
        .hint("run `plimsoll store verify` to list every damaged object")
    };
    content.take(LARGEST).read_to_end(&mut bytes).await.map_err(unread)?;
    Ok(bytes)
}

/// Returns the record of `id`.
pub(crate) async fn record(runs: &dyn Runs, id: RunId) -> Result<RunRecord, CommandError> {
    let events = runs.events(&id).await?;
    RunRecord::of(id, &events).ok_or_else(|| {
        let first = events.first().map(|event| &event.what);
        let what = if matches!(first, Some(RunEvent::RunStarted(_))) {
            "is damaged"
        } else {
            "has no start"
        };
        CommandError::new(Kind::Damaged, format!("the record of run {} {what}", id.short()))
    })
}
