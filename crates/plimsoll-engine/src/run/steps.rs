//! Steps: taken from what is known, or tried.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use plimsoll_core::event::{RunEvent, StepFailure};
use plimsoll_core::ports::CacheEntry;
use plimsoll_core::{Digest, RepoPath, StepName};
use tokio::sync::mpsc;

use super::driver::{Answer, Driver};
use super::known::{KeyError, Keyed, Resolved, Written};
use super::{Notice, RunError};
use crate::attempt::{Attempt, Failed, Made, Problem, Told, Tried, with_causes};
use crate::key_lock::Held;
use crate::params::render;
use crate::tree::Hashed;

impl Driver<'_> {
    /// Takes the outputs of steps from what is known, and tries those of which nothing is.
    pub(crate) async fn start_steps(&mut self, names: Vec<StepName>) -> Result<(), RunError> {
        let mut steps = Vec::with_capacity(names.len());
        for name in names {
            let Some(planned) = self.plan.step(&name) else { continue };
            match self.known.key(planned) {
                Ok(keyed) => steps.push((name, keyed)),
                Err(error) => self.refuse(name, &error),
            }
        }
        let free = steps.iter().filter(|(name, _)| !self.is_forced(name));
        let keys: Vec<Digest> = free.map(|(_, keyed)| keyed.key).collect();
        self.lookup.ask(keys).await?;
        let mut locked = Vec::new();
        for (name, keyed) in steps {
            if !self.is_forced(&name) && self.take_known(&name, &keyed).await? {
                continue;
            }
            if let Some(held) = self.locks.try_key(&keyed.key)? {
                locked.push((name, keyed, held));
                continue;
            }
            self.observer.notice(Notice::Waiting { step: &name });
            let locks = self.locks.clone();
            self.tasks.spawn(async move {
                let held = locks.key(&keyed.key).await;
                Answer::Locked { step: name, keyed: Box::new(keyed), held }
            });
        }
        self.begin_steps(locked).await
    }

    /// Tries steps whose keys are ours, unless another run made their outputs before that.
    pub(crate) async fn begin_steps(
        &mut self,
        steps: Vec<(StepName, Keyed, Held)>,
    ) -> Result<(), RunError> {
        let free = steps.iter().filter(|(name, ..)| !self.is_forced(name));
        let keys = free.map(|(_, keyed, _)| keyed.key).collect();
        self.lookup.ask_again(keys).await?;
        let mut attempts = Vec::new();
        for (name, keyed, held) in steps {
            if !self.is_forced(&name) && self.take_known(&name, &keyed).await? {
                continue;
            }
            match self.attempt(&name, &keyed) {
                Ok(attempt) => {
                    let parts = Box::new(keyed.parts);
                    let number = attempt.number;
                    self.record(RunEvent::StepStarted { step: name, attempt: number, parts });
                    attempts.push((attempt, keyed.key, held));
                }
                Err(error) => self.refuse(name, &error),
            }
        }
        if attempts.is_empty() {
            return Ok(());
        }
        // No command runs that the log does not name.
        self.journal.flush(self.observer).await?;
        for (attempt, key, held) in attempts {
            self.spawn(attempt, key, held);
        }
        Ok(())
    }

    fn is_forced(&self, name: &StepName) -> bool {
        self.start.forced.contains(name)
    }

    fn attempt(&self, name: &StepName, keyed: &Keyed) -> Result<Attempt, KeyError> {
        let planned = self.plan.steps.iter().find(|planned| planned.step.name == *name);
        let (step, reads) = planned.map_or_else(
            || Err(KeyError::Unplanned(name.clone())),
            |planned| Ok((planned.step.clone(), &planned.reads)),
        )?;
        let inputs: Vec<Resolved> =
            reads.iter().map(|read| self.known.resolve(read)).collect::<Result<_, _>>()?;
        let Resolved { files, folders } = Resolved::all(inputs);
        let params = &keyed.parts.params;
        let path = self.start.project.params.clone().filter(|_| !params.is_empty());
        let params = path.map(|path| (path, render(params)));
        let number = self.journal.next_attempt(name);
        Ok(Attempt { step, number, inputs: files, folders, params })
    }

    fn spawn(&mut self, attempt: Attempt, key: Digest, held: Held) {
        let shop = Arc::clone(&self.shop);
        let is_unwanted = self.stop.wished();
        let telling = self.telling.clone();
        self.busy += 1;
        self.tasks.spawn_blocking(move || {
            let step = attempt.step.name.clone();
            // Nobody listens any more where sending fails.
            let tell = |told| _ = telling.blocking_send((step.clone(), told));
            let tried = shop.attempt(&attempt, &is_unwanted, &tell);
            let tried = Box::new(tried);
            Answer::Tried { step, key, attempt: attempt.number, held, tried }
        });
    }

    /// Takes a step's outputs from an earlier run if all of them are there; tells whether so.
    async fn take_known(&mut self, name: &StepName, keyed: &Keyed) -> Result<bool, RunError> {
        let Some(entry) = self.lookup.found(&keyed.key).cloned() else { return Ok(false) };
        let Some(written) = self.lookup.written(&entry.outputs).await? else { return Ok(false) };
        let stale = self.stale(&written);
        if stale.is_empty() {
            self.take_restored(name.clone(), keyed.clone(), entry, written, Ok(()));
            return Ok(true);
        }
        let (shop, step) = (Arc::clone(&self.shop), name.clone());
        let keyed = Box::new(keyed.clone());
        let telling = self.telling.clone();
        self.busy += 1;
        self.tasks.spawn_blocking(move || {
            // Nobody listens any more where sending fails.
            let tell = |told| _ = telling.blocking_send((step.clone(), told));
            let mut stale = stale.iter();
            let restored = stale.try_for_each(|(path, hashed)| shop.restore(path, hashed, &tell));
            Answer::Restored { step, keyed, entry, written, restored }
        });
        Ok(true)
    }

    /// Returns those outputs that do not lie in the working tree as they should.
    fn stale(&self, written: &[Written]) -> Vec<(RepoPath, Hashed)> {
        let mut tree = self.shop.tree();
        let wanted = written.iter().map(|one| (one.output.path.clone(), one.hashed()));
        wanted.filter(|(path, hashed)| tree.hash(path).ok().as_ref() != Some(hashed)).collect()
    }

    pub(crate) fn take_restored(
        &mut self,
        step: StepName,
        keyed: Keyed,
        entry: CacheEntry,
        written: Vec<Written>,
        restored: Result<(), Problem>,
    ) {
        if let Err(problem) = restored {
            return self.fail(step, 0, problem, Duration::ZERO);
        }
        self.known.outputs.insert(step.clone(), written);
        let CacheEntry { run, outputs, metrics } = entry;
        let (parts, key) = (Box::new(keyed.parts), keyed.key);
        self.record(RunEvent::StepCached { step, parts, key, from_run: run, outputs, metrics });
    }

    pub(crate) fn take_tried(&mut self, step: StepName, key: Digest, attempt: u32, tried: Tried) {
        match tried {
            Tried::Succeeded(Made { outputs, metrics, took }) => {
                let written = outputs.into_iter().map(|(output, tree)| {
                    let tree = tree.map(Arc::new);
                    Written { output, tree }
                });
                let written: Vec<Written> = written.collect();
                let outputs = written.iter().map(|one| one.output.clone()).collect();
                self.known.outputs.insert(step.clone(), written);
                let duration_ms = millis(took);
                self.record(RunEvent::StepSucceeded {
                    step,
                    attempt,
                    key,
                    outputs,
                    metrics,
                    duration_ms,
                });
            }
            Tried::Failed(Failed { problem, took, kept }) => {
                if let Some(kept) = kept {
                    self.kept.insert(step.clone(), kept);
                }
                self.fail(step, attempt, problem, took);
            }
            // The run is ended as a whole, and the step is tried again by the next.
            Tried::Stopped => {}
        }
    }

    fn fail(&mut self, step: StepName, attempt: u32, problem: Problem, took: Duration) {
        if let Problem::Damaged { damaged, .. } = &problem {
            let plimsoll_core::ports::Damaged { expected, problem } = damaged;
            let (expected, problem) = (*expected, problem.clone());
            self.damaged.push(plimsoll_core::ports::Damaged { expected, problem });
        }
        let (reason, duration_ms) = (problem.into_failure(), millis(took));
        self.record(RunEvent::StepFailed { step, attempt, reason, duration_ms });
    }

    /// Records that a step cannot be tried at all.
    fn refuse(&mut self, step: StepName, error: &KeyError) {
        let reason = StepFailure::Io { message: with_causes(error), transient: false };
        self.record(RunEvent::StepFailed { step, attempt: 0, reason, duration_ms: 0 });
    }

    /// Puts back what the done steps of a run that is taken up wrote.
    pub(crate) async fn restore_done(&mut self) -> Result<(), RunError> {
        let outputs: BTreeMap<_, _> = self.known.outputs.clone();
        let stale: Vec<_> = outputs.values().flat_map(|written| self.stale(written)).collect();
        if stale.is_empty() {
            return Ok(());
        }
        let shop = Arc::clone(&self.shop);
        let (say, mut said) = mpsc::unbounded_channel();
        let restored = tokio::task::spawn_blocking(move || {
            // Nobody listens any more where sending fails.
            let tell = |told| _ = say.send(told);
            let mut stale = stale.iter();
            stale.try_for_each(|(path, hashed)| shop.restore(path, hashed, &tell))
        });
        let restored = restored.await.map_err(|error| RunError::Bug(error.to_string()))?;
        while let Some(told) = said.recv().await {
            if let Told::Note(note) = told {
                self.observer.notice(Notice::Note(&note));
            }
        }
        match restored {
            Ok(()) => Ok(()),
            Err(Problem::Damaged { damaged, .. }) => Err(RunError::Damaged(damaged)),
            Err(problem) => Err(RunError::Restore { message: problem.into_failure().to_string() }),
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
