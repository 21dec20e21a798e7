//! How a run made a model: SLSA provenance v1.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::event::{Environment, Output, RunEnd};
use plimsoll_core::record::{RunRecord, StepRecord, StepState};
use plimsoll_core::{Digest, ModelName, RepoPath, RunId, StepName, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Builder;
use crate::role::Role;

/// How to read the parameters below.
const BUILD_TYPE: &str = "urn:plimsoll:run/v1";

/// How a run made a model. SLSA's fields; extensions begin with `plimsoll_`, as it asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Provenance {
    /// What the run was to do.
    pub build_definition: BuildDefinition,
    /// How it went.
    pub run_details: RunDetails,
    #[serde(rename = "plimsoll_role")]
    role: Role,
}

/// What a run was to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BuildDefinition {
    build_type: String,
    /// What people decided.
    pub external_parameters: Decided,
    /// What followed from it.
    pub internal_parameters: Resolved,
    /// Everything that came from elsewhere: commit, datasets, code, the lock file of the environment,
    /// other files that steps read.
    pub resolved_dependencies: Vec<Resource>,
}

/// What people decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Decided {
    /// The model's name.
    pub model: ModelName,
    /// The digest of `plimsoll.yaml`.
    pub declared: Digest,
    /// Every parameter by its dotted name.
    pub params: BTreeMap<String, Value>,
    /// The seed.
    pub seed: u64,
    /// The steps that were asked for.
    pub steps: Vec<StepName>,
}

/// What followed from what was declared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Resolved {
    /// The digest of the plan.
    pub plan: Digest,
    /// What the steps ran with.
    pub environment: Environment,
    /// What each step did.
    pub steps: Vec<StepMade>,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StepMade {
    /// Which step.
    pub step: StepName,
    /// Its command.
    pub command: String,
    /// What it read.
    pub inputs: BTreeMap<RepoPath, Digest>,
    /// The parameters that it read.
    pub params: BTreeMap<String, Value>,
    /// What it wrote.
    pub outputs: BTreeMap<RepoPath, Digest>,
    /// The run whose outputs were taken over, where it was not run again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_run: Option<RunId>,
}

/// A thing that took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resource {
    /// What it is called.
    pub name: String,
    /// Its digests by algorithm.
    pub digest: BTreeMap<String, String>,
    /// What else is known of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// How a run went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunDetails {
    /// What ran it.
    pub builder: Builder,
    /// Which run, and when.
    pub metadata: RunMetadata,
    /// The outputs of the steps, and the evidence.
    pub byproducts: Vec<Resource>,
}

/// Which run, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunMetadata {
    /// The run.
    pub invocation_id: RunId,
    /// When it started, RFC 3339.
    pub started_on: String,
    /// When its last event was recorded, RFC 3339.
    pub finished_on: String,
}

/// A run cannot be vouched for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProvenanceError {
    /// It did not come to its end.
    #[error("run {run} {state} (only a completed run has a provenance)")]
    NotCompleted {
        /// Which.
        run: RunId,
        /// How it ended.
        state: String,
    },
    /// One of its steps has no outputs.
    #[error("step `{step}` of run {run} is {state} (every step must have run or be cached)")]
    StepWithout {
        /// Which run.
        run: RunId,
        /// Which step.
        step: StepName,
        /// Where it stands.
        state: &'static str,
    },
    /// A time has no calendar date.
    #[error("run {run} has an event at {millis} ms, which is no date")]
    Time {
        /// Which run.
        run: RunId,
        /// The time.
        millis: i64,
    },
}

impl Provenance {
    /// Tells how the run of `record` made what it made.
    pub fn of(record: &RunRecord, builder: Builder) -> Result<Self, ProvenanceError> {
        let (run, start) = (record.id, &record.start);
        if record.end != Some(RunEnd::Completed) {
            let state = match record.end {
                Some(end) => format!("ended as `{end}`"),
                None => "has not ended".to_owned(),
            };
            return Err(ProvenanceError::NotCompleted { run, state });
        }
        let steps = record.steps.iter().map(|step| StepMade::of(run, step));
        let evidence = record.validated.iter().map(|(name, (digest, _))| {
            Resource::new(format!("evidence/validation/{name}"), *digest)
        });
        let evaluation =
            record.evaluation.map(|(digest, _)| Resource::new("evidence/evaluation", digest));
        let outputs = record.steps.iter().flat_map(|step| &step.outputs).map(Resource::output);
        Ok(Self {
            build_definition: BuildDefinition {
                build_type: BUILD_TYPE.to_owned(),
                external_parameters: Decided {
                    model: start.project.model.clone(),
                    declared: start.declared,
                    params: start.params.clone(),
                    seed: start.project.seed,
                    steps: start.steps.clone(),
                },
                internal_parameters: Resolved {
                    plan: start.plan,
                    environment: start.environment.clone(),
                    steps: steps.collect::<Result<_, _>>()?,
                },
                resolved_dependencies: dependencies(record),
            },
            run_details: RunDetails {
                builder,
                metadata: RunMetadata {
                    invocation_id: run,
                    started_on: written(run, record.started)?,
                    finished_on: written(run, record.last)?,
                },
                byproducts: outputs.chain(evidence).chain(evaluation).collect(),
            },
            role: Role::Builder,
        })
    }

