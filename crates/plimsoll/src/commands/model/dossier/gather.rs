//! What is known of a version, brought together from registry, bundle and evidence.

use std::collections::BTreeMap;
use std::path::PathBuf;

use plimsoll_core::audit::{AuditEntry, Sealed};
use plimsoll_core::evidence::{Evaluation, Scanned, Validation};
use plimsoll_core::ports::VersionRecord;
use plimsoll_core::record::RunRecord;
use plimsoll_core::{DatasetName, Digest, ModelName, Reference};
use plimsoll_release::bundle::{Part, VerifiedBundle};
use plimsoll_scan::bom::Bill;

use crate::commands::verify;
use crate::error::{CommandError, Kind};
use crate::ports::{Catalogue, Ports};
use crate::since::Since;
use crate::{bill, evidence, keys};

use super::since::checkpoints;

/// Everything that is known of a version.
pub(super) struct Gathered {
    pub model: ModelName,
    pub record: VersionRecord,
    pub verified: VerifiedBundle,
    pub run: RunRecord,
    pub evaluation: Evaluation,
    pub validations: Vec<(DatasetName, Validation)>,
    /// The evidence as it is stored: the evaluation, then what was found of datasets.
    pub evaluation_bytes: Vec<u8>,
    pub validation_bytes: Vec<(DatasetName, Digest, Vec<u8>)>,
    /// What scans saw, and the same as it is stored.
    pub scans: Vec<(Scanned, Vec<u8>)>,
    /// What the model is made of.
    pub bill: Bill,
    /// The whole log of the registry.
    pub audit: Vec<(AuditEntry, Sealed)>,
    /// What was said since.
    pub since: Since,
    /// The checkpoints between the model's first entry and the first that covers its last one.
    pub checkpoints: BTreeMap<u64, Vec<u8>>,
    /// The home's trust file.
    pub trust: Vec<u8>,
    /// The model's file, where it was asked for.
    pub weights: Option<PathBuf>,
    _files: tempfile::TempDir,
}

impl Gathered {
    pub(super) async fn of(
        reference: &Reference,
        with_weights: bool,
        catalogue: &Catalogue,
        ports: &Ports,
    ) -> Result<Self, CommandError> {
        let record = catalogue.registry.resolve(reference).await?;
        let released = &record.released;
        let version = released.version.clone();
        let subject = released.candidate.subject;
        if !catalogue.bundles.holds(&version.variant, subject) {
            let message = format!("the bundle of {version} is missing");
            let run = released.candidate.lineage.run.short();
            return Err(CommandError::new(Kind::No, message)
                .hint(format!("`plimsoll release {run}` writes it")));
        }
        // A version that was taken back has a dossier too: its history is why people ask for it.
        let bundle = catalogue.bundles.open(&version.variant, subject)?;
        let found = verify::Found { bundle, expected: Some((version.clone(), subject)) };
        let verified = verify::verified(&found, &keys::trust(&ports.settings, None)?, ports)?;
        let trust = keys::trust_file(&ports.settings.home);
        let trust =
            plimsoll_config::read(&trust).map_err(|error| CommandError::new(Kind::Usage, error))?;
        let run = released.candidate.lineage.run;
        catalogue.bring(run, ports).await?;
        let run = evidence::record(&*ports.runs, run).await?;
        let Some(digest) = verified.verdict.verdict.evidence else {
            let message = format!("the verdict on {version} names no evaluation");
            return Err(CommandError::new(Kind::No, message));
        };
        let objects = &*ports.objects;
        let evaluation_bytes = evidence::bytes(objects, &digest).await?;
        let evaluation = evidence::read(objects, &digest).await?;
        let (mut validations, mut validation_bytes) = (Vec::new(), Vec::new());
        for (name, (digest, _)) in &run.validated {
            let bytes = evidence::bytes(objects, digest).await?;
            validations.push((name.clone(), evidence::read(objects, digest).await?));
            validation_bytes.push((name.clone(), *digest, bytes));
        }
        let mut scans = Vec::new();
        for digest in verified.verdict.verdict.scans.values() {
            let bytes = evidence::bytes(objects, digest).await?;
            scans.push((evidence::read(objects, digest).await?, bytes));
        }
        // The whole log: what ties the entries of one model together lies between them.
        let rows = catalogue.entries(None).await?;
        let audit: Vec<_> = rows.into_iter().map(|row| (row.entry, row.sealed)).collect();
        let since = Since::of(&record, catalogue, ports).await?;
        let model = version.variant.model.as_str();
        let checkpoints = checkpoints(model, &audit, catalogue).await?;
        let bill = bill::of_version(&record, None, catalogue, ports).await?.bill;
        let files = tempfile::tempdir()
            .map_err(|error| CommandError::world(format!("no temporary folder: {error}")))?;
        let weights = if with_weights { Some(weights(&verified, &files)?) } else { None };
        Ok(Self {
            model: version.variant.model.clone(),
            record,
            verified,
            run,
            evaluation,
            validations,
            evaluation_bytes,
            validation_bytes,
            scans,
            bill,
            audit,
            since,
            checkpoints,
            trust,
            weights,
            _files: files,
        })
    }
}

/// Copies the model out of its bundle.
fn weights(verified: &VerifiedBundle, files: &tempfile::TempDir) -> Result<PathBuf, CommandError> {
    let path = files.path().join("model.onnx");
    let mut file = std::fs::File::create_new(&path).map_err(|error| {
        CommandError::world(format!("{} could not be written: {error}", path.display()))
    })?;
    verified.copy(Part::Model, &mut file).map_err(|error| CommandError::new(Kind::No, error))?;
    Ok(path)
}
