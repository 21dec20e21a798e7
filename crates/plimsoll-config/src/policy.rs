//! What an organisation demands of every model.

use plimsoll_core::gate::{Origin, Policy, Rule, Waiver};
use plimsoll_core::{Digest, RepoPath};

use crate::project::{Draft, modes};
use crate::schema::{self, PROJECT};
use crate::source::{Report, Source};
use crate::{FileState, Mistakes, Surroundings, model_checks};

/// Reads the bytes of the policy that messages call `path`: rules as in `plimsoll.yaml`, how checks
/// are set at least, and waivers.
///
/// # Errors
/// Every mistake, each with its place.
pub fn policy(path: &str, bytes: &[u8]) -> Result<Policy, Mistakes> {
    let source = Source::new(path, bytes)?;
    let mut report = Report::new(&source);
    let Some(root) = schema::tree(PROJECT, Some("policy"), "`gate` or `approvals`", &mut report)
    else {
        return Err(report.finish());
    };
    let checks = root.get("checks").map(|node| model_checks::settings(node, &mut report));
    if let (Some(None), Some(entry)) = (&checks, root.entry("checks")) {
        report.not_understood(entry.place, "what checks are set to");
    }
    // A policy names no files.
    let files = |_: &RepoPath| FileState::Absent;
    let mut surroundings = Surroundings {
        files: &files,
        params: &mut |_| Ok(None),
        schema: &mut |_| Ok(None),
        prose: &mut |_, _| Ok(None),
    };
    let mut draft = Draft::of_parts(&root, &mut report, &mut surroundings);
    let rules = root.get("gate").map(|list| draft.rules(list, None)).unwrap_or_default();
    let waivers = draft.waivers();
    let scan = draft.scan(Origin::Policy).unwrap_or_default();
    let at = modes(root.get("at"));
    let approvals = draft.approvals(Origin::Policy);
    let mistakes = report.finish();
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    // What a rule says of itself counts, then what the policy says of all.
    let of_policy = |rule: Rule| {
        let at = at.clone().into_iter().chain(rule.at.clone()).collect();
        Rule { from: Origin::Policy, at, ..rule }
    };
    Ok(Policy {
        digest: Digest::blake3(bytes),
        rules: rules.into_iter().map(of_policy).collect(),
        checks: checks.flatten().unwrap_or_default(),
        scan,
        waivers: waivers.into_iter().map(|of| Waiver { from: Origin::Policy, ..of }).collect(),
        approvals,
    })
}

/// Reads the bytes of the file that messages call `path`: waivers of a scan that stands alone.
///
/// # Errors
/// Every mistake, each with its place.
pub fn waivers(path: &str, bytes: &[u8]) -> Result<Vec<Waiver>, Mistakes> {
    let source = Source::new(path, bytes)?;
    let mut report = Report::new(&source);
    let Some(root) = schema::tree(PROJECT, Some("waivers-file"), "`waivers`", &mut report) else {
        return Err(report.finish());
    };
    // They name no files.
    let files = |_: &RepoPath| FileState::Absent;
    let mut surroundings = Surroundings {
        files: &files,
        params: &mut |_| Ok(None),
        schema: &mut |_| Ok(None),
        prose: &mut |_, _| Ok(None),
    };
    let waivers = Draft::of_parts(&root, &mut report, &mut surroundings).waivers();
    let mistakes = report.finish();
    if mistakes.is_empty() { Ok(waivers) } else { Err(mistakes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_settings_and_waivers_are_read_as_in_a_project() {
        let text = b"gate:\n  - { metric: wape, max: 0.3 }\n  - { metric: auc, min: 0.8, slice: young }\n  - { check: model.robustness }\n  - { check: model.overfit }\nchecks: { robustness: { max-changed: 0.02 } }\nwaivers:\n  - { finding: model.not-robust, owner: ada, reason: known, expires: 2999-01-01 }\napprovals: { deploy: { count: 2, within: 30d } }\n";
        let policy = policy("policy.yaml", text).unwrap();
        let places: Vec<String> = policy.rules.iter().map(Rule::place).collect();
        assert_eq!(places, ["policy.yaml:2", "policy.yaml:3", "policy.yaml:4", "policy.yaml:5"]);
        assert!((policy.checks.robustness.max_changed.get() - 0.02).abs() < 1e-12);
        assert_eq!(policy.waivers[0].place(), "policy.yaml:8");
        let deploy = policy.approvals.deploy.unwrap();
        assert_eq!(deploy.to_string(), "2 approvals of the last 30 days");
        assert_eq!(deploy.place(), "policy.yaml:9");
        assert_eq!(policy.approvals.release, None);
        assert_eq!(policy.digest, Digest::blake3(text));
    }

    #[test]
    fn a_policy_may_ask_for_approvals_only() {
        let text = b"approvals:\n  deploy: { count: 2 }\n  deploy-to: { staging: { count: 1 } }\n";
        let policy = policy("policy.yaml", text).unwrap();
        assert!(policy.rules.is_empty());
        let staging = policy.approvals.of_alias(&"staging".parse().unwrap()).unwrap();
        assert_eq!(
            (staging.to_string().as_str(), staging.place().as_str()),
            ("1 approval", "policy.yaml:3")
        );
        let said = super::policy("policy.yaml", b"at: { merge: warn }\n").unwrap_err().to_string();
        assert!(said.contains("`gate`") && said.contains("`approvals`"), "{said}");
    }

    #[test]
    fn waivers_stand_alone_too() {
        let text = b"waivers:\n  - { finding: model.pickle-global, subject: a in b, owner: ada, reason: ours, expires: 2999-01-01 }\n";
        let waivers = waivers("w.yaml", text).unwrap();
        assert_eq!((waivers.len(), waivers[0].line), (1, 2));
        let said = super::waivers("w.yaml", b"gate: []\n").unwrap_err().to_string();
        assert!(said.contains("w.yaml:1:1: unknown key `gate`"), "{said}");
    }

    #[test]
    fn every_mistake_has_its_place() {
        let refusal = |text: &str| policy("policy.yaml", text.as_bytes()).unwrap_err().to_string();
        let said = refusal("gate:\n  - { metric: wap, max: 0.3 }\nsteps: {}\n");
        assert!(said.contains("policy.yaml:2:15: `wap`"), "{said}");
        assert!(said.contains("policy.yaml:3:1: unknown key `steps`"), "{said}");
        assert!(refusal("").contains("the file is empty"), "{}", refusal(""));
    }
}