    /// Returns the run.
    pub fn run(&self) -> RunId {
        self.run_details.metadata.invocation_id
    }

    /// Returns the BLAKE3 of what was found of each dataset, as hexadecimal digits.
    pub fn validations(&self) -> impl Iterator<Item = String> {
        let byproducts = self.run_details.byproducts.iter();
        let of_data = byproducts.filter(|it| it.name.starts_with("evidence/validation/"));
        of_data.filter_map(|it| it.digest.get("blake3").cloned())
    }

    pub(super) fn role(&self) -> Role {
        self.role
    }
}

impl StepMade {
    fn of(run: RunId, record: &StepRecord) -> Result<Self, ProvenanceError> {
        let step = record.name.clone();
        let state = record.state.word();
        let from_run = match record.state {
            StepState::Ran { .. } => None,
            StepState::Cached { from_run } => Some(from_run),
            _ => return Err(ProvenanceError::StepWithout { run, step, state }),
        };
        let Some(parts) = record.parts.clone() else {
            return Err(ProvenanceError::StepWithout { run, step, state: "without a cache key" });
        };
        let outputs = record.outputs.iter().map(|output| (output.path.clone(), output.digest));
        Ok(Self {
            step,
            command: parts.command,
            inputs: parts.inputs,
            params: parts.params,
            outputs: outputs.collect(),
            from_run,
        })
    }
}

impl Resource {
    fn new(name: impl Into<String>, digest: Digest) -> Self {
        let written = digest.to_string();
        let algorithm = written.split(':').next().unwrap_or_default().to_owned();
        let digest = BTreeMap::from([(algorithm, digest.hex())]);
        Self { name: name.into(), digest, annotations: BTreeMap::new() }
    }

    fn output(output: &Output) -> Self {
        Self::new(format!("output/{}", output.path), output.digest)
    }

    fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.annotations.insert(name.to_owned(), value.into());
        self
    }
}

fn dependencies(record: &RunRecord) -> Vec<Resource> {
    let start = &record.start;
    let mut all = Vec::new();
    if let Some(commit) = &start.commit
        && let Some(hash) = &commit.hash
    {
        let state = if commit.dirty { "dirty" } else { "clean" };
        let digest = BTreeMap::from([("gitCommit".to_owned(), hash.clone())]);
        let commit = Resource { name: "commit".to_owned(), digest, annotations: BTreeMap::new() };
        all.push(commit.with("state", state));
    }
    for (name, pin) in &start.data {
        let dataset = Resource::new(format!("data/{name}"), pin.digest);
        let dataset = dataset.with("bytes", pin.bytes.to_string());
        all.push(match &pin.source {
            Some(source) => dataset.with("source", source),
            None => dataset,
        });
    }
    if let Some(retraining) = &start.retraining {
        let withheld = &retraining.withheld;
        let dataset = Resource::new("data/withheld", withheld.digest);
        let dataset = dataset.with("bytes", withheld.bytes.to_string());
        all.push(dataset.with("days", format!("{} to {}", withheld.from, withheld.to)));
    }
    let code = start.code.iter();
    all.extend(code.map(|(path, digest)| Resource::new(format!("code/{path}"), *digest)));
    // What else is declared by a digest is a lock file; `system` says what was found, and `none` nothing.
    if let Ok(lock) = start.environment.python.parse() {
        let lock = Resource::new("environment/lock", lock);
        let lock = lock.with("interpreter", &start.environment.interpreter);
        all.push(lock.with("platform", &start.environment.platform));
    }
    all.extend(inputs(record));
    all
}

/// Returns the files that steps read and that came from elsewhere: a base model, for one.
fn inputs(record: &RunRecord) -> impl Iterator<Item = Resource> {
    let made = |path: &RepoPath| {
        let mut outputs = record.steps.iter().flat_map(|step| &step.outputs);
        outputs.any(|output| path.is_within(&output.path))
    };
    let datasets: BTreeSet<_> = record.start.data.values().map(|pin| pin.digest).collect();
    let read = record.steps.iter().filter_map(|step| step.parts.as_ref());
    let read: BTreeMap<_, _> = read.flat_map(|parts| &parts.inputs).collect();
    let foreign: Vec<_> = read
        .into_iter()
        .filter(|(path, digest)| !datasets.contains(digest) && !made(path))
        .map(|(path, digest)| Resource::new(format!("input/{path}"), *digest))
        .collect();
    foreign.into_iter()
}

fn written(run: RunId, at: Timestamp) -> Result<String, ProvenanceError> {
    let millis = at.as_millis();
    let date = jiff::Timestamp::from_millisecond(millis);
    date.map(|date| date.to_string()).map_err(|_| ProvenanceError::Time { run, millis })
}
