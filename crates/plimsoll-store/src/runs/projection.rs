//! What lookups need of events, as values: every adapter of `Runs` shares it.

use std::collections::BTreeMap;

use plimsoll_core::event::{Output, OutputKind, RunEvent};
use plimsoll_core::ports::{CacheEntry, ResolveError, RunRow};
use plimsoll_core::{Digest, RunId, StepName, Timestamp};

/// The events do not make a log.
#[derive(Debug, thiserror::Error)]
#[error("the log of a run begins with `run-started`, and nothing else in it is that")]
pub struct NotALog;

/// Checks that `events` may stand at `next`.
pub(crate) fn check(next: u64, events: &[RunEvent]) -> Result<(), NotALog> {
    let starts = |event: &RunEvent| matches!(event, RunEvent::RunStarted(_));
    let in_place = |(place, event)| starts(event) == (place == 1);
    if (next..).zip(events).all(in_place) { Ok(()) } else { Err(NotALog) }
}

/// Returns the row of a run that begins with `event`; `None` where no run begins so.
pub(crate) fn begun(run: &RunId, at: Timestamp, event: &RunEvent) -> Option<RunRow> {
    let RunEvent::RunStarted(start) = event else { return None };
    let commit = start.commit.as_ref();
    Some(RunRow {
        id: *run,
        model: start.project.model.clone(),
        repository: start.repository.clone(),
        commit: commit.and_then(|commit| commit.hash.clone()),
        dirty: commit.is_some_and(|commit| commit.dirty),
        started: at,
        finished: None,
        end: None,
        answer: None,
        plan: start.plan,
        last: 0,
        metrics: BTreeMap::new(),
        evidence: None,
    })
}

/// Takes an event into the row, its numbers apart: these are [`numbers`].
pub(crate) fn apply(row: &mut RunRow, at: Timestamp, event: &RunEvent) {
    row.last += 1;
    match event {
        RunEvent::RunResumed {} => (row.finished, row.end) = (None, None),
        RunEvent::Evaluated { evidence, .. } => row.evidence = Some(*evidence),
        RunEvent::Judged { answer, .. } => row.answer = Some(*answer),
        RunEvent::RunFinished { end } => (row.finished, row.end) = (Some(at), Some(*end)),
        _ => {}
    }
}

/// Returns the numbers that an event brings: a step's, or the evaluation's where there is no step.
pub(crate) fn numbers(event: &RunEvent) -> Option<(Option<&StepName>, &BTreeMap<String, f64>)> {
    match event {
        RunEvent::StepSucceeded { step, metrics, .. }
        | RunEvent::StepCached { step, metrics, .. } => Some((Some(step), metrics)),
        RunEvent::Evaluated { metrics, .. } => Some((None, metrics)),
        _ => None,
    }
}

/// Returns the name that a number has in a list of runs.
pub(crate) fn full_name(step: Option<&str>, name: &str) -> String {
    step.map_or_else(|| name.to_owned(), |step| format!("{step}.{name}"))
}

/// Returns the key that an event is remembered under, where it tells of a success of its own.
pub(crate) fn key(event: &RunEvent) -> Option<Digest> {
    match event {
        RunEvent::StepSucceeded { key, .. }
        | RunEvent::DataValidated { key, from_run: None, .. }
        | RunEvent::Evaluated { key, from_run: None, .. } => Some(*key),
        _ => None,
    }
}

/// Returns what is remembered of an event that has a [`key`].
pub(crate) fn remembered(run: &RunId, event: &RunEvent) -> Option<CacheEntry> {
    let (outputs, metrics) = match event {
        RunEvent::StepSucceeded { outputs, metrics, .. } => (outputs.clone(), metrics.clone()),
        RunEvent::DataValidated { evidence, errors, from_run: None, .. } => {
            #[expect(clippy::cast_precision_loss, reason = "nobody counts 2^53 findings")]
            let errors = [("errors".to_owned(), *errors as f64)];
            (evidence_of(*evidence)?, errors.into())
        }
        RunEvent::Evaluated { evidence, metrics, from_run: None, .. } => {
            (evidence_of(*evidence)?, metrics.clone())
        }
        _ => return None,
    };
    Some(CacheEntry { run: *run, outputs, metrics })
}

/// The event does not say how large its evidence is, so the size is 0.
fn evidence_of(digest: Digest) -> Option<Vec<Output>> {
    let path = "evidence".parse().ok()?;
    Some(vec![Output { path, digest, bytes: 0, kind: OutputKind::File }])
}

/// Returns `prefix` as the ids that it may begin are written.
pub(crate) fn prefix(prefix: &str) -> Result<String, ResolveError> {
    let fits = (1..=32).contains(&prefix.len()) && prefix.bytes().all(|b| b.is_ascii_hexdigit());
    let unknown = || ResolveError::Unknown(prefix.chars().take(100).collect());
    fits.then(|| prefix.to_ascii_lowercase()).ok_or_else(unknown)
}

/// Returns the only run among those found, of which there are `count`.
pub(crate) fn only(prefix: &str, found: &[RunId], count: u64) -> Result<RunId, ResolveError> {
    match found {
        [] => Err(ResolveError::Unknown(prefix.to_owned())),
        [run] => Ok(*run),
        [..] => {
            // As many digits as tell them apart as a rule.
            let digits = (prefix.len() + 4).clamp(8, 32);
            let shown: Vec<String> =
                found.iter().take(3).map(|run| run.to_string()[..digits].to_owned()).collect();
            let more = if count > 3 { ", …" } else { "" };
            let examples = shown.join(", ") + more;
            Err(ResolveError::Ambiguous { prefix: prefix.to_owned(), count, examples })
        }
    }
}
