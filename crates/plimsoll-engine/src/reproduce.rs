//! A past run, done again: in a folder of its own, from what its lineage names, with nothing known.
//!
//! The run itself is [`crate::run::run`] over ports of its own, whose store begins empty: every step
//! runs, and no later run finds what this one made. Here is what comes before it: the [`Place`], the
//! [materials](fill), and the [request](request).

mod given;
mod materials;
mod place;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use plimsoll_core::event::{CommitState, Retraining, Withheld};
use plimsoll_core::gate::{Demand, Transition};
use plimsoll_core::lifecycle::Cause;
use plimsoll_core::project::{Ledger, Project};
use plimsoll_core::reproduction::Past;
use plimsoll_core::{DatasetName, Digest, RunId};
use serde_json::Value;

pub use given::conditions;
pub use materials::{Elsewhere, FillError, Missing, fill};
pub use place::{Place, PlaceError};

use crate::environment::Network;
use crate::run::{ChampionChoice, Force, LiveTable, Locking, RunRequest, Unfinished};
use crate::schedule::{GateWish, OnFailure};

/// What a past run is done again with.
#[derive(Clone, Debug)]
pub struct Again {
    /// A fresh id.
    pub id: RunId,
    /// What `plimsoll.yaml` declares at the commit.
    pub project: Project,
    /// The digest of `plimsoll.yaml`.
    pub declared: Digest,
    /// Every parameter at the commit by its dotted name.
    pub params: BTreeMap<String, Value>,
    /// The folder that the commit was written to.
    pub root: PathBuf,
    /// The home that the run has for itself.
    pub home: PathBuf,
    /// Every environment variable.
    pub variables: BTreeMap<String, String>,
    /// How many processor slots there are.
    pub jobs: NonZeroU32,
    /// Whether packages may be fetched.
    pub network: Network,
    /// The longest that a step may take, where that is shorter than what it declares.
    pub longest: Option<Duration>,
    /// How long a command may take to end after it was asked to.
    pub grace: Duration,
}

/// Returns the request of a run that does `past` again.
///
/// Nothing is judged: data are the same bytes, so their checks and the day's date have no say, and
/// there is no champion. What is measured is measured.
pub fn request(past: &Past, again: Again) -> RunRequest {
    let Again { id, project, declared, params, root, home, variables, jobs, network, .. } = again;
    let retraining = past.retraining.as_ref().map(|retraining| Retraining {
        cause: Cause { evidence: retraining.cause, summary: String::new() },
        parent: retraining.parent.clone(),
        set: past
            .params
            .iter()
            .filter(|(name, value)| params.get(*name) != Some(value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        withheld: Withheld {
            digest: retraining.withheld,
            bytes: retraining.bytes,
            rows: 0,
            from: retraining.from,
            to: retraining.to,
        },
    });
    let asked: Vec<String> = past.steps.iter().map(|step| step.name.to_string()).collect();
    let is_whole =
        project.steps.iter().all(|step| past.steps.iter().any(|it| it.name == step.name));
    RunRequest {
        id,
        live: live(past, &project),
        project: unjudged(project, again.longest),
        declared,
        params: past.params.clone(),
        root,
        home,
        variables,
        commit: Some(CommitState {
            hash: Some(past.commit.to_string()),
            branch: None,
            dirty: false,
        }),
        targets: if is_whole { Vec::new() } else { asked },
        force: Force::All,
        // What does not need a failed step says more about the rest.
        on_failure: OnFailure::KeepGoing,
        jobs,
        locking: Locking::Frozen,
        network,
        gate: GateWish::Free,
        at: Transition::default(),
        champion: ChampionChoice::Never,
        retraining,
        unfinished: Unfinished::Abandon,
        grace: again.grace,
    }
}

/// Returns the tables of labelled predictions that the run read.
fn live(past: &Past, project: &Project) -> BTreeMap<DatasetName, LiveTable> {
    let live = project.data.iter().filter(|(_, dataset)| dataset.live.is_some());
    let tables = live.filter_map(|(name, _)| {
        let pin = past.data.get(name)?;
        Some((name.clone(), LiveTable { digest: pin.digest, bytes: pin.bytes }))
    });
    tables.collect()
}

/// Returns the project without what judges, and with no step that may take longer than `longest`.
fn unjudged(mut project: Project, longest: Option<Duration>) -> Project {
    for dataset in project.data.values_mut() {
        dataset.schema = None;
        dataset.personal_data = None;
        dataset.references.clear();
        dataset.is_of_the_present = false;
    }
    // A limit says what is to be measured; the other rules ask for what costs time and has no number
    // to be compared.
    project.gate.retain(|rule| matches!(rule.demand, Demand::Limit { .. }));
    project.waivers.clear();
    if let Some(evaluate) = &mut project.evaluate {
        evaluate.checks = None;
        evaluate.ledger = Ledger::Off;
    }
    for step in &mut project.steps {
        step.timeout = match (step.timeout, longest) {
            (Some(own), Some(longest)) => Some(own.min(longest)),
            (own, longest) => own.or(longest),
        };
    }
    project
}
