//! What a provenance says of a run, read back so that it can be done again.

use std::collections::BTreeMap;

use plimsoll_core::event::DatasetPin;
use plimsoll_core::lifecycle::Subject;
use plimsoll_core::reproduction::{Past, PastRetraining, PastStep};
use plimsoll_core::{CommitHash, Day, Digest, Version};

use crate::statement::{Provenance, Resource, StepMade};

/// How many datasets, code files and steps a provenance may name.
const MOST: usize = 100_000;

/// What a provenance does not say of itself.
#[derive(Clone, Debug)]
pub struct Released {
    /// The version.
    pub version: Version,
    /// What was released as it.
    pub subject: Subject,
    /// The version that it follows.
    pub parent: Option<Version>,
    /// The evidence that caused the run.
    pub cause: Option<Digest>,
}

/// A run cannot be done again from what is said of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineageError {
    /// It names no commit.
    #[error("the provenance of {0} names no commit")]
    NoCommit(Box<Version>),
    /// The commit does not hold what the run was made of.
    #[error("{0} was made in a dirty tree, which no commit holds")]
    Dirty(Box<Version>),
    /// Something is not as Plimsoll writes it.
    #[error("the provenance of {version} names `{name}` in a way that this version does not read")]
    Strange {
        /// Of what.
        version: Box<Version>,
        /// Which thing.
        name: String,
    },
    /// It names more than can be believed.
    #[error("the provenance of {version} names {count} things (at most {MOST})")]
    TooMany {
        /// Of what.
        version: Box<Version>,
        /// How many.
        count: usize,
    },
    /// Rows were withheld, and nothing says why.
    #[error("{0} was trained again, and its release names no cause or no version before it")]
    NoCause(Box<Version>),
}

/// Reads back what `provenance` says of the run that `released` came from.
///
/// # Errors
/// It does not say enough, or not as Plimsoll does.
pub fn past(provenance: &Provenance, released: &Released) -> Result<Past, LineageError> {
    let reading = Reading { version: &released.version };
    let definition = &provenance.build_definition;
    let (decided, resolved) = (&definition.external_parameters, &definition.internal_parameters);
    let dependencies = &definition.resolved_dependencies;
    let count = dependencies.len() + resolved.steps.len();
    if count > MOST {
        return Err(LineageError::TooMany { version: reading.boxed(), count });
    }
    let (mut data, mut code) = (BTreeMap::new(), BTreeMap::new());
    let (mut commit, mut withheld) = (None, None);
    for resource in dependencies {
        let strange = || reading.strange(resource);
        let name = resource.name.as_str();
        if name == "commit" {
            commit = Some(reading.commit(resource)?);
        } else if name == "data/withheld" && resource.annotations.contains_key("days") {
            withheld = Some((reading.pin(resource)?, reading.days(resource)?));
        } else if let Some(name) = name.strip_prefix("data/") {
            data.insert(name.parse().map_err(|_| strange())?, reading.pin(resource)?);
        } else if let Some(path) = name.strip_prefix("code/") {
            code.insert(path.parse().map_err(|_| strange())?, reading.digest(resource)?);
        }
        // What else is named is said elsewhere too: the lock with the environment, inputs with steps.
    }
    let retraining = match (withheld, &released.parent, released.cause) {
        (None, ..) => None,
        (Some((pin, (from, to))), Some(parent), Some(cause)) => {
            let DatasetPin { digest: withheld, bytes, .. } = pin;
            Some(PastRetraining { cause, parent: parent.clone(), withheld, bytes, from, to })
        }
        (Some(_), ..) => return Err(LineageError::NoCause(reading.boxed())),
    };
    let mut byproducts = provenance.run_details.byproducts.iter();
    let evaluation = byproducts.find(|resource| resource.name == "evidence/evaluation");
    Ok(Past {
        version: released.version.clone(),
        subject: released.subject,
        run: provenance.run(),
        commit: commit.ok_or_else(|| LineageError::NoCommit(reading.boxed()))?,
        declared: decided.declared,
        params: decided.params.clone(),
        seed: decided.seed,
        environment: resolved.environment.clone(),
        data,
        code,
        steps: resolved.steps.iter().map(step).collect(),
        retraining,
        evaluation: evaluation.map(|resource| reading.digest(resource)).transpose()?,
    })
}

fn step(made: &StepMade) -> PastStep {
    PastStep {
        name: made.step.clone(),
        command: made.command.clone(),
        inputs: made.inputs.clone(),
        params: made.params.clone(),
        env: None,
        outputs: made.outputs.clone(),
    }
}

struct Reading<'a> {
    version: &'a Version,
}

