//! Datasets, checked against their schemas and what is declared about them before any step.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_core::event::RunEvent;
use plimsoll_core::evidence::Validation;
use plimsoll_core::gate::Waiver;
use plimsoll_core::ports::MeasureError;
use plimsoll_core::{DatasetName, Day, Digest, RepoPath, Severity, Timestamp};
use serde::Serialize;

use super::RunError;
use super::driver::{Answer, Driver};
use super::start::Claims;
use crate::tree::HashError;

/// The version of what the key of a validation is made of.
const FORMAT: u32 = 2;

/// Everything that the answer of a validation depends on.
#[derive(Serialize)]
pub(crate) struct Judged<'a> {
    pub dataset: &'a Digest,
    pub schema: Option<&'a Digest>,
    /// Whether personal data are looked for. Left out where not: older answers stay known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_personal_data: bool,
    /// The files that the schema refers to.
    pub references: &'a BTreeMap<RepoPath, Digest>,
    /// What time it is, where the schema asks for it.
    pub clock: Option<Timestamp>,
    /// What checks.
    pub identity: &'a str,
}

/// Returns the key that a validation is remembered under.
pub(crate) fn validation_key(judged: &Judged<'_>) -> Result<Digest, serde_json::Error> {
    Digest::of_json(&("validation", FORMAT, judged))
}

impl Driver<'_> {
    /// Takes an answer that is known, or asks for one.
    pub(crate) async fn validate(&mut self, dataset: DatasetName) -> Result<(), RunError> {
        let Some(Claims { key, request, .. }) = self.claims.get(&dataset).cloned() else {
            return Err(RunError::Bug(format!("nothing is to be checked of dataset `{dataset}`")));
        };
        self.lookup.ask([key]).await?;
        if let Some(entry) = self.lookup.found(&key).cloned()
            && let Some(evidence) = entry.outputs.first().map(|output| output.digest)
            && self.lookup.contains(&evidence).await?
        {
            let validation: Validation = self.evidence(&evidence).await?;
            self.validated(dataset, key, evidence, validation, Some(entry.run));
            return Ok(());
        }
        let measure = Arc::clone(&self.ports.measure);
        self.tasks.spawn_blocking(move || {
            let answer = measure.validate(&request);
            Answer::Validated { dataset, key, answer: Box::new(answer) }
        });
        Ok(())
    }

    /// Records what a check found, provided that it saw the bytes that the run began with.
    pub(crate) async fn take_validation(
        &mut self,
        dataset: DatasetName,
        key: Digest,
        answer: Result<Validation, MeasureError>,
    ) -> Result<(), RunError> {
        let validation = match answer {
            Ok(validation) => validation,
            Err(MeasureError { message, next }) => {
                return Err(RunError::Validation { dataset, message, next });
            }
        };
        let declared = self.start.project.data.get(&dataset);
        let pinned = self.start.data.get(&dataset).map(|pin| pin.digest);
        let table = declared.map(|declared| (declared.path.clone(), pinned));
        let references = self.claims.get(&dataset).map(|claims| claims.references.clone());
        let references = references.into_iter().flatten();
        let read = table.into_iter().chain(references.map(|(path, digest)| (path, Some(digest))));
        for (path, began_with) in read {
            let now = self.shop.tree().hash(&path);
            let source = match now {
                Ok(hashed) if Some(hashed.digest) == began_with => None,
                Ok(_) => Some(HashError::Changed { path: path.to_string() }),
                Err(error) => Some(error),
            };
            if let Some(source) = source {
                return Err(RunError::Dataset { dataset, source });
            }
        }
        let evidence = self.store("the result of a data check", &validation).await?;
        self.validated(dataset, key, evidence, validation, None);
        Ok(())
    }

    fn validated(
        &mut self,
        dataset: DatasetName,
        key: Digest,
        evidence: Digest,
        validation: Validation,
        from_run: Option<plimsoll_core::RunId>,
    ) {
        let waivers = &self.start.project.waivers;
        let today = Day::of(self.journal.started());
        let wrong = validation.findings.iter().filter(|found| found.severity == Severity::Error);
        self.data_findings.extend(wrong.clone().cloned());
        let blocking = wrong.filter(|found| !Waiver::any_excuses(waivers, found, today));
        let errors = blocking.count() as u64;
        if errors > 0 {
            self.invalid.insert(dataset.clone(), validation);
        }
        self.record(RunEvent::DataValidated { dataset, key, evidence, errors, from_run });
    }
}
