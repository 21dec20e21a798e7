//! The dispatcher of a run: the one place where events are put in order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use plimsoll_core::event::{Recorded, RunEnd, RunEvent, RunStart};
use plimsoll_core::evidence::{Evaluation, Scanned, Validation};
use plimsoll_core::gate::Verdict;
use plimsoll_core::ports::{AppendError, CacheEntry, Damaged, MeasureError};
use plimsoll_core::record::RunRecord;
use plimsoll_core::{DatasetName, Digest, Finding, Severity, StepName};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};

use super::champion::ChampionRun;
use super::evaluate::Measuring;
use super::journal::Journal;
use super::known::{Keyed, Known, Written};
use super::lookup::{Lookup, unread};
use super::scan;
use super::start::{Claims, Started};
use super::stop::Stop;
use super::take_up::Taken;
use super::{Beginning, Cancel, EnginePorts, Notice, Observer, RunError, RunOutcome, RunRequest};
use crate::attempt::{self, Lines, Objects, Problem, Told, Tried, Workshop, read};
use crate::key_lock::{Held, LockError, Locks};
use crate::plan::Plan;
use crate::schedule::{Action, GateWish, Options, Schedule, apply};

/// The largest evidence that is read back.
const LARGEST_EVIDENCE: u64 = 256 << 20;

/// How many slots are used at most: each takes a thread, and the store needs some too.
const MOST_JOBS: u32 = 256;

/// How many pieces of output may wait to be shown before commands have to wait.
const UNSHOWN: usize = 64;

/// A run that is being carried out.
pub(crate) struct Driver<'a> {
    pub(crate) ports: EnginePorts,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) plan: Plan,
    pub(crate) start: RunStart,
    pub(crate) shop: Arc<Workshop>,
    pub(crate) journal: Journal,
    pub(crate) known: Known,
    pub(crate) lookup: Lookup,
    pub(crate) locks: Locks,
    pub(crate) claims: BTreeMap<DatasetName, Claims>,
    pub(crate) measuring: Option<Measuring>,
    pub(crate) champion: Option<ChampionRun>,
    pub(crate) tasks: JoinSet<Answer>,
    /// How many commands run or outputs are restored, which must be waited for.
    pub(crate) busy: usize,
    /// Whether commands are to end.
    pub(crate) stop: Stop,
    pub(crate) telling: mpsc::Sender<(StepName, Told)>,
    pub(crate) kept: BTreeMap<StepName, PathBuf>,
    pub(crate) damaged: Vec<Damaged>,
    pub(crate) invalid: BTreeMap<DatasetName, Validation>,
    /// What is wrong with datasets, excused or not.
    pub(crate) data_findings: Vec<Finding>,
    pub(crate) evaluation: Option<(Evaluation, Digest)>,
    /// What was scanned, each with its digest.
    pub(crate) scans: Vec<(Scanned, Digest)>,
    pub(crate) verdict: Option<Verdict>,
    pub(crate) schedule: Schedule,
    pub(crate) actions: VecDeque<Action>,
    pub(crate) told: mpsc::Receiver<(StepName, Told)>,
    lines: BTreeMap<StepName, Lines>,
    beginning: Beginning,
    _owner: Held,
}

/// What comes back from elsewhere.
pub(crate) enum Answer {
    /// A dataset was checked.
    Validated { dataset: DatasetName, key: Digest, answer: Box<Result<Validation, MeasureError>> },
    /// A key that another run held is ours.
    Locked { step: StepName, keyed: Box<Keyed>, held: Result<Held, LockError> },
    /// Known outputs were put into the working tree.
    Restored {
        step: StepName,
        keyed: Box<Keyed>,
        entry: CacheEntry,
        written: Vec<Written>,
        restored: Result<(), Problem>,
    },
    /// A step was tried.
    Tried { step: StepName, key: Digest, attempt: u32, held: Held, tried: Box<Tried> },
    /// The model was evaluated.
    Evaluated { key: Digest, answer: Box<Result<Evaluation, MeasureError>> },
    /// Something was scanned.
    Scanned(Box<Scanned>),
}

