//! A served model, measured and judged by the labels that joined its answers.
//!
//! What the model answered is read from what was recorded, never computed again. Whole days of event
//! time are put together to windows and measured as an evaluation measures a test set. A limit is
//! breached where the whole interval lies beyond it, so that chance alone breaches one in at most 1
//! of 40 windows.

mod days;
mod drift;
pub(crate) mod limit;
mod outputs;
mod plots;
mod recorded;
pub(crate) mod report;
pub(crate) mod shown;
mod text;
mod window;
mod words;

use std::path::PathBuf;

use arrow::array::RecordBatch;
use plimsoll_core::evidence::Evaluation;
use plimsoll_core::lifecycle::Subject;
use plimsoll_core::monitoring::{MONITORING, Monitoring, Reference, Watched, Window};
use plimsoll_core::project::{Evaluate, Monitor, Predictor, Task};
use plimsoll_core::{Day, Digest, RunId, Version};
use plimsoll_predict::PredictionsError;
use plimsoll_stats::sample::SampleError;

use crate::column::ColumnError;
use crate::evaluate::{EvaluateError, LoadRuntime, predict_as};
use crate::truth::{Truth, TruthError};

use days::Calendar;
use drift::Compared;
use recorded::{Captured, Known, Labelled};
pub use report::report;
pub use text::text;
use window::Rows;
pub use words::{BLOCK_NOT_RECORDED, PARTLY_LABELLED, SLICE_NOT_RECORDED};

/// The column with the day on which something happened, a `date32`.
pub const EVENT_DAY: &str = "event-day";

/// The column with the truth that joined later.
pub const LABEL: &str = "label";

/// What the names of columns with the model's answers begin with: `output:variable`.
pub const OUTPUT: &str = "output:";

/// A served version to look at.
#[derive(Clone, Debug)]
pub struct MonitorRequest {
    /// The version that was served.
    pub version: Version,
    /// What was released as it.
    pub subject: Subject,
    /// The run that made it.
    pub run: RunId,
    /// What it predicts.
    pub task: Task,
    /// How it was declared to be evaluated when it was released.
    pub evaluate: Evaluate,
    /// What is asked for.
    pub monitor: Monitor,
    /// What it was released on.
    pub evaluation: Evaluation,
    /// The digest of that evaluation.
    pub evaluation_digest: Digest,
    /// The test set of that evaluation: features and target.
    pub reference: RecordBatch,
    /// The model's file.
    pub model: PathBuf,
    /// The days of event time on which this version was asked, the oldest first.
    pub days: Vec<DayCount>,
    /// Every recorded row of these days: features by their names in the data (or behind `input:`),
    /// [`OUTPUT`] columns, [`EVENT_DAY`] (or behind `capture:`).
    pub captured: RecordBatch,
    /// Those of them that have a label, in the order of their ids, with it as [`LABEL`] and with
    /// context columns by their names in the data.
    pub labelled: RecordBatch,
    /// The digest of the labelled rows.
    pub rows: Digest,
    /// The seed of resampling.
    pub seed: u64,
    /// Whether windows before the newest one are measured too.
    pub history: bool,
}

/// How many predictions a day brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// Which day.
    pub day: Day,
    /// How many predictions were recorded.
    pub predictions: u64,
    /// How many of them have a label.
    pub labelled: u64,
}

impl DayCount {
    /// Tells whether every prediction has a label; a day without any has none to wait for either.
    fn is_complete(&self) -> bool {
        self.predictions > 0 && self.labelled >= self.predictions
    }
}

