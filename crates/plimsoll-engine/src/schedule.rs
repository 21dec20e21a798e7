//! What is to be done next, as a machine over the events of a run.
//!
//! It takes events that are already in the log and returns actions that may be done twice. What was
//! asked for and not answered stays [`Schedule::due`], so a run that is taken up knows what to ask
//! again. Phases follow each other: datasets are checked, steps run, the model is evaluated and
//! judged, the run ends. What comes from elsewhere is scanned while the model is evaluated.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::event::{RunEnd, RunEvent};
use plimsoll_core::evidence::ScanName;
use plimsoll_core::{DatasetName, StepName};

use crate::plan::Plan;

/// Something to be done, whose answer is an event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Check a dataset against its schema and what is declared about it.
    Validate(DatasetName),
    /// Take a step's outputs from what is known, or run its command.
    StartStep(StepName),
    /// Record that a step will not run.
    SkipStep {
        /// Which step.
        step: StepName,
        /// The step that failed.
        because: StepName,
    },
    /// Evaluate the model.
    Evaluate,
    /// Scan something that comes from elsewhere.
    Scan(ScanName),
    /// Judge the model.
    Judge,
    /// End the run.
    FinishRun(RunEnd),
}

/// What does not follow from the plan.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many processor slots there are.
    pub slots: u32,
    /// What becomes of other steps when one fails.
    pub on_failure: OnFailure,
    /// The datasets that are checked first.
    pub validate: BTreeSet<DatasetName>,
    /// What is scanned before it is judged.
    pub scans: BTreeSet<ScanName>,
    /// What is asked of the finished model.
    pub gate: GateWish,
}

/// What becomes of other steps when one fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// Those that run end, no other is started.
    Stop,
    /// Those that do not need it are run.
    KeepGoing,
}

/// Whether the gate was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateWish {
    /// Research is free.
    Free,
    /// The run ends with a verdict.
    Judged,
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    phase: Phase,
    due: BTreeSet<Action>,
    /// The steps without an answer that were not asked for yet, in order.
    waiting: Vec<StepName>,
    needs: BTreeMap<StepName, BTreeSet<StepName>>,
    cpus: BTreeMap<StepName, u32>,
    slots: u32,
    on_failure: OnFailure,
    done: BTreeSet<StepName>,
    /// The steps that failed or were skipped, each with the failure behind it.
    broken: BTreeMap<StepName, StepName>,
    invalid: bool,
    evaluates: bool,
    evaluation_failed: bool,
    scans: BTreeSet<ScanName>,
    gate: GateWish,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    New,
    Data,
    Steps,
    Evaluation,
    Gate,
    End,
    Over,
}

impl Schedule {
    /// Makes the schedule of a run that has not started.
    pub fn new(plan: &Plan, options: Options) -> Self {
        let slots = options.slots.max(1);
        let steps = || plan.steps.iter();
        // A step that wants more than there is runs alone, rather than never.
        let cpus = steps().map(|p| (p.step.name.clone(), p.step.cpus.clamp(1, slots)));
        Self {
            phase: Phase::New,
            due: options.validate.into_iter().map(Action::Validate).collect(),
            waiting: steps().map(|planned| planned.step.name.clone()).collect(),
            needs: steps().map(|p| (p.step.name.clone(), p.needs.clone())).collect(),
            cpus: cpus.collect(),
            slots,
            on_failure: options.on_failure,
            done: BTreeSet::new(),
            broken: BTreeMap::new(),
            invalid: false,
            evaluates: plan.evaluation.is_some(),
            evaluation_failed: false,
            scans: options.scans,
            gate: options.gate,
        }
    }

    /// Returns what was asked for and not answered.
    pub fn due(&self) -> impl Iterator<Item = &Action> {
        self.due.iter().filter(|_| self.phase != Phase::New)
    }

    /// Tells whether the run has ended.
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// Returns the steps that succeeded or were cached.
    pub fn done(&self) -> &BTreeSet<StepName> {
        &self.done
    }
}

