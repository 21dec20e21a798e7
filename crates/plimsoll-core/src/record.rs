//! A run as its events tell it.

use std::collections::BTreeMap;

use crate::event::{KeyParts, Output, Recorded, RunEnd, RunEvent, RunStart, StepFailure};
use crate::evidence::ScanName;
use crate::gate::Answer;
use crate::{DatasetName, Digest, RunId, StepName, Timestamp};

/// Everything that is known of a run, folded from its events.
#[derive(Clone, Debug)]
pub struct RunRecord {
    /// Its id.
    pub id: RunId,
    /// What it started from.
    pub start: RunStart,
    /// When it started.
    pub started: Timestamp,
    /// When its last event was recorded.
    pub last: Timestamp,
    /// The validated datasets: evidence and how many findings block.
    pub validated: BTreeMap<DatasetName, (Digest, u64)>,
    /// The steps that were asked for, in order.
    pub steps: Vec<StepRecord>,
    /// The evaluation's evidence, and the run that made it where that was another.
    pub evaluation: Option<(Digest, Option<RunId>)>,
    /// The evaluation's values on the whole test set.
    pub evaluated: BTreeMap<String, f64>,
    /// Why there is no evaluation.
    pub evaluation_failed: Option<String>,
    /// The scans: evidence and how many findings block.
    pub scans: BTreeMap<ScanName, (Digest, u64)>,
    /// The verdict and what it says.
    pub verdict: Option<(Digest, Answer)>,
    /// How it ended; `None` while it has not.
    pub end: Option<RunEnd>,
}

/// A step of a run.
#[derive(Clone, Debug)]
pub struct StepRecord {
    /// Its name.
    pub name: StepName,
    /// Where it stands.
    pub state: StepState,
    /// What its key was made of, once it was looked at.
    pub parts: Option<KeyParts>,
    /// What it wrote.
    pub outputs: Vec<Output>,
    /// The numbers of its metrics file.
    pub metrics: BTreeMap<String, f64>,
    /// How long its command took.
    pub duration_ms: Option<u64>,
}

/// Where a step stands.
#[derive(Clone, Debug, PartialEq)]
pub enum StepState {
    /// Not looked at yet.
    Waiting,
    /// Its command was started.
    Running {
        /// Which try.
        attempt: u32,
    },
    /// Its command ended well.
    Ran {
        /// Which try.
        attempt: u32,
    },
    /// Its outputs were known.
    Cached {
        /// The run that made them.
        from_run: RunId,
    },
    /// It failed.
    Failed {
        /// Which try, 0 where it was not started.
        attempt: u32,
        /// Why.
        reason: StepFailure,
    },
    /// It will not run.
    Skipped {
        /// The step that failed.
        because: StepName,
    },
}

impl StepState {
    /// Returns the word for it in tables.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running { .. } => "running",
            Self::Ran { .. } => "ran",
            Self::Cached { .. } => "cached",
            Self::Failed { .. } => "failed",
            Self::Skipped { .. } => "skipped",
        }
    }
}

impl RunRecord {
    /// Folds the events of `id`; `None` where they do not begin with [`RunEvent::RunStarted`].
    pub fn of(id: RunId, events: &[Recorded]) -> Option<Self> {
        let (first, rest) = events.split_first()?;
        let RunEvent::RunStarted(start) = &first.what else { return None };
        let mut record = Self {
            id,
            start: (**start).clone(),
            started: first.at,
            last: first.at,
            validated: BTreeMap::new(),
            steps: start.steps.iter().map(StepRecord::waiting).collect(),
            evaluation: None,
            evaluated: BTreeMap::new(),
            evaluation_failed: None,
            scans: BTreeMap::new(),
            verdict: None,
            end: None,
        };
        for event in rest {
            record.apply(event);
        }
        Some(record)
    }

    /// Returns the step called `name`.
    pub fn step(&self, name: &StepName) -> Option<&StepRecord> {
        self.steps.iter().find(|step| step.name == *name)
    }

    /// Returns the numbers of the steps' metrics files, by `STEP.NAME`, and of the evaluation.
    pub fn metrics(&self) -> BTreeMap<String, f64> {
        let of_step = |step: &StepRecord| {
            let named = step.metrics.iter();
            named.map(|(name, value)| (format!("{}.{name}", step.name), *value)).collect::<Vec<_>>()
        };
        self.steps.iter().flat_map(of_step).chain(self.evaluated.clone()).collect()
    }

    fn update(&mut self, name: &StepName, change: impl FnOnce(&mut StepRecord)) {
        if let Some(step) = self.steps.iter_mut().find(|step| step.name == *name) {
            change(step);
        }
    }

    fn apply(&mut self, event: &Recorded) {
        self.last = event.at;
        match &event.what {
            RunEvent::RunStarted(_) => {}
            RunEvent::RunResumed {} => self.end = None,
            RunEvent::DataValidated { dataset, evidence, errors, .. } => {
                self.validated.insert(dataset.clone(), (*evidence, *errors));
            }
            RunEvent::StepStarted { step, attempt, parts } => self.update(step, |step| {
                step.state = StepState::Running { attempt: *attempt };
                step.parts = Some((**parts).clone());
            }),
            RunEvent::StepSucceeded { step, attempt, outputs, metrics, duration_ms, .. } => {
                self.update(step, |step| {
                    step.state = StepState::Ran { attempt: *attempt };
                    step.outputs.clone_from(outputs);
                    step.metrics.clone_from(metrics);
                    step.duration_ms = Some(*duration_ms);
                });
            }
            RunEvent::StepCached { step, parts, from_run, outputs, metrics, .. } => {
                self.update(step, |step| {
                    step.state = StepState::Cached { from_run: *from_run };
                    step.parts = Some((**parts).clone());
                    step.outputs.clone_from(outputs);
                    step.metrics.clone_from(metrics);
                });
            }
            RunEvent::StepFailed { step, attempt, reason, duration_ms } => {
                self.update(step, |step| {
                    let reason = reason.clone();
                    step.state = StepState::Failed { attempt: *attempt, reason };
                    step.duration_ms = Some(*duration_ms);
                });
            }
            RunEvent::StepSkipped { step, because } => self.update(step, |step| {
                step.state = StepState::Skipped { because: because.clone() };
            }),
            RunEvent::Evaluated { evidence, from_run, metrics, .. } => {
                self.evaluated.clone_from(metrics);
                self.evaluation = Some((*evidence, *from_run));
                self.evaluation_failed = None;
            }
            RunEvent::EvaluationFailed { message } => {
                self.evaluation_failed = Some(message.clone());
            }
            RunEvent::Scanned { scan, evidence, errors } => {
                self.scans.insert(*scan, (*evidence, *errors));
            }
            RunEvent::Judged { verdict, answer } => self.verdict = Some((*verdict, *answer)),
            RunEvent::RunFinished { end } => self.end = Some(*end),
        }
    }
}

impl StepRecord {
    fn waiting(name: &StepName) -> Self {
        Self {
            name: name.clone(),
            state: StepState::Waiting,
            parts: None,
            outputs: Vec::new(),
            metrics: BTreeMap::new(),
            duration_ms: None,
        }
    }
}
