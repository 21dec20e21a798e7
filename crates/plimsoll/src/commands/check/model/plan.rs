//! What is to be checked: what the command line says, and the project where it says nothing.

use std::path::Path;
use std::time::Duration;

use plimsoll_core::RepoPath;
use plimsoll_core::checks::Checks;
use plimsoll_core::evidence::{CheckName, Metric};
use plimsoll_core::project::{Costs, Evaluate, Predictor};
use plimsoll_evaluate::checks::{CheckRequest, Subject};

use super::Args;
use crate::error::{CommandError, Kind};
use crate::project::Declared;
use crate::subject;
use crate::test_set::TestSet;

/// How long all checks may take where nobody says it.
const TIME: Duration = Duration::from_mins(1);

/// What is to be done.
pub(super) struct Plan {
    pub(super) request: CheckRequest,
    pub(super) only: Vec<CheckName>,
    pub(super) skip: Vec<CheckName>,
    /// What is measured besides the usual metrics.
    pub(super) metrics: Vec<Metric>,
    /// What answers cost.
    pub(super) costs: Option<Costs>,
}

impl Plan {
    pub(super) fn of(args: &Args, folder: &Path) -> Result<Self, CommandError> {
        let around = Declared::around(folder)?;
        let root = around.as_ref().map(|declared| declared.root.as_path());
        let evaluate = around.as_ref().and_then(|it| it.project.evaluate.as_ref());
        let (subject, shown) = subject_of(args, folder, evaluate.zip(root))?;
        let rows = TestSet::of(&args.rows, folder, around.as_ref())?;
        // What the project declares holds for its own test set only.
        let own = evaluate.filter(|_| args.rows.on.is_none());
        let of_project = |path: &RepoPath| root.map(|root| (path.below(root), path.to_string()));
        let train = match &args.train {
            Some(path) => Some(folder.join(path)),
            None => own.and_then(|own| own.train.as_ref()).and_then(of_project).map(|it| it.0),
        };
        let recorded = match &args.recorded {
            None => own
                .and_then(|own| own.recorded.as_ref())
                .and_then(of_project)
                .map(|(file, shown)| (Subject::Predictions(file), shown)),
            Some(path) => Some((subject::file(&folder.join(path)), path.display().to_string())),
        };
        let settings = settings(args, folder, own)?;
        let time = args.time_budget.or(settings.time).unwrap_or(TIME);
        let request = rows.request(subject, shown, args.seed, time)?;
        let request = CheckRequest { train, recorded, settings, ..request };
        let declared = evaluate.map(|evaluate| evaluate.metrics.clone()).unwrap_or_default();
        let metrics: Vec<Metric> = declared.into_iter().chain(args.metrics.clone()).collect();
        if let Some(other) = metrics.iter().find(|metric| !metric.is_of(request.task)) {
            let message = format!("`{other}` is not measured for a {} task", request.task);
            return Err(CommandError::usage(message));
        }
        let (only, skip) = (checks(&args.only)?, checks(&args.skip)?);
        Ok(Self { request, only, skip, metrics, costs: rows.costs })
    }
}

/// Returns what predicts, and what people know it by.
fn subject_of(
    args: &Args,
    folder: &Path,
    declared: Option<(&Evaluate, &Path)>,
) -> Result<(Subject, String), CommandError> {
    let Some(named) = &args.subject else {
        let Some((evaluate, root)) = declared else {
            let message = "no model is named, and there is no project around that has one";
            return Err(CommandError::usage(message).hint(
                "name MODEL.onnx, a file of predictions, or http://HOST:PORT/v2/models/NAME",
            ));
        };
        let file = evaluate.predictor.path().below(root);
        let shown = evaluate.predictor.path().to_string();
        return Ok(match &evaluate.predictor {
            Predictor::Model(_) => (Subject::Model(file), shown),
            Predictor::Predictions(_) => (Subject::Predictions(file), shown),
        });
    };
    Ok((subject::named(named, args.token_file.as_deref(), folder)?, named.clone()))
}

/// Reads how the checks are set.
fn settings(args: &Args, folder: &Path, own: Option<&Evaluate>) -> Result<Checks, CommandError> {
    let Some(path) = &args.config else {
        return Ok(own.and_then(|own| own.checks.clone()).unwrap_or_default());
    };
    let shown = path.display().to_string();
    let bytes = plimsoll_config::read(&folder.join(path))
        .map_err(|error| CommandError::new(Kind::Usage, error))?;
    plimsoll_config::model_checks(&shown, &bytes).map_err(|mistakes| {
        CommandError::usage(format!("{} mistake(s) in {shown}\n\n{mistakes}", mistakes.count()))
    })
}

fn checks(names: &[String]) -> Result<Vec<CheckName>, CommandError> {
    let read = |name: &String| {
        let whole = if name.contains('.') { name.clone() } else { format!("model.{name}") };
        let check = whole.parse::<CheckName>().ok().filter(|check| super::is_of_model(*check));
        check.ok_or_else(|| {
            let all = CheckName::ALL.into_iter().filter(|check| super::is_of_model(*check));
            let known: Vec<String> = all.map(|check| check.to_string()).collect();
            CommandError::usage(format!("`{name}` is no check of a model"))
                .hint(format!("there are {}", known.join(", ")))
        })
    };
    names.iter().map(read).collect()
}
