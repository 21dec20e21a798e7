//! Which datasets a model was made of and measured on, as its run recorded it.

use std::collections::BTreeSet;

use plimsoll_core::project::Input;
use plimsoll_core::record::RunRecord;
use plimsoll_core::{DatasetName, RepoPath};
use plimsoll_scan::bom::{Dataset, Stated, Use};

/// Returns the datasets of a run, each with what it was used for.
pub(super) fn datasets(record: &RunRecord) -> Vec<Dataset> {
    let start = &record.start;
    let evaluate = start.project.evaluate.as_ref();
    let trained =
        evaluate.map(|evaluate| behind(evaluate.predictor.path(), record)).unwrap_or_default();
    // A retraining is judged on withheld rows, which take the place of the declared ones.
    let on = evaluate.filter(|_| start.retraining.is_none()).map(|evaluate| &evaluate.on);
    let measured = on.map(|on| behind(on, record)).unwrap_or_default();
    let mut datasets = Vec::new();
    for (name, pin) in &start.data {
        let declared = start.project.data.get(name);
        let mut uses = BTreeSet::new();
        if trained.contains(name) {
            uses.insert(Use::Training);
        }
        if measured.contains(name) {
            uses.insert(Use::Evaluation);
        }
        datasets.push(Dataset {
            name: name.to_string(),
            digest: pin.digest,
            bytes: pin.bytes,
            license: Stated::declared(declared.and_then(|it| it.license.as_deref())),
            source: pin.source.clone(),
            personal: declared.and_then(|it| it.personal_data),
            uses,
        });
    }
    datasets.extend(start.retraining.as_ref().map(|retraining| {
        let withheld = &retraining.withheld;
        Dataset {
            // No dataset is called so: their names have no blanks.
            name: "withheld predictions".to_owned(),
            digest: withheld.digest,
            bytes: withheld.bytes,
            license: Stated::Unknown,
            source: Some(format!("labelled predictions, {} to {}", withheld.from, withheld.to)),
            personal: None,
            uses: [Use::Evaluation].into(),
        }
    }));
    datasets
}

/// Returns the datasets that were read on the way to `path`: by the step that wrote it, by those that
/// wrote what that one read, and so on.
fn behind(path: &RepoPath, record: &RunRecord) -> BTreeSet<DatasetName> {
    let project = &record.start.project;
    let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut open = vec![path.clone()];
    while let Some(path) = open.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let touches = |other: &RepoPath| path.is_within(other) || other.is_within(&path);
        let read = project.data.iter().filter(|(_, dataset)| touches(&dataset.path));
        found.extend(read.map(|(name, _)| name.clone()));
        for step in project.steps.iter().filter(|step| step.written().any(&touches)) {
            let ran = record.step(&step.name).and_then(|step| step.parts.as_ref());
            match ran {
                Some(parts) => open.extend(parts.inputs.keys().cloned()),
                // It was not looked at in this run, so that only what is declared tells.
                None => open.extend(step.inputs.iter().filter_map(|input| match input {
                    Input::Dataset(name) => project.data.get(name).map(|it| it.path.clone()),
                    Input::Path(path) => Some(path.clone()),
                })),
            }
        }
    }
    found
}
