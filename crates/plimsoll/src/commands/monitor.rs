//! `plimsoll monitor`

use std::fmt;
use std::path::{Path, PathBuf};

use plimsoll_core::evidence::Evaluation;
use plimsoll_core::history::{Happened, Happening};
use plimsoll_core::monitoring::{Monitoring, Watched};
use plimsoll_core::ports::{FileMode, VersionRecord};
use plimsoll_core::project::{Monitor, Predictor};
use plimsoll_core::{Digest, Number, Reference, Variant};
use plimsoll_data::{Wanted, read_columns};
use plimsoll_evaluate::monitor::{self, MonitorRequest};
use serde::Serialize;

use super::release::champion_of;
use crate::error::{CommandError, Exit, Kind};
use crate::measure::Measurement;
use crate::ports::{Catalogue, Ports};
use crate::project::Declared;
use crate::settings::find_root;
use crate::ui::{Document, Ui};
use crate::{candidate, evidence, live, output_file};

/// Judge the served model by the labels that joined its predictions
///
/// Judges the newest complete window: whole days of event time that end at the newest day of which every
/// prediction has a label. The error stands beside the release's, with drift of inputs and answers and
/// the share of labels. Exit code 1 when a limit of `monitor:` is breached, or nothing can be judged
/// although it should.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The model
    #[arg(value_name = "MODEL")]
    variant: Variant,
    /// Judge this version instead of the champion
    #[arg(long = "version", value_name = "NUMBER")]
    number: Option<Number>,
    /// Show the windows before the newest one too
    #[arg(long)]
    history: bool,
    /// Write the report to this file, instead of `.plimsoll/reports` in the repository
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Look versions up in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
    /// ONNX Runtime's library, instead of the one that is found or fetched
    #[arg(long, value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    let wish = Wish {
        variant: &args.variant,
        number: args.number.as_ref(),
        history: args.history,
        onnxruntime: args.onnxruntime.clone().or_else(|| ports.settings.onnxruntime.clone()),
    };
    let looked = Box::pin(look(&wish, &catalogue, ports)).await?;
    let report = write_report(args.html.as_deref(), &looked, ports);
    ui.show(&Shown { of: &looked, history: args.history })?;
    match report {
        Ok(Some(path)) => ui.note(format_args!("report: {}", path.display())),
        Ok(None) => {}
        Err(error) if args.html.is_some() => return Err(error),
        Err(error) => ui.warn(format_args!("the report was not written: {error}")),
    }
    Ok(match looked.monitoring.answer {
        Watched::Calm | Watched::Early => Exit::Done,
        Watched::Breach | Watched::Error => Exit::No,
    })
}

/// What is to be looked at.
pub(crate) struct Wish<'a> {
    pub variant: &'a Variant,
    pub number: Option<&'a Number>,
    pub history: bool,
    pub onnxruntime: Option<PathBuf>,
}

/// What a monitor saw, and where that is kept.
pub(crate) struct Looked {
    pub monitoring: Monitoring,
    pub evidence: Digest,
}

/// Looks at a served version, and keeps what it saw.
pub(crate) async fn look(
    wish: &Wish<'_>,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Looked, CommandError> {
    let variant = wish.variant;
    let reference = match wish.number {
        Some(number) => {
            let to = plimsoll_core::version::Target::Number(number.clone());
            Reference { variant: variant.clone(), to }
        }
        None => champion_of(variant.clone())?,
    };
    let record = catalogue.registry.resolve(&reference).await?;
    let run = record.released.candidate.lineage.run;
    catalogue.bring(run, ports).await?;
    let files = tempfile::tempdir()
        .map_err(|error| CommandError::world(format!("no temporary folder: {error}")))?;
    let request = Box::pin(request(wish, &record, files.path(), ports)).await?;
    let measurement =
        Measurement::new(&ports.settings, &ports.folder, wish.onnxruntime.clone(), false);
    let looked = tokio::task::spawn_blocking(move || {
        monitor::monitor(&request, &|| measurement.runtime()).map_err(|error| {
            let next = error.next();
            let error = CommandError::new(Kind::No, error);
            match next {
                Some(next) => error.hint(next),
                None => error,
            }
        })
    });
    let monitoring = looked.await.map_err(|error| CommandError::new(Kind::Bug, error))??;
    let bytes =
        serde_json::to_vec(&monitoring).map_err(|error| CommandError::new(Kind::Bug, error))?;
    let evidence = ports.objects.put(&mut std::io::Cursor::new(bytes)).await?;
    catalogue.take_object(&evidence, ports).await?;
    let judged = monitoring.judged();
    let what = Happened::Monitored {
        version: monitoring.version.clone(),
        evidence,
        answer: monitoring.answer,
        message: monitoring.message.clone(),
        from: judged.map(|window| window.from),
        to: judged.map(|window| window.to),
    };
    catalogue.history.tell(&Happening::new(ports.clock.now(), variant.clone(), what)).await?;
    Ok(Looked { monitoring, evidence })
}