/// Takes in what happened and returns what is to be done next.
pub fn apply(state: &mut Schedule, event: &RunEvent) -> Vec<Action> {
    match event {
        RunEvent::RunStarted(_) => {
            if state.phase == Phase::New {
                state.phase = Phase::Data;
                let checks: Vec<Action> = state.due.iter().cloned().collect();
                return if checks.is_empty() { advance(state) } else { checks };
            }
        }
        // A start changes nothing: only its end answers.
        RunEvent::RunResumed {} | RunEvent::StepStarted { .. } => return Vec::new(),
        RunEvent::DataValidated { dataset, errors, .. } => {
            state.due.remove(&Action::Validate(dataset.clone()));
            state.invalid |= *errors > 0;
        }
        RunEvent::StepSucceeded { step, .. } | RunEvent::StepCached { step, .. } => {
            answer(state, step);
            state.done.insert(step.clone());
        }
        RunEvent::StepFailed { step, .. } => {
            answer(state, step);
            state.broken.insert(step.clone(), step.clone());
        }
        RunEvent::StepSkipped { step, because } => {
            answer(state, step);
            let skip = Action::SkipStep { step: step.clone(), because: because.clone() };
            state.due.remove(&skip);
            state.broken.insert(step.clone(), because.clone());
        }
        RunEvent::Evaluated { .. } | RunEvent::EvaluationFailed { .. } => {
            state.due.remove(&Action::Evaluate);
            state.evaluation_failed = matches!(event, RunEvent::EvaluationFailed { .. });
        }
        RunEvent::Scanned { scan, .. } => _ = state.due.remove(&Action::Scan(*scan)),
        RunEvent::Judged { .. } => _ = state.due.remove(&Action::Judge),
        RunEvent::RunFinished { .. } => {
            state.phase = Phase::Over;
            state.due.clear();
            state.waiting.clear();
            return Vec::new();
        }
    }
    advance(state)
}

fn answer(state: &mut Schedule, step: &StepName) {
    state.due.remove(&Action::StartStep(step.clone()));
    state.waiting.retain(|waiting| waiting != step);
}

/// Goes through the phases as far as nothing is left to be waited for.
fn advance(state: &mut Schedule) -> Vec<Action> {
    let mut actions = Vec::new();
    if state.phase == Phase::Data && state.due.is_empty() {
        state.phase = if state.invalid { Phase::End } else { Phase::Steps };
    }
    if state.phase == Phase::Steps {
        actions.extend(skips(state));
        actions.extend(starts(state));
        if actions.is_empty() && state.due.is_empty() {
            let goes_on = state.broken.is_empty();
            state.phase = if goes_on { Phase::Evaluation } else { Phase::End };
            if goes_on && state.evaluates {
                actions.push(Action::Evaluate);
            }
            // They need what the steps made and nothing that is measured.
            if goes_on && state.gate == GateWish::Judged {
                actions.extend(std::mem::take(&mut state.scans).into_iter().map(Action::Scan));
            }
        }
    }
    if state.phase == Phase::Evaluation && actions.is_empty() && state.due.is_empty() {
        state.phase = Phase::Gate;
        if state.gate == GateWish::Judged {
            actions.push(Action::Judge);
        }
    }
    if state.phase == Phase::Gate && actions.is_empty() && state.due.is_empty() {
        state.phase = Phase::End;
    }
    if state.phase == Phase::End && actions.is_empty() && state.due.is_empty() {
        actions.push(Action::FinishRun(end(state)));
    }
    state.due.extend(actions.iter().cloned());
    actions
}

fn end(state: &Schedule) -> RunEnd {
    if state.invalid {
        RunEnd::InvalidData
    } else if state.evaluation_failed || !state.broken.is_empty() {
        RunEnd::Failed
    } else {
        RunEnd::Completed
    }
}

/// Takes out what needs a step that failed or was skipped.
fn skips(state: &mut Schedule) -> Vec<Action> {
    if state.broken.is_empty() {
        return Vec::new();
    }
    let mut skipped: BTreeMap<StepName, StepName> = BTreeMap::new();
    let mut actions = Vec::new();
    // In order, so that what needs a skipped step comes after it.
    state.waiting.retain(|step| {
        let behind = |need: &StepName| state.broken.get(need).or(skipped.get(need)).cloned();
        let Some(because) = state.needs.get(step).into_iter().flatten().find_map(behind) else {
            return true;
        };
        skipped.insert(step.clone(), because.clone());
        actions.push(Action::SkipStep { step: step.clone(), because });
        false
    });
    actions
}

/// Takes out what can be started: whatever is ready and fits into the free slots, in order.
fn starts(state: &mut Schedule) -> Vec<Action> {
    if state.on_failure == OnFailure::Stop && !state.broken.is_empty() {
        return Vec::new();
    }
    let cpus = |step: &StepName| state.cpus.get(step).copied().unwrap_or(1);
    let taken = state.due.iter().map(|action| match action {
        Action::StartStep(step) => cpus(step),
        _ => 0,
    });
    let mut free = state.slots.saturating_sub(taken.sum());
    let mut actions = Vec::new();
    state.waiting.retain(|step| {
        if free == 0 {
            return true;
        }
        let ready = state.needs.get(step).is_none_or(|needs| needs.is_subset(&state.done));
        if !ready || cpus(step) > free {
            return true;
        }
        free -= cpus(step);
        actions.push(Action::StartStep(step.clone()));
        false
    });
    actions
}
