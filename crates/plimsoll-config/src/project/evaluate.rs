//! How the model is evaluated.

use std::collections::BTreeMap;

use plimsoll_core::DatasetName;
use plimsoll_core::checks::Checks;
use plimsoll_core::evidence::Metric;
use plimsoll_core::project::{
    Condition, Costs, Dataset, Evaluate, Features, Predictor, Slice, Task,
};

use super::files::Written;
use super::steps::live_at;
use super::{Draft, Named, text};
use crate::node::{Entry, Kind, Node};
use crate::table::in_order;
use crate::{model_checks, params};

impl Draft<'_, '_, '_> {
    pub(super) fn evaluate(
        &mut self,
        task: Option<Task>,
        data: &BTreeMap<DatasetName, Dataset>,
        written: &Written,
    ) -> Option<Evaluate> {
        let entry = self.root.entry("evaluate")?;
        let node = &entry.value;
        let files = data.values().filter(|dataset| dataset.live.is_none());
        let known: Vec<String> = files.map(|dataset| dataset.path.to_string()).collect();
        let file = |draft: &mut Self, key: &str, what: &str| -> Option<Named> {
            let named = draft.path(node.get(key))?;
            let dataset = named.path.as_str().strip_prefix("data.");
            let dataset = dataset.and_then(|name| data.iter().find(|(of, _)| of.as_str() == name));
            if let Some((name, dataset)) = dataset.or_else(|| live_at(data, &named.path)) {
                let (message, help) = if dataset.live.is_some() {
                    let message = format!("`{}` is no file of the repository", named.path);
                    let help = format!(
                        "`data.{name}` has rows only while the model is trained again: name an output of a step"
                    );
                    (message, help)
                } else {
                    let message = format!("`data.{name}` is a dataset (expected a path)");
                    (message, format!("write `{}`", dataset.path))
                };
                draft.report.advise(named.place, message, help);
            } else {
                draft.must_come_from_somewhere(&named, what, written, &known);
            }
            Some(named)
        };
        let model = file(self, "model", "the model");
        let predictions = file(self, "predictions", "the file of predictions");
        let on = file(self, "on", "the test set");
        let train = file(self, "train", "the training data").map(|named| named.path);
        let recorded = file(self, "recorded", "the answers of training").map(|named| named.path);
        let predictor = model
            .map(|named| Predictor::Model(named.path))
            .or(predictions.map(|named| Predictor::Predictions(named.path)));
        let features = self.features(node);
        self.positive_fits(node, task);
        let positive = node.get("positive").and_then(|node| params::value(node, self.report));
        let evaluate = predictor.zip(on).zip(text(node, "target"));
        let slices = self.slices(node);
        let Some(((predictor, on), target)) = evaluate else {
            self.report.not_understood(entry.place, "the evaluation");
            return None;
        };
        let block = text(node, "block");
        let ledger = self.deserialized(node.get("ledger")).unwrap_or_default();
        Some(Evaluate {
            predictor,
            features,
            on: on.path,
            target,
            positive,
            block,
            slices,
            train,
            recorded,
            metrics: self.metrics(node, task),
            costs: self.costs(node, task),
            ledger,
            checks: self.checks(node),
        })
    }

    /// Reads the metrics that are measured besides the usual ones.
    fn metrics(&mut self, evaluate: &Node, task: Option<Task>) -> Vec<Metric> {
        let mut metrics = Vec::new();
        for node in evaluate.get("metrics").map(Node::items).unwrap_or_default() {
            metrics.extend(self.metric_of(node, task));
        }
        metrics
    }

    /// Reads what answers cost.
    fn costs(&mut self, evaluate: &Node, task: Option<Task>) -> Option<Costs> {
        let entry = evaluate.entry("costs")?;
        let number = |key: &str| entry.value.get(key).and_then(Node::number);
        let classes = entry.value.get("classes");
        let help = match (task?, classes) {
            (Task::Regression, _) => {
                let message =
                    "`costs` has no meaning for a regression task, whose answers are no classes";
                self.report.advise(entry.place, message, "remove it");
                return None;
            }
            (Task::Binary, None) => {
                if let Some((false_positive, false_negative)) =
                    number("false-positive").zip(number("false-negative"))
                {
                    return Some(Costs::Binary {
                        false_positive,
                        false_negative,
                        true_positive: number("true-positive").unwrap_or_default(),
                        true_negative: number("true-negative").unwrap_or_default(),
                    });
                }
                "write `costs: { false-positive: 5, false-negative: 100 }`"
            }
            (Task::Multiclass, Some(classes)) if entry.value.entries().len() == 1 => {
                let of = |entry: &Entry| {
                    let costs = entry.value.entries().iter();
                    let costs = costs.filter_map(|it| Some((it.key.clone(), it.value.number()?)));
                    (entry.key.clone(), costs.collect())
                };
                return Some(Costs::Classes(classes.entries().iter().map(of).collect()));
            }
            (Task::Binary, Some(_)) => {
                "of two classes write `costs: { false-positive: 5, false-negative: 100 }`"
            }
            (Task::Multiclass, _) => {
                "of several classes write `costs: { classes: { TRUTH: { ANSWER: 5 } } }`"
            }
        };
        self.report.advise(entry.place, "`costs` does not say what each wrong answer costs", help);
        None
    }

    fn checks(&mut self, evaluate: &Node) -> Option<Checks> {
        let entry = evaluate.entry("checks")?;
        let checks = model_checks::settings(&entry.value, self.report);
        if checks.is_none() {
            self.report.not_understood(entry.place, "what checks are set to");
        }
        checks
    }

    fn features(&mut self, evaluate: &Node) -> Features {
        let Some(entry) = evaluate.entry("features") else { return Features::Inputs };
        if let Some(predictions) = evaluate.entry("predictions") {
            let message = "`features` has no meaning beside `predictions`, which are made already";
            let help = format!("remove it, or name a `model` on line {}", predictions.place.line);
            self.report.advise(entry.place, message, help);
        }
        let target = evaluate.get("target").and_then(Node::text);
        let mut columns = Vec::new();
        for node in entry.value.get("input").map(Node::items).unwrap_or_default() {
            let Some(column) = node.text() else { continue };
            if Some(column) == target {
                let message = format!("`{column}` is the target and cannot be a feature");
                self.report.advise(node.place, message, "a model must not be given the answer");
            }
            columns.push(column.to_owned());
        }
        Features::Tensor(columns)
    }

    fn positive_fits(&mut self, evaluate: &Node, task: Option<Task>) {
        match (task, evaluate.entry("positive")) {
            (Some(Task::Binary), None) => {
                let Some(target) = evaluate.entry("target") else { return };
                let message = "key `positive` is missing, which a binary task needs";
                let help = "say which value of the target counts as positive, such as `positive: 1`: \
                            F1 and AUC depend on it";
                self.report.advise(target.place, message, help);
            }
            (Some(task @ (Task::Regression | Task::Multiclass)), Some(entry)) => {
                let message = format!("`positive` has no meaning for a {task} task");
                let help = "remove it, or write `task: binary`";
                self.report.advise(entry.place, message, help);
            }
            (Some(Task::Binary), Some(_)) | (Some(_), None) | (None, _) => {}
        }
    }

    fn slices(&mut self, evaluate: &Node) -> BTreeMap<plimsoll_core::SliceName, Slice> {
        let mut slices = BTreeMap::new();
        for entry in evaluate.get("slices").map(Node::entries).unwrap_or_default() {
            let mut slice = Slice::new();
            for column in entry.value.entries() {
                in_order(&column.value, self.report, Node::number);
                match self.condition(&column.value) {
                    Some(condition) => _ = slice.insert(column.key.clone(), condition),
                    None => self.report.not_understood(column.place, "the condition"),
                }
            }
            if let Some(name) = self.name(entry) {
                slices.insert(name, slice);
            }
        }
        slices
    }

    fn condition(&mut self, node: &Node) -> Option<Condition> {
        match &node.kind {
            Kind::Sequence(items) => {
                let values: Vec<_> =
                    items.iter().map(|item| params::value(item, self.report)).collect();
                values.into_iter().collect::<Option<_>>().map(Condition::In)
            }
            Kind::Mapping(_) => {
                let end = |key| node.get(key).and_then(Node::number);
                let (min, max) = (end("min"), end("max"));
                (min.is_some() || max.is_some()).then_some(Condition::Range { min, max })
            }
            _ => None,
        }
    }
}
