//! The log of a run as its one writer sees it: events in order, written in batches.

use std::sync::Arc;

use plimsoll_core::event::{Recorded, RunEvent};
use plimsoll_core::ports::{AppendError, Runs};
use plimsoll_core::{RunId, StepName, Timestamp};

use super::{Clock, Notice, Observer};

/// What happened in a run, and what of it is not written yet.
///
/// Nothing is started outside before [`Journal::flush`]: whatever the log does not say has left no
/// trace that counts.
pub(crate) struct Journal {
    run: RunId,
    runs: Arc<dyn Runs>,
    clock: Arc<dyn Clock>,
    written: Vec<Recorded>,
    pending: Vec<RunEvent>,
}

impl Journal {
    /// Goes on after `written`, which is in the log.
    pub(crate) fn after(
        run: RunId,
        written: Vec<Recorded>,
        runs: Arc<dyn Runs>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { run, runs, clock, written, pending: Vec::new() }
    }

    pub(crate) fn run(&self) -> RunId {
        self.run
    }

    /// Adds an event that [`Journal::flush`] writes.
    pub(crate) fn push(&mut self, event: RunEvent) {
        self.pending.push(event);
    }

    /// Writes what was added, all or none, and then tells of it.
    pub(crate) async fn flush(&mut self, observer: &dyn Observer) -> Result<(), AppendError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let last = self.written.last();
        let next = last.map_or(1, |last| last.sequence + 1);
        // A clock that was set back must not make a run end before it began.
        let at = last.map_or(Timestamp::default(), |last| last.at).max(self.clock.now());
        self.runs.append(&self.run, next, at, &self.pending).await?;
        for (what, sequence) in self.pending.drain(..).zip(next..) {
            let recorded = Recorded { sequence, at, what };
            observer.notice(Notice::Recorded(&recorded));
            self.written.push(recorded);
        }
        Ok(())
    }

    /// Returns when the first event was recorded; the present where none was yet.
    pub(crate) fn started(&self) -> Timestamp {
        self.written.first().map_or_else(|| self.clock.now(), |first| first.at)
    }

    /// Forgets what was added and not written.
    pub(crate) fn forget_pending(&mut self) {
        self.pending.clear();
    }

    /// Returns the events that are in the log.
    pub(crate) fn written(&self) -> &[Recorded] {
        &self.written
    }

    /// Returns the number of a step's next try.
    pub(crate) fn next_attempt(&self, name: &StepName) -> u32 {
        let written = self.written.iter().map(|recorded| &recorded.what);
        let tries = written
            .chain(&self.pending)
            .filter(|event| matches!(event, RunEvent::StepStarted { step, .. } if step == name));
        u32::try_from(tries.count()).unwrap_or(u32::MAX).saturating_add(1)
    }
}
