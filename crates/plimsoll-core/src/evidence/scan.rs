//! What scans of a run saw: the model's file, and the packages that it was made with.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::CheckState;
use crate::gate::Waiver;
use crate::{Code, Day, Digest, Finding, Severity};

/// The schema that [`Scanned`] is written with.
pub const SCANNED: &str = "plimsoll.scanned/v1";

/// A scan, by the word that commands and rules call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScanName {
    /// What the model's file would do when it is loaded.
    Model,
    /// Under which licenses packages, copied files, data and base models come, and whether they go with
    /// what the release is for.
    Licenses,
    /// Which advisories concern the packages.
    Vulnerabilities,
}

impl ScanName {
    /// Every scan, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Model, Self::Licenses, Self::Vulnerabilities];

    /// Returns the name as it is written in `plimsoll.yaml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Licenses => "licenses",
            Self::Vulnerabilities => "vulnerabilities",
        }
    }
}

impl fmt::Display for ScanName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text names no scan.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no scan")]
pub struct ParseScanNameError(String);

impl FromStr for ScanName {
    type Err = ParseScanNameError;

    fn from_str(s: &str) -> Result<Self, ParseScanNameError> {
        let found = Self::ALL.into_iter().find(|scan| scan.as_str() == s);
        found.ok_or_else(|| ParseScanNameError(s.to_owned()))
    }
}

/// What a scan saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Scanned {
    /// [`SCANNED`].
    pub schema: String,
    /// Which scan.
    pub scan: ScanName,
    /// How far it came.
    pub state: CheckState,
    /// What it saw in a sentence; where it did not answer, why.
    pub summary: String,
    /// How many files or packages it looked at.
    pub count: u64,
    /// What was looked at: the model's file, the lock, the environment.
    pub inputs: Vec<ScanInput>,
    /// What it was held against: databases of advisories, policies of licenses, statements.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub against: Vec<ScanInput>,
    /// What is wrong; those of severity `error` block.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// The packages, copied files, data and base models that were judged, each with its license, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<ScannedPackage>,
}

impl Scanned {
    /// Returns how many findings block on `today`. A waiver has to name the subject of what it excuses,
    /// and nothing excuses a scan that did not run.
    pub fn blocking(&self, waivers: &[Waiver], today: Day) -> u64 {
        let excuses = |waiver: &Waiver, finding: &Finding| {
            waiver.subject.is_some() && waiver.covers(finding) && !waiver.is_over(today)
        };
        let blocks = |finding: &&Finding| {
            finding.severity == Severity::Error
                && (self.state != CheckState::Answered
                    || !waivers.iter().any(|waiver| excuses(waiver, finding)))
        };
        self.findings.iter().filter(blocks).count() as u64
    }

    /// Makes the record of a scan that could not run, which is never a pass.
    pub fn failed(scan: ScanName, why: String, next: Option<String>) -> Self {
        let mut finding = Finding::new(NOT_SCANNED, Severity::Error, why.clone());
        finding.subject = Some(scan.to_string());
        finding.next = next;
        Self {
            schema: SCANNED.to_owned(),
            scan,
            state: CheckState::Failed,
            summary: why,
            count: 0,
            inputs: Vec::new(),
            against: Vec::new(),
            findings: vec![finding],
            packages: Vec::new(),
        }
    }
}

/// A scan could not run.
pub const NOT_SCANNED: Code = Code::of("scan.failed");

/// Something that a scan read, pinned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ScanInput {
    /// What it is, as people know it.
    pub name: String,
    /// Its content.
    pub digest: Digest,
    /// How many days old it was, where that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_days: Option<i64>,
}

/// A package, copied file, dataset or base model as its license was judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ScannedPackage {
    /// Its ecosystem, or `file`, `dataset`, `base-model`.
    pub ecosystem: String,
    /// Its name.
    pub name: String,
    /// Its version, where it has one; of a file, dataset or base model its digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its license, an SPDX expression; `None` where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// `known`, `ambiguous` or `unknown`.
    pub state: String,
    /// `allow`, `review` or `deny`.
    pub verdict: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_has_one_name() {
        for scan in ScanName::ALL {
            assert_eq!(scan.as_str().parse::<ScanName>().unwrap(), scan);
            assert_eq!(serde_json::to_string(&scan).unwrap(), format!("\"{scan}\""));
        }
        assert!("viruses".parse::<ScanName>().is_err());
    }

    #[test]
    fn what_could_not_run_blocks() {
        let failed = Scanned::failed(ScanName::Licenses, "no lock".to_owned(), None);
        assert_eq!(failed.state, CheckState::Failed);
        assert_eq!(failed.blocking(&[], Day::of(crate::Timestamp::default())), 1);
    }
}
