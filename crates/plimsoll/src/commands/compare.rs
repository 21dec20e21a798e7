//! `plimsoll compare`

mod shown;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use plimsoll_core::gate::Outcome;
use plimsoll_core::project::{Features, Task};
use plimsoll_evaluate::checks::{CheckRequest, Subject, Trial};
use plimsoll_evaluate::contest::{self, ContestError, Terms, USUAL_TOLERANCE};
use tokio::task::spawn_blocking;

use crate::error::{CommandError, Exit, Kind};
use crate::measure::Measurement;
use crate::project::Declared;
use crate::settings::{Settings, find_root};
use crate::subject::{self, TaskName};
use crate::ui::Ui;
use shown::Compared;

/// Compare two models on the same rows
///
/// The gain of the challenger over the champion, paired row by row, with its interval: `pass` where
/// the whole interval is at least what is required, `block` where it misses it, `inconclusive` where
/// the rows cannot tell, and then how many would. In a project, what is not said is taken from
/// `evaluate:` in plimsoll.yaml. Exit code 1 unless it passes.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The model that is there: MODEL.onnx, a file of predictions, or http://HOST:PORT/v2/models/NAME
    champion: String,
    /// The one that is to take its place
    challenger: String,
    /// The test set, Parquet or CSV
    #[arg(long, value_name = "FILE")]
    on: Option<PathBuf>,
    /// The column with the truth
    #[arg(long, value_name = "COLUMN")]
    target: Option<String>,
    /// What the models predict [default: told from the target]
    #[arg(long, value_name = "TASK")]
    task: Option<TaskName>,
    /// The class that counts as positive [default: 1 or true]
    #[arg(long, value_name = "CLASS")]
    positive: Option<String>,
    /// The column whose equal values belong together, such as the day
    #[arg(long, value_name = "COLUMN")]
    block: Option<String>,
    /// The columns of the models' one tensor, in its order [default: each input has a column's name]
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    features: Option<Vec<String>>,
    /// The same of the champion, where it has others
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    champion_features: Option<Vec<String>>,
    /// The metric that decides [default: mae; of classes log-loss, or accuracy]
    #[arg(long, value_name = "METRIC")]
    metric: Option<String>,
    /// The gain that is required, such as 5% or 0.05: 0 for better at all, -2% where that may be lost [default: 1% of what the champion loses]
    #[arg(long, value_name = "GAIN", value_parser = share, allow_hyphen_values = true)]
    by: Option<f64>,
    /// The gain that is counted on, for the number of rows that would settle it [default: the one that was seen]
    #[arg(long, value_name = "GAIN", value_parser = share, allow_hyphen_values = true, conflicts_with = "time")]
    planned: Option<f64>,
    /// Metrics that may not be lost by more than --tolerance
    #[arg(long, value_name = "METRICS", value_delimiter = ',')]
    guard: Vec<String>,
    /// Columns whose values are slices: none may be proven to be harmed by more than --tolerance
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    slices: Vec<String>,
    /// What guards and slices may lose, of what the champion loses [default: 2%]
    #[arg(long, value_name = "SHARE", value_parser = tolerated)]
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
    let worked = spawn_blocking(move || compare(&args, &settings, &folder)).await;
    let compared = worked.map_err(|error| CommandError::new(Kind::Bug, error))??;
    match format {
        None => ui.show(&compared)?,
        Some(Format::Markdown) => ui.data(compared.markdown().as_bytes())?,
    }
    Ok(if compared.contest.verdict == Outcome::Pass { Exit::Done } else { Exit::No })
}

fn compare(args: &Args, settings: &Settings, folder: &Path) -> Result<Compared, CommandError> {
    let metric = |name: &String| {
        name.parse::<plimsoll_core::evidence::Metric>()
            .map_err(|error| CommandError::new(Kind::Usage, error))
    };
    let terms = Terms {
        metric: args.metric.as_ref().map(metric).transpose()?,
        by: args.by,
        planned: args.planned,
        guards: args.guard.iter().map(metric).collect::<Result<_, _>>()?,
        tolerance: args.tolerance.unwrap_or(USUAL_TOLERANCE),
        slices: args.slices.clone(),
        horizon: args.time.clone().zip(args.horizon),
    };
    let [champion, challenger] = requests(args, folder)?;
    let library = args.onnxruntime.clone().or_else(|| settings.onnxruntime.clone());
    let measurement = Measurement::new(settings, folder, library, args.offline);
    let old = Trial::open(&champion, &|| measurement.runtime())?;
    let new = Trial::open(&challenger, &|| measurement.runtime())?;
    let contest = contest::compare(&old, &new, &terms)?;
    Ok(Compared::new(&champion, &challenger, terms.tolerance, contest))
}

