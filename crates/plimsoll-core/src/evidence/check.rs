//! Checks of data and models beyond metrics: which there are, and what each saw.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Interval, Plot};
use crate::Finding;

/// A check that a gate can ask for by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CheckName {
    /// Whether the test set is distributed as the training data.
    #[serde(rename = "data.drift")]
    DataDrift,
    /// Duplicates, contradictions, mixed and constant columns of the training data and the test
    /// set.
    #[serde(rename = "data.integrity")]
    DataIntegrity,
    /// What the test set and the training data share that they must not.
    #[serde(rename = "data.leakage")]
    DataLeakage,
    /// Whether they hold personal data.
    #[serde(rename = "data.personal")]
    DataPersonal,
    /// Whether the model is better than the simplest one.
    #[serde(rename = "model.baseline")]
    ModelBaseline,
    /// Whether probabilities are what they say.
    #[serde(rename = "model.calibration")]
    ModelCalibration,
    /// Whether groups of people are treated alike.
    #[serde(rename = "model.fairness")]
    ModelFairness,
    /// How much better the model is on what it was trained on.
    #[serde(rename = "model.overfit")]
    ModelOverfit,
    /// What small changes, missing and unseen values do to its answers.
    #[serde(rename = "model.robustness")]
    ModelRobustness,
    /// What must hold of its answers when an input changes: monotonicity, invariance.
    #[serde(rename = "model.rules")]
    ModelRules,
    /// Whether its answers hang on a single feature.
    #[serde(rename = "model.sensitivity")]
    ModelSensitivity,
    /// Whether the same row gets the same answer, alone and among others.
    #[serde(rename = "model.stability")]
    ModelStability,
    /// Whether the served model answers as it did when it was trained.
    #[serde(rename = "model.parity")]
    ModelParity,
}

impl CheckName {
    /// Every check, in the order of reports.
    pub const ALL: [Self; 13] = [
        Self::DataDrift,
        Self::DataIntegrity,
        Self::DataLeakage,
        Self::DataPersonal,
        Self::ModelBaseline,
        Self::ModelOverfit,
        Self::ModelCalibration,
        Self::ModelFairness,
        Self::ModelStability,
        Self::ModelRobustness,
        Self::ModelRules,
        Self::ModelSensitivity,
        Self::ModelParity,
    ];

    /// Returns the name as it is written in `plimsoll.yaml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DataDrift => "data.drift",
            Self::DataIntegrity => "data.integrity",
            Self::DataLeakage => "data.leakage",
            Self::DataPersonal => "data.personal",
            Self::ModelBaseline => "model.baseline",
            Self::ModelCalibration => "model.calibration",
            Self::ModelFairness => "model.fairness",
            Self::ModelOverfit => "model.overfit",
            Self::ModelRobustness => "model.robustness",
            Self::ModelRules => "model.rules",
            Self::ModelSensitivity => "model.sensitivity",
            Self::ModelStability => "model.stability",
            Self::ModelParity => "model.parity",
        }
    }
}

impl fmt::Display for CheckName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text names no check.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no check")]
pub struct ParseCheckNameError(String);

impl FromStr for CheckName {
    type Err = ParseCheckNameError;

    fn from_str(s: &str) -> Result<Self, ParseCheckNameError> {
        let found = Self::ALL.into_iter().find(|check| check.as_str() == s);
        found.ok_or_else(|| ParseCheckNameError(s.to_owned()))
    }
}

/// How far a check came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    /// It answered; what is wrong stands in its findings.
    Answered,
    /// There are too few rows for an answer.
    Undecided,
    /// It could not run, which is never a pass.
    Failed,
}

/// What a check saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Checked {
    /// Which check.
    pub check: CheckName,
    /// How far it came.
    pub state: CheckState,
    /// What it saw in a sentence; where it did not answer, why.
    pub summary: String,
    /// How many rows it looked at.
    pub rows: u64,
    /// About how many rows would settle an undecided answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_needed: Option<u64>,
    /// What is wrong; those of severity `error` block.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// The numbers behind it, the weightiest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figure>,
    /// What a person looks at; nothing is judged by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plots: Vec<Plot>,
}

/// A number of a check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Figure {
    /// What it is: `answers changed when temp is missing`.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// Its interval, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// The limit that it is held against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_has_one_name() {
        for check in CheckName::ALL {
            assert_eq!(check.as_str().parse::<CheckName>().unwrap(), check);
            let json = serde_json::to_string(&check).unwrap();
            assert_eq!(json, format!("\"{check}\""));
        }
        assert!("model.magic".parse::<CheckName>().is_err());
    }
}
