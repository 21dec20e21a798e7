//! What a section of prose is about: which facts it must be read again for when they change.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::name::SectionName;

/// A kind of facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// What the model predicts.
    Task,
    /// The model's license.
    License,
    /// The columns that it is given.
    Columns,
    /// The datasets, with licenses and what is declared about personal data.
    Data,
    /// What was measured, on the whole test set and on slices.
    Metrics,
    /// Commands and parameters.
    Training,
}

/// The text names no topic.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is nothing that a section is about (they are {names}, or `nothing`)", names = Topic::ALL.map(Topic::as_str).join(", "))]
pub struct ParseTopicError(String);

impl Topic {
    /// Every topic, in the order in which they are shown.
    pub const ALL: [Self; 6] =
        [Self::Task, Self::License, Self::Columns, Self::Data, Self::Metrics, Self::Training];

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::License => "license",
            Self::Columns => "columns",
            Self::Data => "data",
            Self::Metrics => "metrics",
            Self::Training => "training",
        }
    }

    /// Returns what a section of this name is about where it does not say so itself.
    ///
    /// A name that is not known here may be about anything.
    pub fn of_section(name: &SectionName) -> BTreeSet<Self> {
        let topics: &[Self] = match name.as_str() {
            "intended-use"
            | "intended-uses"
            | "uses"
            | "use"
            | "direct-use"
            | "downstream-use"
            | "out-of-scope-use"
            | "intended-use-and-limitations"
            | "how-to-use" => &[Self::Task, Self::License, Self::Columns],
            "limitations"
            | "bias-risks-and-limitations"
            | "risks"
            | "bias"
            | "limitations-and-biases"
            | "caveats"
            | "caveats-and-recommendations"
            | "recommendations" => &[Self::Task, Self::Columns, Self::Data, Self::Metrics],
            "ethical-considerations" | "ethics" | "fairness" => {
                &[Self::Task, Self::Columns, Self::Data]
            }
            "training-procedure" | "training" | "training-details" => {
                &[Self::Columns, Self::Data, Self::Training]
            }
            "data" | "training-data" | "evaluation-data" | "testing-data" => {
                &[Self::Columns, Self::Data]
            }
            "evaluation" | "results" | "performance" | "metrics" => &[Self::Data, Self::Metrics],
            "interface" | "how-to-get-started" => &[Self::Task, Self::Columns],
            "license" => &[Self::License],
            "contact" | "authors" | "model-card-authors" | "model-card-contact" | "citation"
            | "acknowledgements" | "glossary" | "more-information" => &[],
            _ => &Self::ALL,
        };
        topics.iter().copied().collect()
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Topic {
    type Err = ParseTopicError;

    fn from_str(s: &str) -> Result<Self, ParseTopicError> {
        let found = Self::ALL.into_iter().find(|topic| topic.as_str() == s);
        found.ok_or_else(|| ParseTopicError(s.chars().take(100).collect()))
    }
}
