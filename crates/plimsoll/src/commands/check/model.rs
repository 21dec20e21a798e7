//! `plimsoll check model`

mod costs;
mod plan;
mod shown;
mod written;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use plimsoll_core::checks::Excess;
use plimsoll_core::evidence::{CheckName, Metric};
use plimsoll_evaluate::checks::Trial;
use plimsoll_evaluate::weak;
use tokio::task::spawn_blocking;

use crate::error::{CommandError, Exit, Kind};
use crate::measure::Measurement;
use crate::settings::Settings;
use crate::test_set::TestSetArgs;
use crate::ui::Ui;
use crate::{output_file, values};
use plan::Plan;
use shown::{Answer, CheckedModel, Seen, Skipped};

/// Check a model beyond its metrics
///
/// Is it stable, robust, better than the simplest model, calibrated? Each check tries it on the model
/// itself, a file or whatever serves it, and holds what it sees against a limit, with the interval:
/// `pass`, `block`, or `undecided` where the rows cannot tell. In a project, what is not said is taken
/// from `evaluate:` in plimsoll.yaml. Exit code 1 unless all of them pass.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// MODEL.onnx, a file of predictions, or http://HOST:PORT/v2/models/NAME
    #[arg(value_name = "MODEL")]
    subject: Option<String>,
    #[command(flatten)]
    rows: TestSetArgs,
    /// What the model was trained on, for the checks that compare
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    /// What answered in training: predictions, or the model's file, for model.parity
    #[arg(long, value_name = "FILE")]
    recorded: Option<PathBuf>,
    /// Search for parts of the test set on which the model is worse
    #[arg(long, value_name = "HOW")]
    slices: Option<Slices>,
    /// By which metric parts are compared, such as wape [default: absolute error; log loss over what the model expects]
    #[arg(long, value_name = "METRIC", requires = "slices")]
    metric: Option<Metric>,
    /// Block where a part is worse than the rest by more than this share, such as 50%
    #[arg(long, value_name = "SHARE", requires = "slices", value_parser = values::excess)]
    worse_by: Option<Excess>,
    /// Measure what serving costs: boots the model on a free port and replays the test set
    #[arg(long)]
    budgets: bool,
    /// Block where serving costs more, such as latency-p99=5ms or memory=200MB
    #[arg(long, value_name = "COST=LIMIT", value_parser = costs::Limit::read)]
    budget: Vec<costs::Limit>,
    /// Only these checks, such as model.stability
    #[arg(long, value_name = "CHECK", value_delimiter = ',', conflicts_with = "skip")]
    only: Vec<String>,
    /// All checks but these
    #[arg(long, value_name = "CHECK", value_delimiter = ',')]
    skip: Vec<String>,
    /// Metrics that are shown besides the usual ones of the task and those of the project around
    #[arg(long, value_name = "METRICS", value_delimiter = ',')]
    metrics: Vec<Metric>,
    /// How the checks are set, a YAML file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How long all checks may take together, such as 90s or 5m [default: as set, or 60s]
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    time_budget: Option<Duration>,
    /// Take a check that the rows cannot decide for passed
    #[arg(long)]
    allow_undecided: bool,
    /// The seed of everything that is drawn
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Write one self-contained HTML page too
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print it in this form instead
    #[arg(long, value_name = "FORM", conflicts_with = "json")]
    format: Option<Format>,
    /// A file with the secret that the server wants as `Authorization: Bearer`
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// ONNX Runtime's library, instead of the one that is found or fetched
    #[arg(long, value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
    /// Fetch nothing
    #[arg(long)]
    offline: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Slices {
    /// By one and two features
    Automatic,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For a pull request or a job summary
    Markdown,
    /// For CI systems
    Junit,
}

pub(crate) async fn run(
    args: Args,
    settings: Settings,
    folder: PathBuf,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    let format = args.format;
    let html = args.html.clone();
    let around = folder.clone();
    let worked = spawn_blocking(move || check(&args, &settings, &around)).await;
    let checked = worked.map_err(|error| CommandError::new(Kind::Bug, error))??;
    if let Some(file) = html {
        output_file::write(&folder, &file, checked.html()?)?;
    }
    match format {
        None => ui.show(&checked)?,
        Some(Format::Markdown) => ui.data(written::markdown(&checked).as_bytes())?,
        Some(Format::Junit) => ui.data(written::junit(&checked).as_bytes())?,
    }
    Ok(if checked.verdict == Answer::Pass { Exit::Done } else { Exit::No })
}

/// Opens what was named and runs what applies to it.
fn check(args: &Args, settings: &Settings, folder: &Path) -> Result<CheckedModel, CommandError> {
    let started = std::time::Instant::now();
    let plan = Plan::of(args, folder)?;
    let library = args.onnxruntime.clone().or_else(|| settings.onnxruntime.clone());
    let measurement = Measurement::new(settings, folder, library.clone(), args.offline);
    let mut trial = Trial::open(&plan.request, &|| measurement.runtime())?;
    let mut wanted = Vec::new();
    let mut skipped = Vec::new();
    for check in CheckName::ALL.into_iter().filter(|check| is_of_model(*check)) {
        let named = plan.only.contains(&check);
        let reason = if plan.skip.contains(&check) || (!plan.only.is_empty() && !named) {
            Some("not asked for")
        } else {
            trial.why_not(check)
        };
        match reason {
            Some(reason) if !named => skipped.push(Skipped { check, reason }),
            // What was asked for by name and cannot be done is a failure, not silence.
            _ => wanted.push(check),
        }
    }
    let checks = trial.run(&wanted);
    let weak = match args.slices {
        None => None,
        Some(Slices::Automatic) => {
            let mut settings = plan.request.settings.weak.clone();
            // What is reported must reach down to the limit.
            let least = args.worse_by.map_or(settings.worse_by, |by| by.min(settings.worse_by));
            settings.worse_by = least;
            settings.metric = args.metric.or(settings.metric);
            Some(weak::search(&trial, &settings)?)
        }
    };
    let spent = if args.budgets || !args.budget.is_empty() {
        // The checks keep their time; what is left, and as much again at least, is for the replay.
        let left = plan.request.time.saturating_sub(started.elapsed()).max(FEWEST_FOR_BUDGETS);
        Some(costs::measure(args, &plan.request, library.as_ref(), left)?)
    } else {
        None
    };
    let overall = trial.overall(&plan.metrics, plan.costs.as_ref());
    let overall = overall.map_err(|error| CommandError::new(Kind::Bug, error))?;
    let (worse_by, limits) = (args.worse_by, args.budget.clone());
    let seen = Seen { overall, checks, skipped, weak, worse_by, spent, limits };
    let checked = CheckedModel::new(&plan, seen);
    Ok(checked.judged(args.allow_undecided, started.elapsed()))
}

/// A replay gets so much time at least, or the ends of its quantiles would not be known.
const FEWEST_FOR_BUDGETS: Duration = Duration::from_secs(10);

fn is_of_model(check: CheckName) -> bool {
    check.as_str().starts_with("model.")
}
