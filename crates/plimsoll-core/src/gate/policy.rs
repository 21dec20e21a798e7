//! What an organisation demands of every model: rules that a repository may tighten and never weaken.
//!
//! The rules of the policy are judged beside those of the repository, so leaving one out weakens
//! nothing. A rule of the repository that asks the same and demands less is a finding that names both
//! limits. Only the policy's own waivers excuse what its rules find.

use serde::{Deserialize, Serialize};

use super::weakened::{asks_the_same, is_as_strict, weighs_as_much};
use super::{Demand, Rule, Waiver};
use crate::approval::Quorums;
use crate::checks::Checks;
use crate::evidence::ScanName;
use crate::project::{Ledger, Project};
use crate::scans::Scans;
use crate::{Code, Digest, Finding, Severity};

/// A rule of the repository demands less than the organisation's policy.
pub const POLICY_WEAKENED: Code = Code::of("policy.weakened");

/// Who wrote a rule or a waiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The repository, in `plimsoll.yaml`.
    #[default]
    Project,
    /// The organisation, in `policy.yaml`.
    Policy,
}

impl Origin {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the name of the file.
    pub fn file(self) -> &'static str {
        match self {
            Self::Project => "plimsoll.yaml",
            Self::Policy => "policy.yaml",
        }
    }
}

/// What an organisation demands.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The digest of its file.
    pub digest: Digest,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// How checks are set at least.
    pub checks: Checks,
    /// How scans are set at least.
    pub scan: Scans,
    /// Its own exceptions.
    pub waivers: Vec<Waiver>,
    /// How many people must agree at least before something is released or deployed.
    pub approvals: Quorums,
}

/// A policy and a project cannot be judged together.
#[derive(Debug, thiserror::Error)]
#[error("{repository} searches weak parts by `{own}`, and the policy ({policy}) by `{demanded}`")]
pub struct PolicyError {
    repository: String,
    own: crate::evidence::Metric,
    policy: String,
    demanded: crate::evidence::Metric,
}

impl Policy {
    /// Adds what it demands to a project. Rules on metrics of other tasks are judged not to apply.
    ///
    /// # Errors
    /// Both search for weak parts, by different metrics: there is one search.
    pub fn apply(&self, project: &mut Project) -> Result<(), PolicyError> {
        for rule in &self.rules {
            let rule = Rule { from: Origin::Policy, ..rule.clone() };
            let searched = |of: &Rule| match &of.demand {
                Demand::Weak { metric, .. } if metric.is_of(project.task) => Some(*metric),
                _ => None,
            };
            let other = project.gate.iter().find_map(|own| {
                let (own_metric, demanded) = (searched(own)?, searched(&rule)?);
                (own_metric != demanded).then(|| PolicyError {
                    repository: own.place(),
                    own: own_metric,
                    policy: rule.place(),
                    demanded,
                })
            });
            if let Some(error) = other {
                return Err(error);
            }
            project.gate.push(rule);
        }
        let asks = |rule: &Rule| matches!(rule.demand, Demand::Check { .. } | Demand::Weak { .. });
        if let Some(evaluate) = project.evaluate.as_mut().filter(|_| self.rules.iter().any(asks)) {
            let own = evaluate.checks.take().unwrap_or_default();
            evaluate.checks = Some(own.at_least(&self.checks));
        }
        let scans = |rule: &Rule| matches!(rule.demand, Demand::Scan { .. });
        if self.rules.iter().any(scans) {
            let mut own = project.scan.take().unwrap_or_default();
            let vex = std::mem::take(&mut own.vulnerabilities.vex);
            let mut both = own.demanded_by(&self.scan);
            // Where the organisation asks for advisories, only its own waivers excuse them.
            let advisories = Demand::Scan { scan: ScanName::Vulnerabilities };
            if self.rules.iter().all(|rule| rule.demand != advisories) {
                both.vulnerabilities.vex = vex;
            }
            project.scan = Some(both);
        }
        let own = self.waivers.iter().cloned();
        project.waivers.extend(own.map(|waiver| Waiver { from: Origin::Policy, ..waiver }));
        project.policy = Some(self.digest);
        Ok(())
    }
}

impl Project {
    /// Takes out what a policy added: its rules, its waivers and what it says of licenses. Limits that
    /// it tightened cannot be told from the repository's own, and stay.
    pub fn without_policy(&mut self) {
        self.gate.retain(|rule| rule.from == Origin::Project);
        self.waivers.retain(|waiver| waiver.from == Origin::Project);
        if let Some(scan) = &mut self.scan {
            scan.licenses.retain(|policy| policy.from == Origin::Project);
        }
        self.policy = None;
    }
}

