//! Runs that did not come to their end because their process was gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_core::event::{Recorded, RunEnd, RunEvent};
use plimsoll_core::ports::AppendError;
use plimsoll_core::{RunId, StepName};

use super::journal::Journal;
use super::known::Written;
use super::lookup::Lookup;
use super::start::Started;
use super::{Beginning, EnginePorts, RunError, RunRequest, Unfinished};
use crate::attempt;
use crate::key_lock::{Held, Locks};

/// A run that this process owns.
pub(crate) struct Taken {
    pub journal: Journal,
    pub beginning: Beginning,
    /// What its steps wrote so far.
    pub outputs: BTreeMap<StepName, Vec<Written>>,
    /// Free again when the run ends, however it does.
    pub owner: Held,
    pub locks: Locks,
}

/// Takes up an unfinished run like this, or begins a new one; records others as abandoned.
pub(crate) async fn take_up(
    request: &RunRequest,
    started: &mut Started,
    ports: &EnginePorts,
) -> Result<Taken, RunError> {
    let locks = Locks::below(&request.home)?;
    let start = &started.start;
    let model = &start.project.model;
    let mut taken = None;
    for row in ports.runs.unfinished(model, &start.repository).await? {
        let Some(owner) = locks.try_run(&row.id)? else { continue };
        // It may have ended between being listed and being ours.
        let events = ports.runs.events(&row.id).await?;
        if matches!(events.last(), None | Some(Recorded { what: RunEvent::RunFinished { .. }, .. }))
        {
            continue;
        }
        let wanted = request.unfinished == Unfinished::TakeUp && row.plan == start.plan;
        if wanted
            && taken.is_none()
            && let Some(outputs) = outputs(&events, &mut started.lookup).await?
        {
            taken = Some((row.id, events, outputs, owner));
        } else {
            abandon(row.id, &events, ports).await?;
        }
    }
    let journal = |run, written| {
        Journal::after(run, written, Arc::clone(&ports.runs), Arc::clone(&ports.clock))
    };
    let taken = if let Some((run, events, outputs, owner)) = taken {
        let (journal, beginning) = (journal(run, events), Beginning::TakenUp);
        Taken { journal, beginning, outputs, owner, locks }
    } else {
        let run = request.id;
        let owner = locks.try_run(&run)?.ok_or(RunError::NotFresh(run))?;
        let (journal, outputs) = (journal(run, Vec::new()), BTreeMap::new());
        Taken { journal, beginning: Beginning::New, outputs, owner, locks }
    };
    sweep(request, &taken);
    Ok(taken)
}

/// Returns what the steps wrote that are done; `None` where some of it is not there any more.
async fn outputs(
    events: &[Recorded],
    lookup: &mut Lookup,
) -> Result<Option<BTreeMap<StepName, Vec<Written>>>, RunError> {
    let mut done = BTreeMap::new();
    for recorded in events {
        if let RunEvent::StepSucceeded { step, outputs, .. }
        | RunEvent::StepCached { step, outputs, .. } = &recorded.what
        {
            let Some(written) = lookup.written(outputs).await? else { return Ok(None) };
            done.insert(step.clone(), written);
        }
    }
    Ok(Some(done))
}

async fn abandon(run: RunId, events: &[Recorded], ports: &EnginePorts) -> Result<(), RunError> {
    let next = events.last().map_or(1, |last| last.sequence + 1);
    let end = [RunEvent::RunFinished { end: RunEnd::Abandoned }];
    match ports.runs.append(&run, next, ports.clock.now(), &end).await {
        // Somebody else was quicker to end it.
        Ok(()) | Err(AppendError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Removes what dead processes left. What stays is only in the way, so nothing fails of it.
fn sweep(request: &RunRequest, taken: &Taken) {
    let locks = &taken.locks;
    // Nothing of this run is under way yet, so what has its name is an earlier process's.
    let own = taken.journal.run().short();
    let is_alive = |short: &str| short != own && locks.is_owned(short).unwrap_or(true);
    if let Err(error) = attempt::sweep(&request.root, &is_alive) {
        tracing::warn!(%error, "folders of dead attempts could not be removed");
    }
    if let Err(error) = locks.sweep() {
        tracing::warn!(%error, "lock files of dead processes could not be removed");
    }
}