/// A served model could not be looked at, which is never calm.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MonitorError {
    /// The release was measured from predictions, so there is no model that answers.
    #[error(
        "{version} was released on a file of predictions (`{path}`), which answers no requests"
    )]
    NoModel {
        /// Which version.
        version: Version,
        /// The file.
        path: String,
    },
    /// The model could not be asked about the test set that it was released on.
    #[error("{version} cannot be asked about the test set that it was released on")]
    Reference {
        /// Which version.
        version: Version,
        /// Why.
        source: Box<EvaluateError>,
    },
    /// The test set has no target that fits.
    #[error("the test set of {version} cannot be read")]
    Target {
        /// Which version.
        version: Version,
        /// Why.
        source: Box<TruthError>,
    },
    /// Recorded rows lack a column that they always have.
    #[error("recorded rows have no column `{0}` that can be read")]
    Recorded(&'static str),
    /// What the model answered is of a kind that no task has.
    #[error("recorded answers `{output}` hold {found}, which no model gives")]
    Output {
        /// The output.
        output: String,
        /// What it holds.
        found: String,
    },
    /// What the model answered does not fit the task.
    #[error("recorded answers cannot be judged")]
    Predictions(#[from] PredictionsError),
    /// Labels are no labels of the task.
    #[error("labels cannot be used")]
    Label(#[from] ColumnError),
    /// A binary task has a label that is none of the two classes.
    #[error("label `{label}` is none of the classes of target `{target}` ({known})")]
    StrangeLabel {
        /// The label.
        label: String,
        /// The target.
        target: String,
        /// The classes that the test set has.
        known: String,
    },
    /// Rows and counts of a day do not agree.
    #[error("{day} has {found} {what} rows where {counted} are counted")]
    Counts {
        /// Which day.
        day: Day,
        /// Which rows.
        what: &'static str,
        /// How many rows there are.
        found: u64,
        /// How many are counted.
        counted: u64,
    },
    /// The numbers are no sample.
    #[error(transparent)]
    Sample(#[from] SampleError),
}

impl MonitorError {
    /// Returns what to do.
    pub fn next(&self) -> Option<String> {
        match self {
            Self::Reference { source, .. } => source.next(),
            Self::NoModel { .. } => {
                Some("name an ONNX model under `evaluate.model` in plimsoll.yaml".to_owned())
            }
            Self::StrangeLabel { .. } | Self::Label(_) => {
                Some("correct the labels and send them again; the newest label counts".to_owned())
            }
            _ => None,
        }
    }
}

/// Measures and judges what `request` names; `runtime` is asked only where something was recorded.
pub fn monitor(
    request: &MonitorRequest,
    runtime: &LoadRuntime<'_>,
) -> Result<Monitoring, MonitorError> {
    match Calendar::of(&request.days, request.monitor.window_days) {
        None => Ok(nothing_recorded(request)),
        Some(calendar) => look(request, &known(request, runtime)?, &calendar),
    }
}

/// Asks the model about the test set that it was released on.
fn known(request: &MonitorRequest, runtime: &LoadRuntime<'_>) -> Result<Known, MonitorError> {
    let (declared, table) = (&request.evaluate, &request.reference);
    let version = || request.version.clone();
    let no_model = || MonitorError::NoModel {
        version: version(),
        path: declared.predictor.path().to_string(),
    };
    if let Predictor::Predictions(_) = declared.predictor {
        return Err(no_model());
    }
    let positive = declared.positive.as_ref();
    let truth = Truth::read(table, &declared.target, request.task, positive)
        .map_err(|source| MonitorError::Target { version: version(), source: source.into() })?;
    let name = format!("the model of {}", request.version);
    let predicted =
        predict_as(&name, &request.model, declared, request.task, table, &truth, runtime).map_err(
            |source| MonitorError::Reference { version: version(), source: source.into() },
        )?;
    let (Some(features), Some(signature)) = (predicted.features, predicted.signature) else {
        return Err(no_model());
    };
    Ok(Known { features, signature, truth, predictions: predicted.predictions })
}

fn look(
    request: &MonitorRequest,
    known: &Known,
    calendar: &Calendar<'_>,
) -> Result<Monitoring, MonitorError> {
    let labelled = Labelled::read(request, known)?;
    let captured = Captured::read(request, known)?;
    let compared = Compared::of(&request.reference, known, &captured);
    let rows = Rows::new(request, &labelled, &compared);
    let newest = calendar.newest_window();
    let mut windows = Vec::new();
    if let Some(newest) = newest {
        let before = if request.history { calendar.before(newest) } else { Vec::new() };
        for span in before.into_iter().chain([newest]) {
            windows.push(rows.window(span)?);
        }
    }
    let breach =
        |window: &Window| window.limits.iter().any(|limit| limit.outcome == Watched::Breach);
    let since = match (newest, windows.last()) {
        (Some(newest), Some(window)) if breach(window) => {
            let mut since = newest.to;
            for span in calendar.back_from(newest) {
                if !rows.is_breach(span)? {
                    break;
                }
                since = span.to;
            }
            Some(since)
        }
        _ => None,
    };
    let days = rows.days()?;
    let blank = blank(request);
    let (answer, message, next) = said(request, calendar, windows.last(), since, &blank.reference);
    Ok(Monitoring {
        answer,
        message,
        next,
        since,
        findings: words::findings(request, &labelled, newest),
        plots: plots::plots(request, &blank.reference, &windows, &days, &labelled, &captured),
        windows,
        days,
        ..blank
    })
}

/// Returns answer, message and advice.
fn said(
    request: &MonitorRequest,
    calendar: &Calendar<'_>,
    judged: Option<&Window>,
    since: Option<Day>,
    reference: &Reference,
) -> (Watched, String, Option<String>) {
    let length = request.monitor.window_days;
    let version = &request.version;
    if request.monitor.limits.is_empty() {
        let (message, next) = words::no_limits();
        return (Watched::Error, message, Some(next));
    }
    let window =
        judged.map(|window| (window, words::window(window, since, reference, window.answer())));
    if calendar.has_stopped() {
        let mut message = words::stopped(calendar, &request.days, length);
        if let Some((_, before)) = window {
            message = format!("{message}; before that, {before}");
        }
        return (Watched::Error, message, Some(words::send_labels(version)));
    }
    match window {
        None => (Watched::Early, words::early(calendar, length), None),
        Some((window, message)) => (window.answer(), message, words::next(window, version)),
    }
}

fn nothing_recorded(request: &MonitorRequest) -> Monitoring {
    let (message, next) = words::nothing_recorded(&request.version);
    Monitoring { answer: Watched::Error, message, next: Some(next), ..blank(request) }
}

/// Returns what is known before anything is looked at.
fn blank(request: &MonitorRequest) -> Monitoring {
    let evaluation = &request.evaluation;
    Monitoring {
        schema: MONITORING.to_owned(),
        version: request.version.clone(),
        subject: request.subject,
        run: request.run,
        task: request.task,
        target: request.evaluate.target.clone(),
        monitor: request.monitor.clone(),
        rows: request.rows,
        answer: Watched::Error,
        message: String::new(),
        next: None,
        since: None,
        reference: Reference {
            evaluation: request.evaluation_digest,
            on: evaluation.on,
            overall: evaluation.overall.clone(),
            slices: evaluation.slices.clone(),
        },
        windows: Vec::new(),
        days: Vec::new(),
        findings: Vec::new(),
        plots: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
