//! Runs in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use plimsoll_core::event::{Recorded, RunEvent};
use plimsoll_core::ports::{AppendError, CacheEntry, ReadError, ResolveError, RunRow, Runs};
use plimsoll_core::{Digest, ModelName, RunId, StepName, Timestamp};

use crate::runs::projection::{
    apply, begun, check, full_name, key, numbers, only, prefix, remembered,
};

/// Logs of runs in memory. A clone sees the same runs.
#[derive(Clone, Debug, Default)]
pub struct MemoryRuns {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    /// In the order in which they were begun.
    logs: Vec<(RunId, Vec<Recorded>)>,
    cache: BTreeMap<Digest, CacheEntry>,
}

impl MemoryRuns {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the rows that `wanted` holds for, the newest first.
    fn rows(&self, wanted: impl Fn(&RunRow) -> bool) -> Vec<RunRow> {
        let kept = self.kept();
        let rows = kept.logs.iter().rev().filter_map(|(run, events)| row(run, events));
        rows.filter(wanted).collect()
    }
}

fn row(run: &RunId, events: &[Recorded]) -> Option<RunRow> {
    let first = events.first()?;
    let mut row = begun(run, first.at, &first.what)?;
    let mut metrics = BTreeMap::new();
    for event in events {
        apply(&mut row, event.at, &event.what);
        if let Some((step, numbers)) = numbers(&event.what) {
            metrics.insert(step, numbers);
        }
    }
    for (step, numbers) in metrics {
        let step = step.map(StepName::as_str);
        let named = numbers.iter().map(|(name, value)| (full_name(step, name), *value));
        row.metrics.extend(named);
    }
    Some(row)
}

#[async_trait]
impl Runs for MemoryRuns {
    async fn append(
        &self,
        run: &RunId,
        next: u64,
        at: Timestamp,
        events: &[RunEvent],
    ) -> Result<(), AppendError> {
        check(next, events).map_err(|error| AppendError::Unavailable(error.into()))?;
        let mut kept = self.kept();
        let kept = &mut *kept;
        let known = kept.logs.iter_mut().find(|(id, _)| id == run);
        let length = known.as_ref().map_or(0, |(_, log)| log.len() as u64);
        if length + 1 != next {
            return Err(AppendError::Conflict { run: *run, next });
        }
        let recorded = (next..).zip(events);
        let recorded =
            recorded.map(|(sequence, event)| Recorded { sequence, at, what: event.clone() });
        match known {
            Some((_, log)) => log.extend(recorded),
            None if events.is_empty() => {}
            None => kept.logs.push((*run, recorded.collect())),
        }
        for event in events {
            if let (Some(key), Some(entry)) = (key(event), remembered(run, event)) {
                kept.cache.insert(key, entry);
            }
        }
        Ok(())
    }

    async fn events(&self, run: &RunId) -> Result<Vec<Recorded>, ReadError> {
        let kept = self.kept();
        let found = kept.logs.iter().find(|(id, _)| id == run);
        Ok(found.map(|(_, log)| log.clone()).unwrap_or_default())
    }

    async fn list(&self, model: Option<&ModelName>, limit: u32) -> Result<Vec<RunRow>, ReadError> {
        let mut rows = self.rows(|row| model.is_none_or(|model| row.model == *model));
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(rows)
    }

    async fn unfinished(
        &self,
        model: &ModelName,
        repository: &str,
    ) -> Result<Vec<RunRow>, ReadError> {
        let unfinished =
            |row: &RunRow| row.end.is_none() && row.model == *model && row.repository == repository;
        Ok(self.rows(unfinished))
    }

    async fn resolve(&self, text: &str) -> Result<RunId, ResolveError> {
        let prefix = prefix(text)?;
        let kept = self.kept();
        let newest = kept.logs.iter().rev().map(|(run, _)| *run);
        let found: Vec<RunId> = newest.filter(|run| run.to_string().starts_with(&prefix)).collect();
        only(&prefix, &found, found.len() as u64)
    }

    async fn cached(&self, keys: &[Digest]) -> Result<BTreeMap<Digest, CacheEntry>, ReadError> {
        let kept = self.kept();
        let found = |key: &Digest| kept.cache.get(key).map(|entry| (*key, entry.clone()));
        Ok(keys.iter().filter_map(found).collect())
    }
}