impl Reading<'_> {
    fn boxed(&self) -> Box<Version> {
        Box::new(self.version.clone())
    }

    fn strange(&self, resource: &Resource) -> LineageError {
        let name = resource.name.chars().take(200).collect();
        LineageError::Strange { version: self.boxed(), name }
    }

    fn digest(&self, resource: &Resource) -> Result<Digest, LineageError> {
        let digest = resource.digest.get("blake3");
        let digest = digest.and_then(|digits| format!("blake3:{digits}").parse().ok());
        digest.ok_or_else(|| self.strange(resource))
    }

    fn commit(&self, resource: &Resource) -> Result<CommitHash, LineageError> {
        match resource.annotations.get("state").map(String::as_str) {
            Some("clean") => {}
            Some("dirty") => return Err(LineageError::Dirty(self.boxed())),
            _ => return Err(self.strange(resource)),
        }
        let hash = resource.digest.get("gitCommit").and_then(|hash| hash.parse().ok());
        hash.ok_or_else(|| self.strange(resource))
    }

    fn pin(&self, resource: &Resource) -> Result<DatasetPin, LineageError> {
        let bytes = resource.annotations.get("bytes").and_then(|bytes| bytes.parse().ok());
        let bytes = bytes.ok_or_else(|| self.strange(resource))?;
        let source = resource.annotations.get("source").cloned();
        Ok(DatasetPin { digest: self.digest(resource)?, bytes, source })
    }

    fn days(&self, resource: &Resource) -> Result<(Day, Day), LineageError> {
        let days = resource.annotations.get("days").and_then(|days| days.split_once(" to "));
        let days = days.and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
        days.ok_or_else(|| self.strange(resource))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::samples;

    fn released() -> Released {
        Released {
            version: "bike-demand@1.0.0".parse().unwrap(),
            subject: Subject::of(b"manifest"),
            parent: None,
            cause: None,
        }
    }

    /// The provenance of the sample, with its dependencies changed.
    fn changed(change: impl FnOnce(&mut Vec<Value>)) -> Provenance {
        let mut record = samples::record();
        record.end = Some(plimsoll_core::event::RunEnd::Completed);
        let provenance = Provenance::of(&record, samples::builder()).unwrap();
        let mut value = serde_json::to_value(provenance).unwrap();
        let dependencies = &mut value["buildDefinition"]["resolvedDependencies"];
        change(dependencies.as_array_mut().unwrap());
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_run_is_read_back_as_it_was_written() {
        let record = samples::record();
        let past = past(&changed(|_| {}), &released()).unwrap();
        assert_eq!(past.run, record.id);
        assert_eq!(Some(past.commit.to_string()), record.start.commit.unwrap().hash);
        assert_eq!(past.data, record.start.data);
        assert_eq!(past.code, record.start.code);
        assert_eq!(past.params, record.start.params);
        assert_eq!(past.environment, record.start.environment);
        assert_eq!(past.evaluation, record.evaluation.map(|(digest, _)| digest));
        let made = &past.steps[0];
        assert_eq!(made.inputs, record.steps[0].parts.as_ref().unwrap().inputs);
        assert_eq!(past.output(&"build/model.onnx".parse().unwrap()), made.outputs.values().next());
    }

    #[test]
    fn a_retraining_needs_its_cause() {
        let withheld = json!({
            "name": "data/withheld", "digest": {"blake3": Digest::blake3(b"rows").hex()},
            "annotations": {"bytes": "7", "days": "2012-01-01 to 2012-01-14"},
        });
        let provenance = changed(|all| all.push(withheld));
        let error = past(&provenance, &released()).unwrap_err();
        assert!(matches!(error, LineageError::NoCause(_)), "{error}");
        let parent = Some("bike-demand@0.9.0".parse().unwrap());
        let caused = Released { parent, cause: Some(Digest::blake3(b"breach")), ..released() };
        let retraining = past(&provenance, &caused).unwrap().retraining.unwrap();
        assert_eq!((retraining.bytes, retraining.to.to_string()), (7, "2012-01-14".to_owned()));
    }

    #[test]
    fn what_is_said_in_another_way_is_refused_by_name() {
        let refused = |change: fn(&mut Vec<Value>)| {
            past(&changed(change), &released()).unwrap_err().to_string()
        };
        for (message, said) in [
            (refused(|all| _ = all.remove(0)), "names no commit"),
            (refused(|all| all[0]["annotations"]["state"] = "dirty".into()), "in a dirty tree"),
            (refused(|all| all[0]["digest"]["gitCommit"] = "x".into()), "names `commit` in a way"),
            (refused(|all| all[1]["annotations"] = json!({})), "names `data/hourly` in a way"),
            (refused(|all| all[1]["digest"]["blake3"] = "00".into()), "names `data/hourly`"),
            (refused(|all| all[2]["name"] = "code/../x".into()), "names `code/../x` in a way"),
        ] {
            assert!(message.contains(said), "{message}");
        }
    }
}
