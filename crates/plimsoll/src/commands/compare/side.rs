//! Models that are named by what Plimsoll keeps: runs and released versions.

use std::fs::File;
use std::path::Path;

use plimsoll_core::ports::FileMode;
use plimsoll_core::project::{Evaluate, Features, Predictor};
use plimsoll_core::record::RunRecord;
use plimsoll_core::{Reference, RepoPath, RunId};
use plimsoll_evaluate::checks::Subject;
use plimsoll_release::bundle::Part;

use crate::commands::verify;
use crate::error::CommandError;
use crate::ports::Ports;
use crate::settings::Settings;
use crate::test_set::Kept;
use crate::{candidate, evidence, keys, subject};

/// One of the two models.
pub(super) struct Side {
    pub subject: Subject,
    /// What people know it by.
    pub shown: String,
    /// How its inputs are fed, where a run says it.
    pub features: Option<Features>,
    /// The test set of the run that made it.
    pub kept: Option<Kept>,
}

/// What sides are found by.
pub(super) struct Finder<'a> {
    pub settings: &'a Settings,
    pub folder: &'a Path,
    pub registry: Option<&'a Path>,
    pub token_file: Option<&'a Path>,
    /// Where files of runs are put; they are needed as long as the comparison lasts.
    pub files: &'a Path,
    /// Whether test sets are wanted.
    pub with_test_sets: bool,
}

impl Finder<'_> {
    /// Finds what `named` is: an address, a file, a version or a run.
    pub(super) async fn find(&self, named: &str, label: &str) -> Result<Side, CommandError> {
        if named.contains("://") || self.folder.join(named).is_file() {
            let subject = subject::named(named, self.token_file, self.folder)?;
            return Ok(Side { subject, shown: named.to_owned(), features: None, kept: None });
        }
        if let Some(file) = as_file(named) {
            let message = format!("{file} is not there");
            return Err(CommandError::usage(message).hint(NAMES));
        }
        let ports = Ports::open(self.settings.clone(), self.folder.to_owned()).await?;
        if named.contains('@') {
            self.version(named, label, &ports).await
        } else {
            self.run(named, label, &ports).await
        }
    }

    async fn version(&self, named: &str, label: &str, ports: &Ports) -> Result<Side, CommandError> {
        let usage = |error: &dyn std::fmt::Display| CommandError::usage(error.to_string());
        let reference: Reference = named
            .parse()
            .map_err(|error| CommandError { hint: Some(NAMES.into()), ..usage(&error) })?;
        let catalogue = ports.catalogue(self.registry).await?;
        let found = verify::of_registry(&reference, &catalogue).await?;
        let trust = keys::trust(&ports.settings, None)?;
        let verified = verify::verified(&found, &trust, ports)?;
        let file = self.files.join(format!("{label}.onnx"));
        let unwritten = |error: &dyn std::fmt::Display| {
            CommandError::world(format!("{} could not be written: {error}", file.display()))
        };
        let mut out = File::create(&file).map_err(|error| unwritten(&error))?;
        verified.copy(Part::Model, &mut out).map_err(|error| unwritten(&error))?;
        let shown = verified.release.version.to_string();
        let made = self.made_by(verified.release.run, label, ports).await?;
        Ok(Side {
            subject: Subject::Model(file),
            shown,
            features: made.as_ref().map(|made| made.evaluate.features.clone()),
            kept: made.and_then(|made| made.kept),
        })
    }

    async fn run(&self, named: &str, label: &str, ports: &Ports) -> Result<Side, CommandError> {
        let run = ports.find_run(named).await.map_err(|error| match error.hint {
            None => error.hint(NAMES),
            Some(_) => error,
        })?;
        let Some(made) = self.made_by(run, label, ports).await? else {
            let message = format!("run {} was not evaluated, so it has no model", run.short());
            return Err(CommandError::usage(message));
        };
        let path = made.evaluate.predictor.path();
        let end = if matches!(made.evaluate.predictor, Predictor::Model(_)) {
            "onnx"
        } else {
            ending(path)
        };
        let file = self.files.join(format!("{label}.{end}"));
        if !restore(&made.record, path, &file, ports).await? {
            let message = format!("no step of run {} wrote {path}", run.short());
            return Err(CommandError::usage(message).hint("name a run whose steps made the model"));
        }
        Ok(Side {
            subject: subject::file(&file),
            shown: format!("{} (run {})", made.record.start.project.model, run.short()),
            features: Some(made.evaluate.features),
            kept: made.kept,
        })
    }

    /// Returns the rows that the run was judged by: of a retraining those that were withheld.
    async fn test_set(
        &self,
        record: &RunRecord,
        on: &RepoPath,
        label: &str,
        ports: &Ports,
    ) -> Result<Option<Kept>, CommandError> {
        let (project, run) = (record.start.project.clone(), record.id);
        if let Some(retraining) = &record.start.retraining {
            let file = self.files.join(format!("{label}-on.parquet"));
            let withheld = &retraining.withheld.digest;
            ports.objects.restore(withheld, &file, FileMode::Plain).await?;
            let shown = format!("the withheld rows of run {}", run.short());
            return Ok(Some(Kept { file, shown, project }));
        }
        let file = self.files.join(format!("{label}-on.{}", ending(on)));
        let is_there = restore(record, on, &file, ports).await?;
        let shown = format!("{on} of run {}", run.short());
        Ok(is_there.then_some(Kept { file, shown, project }))
    }

    /// Returns what the run says about the model that it made; none where it was not evaluated.
    async fn made_by(
        &self,
        run: RunId,
        label: &str,
        ports: &Ports,
    ) -> Result<Option<Made>, CommandError> {
        // A version that came from elsewhere has no run here.
        if ports.runs.events(&run).await?.is_empty() {
            return Ok(None);
        }
        let record = evidence::record(&*ports.runs, run).await?;
        let Some(evaluate) = record.start.project.evaluate.clone() else { return Ok(None) };
        let kept = if self.with_test_sets {
            self.test_set(&record, &evaluate.on, label, ports).await?
        } else {
            None
        };
        Ok(Some(Made { record, evaluate, kept }))
    }
}

/// What may be named.
const NAMES: &str = "name MODEL.onnx, a file of predictions, http://HOST:PORT/v2/models/NAME, \
                     MODEL@VERSION, MODEL@ALIAS, or a run by the beginning of its id";

struct Made {
    record: RunRecord,
    evaluate: Evaluate,
    kept: Option<Kept>,
}

/// Returns what is named where it can only be meant as a file.
fn as_file(named: &str) -> Option<&str> {
    let path = Path::new(named);
    (path.extension().is_some() && !named.contains('@') || named.contains('/')).then_some(named)
}

fn ending(path: &RepoPath) -> &str {
    path.as_str().rsplit_once('.').map_or("csv", |(_, ending)| ending)
}

/// Puts what the run wrote to `path` into `file`, and tells whether there is such a thing.
async fn restore(
    record: &RunRecord,
    path: &RepoPath,
    file: &Path,
    ports: &Ports,
) -> Result<bool, CommandError> {
    let Some(digest) = candidate::output(record, path, &*ports.objects).await? else {
        return Ok(false);
    };
    ports.objects.restore(&digest, file, FileMode::Plain).await?;
    Ok(true)
}
