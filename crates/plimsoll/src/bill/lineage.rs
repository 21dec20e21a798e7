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

#[cfg(test)]
mod tests {
    use plimsoll_core::event::{Recorded, RunEvent};
    use plimsoll_core::{Digest, RunId, Timestamp};
    use serde_json::{Value, json};

    use super::*;

    fn dataset(path: &str) -> Value {
        json!({"path": path, "schema": null, "license": "CC0-1.0", "source": null})
    }

    fn step(name: &str, inputs: Value, outputs: &[&str]) -> Value {
        json!({
            "name": name, "run": "true", "inputs": inputs, "params": [], "outputs": outputs,
            "metrics": null, "env": [], "timeout": null, "cpus": 1,
        })
    }

    /// A run that made its model of `a` by way of a folder, its test set of `a` and `b`, and read `c`.
    fn record(looked_at: bool, retraining: Option<Value>) -> RunRecord {
        let digest = Digest::blake3(b"x");
        let pin = json!({"digest": digest, "bytes": 7});
        let start = json!({
            "event": "run-started", "repository": "/r", "declared": digest, "params": {},
            "project": {
                "model": "m", "task": "regression", "owners": [], "license": null, "python": null,
                "registry": null, "seed": 0, "params": null, "code": [], "gate": [],
                "data": {"a": dataset("data/a.csv"), "b": dataset("data/b.csv"), "c": dataset("c.csv")},
                "steps": [
                    step("split", json!([{"dataset": "a"}]), &["build/parts", "build/on.csv"]),
                    step("join", json!([{"path": "build/on.csv"}, {"dataset": "b"}]), &["test.csv"]),
                    step("train", json!([{"path": "build/parts/train.csv"}]), &["model.onnx"]),
                    step("look", json!([{"dataset": "c"}, {"path": "model.onnx"}]), &["look.txt"]),
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
        datasets(record).into_iter().map(one).collect::<Vec<_>>().join("\n")
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
        let record = record(false, Some(retraining));
        insta::assert_snapshot!(shown(&record), @r"
        a: training
        b: neither
        c: neither
        withheld predictions: evaluation
        ");
        let withheld = datasets(&record).pop().unwrap();
        assert_eq!(
            withheld.source.as_deref(),
            Some("labelled predictions, 2026-01-01 to 2026-01-14")
        );
    }
}