impl<'a> Driver<'a> {
    pub(crate) fn new(
        request: RunRequest,
        started: Started,
        taken: Taken,
        ports: &EnginePorts,
        observer: &'a dyn Observer,
    ) -> Self {
        let measuring = Measuring::of(&started, ports.measure.identity());
        let Started {
            plan, start, mut known, tree, code, prepared, claims, champion, lookup, ..
        } = started;
        let Taken { journal, beginning, outputs, owner, locks } = taken;
        known.outputs = outputs;
        let gate = if start.gated { GateWish::Judged } else { GateWish::Free };
        let options = Options {
            slots: request.jobs.get().min(MOST_JOBS),
            on_failure: request.on_failure,
            validate: claims.keys().cloned().collect(),
            scans: scan::demanded(&start.project),
            gate,
        };
        let shop = Workshop {
            root: tree.root().to_owned(),
            home: request.home,
            run: journal.run(),
            tree: Mutex::new(tree),
            objects: Objects::new(Arc::clone(&ports.objects), Handle::current()),
            code,
            params: start.project.params.clone(),
            datasets: start.project.data.iter().map(|(n, d)| (d.path.clone(), n.clone())).collect(),
            live: known.live.keys().cloned().collect(),
            variables: request.variables,
            python: (prepared.path_prefix, prepared.variables),
            seed: start.project.seed,
            grace: request.grace,
        };
        let (telling, told) = mpsc::channel(UNSHOWN);
        Self {
            ports: ports.clone(),
            observer,
            schedule: Schedule::new(&plan, options),
            plan,
            start,
            shop: Arc::new(shop),
            journal,
            known,
            lookup,
            locks,
            claims,
            measuring,
            champion,
            tasks: JoinSet::new(),
            busy: 0,
            stop: Stop::default(),
            telling,
            told,
            kept: BTreeMap::new(),
            damaged: Vec::new(),
            invalid: BTreeMap::new(),
            data_findings: Vec::new(),
            evaluation: None,
            scans: Vec::new(),
            verdict: None,
            actions: VecDeque::new(),
            lines: BTreeMap::new(),
            beginning,
            _owner: owner,
        }
    }

    /// Carries the run out to its end.
    pub(crate) async fn drive(mut self, mut cancel: Cancel) -> Result<RunOutcome, RunError> {
        let driven = self.until_over(&mut cancel).await;
        attempt::tidy(&self.shop.root, &self.shop.run);
        if let Err(error) = driven {
            self.stop_commands().await;
            self.save_index();
            // A log that another process writes to is not ours to end, and one that did not begin
            // has no end.
            let ours = !matches!(&error, RunError::Append(AppendError::Conflict { .. }));
            if ours && !self.journal.written().is_empty() {
                self.journal.forget_pending();
                self.journal.push(RunEvent::RunFinished { end: RunEnd::Failed });
                if let Err(error) = self.journal.flush(self.observer).await {
                    tracing::warn!(%error, "the failed run could not be recorded as such");
                }
            }
            return Err(error);
        }
        self.save_index();
        let record = RunRecord::of(self.journal.run(), self.journal.written());
        let record = record.ok_or_else(|| RunError::Bug("a run without a start".to_owned()))?;
        Ok(RunOutcome {
            end: record.end.unwrap_or(RunEnd::Failed),
            record,
            beginning: self.beginning,
            invalid: self.invalid,
            evaluation: self.evaluation.map(|(evaluation, _)| evaluation),
            verdict: self.verdict,
            kept: self.kept,
            damaged: self.damaged,
        })
    }

    async fn until_over(&mut self, cancel: &mut Cancel) -> Result<(), RunError> {
        self.begin().await?;
        loop {
            if cancel.is_wished() && !self.schedule.is_over() {
                return self.interrupt().await;
            }
            self.act().await?;
            self.journal.flush(self.observer).await?;
            if self.schedule.is_over() {
                return Ok(());
            }
            if self.tasks.is_empty() {
                return Err(RunError::Bug("nothing is under way and nothing is next".to_owned()));
            }
            tokio::select! {
                () = cancel.wished() => {}
                Some((step, told)) = self.told.recv() => self.tell(&step, told),
                Some(answer) = self.tasks.join_next() => self.take(answer).await?,
            }
        }
    }

    /// Begins the run, or goes through what was done of it before.
    async fn begin(&mut self) -> Result<(), RunError> {
        self.observer.notice(Notice::Known {
            run: self.journal.run(),
            beginning: self.beginning,
            steps: &self.start.steps,
        });
        let model = &self.start.project.model;
        let measuring = self.measuring.as_ref();
        let checks: Vec<Digest> = self.claims.values().map(|claims| claims.key).collect();
        let more = |guess: &Known| {
            let evaluation = measuring.and_then(|measuring| measuring.plan(guess).ok());
            checks.iter().copied().chain(evaluation.map(|plan| plan.key)).collect()
        };
        self.lookup.anticipate(&self.plan, &self.known, model, more).await?;
        if self.beginning == Beginning::New {
            self.record(RunEvent::RunStarted(Box::new(self.start.clone())));
            return Ok(());
        }
        for recorded in self.journal.written() {
            apply(&mut self.schedule, &recorded.what);
        }
        for recorded in latest(self.journal.written()) {
            self.observer.notice(Notice::Recorded(recorded));
        }
        self.reload().await?;
        self.restore_done().await?;
        self.actions = self.schedule.due().cloned().collect();
        self.record(RunEvent::RunResumed {});
        Ok(())
    }

    /// Reads again what the log only names.
    async fn reload(&mut self) -> Result<(), RunError> {
        let record = RunRecord::of(self.journal.run(), self.journal.written());
        let Some(record) = record else { return Ok(()) };
        for (dataset, (evidence, errors)) in record.validated {
            let validation: Validation = self.evidence(&evidence).await?;
            let blocking = validation.findings.iter().filter(|it| it.severity == Severity::Error);
            self.data_findings.extend(blocking.cloned());
            if errors > 0 {
                self.invalid.insert(dataset, validation);
            }
        }
        if let Some((evidence, _)) = record.evaluation {
            self.evaluation = Some((self.evidence(&evidence).await?, evidence));
        }
        for (evidence, _) in record.scans.values() {
            self.scans.push((self.evidence(evidence).await?, *evidence));
        }
        if let Some((verdict, _)) = record.verdict {
            self.verdict = Some(self.evidence(&verdict).await?);
        }
        Ok(())
    }

