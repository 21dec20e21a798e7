//! Seeing that a gate demands less than the one that the champion passed.

use std::collections::BTreeSet;

use super::{Bound, Demand, Inconclusive, Origin, Rule, Transition};
use crate::project::{Evaluate, Ledger, PersonalData, Predictor, Project};
use crate::{Code, Finding, Severity};

/// A rule is looser than the one that the champion passed.
pub const GATE_WEAKENED: Code = Code::of("gate.weakened");

/// Returns a warning for each demand of the champion's project that `candidate` no longer makes.
///
/// A limit that was moved, a rule that is gone, and a change of what the rules are measured on (the
/// test set, the target, the blocks, a slice that a rule names, predictions from a file) count.
/// Tightening does not.
pub fn weakened(champion: &Project, candidate: &Project) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut warn = |rule: Option<&Rule>, message: String| {
        let mut finding = Finding::new(GATE_WEAKENED, Severity::Warning, message);
        let file = rule.map_or(Origin::Project, |rule| rule.from).file();
        finding.path = Some(file.to_owned());
        finding.line = rule.map(|rule| rule.line);
        findings.push(finding);
    };
    for old in &champion.gate {
        let same: Vec<&Rule> =
            candidate.gate.iter().filter(|new| asks_the_same(&old.demand, &new.demand)).collect();
        let Some(nearest) = same.first() else {
            warn(None, format!("the rule `{}`, which the champion passed, is gone", old.demand));
            continue;
        };
        let holds =
            |new: &&Rule| is_as_strict(&new.demand, &old.demand) && weighs_as_much(new, old);
        if same.iter().any(holds) {
            continue;
        }
        let message = if same.iter().any(|new| is_as_strict(&new.demand, &old.demand)) {
            format!(
                "`{}` blocks less than it did when the champion passed (`severity`, `at` or `inconclusive`)",
                nearest.demand
            )
        } else {
            format!(
                "`{}` is looser than `{}`, which the champion passed",
                nearest.demand, old.demand
            )
        };
        warn(Some(nearest), message);
    }
    for column in marked(champion).difference(&marked(candidate)) {
        let message = format!(
            "`{column}` is no longer marked with `leaks: true`, as it was when the champion passed"
        );
        warn(None, message);
    }
    if scanned_less(champion, candidate) {
        warn(None, "scans are set more loosely than when the champion passed (`scan`)".to_owned());
    }
    for message in declared_less(champion, candidate) {
        warn(None, message);
    }
    if let (Some(old), Some(new)) = (&champion.evaluate, &candidate.evaluate) {
        for message in measured_otherwise(old, new) {
            warn(None, message);
        }
    }
    findings
}

/// Returns the columns that some schema marks as giving the target away.
fn marked(project: &Project) -> BTreeSet<&str> {
    project.data.values().flat_map(|dataset| dataset.leaks.iter().map(String::as_str)).collect()
}

/// Whether scans are held against less than they were.
fn scanned_less(champion: &Project, candidate: &Project) -> bool {
    let is_scanned = |rule: &Rule| matches!(rule.demand, Demand::Scan { .. });
    if !champion.gate.iter().any(is_scanned) {
        return false;
    }
    let set = |project: &Project| project.scan.clone().unwrap_or_default();
    set(candidate).is_looser_than(&set(champion))
}

/// Says what datasets are no longer held against.
fn declared_less(champion: &Project, candidate: &Project) -> Vec<String> {
    let mut messages = Vec::new();
    for (name, old) in &champion.data {
        let Some(new) = candidate.data.get(name) else { continue };
        if old.schema.is_some() && new.schema.is_none() {
            messages
                .push(format!("`data.{name}` has no schema, as it had when the champion passed"));
        }
        if old.personal_data == Some(PersonalData::None) && new.personal_data != old.personal_data {
            messages.push(format!(
                "`data.{name}` is no longer declared to be without personal data, as it was when \
                 the champion passed"
            ));
        }
    }
    messages
}

