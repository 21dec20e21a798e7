//! A run's model as a candidate: its files brought together from where the run left them.

mod kinds;
mod prose;

use std::path::{Path, PathBuf};

use plimsoll_core::event::{Output, OutputKind, Tree};
use plimsoll_core::evidence::Evaluation;
use plimsoll_core::gate::{Transition, Waived};
use plimsoll_core::ports::{FileMode, ObjectStore};
use plimsoll_core::project::{Predictor, Project, Python};
use plimsoll_core::record::RunRecord;
use plimsoll_core::signature::Signature;
use plimsoll_core::{DatasetName, Digest, RepoPath, RunId, Variant, Version};
use plimsoll_engine::lock_file::LockFile;
use plimsoll_predict::{LARGEST_FILE, Model, ModelFile};
use plimsoll_release::bundle::Parts;
use plimsoll_release::card::{self, Facts};
use plimsoll_release::gate;
use plimsoll_release::release::{Made, Prepared, commit_of};
use plimsoll_release::statement::Builder;

use crate::error::{CommandError, Kind};
use crate::measure::Measurement;
use crate::ports::Ports;
use crate::{evidence, ports, signature};

use kinds::Kinds;

/// What to do where the commit does not say what the run was made of.
const COMMIT_IT: &str = "commit it and run again: every step is cached";

/// A candidate, and the folder that its files lie in while it is needed.
pub(crate) struct Candidate {
    pub prepared: Prepared,
    pub record: RunRecord,
    /// What the gate excused.
    pub waived: Vec<Waived>,
    _files: tempfile::TempDir,
}

/// Brings together what `run` made, as it would be the next version of its model.
pub(crate) async fn of(
    run: RunId,
    parent: Option<Version>,
    ports: &Ports,
    onnxruntime: Option<PathBuf>,
) -> Result<Candidate, CommandError> {
    let record = evidence::record(&*ports.runs, run).await?;
    let project = record.start.project.clone();
    // First what a person can do something about, before anything is read.
    commit_of(&record)?;
    let again =
        gate::recompute(run, Some(Transition::Release), &*ports.runs, &*ports.objects).await?;
    let Restored { model, model_file, signature, evaluation, files } =
        restore(&record, ports, onnxruntime).await?;
    let environment = environment(&record, &project)?;
    check_lock(&record)?;
    prose::check(&record)?;
    let facts = Facts {
        start: &record.start,
        signature: &signature,
        evaluation: &evaluation,
        verdict: &again.verdict,
    };
    let card = card::source(&facts).map_err(|error| CommandError::new(Kind::Bug, error))?;
    let waived = again.verdict.waived.clone();
    let made = Made {
        variant: Variant::from(project.model.clone()),
        record: record.clone(),
        evaluation,
        verdict: again.verdict,
        model,
        parts: Parts { model: model_file, signature, environment, card: card.into_bytes() },
        parent,
    };
    let prepared = Prepared::of(made, builder()?)?;
    Ok(Candidate { prepared, record, waived, _files: files })
}

/// A run's model and what is known of it, its file in a folder while it is needed.
struct Restored {
    model: Digest,
    model_file: PathBuf,
    signature: Signature,
    evaluation: Evaluation,
    files: tempfile::TempDir,
}

/// Takes the model of a run out of the store, and reads what it takes and gives.
async fn restore(
    record: &RunRecord,
    ports: &Ports,
    onnxruntime: Option<PathBuf>,
) -> Result<Restored, CommandError> {
    let (run, project) = (record.id.short(), &record.start.project);
    let Some((digest, _)) = record.evaluation else {
        let message = format!("run {run} was not evaluated, so nothing of it may ship");
        return Err(
            CommandError::new(Kind::No, message).hint(format!("`plimsoll show {run}` says why"))
        );
    };
    let evaluation: Evaluation = evidence::read(&*ports.objects, &digest).await?;
    let Some(evaluate) = &project.evaluate else {
        return Err(CommandError::new(Kind::No, "the run declares no `evaluate:`"));
    };
    let Predictor::Model(path) = &evaluate.predictor else {
        let message = "the run was judged by a file of predictions, and no model can be shipped";
        return Err(CommandError::new(Kind::No, message).hint("name a model in `evaluate.model`"));
    };
    let files = tempfile::tempdir()
        .map_err(|error| CommandError::world(format!("no temporary folder: {error}")))?;
    let objects = &*ports.objects;
    let model = output(record, path, objects).await?.ok_or_else(|| {
        let message = format!("no step of run {run} wrote {path}");
        CommandError::new(Kind::No, message).hint("a model is shipped only where a step made it")
    })?;
    let model_file = files.path().join("model.onnx");
    objects.restore(&model, &model_file, FileMode::Plain).await?;
    let kinds = Kinds::of(record, evaluate, objects, files.path()).await?;
    let signature = {
        let measurement = Measurement::new(
            &ports.settings,
            Path::new(&record.start.repository),
            onnxruntime,
            false,
        );
        let read = ModelFile::read(&model_file, LARGEST_FILE)
            .map_err(|error| CommandError::new(Kind::No, error))?;
        let runtime = measurement.runtime()?;
        let loaded =
            Model::load(&read, &runtime, 1).map_err(|error| CommandError::new(Kind::No, error))?;
        signature::of(loaded.signature(), project, &|name| kinds.of_column(name))
    };
    Ok(Restored { model, model_file, signature, evaluation, files })
}