    /// Adds an event and takes in what is to be done because of it.
    pub(crate) fn record(&mut self, event: RunEvent) {
        self.actions.extend(apply(&mut self.schedule, &event));
        self.journal.push(event);
    }

    /// Does everything that is to be done and takes no time; starts the rest.
    async fn act(&mut self) -> Result<(), RunError> {
        loop {
            let mut starts = Vec::new();
            self.actions.retain(|action| match action {
                Action::StartStep(step) => {
                    starts.push(step.clone());
                    false
                }
                _ => true,
            });
            if !starts.is_empty() {
                self.start_steps(starts).await?;
                continue;
            }
            match self.actions.pop_front() {
                None => return Ok(()),
                Some(Action::Validate(dataset)) => self.validate(dataset).await?,
                Some(Action::StartStep(step)) => self.start_steps(vec![step]).await?,
                Some(Action::SkipStep { step, because }) => {
                    self.record(RunEvent::StepSkipped { step, because });
                }
                Some(Action::Evaluate) => self.evaluate().await?,
                Some(Action::Scan(scan)) => self.scan(scan),
                Some(Action::Judge) => self.judge().await?,
                Some(Action::FinishRun(end)) => self.record(RunEvent::RunFinished { end }),
            }
        }
    }

    pub(crate) async fn take(&mut self, answer: Result<Answer, JoinError>) -> Result<(), RunError> {
        match answer.map_err(|error| RunError::Bug(error.to_string()))? {
            Answer::Validated { dataset, key, answer } => {
                self.take_validation(dataset, key, *answer).await
            }
            Answer::Locked { step, keyed, held } => {
                self.begin_steps(vec![(step, *keyed, held?)]).await
            }
            Answer::Restored { step, keyed, entry, written, restored } => {
                self.busy -= 1;
                self.take_restored(step, *keyed, entry, written, restored);
                Ok(())
            }
            Answer::Tried { step, key, attempt, held, tried } => {
                self.busy -= 1;
                // Everything that it printed was sent before.
                while let Ok((step, told)) = self.told.try_recv() {
                    self.tell(&step, told);
                }
                if let Some(lines) = self.lines.remove(&step) {
                    let observer = self.observer;
                    lines.finish(|line| observer.notice(Notice::Output { step: &step, line }));
                }
                self.take_tried(step, key, attempt, *tried);
                // Whoever waits for the key finds what was made once the lock is free.
                let flushed = self.journal.flush(self.observer).await;
                drop(held);
                Ok(flushed?)
            }
            Answer::Evaluated { key, answer } => self.take_evaluation(key, *answer).await,
            Answer::Scanned(scanned) => self.take_scanned(*scanned).await,
        }
    }

    pub(crate) fn tell(&mut self, step: &StepName, told: Told) {
        let observer = self.observer;
        match told {
            Told::Note(note) => observer.notice(Notice::Note(&note)),
            Told::Printed(bytes) => {
                let lines = self.lines.entry(step.clone()).or_default();
                lines.push(&bytes, |line| observer.notice(Notice::Output { step, line }));
            }
        }
    }

    fn save_index(&self) {
        // Only time is lost without it.
        if let Err(error) = self.shop.tree().save() {
            self.observer.notice(Notice::Note(&error.to_string()));
        }
    }

    /// Stores `value` as JSON.
    pub(crate) async fn store<T: Serialize>(
        &self,
        what: &'static str,
        value: &T,
    ) -> Result<Digest, RunError> {
        let bytes = serde_json::to_vec(value)?;
        let put = self.ports.objects.put(&mut Cursor::new(bytes)).await;
        put.map_err(|error| RunError::Evidence { what, source: Box::new(error) })
    }

    /// Reads a value that was stored as JSON.
    pub(crate) async fn evidence<T: DeserializeOwned>(
        &self,
        digest: &Digest,
    ) -> Result<T, RunError> {
        let bytes = read(&*self.ports.objects, digest, LARGEST_EVIDENCE).await.map_err(unread)?;
        Ok(serde_json::from_slice(&bytes)?)
    }
}

/// Returns what is worth telling again of an earlier process's events: no step that was begun,
/// which has come to its end since or begins anew, and of each step the last end alone.
fn latest(events: &[Recorded]) -> Vec<&Recorded> {
    let mut ended = BTreeSet::new();
    let mut latest: Vec<&Recorded> = events
        .iter()
        .rev()
        .filter(|recorded| match &recorded.what {
            RunEvent::StepStarted { .. } => false,
            RunEvent::StepSucceeded { step, .. }
            | RunEvent::StepCached { step, .. }
            | RunEvent::StepFailed { step, .. }
            | RunEvent::StepSkipped { step, .. } => ended.insert(step),
            _ => true,
        })
        .collect();
    latest.reverse();
    latest
}
