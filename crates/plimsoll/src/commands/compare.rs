//! `plimsoll compare`

mod shown;
mod side;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use plimsoll_core::evidence::Metric;
use plimsoll_core::gate::Outcome;
use plimsoll_core::project::{Costs, Features};
use plimsoll_evaluate::checks::{CheckRequest, Subject, Trial};
use plimsoll_evaluate::contest::{self, ContestError, Terms, USUAL_TOLERANCE};
use tokio::task::spawn_blocking;

use crate::error::{CommandError, Exit, Kind};
use crate::measure::Measurement;
use crate::project::Declared;
use crate::settings::Settings;
use crate::test_set::{TestSet, TestSetArgs};
use crate::ui::Ui;
use crate::{output_file, values};
use shown::Compared;
use side::{Finder, Side};

/// Compare two models on the same rows
///
/// The gain of the challenger over the champion, paired row by row, with its interval: `pass` where
/// the whole interval is at least what is required, `block` where it misses it, `inconclusive` where
/// the rows cannot tell, and then how many would. Of a run or a version, what is not said is what it
/// was judged by; in a project it is taken from `evaluate:` in plimsoll.yaml. Exit code 1 unless it
/// passes.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The model that is there: MODEL.onnx, a file of predictions, http://HOST:PORT/v2/models/NAME, MODEL@VERSION, MODEL@ALIAS, or a run
    champion: String,
    /// The one that is to take its place
    challenger: String,
    #[command(flatten)]
    rows: TestSetArgs,
    /// The features of the champion, where it has others
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    champion_features: Option<Vec<String>>,
    /// The metric that decides [default: mae; of classes log-loss, or accuracy]
    #[arg(long, value_name = "METRIC")]
    metric: Option<Metric>,
    /// The gain that is required, such as 5% or 0.05: 0 for better at all, -2% where that may be lost [default: 1% of what the champion loses]
    #[arg(long, value_name = "GAIN", value_parser = values::gain, allow_hyphen_values = true)]
    by: Option<f64>,
    /// The gain that is counted on, for the number of rows that would settle it [default: the one that was seen]
    #[arg(long, value_name = "GAIN", value_parser = values::gain, allow_hyphen_values = true, conflicts_with = "time")]
    planned: Option<f64>,
    /// Metrics that may not be lost by more than --tolerance
    #[arg(long, value_name = "METRICS", value_delimiter = ',')]
    guard: Vec<Metric>,
    /// Columns whose values are slices: none may be proven to be harmed by more than --tolerance
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    slices: Vec<String>,
    /// What guards and slices may lose, of what the champion loses [default: 2%]
    #[arg(long, value_name = "SHARE", value_parser = values::share)]
    tolerance: Option<f64>,
    /// The column that orders rows which are forecasts of one series: judged by Diebold and Mariano's test
    #[arg(long, value_name = "COLUMN", requires = "horizon")]
    time: Option<String>,
    /// How many steps ahead they were made
    #[arg(long, value_name = "STEPS", requires = "time")]
    horizon: Option<NonZeroUsize>,
    /// The seed of everything that is drawn
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Write a page with plots to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Look versions up in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
    /// Print it in this form instead
    #[arg(long, value_name = "FORM", conflicts_with = "json")]
    format: Option<Format>,
    /// A file with the secret that servers want as `Authorization: Bearer`
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
enum Format {
    /// For a pull request or a job summary
    Markdown,
}

pub(crate) async fn run(
    args: Args,
    settings: Settings,
    folder: PathBuf,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    let format = args.format;
    let html = args.html.clone();
    let files = tempfile::tempdir()
        .map_err(|error| CommandError::world(format!("no temporary folder: {error}")))?;
    let finder = Finder {
        settings: &settings,
        folder: &folder,
        registry: args.registry.as_deref(),
        token_file: args.token_file.as_deref(),
        files: files.path(),
        with_test_sets: args.rows.on.is_none(),
    };
    let champion = finder.find(&args.champion, "champion").await?;
    let challenger = finder.find(&args.challenger, "challenger").await?;
    let around = folder.clone();
    let worked =
        spawn_blocking(move || compare(&args, [champion, challenger], &settings, &around)).await;
    let compared = worked.map_err(|error| CommandError::new(Kind::Bug, error))??;
    if let Some(file) = html {
        output_file::write(&folder, &file, compared.html()?)?;
    }
    match format {
        None => ui.show(&compared)?,
        Some(Format::Markdown) => ui.data(compared.markdown().as_bytes())?,
    }
    Ok(if compared.contest.verdict == Outcome::Pass { Exit::Done } else { Exit::No })
}

fn compare(
    args: &Args,
    sides: [Side; 2],
    settings: &Settings,
    folder: &Path,
) -> Result<Compared, CommandError> {
    let ([champion, challenger], costs) = requests(args, sides, folder)?;
    let terms = Terms {
        metric: args.metric,
        costs,
        by: args.by,
        planned: args.planned,
        guards: args.guard.clone(),
        tolerance: args.tolerance.unwrap_or(USUAL_TOLERANCE),
        slices: args.slices.clone(),
        horizon: args.time.clone().zip(args.horizon),
    };
    let library = args.onnxruntime.clone().or_else(|| settings.onnxruntime.clone());
    let measurement = Measurement::new(settings, folder, library, args.offline);
    let old = Trial::open(&champion, &|| measurement.runtime())?;
    let new = Trial::open(&challenger, &|| measurement.runtime())?;
    let contest = contest::compare(&old, &new, &terms)?;
    Ok(Compared::new(&champion, &challenger, terms.tolerance, contest))
}

/// Returns what is to be asked of the two, and what answers cost.
fn requests(
    args: &Args,
    [champion, challenger]: [Side; 2],
    folder: &Path,
) -> Result<([CheckRequest; 2], Option<Costs>), CommandError> {
    /// Long enough for whatever answers; a server that does not is given up by its own limits.
    const TIME: Duration = Duration::from_hours(1);
    // What the challenger was judged on is what it is to show itself on.
    let rows = match challenger.kept.as_ref().or(champion.kept.as_ref()) {
        Some(kept) => TestSet::of_run(&args.rows, folder, kept)?,
        None => TestSet::of(&args.rows, folder, Declared::around(folder)?.as_ref())?,
    };
    let said = args.rows.features.clone().map(Features::Tensor);
    let of_champion = args.champion_features.clone().map(Features::Tensor);
    let request = |side: Side, features: Option<Features>| {
        let declared = side.features.filter(|features| *features != Features::Inputs);
        let features = features.or(declared).or_else(|| rows.features.clone());
        let features = features.filter(|_| !matches!(side.subject, Subject::Predictions(_)));
        let request = rows.request(side.subject, side.shown, args.seed, TIME)?;
        Ok::<_, CommandError>(CheckRequest { features, ..request })
    };
    let champion = request(champion, of_champion.or(said.clone()))?;
    let challenger = request(challenger, said)?;
    Ok(([champion, challenger], rows.costs))
}

impl From<ContestError> for CommandError {
    fn from(error: ContestError) -> Self {
        let kind = if matches!(error, ContestError::Sample(_)) { Kind::Bug } else { Kind::Usage };
        Self::new(kind, error)
    }
}
