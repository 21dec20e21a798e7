//! How scans are set: what the release is for, what is read beside the environment, and the limits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::RepoPath;
use crate::gate::Origin;

/// How many days old a database of advisories may be where nobody says it.
pub const USUAL_AGE_DAYS: u32 = 30;

/// How what comes from elsewhere is scanned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Scans {
    /// What the release is for.
    pub intent: Intent,
    /// Locks whose packages count beside those of the environment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<RepoPath>,
    /// What is allowed under which license: each of them has to allow. Where there is none, what is
    /// usual for the intent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub licenses: Vec<LicensePolicy>,
    /// The limits of advisories.
    pub vulnerabilities: Vulnerabilities,
}

/// What is allowed under which license, as it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LicensePolicy {
    /// Who wrote it.
    pub from: Origin,
    /// The line of its file that it begins on.
    pub line: u64,
    /// The rules; their words are those of who judges licenses.
    pub rules: Value,
}

/// The limits of advisories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Vulnerabilities {
    /// The least severity that blocks; what nobody rated always does.
    pub severity: LeastSeverity,
    /// Whether what nobody has fixed yet is only listed.
    pub ignore_unfixed: bool,
    /// How many days old the database may be.
    pub max_age_days: u32,
    /// Files that say what is known better: OpenVEX or CycloneDX VEX.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vex: Vec<RepoPath>,
}

impl Default for Vulnerabilities {
    fn default() -> Self {
        Self {
            severity: LeastSeverity::default(),
            ignore_unfixed: false,
            max_age_days: USUAL_AGE_DAYS,
            vex: Vec::new(),
        }
    }
}

impl LicensePolicy {
    /// What is usual for an intent, which holds where nothing is written.
    pub fn usual(from: Origin) -> Self {
        Self { from, line: 0, rules: serde_json::json!({ "extends": "default" }) }
    }
}

impl Scans {
    /// Returns the policies of licenses that hold, for somebody who demands the scan: who writes none
    /// asks for what is usual.
    fn demanded_licenses(&self, from: Origin) -> Vec<LicensePolicy> {
        if self.licenses.is_empty() {
            return vec![LicensePolicy::usual(from)];
        }
        self.licenses.clone()
    }

    /// Whether these settings demand less than `old` did.
    pub fn is_looser_than(&self, old: &Self) -> bool {
        let explicit = |scans: &Self| Self {
            licenses: scans.demanded_licenses(Origin::Project),
            ..scans.clone()
        };
        let (new, old) = (explicit(self), explicit(old));
        new.clone().at_least(&old) != new
    }

    /// Returns these settings where they are the stricter ones, and those of the organisation elsewhere.
    #[must_use]
    pub fn demanded_by(self, policy: &Self) -> Self {
        let licenses = policy.demanded_licenses(Origin::Policy);
        // What is usual for the stricter intent holds anyway where the repository writes nothing either.
        self.at_least(&Self { licenses, ..policy.clone() })
    }

    /// Returns these settings where they are the stricter ones, and those of `least` elsewhere.
    #[must_use]
    pub fn at_least(mut self, least: &Self) -> Self {
        let of = &least.vulnerabilities;
        self.intent = self.intent.max(least.intent);
        let more = least.locks.iter().filter(|lock| !self.locks.contains(lock)).cloned();
        let more: Vec<RepoPath> = more.collect();
        self.locks.extend(more);
        for policy in &least.licenses {
            if !self.licenses.iter().any(|own| own.rules == policy.rules) {
                self.licenses.push(policy.clone());
            }
        }
        let own = &mut self.vulnerabilities;
        own.severity = own.severity.min(of.severity);
        own.ignore_unfixed &= of.ignore_unfixed;
        own.max_age_days = own.max_age_days.min(of.max_age_days);
        own.vex.retain(|file| of.vex.contains(file));
        self
    }
}

/// What a release is for. What asks for more comes later.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Intent {
    /// It is used inside of the organisation that makes it.
    Internal,
    /// Others use it over a network, and get no copy.
    #[default]
    Service,
    /// Others get a copy.
    Redistribute,
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Internal => "internal",
            Self::Service => "service",
            Self::Redistribute => "redistribute",
        })
    }
}

/// The least severity that blocks. What lets more through comes later.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum LeastSeverity {
    /// Everything blocks.
    #[default]
    Any,
    /// CVSS 0.1 and more.
    Low,
    /// CVSS 4.0 and more.
    Medium,
    /// CVSS 7.0 and more.
    High,
    /// CVSS 9.0 and more.
    Critical,
}

/// The text names no severity.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no severity (expected `any`, `low`, `medium`, `high` or `critical`)")]
pub struct ParseLeastSeverityError(String);

impl FromStr for LeastSeverity {
    type Err = ParseLeastSeverityError;

    fn from_str(s: &str) -> Result<Self, ParseLeastSeverityError> {
        Ok(match s {
            "any" => Self::Any,
            "low" => Self::Low,
            "medium" => Self::Medium,
            "high" => Self::High,
            "critical" => Self::Critical,
            _ => return Err(ParseLeastSeverityError(s.to_owned())),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_two_settings_the_stricter_one_counts() {
        let path = |path: &str| path.parse::<RepoPath>().unwrap();
        let policy = |from, rules| LicensePolicy { from, line: 1, rules };
        let own = Scans {
            intent: Intent::Internal,
            locks: vec![path("Cargo.lock")],
            licenses: vec![policy(Origin::Project, json!({"otherwise": "allow"}))],
            vulnerabilities: Vulnerabilities {
                severity: LeastSeverity::Critical,
                ignore_unfixed: true,
                max_age_days: 90,
                vex: vec![path("vex.json")],
            },
        };
        let least = Scans {
            intent: Intent::Service,
            locks: vec![path("uv.lock")],
            licenses: vec![policy(Origin::Policy, json!({"otherwise": "deny"}))],
            vulnerabilities: Vulnerabilities {
                severity: LeastSeverity::Medium,
                ..Vulnerabilities::default()
            },
        };
        let both = own.clone().at_least(&least);
        assert_eq!(both.intent, Intent::Service);
        assert_eq!(both.locks, [path("Cargo.lock"), path("uv.lock")]);
        assert_eq!(both.licenses.len(), 2);
        let limits = &both.vulnerabilities;
        assert_eq!((limits.severity, limits.ignore_unfixed), (LeastSeverity::Medium, false));
        assert_eq!((limits.max_age_days, limits.vex.len()), (USUAL_AGE_DAYS, 0));
        assert_eq!(both.clone().at_least(&least), both);
        assert_eq!(own.clone().at_least(&own), own);
    }

    #[test]
    fn what_is_usual_is_demanded_where_nothing_is_written() {
        let permissive = Scans {
            licenses: vec![LicensePolicy {
                from: Origin::Project,
                line: 1,
                rules: json!({"otherwise": "allow"}),
            }],
            ..Scans::default()
        };
        let judged = permissive.clone().demanded_by(&Scans::default());
        assert_eq!(judged.licenses.len(), 2, "the usual policy has to allow as well");
        assert_eq!(judged.licenses[1], LicensePolicy::usual(Origin::Policy));
        assert!(permissive.is_looser_than(&Scans::default()));
        assert!(!permissive.is_looser_than(&permissive));
        assert!(Scans::default().is_looser_than(&permissive), "another policy is no tighter one");
    }
}
