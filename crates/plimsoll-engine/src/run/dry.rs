//! What a run would do, without doing it.

use std::collections::BTreeMap;

use plimsoll_core::event::{KeyParts, RunEvent, RunStart};
use plimsoll_core::ports::Runs;
use plimsoll_core::{Digest, ModelName, RepoPath, RunId, StepName};
use serde::Serialize;

use super::start::{Making, Started, start};
use super::{Cancel, EnginePorts, Observer, RunError, RunRequest};
use crate::why::{Keyed as KeyedParts, Reason, why};

/// How many runs back a step's last success is looked for.
const LOOKED_BACK: u32 = 50;

/// What a run would do.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedRun {
    /// The steps in the order in which they would run.
    pub steps: Vec<StepForecast>,
    /// Whether the model would be evaluated.
    pub evaluates: bool,
}

/// What would become of a step.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StepForecast {
    /// Which step.
    pub step: StepName,
    /// What would become of it.
    pub forecast: Forecast,
}

/// What would become of a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Forecast {
    /// Its outputs are known.
    Cached {
        /// The run that made them.
        from_run: RunId,
    },
    /// Its command would run.
    Runs {
        /// Why.
        because: Because,
    },
    /// It depends on what the steps before it write.
    Unknown {
        /// The steps that would run before it.
        after: Vec<StepName>,
    },
    /// It could not be run.
    Fails {
        /// Why not.
        message: String,
    },
}

/// Why a command would run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "because", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Because {
    /// It was asked for.
    Forced,
    /// It never succeeded.
    New,
    /// Something differs from its last success.
    Changed {
        /// The run of that success.
        since: RunId,
        /// What differs.
        reasons: Vec<Reason>,
    },
    /// Nothing differs from a success, but its outputs are not in the store any more.
    Gone {
        /// The run of that success.
        since: RunId,
    },
}

/// Reads what a run would start from: the digests of everything, and the name of its environment.
/// Nothing is run and nothing is made.
///
/// # Errors
/// The run could not begin.
pub async fn start_only(
    request: &RunRequest,
    ports: &EnginePorts,
    observer: &dyn Observer,
    cancel: Cancel,
) -> Result<RunStart, RunError> {
    let started = Box::pin(start(request, ports, observer, &cancel, Making::Named)).await?;
    Ok(started.start)
}

/// Works out what a run would do, with the reasons. Nothing is run and nothing is made.
///
/// # Errors
/// The run could not begin.
pub async fn plan_only(
    request: &RunRequest,
    ports: &EnginePorts,
    observer: &dyn Observer,
    cancel: Cancel,
) -> Result<PlannedRun, RunError> {
    let Started { plan, start, mut known, mut lookup, .. } =
        *Box::pin(start(request, ports, observer, &cancel, Making::Named)).await?;
    lookup.anticipate(&plan, &known, &start.project.model, |_| Vec::new()).await?;
    let mut last = last_successes(&*ports.runs, &start.project.model).await?;
    let mut steps = Vec::with_capacity(plan.steps.len());
    for planned in &plan.steps {
        let name = &planned.step.name;
        let unknown = planned.needs.iter().filter(|need| !known.outputs.contains_key(*need));
        let after: Vec<StepName> = unknown.cloned().collect();
        let forecast = if start.forced.contains(name) {
            Forecast::Runs { because: Because::Forced }
        } else if !after.is_empty() {
            Forecast::Unknown { after }
        } else {
            match known.key(planned) {
                Err(error) => Forecast::Fails { message: error.to_string() },
                Ok(keyed) => {
                    lookup.ask([keyed.key]).await?;
                    let found = lookup.found(&keyed.key).cloned();
                    let written = match &found {
                        Some(entry) => lookup.written(&entry.outputs).await?,
                        None => None,
                    };
                    match (found, written) {
                        (Some(entry), Some(written)) => {
                            known.outputs.insert(name.clone(), written);
                            Forecast::Cached { from_run: entry.run }
                        }
                        (Some(entry), None) => {
                            Forecast::Runs { because: Because::Gone { since: entry.run } }
                        }
                        (None, _) => {
                            let now = KeyedParts { parts: &keyed.parts, code: &start.code };
                            let because = last
                                .remove(name)
                                .map_or(Because::New, |success| success.compared(now));
                            Forecast::Runs { because }
                        }
                    }
                }
            }
        };
        steps.push(StepForecast { step: name.clone(), forecast });
    }
    Ok(PlannedRun { steps, evaluates: plan.evaluation.is_some() })
}

/// A success of a step, with what its key was made of.
#[derive(Clone, Debug)]
pub struct Success {
    /// The run.
    pub run: RunId,
    /// What the key was made of.
    pub parts: KeyParts,
    /// The code files of that run.
    pub code: BTreeMap<RepoPath, Digest>,
}

impl Success {
    fn compared(&self, now: KeyedParts<'_>) -> Because {
        let reasons = why(KeyedParts { parts: &self.parts, code: &self.code }, now);
        if reasons.is_empty() {
            Because::Gone { since: self.run }
        } else {
            Because::Changed { since: self.run, reasons }
        }
    }
}

/// Returns the last success of each step of `model`, run or cached, in its newest runs.
///
/// # Errors
/// The runs cannot be read.
pub async fn last_successes(
    runs: &dyn Runs,
    model: &ModelName,
) -> Result<BTreeMap<StepName, Success>, RunError> {
    let mut found: BTreeMap<StepName, Success> = BTreeMap::new();
    let mut wanted: Option<Vec<StepName>> = None;
    for row in runs.list(Some(model), LOOKED_BACK).await? {
        let events = runs.events(&row.id).await?;
        let Some(RunEvent::RunStarted(start)) = events.first().map(|first| &first.what) else {
            continue;
        };
        let steps = wanted.get_or_insert_with(|| names(start));
        let mut tried: BTreeMap<&StepName, &KeyParts> = BTreeMap::new();
        for recorded in &events {
            let (step, parts) = match &recorded.what {
                RunEvent::StepStarted { step, parts, .. } => {
                    tried.insert(step, parts);
                    continue;
                }
                RunEvent::StepCached { step, parts, .. } => (step, Some(&**parts)),
                RunEvent::StepSucceeded { step, .. } => (step, tried.get(step).copied()),
                _ => continue,
            };
            if let (false, Some(parts)) = (found.contains_key(step), parts) {
                let (parts, code) = (parts.clone(), start.code.clone());
                found.insert(step.clone(), Success { run: row.id, parts, code });
            }
        }
        if steps.iter().all(|step| found.contains_key(step)) {
            break;
        }
    }
    Ok(found)
}

fn names(start: &RunStart) -> Vec<StepName> {
    start.project.steps.iter().map(|step| step.name.clone()).collect()
}
