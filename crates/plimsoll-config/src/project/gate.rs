//! The rules of the gate. A rule that is not understood is a mistake, never a rule less.

use plimsoll_core::evidence::{Budget, CheckName, Metric, Unit};
use plimsoll_core::gate::{Bound, Demand, Rule};
use plimsoll_core::project::Task;
use plimsoll_core::{SectionName, SliceName};

use super::Draft;
use super::scan::modes;
use crate::nearest::advice;
use crate::node::Node;
use crate::schema::format;
use crate::source::Place;
use crate::table::in_order;

impl Draft<'_, '_, '_> {
    pub(super) fn gate(&mut self, task: Option<Task>) -> Vec<Rule> {
        let Some(entry) = self.root.entry("gate") else { return Vec::new() };
        if self.root.entry("evaluate").is_none() {
            let message = "the gate has rules, but nothing is evaluated";
            let help = "add `evaluate:` with a model and the test set to judge it on";
            self.report.advise(entry.place, message, help);
        }
        self.rules(&entry.value, task)
    }

    /// Reads the rules of a list.
    pub(crate) fn rules(&mut self, list: &Node, task: Option<Task>) -> Vec<Rule> {
        let mut rules = Vec::new();
        for node in list.items() {
            let demands = self.demands(node, task);
            if demands.is_empty() {
                self.report.not_understood(node.place, "the rule");
            }
            let line = u64::try_from(node.place.line).unwrap_or(u64::MAX);
            let inconclusive = self.deserialized(node.get("inconclusive")).unwrap_or_default();
            let severity = self.deserialized(node.get("severity")).unwrap_or_default();
            let at = modes(node.get("at"));
            let rule =
                |demand| Rule { inconclusive, severity, at: at.clone(), ..Rule::new(line, demand) };
            rules.extend(demands.into_iter().map(rule));
        }
        rules
    }

    /// Returns what one line demands: one thing, or with `min` and `max` two.
    fn demands(&mut self, node: &Node, task: Option<Task>) -> Vec<Demand> {
        if let Some(check) = node.get("check") {
            let place = check.place;
            let check = self.parsed(Some(check));
            check.inspect(|check| self.needs_declared(*check, place));
            return check.map(|check| Demand::Check { check }).into_iter().collect();
        }
        if let Some(scan) = node.get("scan") {
            let scan = self.parsed(Some(scan));
            return scan.map(|scan| Demand::Scan { scan }).into_iter().collect();
        }
        if let Some(entry) = node.entry("card") {
            self.needs_prose(entry.place);
            let names = entry.value.items();
            let sections: Option<Vec<SectionName>> =
                names.iter().map(|name| self.parsed(Some(name))).collect();
            return sections.map(|sections| Demand::Card { sections }).into_iter().collect();
        }
        if let Some(budget) = node.get("budget") {
            let budget = self.parsed(Some(budget));
            return budget.map(|budget| self.budgets(node, budget)).unwrap_or_default();
        }
        if node.entry("slices").is_some() {
            let metric = self.metric(node, task);
            metric.inspect(|metric| self.is_of_rows(node, *metric));
            metric.inspect(|metric| self.is_the_one_searched_by(node, *metric));
            let weak = metric.zip(worse_by(node));
            let weak = weak.map(|(metric, worse_by)| Demand::Weak { metric, worse_by });
            return weak.into_iter().collect();
        }
        let slice = self.slice(node);
        let Some(metric) = self.metric(node, task) else { return Vec::new() };
        if let Some(entry) = node.entry("beats") {
            if !metric.has_gain() {
                let message =
                    format!("no model beats another in `{metric}`, which is to be near a value");
                self.report.advise(entry.place, message, "judge it by `min` and `max`");
            }
            return by(node).map(|by| Demand::Beats { metric, by }).into_iter().collect();
        }
        in_order(node, self.report, Node::number);
        let bound = |key, of: fn(f64) -> Bound| node.get(key).and_then(Node::number).map(of);
        let bounds = [bound("min", Bound::Min), bound("max", Bound::Max)].into_iter().flatten();
        bounds.map(|bound| Demand::Limit { metric, bound, slice: slice.clone() }).collect()
    }

    /// Reports a rule on the card where nobody writes one. A policy is for models whose cards it
    /// does not know.
    fn needs_prose(&mut self, place: Place) {
        if self.root.entry("model").is_some() && self.root.entry("card").is_none() {
            let message = "the rule demands sections of the card, and no prose is declared";
            let help = "write them, and add `card: MODEL_CARD.md`";
            self.report.advise(place, message, help);
        }
    }

    /// Reports a check that needs something beside the model which nobody declares.
    fn needs_declared(&mut self, check: CheckName, place: Place) {
        use CheckName::{
            DataDrift, DataIntegrity, DataLeakage, DataPersonal, ModelFairness, ModelOverfit,
            ModelParity, ModelRules,
        };
        if self.root.entry("evaluate").is_none() {
            return;
        }
        let set = |key| self.evaluated("checks").and_then(|checks| checks.get(key)).is_some();
        let (declared, why, help) = match check {
            DataDrift | DataIntegrity | DataLeakage | DataPersonal | ModelOverfit => (
                self.evaluated("train").is_some(),
                "looks at what the model was trained on",
                "say what that is below `evaluate:`, such as `train: build/train.parquet`",
            ),
            ModelParity => (
                self.evaluated("recorded").is_some(),
                "compares with what the model answered in training",
                "say where that is below `evaluate:`, such as `recorded: build/answers.csv`",
            ),
            ModelFairness => (
                set("fairness"),
                "compares groups, and none are declared",
                "name their columns below `evaluate:`, such as `checks: { fairness: { by: [sex] } }`",
            ),
            ModelRules => (
                set("rules"),
                "holds the model against rules, and none are declared",
                "write some below `evaluate.checks.rules`, such as `- { monotone: income, direction: increasing }`",
            ),
            _ => return,
        };
        if !declared {
            self.report.advise(place, format!("`{check}` {why}"), help);
        }
    }

    fn budgets(&mut self, node: &Node, budget: Budget) -> Vec<Demand> {
        let mut demands = Vec::new();
        for (key, of) in [("max", Bound::Max as fn(f64) -> Bound), ("min", Bound::Min)] {
            let Some(limit) = node.get(key) else { continue };
            let Some((value, unit)) = limit.text().and_then(format::quantity) else { continue };
            if unit == budget.unit() {
                demands.push(Demand::Budget { budget, bound: of(value) });
            } else {
                let example = match budget.unit() {
                    Unit::Seconds => "5ms",
                    Unit::Bytes => "200MB",
                    Unit::PerSecond => "1000/s",
                };
                let message = format!("`{budget}` is not counted in this unit");
                self.report.advise(limit.place, message, format!("write it like `{example}`"));
            }
        }
        demands
    }

    /// Reports a second metric to search weak parts by: there is one search.
    fn is_the_one_searched_by(&mut self, node: &Node, metric: Metric) {
        let rules = self.root.get("gate").map(Node::items).unwrap_or_default();
        let mut searching = rules.iter().filter(|rule| rule.entry("slices").is_some());
        let first = searching.find_map(|rule| rule.get("metric")?.text()?.parse::<Metric>().ok());
        if let Some(first) = first.filter(|first| *first != metric) {
            let place = node.get("metric").map_or(node.place, |node| node.place);
            let message = format!("weak parts are searched for by `{first}` already");
            self.report.advise(place, message, "all such rules name one metric");
        }
    }

    /// Reports a metric that is no mean over rows, so that a part of them has no share in it.
    fn is_of_rows(&mut self, node: &Node, metric: Metric) {
        use Metric::{Accuracy, Brier, LogLoss, Mae, Wape};
        if !matches!(metric, Mae | Wape | Accuracy | LogLoss | Brier) {
            let place = node.get("metric").map_or(node.place, |node| node.place);
            let message = format!("weak parts cannot be searched for by `{metric}`");
            let help =
                "name a loss of single rows: `mae`, `wape`, `accuracy`, `log-loss` or `brier`";
            self.report.advise(place, message, help);
        }
    }

    pub(super) fn metric(&mut self, node: &Node, task: Option<Task>) -> Option<Metric> {
        self.metric_of(node.get("metric")?, task)
    }

    /// Reads the name of a metric, which must be one of the task's.
    pub(super) fn metric_of(&mut self, node: &Node, task: Option<Task>) -> Option<Metric> {
        let metric: Metric = self.parsed(Some(node))?;
        let is_project = self.root.entry("evaluate").is_some();
        if metric == Metric::Cost && is_project && self.evaluated("costs").is_none() {
            let message = "metric `cost` needs `evaluate.costs`, which says what answers cost";
            let help = "write such as `costs: { false-positive: 5, false-negative: 100 }`";
            self.report.advise(node.place, message, help);
        }
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
        // A policy names slices that repositories declare.
        let is_project = self.root.entry("evaluate").is_some();
        if is_project
            && !self.report.is_cut()
            && !known.iter().any(|entry| entry.key == name.as_str())
        {
            let known = known.iter().map(|entry| entry.key.as_str());
            let help = format!("{} (in `evaluate.slices`)", advice(name.as_str(), "slice", known));
            self.report.advise(node.place, format!("slice `{name}` is not declared"), help);
        }
        Some(name)
    }
}

fn worse_by(node: &Node) -> Option<f64> {
    let node = node.get("worse-by")?;
    node.number().or_else(|| node.text().and_then(format::excess))
}

fn by(node: &Node) -> Option<f64> {
    let Some(node) = node.get("by") else { return Some(0.0) };
    node.number().or_else(|| node.text().and_then(format::percent))
}
