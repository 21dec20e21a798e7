//! What differs between two models, by name.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use plimsoll_core::evidence::{Measured, Metric};
use plimsoll_core::project::Python;
use plimsoll_core::signature::Signature;
use plimsoll_scan::inventory::{self, Input, Reading, Told};
use serde::Serialize;

use super::target::Side;

/// Something that is not the same on both sides; absent where it is not there.
#[derive(Serialize)]
pub(super) struct Change {
    pub name: String,
    pub champion: Option<String>,
    pub candidate: Option<String>,
}

/// A metric on the whole test set of each side.
#[derive(Serialize)]
pub(super) struct MetricPair {
    pub metric: Metric,
    pub champion: Option<Measured>,
    pub candidate: Option<Measured>,
}

type Named = BTreeMap<String, String>;

/// Returns what differs; all of `candidate` where there is no champion.
fn changes(mut champion: Named, mut candidate: Named) -> Vec<Change> {
    let names: BTreeSet<String> = champion.keys().chain(candidate.keys()).cloned().collect();
    let both = names.into_iter().map(|name| {
        let (champion, candidate) = (champion.remove(&name), candidate.remove(&name));
        Change { name, champion, candidate }
    });
    both.filter(|change| change.champion != change.candidate).collect()
}

/// Returns the metrics of both in the order of the candidate's report.
pub(super) fn metrics(champion: Option<&Side>, candidate: &Side) -> Vec<MetricPair> {
    let of = |side: &Side, metric| {
        let metrics = &side.evaluation.overall.metrics;
        metrics.iter().find(|measured| measured.metric == metric).cloned()
    };
    let sides = [Some(candidate), champion].into_iter().flatten();
    let mut order: Vec<Metric> = Vec::new();
    for measured in sides.flat_map(|side| &side.evaluation.overall.metrics) {
        if !order.contains(&measured.metric) {
            order.push(measured.metric);
        }
    }
    let pair = |metric| MetricPair {
        metric,
        champion: champion.and_then(|side| of(side, metric)),
        candidate: of(candidate, metric),
    };
    order.into_iter().map(pair).collect()
}

/// Returns the datasets with other content.
pub(super) fn data(champion: Option<&Side>, candidate: &Side) -> Vec<Change> {
    let of = |side: &Side| -> Named {
        let mut all: Named = side
            .record
            .start
            .data
            .iter()
            .map(|(name, pin)| (name.to_string(), pin.digest.to_string()))
            .collect();
        all.insert("test set".to_owned(), side.evaluation.on.to_string());
        all
    };
    changes(champion.map(of).unwrap_or_default(), of(candidate))
}

/// Returns what callers see: inputs, outputs, columns with their places, classes, context.
pub(super) fn signature(champion: Option<&Side>, candidate: &Side) -> Vec<Change> {
    let of = |side: &Side| interface(&side.signature);
    changes(champion.map(of).unwrap_or_default(), of(candidate))
}

fn interface(signature: &Signature) -> Named {
    let mut all = Named::new();
    for (end, fields) in [("input", &signature.inputs), ("output", &signature.outputs)] {
        for field in fields {
            all.insert(format!("{end} `{}`", field.name), field.kind.to_string());
        }
    }
    for (input, columns) in &signature.columns {
        for (place, column) in columns.iter().enumerate() {
            let name = format!("column `{}` of `{input}`", column.name);
            all.insert(name, format!("{}, place {}", column.kind, place + 1));
        }
    }
    if !signature.classes.is_empty() {
        let classes: Vec<String> = signature.classes.iter().map(ToString::to_string).collect();
        all.insert("classes".to_owned(), classes.join(", "));
    }
    for column in signature.recorded.iter().flat_map(|recorded| &recorded.context) {
        all.insert(format!("context `{}`", column.name), column.kind.clone());
    }
    all
}

/// Returns the packages, interpreter and platform that differ, or why they cannot be told.
pub(super) fn dependencies(
    champion: Option<&Side>,
    candidate: &Side,
) -> Result<Vec<Change>, String> {
    let champion = match champion {
        Some(side) => packages(side).map_err(|why| format!("those of the champion: {why}"))?,
        None => Named::new(),
    };
    Ok(changes(champion, packages(candidate)?))
}

/// Returns the packages of the environment: of the lock file, or as they were found.
fn packages(side: &Side) -> Result<Named, String> {
    let environment = &side.record.start.environment;
    let mut all: Named = environment.packages.clone().into_iter().collect();
    if let Some(Python::Lock(path)) = &side.record.start.project.python {
        let lock = side.environment.as_ref().map_err(Clone::clone)?;
        let mut none = |_: &str| Err(std::io::Error::other("a lock names no other files"));
        let how = Reading { told: Some(Told::Requirements), include: &mut none, platform: None };
        let read = inventory::read(path.as_str(), Input::File(&mut Cursor::new(lock)), how);
        let read = read.map_err(|error| error.to_string())?;
        let version = |version: Option<String>| version.unwrap_or_else(|| "any".to_owned());
        all.extend(read.packages.into_iter().map(|it| (it.name, version(it.version))));
    }
    all.insert("interpreter".to_owned(), environment.interpreter.clone());
    all.insert("platform".to_owned(), environment.platform.clone());
    all.retain(|_, version| !version.is_empty());
    Ok(all)
}
