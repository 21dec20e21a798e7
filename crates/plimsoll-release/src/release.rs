//! From a run that passed to a version whose bundle anybody can verify.
//!
//! First the number, in the registry's one transaction; then the statements and the bundle, which
//! follow from what the registry says. Killed between the two, the next `plimsoll release` of the
//! same run finds the version and writes the bundle that is missing: the same bytes.

use std::path::PathBuf;

use plimsoll_core::audit::Occasion;
use plimsoll_core::event::RunEnd;
use plimsoll_core::evidence::Evaluation;
use plimsoll_core::gate::Verdict;
use plimsoll_core::lifecycle::{
    Candidate, Contents, Judgement, Lineage, Release, ReleaseError, Subject,
};
use plimsoll_core::ports::{Registry, ResolveVersionError, VersionRecord};
use plimsoll_core::record::RunRecord;
use plimsoll_core::{CommitHash, Digest, Number, Reference, Variant, Version};

use crate::bundle::{AssembleError, Assembled, Parts, Statements, WriteBundleError};
use crate::envelope::{Envelope, SealError};
use crate::key::Sign;
use crate::shelf::Shelf;
use crate::statement::{
    Builder, Claim, Numbered, Provenance, ProvenanceError, ReleaseClaim, Statement, VerdictClaim,
};

/// What a run made, and everything that is known of it.
#[derive(Clone, Debug)]
pub struct Made {
    /// What it would be a version of.
    pub variant: Variant,
    /// The run.
    pub record: RunRecord,
    /// What was measured.
    pub evaluation: Evaluation,
    /// What the gate says, computed again from the evidence.
    pub verdict: Verdict,
    /// The model as the run's evidence names it.
    pub model: Digest,
    /// What is shipped.
    pub parts: Parts,
    /// The version that it follows; `None` where there was none.
    pub parent: Option<Version>,
}

/// A candidate with the bundle that it would be.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// What asks to be released.
    pub candidate: Candidate,
    made: Made,
    assembled: Assembled,
    provenance: Provenance,
}

