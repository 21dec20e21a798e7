//! The rules of the gate. A rule that is not understood is a mistake, never a rule less.

use plimsoll_core::SliceName;
use plimsoll_core::evidence::Metric;
use plimsoll_core::gate::{Bound, Demand, Rule};
use plimsoll_core::project::Task;

use super::Draft;
use crate::nearest::advice;
use crate::node::Node;
use crate::schema::format;
use crate::table::in_order;

impl Draft<'_, '_, '_> {
    pub(super) fn gate(&mut self, task: Option<Task>) -> Vec<Rule> {
        let Some(entry) = self.root.entry("gate") else { return Vec::new() };
        if self.root.entry("evaluate").is_none() {
            let message = "the gate has rules, but nothing is evaluated";
            let help = "add `evaluate:` with a model and the test set to judge it on";
            self.report.advise(entry.place, message, help);
        }
        let mut rules = Vec::new();
        for node in entry.value.items() {
            let demands = self.demands(node, task);
            if demands.is_empty() {
                self.report.not_understood(node.place, "the rule");
            }
            let line = u64::try_from(node.place.line).unwrap_or(u64::MAX);
            let inconclusive = self.deserialized(node.get("inconclusive")).unwrap_or_default();
            let severity = self.deserialized(node.get("severity")).unwrap_or_default();
            let rule = |demand| Rule { line, demand, inconclusive, severity };
            rules.extend(demands.into_iter().map(rule));
        }
        rules
    }

    /// Returns what one line demands: one thing, or with `min` and `max` two.
    fn demands(&mut self, node: &Node, task: Option<Task>) -> Vec<Demand> {
        let slice = self.slice(node);
        let Some(metric) = self.metric(node, task) else { return Vec::new() };
        if node.entry("beats").is_some() {
            return by(node).map(|by| Demand::Beats { metric, by }).into_iter().collect();
        }
        in_order(node, self.report, Node::number);
        let bound = |key, of: fn(f64) -> Bound| node.get(key).and_then(Node::number).map(of);
        let bounds = [bound("min", Bound::Min), bound("max", Bound::Max)].into_iter().flatten();
        bounds.map(|bound| Demand::Limit { metric, bound, slice: slice.clone() }).collect()
    }

    pub(super) fn metric(&mut self, node: &Node, task: Option<Task>) -> Option<Metric> {
        let node = node.get("metric")?;
        let metric: Metric = self.parsed(Some(node))?;
        if let Some(task) = task.filter(|task| !metric.is_of(*task)) {
            let of_task = Metric::ALL.into_iter().filter(|metric| metric.is_of(task));
            let known: Vec<String> = of_task.map(|metric| format!("`{metric}`")).collect();
            let message = format!("metric `{metric}` is not measured for a {task} task");
            self.report.advise(
                node.place,
                message,
                format!("a {task} task has {}", known.join(", ")),
            );
        }
        Some(metric)
    }

    pub(super) fn slice(&mut self, node: &Node) -> Option<SliceName> {
        let node = node.get("slice")?;
        let name: SliceName = self.parsed(Some(node))?;
        let known = self.evaluated("slices").map(Node::entries).unwrap_or_default();
        if !self.report.is_cut() && !known.iter().any(|entry| entry.key == name.as_str()) {
            let known = known.iter().map(|entry| entry.key.as_str());
            let help = format!("{} (in `evaluate.slices`)", advice(name.as_str(), "slice", known));
            self.report.advise(node.place, format!("slice `{name}` is not declared"), help);
        }
        Some(name)
    }
}

fn by(node: &Node) -> Option<f64> {
    let Some(node) = node.get("by") else { return Some(0.0) };
    node.number().or_else(|| node.text().and_then(format::percent))
}
