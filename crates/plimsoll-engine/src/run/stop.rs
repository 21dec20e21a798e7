//! Ending what runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use plimsoll_core::event::{RunEnd, RunEvent};

use super::RunError;
use super::driver::{Answer, Driver};

/// The wish that commands end. It is made at the latest when the run is given up.
#[derive(Debug, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    fn wish(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn wished(&self) -> impl Fn() -> bool + use<> {
        let wished = Arc::clone(&self.0);
        move || wished.load(Ordering::Relaxed)
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.wish();
    }
}

impl Driver<'_> {
    /// Ends what runs and records that the run was interrupted; the next one uses what was done.
    pub(crate) async fn interrupt(&mut self) -> Result<(), RunError> {
        self.stop_commands().await;
        if !self.schedule.is_over() {
            self.record(RunEvent::RunFinished { end: RunEnd::Interrupted });
        }
        Ok(self.journal.flush(self.observer).await?)
    }

    /// Asks all commands to end and waits until they have.
    pub(crate) async fn stop_commands(&mut self) {
        self.stop.wish();
        while self.busy > 0 && !self.tasks.is_empty() {
            let taken = tokio::select! {
                Some((step, told)) = self.told.recv() => {
                    self.tell(&step, told);
                    Ok(())
                }
                Some(answer) = self.tasks.join_next() => match answer {
                    // What came to its end just now is worth keeping; nothing new begins.
                    Ok(answer @ (Answer::Tried { .. } | Answer::Restored { .. })) => {
                        self.take(Ok(answer)).await
                    }
                    Ok(_) => Ok(()),
                    Err(error) => {
                        self.busy -= 1;
                        Err(RunError::Bug(error.to_string()))
                    }
                },
                else => return,
            };
            if let Err(error) = taken {
                tracing::warn!(%error, "a part of a run that is to end could not be recorded");
            }
        }
        self.actions.clear();
    }
}