/// Returns the source of the card that a release of `run` would have, whether it may ship or not.
pub(crate) async fn card_of(
    record: &RunRecord,
    ports: &Ports,
    onnxruntime: Option<PathBuf>,
) -> Result<String, CommandError> {
    let again =
        gate::recompute(record.id, Some(Transition::Release), &*ports.runs, &*ports.objects)
            .await?;
    let restored = restore(record, ports, onnxruntime).await?;
    let facts = Facts {
        start: &record.start,
        signature: &restored.signature,
        evaluation: &restored.evaluation,
        verdict: &again.verdict,
    };
    card::source(&facts).map_err(|error| CommandError::new(Kind::Bug, error))
}

/// Returns what makes statements: this program on this machine.
pub(crate) fn builder() -> Result<Builder, CommandError> {
    let id = "urn:plimsoll:builder:local".parse();
    let id = id.map_err(|error| CommandError::new(Kind::Bug, error))?;
    let version = [("plimsoll".to_owned(), env!("CARGO_PKG_VERSION").to_owned())].into();
    Ok(Builder { id, version })
}

/// Returns the object that the run's steps wrote to `path`, by itself or in a folder.
pub(crate) async fn output(
    record: &RunRecord,
    path: &RepoPath,
    objects: &dyn ObjectStore,
) -> Result<Option<Digest>, CommandError> {
    let outputs = record.steps.iter().flat_map(|step| &step.outputs);
    for Output { path: written, digest, kind, .. } in outputs {
        if !path.is_within(written) {
            continue;
        }
        if *kind != OutputKind::Folder {
            return Ok((written == path).then_some(*digest));
        }
        let tree: Tree = evidence::read(objects, digest).await?;
        let inner = path.as_str().strip_prefix(written.as_str());
        let inner = inner.and_then(|inner| inner.strip_prefix('/')?.parse::<RepoPath>().ok());
        return Ok(inner.and_then(|inner| tree.0.get(&inner).map(|file| file.digest)));
    }
    Ok(None)
}

/// Returns what the model's environment is: the lock file at the commit, else what was found.
fn environment(record: &RunRecord, project: &Project) -> Result<Vec<u8>, CommandError> {
    let start = &record.start;
    match &project.python {
        Some(Python::Lock(path)) => {
            let bytes = at_commit(record, path)?;
            let found = bytes.as_ref().map(|bytes| Digest::blake3(bytes).to_string());
            match bytes {
                Some(bytes) if found.as_deref() == Some(&*start.environment.python) => Ok(bytes),
                _ => {
                    let message = format!("{path} is not at the commit what the run used");
                    Err(CommandError::new(Kind::No, message).hint(COMMIT_IT))
                }
            }
        }
        Some(Python::System) | None => {
            let mut text =
                format!("{}\n{}\n", start.environment.platform, start.environment.interpreter);
            for (name, version) in &start.environment.packages {
                text += name;
                text += "==";
                text += version;
                text += "\n";
            }
            Ok(text.into_bytes())
        }
    }
}

/// Refuses a run whose datasets are not what `plimsoll.lock` at its commit says.
fn check_lock(record: &RunRecord) -> Result<(), CommandError> {
    let start = &record.start;
    let is_file = |name: &DatasetName| {
        start.project.data.get(name).is_none_or(|dataset| dataset.live.is_none())
    };
    let mut expected = LockFile { data: start.data.clone() };
    expected.data.retain(|name, _| is_file(name));
    if expected.data.is_empty() {
        return Ok(());
    }
    let path: RepoPath =
        "plimsoll.lock".parse().map_err(|error| CommandError::new(Kind::Bug, error))?;
    let refused = |what: &str| {
        let message = format!("plimsoll.lock {what} at commit {}", short_commit(record));
        Err(CommandError::new(Kind::No, message).hint(COMMIT_IT))
    };
    let Some(bytes) = at_commit(record, &path)? else { return refused("is not there") };
    let read = LockFile::from_bytes(&bytes);
    let locked = match read {
        Ok(mut locked) => {
            locked.data.retain(|name, _| is_file(name));
            locked
        }
        Err(error) => return refused(&format!("is malformed ({error})")),
    };
    match locked.differences(&expected).first() {
        None => Ok(()),
        Some(first) => {
            let dataset = &first.dataset;
            refused(&format!("does not say of data.{dataset} what the run was made of"))
        }
    }
}

fn short_commit(record: &RunRecord) -> String {
    let hash = record.start.commit.as_ref().and_then(|commit| commit.hash.clone());
    hash.map_or_else(|| "none".to_owned(), |hash| hash.chars().take(7).collect())
}

/// Returns the file `path` of the run's repository at its commit.
fn at_commit(record: &RunRecord, path: &RepoPath) -> Result<Option<Vec<u8>>, CommandError> {
    let start = &record.start;
    let hash = start.commit.as_ref().and_then(|commit| commit.hash.as_deref());
    let Some(hash) = hash else { return Ok(None) };
    let folder = Path::new(&start.repository);
    if !folder.is_dir() {
        let message = format!("the run's repository {} is not there any more", folder.display());
        return Err(CommandError::usage(message).hint("run again where it is now: all is cached"));
    }
    ports::file_at(folder, hash, path)
}
