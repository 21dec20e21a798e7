//! What is to be approved: a version, or a run that could become one.

use std::collections::BTreeSet;
use std::path::PathBuf;

use plimsoll_core::evidence::Evaluation;
use plimsoll_core::gate::Verdict;
use plimsoll_core::lifecycle::Subject;
use plimsoll_core::ports::{ResolveError, VersionRecord};
use plimsoll_core::record::RunRecord;
use plimsoll_core::signature::Signature;
use plimsoll_core::{Digest, Reference, RunId, Version};
use plimsoll_release::bundle::{Part, VerifiedBundle};
use plimsoll_release::trust::Trust;

use super::{Asking, is_digest, versions_of};
use crate::approvals::Asked;
use crate::commands::{deploy, release, verify};
use crate::error::{CommandError, Kind};
use crate::ports::{Catalogue, Ports};
use crate::{candidate, evidence};

/// What is to be approved, with everything that a person looks at.
pub(super) struct Target {
    /// What it is asked as.
    pub asked: Asked,
    /// Its version, where it has one.
    pub version: Option<Version>,
    pub verdict: Verdict,
    pub side: Side,
}

/// One of two models that are held against each other.
pub(super) struct Side {
    pub record: RunRecord,
    pub evaluation: Evaluation,
    pub signature: Signature,
    /// The lock of its environment; `Err` with the reason where it cannot be had.
    pub environment: Result<Vec<u8>, String>,
}

impl Target {
    /// Finds what a person names.
    pub(super) async fn find(
        asking: &Asking,
        trust: &Trust,
        catalogue: &Catalogue,
        ports: &Ports,
    ) -> Result<Self, CommandError> {
        let what = &asking.what;
        let onnxruntime = asking.onnxruntime.clone().or_else(|| ports.settings.onnxruntime.clone());
        if what.contains('@') {
            let reference: Reference =
                what.parse().map_err(|error| CommandError::new(Kind::Usage, error))?;
            let record = catalogue.registry.resolve(&reference).await?;
            return Self::of_version(&record, trust, catalogue, ports).await;
        }
        if !is_digest(what) {
            let run = run(what, catalogue, ports).await?;
            return Box::pin(Self::of_run(run, onnxruntime, trust, catalogue, ports)).await;
        }
        let digest: Digest = what.parse().map_err(|error| CommandError::new(Kind::Usage, error))?;
        let subject: Subject =
            digest.try_into().map_err(|error| CommandError::new(Kind::Usage, error))?;
        if let Some(record) = versions_of(subject, catalogue).await? {
            return Self::of_version(&record, trust, catalogue, ports).await;
        }
        let said = catalogue.registry.approvals(subject).await?;
        let Some(run) = said.last().map(|record| record.approval.run) else {
            let error = CommandError::usage(format!("nothing is known of a bundle {subject}"));
            return Err(error.hint("name a version, or the run that would become one"));
        };
        catalogue.bring(run, ports).await?;
        let found = Box::pin(Self::of_run(run, onnxruntime, trust, catalogue, ports)).await?;
        if found.asked.subject == subject {
            return Ok(found);
        }
        let message =
            format!("run {} would be {} now, not {subject}", run.short(), found.asked.subject);
        Err(CommandError::new(Kind::No, message))
    }

    async fn of_version(
        record: &VersionRecord,
        trust: &Trust,
        catalogue: &Catalogue,
        ports: &Ports,
    ) -> Result<Self, CommandError> {
        let reference = Reference::from(record.released.version.clone());
        let found = verify::of_registry(&reference, catalogue).await?;
        let verified = verify::verified(&found, trust, ports)?;
        let side = Side::of_version(record, Ok(&verified), catalogue, ports).await?;
        let asked = deploy::asked(&verified, side.record.start.project.policy);
        let version = Some(verified.release.version);
        Ok(Self { asked, version, verdict: verified.verdict.verdict, side })
    }

    async fn of_run(
        run: RunId,
        onnxruntime: Option<PathBuf>,
        trust: &Trust,
        catalogue: &Catalogue,
        ports: &Ports,
    ) -> Result<Self, CommandError> {
        let parent = release::parent(run, catalogue, ports).await?;
        let made = candidate::of(run, parent, ports, onnxruntime).await?;
        if let Some(version) = release::known(&made, catalogue).await? {
            let record = catalogue.registry.resolve(&Reference::from(version)).await?;
            return Self::of_version(&record, trust, catalogue, ports).await;
        }
        // Who built it is known once it is signed: `release` looks again.
        let asked = release::asked(&made, BTreeSet::new());
        let prepared = &made.prepared;
        let side = Side {
            evaluation: prepared.evaluation().clone(),
            signature: prepared.candidate.signature.clone(),
            environment: Ok(prepared.environment().to_vec()),
            record: made.record.clone(),
        };
        Ok(Self { asked, version: None, verdict: prepared.verdict().clone(), side })
    }
}

impl Side {
    /// Reads what is known of a version, and its environment from its bundle if that verifies.
    pub(super) async fn of_version(
        record: &VersionRecord,
        bundle: Result<&VerifiedBundle, String>,
        catalogue: &Catalogue,
        ports: &Ports,
    ) -> Result<Self, CommandError> {
        let released = &record.released;
        let made = evidence::record(&*catalogue.runs, released.candidate.lineage.run).await?;
        let Some((digest, _)) = made.evaluation else {
            let message = format!("the run of {} has no evaluation", released.version);
            return Err(CommandError::new(Kind::Damaged, message));
        };
        let objects = catalogue.objects_with(&digest, ports).await?;
        let evaluation = evidence::read(&*objects, &digest).await?;
        let environment = bundle.and_then(|bundle| {
            let mut bytes = Vec::new();
            let copied = bundle.copy(Part::Environment, &mut bytes);
            copied.map(|()| bytes).map_err(|error| error.to_string())
        });
        let signature = released.candidate.signature.clone();
        Ok(Self { record: made, evaluation, signature, environment })
    }
}

/// Finds a run here, else in the registry, from where it is brought.
async fn run(selector: &str, catalogue: &Catalogue, ports: &Ports) -> Result<RunId, CommandError> {
    let error = match ports.find_run(selector).await {
        Ok(run) => return Ok(run),
        Err(error) => error,
    };
    if !matches!(error.source.downcast_ref(), Some(ResolveError::Unknown(_))) {
        return Err(error);
    }
    let Ok(run) = catalogue.runs.resolve(selector).await else { return Err(error) };
    catalogue.bring(run, ports).await?;
    Ok(run)
}
