//! The metadata of a card, which hubs read: what it is, what it was made from, what was measured.

use plimsoll_core::evidence::{Measured, Part};
use plimsoll_core::project::{DatasetKind, Task};
use serde_json::{Map, Value, json};

use super::{Facts, printable};

/// Where the addresses of a hub's models begin.
const HUB: &str = "https://huggingface.co/";

/// Where the addresses of its datasets begin.
const HUB_DATASETS: &str = "https://huggingface.co/datasets/";

/// Returns the keys in their order.
pub(super) fn matter(facts: &Facts<'_>) -> Vec<(&'static str, Value)> {
    let project = &facts.start.project;
    let pipeline = pipeline(project.task);
    let mut all = Vec::new();
    if let Some(license) = &project.license {
        // The hub names licences in lower case; an expression has no name there.
        let name = printable(license).to_lowercase();
        if name.contains(' ') {
            all.push(("license", json!("other")));
            all.push(("license_name", json!(name)));
        } else {
            all.push(("license", json!(name)));
        }
    }
    let base_models = named(facts, DatasetKind::BaseModel, HUB);
    if !base_models.is_empty() {
        all.push(("base_model", json!(base_models)));
    }
    let datasets = named(facts, DatasetKind::Data, HUB_DATASETS);
    if !datasets.is_empty() {
        all.push(("datasets", json!(datasets)));
    }
    all.push(("library_name", json!("onnx")));
    all.push(("pipeline_tag", json!(pipeline)));
    all.push(("tags", json!(["onnx", "tabular", pipeline, "plimsoll"])));
    let results = results(facts, pipeline, &datasets);
    all.push(("model-index", json!([{"name": project.model, "results": results}])));
    all
}

fn pipeline(task: Task) -> &'static str {
    match task {
        Task::Regression => "tabular-regression",
        Task::Binary | Task::Multiclass => "tabular-classification",
    }
}

/// Returns what the files of a kind are called: on the hub where they lie there, else in
/// `plimsoll.yaml`.
fn named(facts: &Facts<'_>, kind: DatasetKind, hub: &str) -> Vec<String> {
    let name = |name| {
        let declared = facts.start.project.data.get(name);
        if declared.map_or(DatasetKind::Data, |dataset| dataset.kind) != kind {
            return None;
        }
        let source = declared.and_then(|dataset| dataset.source.as_deref());
        let on_hub = source.and_then(|source| source.strip_prefix(hub));
        let id = on_hub.map(|id| printable(id.trim_end_matches('/')));
        Some(id.unwrap_or_else(|| format!("{name}")))
    };
    facts.start.data.keys().filter_map(name).collect()
}

/// Returns what was measured: of the whole test set, and of each slice as a configuration of it.
fn results(facts: &Facts<'_>, pipeline: &str, datasets: &[String]) -> Vec<Value> {
    let evaluation = facts.evaluation;
    let kind = if datasets.is_empty() { "undeclared".to_owned() } else { datasets.join(",") };
    let words = if datasets.is_empty() { "undeclared".to_owned() } else { datasets.join(", ") };
    let slices = evaluation.slices.iter().map(|(name, part)| (Some(name.as_str()), part));
    let parts = std::iter::once((None, &evaluation.overall)).chain(slices);
    let result = |(slice, part): (Option<&str>, &Part)| {
        let metrics: Vec<Value> = part.metrics.iter().filter_map(|it| metric(it, part)).collect();
        if metrics.is_empty() {
            return None;
        }
        let mut dataset = Map::new();
        dataset.insert("type".to_owned(), kind.clone().into());
        dataset.insert("name".to_owned(), format!("test set of {words}").into());
        if let Some(slice) = slice {
            dataset.insert("config".to_owned(), slice.into());
        }
        dataset.insert("split".to_owned(), "test".into());
        dataset.insert("revision".to_owned(), evaluation.on.to_string().into());
        Some(json!({"task": {"type": pipeline}, "dataset": dataset, "metrics": metrics}))
    };
    parts.filter_map(result).collect()
}

/// Returns a measured value with its interval; `None` where there is no value.
fn metric(measured: &Measured, part: &Part) -> Option<Value> {
    let mut args = Map::new();
    args.insert("rows".to_owned(), part.rows.into());
    if let Some(interval) = &measured.interval {
        args.insert("confidence_level".to_owned(), json!(interval.level));
        args.insert("confidence_interval".to_owned(), json!([interval.low, interval.high]));
        args.insert("method".to_owned(), interval.method.clone().into());
        if let Some(why) = &interval.approximate {
            args.insert("approximate".to_owned(), printable(why).into());
        }
    }
    Some(json!({
        "type": measured.metric, "name": measured.metric.label(), "value": measured.value?, "args": args,
    }))
}