/// Says what the same rules are measured on now and were not when the champion passed.
fn measured_otherwise(old: &Evaluate, new: &Evaluate) -> Vec<String> {
    let mut messages = Vec::new();
    if old.on != new.on {
        let (now, before) = (&new.on, &old.on);
        messages.push(format!("the test set is `{now}`, the champion's was `{before}`"));
    }
    if old.target != new.target {
        let (now, before) = (&new.target, &old.target);
        messages.push(format!("the target is `{now}`, the champion's was `{before}`"));
    }
    if old.positive != new.positive {
        messages.push("another class counts as positive than when the champion passed".to_owned());
    }
    if let (Predictor::Model(_), Predictor::Predictions(file)) = (&old.predictor, &new.predictor) {
        messages.push(format!(
            "predictions come from `{file}` and leaks are not looked for; the champion's model was run"
        ));
    }
    if let Some(before) = &old.block
        && old.block != new.block
    {
        let now = new.block.as_deref().map_or("each row".to_owned(), |block| format!("`{block}`"));
        messages.push(format!("intervals resample by {now}, the champion's by `{before}`"));
    }
    if old.costs != new.costs {
        messages.push("answers cost something else than when the champion passed".to_owned());
    }
    if old.ledger == Ledger::On && new.ledger == Ledger::Off {
        messages.push("looks at the test set are not counted any more (`ledger: off`)".to_owned());
    }
    let set = |evaluate: &Evaluate| evaluate.checks.clone().unwrap_or_default();
    let (before, now) = (set(old), set(new));
    if now.clone().at_least(&before) != now.clone().at_least(&now) {
        messages.push("checks are set more loosely (`evaluate.checks`)".to_owned());
    }
    for (name, slice) in &old.slices {
        if new.slices.get(name).is_some_and(|now| now != slice) {
            messages
                .push(format!("slice `{name}` selects other rows than when the champion passed"));
        }
    }
    messages
}

pub(super) fn asks_the_same(a: &Demand, b: &Demand) -> bool {
    match (a, b) {
        (
            Demand::Limit { metric: a, bound: a_bound, slice: a_slice },
            Demand::Limit { metric: b, bound: b_bound, slice: b_slice },
        ) => {
            let sides = matches!(
                (a_bound, b_bound),
                (Bound::Max(_), Bound::Max(_)) | (Bound::Min(_), Bound::Min(_))
            );
            a == b && a_slice == b_slice && sides
        }
        (Demand::Beats { metric: a, .. }, Demand::Beats { metric: b, .. })
        | (Demand::Weak { metric: a, .. }, Demand::Weak { metric: b, .. }) => a == b,
        (Demand::Check { check: a }, Demand::Check { check: b }) => a == b,
        (Demand::Scan { scan: a }, Demand::Scan { scan: b }) => a == b,
        (Demand::Card { .. }, Demand::Card { .. }) => true,
        (Demand::Budget { budget: a, .. }, Demand::Budget { budget: b, .. }) => a == b,
        _ => false,
    }
}

pub(super) fn weighs_as_much(new: &Rule, old: &Rule) -> bool {
    // What blocks least comes last.
    let weight = Transition::ALL.into_iter().all(|at| new.weight(at) <= old.weight(at));
    let open = new.inconclusive == Inconclusive::Block || old.inconclusive == Inconclusive::Pass;
    weight && open
}