/// A run has nothing that could be released.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// It did not come to its end.
    #[error("run {run} {state} (only a completed run is released)")]
    NotCompleted {
        /// Which, as people type it.
        run: String,
        /// How it stands.
        state: String,
    },
    /// It was made outside of git, or before the first commit.
    #[error("run {run} was made at no commit (a release names the commit that it came from)")]
    NoCommit {
        /// Which.
        run: String,
    },
    /// It was made of files that are in no commit.
    #[error("run {run} was made in a dirty tree (its code or configuration is in no commit)")]
    Dirty {
        /// Which.
        run: String,
    },
    /// The evidence measured another model than the one that would be shipped.
    #[error("the model of run {run} is {found}, but {measured} was measured")]
    AnotherModel {
        /// Which.
        run: String,
        /// What would be shipped.
        found: Digest,
        /// What was measured.
        measured: Digest,
    },
    /// The bundle could not be put together.
    #[error(transparent)]
    Assemble(#[from] AssembleError),
    /// Nobody can vouch for how the model was made.
    #[error(transparent)]
    Provenance(#[from] ProvenanceError),
    /// Something has no JSON.
    #[error("the candidate has no JSON")]
    Json(#[from] serde_json::Error),
}

/// A candidate was not released, or its bundle not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The registry refused it, or did not answer.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// The registry does not know what it just released.
    #[error(transparent)]
    Resolve(#[from] ResolveVersionError),
    /// A statement was not signed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The verdict has no JSON.
    #[error("the verdict has no JSON")]
    Json(#[from] serde_json::Error),
    /// The folder of the bundles could not be made.
    #[error("{folder} could not be made")]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The bundle is not there, and another run was released.
    #[error("{version} is released, but its bundle is missing: `plimsoll release {run}` writes it")]
    MissingBundle {
        /// The version.
        version: Box<Version>,
        /// The run that was released as it.
        run: String,
    },
    /// The bundle was not written; the version is released and the same command writes it.
    #[error("{version} is released, but its bundle was not written")]
    Bundle {
        /// The version.
        version: Box<Version>,
        /// Why.
        source: WriteBundleError,
    },
}

/// What became of a candidate.
#[derive(Clone, Debug)]
pub struct Published {
    /// The version as it stands.
    pub record: VersionRecord,
    /// Whether it was released right now.
    pub is_new: bool,
    /// Whether its bundle was signed right now.
    pub is_signed: bool,
    /// Where its bundle lies.
    pub bundle: PathBuf,
}

/// Returns the commit that `record` was made at, if such a run can be released at all.
///
/// # Errors
/// The run did not come to its end, or at no clean commit.
pub fn commit_of(record: &RunRecord) -> Result<CommitHash, PrepareError> {
    let run = record.id.short();
    if record.end != Some(RunEnd::Completed) {
        let state = record.end.map_or("has not ended".to_owned(), |end| format!("is {end}"));
        return Err(PrepareError::NotCompleted { run, state });
    }
    let commit = record.start.commit.as_ref();
    let hash = commit.and_then(|commit| commit.hash.as_deref()?.parse().ok());
    let Some(hash) = hash else { return Err(PrepareError::NoCommit { run }) };
    if commit.is_none_or(|commit| commit.dirty) {
        return Err(PrepareError::Dirty { run });
    }
    Ok(hash)
}

impl Prepared {
    /// Puts together what `made` would be as a version.
    ///
    /// # Errors
    /// The run did not come to its end, or at no clean commit, or is not what was measured.
    pub fn of(made: Made, builder: Builder) -> Result<Self, PrepareError> {
        let record = &made.record;
        let commit = commit_of(record)?;
        let measured = made.evaluation.model;
        if measured != made.model {
            let run = record.id.short();
            return Err(PrepareError::AnotherModel { run, found: made.model, measured });
        }
        let provenance = Provenance::of(record, builder)?;
        let assembled = Assembled::of(made.parts.clone())?;
        let subject = assembled.subject();
        let verdict = Digest::of_json(&made.verdict)?;
        let retraining = record.start.retraining.as_ref();
        let candidate = Candidate {
            variant: made.variant.clone(),
            subject,
            signature: made.parts.signature.clone(),
            contents: Contents {
                model: made.model,
                environment: Digest::blake3(&made.parts.environment),
                card: Digest::blake3(&made.parts.card),
            },
            lineage: Lineage {
                run: record.id,
                commit,
                data: record.start.data.iter().map(|(n, pin)| (n.clone(), pin.digest)).collect(),
                parent: made.parent.clone(),
                cause: retraining.map(|retraining| retraining.cause.clone()),
            },
            judgement: Judgement::of(&made.verdict, verdict, subject, measured),
        };
        Ok(Self { candidate, made, assembled, provenance })
    }

    /// Returns what the bundle would be.
    pub fn subject(&self) -> Subject {
        self.candidate.subject
    }

    /// Returns what the gate says of it.
    pub fn verdict(&self) -> &Verdict {
        &self.made.verdict
    }

    /// Returns the lock of its environment, or the packages that were found.
    pub fn environment(&self) -> &[u8] {
        &self.made.parts.environment
    }

    /// Returns what was measured.
    pub fn evaluation(&self) -> &Evaluation {
        &self.made.evaluation
    }

    /// Releases the candidate and writes its bundle, or finds both.
    ///
    /// # Errors
    /// The registry refused it; or the version is there and the bundle could not be written, which
    /// the same call makes good later.
    pub async fn publish(
        &self,
        registry: &dyn Registry,
        bundles: &Shelf,
        key: &dyn Sign,
        requested: Option<&Number>,
        occasion: &Occasion,
    ) -> Result<Published, PublishError> {
        let release = registry.release(&self.candidate, requested, occasion).await?;
        let version = release.version().clone();
        let record = registry.resolve(&Reference::from(version.clone())).await?;
        let bundle = bundles.place(&version.variant, self.subject());
        let mut is_signed = false;
        if !bundles.holds(&version.variant, self.subject()) {
            // The bundle tells of the run that was released, not of a later one that made the same.
            let run = record.released.candidate.lineage.run;
            if run != self.candidate.lineage.run {
                let run = run.short();
                return Err(PublishError::MissingBundle { version: Box::new(version), run });
            }
            let statements = self.statements(&record, key)?;
            let folder = bundle.parent().unwrap_or(bundles.folder());
            std::fs::create_dir_all(folder)
                .map_err(|source| PublishError::Folder { folder: folder.to_owned(), source })?;
            bundles.tidy(&version.variant, occasion.at);
            match self.assembled.write_folder(&bundle, &statements) {
                Ok(()) => is_signed = true,
                // Another process wrote the same one meanwhile.
                Err(WriteBundleError::Exists(_)) => {}
                Err(source) => {
                    return Err(PublishError::Bundle { version: Box::new(version), source });
                }
            }
        }
        Ok(Published { record, is_new: matches!(release, Release::New(_)), is_signed, bundle })
    }

    /// Signs what is said of the version of `record`.
    fn statements(
        &self,
        record: &VersionRecord,
        key: &dyn Sign,
    ) -> Result<Statements, PublishError> {
        let statement = |claim| Statement {
            variant: self.made.variant.clone(),
            subject: self.subject(),
            claim,
        };
        let builder = self.provenance.run_details.builder.clone();
        let verdict = VerdictClaim::of(self.made.verdict.clone(), builder.clone())?;
        let lineage = &record.released.candidate.lineage;
        let numbered = Numbered {
            version: record.released.version.clone(),
            parent: lineage.parent.clone(),
            cause: lineage.cause.as_ref().map(|cause| cause.evidence),
            at: record.at,
        };
        let release = ReleaseClaim::of(numbered, &verdict, builder);
        let provenance = Claim::Provenance(Box::new(self.provenance.clone()));
        let seal = |claim| Envelope::seal(&statement(claim), key);
        Ok(Statements {
            provenance: seal(provenance)?,
            verdict: seal(Claim::Verdict(Box::new(verdict)))?,
            release: seal(Claim::Release(Box::new(release)))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_core::event::CommitState;

    use super::*;
    use crate::samples;

    #[test]
    fn only_a_completed_run_of_a_clean_commit_is_released() {
        let with = |change: fn(&mut RunRecord)| {
            let mut record = samples::record();
            change(&mut record);
            commit_of(&record).map(|commit| commit.to_string())
        };
        assert_eq!(with(|_| {}).unwrap(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        let refused = |change| with(change).unwrap_err().to_string();
        let commit = |change: fn(&mut CommitState)| {
            let mut record = samples::record();
            record.start.commit.as_mut().map(change).unwrap();
            commit_of(&record).unwrap_err().to_string()
        };
        for (message, said) in [
            (refused(|record| record.end = None), "has not ended (only a completed run"),
            (refused(|record| record.end = Some(RunEnd::Interrupted)), "is interrupted (only"),
            (refused(|record| record.start.commit = None), "was made at no commit"),
            (commit(|commit| commit.hash = None), "was made at no commit"),
            (commit(|commit| commit.dirty = true), "was made in a dirty tree"),
        ] {
            assert!(message.contains(said), "{message}");
        }
    }
}