/// Returns what is to be asked of the two.
fn requests(args: &Args, folder: &Path) -> Result<[CheckRequest; 2], CommandError> {
    /// Long enough for whatever answers; a server that does not is given up by its own limits.
    const TIME: Duration = Duration::from_hours(1);
    let declared = match find_root(folder) {
        Some(_) => Some(Declared::read(folder)?),
        None => None,
    };
    let evaluate = declared.as_ref().and_then(|it| it.project.evaluate.as_ref());
    let (on, on_shown) = match (&args.on, evaluate.zip(declared.as_ref())) {
        (Some(path), _) => (folder.join(path), path.display().to_string()),
        (None, Some((evaluate, declared))) => {
            (evaluate.on.below(&declared.root), evaluate.on.to_string())
        }
        (None, None) => return Err(missing("--on", "the test set")),
    };
    let target = args.target.clone().or_else(|| evaluate.map(|it| it.target.clone()));
    let target = target.ok_or_else(|| missing("--target", "the column with the truth"))?;
    let said = args.task.map(Task::from).or_else(|| declared.as_ref().map(|it| it.project.task));
    let positive = match &args.positive {
        Some(text) => Some(subject::positive(text)),
        None => evaluate.and_then(|evaluate| evaluate.positive.clone()),
    };
    let (task, positive) = subject::task(&on, &target, said, positive)?;
    let declared_features =
        evaluate.map(|it| it.features.clone()).filter(|it| *it != Features::Inputs);
    let both = args.features.clone().map(Features::Tensor).or(declared_features);
    let of_champion = args.champion_features.clone().map(Features::Tensor).or(both.clone());
    let on_digest = subject::digest_of(&on, &on_shown)?;
    let request = |shown: &String, features: Option<Features>| {
        let subject = subject::named(shown, args.token_file.as_deref(), folder)?;
        let digests = vec![on_digest, subject::digest(&subject, shown)?];
        Ok::<_, CommandError>(CheckRequest {
            features: features.filter(|_| !matches!(subject, Subject::Predictions(_))),
            subject,
            shown: shown.clone(),
            task,
            on: on.clone(),
            on_shown: on_shown.clone(),
            train: None,
            recorded: None,
            target: target.clone(),
            positive: positive.clone(),
            block: args.block.clone().or_else(|| evaluate.and_then(|it| it.block.clone())),
            digests,
            seed: args.seed,
            settings: plimsoll_core::checks::Checks::default(),
            time: TIME,
        })
    };
    Ok([request(&args.champion, of_champion)?, request(&args.challenger, both)?])
}

fn missing(option: &str, what: &str) -> CommandError {
    CommandError::usage(format!("{what} is not said")).hint(format!(
        "add `{option}`, or call it in a project whose plimsoll.yaml has `evaluate:`"
    ))
}

/// Reads `5%`, `0.05` or `-2%`.
fn share(text: &str) -> Result<f64, String> {
    let (number, unit) = match text.trim().strip_suffix('%') {
        Some(number) => (number.trim(), 0.01),
        None => (text.trim(), 1.0),
    };
    let read = number.parse::<f64>().ok().map(|number| number * unit);
    let read = read.filter(|share| share.is_finite() && share.abs() <= 1.0);
    read.ok_or_else(|| format!("`{text}` is no share (expected such as `5%`, `0.05` or `-2%`)"))
}

/// Reads a share that is not below 0.
fn tolerated(text: &str) -> Result<f64, String> {
    let share = share(text)?;
    if share >= 0.0 { Ok(share) } else { Err("it is to be at least 0".to_owned()) }
}

impl From<ContestError> for CommandError {
    fn from(error: ContestError) -> Self {
        let kind = if matches!(error, ContestError::Sample(_)) { Kind::Bug } else { Kind::Usage };
        Self::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_with_and_without_its_sign() {
        let near = |text: &str, value: f64| (share(text).unwrap() - value).abs() < 1e-15;
        assert!(near("5%", 0.05) && near("0.05", 0.05) && near("-2 %", -0.02) && near("0", 0.0));
        for bad in ["", "%", "five", "nan", "200%", "inf"] {
            assert!(share(bad).is_err(), "{bad}");
        }
    }
}