pub(super) fn is_as_strict(new: &Demand, old: &Demand) -> bool {
    match (new, old) {
        (Demand::Limit { bound: new, .. }, Demand::Limit { bound: old, .. })
        | (Demand::Budget { bound: new, .. }, Demand::Budget { bound: old, .. }) => {
            match (new, old) {
                (Bound::Max(new), Bound::Max(old)) => new <= old,
                (Bound::Min(new), Bound::Min(old)) => new >= old,
                _ => false,
            }
        }
        (Demand::Beats { by: new, .. }, Demand::Beats { by: old, .. }) => new >= old,
        (Demand::Weak { worse_by: new, .. }, Demand::Weak { worse_by: old, .. }) => new <= old,
        (Demand::Check { check: new }, Demand::Check { check: old }) => new == old,
        (Demand::Scan { scan: new }, Demand::Scan { scan: old }) => new == old,
        (Demand::Card { sections: new }, Demand::Card { sections: old }) => {
            old.iter().all(|section| new.contains(section))
        }
        _ => false,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::evidence::Metric;
    use crate::gate::Weight;
    use crate::project::{Dataset, DatasetKind, Task};

    pub(in crate::gate) fn project(gate: Vec<Demand>) -> Project {
        let numbered = gate.into_iter().zip(40..);
        Project {
            model: "bike-demand".parse().unwrap(),
            task: Task::Regression,
            owners: Vec::new(),
            license: None,
            python: None,
            registry: None,
            seed: 0,
            data: BTreeMap::new(),
            params: None,
            code: Vec::new(),
            steps: Vec::new(),
            evaluate: None,
            gate: numbered.map(|(demand, line)| Rule::new(line, demand)).collect(),
            waivers: Vec::new(),
            approvals: crate::approval::Quorums::default(),
            serve: None,
            monitor: None,
            retrain: None,
            scan: None,
            card: None,
            policy: None,
        }
    }

    fn wape(bound: Bound) -> Demand {
        Demand::Limit { metric: Metric::Wape, bound, slice: None }
    }

    #[test]
    fn a_dataset_that_is_held_against_less_is_found() {
        let with = |schema: Option<&str>, personal_data| {
            let mut project = project(Vec::new());
            let dataset = Dataset {
                path: "people.csv".parse().unwrap(),
                schema: schema.map(|path| path.parse().unwrap()),
                personal_data,
                license: None,
                source: None,
                kind: DatasetKind::Data,
                card: None,
                leaks: Vec::new(),
                columns: Vec::new(),
                references: Vec::new(),
                is_of_the_present: false,
                live: None,
            };
            project.data.insert("people".parse().unwrap(), dataset);
            project
        };
        let (none, present) = (Some(PersonalData::None), Some(PersonalData::Present));
        let champion = with(Some("people.yaml"), none);
        let count = |candidate| weakened(&champion, &candidate).len();
        assert_eq!(count(with(None, present)), 2);
        assert_eq!(count(with(Some("people.yaml"), None)), 1);
        assert_eq!(count(with(Some("other.yaml"), none)), 0);
        assert!(weakened(&with(None, present), &with(None, None)).is_empty());
    }

    #[test]
    fn a_mark_that_is_gone_is_found() {
        let with = |leaks: &[&str]| {
            let mut project = project(Vec::new());
            let dataset = Dataset {
                path: "data/hour.csv".parse().unwrap(),
                schema: None,
                personal_data: None,
                license: None,
                source: None,
                kind: DatasetKind::Data,
                card: None,
                leaks: leaks.iter().map(|column| (*column).to_owned()).collect(),
                columns: Vec::new(),
                references: Vec::new(),
                is_of_the_present: false,
                live: None,
            };
            project.data.insert("hourly".parse().unwrap(), dataset);
            project
        };
        let found = weakened(&with(&["casual", "registered"]), &with(&["registered", "yr"]));
        let messages: Vec<_> = found.into_iter().map(|found| found.message).collect();
        assert_eq!(
            messages,
            ["`casual` is no longer marked with `leaks: true`, as it was when the champion passed"]
        );
    }

    #[test]
    fn finds_what_is_looser_or_gone_and_nothing_else() {
        let gain = |by| Demand::Beats { metric: Metric::Mae, by };
        let champion = project(vec![wape(Bound::Max(0.25)), gain(0.1)]);
        let messages = |gate| -> Vec<String> {
            weakened(&champion, &project(gate)).into_iter().map(|found| found.message).collect()
        };
        assert!(messages(vec![gain(0.1), wape(Bound::Max(0.25))]).is_empty(), "only moved");
        assert!(messages(vec![wape(Bound::Max(0.2)), gain(0.2)]).is_empty(), "only tightened");
        assert_eq!(
            messages(vec![wape(Bound::Max(0.3)), gain(0.05)]),
            [
                "`wape <= 0.3` is looser than `wape <= 0.25`, which the champion passed",
                "`mae at least 5 % less than the champion's` is looser than `mae at least 10 % less than the champion's`, which the champion passed",
            ]
        );
        assert_eq!(messages(vec![]).len(), 2);
    }

    #[test]
    fn a_second_rule_does_not_hide_that_the_first_one_only_warns() {
        let champion = project(vec![wape(Bound::Max(0.25))]);
        let mut candidate = project(vec![wape(Bound::Max(0.25)), wape(Bound::Max(9.0))]);
        candidate.gate[0].severity = Weight::Warning;
        let found = weakened(&champion, &candidate);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("blocks less"), "{}", found[0].message);
    }

    #[test]
    fn finds_that_the_same_rules_are_measured_on_something_else() {
        let champion = Evaluate {
            predictor: Predictor::Model("model.onnx".parse().unwrap()),
            features: crate::project::Features::Inputs,
            on: "test.csv".parse().unwrap(),
            target: "cnt".to_owned(),
            positive: None,
            block: Some("day".to_owned()),
            slices: BTreeMap::new(),
            train: None,
            recorded: None,
            metrics: Vec::new(),
            costs: None,
            ledger: Ledger::On,
            checks: None,
        };
        assert!(measured_otherwise(&champion, &champion).is_empty());
        let candidate = Evaluate {
            predictor: Predictor::Predictions("predictions.csv".parse().unwrap()),
            on: "train.csv".parse().unwrap(),
            target: "casual".to_owned(),
            positive: Some(1.into()),
            block: None,
            ..champion.clone()
        };
        assert_eq!(
            measured_otherwise(&champion, &candidate),
            [
                "the test set is `train.csv`, the champion's was `test.csv`",
                "the target is `casual`, the champion's was `cnt`",
                "another class counts as positive than when the champion passed",
                "predictions come from `predictions.csv` and leaks are not looked for; the champion's model was run",
                "intervals resample by each row, the champion's by `day`",
            ]
        );
    }
}
