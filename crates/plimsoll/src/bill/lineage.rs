//! Which datasets a model was made of and measured on, as its run recorded it.

use std::collections::BTreeSet;

use plimsoll_core::event::DatasetPin;
use plimsoll_core::project::{self, DatasetKind, Input};
use plimsoll_core::record::RunRecord;
use plimsoll_core::{DatasetName, RepoPath};
use plimsoll_scan::bom::{BaseModel, Dataset, Stated, Use};

use super::judged::{Judged, OWN};

/// Returns the datasets of a run, each with what it was used for, and the models that it was made from.
pub(super) fn datasets(record: &RunRecord, judged: &Judged) -> (Vec<Dataset>, Vec<BaseModel>) {
    let start = &record.start;
    let evaluate = start.project.evaluate.as_ref();
    let trained =
        evaluate.map(|evaluate| behind(evaluate.predictor.path(), record)).unwrap_or_default();
    // A retraining is judged on withheld rows, which take the place of the declared ones.
    let on = evaluate.filter(|_| start.retraining.is_none()).map(|evaluate| &evaluate.on);
    let measured = on.map(|on| behind(on, record)).unwrap_or_default();
    let (mut datasets, mut base_models) = (Vec::new(), Vec::new());
    for (name, pin) in &start.data {
        let declared = start.project.data.get(name);
        let license = license(name, pin, declared, judged);
        if declared.is_some_and(|it| it.kind == DatasetKind::BaseModel) {
            let (name, source) = (name.to_string(), pin.source.clone());
            let digest = Some(pin.digest);
            base_models.push(BaseModel { name, version: None, source, digest, license });
            continue;
        }
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
            license,
            source: pin.source.clone().or_else(|| is_own(declared).then(|| OWN.to_owned())),
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
    (datasets, base_models)
}

fn is_own(declared: Option<&project::Dataset>) -> bool {
    declared.is_some_and(|it| it.license.as_deref() == Some(OWN))
}

/// Returns the license of a dataset: as it is declared, or as a scan read it in its card.
fn license(
    name: &DatasetName,
    pin: &DatasetPin,
    declared: Option<&project::Dataset>,
    judged: &Judged,
) -> Stated {
    let Some(declared) = declared.filter(|_| !is_own(declared)) else { return Stated::Unknown };
    let kind = match declared.kind {
        DatasetKind::Data => "dataset",
        DatasetKind::BaseModel => "base-model",
    };
    let of_card = declared.card.as_ref();
    let of_card = of_card.and_then(|_| judged.of_data(kind, name.as_str(), &pin.digest));
    of_card.cloned().unwrap_or_else(|| Stated::declared(declared.license.as_deref()))
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

#[cfg(test)]
mod tests {
    use plimsoll_core::event::{Recorded, RunEvent};
    use plimsoll_core::{Digest, RunId, Timestamp};
    use serde_json::{Value, json};

    use super::*;

    fn dataset(path: &str) -> Value {
        json!({"path": path, "schema": null, "license": "CC0-1.0", "source": null})
    }

    fn step(name: &str, inputs: &Value, outputs: &[&str]) -> Value {
        json!({
            "name": name, "run": "true", "inputs": inputs, "params": [], "outputs": outputs,
            "metrics": null, "env": [], "timeout": null, "cpus": 1,
        })
    }

    /// A run that made its model of `a` by way of a folder, its test set of `a` and `b`, and read `c`.
    fn record(looked_at: bool, retraining: Option<&Value>) -> RunRecord {
        let digest = Digest::blake3(b"x");
        let pin = json!({"digest": digest, "bytes": 7});
        let start = json!({
            "event": "run-started", "repository": "/r", "declared": digest, "params": {},
            "project": {
                "model": "m", "task": "regression", "owners": [], "license": null, "python": null,
                "registry": null, "seed": 0, "params": null, "code": [], "gate": [],
                "data": {"a": dataset("data/a.csv"), "b": dataset("data/b.csv"), "c": dataset("c.csv")},
                "steps": [
                    step("split", &json!([{"dataset": "a"}]), &["build/parts", "build/on.csv"]),
                    step("join", &json!([{"path": "build/on.csv"}, {"dataset": "b"}]), &["test.csv"]),
                    step("train", &json!([{"path": "build/parts/train.csv"}]), &["model.onnx"]),
                    step("look", &json!([{"dataset": "c"}, {"path": "model.onnx"}]), &["look.txt"]),
                ],
                "evaluate": {
                    "predictor": {"model": "model.onnx"}, "features": "inputs", "on": "test.csv",
                    "target": "y", "positive": null, "block": null, "slices": {},
                },
            },
            "data": {"a": pin, "b": pin, "c": pin}, "code": {},
            "environment": {"python": "none", "interpreter": "", "platform": "linux-x86_64"},
            "steps": ["split", "join", "train", "look"], "gated": true, "plan": digest,
            "retraining": retraining,
        });
        let mut events = vec![start];
        if looked_at {
            // What it read is what counts, whatever is declared now.
            let parts = json!({
                "format": 1, "command": "true", "code": digest, "inputs": {"data/b.csv": digest},
                "outputs": ["model.onnx"], "params": {}, "environment": digest, "env": {}, "seed": 0,
            });
            events.push(
                json!({"event": "step-started", "step": "train", "attempt": 1, "parts": parts}),
            );
        }
        let events: Vec<Recorded> = (1..)
            .zip(events)
            .map(|(sequence, event)| {
                let what: RunEvent = serde_json::from_value(event).unwrap();
                Recorded { sequence, at: Timestamp::default(), what }
            })
            .collect();
        RunRecord::of(RunId::from_bytes([1; 16]), &events).unwrap()
    }

    fn shown(record: &RunRecord) -> String {
        let one = |dataset: Dataset| {
            let uses: Vec<&str> = dataset.uses.iter().map(|it| it.as_str()).collect();
            let uses = if uses.is_empty() { "neither".to_owned() } else { uses.join(" ") };
            format!("{}: {uses}", dataset.name)
        };
        datasets(record, &Judged::default()).0.into_iter().map(one).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_dataset_is_what_it_was_used_for() {
        insta::assert_snapshot!(shown(&record(false, None)), @r"
        a: training evaluation
        b: evaluation
        c: neither
        ");
        insta::assert_snapshot!(shown(&record(true, None)), @r"
        a: evaluation
        b: training evaluation
        c: neither
        ");
    }

    #[test]
    fn a_retraining_is_measured_on_what_was_withheld() {
        let digest = Digest::blake3(b"x");
        let retraining = json!({
            "cause": {"evidence": digest, "summary": "worse"}, "parent": "m@1.0.0",
            "withheld": {
                "digest": digest, "bytes": 9, "rows": 4, "from": "2026-01-01", "to": "2026-01-14",
            },
        });
        let record = record(false, Some(&retraining));
        insta::assert_snapshot!(shown(&record), @r"
        a: training
        b: neither
        c: neither
        withheld predictions: evaluation
        ");
        let withheld = datasets(&record, &Judged::default()).0.pop().unwrap();
        assert_eq!(
            withheld.source.as_deref(),
            Some("labelled predictions, 2026-01-01 to 2026-01-14")
        );
    }

    #[test]
    fn a_base_model_is_none_of_the_data_and_own_data_have_no_license() {
        let mut record = record(false, None);
        let data = &mut record.start.project.data;
        let (a, b) = ("a".parse().unwrap(), "b".parse().unwrap());
        data.get_mut::<DatasetName>(&a).unwrap().kind = DatasetKind::BaseModel;
        data.get_mut::<DatasetName>(&b).unwrap().license = Some(OWN.to_owned());
        let (datasets, base_models) = datasets(&record, &Judged::default());
        assert_eq!(base_models.len(), 1);
        assert_eq!(base_models[0].license, Stated::declared(Some("CC0-1.0")));
        assert_eq!((&*datasets[0].name, datasets[0].source.as_deref()), ("b", Some("own")));
        assert_eq!(datasets[0].license, Stated::Unknown);
    }
}
