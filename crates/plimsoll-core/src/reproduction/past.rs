//! What is known of the run that a version came from, as far as it can be done again.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::event::{DatasetPin, Environment};
use crate::lifecycle::Subject;
use crate::{CommitHash, DatasetName, Day, Digest, RepoPath, RunId, StepName, Version};

/// The run that a version came from: its lineage, without what only its own machine knew.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// The version.
    pub version: Version,
    /// What was released as it.
    pub subject: Subject,
    /// The run.
    pub run: RunId,
    /// The commit that it was made at.
    pub commit: CommitHash,
    /// The digest of `plimsoll.yaml`.
    pub declared: Digest,
    /// Every parameter by its dotted name, with what a retraining set.
    pub params: BTreeMap<String, Value>,
    /// The seed.
    pub seed: u64,
    /// What its steps ran with.
    pub environment: Environment,
    /// The datasets as they were.
    pub data: BTreeMap<DatasetName, DatasetPin>,
    /// The code files as they were.
    pub code: BTreeMap<RepoPath, Digest>,
    /// The steps in an order in which they can run.
    pub steps: Vec<PastStep>,
    /// What made it a retraining; `None` of a run that a person asked for.
    pub retraining: Option<PastRetraining>,
    /// The evidence of its evaluation.
    pub evaluation: Option<Digest>,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq)]
pub struct PastStep {
    /// Its name.
    pub name: StepName,
    /// Its command.
    pub command: String,
    /// What it read.
    pub inputs: BTreeMap<RepoPath, Digest>,
    /// The parameters that it read.
    pub params: BTreeMap<String, Value>,
    /// The digests of the variables that it names in `env:`; `None` where that is not known, as of a
    /// bundle, which says nothing of what may be secret.
    pub env: Option<BTreeMap<String, Option<Digest>>>,
    /// What it wrote.
    pub outputs: BTreeMap<RepoPath, Digest>,
}

/// What made a run a retraining.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRetraining {
    /// The evidence that led to it.
    pub cause: Digest,
    /// The version that it was to follow.
    pub parent: Version,
    /// The rows that were only judged on.
    pub withheld: Digest,
    /// Their size.
    pub bytes: u64,
    /// Their first day.
    pub from: Day,
    /// Their last day.
    pub to: Day,
}

impl Past {
    /// Returns what a step wrote to `path`, where one wrote it as an output of its own.
    pub fn output(&self, path: &RepoPath) -> Option<&Digest> {
        self.steps.iter().find_map(|step| step.outputs.get(path))
    }
}
