//! Labelled predictions: the rows that steps train on, and those that are only judged on.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::event::OutputKind;
use plimsoll_core::project::{Evaluate, Predictor, Project};
use plimsoll_core::{DatasetName, RepoPath, StepName};

use super::champion::ChampionRun;
use super::lookup::Lookup;
use super::{LiveTable, RunError, RunRequest};
use crate::plan::{Plan, PlannedStep, Source};
use crate::tree::Hashed;

/// Returns the rows of the datasets of `plan` that are declared `from: captures`.
pub(super) fn tables(
    request: &RunRequest,
    plan: &Plan,
) -> Result<BTreeMap<DatasetName, LiveTable>, RunError> {
    let mut tables = BTreeMap::new();
    for (name, dataset) in &request.project.data {
        if dataset.live.is_some() && plan.datasets.contains(name) {
            let table = request.live.get(name);
            let table = table.ok_or_else(|| RunError::NoTable { dataset: name.clone() })?;
            tables.insert(name.clone(), *table);
        }
    }
    Ok(tables)
}

/// Returns where steps find `tables`.
pub(super) fn files(
    project: &Project,
    tables: &BTreeMap<DatasetName, LiveTable>,
) -> BTreeMap<RepoPath, Hashed> {
    let file =
        |LiveTable { digest, bytes }| Hashed { digest, bytes, kind: OutputKind::File, tree: None };
    let tables = tables.iter().filter_map(|(name, table)| Some((project.data.get(name)?, *table)));
    tables.map(|(dataset, table)| (dataset.path.clone(), file(table))).collect()
}

/// Refuses rows that are not in the store, before anything is done that would be in vain.
pub(super) async fn refuse_absent(
    request: &RunRequest,
    tables: &BTreeMap<DatasetName, LiveTable>,
    lookup: &mut Lookup,
) -> Result<(), RunError> {
    let of_datasets =
        tables.iter().map(|(name, table)| (format!("the rows of dataset `{name}`"), table.digest));
    let withheld = request.retraining.iter().map(|retraining| &retraining.withheld);
    let withheld = withheld.map(|withheld| ("the withheld rows".to_owned(), withheld.digest));
    for (what, digest) in of_datasets.chain(withheld) {
        if !lookup.contains(&digest).await? {
            return Err(RunError::NotStored { what, digest });
        }
    }
    Ok(())
}

/// Refuses a retraining whose withheld rows nothing could be measured on.
pub(super) fn refuse_unjudgeable(
    request: &RunRequest,
    champion: Option<&ChampionRun>,
) -> Result<(), RunError> {
    if request.retraining.is_none() {
        return Ok(());
    }
    let problem = match &request.project.evaluate {
        None => "no `evaluate:` says how to".to_owned(),
        Some(Evaluate { predictor: Predictor::Predictions(path), .. }) => {
            format!("`{path}` holds predictions of other rows, and no model is named")
        }
        Some(_) => {
            let given = champion.map(|champion| (champion.run, &champion.evaluate.predictor));
            let Some((run, Predictor::Predictions(path))) = given else { return Ok(()) };
            let problem = format!("of withheld rows, `{path}` holds no predictions");
            return Err(RunError::Champion { run, problem });
        }
    };
    Err(RunError::Unjudgeable { problem })
}

/// Returns the steps that see the whole file of parameters without naming any, if a retraining has
/// others than that file: they are given all, so that none is trained with what was replaced.
pub(super) fn given_all(
    request: &RunRequest,
    plan: &Plan,
    code: &BTreeMap<RepoPath, Hashed>,
) -> BTreeSet<StepName> {
    let differs = request.retraining.as_ref().is_some_and(|retraining| !retraining.set.is_empty());
    let Some(file) = request.project.params.as_ref().filter(|_| differs) else {
        return BTreeSet::new();
    };
    let sees = |planned: &&PlannedStep| {
        let mut reads = planned.reads.iter();
        code.contains_key(file)
            || reads.any(|read| {
                let of_tree = matches!(read.from, Source::Tree | Source::Mixed { .. });
                of_tree && file.is_within(&read.path)
            })
    };
    let nameless = plan.steps.iter().filter(|planned| planned.step.params.is_empty());
    nameless.filter(sees).map(|planned| planned.step.name.clone()).collect()
}
