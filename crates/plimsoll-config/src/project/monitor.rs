//! How the served model is watched. A limit that is not understood is a mistake, never a limit less.

use std::collections::BTreeSet;

use plimsoll_core::evidence::{Better, Metric};
use plimsoll_core::gate::Bound;
use plimsoll_core::project::{Limit, Monitor, Task, Watch};

use super::Draft;
use crate::nearest::advice;
use crate::node::Node;
use crate::schema::format;
use crate::table::in_order;

/// What the model's answers are called where a feature could be named.
const PREDICTIONS: &str = "predictions";

impl<'d> Draft<'d, '_, '_> {
    pub(super) fn monitor(&mut self, task: Option<Task>) -> Option<Monitor> {
        let entry = self.root.entry("monitor")?;
        self.needs_captures(entry.place, "`monitor`");
        let features = self.features_by_name();
        let mut limits = Vec::new();
        for node in entry.value.get("limits").map(Node::items).unwrap_or_default() {
            let watched = self.watched(node, task, features.as_ref());
            if watched.is_empty() {
                self.report.not_understood(node.place, "the limit");
            }
            let line = u64::try_from(node.place.line).unwrap_or(u64::MAX);
            limits.extend(watched.into_iter().map(|limit| Watch { line, limit }));
        }
        let window = entry.value.get("window").and_then(Node::text).and_then(format::days);
        if window.is_none() {
            self.report.not_understood(entry.place, "the window");
        }
        Some(Monitor { window_days: window?, limits })
    }

    /// Returns what one line looks at: one thing, or with `min` and `max` two.
    fn watched(
        &mut self,
        node: &Node,
        task: Option<Task>,
        features: Option<&BTreeSet<&str>>,
    ) -> Vec<Limit> {
        if node.entry("drift").is_some() {
            return self.drift(node, features).into_iter().collect();
        }
        let slice = self.slice(node);
        let Some(metric) = self.metric(node, task) else { return Vec::new() };
        in_order(node, self.report, Node::number);
        self.sides_fit(node, metric);
        let bound = |key, of: fn(f64) -> Bound| node.get(key).and_then(Node::number).map(of);
        let bounds = [bound("min", Bound::Min), bound("max", Bound::Max)].into_iter().flatten();
        bounds.map(|bound| Limit::Metric { metric, bound, slice: slice.clone() }).collect()
    }

    /// Reports a limit that only a better model could breach.
    fn sides_fit(&mut self, node: &Node, metric: Metric) {
        let (wrong, right, better) = match metric.better() {
            Better::Lower => ("min", "max", "lower"),
            Better::Higher => ("max", "min", "higher"),
            Better::NearZero | Better::AtLevel => return,
        };
        let Some(entry) = node.entry(wrong) else { return };
        let message =
            format!("`{metric}` is better the {better} it is, so `{wrong}` warns of nothing");
        let help = match node.entry(right) {
            Some(_) => "remove it".to_owned(),
            None => format!("write `{right}`"),
        };
        self.report.advise(entry.place, message, help);
    }

    fn drift(&mut self, node: &Node, features: Option<&BTreeSet<&str>>) -> Option<Limit> {
        let named = node.get("drift")?;
        let column = named.text()?;
        let max = node.get("max").and_then(Node::number);
        if column == PREDICTIONS {
            return Some(Limit::Drift { column: None, max: max? });
        }
        // Without `features` only the model's file tells; the target is never one of them.
        let is_feature = match features {
            Some(features) => features.contains(column),
            None => self.evaluated("target").and_then(Node::text) != Some(column),
        };
        if !is_feature && !self.report.is_cut() {
            let known = features.into_iter().flatten().copied();
            let known: Vec<&str> = [PREDICTIONS].into_iter().chain(known).collect();
            let message = format!("`{column}` is no feature of the model");
            self.report.advise(named.place, message, advice(column, "name", known));
        }
        Some(Limit::Drift { column: Some(column.to_owned()), max: max? })
    }

    /// Returns the declared features; `None` where the inputs of the model's file are columns.
    fn features_by_name(&self) -> Option<BTreeSet<&'d str>> {
        let features = self.evaluated("features")?.get("input")?;
        Some(features.items().iter().filter_map(Node::text).collect())
    }
}