/// Brings together what is measured: what the release was measured on, what was recorded of it,
/// and the labels.
async fn request(
    wish: &Wish<'_>,
    version: &VersionRecord,
    folder: &Path,
    ports: &Ports,
) -> Result<MonitorRequest, CommandError> {
    let released = &version.released;
    let run = released.candidate.lineage.run;
    let record = evidence::record(&*ports.runs, run).await?;
    let project = &record.start.project;
    let no_evaluation = || {
        let message = format!("run {} has no evaluation to compare with", run.short());
        CommandError::new(Kind::No, message)
    };
    let evaluate = project.evaluate.clone().ok_or_else(no_evaluation)?;
    let (evaluation_digest, _) = record.evaluation.ok_or_else(no_evaluation)?;
    let evaluation: Evaluation = evidence::read(&*ports.objects, &evaluation_digest).await?;
    let Predictor::Model(model_path) = &evaluate.predictor else {
        return Err(CommandError::new(Kind::No, "the release has no model"));
    };
    let missing = |path: &dyn fmt::Display| {
        CommandError::new(Kind::No, format!("no step of run {} wrote {path}", run.short()))
    };
    let model = candidate::output(&record, model_path, &*ports.objects).await?;
    let model = model.ok_or_else(|| missing(model_path))?;
    let model_file = folder.join("model.onnx");
    ports.objects.restore(&model, &model_file, FileMode::Plain).await?;
    let on_file = folder.join("on");
    ports.objects.restore(&evaluation.on, &on_file, FileMode::Plain).await.map_err(|error| {
        let error = CommandError::from(error);
        error.hint("the test set of a release must be written by a step, so that it is kept")
    })?;
    let reference =
        read_columns(&on_file, Wanted::All).map_err(|error| CommandError::new(Kind::No, error))?;
    let monitor = monitor_of(wish.variant, project.monitor.as_ref(), ports)?;
    let number = released.version.number.to_string();
    let served = live::served(wish.variant, Some(&number), ports)?;
    Ok(MonitorRequest {
        version: released.version.clone(),
        subject: released.candidate.subject,
        run,
        task: project.task,
        evaluate,
        monitor,
        evaluation,
        evaluation_digest,
        reference,
        model: model_file,
        days: served.days,
        captured: served.captured,
        labelled: served.labelled,
        rows: served.digest,
        seed: project.seed,
        history: wish.history,
    })
}

/// Returns what is watched: as the repository that the command acts in says, where that is the
/// model's, else as it was declared when the version was released.
fn monitor_of(
    variant: &Variant,
    released: Option<&Monitor>,
    ports: &Ports,
) -> Result<Monitor, CommandError> {
    let here = Declared::around(&ports.folder)?;
    let here = here.filter(|declared| declared.project.model == variant.model);
    let declared = here.and_then(|declared| declared.project.monitor);
    declared.or_else(|| released.cloned()).ok_or_else(|| {
        let message = format!("nothing says how {variant} is watched");
        let hint = "add `monitor: { window: 14d, limits: [...] }` to plimsoll.yaml";
        CommandError::usage(message).hint(hint)
    })
}

/// Writes the page where it was asked for, else below `.plimsoll/reports` of the repository.
fn write_report(
    asked: Option<&Path>,
    looked: &Looked,
    ports: &Ports,
) -> Result<Option<PathBuf>, CommandError> {
    let path = match (asked, find_root(&ports.folder)) {
        (Some(asked), _) => ports.folder.join(asked),
        (None, Some(root)) => {
            let name = format!("monitor-{}.html", looked.monitoring.version.variant);
            root.join(".plimsoll/reports").join(name)
        }
        (None, None) => return Ok(None),
    };
    let html = monitor::report(&looked.monitoring, Some(&looked.evidence))
        .map_err(|error| CommandError::new(Kind::Bug, error))?;
    output_file::write(&ports.folder, &path, html)?;
    let shown = path.strip_prefix(&ports.folder).unwrap_or(&path).to_owned();
    Ok(Some(shown))
}

struct Shown<'a> {
    of: &'a Looked,
    history: bool,
}

impl Serialize for Shown<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "kebab-case")]
        struct Wire<'a> {
            verdict: &'static str,
            evidence: Digest,
            next: Option<String>,
            monitoring: &'a Monitoring,
        }
        let monitoring = &self.of.monitoring;
        let verdict = match monitoring.answer {
            Watched::Calm | Watched::Early => "pass",
            Watched::Breach => "block",
            Watched::Error => "error",
        };
        let evidence = self.of.evidence;
        Wire { verdict, evidence, next: monitoring.next(&evidence), monitoring }
            .serialize(serializer)
    }
}

impl Document for Shown<'_> {
    const SCHEMA: &'static str = "plimsoll.monitor/v1";
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = monitor::text(&self.of.monitoring, Some(&self.of.evidence), self.history);
        write!(f, "{text}")
    }
}
