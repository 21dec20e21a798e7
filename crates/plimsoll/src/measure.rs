//! The port `Measure`: schemas, datasets, models and runtime brought together.

use std::path::{Path, PathBuf};

use plimsoll_core::evidence::{Evaluation, Scanned, VALIDATION, Validation};
use plimsoll_core::ports::{EvaluateRequest, Measure, MeasureError, ScanRequest, ValidateRequest};
use plimsoll_data::Options;
use plimsoll_evaluate::Served;
use plimsoll_predict::runtime::{self, Runtime, Search};

use crate::boot::Booted;
use crate::scan::{self, Places};
use crate::schema_file;
use crate::settings::Settings;

/// Measures with what is on this machine.
pub(crate) struct Measurement {
    onnxruntime: Option<PathBuf>,
    cache: PathBuf,
    environments: PathBuf,
    home: PathBuf,
    programs: Vec<PathBuf>,
    root: PathBuf,
    offline: bool,
}

impl Measurement {
    pub(crate) fn new(
        settings: &Settings,
        root: &Path,
        onnxruntime: Option<PathBuf>,
        offline: bool,
    ) -> Self {
        Self {
            onnxruntime,
            cache: settings.cache.clone(),
            environments: settings.home.join("environments"),
            home: settings.home.clone(),
            programs: settings.path.clone(),
            root: root.to_owned(),
            offline,
        }
    }

    /// Finds or fetches ONNX Runtime and loads it.
    pub(crate) fn runtime(&self) -> Result<Runtime, MeasureError> {
        Runtime::load(&self.library()?).map_err(|error| failed(&error, None))
    }

    /// Serves a model as `plimsoll serve` does, by the same ONNX Runtime.
    fn serve(&self, model: &Path) -> Result<Box<dyn Served>, MeasureError> {
        let booted = Booted::start(model, Some(&self.library()?.path), self.offline);
        let booted = booted
            .map_err(|error| MeasureError { message: error.to_string(), next: error.hint })?;
        Ok(Box::new(booted))
    }

    /// Finds or fetches ONNX Runtime's library.
    pub(crate) fn library(&self) -> Result<runtime::Library, MeasureError> {
        let environments = std::fs::read_dir(&self.environments).into_iter().flatten();
        let mut environments: Vec<PathBuf> =
            environments.filter_map(|entry| Some(entry.ok()?.path())).collect();
        environments.sort();
        let found = runtime::find(&Search {
            named: self.onnxruntime.as_deref(),
            cache: &self.cache,
            environments: &environments,
            programs: &self.programs,
            offline: self.offline,
        });
        let found = found.map_err(|error| failed(&error, Some(error.next())))?;
        for note in &found.notes {
            tracing::info!("{note}");
        }
        Ok(found.library)
    }
}

impl Measure for Measurement {
    fn identity(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        match &self.onnxruntime {
            None => format!("plimsoll {version}"),
            Some(library) => {
                let found = std::fs::metadata(library).ok();
                let state = found.map(|found| (found.len(), found.modified().ok()));
                format!("plimsoll {version}, {} {state:?}", library.display())
            }
        }
    }

    fn validate(&self, request: &ValidateRequest) -> Result<Validation, MeasureError> {
        let spill = spill_folder(&self.root);
        let (mut rows, mut findings) = (0, Vec::new());
        if let Some(source) = &request.schema {
            let schema = schema_file::read(&source.path, &source.shown)
                .map_err(|error| MeasureError { message: error.to_string(), next: error.hint })?;
            let options = Options {
                clock: Some(request.clock),
                base: source.path.parent().map(Path::to_owned).unwrap_or_default(),
                ..Options::new(request.shown.clone(), spill.clone())
            };
            let checked = plimsoll_data::validate(&request.path, &schema.table, &options)
                .map_err(|error| failed(&error, None))?;
            (rows, findings) = (checked.rows, checked.findings);
            schema.place(&mut findings);
        }
        if request.no_personal_data {
            let looked = plimsoll_evaluate::personal_data(&request.path, &request.shown, &spill)
                .map_err(|message| MeasureError { message, next: None })?;
            rows = looked.rows;
            findings.extend(looked.findings);
        }
        Ok(Validation {
            schema: VALIDATION.to_owned(),
            dataset: request.digest,
            against: request.schema.as_ref().map(|schema| schema.digest),
            rows,
            findings,
        })
    }

    fn evaluate(&self, request: &EvaluateRequest) -> Result<Evaluation, MeasureError> {
        let mut leaking = Vec::new();
        for (dataset, path) in &request.schemas {
            let schema = schema_file::read(path, &format!("the schema of data.{dataset}"));
            let schema = schema
                .map_err(|error| MeasureError { message: error.to_string(), next: error.hint })?;
            leaking.extend(schema.table.leaking().map(str::to_owned));
        }
        let evaluated =
            plimsoll_evaluate::evaluate(request, &leaking, &|| self.runtime(), &|model| {
                self.serve(model)
            });
        evaluated.map_err(|error| {
            // The files lie in a folder of the run's own; people know them by their declared paths.
            let declared = &request.evaluate;
            let known =
                [(&request.on, &declared.on), (&request.predictor, declared.predictor.path())];
            let message = known.into_iter().fold(chain(&error), |message, (file, shown)| {
                message.replace(&*file.to_string_lossy(), shown.as_str())
            });
            MeasureError { message, next: error.next() }
        })
    }

    fn scan(&self, request: &ScanRequest) -> Scanned {
        scan::scan(request, Places { root: &self.root, home: &self.home })
    }
}

/// What does not fit in memory is put on the disk that the data lies on.
fn spill_folder(root: &Path) -> PathBuf {
    let folder = root.join(".plimsoll");
    match std::fs::create_dir_all(&folder) {
        Ok(()) => folder,
        Err(_) => std::env::temp_dir(),
    }
}

fn failed(error: &dyn std::error::Error, next: Option<&str>) -> MeasureError {
    MeasureError { message: chain(error), next: next.map(str::to_owned) }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}