/// Returns a finding for each rule of the repository that demands less than the policy does.
pub(super) fn weakened_by(project: &Project) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (policy, own): (Vec<&Rule>, Vec<&Rule>) =
        project.gate.iter().partition(|rule| rule.from == Origin::Policy);
    let mut find = |line: Option<u64>, message: String, next: String| {
        let mut finding = Finding::new(POLICY_WEAKENED, Severity::Error, message);
        finding.path = Some(Origin::Project.file().to_owned());
        (finding.line, finding.next) = (line, Some(next));
        findings.push(finding);
    };
    for demanded in &policy {
        let same: Vec<&&Rule> =
            own.iter().filter(|rule| asks_the_same(&demanded.demand, &rule.demand)).collect();
        let holds = |rule: &&&Rule| {
            is_as_strict(&rule.demand, &demanded.demand) && weighs_as_much(rule, demanded)
        };
        let Some(first) = same.first().filter(|_| !same.iter().any(holds)) else { continue };
        let (rule, place, of_policy) = (&first.demand, first.place(), demanded.place());
        let message = if is_as_strict(&first.demand, &demanded.demand) {
            format!(
                "`{rule}` ({place}) blocks less than the organisation's policy demands ({of_policy})"
            )
        } else {
            let limit = &demanded.demand;
            format!(
                "`{rule}` ({place}) is looser than `{limit}`, which the organisation's policy demands ({of_policy})"
            )
        };
        find(
            Some(first.line),
            message,
            format!("tighten or remove the rule: {of_policy} holds all the same"),
        );
    }
    let compares = policy.iter().find(|rule| matches!(rule.demand, Demand::Beats { .. }));
    let is_off = project.evaluate.as_ref().is_some_and(|it| it.ledger == Ledger::Off);
    if let Some(rule) = compares.filter(|_| is_off) {
        let message = format!(
            "looks at the test set are not counted (`ledger: off`), and the organisation's policy compares with the champion ({})",
            rule.place()
        );
        find(None, message, "remove `ledger: off` below `evaluate`".to_owned());
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{CheckName, Metric};
    use crate::gate::weakened::tests::project;
    use crate::gate::{Bound, Weight};

    fn wape(limit: f64) -> Demand {
        Demand::Limit { metric: Metric::Wape, bound: Bound::Max(limit), slice: None }
    }

    fn policy(demands: Vec<Demand>) -> Policy {
        let rules = (3..).zip(demands).map(|(line, demand)| Rule::new(line, demand)).collect();
        let digest = Digest::blake3(b"policy");
        let (checks, scan, approvals) = (Checks::default(), Scans::default(), Quorums::default());
        Policy { digest, rules, checks, scan, waivers: Vec::new(), approvals }
    }

    fn messages(policy: &Policy, mut project: Project) -> Vec<String> {
        policy.apply(&mut project).unwrap();
        weakened_by(&project).into_iter().map(|found| found.message).collect()
    }

    #[test]
    fn a_repository_may_tighten_and_leave_out_and_never_weaken() {
        let policy = policy(vec![wape(0.3), Demand::Check { check: CheckName::ModelRobustness }]);
        assert!(messages(&policy, project(vec![wape(0.25)])).is_empty());
        assert!(messages(&policy, project(vec![])).is_empty());
        let loose = messages(&policy, project(vec![wape(0.35)]));
        assert_eq!(
            loose,
            [
                "`wape <= 0.35` (plimsoll.yaml:40) is looser than `wape <= 0.3`, which the organisation's policy demands (policy.yaml:3)"
            ]
        );
        let mut warning = project(vec![wape(0.3)]);
        warning.gate[0].severity = Weight::Warning;
        assert!(messages(&policy, warning)[0].contains("blocks less"));
    }

    #[test]
    fn its_rules_stand_among_those_of_the_gate_and_those_of_other_tasks_do_not_apply() {
        let auc = Demand::Limit { metric: Metric::Auc, bound: Bound::Min(0.8), slice: None };
        let policy = policy(vec![wape(0.3), auc]);
        let mut judged = project(vec![wape(0.25)]);
        policy.apply(&mut judged).unwrap();
        let places: Vec<String> = judged.gate.iter().map(Rule::place).collect();
        assert_eq!(places, ["plimsoll.yaml:40", "policy.yaml:3", "policy.yaml:4"]);
        assert!(!judged.gate[2].applies_to(judged.task) && judged.gate[1].applies_to(judged.task));
        assert_eq!(judged.policy, Some(policy.digest));
    }

    #[test]
    fn what_a_policy_added_can_be_taken_out_again() {
        let before = project(vec![wape(0.25)]);
        let mut judged = before.clone();
        let mut policy = policy(vec![wape(0.3), Demand::Scan { scan: ScanName::Licenses }]);
        policy.scan.licenses.push(crate::scans::LicensePolicy {
            from: Origin::Policy,
            line: 9,
            rules: serde_json::json!({"otherwise": "deny"}),
        });
        policy.apply(&mut judged).unwrap();
        assert_eq!(judged.gate.len(), 3);
        assert_eq!(judged.scan.as_ref().unwrap().licenses.len(), 1);
        judged.without_policy();
        assert_eq!((judged.gate, judged.policy), (before.gate, None));
        assert!(judged.scan.unwrap().licenses.is_empty());
    }

    #[test]
    fn two_searches_by_different_metrics_are_refused() {
        let weak = |metric| Demand::Weak { metric, worse_by: 0.5 };
        let mut judged = project(vec![weak(Metric::Mae)]);
        let error = policy(vec![weak(Metric::Wape)]).apply(&mut judged).unwrap_err().to_string();
        assert!(error.contains("plimsoll.yaml:40") && error.contains("policy.yaml:3"), "{error}");
    }
}
